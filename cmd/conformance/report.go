package main

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// outcome is what became of a test.
type outcome string

const (
	passed  outcome = "PASS"
	failed  outcome = "FAIL"
	skipped outcome = "SKIP"
)

// report is what became of the tests of a pass, by name.
type report struct {
	outcomes map[string]outcome
	skipped  map[string]string
	said     []string // what was printed before failures
}

var verdict = regexp.MustCompile(`^\s*--- (PASS|FAIL|SKIP): (\S+)`)

// line reads a line that a test printed and returns the outcome that it tells, if it does.
func (r *report) line(text string) outcome {
	m := verdict.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	r.put(m[2], outcome(m[1]))
	return outcome(m[1])
}

func (r *report) put(name string, o outcome) {
	if r.outcomes == nil {
		r.outcomes = map[string]outcome{}
	}
	r.outcomes[name] = o
}

// leaves are the tests that have no tests in them, sorted.
func (r *report) leaves() []string {
	all := slices.Sorted(maps.Keys(r.outcomes))
	return slices.DeleteFunc(slices.Clone(all), func(name string) bool {
		return slices.ContainsFunc(all, func(other string) bool { return strings.HasPrefix(other, name+"/") }) &&
			r.outcomes[name] != failed || r.parentOfFailed(name, all)
	})
}

// parentOfFailed reports whether a failure is only that of a test inside.
func (r *report) parentOfFailed(name string, all []string) bool {
	return slices.ContainsFunc(all, func(other string) bool {
		return strings.HasPrefix(other, name+"/") && r.outcomes[other] == failed
	})
}

func (r *report) count(os ...outcome) int {
	n := 0
	for _, name := range r.leaves() {
		if slices.Contains(os, r.outcomes[name]) {
			n++
		}
	}
	return n
}

func (r *report) passed() int { return r.count(passed) }

func (r *report) ran() int { return r.count(passed, failed) }

func (r *report) add(other *report) {
	for name, o := range other.outcomes {
		r.put(fmt.Sprintf("%p/%s", other, name), o)
	}
}

// skips says why tests leave themselves out.
var skips = map[string]string{
	"appendToSystemStreamWithIncorrectCredentials": "needs TLS, as its own first lines say: it is in the run with TLS",
	"readStreamWithCredentialsOverride":            "needs TLS, as its own first lines say: it is in the run with TLS",
}

// print shows passed of run by group, and a reason for each test that was not run.
func (r *report) print(out io.Writer, title string) {
	fmt.Fprintf(out, "%s: %d passed of %d run\n", title, r.passed(), r.ran())
	groups := map[string][]string{}
	for _, name := range r.leaves() {
		parts := strings.Split(name, "/")
		group := strings.Join(parts[:min(2, len(parts))], "/")
		groups[group] = append(groups[group], name)
	}
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		ok, ran := 0, 0
		var notes []string
		for _, name := range groups[group] {
			last := name[strings.LastIndexByte(name, '/')+1:]
			switch r.outcomes[name] {
			case passed:
				ok, ran = ok+1, ran+1
			case failed:
				ran++
				notes = append(notes, "failed: "+last)
			case skipped:
				reason := skips[last]
				if reason == "" {
					reason = "it leaves itself out"
				}
				notes = append(notes, "not run: "+last+": "+reason)
			}
		}
		fmt.Fprintf(out, "  %-55s %d of %d\n", group, ok, ran)
		for _, n := range notes {
			fmt.Fprintln(out, "    "+n)
		}
	}
	for _, line := range r.said {
		fmt.Fprintln(out, "    | "+line)
	}
	for _, name := range slices.Sorted(maps.Keys(r.skipped)) {
		fmt.Fprintf(out, "  not run: %s: %s\n", name, r.skipped[name])
	}
}
