package attendance

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

// Bases of a segment that are no pay code.
const (
	baseUnpaid     = -1
	baseUnapproved = -2
)

// segment is a stretch of time between two boundaries, on its way through the passes.
type segment struct {
	from, to domain.Seconds
	civil    domain.Date // civil date of its start
	owner    domain.Date // the overtime day: the attendance day, or the civil date where days are split
	kind     schedule.Kind
	base     int
	rule     string // JSON pointer of what claimed it
	pass     int    // the pass that claimed it, or -1
	fixed    bool   // an overlay chose the code
	byDay    bool   // claimed by a pass that selects kinds of days
	toil     int    // bank code, or -1
	nth      int    // the how many-th worked day of the week its day is
	row      int    // the how many-th worked day in a row, where a rule asks
	piece    int
	subject  ruleset.Subject
	place    string // of the punch it began with; empty where that is unknown
	settles  bool   // an approval settles it as time off
	premium  [ruleset.MaxFamilies]int16
}

func (s *segment) len() domain.Seconds { return s.to - s.from }

// segment splits pieces at civil midnights, week starts, approvals and band edges, and gives each part what the passes ask (stage 8).
func (e *evaluator) segment() {
	e.findEdges()
	for i := range e.pieces {
		p := &e.pieces[i]
		from := p.from
		if !p.untimed {
			for _, x := range e.edges {
				if x > from && x < p.to {
					e.addSegment(i, from, x)
					from = x
				}
			}
		}
		e.addSegment(i, from, p.to)
	}
}

// findEdges lists, in order, the instants at which a segment ends.
func (e *evaluator) findEdges() {
	e.edges = e.edges[:0]
	if len(e.pieces) == 0 {
		return
	}
	z, first, last := e.today.zone, e.pieces[0].from, e.pieces[0].to
	for i := range e.pieces {
		last = max(last, e.pieces[i].to)
	}
	d, _ := e.wall(first)
	for ; ; d++ {
		midnight := e.clockDay(z, d).midnight
		if midnight >= last {
			break
		}
		e.edge(midnight, first, last)
		if e.rules.WeekAt > 0 && d.Weekday() == e.rules.WeekStarts {
			e.edge(e.at(z, d, e.rules.WeekAt), first, last)
		}
		for i := range e.rules.Premiums {
			e.premiumEdges(&e.rules.Premiums[i], d, first, last)
		}
		for i := range e.rules.Passes {
			if p := &e.rules.Passes[i]; p.Band {
				e.bandEdges(p.From, p.To, d, first, last)
			}
		}
	}
	for _, a := range e.appr {
		e.edge(a.From, first, last)
		e.edge(a.To, first, last)
	}
}

func (e *evaluator) premiumEdges(p *ruleset.PremiumRule, d domain.Date, first, last domain.Seconds) {
	z := e.today.zone
	if p.Band {
		e.bandEdges(p.From, p.To, d, first, last)
	}
	if p.Tail >= 0 {
		e.edge(e.atEnd(z, d, p.Tail), first, last)
	}
}

func (e *evaluator) bandEdges(from, to domain.Seconds, d domain.Date, first, last domain.Seconds) {
	z := e.today.zone
	e.edge(e.at(z, d, from), first, last)
	e.edge(e.atEnd(z, d, to), first, last)
}

// edge inserts x in order, once, when it lies between first and last.
func (e *evaluator) edge(x, first, last domain.Seconds) {
	if x <= first || x >= last {
		return
	}
	i := len(e.edges)
	for i > 0 && e.edges[i-1] > x {
		i--
	}
	if i > 0 && e.edges[i-1] == x {
		return
	}
	e.edges = append(e.edges, 0)
	copy(e.edges[i+1:], e.edges[i:])
	e.edges[i] = x
}

