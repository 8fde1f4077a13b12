package esdb_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// installNode puts the official Node client, of the version in the lock file, beside our script into a folder of the test's own.
func installNode(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "node"))))
	run(t, dir, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	return dir
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s (Node.js 20 or later and npm are needed): %s", name, out)
	return string(out)
}

func TestTheOfficialNodeClient(t *testing.T) {
	s := serve(t, live)
	out := run(t, installNode(t), "node", "check.mjs", "all", s.addr)
	t.Log(out)
	require.Contains(t, out, "\n18 of 18\n")
}
