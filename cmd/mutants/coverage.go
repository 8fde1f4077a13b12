package main

import (
	"fmt"
	"os"
	"path"
	"strings"
)

// block is a stretch of lines of a coverage profile.
type block struct {
	from, to int
	run      bool
}

// coverage holds the blocks of each file.
type coverage map[string][]block

// readCoverage reads a profile as go test writes it: file:line.column,line.column statements count.
func readCoverage(file string) (coverage, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	out := coverage{}
	for line := range strings.Lines(string(text)) {
		name, rest, ok := strings.Cut(line, ":")
		if !ok || name == "mode" {
			continue
		}
		var b block
		var column, statements, count int
		if _, err := fmt.Sscanf(rest, "%d.%d,%d.%d %d %d", &b.from, &column, &b.to, &column, &statements, &count); err != nil {
			return nil, fmt.Errorf("%s: %q: %w", file, line, err)
		}
		b.run = count > 0
		out[name] = append(out[name], b)
	}
	return out, nil
}

// has reports whether the line of a mutant was run. A line in no block, such as a constant, counts as run where anything of its
// file was.
func (c coverage) has(m mutant) bool {
	inside, some := false, false
	for _, b := range c[path.Join(module, m.file)] {
		some = some || b.run
		if b.from <= m.run && m.run <= b.to {
			if inside = true; b.run {
				return true
			}
		}
	}
	return !inside && some
}

const module = "github.com/punchledger/punchledger"
