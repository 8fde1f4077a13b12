package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
)

// everyCommand is one call of every command that opens a ledger; those that only read come first.
var (
	readingCommands = []string{
		"people", "groups", "sites", "devices", "rules", "rules show office@1", "rules diff cn-bj-office office@1", "days", "anomalies", "rows", "why e1 2026-10-12",
		"replay --rules cn-bj-office --from 2026-10-12", "log", "log show 1", "log stats", "verify", "rebuild", "backup copy", "drill",
	}
	writingCommands = []string{
		"serve", "import punches punches.csv --format csv --device gate --timezone Asia/Shanghai", "people add --name x --group office --hired 2026-10-01",
		"people import people.csv", "people assign e1 --from 2026-10-01 --group office", "people badge e1 7", "people terminate e1 --last-day 2026-10-30",
		"groups add other", "groups bind office cn-bj-office --from 2026-10-01", "groups unbind office cn-bj-office --from 2026-10-20",
		"rules publish cn-bj-office", "rules withdraw cn-bj-office 1 --reason x", "calendars publish cn-mainland", "sites add hq --name HQ --tz Asia/Shanghai",
		"devices add door --tz Asia/Shanghai", "roster set e1 2026-10-15=rest", "punch add e1 2026-10-12T09:00 in", "punch void e1 p1",
		"devices fix gate --from 2026-10-13T00:00:00+08:00 --to 2026-10-14T00:00:00+08:00 --offset 40m --evidence x",
		"approve e1 overtime 2026-10-12T18:00 2026-10-12T20:00", "replay adopt r1", "replay discard r1",
		"replay --rules cn-bj-office --from 2026-10-12 --record",
	}
)

// userVersionAt is the place of the number of migrations in the header of a file, 4 bytes, the last one least.
const userVersionAt = 60

// raise makes a file one of a format that no build knows.
func raise(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	b[userVersionAt+3] = 99
	require.NoError(t, os.WriteFile(path, b, 0o600))
}

func oneEmployee(t *testing.T) shell {
	t.Helper()
	s := newShell(t)
	s.must("rules", "publish", "cn-bj-office", "--from", "2026-09-01")
	s.must("groups", "add", "office")
	s.must("groups", "bind", "office", "cn-bj-office", "--from", "2026-09-01")
	s.must("people", "add", "--id", "e1", "--name", "Wang Xiaoming", "--group", "office", "--hired", "2026-10-12", "--badge", "41")
	s.write("punches.csv", []byte("badge,time,dir\n41,2026-10-12 09:00:00,in\n"))
	s.write("people.csv", []byte("name,group,hired\nZhao Min,office,2026-10-12\n"))
	return s
}

func TestALedgerOfANewerFormatIsRefusedByEveryCommand(t *testing.T) {
	s := oneEmployee(t)
	path := filepath.Join(s.dir, "ledger", logFile)
	raise(t, path)
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, command := range append(readingCommands, writingCommands...) {
		code, out, messages := s.run(strings.Fields(command)...)
		require.Equal(t, exitUsage, code, "%s: %s", command, messages)
		require.Contains(t, messages, "has format 99; this build knows formats up to 1", command)
		require.Contains(t, messages, "Use the newer build that wrote it", command)
		require.Empty(t, out, command)
		_, _, messages = s.run(append(strings.Fields(command), "--lang", "zh-CN")...)
		require.Contains(t, messages, "格式版本为 99", command)
	}
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(before, after), "a refused ledger is left as it is")
	require.NoDirExists(t, filepath.Join(s.dir, "copy"))
	require.NoDirExists(t, filepath.Join(s.dir, "copy.partial"))
}

func TestAVaultOfANewerFormatIsNotWrittenAndFiguresStay(t *testing.T) {
	s := oneEmployee(t)
	raise(t, filepath.Join(s.dir, "ledger", vaultFile))
	for _, command := range writingCommands {
		code, _, messages := s.run(strings.Fields(command)...)
		require.Equal(t, exitUsage, code, command)
		require.Contains(t, messages, "vault.db has format 99", command)
	}
	for _, command := range []string{"backup copy", "drill"} {
		code, _, messages := s.run(strings.Fields(command)...)
		require.Equal(t, exitUsage, code, command)
		require.Contains(t, messages, "vault.db has format 99", command)
	}
	code, out, messages := s.run("people")
	require.Equal(t, exitDone, code)
	require.Contains(t, out, unreadable)
	require.Contains(t, messages, "Use the newer build that wrote it")
	s.must("verify")
}

func TestAnEventOfANewerBuildIsNamedAsOne(t *testing.T) {
	s := oneEmployee(t)
	log, err := sqlite.OpenLog(filepath.Join(s.dir, "ledger", logFile), sqlite.LogOptions{})
	require.NoError(t, err)
	_, err = log.Append(t.Context(), "timecard-e1-202610", 0, eventstore.Event{
		ID: eventstore.EventID("timecard-e1-202610", "c", 0), Type: "PunchTeleported",
		Metadata: []byte(`{"schema":1,"command_id":"c","salt":"s","recorded_at":"2027-01-01T00:00:00.000Z"}`), Data: []byte(`{}`),
	})
	require.NoError(t, err)
	require.NoError(t, log.Close())

	for _, command := range []string{"days", "people", "rows", "why e1 2026-10-12", "rebuild", "punch add e1 2026-10-12T09:00 in"} {
		code, _, messages := s.run(strings.Fields(command)...)
		require.Equal(t, exitUsage, code, command)
		require.Contains(t, messages, "PunchTeleported", command)
		require.Contains(t, messages, "Use the newer build that wrote it", command)
	}
	code, out, _ := s.run("verify")
	require.Equal(t, exitNo, code)
	require.Contains(t, out, "does not know the event at position")
	require.NotContains(t, out, "restore a backup")
	code, out, _ = s.run("verify", "-o", "json")
	require.Equal(t, exitNo, code)
	require.Contains(t, out, "PunchTeleported")
	require.Contains(t, s.must("log"), "PunchTeleported", "the log itself can be read")
	s.must("backup", "copy") // what the events say is a matter of the build that reads them
}
