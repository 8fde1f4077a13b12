package whatif

import (
	"cmp"
	"crypto/sha256"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/punchledger/punchledger/domain"
)

// All keeps all days that differ.
const All = math.MaxInt

// Day is what one day gives, for comparison.
type Day struct {
	Date       domain.Date
	Rows       []Row    // by code, one each
	Flags      []string // sorted
	Anomalies  []string // keys, sorted
	ResultHash string   // may be empty
}

// Row is what a day gives under a pay code.
type Row struct {
	Code string
	Quantity
}

// Same reports whether two days pay the same and deviate in the same way, whatever rules gave them.
func (d *Day) Same(o *Day) bool {
	return slices.Equal(d.Rows, o.Rows) && slices.Equal(d.Flags, o.Flags) && slices.Equal(d.Anomalies, o.Anomalies)
}

// Who is the person whose days are compared, with what groups them.
type Who struct {
	Emp, Group, Site string
	Tags             []string
}

// Person is what a candidate changes for one person.
type Person struct {
	Who
	Same, Changed int
	Worth         domain.Seconds // after less before
	Days          []DayChange    // the first that differ, as many as were asked for
	Failed        *Failure       // then nothing was compared; may be nil
	Intake        *IntakeCounts  // where punches were judged again; may be nil

	codes          []personCode
	months         []MonthChange
	opened, closed map[string]int
	broken         map[string]int
	sealed         int               // days that differ in their result hash alone
	hash           [sha256.Size]byte // of all days that differ
}

// personCode is what happens to one code of one person.
type personCode struct {
	Code   string         `json:"code"`
	Before domain.Seconds `json:"before,omitempty"`
	After  domain.Seconds `json:"after,omitempty"`
	Gained domain.Seconds `json:"gained,omitempty"`
	Lost   domain.Seconds `json:"lost,omitempty"`
}

// Contrast compares the days of one person before and after, each in the order of their dates. It keeps the first days that differ,
// at most keep of them.
func Contrast(who Who, before, after []Day, keep int) Person {
	return contrast(who, before, after, keep, (*Day).Same)
}

// Against is Contrast with days that another engine gave before: days are the same where figures and result hashes are. Of a day that
// has a hash and no rows, not even an empty list of them, only the hash is compared.
func Against(who Who, before, after []Day, keep int) Person {
	return contrast(who, before, after, keep, func(b, a *Day) bool {
		return (b.ResultHash == "" || b.ResultHash == a.ResultHash) && (b.bare() || b.Same(a))
	})
}

// bare reports whether a day is known by its hash alone.
func (d *Day) bare() bool { return d.Rows == nil && d.ResultHash != "" }

func contrast(who Who, before, after []Day, keep int, same func(b, a *Day) bool) Person {
	p := Person{Who: who}
	h := sha256.New()
	var buf []byte
	var none Day
	for i, j := 0, 0; i < len(before) || j < len(after); {
		b, a := &none, &none
		if j == len(after) || i < len(before) && before[i].Date <= after[j].Date {
			b = &before[i]
		}
		if i == len(before) || j < len(after) && after[j].Date <= before[i].Date {
			a = &after[j]
		}
		if b != &none {
			i++
		}
		if a != &none {
			j++
		}
		both := b != &none && a != &none
		known := b // what the figures are compared with: those of a day that is nothing but a hash are taken to be the same
		if both && b.bare() {
			known = a
		}
		p.rows(known, a)
		if both && same(b, a) {
			p.Same++
			continue
		}
		if both && (known == a || b.Same(a)) {
			p.sealed++
		}
		p.differs(known, a)
		if len(p.Days) < keep {
			p.Days = append(p.Days, DayChange{Emp: p.Emp, Date: max(a.Date, b.Date), Before: b.Figures(p.Emp), After: a.Figures(p.Emp)})
		}
		buf = appendChange(buf[:0], p.Emp, b, a)
		h.Write(buf)
	}
	h.Sum(p.hash[:0])
	return p
}

// rows adds what the codes of a day have before and after.
func (p *Person) rows(b, a *Day) {
	for i, j := 0, 0; i < len(b.Rows) || j < len(a.Rows); {
		var code string
		var before, after domain.Seconds
		switch c := order(b.Rows, i, a.Rows, j); {
		case c < 0:
			code, before = b.Rows[i].Code, b.Rows[i].Seconds
			i++
		case c > 0:
			code, after = a.Rows[j].Code, a.Rows[j].Seconds
			j++
		default:
			code, before, after = b.Rows[i].Code, b.Rows[i].Seconds, a.Rows[j].Seconds
			i, j = i+1, j+1
		}
		c := p.code(code)
		c.Before += before
		c.After += after
		c.Gained += max(after-before, 0)
		c.Lost += max(before-after, 0)
	}
}

