package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// flipPage is the page size of the ledgers that are damaged: small pages make small files with every kind of page in them.
const flipPage = 1024

// flipState is a folder of a ledger and its key, as a stop of the process left it.
type flipState struct {
	name  string
	files map[string][]byte // by path under the folder: ledger/ledger.db, ledger.kek
}

// damagedFiles is the order in which the files of a state are damaged.
var damagedFiles = []string{
	"ledger/ledger.db", "ledger/ledger.db-wal", "ledger/vault.db", "ledger/vault.db-wal", "ledger/views.db", "ledger/views.db-wal",
	"ledger/ledger.head", "ledger/ledger.lock", "ledger.kek",
}

// flipStates writes a ledger of about 200 events through the real commands and stops it twice, early as a killed process and at the
// end as a closed one, and returns what was on disk each time.
func flipStates(t *testing.T) []flipState {
	t.Helper()
	now := time.Date(2025, 10, 13, 0, 0, 0, 0, time.UTC)
	s := shell{t: t, dir: t.TempDir(), now: func() time.Time {
		now = now.Add(time.Second)
		return now
	}}
	s.must("init", "--tz", "Asia/Shanghai")
	s.must("rules", "publish", "flex-open", "--from", "2025-01-01")
	s.must("groups", "add", "all")
	s.must("groups", "bind", "all", "flex-open", "--from", "2025-01-01")
	s.must("people", "add", "--id", "e1", "--name", "王小明", "--group", "all", "--hired", "2025-10-13", "--badge", "41")
	s.must("people", "add", "--id", "e2", "--name", "Zhao Min", "--group", "all", "--hired", "2025-10-13", "--badge", "42")
	punchClock(s, &now, 13, "08:58:10", "12:01:00")
	s.must("days")
	for _, name := range []string{logFile, vaultFile, viewsFile} {
		repage(t, filepath.Join(s.dir, "ledger", name))
	}
	killed := killedWhileWriting(t, s, &now)
	for day := 15; day <= 18; day++ {
		punchClock(s, &now, day, "08:01:40", "09:30:00", "09:44:00", "11:59:02", "12:48:30", "15:00:00", "15:12:10", "18:05:20")
		s.must("punch", "add", "e2", fmt.Sprintf("2025-10-%dT18:30", day), "out", "--note", "badge left at home")
	}
	for i := range 46 { // the same punch, entered and taken back: events that change no figure
		id := strings.TrimSpace(s.must("punch", "add", "e1", fmt.Sprintf("2025-10-16T20:%02d", i), "out"))
		s.must("punch", "void", "e1", id)
	}
	s.must("punch", "add", "e1", "2025-10-17T18:30", "out")
	s.must("approve", "e1", "overtime", "2025-10-16T18:00", "2025-10-16T20:00")
	var v verdict
	require.NoError(t, json.Unmarshal([]byte(s.must("verify", "-o", "json")), &v))
	require.EqualValues(t, 200, v.Events)
	require.Greater(t, v.Evidence.Open, 10)
	return []flipState{{"closed", snapshot(t, s.dir)}, killed}
}

// punchClock imports a day of two people and of a badge that is nobody's.
func punchClock(s shell, now *time.Time, day int, times ...string) {
	s.t.Helper()
	*now = time.Date(2025, 10, day, 20, 0, 0, 0, time.UTC)
	var clock bytes.Buffer
	for badge := 41; badge <= 43; badge++ {
		for i, at := range times {
			if badge < 43 || i == 0 {
				fmt.Fprintf(&clock, "%9d\t2025-10-%d %s\t1\t0\t1\t0\n", badge, day, at)
			}
		}
	}
	s.write("clock.dat", clock.Bytes())
	s.must("import", "punches", "clock.dat", "--format", "attlog", "--layout", "usb", "--device", "gate", "--timezone", "Asia/Shanghai")
}

// repage gives a file small pages.
func repage(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(t.Context(), fmt.Sprintf("PRAGMA journal_mode = DELETE; PRAGMA page_size = %d; VACUUM", flipPage))
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

// killedWhileWriting carries out commands on one writer, as a server does, with views that follow, and returns what is on disk
// while all of it is open: full write-ahead logs beside every file. It lets the guard come after the last record first.
func killedWhileWriting(t *testing.T, s shell, now *time.Time) flipState {
	t.Helper()
	var messages bytes.Buffer
	c := flipConsole(t.Context(), s.dir)
	c.Now = s.now
	w, err := openWriter(c)
	require.NoError(t, err)
	r, err := openReader(c)
	require.NoError(t, err)
	for i, args := range [][]string{
		{"punch", "add", "e1", "2025-10-13T19:40", "out", "--note", "the gate was closed"},
		{"people", "add", "--id", "e3", "--name", "Sun Lei", "--group", "all", "--hired", "2025-10-14", "--badge", "45"},
		{"punch", "add", "e3", "2025-10-14T09:00", "in"},
		{"punch", "add", "e3", "2025-10-14T13:00", "out", "--note", "第一天"},
		{"approve", "e2", "overtime", "2025-10-13T18:00", "2025-10-13T19:00"},
	} {
		*now = now.Add(5 * time.Hour)
		code := runOn(t.Context(), invocation{
			Args: args, Dir: s.dir, Getenv: func(string) string { return "" }, In: bytes.NewReader(nil), Out: &messages, Err: &messages, Now: s.now,
		}, w)
		require.Equal(t, exitDone, code, "%v: %s", args, messages.String())
		if i == 0 || i == 4 {
			require.NoError(t, r.catchUp(t.Context(), r.views, nil, nil))
		}
	}
	head, err := w.log.Head(t.Context())
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		var guard struct{ Cursor uint64 }
		text, err := os.ReadFile(filepath.Join(s.dir, "ledger", "ledger.head"))
		return err == nil && json.Unmarshal(text, &guard) == nil && guard.Cursor == uint64(head)
	}, time.Minute, 10*time.Millisecond)
	state := flipState{"killed", snapshot(t, s.dir)}
	for _, name := range []string{logFile, vaultFile, viewsFile} {
		require.NotEmpty(t, state.files["ledger/"+name+"-wal"], name)
	}
	require.NoError(t, r.Close())
	require.NoError(t, w.Close())
	return state
}

// snapshot reads the files of a ledger that hold something. SQLite's index of a write-ahead log (-shm) is made anew from the log
// by whoever opens it first, so it is not among them.
func snapshot(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, name := range damagedFiles {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			require.ErrorIs(t, err, os.ErrNotExist)
		} else if len(data) > 0 {
			out[name] = data
		}
	}
	return out
}
