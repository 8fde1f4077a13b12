package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// The tables stand in the document between these lines. Those under load and those of what-ifs have places of their own, so that they
// can be measured again without the others.
const (
	begin     = "<!-- figures: written by `make bench REPORT=docs/performance.md` -->"
	end       = "<!-- end of figures -->"
	beginLoad = "<!-- under load: written by `make bench BENCH=\"-only load\" REPORT=docs/performance.md` -->"
	endLoad   = "<!-- end of under load -->"

	beginWhatIf = "<!-- what-if: written by `make bench BENCH=\"-only what-if\" REPORT=docs/performance.md` -->"
	endWhatIf   = "<!-- end of what-if -->"
)

// write replaces in a document what this run has measured.
func (b *bench) write(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	whatIfs, others := b.apart()
	for _, part := range []struct {
		begin, end, figures string
		measured            bool
	}{
		{begin, end, b.figures(others), len(others)+len(b.latencies) > 0},
		{beginWhatIf, endWhatIf, b.figuresOfWhatIfs(whatIfs), len(whatIfs) > 0},
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
	fmt.Fprintf(&s, "Measured on %s: %s; %s.\n\n", time.Now().UTC().Format(time.DateOnly), b.surroundings()[0], processors().since(b.began))
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

// apart are the rows of what-ifs, and the others.
func (b *bench) apart() (whatIfs, others []row) {
	for _, r := range b.rows {
		if strings.HasPrefix(r.name, "what-if") {
			whatIfs = append(whatIfs, r)
		} else {
			others = append(others, r)
		}
	}
	return whatIfs, others
}

func (b *bench) figuresOfWhatIfs(rows []row) string {
	var s strings.Builder
	b.contests(&s, rows)
	for _, n := range b.whatIfNotes {
		fmt.Fprintf(&s, "- %s\n", n)
	}
	return s.String()
}

func (b *bench) contests(s *strings.Builder, rows []row) {
	fmt.Fprintf(s, "Measured on %s: %s.\n\n", time.Now().UTC().Format(time.DateOnly), strings.Join(append(b.surroundings(), processors().since(b.began)), "; "))
	var cells [][]string
	for _, r := range rows {
		cells = append(cells, r.cells())
	}
	markdown(s, columns, cells)
}

func (b *bench) figures(rows []row) string {
	var s strings.Builder
	b.contests(&s, rows)
	var cells [][]string
	for _, l := range b.latencies {
		cells = append(cells, l.cells())
	}
	markdown(&s, latencyColumns, cells)
	if b.pg != nil {
		fmt.Fprintf(&s, "PostgreSQL %s on a local socket, fsync and synchronous_commit on, %s.\n\n", b.pg.Version(), strings.Join(postgresSettings, ", "))
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
