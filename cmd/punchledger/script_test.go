package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/text"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"punchledger": main})
}

// TestScripts runs the commands as a user types them. Besides those of testscript, scripts know:
//
//	json FILE PATH WANT     the JSON document, or the first of several, has this value; a path such as summary.days.0
//	lines FILE N            the file has so many lines
//	keep NAME FILE PATH     puts a value of a JSON document into the environment
//	damage FILE OLD NEW     replaces the first OLD in a file by NEW, of the same length
//	await FILE              waits until a file is there
//	mode FILE WANT          the file has this mode, such as 600
//	clock FILE MIB          writes the USB dump of a clock, of so many MiB, with two thousand badges
//	postgres NAME           makes an empty database and puts its address into the environment
//	durable NAME            likewise, on a server that writes to its disk
//	away ADDRESS            ends the connections to such a database, which takes no others until
//	back ADDRESS            lets it be reached again
//	logserver NAME          starts an empty log on a server and puts its address into the environment
//	receive NAME FILE       starts a receiver of webhooks that writes to a file; its address is in the environment
//	broker NAME             starts a NATS server with JetStream; its address is in the environment
//	messages URL SUBJECT N FILE   waits for N messages on a subject and writes them to a file, a line each
//	publish URL SUBJECT FILE      publishes a file as a message
//	resident MIB COMMAND…   runs a command that never holds more than so much memory, and ends with 0
func TestScripts(t *testing.T) {
	disk := databaseWith(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PUNCHLEDGER_DATA", filepath.Join(e.WorkDir, "ledger"))
			e.Setenv("PUNCHLEDGER_LISTEN", "127.0.0.1:0") // scripts run at once
			if testing.CoverMode() == "" {
				return nil
			}
			cover := filepath.Join(e.WorkDir, ".cover") // without one, each process complains where scripts expect silence
			e.Setenv("GOCOVERDIR", cover)
			return os.Mkdir(cover, 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"durable": disk.script,
			"away":    disk.away,
			"back":    disk.back,
			"json": func(s *testscript.TestScript, neg bool, args []string) {
				want(s, args, 3)
				got := valueIn(s, args[0], args[1])
				if (got == args[2]) == neg {
					s.Fatalf("%s of %s is %q", args[1], args[0], got)
				}
			},
			"keep": func(s *testscript.TestScript, _ bool, args []string) {
				want(s, args, 3)
				s.Setenv(args[0], valueIn(s, args[1], args[2]))
			},
			"lines": func(s *testscript.TestScript, neg bool, args []string) {
				want(s, args, 2)
				got := strconv.Itoa(strings.Count(s.ReadFile(args[0]), "\n"))
				if (got == args[1]) == neg {
					s.Fatalf("%s has %s lines", args[0], got)
				}
			},
			"damage":    damageFile,
			"await":     awaitFile,
			"clock":     writeClock,
			"resident":  resident,
			"postgres":  newDatabase(t).script,
			"logserver": scriptLogServer(t),
			"receive":   receive,
			"broker":    startBroker,
			"messages":  awaitMessages,
			"publish":   publishFile,
			"mode": func(s *testscript.TestScript, _ bool, args []string) {
				want(s, args, 2)
				info, err := os.Stat(s.MkAbs(args[0]))
				s.Check(err)
				if got := strconv.FormatUint(uint64(info.Mode().Perm()), 8); got != args[1] {
					s.Fatalf("%s has mode %s", args[0], got)
				}
			},
		},
	})
}

func want(s *testscript.TestScript, args []string, n int) {
	if len(args) != n {
		s.Fatalf("got %d arguments, want %d", len(args), n)
	}
}

// valueIn finds a value of a JSON document; numbers are as they are written.
func valueIn(s *testscript.TestScript, file, path string) string {
	d := json.NewDecoder(strings.NewReader(s.ReadFile(file)))
	d.UseNumber()
	var v any
	s.Check(d.Decode(&v))
	for key := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(x) {
				return ""
			}
			v = x[i]
		default:
			return ""
		}
	}
	switch x := v.(type) {
	case nil:
		return ""
	case map[string]any:
		return fmt.Sprintf("{%d}", len(x))
	case []any:
		return fmt.Sprintf("[%d]", len(x))
	}
	return fmt.Sprint(v)
}

func damageFile(s *testscript.TestScript, _ bool, args []string) {
	want(s, args, 3)
	data := []byte(s.ReadFile(args[0]))
	old := []byte(args[1])
	if len(old) != len(args[2]) || !bytes.Contains(data, old) {
		s.Fatalf("%s does not hold %q, or %q is of another length", args[0], args[1], args[2])
	}
	s.Check(os.WriteFile(s.MkAbs(args[0]), bytes.Replace(data, old, []byte(args[2]), 1), 0o600))
}

func awaitFile(s *testscript.TestScript, _ bool, args []string) {
	want(s, args, 1)
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); <-poll.C {
		if _, err := os.Stat(s.MkAbs(args[0])); err == nil {
			return
		}
	}
	s.Fatalf("%s did not come", args[0])
}

// Every text that a command names is in the catalogue.
func TestEveryTextOfTheCommandsExists(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	key := regexp.MustCompile(`"((?:cli|labels|found|reasons)\.[a-z0-9_.]*[a-z0-9_])"`)
	column := regexp.MustCompile(`\.table\(([^)]*)\)`)
	quoted := regexp.MustCompile(`"([^"]*)"`)
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := os.Open(file)
		require.NoError(t, err)
		source, err := io.ReadAll(f)
		require.NoError(t, err)
		require.NoError(t, f.Close())
		keys := []string{}
		for _, m := range key.FindAllSubmatch(source, -1) {
			keys = append(keys, string(m[1]))
		}
		for _, m := range column.FindAllSubmatch(source, -1) {
			for _, name := range quoted.FindAllSubmatch(m[1], -1) {
				keys = append(keys, "labels.column."+strings.TrimPrefix(string(name[1]), ">"))
			}
		}
		for _, k := range keys {
			found++
			for _, lang := range []string{"en", "zh-CN"} {
				require.True(t, text.Lookup(lang).Has(k), "%s names %s, which has no text in %s", file, k, lang)
			}
		}
	}
	require.Greater(t, found, 100)
}
