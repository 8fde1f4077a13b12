package terminal

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// headerWithin is how many lines may stand before and with the header row: exports put a title and a date range on top.
const headerWithin = 20

// header is the row that names the columns, read with one delimiter.
type header struct {
	line      int
	delimiter string
	fields    record
	index     map[string]int // our column to the place of the field
	twice     string         // a column of ours whose name stands there twice
}

// finding names the row and what each column was taken from.
func (h header) finding() Finding {
	var pairs []string
	for _, ours := range csvColumns {
		if i, ok := h.index[ours]; ok {
			pairs = append(pairs, ours+"="+headerName(h.fields[i].text))
		}
	}
	return finding("header", "line", strconv.Itoa(h.line), "columns", strings.Join(pairs, ", "))
}

// headerName returns the name as a person reads it.
func headerName(s string) string { return strings.TrimSpace(wide.Replace(s)) }

func sameName(a, b string) bool { return strings.EqualFold(headerName(a), headerName(b)) }

// candidates are the first lines, split at the delimiter or at each usual one; src has all of them before it afterwards.
func candidates(src *source, delimiter rune) iter.Seq[header] {
	var lines []rawLine
	for len(lines) < headerWithin {
		l, ok := src.next()
		if !ok {
			break
		}
		lines = append(lines, l)
	}
	src.giveBack(lines)
	delimiters := []string{",", ";", "\t"}
	if delimiter != 0 {
		delimiters = []string{string(delimiter)}
	}
	return func(yield func(header) bool) {
		for _, d := range delimiters {
			for _, l := range lines {
				fields, fault := splitRecord(l.text, d)
				if l.bad != nil || fault.reason != "" {
					continue
				}
				if !yield(header{line: l.number, delimiter: d, fields: fields}) {
					return
				}
			}
		}
	}
}

// findHeader looks among the first lines for the one that names every wanted column, and hands all of them back to src.
func findHeader(src *source, o Options) (header, error) {
	var best header
	bestMissing := -1
	for h := range candidates(src, o.Delimiter) {
		missing := h.mapColumns(o.Columns)
		wider := missing == bestMissing && h.line == best.line && len(h.fields) > len(best.fields)
		if bestMissing < 0 || missing < bestMissing || wider {
			best, bestMissing = h, missing
		}
	}
	switch {
	case bestMissing < 0:
		return header{}, domain.NewError(domain.Invalid, "no_header")
	case bestMissing > 0:
		return header{}, best.complain(o.Columns)
	case best.twice != "":
		i := best.index[best.twice]
		return header{}, domain.NewError(domain.Invalid, "ambiguous_column",
			"column", best.twice, "want", headerName(best.fields[i].text), "line", strconv.Itoa(best.line))
	}
	return best, nil
}

// mapColumns finds the place of every column and returns how many wanted ones are missing. Columns that the options do not name
// are taken when the file calls them as we do.
func (h *header) mapColumns(columns map[string]string) int {
	h.index = map[string]int{}
	for _, ours := range csvColumns {
		name, asked := columns[ours]
		if !asked {
			name = ours
		}
		if ours == "date" && !asked && columns["time"] != "" {
			continue // the time column that was named may hold the date as well
		}
		is := func(f field) bool { return sameName(f.text, name) }
		i := slices.IndexFunc(h.fields, is)
		if i >= 0 {
			if slices.IndexFunc(h.fields[i+1:], is) >= 0 {
				h.twice = ours
			}
			h.index[ours] = i
		}
	}
	return len(h.missing(columns))
}

// missing lists the wanted columns that the row does not name: badge or emp, time, and all that the options name.
func (h *header) missing(columns map[string]string) []string {
	var out []string
	for _, ours := range csvColumns {
		_, have := h.index[ours]
		_, asked := columns[ours]
		_, emp := h.index["emp"]
		if !have && (asked || ours == "time" || ours == "badge" && !emp) {
			out = append(out, ours)
		}
	}
	return out
}

func (h *header) complain(columns map[string]string) error {
	ours := h.missing(columns)[0]
	wanted := columns[ours]
	if wanted == "" {
		wanted = ours
	}
	return missingColumn(ours, wanted, *h)
}

// nearest returns the name that takes the fewest changes of a character to become want.
func nearest(want string, names []string) string {
	const enough = 200 // names and characters; a header is smaller, garbage is not
	best, bestCost := "", -1
	for _, n := range names[:min(len(names), enough)] {
		if n == "" || len(n) > enough || len(want) > enough {
			continue
		}
		cost := distance([]rune(strings.ToLower(want)), []rune(strings.ToLower(n)))
		if strings.Contains(n, want) || strings.Contains(want, n) {
			cost = 0
		}
		if bestCost < 0 || cost < bestCost {
			best, bestCost = n, cost
		}
	}
	return best
}

// distance counts insertions, deletions and replacements between a and b.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := diagonal
			if x != y {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
