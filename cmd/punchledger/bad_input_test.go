package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/text"
)

// badInput is a command that cannot do what it is told, and what it says.
type badInput struct {
	name    string            // a sentence
	given   string            // what stands in the files, for the table; empty shows the first file
	args    []string          // of the command; the ledger is in the folder ledger
	files   map[string]string // beside the ledger
	env     map[string]string
	prepare func(t *testing.T, dir string)
	guest   bool // run by a user who owns nothing

	exit  int
	code  string   // of the error; empty where the command ends otherwise
	says  []string // in English: what, and how to mend it
	where []string // in both languages: file, line, column, flag or field
	kept  string   // what is recorded all the same; nothing is where this is empty
	torn  bool     // the ledger cannot be read, and is left as it is
}

// answered is what a command made of bad input.
type answered struct {
	exit          int
	code          string
	out, messages string
}

// badInputFamilies are the cases of each part of the command line, in the order of the table.
var badInputFamilies = []struct {
	title string
	cases []badInput
}{
	{"The command line", usageCases},
	{"Dates, times, numbers and ids", valueCases},
	{"Names and other texts", textCases},
	{"People, groups, sites, devices, rosters", masterDataCases},
	{"Rules documents", rulesCases},
	{"Calendars", calendarCases},
	{"Replays and views", slices.Concat(viewCases, replayCases, lifeCases)},
	{"Clock exports", importCases},
	{"Lists of people", peopleFileCases},
	{"Files and folders", fileCases},
	{"The ledger itself", ledgerCases},
}

// TestBadInput gives every command and every reader what it cannot use. It is refused in both languages with what is wrong, where
// and how to mend it, nothing half is written, and docs/bad-input.md is the table of what was said.
func TestBadInput(t *testing.T) {
	if private := os.Getenv("TMPDIR"); private != "" && os.Getuid() == 0 && !enterable(private) { // the guest has to come as far as the folders of the cases
		t.Setenv("TMPDIR", "/var/tmp")
	}
	base := newBadInputLedger(t)
	var mu sync.Mutex
	rows := map[string]answered{}
	t.Run("cases", func(t *testing.T) {
		for _, family := range badInputFamilies {
			for _, c := range family.cases {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					a := base.check(t, c)
					mu.Lock()
					defer mu.Unlock()
					require.NotContains(t, rows, c.name, "two cases have this name")
					rows[c.name] = a
				})
			}
		}
	})
	if t.Failed() {
		return
	}
	require.GreaterOrEqual(t, len(rows), 130)
	path := "../../docs/bad-input.md"
	want := badInputTable(rows)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "make golden writes it anew")
}

// badInputLedger is a small ledger that the cases copy, and what a sound verification says of it.
type badInputLedger struct {
	dir, head string
	binary    func() string // the command, where every user may run it
}

// badInputNow is when the cases take place.
func badInputNow() time.Time { return time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC) }

func newBadInputLedger(t *testing.T) badInputLedger {
	t.Helper()
	s := shell{t: t, dir: t.TempDir(), now: badInputNow}
	s.must("init", "--tz", "Asia/Shanghai")
	s.must("rules", "publish", "cn-bj-office", "--from", "2026-01-01")
	s.must("groups", "add", "office", "--title", "Office")
	s.must("groups", "bind", "office", "cn-bj-office", "--from", "2026-01-01")
	s.must("sites", "add", "bj", "--name", "Beijing", "--tz", "Asia/Shanghai")
	s.must("devices", "add", "gate", "--tz", "Asia/Shanghai", "--site", "bj")
	s.must("people", "add", "--id", "e1", "--name", "陈洁", "--group", "office", "--hired", "2026-10-01", "--badge", "1001")
	s.must("people", "add", "--id", "e2", "--name", "Wang Wei", "--group", "office", "--hired", "2026-10-01", "--badge", "1002")
	s.must("people", "terminate", "e2", "--last-day", "2026-10-31")
	s.write("punches.csv", []byte("badge,time,dir\n1001,2026-10-12 08:55:00,in\n1001,2026-10-12 18:05:00,out\n"))
	s.must("import", "punches", "punches.csv", "--format", "csv", "--device", "gate", "--timezone", "Asia/Shanghai")
	s.must("days")
	require.NoError(t, os.Remove(filepath.Join(s.dir, "punches.csv")))
	base := badInputLedger{dir: s.dir, binary: sync.OnceValue(func() string { return publicBinary(t) })}
	base.head = base.verified(t, s.dir)
	return base
}

