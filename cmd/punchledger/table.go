package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"github.com/punchledger/punchledger/domain/text"
)

// table collects rows for one of the output formats: aligned columns for people, JSON lines or CSV for machines.
type table struct {
	format  string
	out     io.Writer
	columns []column
	rows    [][]string
	csv     *csv.Writer
	json    *json.Encoder
}

// column is one column of a table: a label in the user's language, and a stable name for CSV.
type column struct {
	label, name string
	right       bool
}

func newTable(format string, out io.Writer, columns ...column) (*table, error) {
	t := &table{format: format, out: out, columns: columns}
	switch format {
	case "json":
		t.json = json.NewEncoder(out)
		t.json.SetEscapeHTML(false)
	case "csv":
		t.csv = csv.NewWriter(out)
		names := make([]string, len(columns))
		for i, c := range columns {
			names[i] = c.name
		}
		return t, t.csv.Write(names)
	}
	return t, nil
}

// table returns a table whose columns are named by keys of labels.column; a leading > aligns to the right.
func (c *console) table(names ...string) (*table, error) {
	columns := make([]column, len(names))
	for i, n := range names {
		name, right := strings.CutPrefix(n, ">")
		columns[i] = column{label: c.t("labels.column." + name), name: name, right: right}
	}
	return newTable(c.cfg.Output, c.Out, columns...)
}

// add writes one row: value to JSON, cells to tables and CSV.
func (t *table) add(value any, cells ...string) error {
	switch t.format {
	case "json":
		return t.json.Encode(value)
	case "csv":
		for i, c := range cells {
			cells[i] = harmless(c)
		}
		return t.csv.Write(cells)
	}
	for i, c := range cells {
		cells[i] = text.Visible(c)
	}
	t.rows = append(t.rows, cells)
	return nil
}

// figure is a negative number or length, the one cell that begins with a minus sign and is no formula.
var figure = regexp.MustCompile(`^-\d+([.:]\d+)*$`)

// harmless keeps a spreadsheet from reading a cell as a formula: an apostrophe stands before what could begin one.
func harmless(cell string) string {
	first, _ := utf8.DecodeRuneInString(cell)
	if cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) && !figure.MatchString(cell) {
		return "'" + cell
	}
	return cell
}

// end writes what was collected.
func (t *table) end() error {
	switch t.format {
	case "json":
		return nil
	case "csv":
		t.csv.Flush()
		return t.csv.Error()
	}
	widths := make([]int, len(t.columns))
	for i, c := range t.columns {
		widths[i] = runewidth.StringWidth(c.label)
	}
	for _, r := range t.rows {
		for i, cell := range r {
			widths[i] = max(widths[i], runewidth.StringWidth(cell))
		}
	}
	var b strings.Builder
	line := func(cells []string) {
		var row strings.Builder
		for i, cell := range cells {
			pad := strings.Repeat(" ", widths[i]-runewidth.StringWidth(cell))
			if t.columns[i].right {
				row.WriteString(pad + cell)
			} else {
				row.WriteString(cell + pad)
			}
			row.WriteString("  ")
		}
		b.WriteString(strings.TrimRight(row.String(), " ") + "\n")
	}
	labels := make([]string, len(t.columns))
	for i, c := range t.columns {
		labels[i] = c.label
	}
	line(labels)
	for _, r := range t.rows {
		line(r)
	}
	_, err := io.WriteString(t.out, b.String())
	return err
}

// printJSON writes one indented document.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// printJSONLine writes one document on one line.
func printJSONLine(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}
