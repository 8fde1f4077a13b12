package whatif

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"math"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// topMovers is how many people are listed who lose most, and who gain most.
const topMovers = 20

// edges of the buckets of Report.Spread, in seconds of worth; the ends are open.
var edges = []domain.Seconds{
	-40 * domain.Hour, -16 * domain.Hour, -8 * domain.Hour, -4 * domain.Hour, -domain.Hour, 0,
	domain.Hour, 4 * domain.Hour, 8 * domain.Hour, 16 * domain.Hour, 40 * domain.Hour,
}

// Tally gathers a report person by person.
type Tally struct {
	keep   int
	report Report
	months map[string]*MonthChange
	groups map[[2]string]*GroupChange
	spread []int
	hash   hash.Hash
}

// NewTally returns a tally that lists the first keep days that differ.
func NewTally(keep int) *Tally {
	t := &Tally{keep: max(keep, 0), months: map[string]*MonthChange{}, groups: map[[2]string]*GroupChange{}, spread: make([]int, len(edges)+1), hash: sha256.New()}
	t.report.Summary.Codes, t.report.Days = map[string]CodeChange{}, []DayChange{}
	t.hash.Write([]byte("punchledger/days/v1\n"))
	return t
}

// Room is how many more days the report will list.
func (t *Tally) Room() int { return t.keep - len(t.report.Days) }

// Add adds a person. People must come in the order of their ids.
func (t *Tally) Add(p Person) {
	s := &t.report.Summary
	if p.Failed != nil {
		s.PersonsFailed++
		t.report.Failures = append(t.report.Failures, *p.Failed)
		return
	}
	s.Persons++
	if p.Intake != nil {
		if t.report.Intake == nil {
			t.report.Intake = &IntakeCounts{}
		}
		t.report.Intake.Add(*p.Intake)
	}
	s.DaysSame += p.Same
	s.DaysChanged += p.Changed
	s.DaysSealed += p.sealed
	for i := range p.codes {
		t.code(&p.codes[i])
	}
	up, down := 0, 0
	switch {
	case p.Worth > 0:
		up = 1
	case p.Worth < 0:
		down = 1
	}
	t.group("group", p.Group, &p, up, down)
	t.group("site", p.Site, &p, up, down)
	for _, tag := range p.Tags {
		t.group("tag", tag, &p, up, down)
	}
	if p.Changed == 0 {
		return
	}
	s.PersonsChanged++
	s.PersonsUp += up
	s.PersonsDown += down
	s.WorthGained += max(p.Worth, 0)
	s.WorthLost += max(-p.Worth, 0)
	for _, x := range [...]struct {
		into *map[string]int
		from map[string]int
	}{{&s.AnomaliesOpened, p.opened}, {&s.AnomaliesClosed, p.closed}, {&s.LimitsBroken, p.broken}} {
		for k, n := range x.from {
			add(x.into, k, n)
		}
	}
	for _, m := range p.months {
		t.month(m)
	}
	t.move(&p)
	t.hash.Write(append(hex.AppendEncode(append([]byte(p.Emp), '\t'), p.hash[:]), '\n'))
	t.report.Days = append(t.report.Days, p.Days[:min(len(p.Days), t.Room())]...)
}

func (t *Tally) code(p *personCode) {
	c := t.report.Summary.Codes[p.Code]
	c.Before += p.Before
	c.After += p.After
	c.Gained += p.Gained
	c.Lost += p.Lost
	switch {
	case p.After > p.Before:
		c.PersonsUp++
	case p.After < p.Before:
		c.PersonsDown++
	}
	t.report.Summary.Codes[p.Code] = c
}

func (t *Tally) month(m MonthChange) {
	have, ok := t.months[m.Month]
	if !ok {
		t.months[m.Month] = &m
		return
	}
	have.DaysChanged += m.DaysChanged
	have.Gained += m.Gained
	have.Lost += m.Lost
}

func (t *Tally) group(kind, id string, p *Person, up, down int) {
	if id == "" {
		return
	}
	g, ok := t.groups[[2]string{kind, id}]
	if !ok {
		g = &GroupChange{Kind: kind, ID: id}
		t.groups[[2]string{kind, id}] = g
	}
	g.Persons++
	if p.Changed > 0 {
		g.PersonsChanged++
	}
	g.PersonsUp += up
	g.PersonsDown += down
	g.Gained += max(p.Worth, 0)
	g.Lost += max(-p.Worth, 0)
}

// move puts a person among those who lose or gain most, and into their bucket.
func (t *Tally) move(p *Person) {
	if p.Worth == 0 {
		return
	}
	list, sign := &t.report.Top.Gains, domain.Seconds(-1)
	if p.Worth < 0 {
		list, sign = &t.report.Top.Losses, 1
	}
	m := Mover{Emp: p.Emp, Worth: p.Worth, DaysChanged: p.Changed}
	i, _ := slices.BinarySearchFunc(*list, m, func(a, b Mover) int {
		return cmp.Or(cmp.Compare(sign*a.Worth, sign*b.Worth), cmp.Compare(a.Emp, b.Emp))
	})
	if i < topMovers {
		*list = slices.Insert(*list, i, m)
		*list = (*list)[:min(len(*list), topMovers)]
	}
	n := 0
	for n < len(edges) && p.Worth >= edges[n] {
		n++
	}
	t.spread[n]++
}

// Report returns what was gathered.
func (t *Tally) Report() Report {
	r := t.report
	for code, c := range r.Summary.Codes {
		if c.Gained == 0 && c.Lost == 0 {
			delete(r.Summary.Codes, code)
		}
	}
	for _, m := range t.months {
		r.Months = append(r.Months, *m)
	}
	slices.SortFunc(r.Months, func(a, b MonthChange) int { return cmp.Compare(a.Month, b.Month) })
	for _, g := range t.groups {
		r.Groups = append(r.Groups, *g)
	}
	slices.SortFunc(r.Groups, func(a, b GroupChange) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	if len(r.Top.Losses)+len(r.Top.Gains) > 0 {
		for i, n := range t.spread {
			r.Spread = append(r.Spread, bucket(i, n))
		}
	}
	r.DaysHash = hex.EncodeToString(t.hash.Sum(nil))
	return r
}

func bucket(i, persons int) Bucket {
	b := Bucket{From: math.MinInt32, To: math.MaxInt32, Persons: persons}
	if i > 0 {
		b.From = edges[i-1]
	}
	if i < len(edges) {
		b.To = edges[i]
	}
	return b
}