// order compares the codes at i and j; a list that has ended comes last.
func order(b []Row, i int, a []Row, j int) int {
	switch {
	case i == len(b):
		return 1
	case j == len(a):
		return -1
	}
	return cmp.Compare(b[i].Code, a[j].Code)
}

// code finds a code among the few that a person has.
func (p *Person) code(id string) *personCode {
	for i := range p.codes {
		if p.codes[i].Code == id {
			return &p.codes[i]
		}
	}
	p.codes = append(p.codes, personCode{Code: id})
	return &p.codes[len(p.codes)-1]
}

// differs counts a day that is not the same.
func (p *Person) differs(b, a *Day) {
	p.Changed++
	moved := worth(a) - worth(b)
	p.Worth += moved
	name := max(a.Date, b.Date).Time().Format("2006-01")
	if n := len(p.months); n == 0 || p.months[n-1].Month != name {
		p.months = append(p.months, MonthChange{Month: name})
	}
	m := &p.months[len(p.months)-1]
	m.DaysChanged++
	m.Gained += max(moved, 0)
	m.Lost += max(-moved, 0)
	count(&p.opened, a.Anomalies, b.Anomalies)
	count(&p.closed, b.Anomalies, a.Anomalies)
	for _, key := range a.Anomalies {
		if id, rule, _ := strings.Cut(key, ":"); id == "limit.over" && !slices.Contains(b.Anomalies, key) {
			add(&p.broken, rule, 1)
		}
	}
}

func worth(d *Day) (s domain.Seconds) {
	for i := range d.Rows {
		s += d.Rows[i].Worth
	}
	return s
}

// count adds the anomalies of list that are not in other, by id.
func count(into *map[string]int, list, other []string) {
	for _, key := range list {
		if !slices.Contains(other, key) {
			id, _, _ := strings.Cut(key, ":")
			add(into, id, 1)
		}
	}
}

func add(into *map[string]int, key string, n int) {
	if *into == nil {
		*into = map[string]int{}
	}
	(*into)[key] += n
}

// Figures returns the day as a report lists it, a copy; nil of no day.
func (d *Day) Figures(emp string) *Figures {
	if d.Date == 0 {
		return nil
	}
	f := &Figures{
		Emp: emp, Date: d.Date, Rows: make(map[string]Quantity, len(d.Rows)), ResultHash: d.ResultHash,
		Flags: append([]string(nil), d.Flags...), Anomalies: append([]string(nil), d.Anomalies...),
	}
	for i := range d.Rows {
		f.Rows[d.Rows[i].Code] = d.Rows[i].Quantity
	}
	return f
}

// appendChange writes a line for days_hash: the canonical JSON (RFC 8785) of a day that differs, without causes and result hashes.
func appendChange(b []byte, emp string, before, after *Day) []byte {
	b = appendSide(append(b, `{"after":`...), after)
	b = appendSide(append(b, `,"before":`...), before)
	b = append(append(b, `,"date":"`...), max(before.Date, after.Date).String()...)
	b = appendQuoted(append(b, `","emp":`...), emp)
	return append(b, "}\n"...)
}

// appendSide writes what a day has, its members in their order; null for no day.
func appendSide(b []byte, d *Day) []byte {
	if d.Date == 0 {
		return append(b, "null"...)
	}
	b = appendList(append(b, `{"anomalies":`...), d.Anomalies)
	b = appendList(append(b, `,"flags":`...), d.Flags)
	b = append(b, `,"rows":{`...)
	for i := range d.Rows {
		if i > 0 {
			b = append(b, ',')
		}
		r := &d.Rows[i]
		b = append(appendQuoted(b, r.Code), `:[`...)
		for k, v := range [...]int64{int64(r.Seconds), int64(r.Days), int64(r.Count), int64(r.Worth)} {
			if k > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(b, v, 10)
		}
		b = append(b, ']')
	}
	return append(b, "}}"...)
}

func appendList(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, s)
	}
	return append(b, ']')
}

// appendQuoted writes a text; what is no UTF-8 becomes the replacement character.
func appendQuoted(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}