// verified is what the log of the ledger in dir ends with; it must be sound.
func (b badInputLedger) verified(t *testing.T, dir string) string {
	t.Helper()
	a := inFolder(t, dir, nil, "log", "-n", "1", "-o", "json")
	require.Zero(t, a.exit, a.messages)
	v := inFolder(t, dir, nil, "verify", "-o", "json")
	require.Zero(t, v.exit, "%s %s", v.out, v.messages)
	return a.out
}

// inFolder runs a command in a folder that holds a ledger.
func inFolder(t *testing.T, dir string, env map[string]string, args ...string) answered {
	t.Helper()
	var out, messages bytes.Buffer
	settings := map[string]string{"PUNCHLEDGER_DATA": "ledger"}
	maps.Copy(settings, env)
	c := newConsole(t.Context(), invocation{
		Args: args, Dir: dir, Getenv: func(name string) string { return settings[name] },
		In: strings.NewReader(""), Out: &out, Err: &messages, Now: badInputNow,
	}, nil)
	err := c.execute()
	a := answered{exit: c.exitCode(err), out: out.String(), messages: messages.String()}
	if a.exit == exitUsage {
		a.code = refusal(err).Code
	}
	return a
}

// check runs a case in both languages and returns what it said in English.
func (b badInputLedger) check(t *testing.T, c badInput) answered {
	t.Helper()
	var english answered
	for _, lang := range []string{"en", "zh-CN"} {
		dir := b.copied(t)
		for name, content := range c.files {
			path := filepath.Join(dir, name)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
		}
		if c.prepare != nil {
			c.prepare(t, dir)
		}
		before := logBytes(t, dir)
		env := map[string]string{"PUNCHLEDGER_LANG": lang}
		maps.Copy(env, c.env)
		a := b.answer(t, c, dir, env)
		about := fmt.Sprintf("%s %q\nexit %d, code %s\n%s%s", lang, c.args, a.exit, a.code, a.messages, a.out)
		if c.guest {
			reopen(t, dir)
		}
		require.Equal(t, c.exit, a.exit, about)
		if !c.guest {
			require.Equal(t, c.code, a.code, about)
		}
		b.unchanged(t, c, dir, before)
		here := strings.NewReplacer(dir+"/", "", dir, ".")
		a.messages, a.out = here.Replace(a.messages), here.Replace(a.out)
		plain(t, a.messages+a.out, about)
		for _, w := range c.where {
			require.Contains(t, a.messages+a.out, w, about)
		}
		if lang == "en" {
			english = a
			for _, s := range c.says {
				require.Contains(t, a.messages+a.out, s, about)
			}
			if c.exit != exitDone {
				require.NotEmpty(t, c.says, about)
			}
			continue
		}
		if c.env["PUNCHLEDGER_LANG"] == "" && c.exit != exitDone {
			require.True(t, strings.ContainsFunc(a.messages+a.out, func(r rune) bool { return unicode.Is(unicode.Han, r) }), about)
			require.NotRegexp(t, `[（，][a-z_]+ `, a.messages, about)
			require.Empty(t, latinWords.FindAllString(asGiven.ReplaceAllString(a.messages, ""), -1), about)
		}
	}
	return english
}

func (b badInputLedger) answer(t *testing.T, c badInput, dir string, env map[string]string) answered {
	t.Helper()
	if !c.guest {
		return inFolder(t, dir, env, c.args...)
	}
	var out, messages bytes.Buffer
	cmd := exec.CommandContext(t.Context(), b.binary(), c.args...)
	cmd.Args[0] = "punchledger" // as which the test's own binary runs the command
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &messages
	cmd.Env = []string{"PUNCHLEDGER_DATA=ledger"}
	for name, v := range env {
		cmd.Env = append(cmd.Env, name+"="+v)
	}
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	err := cmd.Run()
	a := answered{exit: exitDone, code: c.code, out: out.String(), messages: messages.String()}
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		a.exit = failed.ExitCode()
	} else {
		require.NoError(t, err)
	}
	return a
}

