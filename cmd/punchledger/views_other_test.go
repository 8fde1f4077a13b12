package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestViewsOfAnotherStateOfTheLogAreBuiltAgain(t *testing.T) {
	for name, later := range map[string][]string{
		"a log that was put back, with the views left as they were": nil,
		"a log that was put back and written on":                    {"07:50", "08:10", "08:20", "08:30", "08:40"},
	} {
		t.Run(name, func(t *testing.T) {
			s := oneEmployee(t)
			s.must("punch", "add", "e1", "2026-10-13T08:00", "in")
			older := map[string][]byte{}
			for _, file := range []string{logFile, vaultFile, headFile} {
				content, err := os.ReadFile(filepath.Join(s.dir, "ledger", file))
				require.NoError(t, err)
				older[file] = content
			}
			s.must("punch", "add", "e1", "2026-10-13T17:00", "out")
			s.must("punch", "add", "e1", "2026-10-13T18:00", "out")
			stale := s.must("days", "-o", "json")
			for file, content := range older {
				s.write(filepath.Join("ledger", file), content)
			}
			for _, at := range later {
				s.must("punch", "add", "e1", "2026-10-13T"+at, "in")
			}
			got := s.must("days", "-o", "json")
			require.NotEqual(t, stale, got)
			require.NoError(t, os.Remove(filepath.Join(s.dir, "ledger", viewsFile)))
			require.Equal(t, s.must("days", "-o", "json"), got)
		})
	}
}
