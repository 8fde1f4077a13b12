package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// memory keeps results in a file, so that an interrupted run goes on. A mutant that was killed stays killed while its own file
// stays as it is; one that survived is tried again when anything in the tree has changed, as a new test may kill it.
type memory struct {
	root, tree string
	file       *os.File
	known      map[string]remembered
}

type remembered struct {
	Mutant  string  `json:"mutant"`
	Source  string  `json:"source"`
	Tree    string  `json:"tree"`
	Outcome outcome `json:"outcome"`
	By      string  `json:"by,omitempty"`
	Covered bool    `json:"covered,omitempty"`
}

// openMemory reads a file of results; without a name nothing is kept.
func openMemory(name, root string) (*memory, error) {
	m := &memory{root: root, known: map[string]remembered{}}
	if name == "" {
		return m, nil
	}
	var err error
	if m.tree, err = treeHash(root); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return nil, err
	}
	if m.file, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(m.file)
	for lines.Scan() {
		var r remembered
		if json.Unmarshal(lines.Bytes(), &r) == nil { // a line that an interruption has cut off is tried again
			m.known[r.Mutant] = r
		}
	}
	return m, lines.Err()
}

func (m *memory) close() error {
	if m.file == nil {
		return nil
	}
	return m.file.Close()
}

func key(x mutant) string { return fmt.Sprintf("%s:%d-%d %s", x.file, x.from, x.to, x.text) }

// recall returns the result of an earlier run where it still holds.
func (m *memory) recall(x mutant) (result, bool) {
	r, ok := m.known[key(x)]
	if !ok || r.Outcome == survived && r.Tree != m.tree {
		return result{}, false
	}
	if source, err := fileHash(m.root, x.file); err != nil || source != r.Source {
		return result{}, false
	}
	return result{mutant: x, outcome: r.Outcome, by: r.By, covered: r.Covered}, true
}

func (m *memory) keep(r result) error {
	if m.file == nil {
		return nil
	}
	source, err := fileHash(m.root, r.file)
	if err != nil {
		return err
	}
	line, err := json.Marshal(remembered{
		Mutant: key(r.mutant), Source: source, Tree: m.tree, Outcome: r.outcome, By: r.by, Covered: r.covered,
	})
	if err != nil {
		return err
	}
	_, err = m.file.Write(append(line, '\n'))
	return err
}

func fileHash(root, name string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), err
}

// treeHash covers all Go files, and whatever tests read beside them.
func treeHash(root string) (string, error) {
	h := sha256.New()
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (strings.HasPrefix(e.Name(), ".") || e.Name() == "bin" || e.Name() == "docs") && name != root:
			return fs.SkipDir
		case !e.Type().IsRegular():
			return nil
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		_, err = io.Copy(h, f)
		return errors.Join(err, f.Close())
	})
	return hex.EncodeToString(h.Sum(nil)[:8]), err
}
