package terminal

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// csvColumns are the columns that a CSV file may be mapped to.
var csvColumns = []string{"badge", "emp", "time", "date", "dir", "name", "ref", "work_code", "note"}

type csvFile struct {
	common
	src        *source
	delimiter  string
	header     int            // line number of the header row
	width      int            // fields of the header row
	index      map[string]int // our column to the place of the field
	dateOrder  string
	directions map[string]Direction
}

func openCSV(r io.ReadSeeker, o Options, c common) (*Reader, error) {
	if err := o.checkCSV(); err != nil {
		return nil, err
	}
	enc, encFound, err := chooseEncoding(r, o.Encoding)
	if err != nil {
		return nil, fmt.Errorf("look for the encoding: %w", err)
	}
	src := newSource(r, enc)
	h, err := findHeader(src, o)
	if err != nil {
		return nil, err
	}
	f := csvFile{
		common: c, src: src, delimiter: h.delimiter, header: h.line, width: len(h.fields), index: h.index,
		dateOrder: o.DateOrder, directions: o.Directions,
	}
	found := []Finding{encFound, finding("delimiter", "delimiter", delimiterName(h.delimiter)), h.finding()}
	return &Reader{src: src, parse: f.parse, found: found}, nil
}

func (o Options) checkCSV() error {
	switch o.DateOrder {
	case "", "mdy", "dmy":
	default:
		return badOption("date-order", o.DateOrder, "mdy, dmy")
	}
	switch o.Delimiter {
	case 0, ',', ';', '\t':
	default:
		return badOption("delimiter", string(o.Delimiter), `, ; \t`)
	}
	for name := range o.Columns {
		if !known(name) {
			return badOption("columns", name, strings.Join(csvColumns, ", "))
		}
	}
	for word, d := range o.Directions {
		if _, ok := ParseDirection(string(d)); !ok {
			return badOption("dir-map", word+"="+string(d), "in, out, auto, break_out, break_in")
		}
	}
	return nil
}

func known(name string) bool {
	return slices.Contains(csvColumns, name)
}

// delimiterName shows a delimiter in a way that no language has to translate.
func delimiterName(d string) string {
	if d == "\t" {
		return `\t`
	}
	return d
}

func (f *csvFile) parse(raw rawLine, yield func(Line, *Bad) bool) bool {
	if raw.number <= f.header {
		return true
	}
	row, bad := f.row(raw)
	if bad != nil {
		return yield(Line{}, bad)
	}
	if row.empty() {
		return true
	}
	return yield(f.line(raw, row))
}

// row splits a line into fields. A quoted field may run over a few lines; when it does not close with a whole record in sight,
// only the first of them is bad and reading goes on with the next.
func (f *csvFile) row(raw rawLine) (record, *Bad) {
	row, fault := splitRecord(raw.text, f.delimiter)
	if fault.reason == ReasonOpenQuote {
		if joined, ok := f.join(raw); ok {
			return joined, nil
		}
	}
	if fault.reason != "" {
		return nil, newBad(raw, column(raw.text, fault.at), fault.reason)
	}
	if bad := f.checkWidth(raw, row); bad != nil {
		return nil, bad
	}
	return row, nil
}

// joinLimit is over how many lines a quoted field may run.
const joinLimit = 8

func (f *csvFile) join(raw rawLine) (record, bool) {
	text := raw.text
	var taken []rawLine
	for len(taken) < joinLimit && len(text) <= maxLine {
		next, ok := f.src.next()
		if !ok {
			break
		}
		taken = append(taken, next)
		if next.bad != nil {
			break
		}
		text += "\n" + next.text
		row, fault := splitRecord(text, f.delimiter)
		if fault.reason == ReasonOpenQuote {
			continue
		}
		if fault.reason == "" && f.checkWidth(raw, row) == nil {
			return row, true
		}
		break
	}
	f.src.giveBack(taken)
	return nil, false
}

func (f *csvFile) checkWidth(raw rawLine, row record) *Bad {
	args := []string{"fields", strconv.Itoa(len(row)), "want", strconv.Itoa(f.width)}
	if len(row) < f.width && !row.empty() {
		return newBad(raw, 0, ReasonTooFew, args...)
	}
	if len(row) > f.width && !row[f.width:].empty() {
		return newBad(raw, column(raw.text, min(row[f.width].at, len(raw.text))), ReasonTooMany, args...)
	}
	return nil
}

// value returns the field of one of our columns and the character at which it starts.
func (f *csvFile) value(raw rawLine, row record, name string) (string, int) {
	i, ok := f.index[name]
	if !ok {
		return "", 0
	}
	at := 0 // unknown when the field starts on a later line
	if row[i].at <= len(raw.text) {
		at = column(raw.text, row[i].at)
	}
	return row[i].text, at
}

func (f *csvFile) line(raw rawLine, row record) (Line, *Bad) {
	var l Line
	badge, at := f.value(raw, row, "badge")
	l.Employee, _ = f.value(raw, row, "emp")
	l.Employee = strings.TrimSpace(l.Employee)
	var bad *Bad
	if l.Badge, bad = readBadge(raw, unguard(badge), at); bad != nil && (bad.Reason != ReasonNoBadge || l.Employee == "") {
		return Line{}, bad
	}
	timeAt, bad := f.when(raw, row, &l)
	if bad != nil {
		return Line{}, bad
	}
	word, at := f.value(raw, row, "dir")
	d, ok := wordDirection(word, f.directions)
	if !ok && !f.ignoreDir {
		return Line{}, newBad(raw, at, ReasonUnknownDirection, "word", word)
	}
	l.Dir = d
	for name, into := range map[string]*string{"name": &l.Name, "ref": &l.Ref, "work_code": &l.WorkCode, "note": &l.Note} {
		v, _ := f.value(raw, row, name)
		*into = strings.TrimSpace(v)
	}
	return f.finish(raw, l, timeAt)
}

// when reads the time, or date and time from two columns, and returns where it stands.
func (f *csvFile) when(raw rawLine, row record, l *Line) (int, *Bad) {
	text, at := f.value(raw, row, "time")
	if _, ok := f.index["date"]; !ok {
		m, reason := timestamp(text, f.dateOrder)
		if reason != "" {
			return at, newBad(raw, at, reason, "value", text)
		}
		l.Wall, l.Offset = m.wall(), m.offset
		return at, nil
	}
	var m moment
	day, dayAt := f.value(raw, row, "date")
	if reason := m.dateOnly(day, f.dateOrder); reason != "" {
		return dayAt, newBad(raw, dayAt, reason, "value", day)
	}
	if reason := m.timeOnly(text); reason != "" {
		return at, newBad(raw, at, reason, "value", text)
	}
	l.Wall, l.Offset = m.wall(), m.offset
	return dayAt, nil
}

// unguard takes off what spreadsheets put around a number so that its zeros stay: ="00123" and '00123.
func unguard(s string) string {
	s = strings.TrimSpace(s)
	if inner, ok := strings.CutPrefix(s, `="`); ok {
		if inner, ok := strings.CutSuffix(inner, `"`); ok {
			return inner
		}
	}
	return strings.TrimPrefix(s, "'")
}

// missingColumn names the column, the header that was seen and the name in it that is nearest to the wanted one.
func missingColumn(ours, wanted string, h header) error {
	names := make([]string, len(h.fields))
	for i, f := range h.fields {
		names[i] = headerName(f.text)
	}
	return domain.NewError(domain.Invalid, "missing_column",
		"column", ours, "want", wanted, "line", strconv.Itoa(h.line),
		"header", printable(strings.Join(names, " | ")), "nearest", printable(nearest(wanted, names)))
}
