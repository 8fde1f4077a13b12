package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// The tables stand in the document between these lines. Those under load have a place of their own, so that they can be measured
// again without the others.
const (
	begin     = "<!-- figures: written by `make bench REPORT=docs/performance.md` -->"
	end       = "<!-- end of figures -->"
	beginLoad = "<!-- under load: written by `make bench BENCH=\"-only load\" REPORT=docs/performance.md` -->"
	endLoad   = "<!-- end of under load -->"
)

// write replaces in a document what this run has measured.
func (b *bench) write(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, part := range []struct {
		begin, end, figures string
		measured            bool
	}{
		{begin, end, b.figures(), len(b.rows)+len(b.latencies) > 0},
		{beginLoad, endLoad, b.figuresUnderLoad(), len(b.strains) > 0},
	} {
		if !part.measured {
			continue
		}
		before, rest, found := strings.Cut(string(text), part.begin)
		_, after, ended := strings.Cut(rest, part.end)
		if !found || !ended {
			return fmt.Errorf("%s has no lines %q and %q to write figures between", path, part.begin, part.end)
		}
		text = []byte(before + part.begin + "\n\n" + part.figures + "\n" + part.end + after)
	}
	return os.WriteFile(path, text, 0o644)
}

func (b *bench) figuresUnderLoad() string {
	var s strings.Builder
	fmt.Fprintf(&s, "Measured on %s: %s.\n\n", time.Now().UTC().Format(time.DateOnly), b.surroundings()[0])
	var cells [][]string
	for _, x := range b.strains {
		cells = append(cells, x.cells())
	}
	markdown(&s, strainColumns, cells)
	cells = nil
	for _, l := range b.beside {
		cells = append(cells, l.cells())
	}
	markdown(&s, latencyColumns, cells)
	for _, n := range b.loadNotes {
		fmt.Fprintf(&s, "- %s\n", n)
	}
	return s.String()
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
