package access_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/access"
)

var update = flag.Bool("update", false, "write golden files and generated docs instead of comparing them")

const (
	docsFile   = "../../docs/access.md"
	tableBegin = "<!-- table: written by make golden -->\n"
	tableEnd   = "<!-- end of the table -->\n"
)

// TestAccessDoc keeps the table of docs/access.md as the code has it.
func TestAccessDoc(t *testing.T) {
	source, err := os.ReadFile(docsFile)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(source), tableBegin)
	require.True(t, ok, "the place of the table")
	_, after, ok := strings.Cut(rest, tableEnd)
	require.True(t, ok, "the end of the table")
	want := before + tableBegin + tableOfRights() + tableEnd + after
	if *update {
		require.NoError(t, os.WriteFile(docsFile, []byte(want), 0o600))
		return
	}
	require.Equal(t, want, string(source), "run make golden")
	for _, role := range access.Roles() {
		require.Contains(t, before, string(role), "every role has its paragraph")
	}
	for _, relation := range access.Relations() {
		if relation != access.Outside {
			require.Contains(t, before, string(relation), "every relation has its paragraph")
		}
	}
}

func tableOfRights() string {
	var b strings.Builder
	b.WriteString("\n| action | may |  |\n|---|---|---|\n")
	for _, a := range access.Actions() {
		standings, notSelf := access.Permitted(a)
		cells := make([]string, len(standings))
		for i, s := range standings {
			cells[i] = fmt.Sprintf("%s %s", s.Role, s.Relation)
		}
		slices.Sort(cells)
		note := ""
		if notSelf {
			note = "nobody about themselves"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", a, strings.Join(cells, ", "), note)
	}
	fmt.Fprintf(&b, "\n%d actions, %d roles, %d relations.\n\n", len(access.Actions()), len(access.Roles()), len(access.Relations()))
	return b.String()
}
