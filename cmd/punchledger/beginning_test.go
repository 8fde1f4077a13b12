package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// halfMade is what a killed init may leave: the marker with the name of the key file, and some of the files.
func halfMade(t *testing.T, files map[string]string) shell {
	t.Helper()
	s := shell{t: t, dir: t.TempDir()}
	require.NoError(t, os.Mkdir(filepath.Join(s.dir, "ledger"), 0o700))
	for name, content := range files {
		s.write(name, []byte(content))
	}
	s.write("ledger/"+unfinishedFile, []byte(filepath.Join(s.dir, "ledger.kek")))
	return s
}

func TestAnInterruptedInitIsRunAgain(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"before anything was made":     nil,
		"with an empty key file":       {"ledger.kek": ""},
		"with empty files":             {"ledger/ledger.db": "", "ledger/vault.db": ""},
		"with files of another moment": {"ledger/ledger.head": `{"cursor":7,"commitment":"x"}`, "ledger/vault.db-wal": "x", "ledger/ledger.lock": "x"},
	} {
		t.Run(name, func(t *testing.T) {
			s := halfMade(t, files)
			for _, command := range [][]string{{"verify"}, {"days"}, {"groups", "add", "a"}, {"serve"}, {"rebuild"}, {"log"}} {
				code, _, messages := s.run(command...)
				require.Equal(t, exitUsage, code)
				require.Contains(t, messages, "is not finished")
				require.Contains(t, messages, "punchledger init")
			}
			s.must("init")
			s.must("groups", "add", "a")
			s.must("verify")
			require.NoFileExists(t, filepath.Join(s.dir, "ledger", unfinishedFile))
			code, _, messages := s.run("init")
			require.Equal(t, exitUsage, code)
			require.Contains(t, messages, "is not empty")
		})
	}
}

func TestAnInterruptedInitKeepsItsKey(t *testing.T) {
	s := newShell(t)
	key, err := os.ReadFile(filepath.Join(s.dir, "ledger.kek"))
	require.NoError(t, err)
	s.write("ledger/"+unfinishedFile, []byte(filepath.Join(s.dir, "ledger.kek")))
	s.must("init")
	again, err := os.ReadFile(filepath.Join(s.dir, "ledger.kek"))
	require.NoError(t, err)
	require.Equal(t, key, again)
}

func TestInitTouchesNoKeyOfAnotherLedger(t *testing.T) {
	s := halfMade(t, map[string]string{"ledger.kek": "the key of another ledger"})
	s.write("ledger/"+unfinishedFile, nil)
	code, _, messages := s.run("init")
	require.Equal(t, exitUsage, code)
	require.Contains(t, messages, "already exists")
	key, err := os.ReadFile(filepath.Join(s.dir, "ledger.kek"))
	require.NoError(t, err)
	require.Equal(t, "the key of another ledger", string(key))
}

func TestTwoCommandsDoNotMakeOneLedger(t *testing.T) {
	dir := t.TempDir()
	data, kek := filepath.Join(dir, "ledger"), filepath.Join(dir, "ledger.kek")
	first, err := begin(data, kek)
	require.NoError(t, err)
	_, err = begin(data, kek)
	require.ErrorContains(t, err, "ledger_being_made")
	first.abandon()
	second, err := begin(data, kek)
	require.NoError(t, err)
	require.NoError(t, second.finish())
	second.abandon()
	require.NoFileExists(t, filepath.Join(data, unfinishedFile))
}
