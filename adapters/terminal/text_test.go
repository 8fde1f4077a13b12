package terminal_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/text"
)

// TestEveryReasonAndFindingHasAText reads the names where they are written, so that a new one cannot be forgotten.
func TestEveryReasonAndFindingHasAText(t *testing.T) {
	for prefix, name := range map[string]*regexp.Regexp{
		"reasons.": regexp.MustCompile(`Reason\w+ += "([a-z_]+)"`),
		"found.":   regexp.MustCompile(`finding\("([a-z0-9._]+)"`),
	} {
		count := 0
		for _, file := range []string{"line.go", "layout.go", "encoding.go", "header.go", "csv.go"} {
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, m := range name.FindAllSubmatch(source, -1) {
				count++
				for _, lang := range text.Languages() {
					require.True(t, text.Lookup(lang).Has(prefix+string(m[1])), "%s%s in %s", prefix, m[1], lang)
				}
			}
		}
		require.Greater(t, count, 5, prefix)
	}
}
