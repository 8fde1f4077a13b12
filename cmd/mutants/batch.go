package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// batch is a build of many mutants at once: each is a copy of its function, which the function calls when the mutant's number
// stands in the file of choice. So tests are built once, not once for each mutant. A mutant outside a function is in no batch.
type batch struct {
	root, dir string
	overlay   string
	choice    string
	mutants   []mutant
	numbers   map[mutant]int
	broken    map[mutant]bool // those that do not compile
}

// packagesOf lists the packages of mutants.
func packagesOf(mutants []mutant) []string {
	var out []string
	for _, m := range mutants {
		if !slices.Contains(out, m.pkg) {
			out = append(out, m.pkg)
		}
	}
	return out
}

// newBatch writes an overlay with all mutants that compile.
func newBatch(ctx context.Context, root, dir string, mutants []mutant) (*batch, error) {
	b := &batch{
		root: root, dir: filepath.Join(dir, "batch"), choice: filepath.Join(dir, "choice"),
		mutants: mutants, numbers: map[mutant]int{}, broken: map[mutant]bool{},
	}
	for {
		for i, m := range mutants {
			if m.in != nil && !b.broken[m] {
				b.numbers[m] = i + 1
			}
		}
		lines, err := b.write()
		if err != nil || len(lines) == 0 {
			return b, err
		}
		output, ok, err := b.compile(ctx)
		if err != nil || ok {
			return b, err
		}
		before := len(b.broken)
		b.blame(lines, output)
		if len(b.broken) == before {
			return nil, errors.New("the batch does not build:\n" + output)
		}
	}
}

// choose makes a mutant the one that runs; none when it is the zero mutant.
func (b *batch) choose(m mutant) error {
	return os.WriteFile(b.choice, []byte(strconv.Itoa(b.numbers[m])), 0o600)
}

// lines are those of a written file that belong to a mutant.
type lines struct {
	mutant
	file        string // the written one
	first, last int
}

// write writes the files with their copies, and returns where the copies are.
func (b *batch) write() ([]lines, error) {
	if err := os.RemoveAll(b.dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return nil, err
	}
	files := map[string][]mutant{}
	for _, m := range b.mutants {
		if m.in != nil && !b.broken[m] {
			files[m.file] = append(files[m.file], m)
		}
	}
	var all []lines
	replace := map[string]string{}
	put := func(name, text string) (string, error) {
		to := filepath.Join(b.dir, strings.ReplaceAll(name, "/", "-"))
		replace[filepath.Join(b.root, filepath.FromSlash(name))] = to
		return to, os.WriteFile(to, []byte(text), 0o600)
	}
	for name, list := range files {
		source, err := os.ReadFile(filepath.Join(b.root, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		text, where := b.file(source, list)
		file, err := put(name, text)
		if err != nil {
			return nil, err
		}
		for _, w := range where {
			w.file = file
			all = append(all, w)
		}
		pkg := path.Dir(name)
		if _, err := put(path.Join(pkg, "mutant_chosen.go"), fmt.Sprintf(chooser, path.Base(pkg), b.choice)); err != nil {
			return nil, err
		}
	}
	if err := b.choose(mutant{}); err != nil {
		return nil, err
	}
	var err error
	b.overlay, err = writeOverlay(b.dir, replace)
	return all, err
}

// chooser is added to each changed package. Programs that tests start read the same file.
const chooser = `package %s

import (
	"os"
	"strconv"
)

var mutantChosen = func() int {
	text, _ := os.ReadFile(%q)
	n, _ := strconv.Atoi(string(text))
	return n
}()
`

// file writes a file whose functions call the copies that stand at its end.
func (b *batch) file(source []byte, list []mutant) (string, []lines) {
	slices.SortFunc(list, func(x, y mutant) int {
		return cmp.Or(cmp.Compare(x.in.from, y.in.from), cmp.Compare(b.numbers[x], b.numbers[y]))
	})
	var out, copies bytes.Buffer
	var where []lines
	done := 0
	to := func(offset int) { out.Write(source[done:offset]); done = offset }
	for i, m := range list {
		p := m.in
		if i == 0 || list[i-1].in != p {
			for _, x := range p.insert {
				to(x.at)
				out.WriteString(x.text)
				done = x.to
			}
			to(p.body)
		}
		name := fmt.Sprintf("%sMutant%d", p.name, b.numbers[m])
		call := fmt.Sprintf(p.call, name)
		if p.results {
			call = "return " + call
		} else {
			call += "; return"
		}
		fmt.Fprintf(&out, "\nif mutantChosen == %d { %s }\n", b.numbers[m], call)
		first := bytes.Count(copies.Bytes(), []byte("\n"))
		changed := m.apply(source)
		fmt.Fprintf(&copies, "\n%s%s%s\n", changed[p.from:p.nameEnd-len(p.name)], name, changed[p.nameEnd:p.to+len(changed)-len(source)])
		where = append(where, lines{m, "", first, bytes.Count(copies.Bytes(), []byte("\n"))})
	}
	to(len(source))
	shift := bytes.Count(out.Bytes(), []byte("\n"))
	for i := range where {
		where[i].first += shift
		where[i].last += shift
	}
	return out.String() + copies.String(), where
}

// compile builds the changed packages and nothing that uses them.
func (b *batch) compile(ctx context.Context) (output string, ok bool, err error) {
	args := []string{"build", "-gcflags=-e", "-overlay", b.overlay}
	for _, pkg := range packagesOf(b.mutants) {
		args = append(args, "./"+pkg)
	}
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = b.root
	text, err := c.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && ctx.Err() == nil {
		return string(text), false, nil
	}
	return "", err == nil, err
}

var complaint = regexp.MustCompile(`(?m)^(\S+\.go):(\d+):\d+: `)

// blame marks the mutants in whose lines the compiler found something.
func (b *batch) blame(where []lines, output string) {
	for _, c := range complaint.FindAllStringSubmatch(output, -1) {
		line, _ := strconv.Atoi(c[2])
		for _, w := range where {
			if filepath.Base(c[1]) == filepath.Base(w.file) && w.first < line && line <= w.last {
				b.broken[w.mutant] = true
				delete(b.numbers, w.mutant)
			}
		}
	}
}
