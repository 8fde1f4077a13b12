package terminal

import (
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// TableOptions say how to read a list with a header, such as one of people.
type TableOptions struct {
	Encoding  string              // utf-8 or gb18030; empty finds out
	Delimiter rune                // one of , ; tab; 0 finds out
	Columns   map[string]string   // our column to the file's, beyond Names
	Names     map[string][]string // names of each of our columns that are known in headers
	Order     []string            // our columns
	Needed    [][]string          // of each group one column has to be there
}

// Table is a list with a header.
type Table struct {
	Found []Finding
	Has   map[string]bool // our columns that the list has
	src   *source
	file  *csvFile
	order []string
}

// TableRow is one row: the values of our columns that are not empty, without the blanks around them, and where each starts.
type TableRow struct {
	Line   int
	Values map[string]string
	At     map[string]int // character, from 1
	Raw    string
}

// OpenTable looks for encoding, delimiter and header as for clock exports.
func OpenTable(r io.ReadSeeker, o TableOptions) (*Table, error) {
	if err := refuseUTF16(r); err != nil {
		return nil, err
	}
	if err := refuseEndless(r); err != nil {
		return nil, err
	}
	if err := (Options{Delimiter: o.Delimiter}).checkCSV(); err != nil {
		return nil, err
	}
	for name := range o.Columns {
		if !slices.Contains(o.Order, name) {
			return nil, badOption("columns", name, strings.Join(o.Order, ", "))
		}
	}
	enc, found, err := chooseEncoding(r, o.Encoding)
	if err != nil {
		return nil, err
	}
	src := newSource(r, enc)
	h, err := o.findHeader(src)
	if err != nil {
		return nil, err
	}
	t := &Table{Has: map[string]bool{}, src: src, order: o.Order}
	var pairs []string
	for _, ours := range o.Order {
		if i, ok := h.index[ours]; ok {
			t.Has[ours] = true
			pairs = append(pairs, ours+"="+headerName(h.fields[i].text))
		}
	}
	t.Found = []Finding{found, finding("header", "line", strconv.Itoa(h.line), "columns", strings.Join(pairs, ", "))}
	t.file = &csvFile{src: src, delimiter: h.delimiter, header: h.line, width: len(h.fields), index: h.index}
	return t, nil
}

// findHeader looks among the first lines for the one that names most of our columns and lacks no needed one.
func (o TableOptions) findHeader(src *source) (header, error) {
	var best header
	for h := range candidates(src, o.Delimiter) {
		o.mapColumns(&h)
		if best.line == 0 || len(h.index) > len(best.index) {
			best = h
		}
	}
	if best.line == 0 {
		return best, domain.NewError(domain.Invalid, "no_header")
	}
	for _, group := range o.Needed {
		if !slices.ContainsFunc(group, func(c string) bool { _, ok := best.index[c]; return ok }) {
			return best, missingColumn(group[0], o.wanted(group[0]), best)
		}
	}
	for ours := range o.Columns {
		if _, ok := best.index[ours]; !ok {
			return best, missingColumn(ours, o.Columns[ours], best)
		}
	}
	if best.twice != "" {
		i := best.index[best.twice]
		return best, domain.NewError(domain.Invalid, "ambiguous_column",
			"column", best.twice, "want", headerName(best.fields[i].text), "line", strconv.Itoa(best.line))
	}
	return best, nil
}

func (o TableOptions) wanted(ours string) string {
	if name := o.Columns[ours]; name != "" {
		return name
	}
	return ours
}

// mapColumns gives each of our columns, in order, the field with the first of its names that no other has taken. A field that then
// still bears a name of a column that has one makes the header ambiguous.
func (o TableOptions) mapColumns(h *header) {
	h.index = map[string]int{}
	taken := make([]bool, len(h.fields))
	for _, ours := range o.Order {
		for _, name := range o.names(ours) {
			i := slices.IndexFunc(h.fields, func(f field) bool { return sameName(f.text, name) })
			if i >= 0 && !taken[i] {
				h.index[ours], taken[i] = i, true
				break
			}
		}
	}
	for _, ours := range o.Order {
		_, mapped := h.index[ours]
		for i, f := range h.fields {
			if mapped && !taken[i] && slices.ContainsFunc(o.names(ours), func(name string) bool { return sameName(f.text, name) }) {
				h.twice = ours
			}
		}
	}
}

func (o TableOptions) names(ours string) []string {
	if name, ok := o.Columns[ours]; ok {
		return []string{name}
	}
	return append([]string{ours}, o.Names[ours]...)
}

// Rows yields every row after the header that is not empty, in order and once: a row, or a Bad that says why not.
func (t *Table) Rows() iter.Seq2[TableRow, *Bad] {
	return func(yield func(TableRow, *Bad) bool) {
		for {
			raw, ok := t.src.next()
			if !ok {
				return
			}
			if raw.number <= t.file.header {
				continue
			}
			row, bad := record(nil), raw.bad
			if bad == nil {
				row, bad = t.file.row(raw)
			}
			if bad != nil {
				if !yield(TableRow{Line: raw.number}, bad) {
					return
				}
				continue
			}
			if !row.empty() && !yield(t.values(raw, row), nil) {
				return
			}
		}
	}
}

func (t *Table) values(raw rawLine, row record) TableRow {
	out := TableRow{Line: raw.number, Values: map[string]string{}, At: map[string]int{}, Raw: printable(raw.text)}
	for _, ours := range t.order {
		v, at := t.file.value(raw, row, ours)
		if v = strings.TrimSpace(unguard(v)); v != "" {
			out.Values[ours] = v
		}
		out.At[ours] = at
	}
	return out
}

// Err returns the error of the underlying reader that ended Rows, if any.
func (t *Table) Err() error { return t.src.err }

// ParseTableDate reads a date as spreadsheets and people write it; order is mdy, dmy or empty. The reason is empty where it could be read.
func ParseTableDate(s, order string) (domain.Date, string) {
	var m moment
	if reason := m.dateOnly(s, order); reason != "" {
		return 0, reason
	}
	d, err := domain.ParseDate(m.wall()[:len("2006-01-02")])
	if err != nil {
		return 0, ReasonDate
	}
	return d, ""
}
