package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
)

// tally counts mutants: killed + survived + listed = made.
type tally struct {
	made, killed, survived, listed, covered int
}

func (t *tally) add(r result) {
	t.made++
	if r.covered {
		t.covered++
	}
	switch {
	case r.outcome == killed:
		t.killed++
	case r.listed:
		t.listed++
	default:
		t.survived++
	}
}

// raw is the part that is killed, in percent of all; rated leaves those out that nothing can tell from the code.
func (t tally) raw() float64   { return percent(t.killed, t.made) }
func (t tally) rated() float64 { return percent(t.killed, t.made-t.listed) }

func percent(part, whole int) float64 {
	if whole == 0 {
		return 100
	}
	return 100 * float64(part) / float64(whole)
}

// report prints what survived and the tables, and returns an error when too few were killed.
func report(out io.Writer, results []result, listed []entry) error {
	var sum tally
	packages, operators := map[string]*tally{}, map[string]*tally{}
	for _, r := range results {
		for _, t := range []*tally{&sum, at(packages, r.pkg), at(operators, r.operator)} {
			t.add(r)
		}
	}
	survivors(out, results)
	stale(out, results, listed)
	table(out, "package", packages)
	table(out, "operator", operators)
	fmt.Fprintf(out, "\n%d mutants: %d killed, %d survived, %d listed as equal. Killed %.1f %% of all, %.1f %% without the listed.\n",
		sum.made, sum.killed, sum.survived, sum.listed, sum.raw(), sum.rated())
	if sum.rated() < enough {
		return fmt.Errorf("the tests killed %.1f %%, less than %d %%: write a test for what survived, or a reason in survivors.txt", sum.rated(), enough)
	}
	return nil
}

func at(m map[string]*tally, key string) *tally {
	if m[key] == nil {
		m[key] = &tally{}
	}
	return m[key]
}

func survivors(out io.Writer, results []result) {
	sorted := slices.SortedFunc(slices.Values(results), func(a, b result) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.from, b.from))
	})
	for _, r := range sorted {
		if r.outcome != survived || r.listed {
			continue
		}
		fmt.Fprintf(out, "\nsurvived: %s\n", r.mutant)
		if !r.covered {
			fmt.Fprintln(out, "\t(no test runs this line)")
		}
	}
}

// stale names entries of survivors.txt whose mutant is killed after all.
func stale(out io.Writer, results []result, listed []entry) {
	for _, r := range results {
		if r.outcome == killed && isListed(listed, r.mutant) {
			fmt.Fprintf(out, "\nkilled although survivors.txt lists it; remove the entry: %s\n", r.mutant)
		}
	}
}

func table(out io.Writer, head string, rows map[string]*tally) {
	fmt.Fprintf(out, "\n| %-17s | made | on lines that tests run | killed | survived | listed | killed of all | without listed |\n", head)
	fmt.Fprintln(out, "|---|--:|--:|--:|--:|--:|--:|--:|")
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		t := rows[name]
		fmt.Fprintf(out, "| %-17s | %4d | %4d | %4d | %4d | %4d | %5.1f %% | %5.1f %% |\n",
			name, t.made, t.covered, t.killed, t.survived, t.listed, t.raw(), t.rated())
	}
}