var (
	// wordsOfGo are what only a program says.
	wordsOfGo = regexp.MustCompile(`strconv\.|json: |yaml: |csv: |panic|goroutine|\.go:\d|cannot unmarshal|unexpected EOF|: EOF|no such file|invalid syntax|parsing time|record on line|SQLITE|%!|unable to open|sql: |<nil>|has no text yet`)
	// latinWords are English where another language is wanted.
	latinWords = regexp.MustCompile(`\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b`)
	asGiven    = regexp.MustCompile(`“[^”]*”|"[^"]*"`)
)

// longestAnswer is how many bytes a refusal may print, whatever it was given.
const longestAnswer = 8 << 10

// plain holds an answer against what is asked of every one: words for people, of bounded length, with nothing that moves a cursor.
func plain(t *testing.T, answer, about string) {
	t.Helper()
	require.Empty(t, wordsOfGo.FindAllString(answer, -1), about)
	require.Empty(t, rawKey.FindAllString(answer, -1), about)
	require.Less(t, len(answer), longestAnswer, about)
	require.False(t, strings.ContainsFunc(answer, func(r rune) bool { return r != '\n' && text.Unseen(r) }), "%q", answer)
}

// unchanged verifies the ledger after a refusal: it is sound, and ends where it ended.
func (b badInputLedger) unchanged(t *testing.T, c badInput, dir string, before []byte) {
	t.Helper()
	same := bytes.Equal(before, logBytes(t, dir))
	switch {
	case c.torn:
		require.True(t, same, "the files were changed")
	case c.kept == "" && same: // as sound as it was
	case c.kept == "":
		require.Equal(t, b.head, b.verified(t, dir))
	default:
		require.NotEqual(t, b.head, b.verified(t, dir), "kept: %s", c.kept)
	}
}

// logBytes are the bytes of the log as they lie in the folder, where they can be read.
func logBytes(t *testing.T, dir string) []byte {
	t.Helper()
	var out []byte
	for _, name := range []string{"ledger.db", "ledger.db-wal", "ledger.head"} {
		path := filepath.Join(dir, "ledger", name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			out = append(out, data...)
		}
	}
	return out
}

// copied is the ledger and its key in a folder of their own, of which every user may see that it is there.
func (b badInputLedger) copied(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	err := filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, strings.TrimPrefix(path, b.dir))
		if d.IsDir() {
			return os.MkdirAll(to, 0o700)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o600)
	})
	require.NoError(t, err)
	return dir
}

// publicBinary is this test's binary, which runs as the command by that name, in a folder that every user may enter.
func publicBinary(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	public(t, dir)
	self, err := os.Executable()
	require.NoError(t, err)
	from, err := os.Open(self)
	require.NoError(t, err)
	defer from.Close()
	to, err := os.OpenFile(filepath.Join(dir, "punchledger"), os.O_WRONLY|os.O_CREATE, 0o755)
	require.NoError(t, err)
	_, err = io.Copy(to, from)
	require.NoError(t, err)
	require.NoError(t, to.Close())
	return to.Name()
}

// enterable reports whether every user may enter dir.
func enterable(dir string) bool {
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
	}
	return true
}

// reopen gives the owner back what a case took from everybody.
func reopen(t *testing.T, dir string) {
	t.Helper()
	for _, path := range []string{dir, filepath.Join(dir, "ledger")} {
		require.NoError(t, os.Chmod(path, 0o700))
	}
}

// public lets every user enter and read what is below dir.
func public(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	require.NoError(t, os.Chmod(dir, 0o755))
}

// Every message of a refusal is there in both languages: its text names each argument that it is given.
func TestRefusalsNameTheirArguments(t *testing.T) {
	for _, lang := range text.Languages() {
		for _, err := range []error{&fs.PathError{Op: "open", Path: "x", Err: syscall.ENOSPC}, &fs.PathError{Op: "read", Path: "x", Err: syscall.EIO}} {
			e := refusal(err)
			m := text.Lookup(lang).Error(e)
			require.Contains(t, m.What, "x")
			require.NotContains(t, m.What, "–")
			require.NotEqual(t, domain.NewError(domain.Conflict, "unexpected").Code, e.Code)
		}
	}
}
