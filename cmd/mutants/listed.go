package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// entry is a paragraph of survivors.txt: where, the line before and after, and why no test can or should tell them apart.
// The line above is named where a function has the same line twice. An entry without lines leaves a whole function out of the
// sample. Line numbers are not used: they move.
type entry struct {
	file, function, above, before, after, reason string
}

func (e entry) whole() bool { return e.before == "" }

func (e entry) matches(m mutant) bool {
	return e.file == m.file && e.function == m.function && e.before == m.before && e.after == m.after && (e.above == "" || e.above == m.above)
}

func isListed(listed []entry, m mutant) bool {
	return slices.ContainsFunc(listed, func(e entry) bool { return e.matches(m) })
}

func leftOut(listed []entry, m mutant) bool {
	return slices.ContainsFunc(listed, func(e entry) bool { return e.whole() && e.file == m.file && e.function == m.function })
}

// readListed reads survivors.txt: paragraphs of "file function", "@ above", "- before", "+ after" and "= reason"; # starts a remark.
func readListed(text string) ([]entry, error) {
	var out []entry
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		e, err := readEntry(paragraph)
		if err != nil {
			return nil, fmt.Errorf("survivors.txt: %w in:\n%s", err, paragraph)
		}
		if e.file != "" {
			out = append(out, e)
		}
	}
	return out, nil
}

func readEntry(paragraph string) (entry, error) {
	var e entry
	for line := range strings.Lines(paragraph) {
		line = strings.TrimSpace(line)
		mark, rest, _ := strings.Cut(line, " ")
		switch mark {
		case "", "#":
		case "@":
			e.above = rest
		case "-":
			e.before = rest
		case "+":
			e.after = rest
		case "=":
			e.reason = rest
		default:
			e.file, e.function = mark, rest
		}
	}
	switch {
	case e == entry{}:
		return e, nil
	case e.file == "" || e.reason == "":
		return e, errors.New("a file or a reason is missing")
	case (e.before == "") != (e.after == ""):
		return e, errors.New("there is one of the two lines only")
	}
	return e, nil
}
