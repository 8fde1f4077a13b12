package attendance_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/attendance/golden"
)

// caseAreas are the areas that are judged here; places and terminals are judged beside their own code.
var caseAreas = []string{"frappe_hr", "odoo", "timetrex", "peers", "law", "calendar"}

// readCases reads the cases of an area; files of another directory may be missing.
func readCases(t *testing.T, area string) []golden.Case {
	t.Helper()
	dir := cmp.Or(os.Getenv("PUNCHLEDGER_CASES"), filepath.Join("testdata", "cases"))
	data, err := os.ReadFile(filepath.Join(dir, area+".jsonl"))
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	cases, err := golden.Read(data)
	require.NoError(t, err)
	return cases
}

// tally is what became of the cases of one area.
type caseTally struct {
	pass, fail, unsupported int
}

func (c *caseTally) add(s golden.State) {
	switch s {
	case golden.Pass:
		c.pass++
	case golden.Fail:
		c.fail++
	case golden.Unsupported:
		c.unsupported++
	}
}

func (c caseTally) all() int { return c.pass + c.fail + c.unsupported }

// TestCases judges the golden cases by the engine. PUNCHLEDGER_CASES names another directory of them.
func TestCases(t *testing.T) {
	var sum caseTally
	areas, missing := map[string]caseTally{}, map[string][]string{}
	for _, area := range caseAreas {
		var n caseTally
		for _, c := range readCases(t, area) {
			o, err := golden.Judge(&c)
			require.NoError(t, err)
			n.add(o.State)
			sum.add(o.State)
			switch o.State {
			case golden.Pass:
				fmt.Fprintf(os.Stdout, "%s pass\n", c.ID)
			case golden.Fail:
				fmt.Fprintf(os.Stdout, "%s fail %s\n", c.ID, strings.Join(o.Differences, "; "))
			case golden.Unsupported:
				fmt.Fprintf(os.Stdout, "%s unsupported %s\n", c.ID, strings.Join(o.Concepts, "; "))
				for _, concept := range o.Concepts {
					missing[concept] = append(missing[concept], c.ID)
				}
			}
		}
		areas[area] = n
		fmt.Fprintf(os.Stdout, "area: %-10s %3d pass %3d fail %3d unsupported of %3d\n", area, n.pass, n.fail, n.unsupported, n.all())
	}
	fmt.Fprintf(os.Stdout, "cases: %d pass, %d fail, %d unsupported of %d\n", sum.pass, sum.fail, sum.unsupported, sum.all())
	require.Zero(t, sum.fail)
	if os.Getenv("PUNCHLEDGER_CASES") == "" {
		keepCaseTable(t, areas, missing)
	}
}

const (
	casesPage  = "../../docs/correctness.md"
	casesBegin = "<!-- cases: written by make golden -->\n"
	casesEnd   = "<!-- end of cases -->\n"
)

// keepCaseTable compares the table of docs/correctness.md with what the cases came to; with -update it is written, but never with
// fewer cases that are supported.
func keepCaseTable(t *testing.T, areas map[string]caseTally, missing map[string][]string) {
	t.Helper()
	page, err := os.ReadFile(casesPage)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(page), casesBegin)
	require.True(t, ok)
	committed, after, ok := strings.Cut(rest, casesEnd)
	require.True(t, ok)
	for area, was := range committedSupported(committed) {
		now := areas[area].all() - areas[area].unsupported
		require.GreaterOrEqual(t, now, was, "area %s supports fewer cases than %s says", area, casesPage)
	}
	table := caseTable(areas, missing)
	if *update {
		require.NoError(t, os.WriteFile(casesPage, []byte(before+casesBegin+table+casesEnd+after), 0o644))
		return
	}
	require.Equal(t, committed, table, "write it anew: go test ./domain/attendance -run TestCases -update")
}

// committedSupported reads how many cases of each area are supported by the table of the page.
func committedSupported(table string) map[string]int {
	out := map[string]int{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) < 7 {
			continue
		}
		pass, err1 := strconv.Atoi(strings.TrimSpace(cells[3]))
		fail, err2 := strconv.Atoi(strings.TrimSpace(cells[4]))
		if err1 == nil && err2 == nil {
			out[strings.TrimSpace(cells[1])] = pass + fail
		}
	}
	return out
}

func caseTable(areas map[string]caseTally, missing map[string][]string) string {
	var b strings.Builder
	b.WriteString("\n| area | cases | pass | fail | unsupported | passed |\n|---|--:|--:|--:|--:|--:|\n")
	for _, area := range caseAreas {
		n := areas[area]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %.1f %% |\n", area, n.all(), n.pass, n.fail, n.unsupported, 100*float64(n.pass)/float64(max(1, n.all())))
	}
	b.WriteString("\n| missing concept | cases |\n|---|---|\n")
	for _, concept := range slices.SortedFunc(maps.Keys(missing), func(a, b string) int {
		return cmp.Or(len(missing[b])-len(missing[a]), cmp.Compare(a, b))
	}) {
		ids := missing[concept]
		fmt.Fprintf(&b, "| %s | %d: %s |\n", concept, len(ids), strings.Join(ids, ", "))
	}
	b.WriteString("\n")
	return b.String()
}
