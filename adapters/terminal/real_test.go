package terminal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/terminal"
)

// TestRealExports reads every .dat file under PUNCHLEDGER_REAL_DATA and accounts for each of its lines.
func TestRealExports(t *testing.T) {
	dir := os.Getenv("PUNCHLEDGER_REAL_DATA")
	if dir == "" {
		t.Skip("set PUNCHLEDGER_REAL_DATA to a folder of real exports")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.dat"))
	require.NoError(t, err)
	below, err := filepath.Glob(filepath.Join(dir, "*", "*.dat"))
	require.NoError(t, err)
	files = append(files, below...)
	require.NotEmpty(t, files)
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			f, err := os.Open(name)
			require.NoError(t, err)
			defer f.Close()
			r, err := terminal.Open(f, terminal.Options{Format: terminal.ATTLOG, FileName: name})
			require.NoError(t, err)
			lines, bads, badges, reasons := 0, 0, map[string]bool{}, map[string]int{}
			last := 0
			for l, bad := range r.Lines() {
				switch {
				case bad == nil:
					lines++
					badges[l.Badge] = true
					require.Greater(t, l.Number, last)
					last = l.Number
				default:
					bads++
					reasons[bad.Reason]++
					require.Greater(t, bad.Line, last)
					last = bad.Line
					t.Logf("line %d, column %d: %s", bad.Line, bad.Column, bad.Reason)
				}
			}
			require.NoError(t, r.Err())
			require.Equal(t, filled(t, name), lines+bads, "nothing is lost")
			t.Logf("%s: last line %d, good %d, badges %d, bad %v, %v", name, last, lines, len(badges), reasons, r.Found())
		})
	}
}

// filled counts the lines of a file that hold anything.
func filled(t *testing.T, name string) int {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	n := 0
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) > 0 {
			n++
		}
	}
	return n
}