func (e *evaluator) addSegment(piece int, from, to domain.Seconds) {
	p := &e.pieces[piece]
	e.segs = append(e.segs, segment{from: from, to: to, owner: e.day.Date, base: e.rules.Straight, rule: p.policy, pass: -1, toil: -1, piece: piece})
	s := &e.segs[len(e.segs)-1]
	s.civil, _ = e.wall(from)
	s.kind = e.kindAt(s.civil)
	for f := range e.rules.Families {
		s.premium[f] = -1
	}
	switch {
	case !p.counted:
		s.base = baseUnapproved
	case p.code >= 0:
		s.base, s.fixed = p.code, true
	}
	if e.rules.SplitDay && !p.untimed {
		s.owner = s.civil
	}
	e.subject(s, p)
	if p.counted {
		s.nth = e.nthDay(s)
		s.row = e.rowDay(s)
	}
}

// subject fills what selectors look at.
func (e *evaluator) subject(s *segment, p *piece) {
	g := e.today.gov
	s.subject = ruleset.Subject{Shift: ruleset.ShiftBit(e.today.shift), Tags: g.tags, Contract: g.contract, Place: ruleset.PlaceBit("")}
	if r := e.today.rule(); r != nil {
		s.subject.Tags |= r.Tags
	}
	s.subject.Site, s.subject.Cost = e.today.site, g.assign.Cost
	if p.span >= 0 {
		e.booked(s, e.taken[e.clusters[e.counted[p.span].in].first].p)
	}
	for _, a := range e.appr {
		if a.From <= s.from && s.to <= a.To {
			s.subject.Approved |= ruleset.ApprovedKind(a.Kind)
			s.settles = s.settles || a.Kind == "overtime" && a.Settle == "toil"
		}
	}
}

// booked books a segment as its arrival says.
func (e *evaluator) booked(s *segment, in *Punch) {
	s.subject.Place, s.subject.Job = ruleset.PlaceBit(in.Place), in.Job
	if in.Site != "" {
		s.subject.Site = in.Site
	}
	if in.Cost != "" {
		s.subject.Cost = in.Cost
	}
	if in.Place != "unknown" {
		s.place = in.Place
	}
}

// dims are the dimensions by which payroll may split what a segment pays.
func (s *segment) dims() Dims {
	return Dims{Site: s.subject.Site, Cost: s.subject.Cost, Job: s.subject.Job, Place: s.place}
}

// kindAt is the kind of a second by its civil date: kinds that run from midnight to midnight decide on their own date, every other
// kind holds for the attendance day.
func (e *evaluator) kindAt(civil domain.Date) schedule.Kind {
	own := e.day.Kind
	if civil == e.day.Date {
		return own
	}
	k := e.civilKind(civil)
	if e.rules.Civil.Has(k) || e.rules.Civil.Has(own) {
		return k
	}
	return own
}

// civilKind is the kind of a date near to today.
func (e *evaluator) civilKind(d domain.Date) schedule.Kind {
	for _, s := range [...]*slot{e.today, e.tomorrow, e.yesterday} {
		if s.date == d && s.gov != nil {
			return s.kind
		}
	}
	s := slot{date: d, gov: e.today.gov, site: e.today.site, zone: e.today.zone}
	s.year = e.today.year
	if s.year != nil {
		s.year = e.yearOf(s.year.id, d)
	}
	e.kindOf(&s, e.rosterOf(d))
	return s.kind
}

// nthDay counts the days of the week on which something was counted, up to the segment's.
func (e *evaluator) nthDay(s *segment) int {
	c := &e.carry
	if week := e.windowOf(ruleset.PerWeek, s.owner); week > c.week {
		c.week, c.worked = week, 0
	}
	if s.owner > c.lastDay {
		c.lastDay = s.owner
		c.worked++
	}
	return c.worked
}

// rowDay counts the days in a row on which something was counted, up to the segment's.
func (e *evaluator) rowDay(s *segment) int {
	if e.rules.RowSlot < 0 {
		return 0
	}
	row := &e.carry.sums[e.sumOf[e.rules.RowSlot]]
	switch {
	case s.owner == row.from+1 && row.acc > 0:
		row.from, row.acc = s.owner, row.acc+1
	case s.owner > row.from:
		row.from, row.acc = s.owner, 1
	}
	return int(row.acc)
}
