package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// sample returns the candidates in the order in which they are tried.
func (s *settings) sample(root string, listed []entry) ([]mutant, error) {
	var all []mutant
	for _, pkg := range s.packages {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pkg), "*.go"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			found, err := find(pkg, path.Join(pkg, filepath.Base(file)), source)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	all = slices.DeleteFunc(all, func(m mutant) bool { return leftOut(listed, m) })
	if s.only != nil {
		all = slices.DeleteFunc(all, func(m mutant) bool {
			return !slices.Contains(s.only, m.file) && !slices.Contains(s.only, fmt.Sprintf("%s:%d", m.file, m.line))
		})
		if len(all) == 0 {
			return nil, fmt.Errorf("-only %s: there is nothing to change", strings.Join(s.only, ","))
		}
		s.n = len(all)
		return all, nil
	}
	shuffle(all, s.seed)
	return all, nil
}

// shuffle orders mutants by a hash of what they are and the seed. Where they stand and how many there are does not matter, so
// that a change of the code leaves the order of the others as it is.
func shuffle(all []mutant, seed uint64) {
	times, order := map[string]int{}, map[mutant]string{}
	for _, m := range all {
		words := strings.Join([]string{m.file, m.function, m.before, m.after}, "\n")
		sum := sha256.Sum256(fmt.Appendf(nil, "%d\n%s\n%d", seed, words, times[words]))
		times[words]++
		order[m] = string(sum[:])
	}
	slices.SortFunc(all, func(a, b mutant) int { return strings.Compare(order[a], order[b]) })
}
