package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// The table stands in the document between these lines.
const (
	begin = "<!-- figures: written by `make bench REPORT=docs/performance.md` -->"
	end   = "<!-- end of figures -->"
)

// write replaces the figures in a document.
func (b *bench) write(path string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(old), begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return fmt.Errorf("%s has no lines %q and %q to write figures between", path, begin, end)
	}
	return os.WriteFile(path, []byte(before+begin+"\n\n"+b.figures()+"\n"+end+after), 0o644)
}

func (b *bench) figures() string {
	var s strings.Builder
	fmt.Fprintf(&s, "Measured on %s: %s.\n\n", time.Now().UTC().Format(time.DateOnly), strings.Join(b.surroundings(), "; "))
	var cells [][]string
	for _, r := range b.rows {
		cells = append(cells, r.cells())
	}
	markdown(&s, columns, cells)
	cells = nil
	for _, l := range b.latencies {
		cells = append(cells, l.cells())
	}
	markdown(&s, latencyColumns, cells)
	if b.pg != nil {
		fmt.Fprintf(&s, "PostgreSQL %s on a local socket, fsync and synchronous_commit on, %s.\n\n", b.pg.version, strings.Join(postgresSettings, ", "))
	}
	for _, n := range b.notes {
		fmt.Fprintf(&s, "- %s\n", n)
	}
	return s.String()
}

func markdown(s *strings.Builder, head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(s, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, r := range rows {
		fmt.Fprintf(s, "| %s |\n", strings.Join(r, " | "))
	}
	s.WriteString("\n")
}
