package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A module with one of the packages that are changed, whose tests leave one line alone.
const (
	sampleCode = `package memory

import "errors"

type Gate struct{ open int }

// Opens has a parameter without a name, and one that it does not use.
func (g *Gate) Opens(at int, _ string) (ok bool) {
	ok = at >= 9
	return ok
}

func (*Gate) Count(list ...int) int {
	n := 0
next:
	for _, x := range list {
		if x == 0 {
			continue next
		}
		n++
	}
	return n
}

func (*Gate) Close(int) error {
	if err := errors.New("stuck"); err != nil {
		return err
	}
	return nil
}

func Sign(n int) string {
	switch {
	case n < 0:
		return "-"
	}
	return "+"
}

const Limit = 3

func Words() string { return "a" + "b" }
`
	sampleTest = `package memory

import "testing"

func TestGate(t *testing.T) {
	g := &Gate{}
	if !g.Opens(9, "") || g.Opens(8, "") || g.Count(1, 0, 2) != 2 || Words() != "ab" || Sign(1) != "+" || Sign(0) != "+" {
		t.Fatal("wrong")
	}
	_ = g.Close(1)
}
`
)

func TestMutantsAreBuiltAtOnceAndTriedOneByOne(t *testing.T) {
	root := t.TempDir()
	folder := filepath.Join(root, "eventstore", "memory")
	require.NoError(t, os.MkdirAll(folder, 0o700))
	for name, text := range map[string]string{
		filepath.Join(root, "go.mod"): "module " + module + "\n\ngo 1.26\n", filepath.Join(folder, "a.go"): sampleCode, filepath.Join(folder, "a_test.go"): sampleTest,
	} {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOWORK", "off")
	listed, err := readListed("eventstore/memory/a.go\n- const Limit = 3\n+ const Limit = 4\n= nothing reads it\n")
	require.NoError(t, err)
	s := settings{packages: []string{"eventstore/memory"}, only: []string{"eventstore/memory/a.go"}}
	sample, err := s.sample(root, listed)
	require.NoError(t, err)
	kept, err := openMemory("", root)
	require.NoError(t, err)
	trial := &trials{root: root, dir: t.TempDir(), out: io.Discard, listed: listed, memory: kept, own: true, runs: map[string]*baseline{}, built: map[string]string{}}
	results, err := trial.all(t.Context(), sample, s.n)
	require.NoError(t, err)
	got := map[string]string{}
	for _, r := range results {
		got[r.after] = string(r.outcome)
		require.Equal(t, r.after == "const Limit = 4", r.listed)
		require.True(t, r.covered)
	}
	require.Equal(t, map[string]string{
		"ok = at > 9": "killed", "ok = at >= 10": "killed",
		"n := 1": "killed", "if x != 0 {": "killed", "if true || (x == 0) {": "killed", "if false && (x == 0) {": "killed",
		"break next": "killed", "n--": "killed",
		"case n <= 0:": "killed", "case n < 1:": "killed", "case true || (n < 0):": "killed", // its case is asked and never met
		"case false && (n < 0):":                                 "survived",
		`if err := errors.New("stuck"); false && (err != nil) {`: "survived", // nobody looks at the error
		"if x == 1 {":     "survived", // there is one of each
		"const Limit = 4": "survived",
	}, got, "what does not compile, such as a difference of texts, is not counted")
}
