package attendance_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/attendance"
)

// literals returns the first group of every match in the package's source.
func literals(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	re := regexp.MustCompile(pattern)
	var out []string
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		for _, m := range re.FindAllStringSubmatch(string(text), -1) {
			out = append(out, m[1])
		}
	}
	require.NotEmpty(t, out)
	return out
}

func TestEveryNoteAndAnomalyIsListedOnce(t *testing.T) {
	var notes, ids []string
	for _, n := range attendance.Notes {
		notes = append(notes, n.Code)
	}
	for _, k := range attendance.AnomalyKinds {
		ids = append(ids, k.ID)
		require.Contains(t, []string{"info", "low", "medium", "high", "critical"}, k.Severity)
	}
	for _, list := range [][]string{notes, ids} {
		require.True(t, slices.IsSorted(list))
		require.Len(t, slices.Compact(slices.Clone(list)), len(list))
	}
	require.Subset(t, notes, literals(t, `e\.note\(\d+, (?:[^",]|"[^"]*")*, "([a-z_.]+)"`))
	require.Subset(t, ids, literals(t, `e\.anomaly\("([a-z_.]+)"`))
	require.Subset(t, ids, literals(t, `e\.limitAnomaly\("([a-z_.]+)"`))
}
