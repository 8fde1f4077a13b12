package attendance

import (
	"fmt"
	"math"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/zone"
)

// governing is what holds of the employee on [from, until): assignment, binding and version.
type governing struct {
	from, until domain.Date
	assign      *Assignment
	binding     *Binding
	version     *Version
	rules       *ruleset.Rules // nil: no version governs
	zone        *zone.Zone
	clocks      []*zone.Zone // by shift: on whose clock its times are read, nil for that of the day; empty: so for all
	tags        uint64
	contract    uint8
}

const endOfTime = domain.Date(math.MaxInt32)

// govern finds what holds on d. Results are kept while they hold, so a year of days costs one look-up.
func (e *evaluator) govern(d domain.Date) (*governing, error) {
	for _, g := range slices.Backward(e.govs) {
		if d >= g.from && d < g.until {
			return g, nil
		}
	}
	g := &governing{from: d, until: endOfTime, zone: e.utc}
	for i := range e.facts.Assignments {
		if a := &e.facts.Assignments[i]; a.From <= d {
			g.assign = a
		} else {
			g.until = min(g.until, a.From)
			break
		}
	}
	if g.assign != nil {
		e.bind(g, d)
		if err := e.place(g); err != nil {
			return nil, err
		}
	}
	e.govs = append(e.govs, g)
	return g, nil
}

func (e *evaluator) bind(g *governing, d domain.Date) {
	list := e.book.Groups[g.assign.Group]
	for i := range list {
		b := &list[i]
		switch {
		case b.From > d:
			g.until = min(g.until, b.From)
		case d.Covers(b.From, b.To):
			g.binding = b
			if b.To != 0 {
				g.until = min(g.until, b.To)
			}
		}
	}
	if g.binding == nil {
		return
	}
	versions := e.book.Rulesets[g.binding.Ruleset]
	for i := range versions {
		v := &versions[i]
		switch {
		case v.From > d:
			g.until = min(g.until, v.From)
		case d.Covers(v.From, v.Until) && (g.version == nil || v.From >= g.version.From):
			g.version = v
		}
	}
	for i := range versions {
		if v := &versions[i]; d.Covers(v.From, v.Until) && v.Until != 0 {
			g.until = min(g.until, v.Until)
		}
	}
	if g.version != nil {
		g.rules = g.version.Rules
	}
}

// place resolves the zone: the assignment's, else, or where the rules say so, the ruleset's.
func (e *evaluator) place(g *governing) error {
	name := g.assign.Zone
	if g.rules != nil && (name == "" || g.rules.OwnZone) {
		name = g.rules.Doc.Timezone
	}
	if name != "" {
		z, err := e.book.Zones.Zone(name)
		if err != nil {
			return err
		}
		g.zone = z
	}
	if g.rules == nil {
		return nil
	}
	g.tags, g.contract = g.rules.TagBits(g.assign.Tags), ruleset.ContractBit(g.assign.Contract)
	return e.readClocks(g)
}

// readClocks finds the zones of the shifts that are read on a clock of their own.
func (e *evaluator) readClocks(g *governing) error {
	for i := range g.rules.Shifts {
		name := g.rules.Shifts[i].Zone
		if name == "" {
			continue
		}
		z, err := e.book.Zones.Zone(name)
		if err != nil {
			return err
		}
		if g.clocks == nil {
			g.clocks = make([]*zone.Zone, len(g.rules.Shifts))
		}
		g.clocks[i] = z
	}
	return nil
}

func (e *evaluator) employed(d domain.Date) bool {
	for i := range e.facts.Employment {
		if x := &e.facts.Employment[i]; d >= x.From && (x.Last == 0 || d <= x.Last) {
			return true
		}
	}
	return false
}

// calendarYear is the year of a calendar that was looked at last.
type calendarYear struct {
	id          string
	first, next domain.Date // [first, next) is the year
	calendar    *schedule.Calendar
	year        int
	known       bool
	provisional bool
	hash        string
	rev         string // year/version and hash, for pins
}

// yearOf returns the calendar year that d lies in, nil when no calendar is named.
func (e *evaluator) yearOf(id string, d domain.Date) *calendarYear {
	if id == "" {
		return nil
	}
	for i := range e.years {
		if y := &e.years[i]; y.id == id && d >= y.first && d < y.next {
			return y
		}
	}
	n, _, _ := d.Civil()
	y := calendarYear{id: id, year: n, first: domain.NewDate(n, 1, 1), next: domain.NewDate(n+1, 1, 1), calendar: e.book.Calendars[id]}
	if y.calendar != nil {
		c, ok := y.calendar.Years[n]
		y.known, y.provisional, y.hash = ok, c.Provisional, c.Hash
		if ok {
			y.rev = fmt.Sprintf("%d/%d %s", n, c.Version, c.Hash)
		}
	}
	e.years = append(e.years, y)
	return &e.years[len(e.years)-1]
}

// clockDay is a civil date of a zone: its midnight, and whether it has 24 hours, so that its clock needs no look-up.
type clockDay struct {
	zone     *zone.Zone
	date     domain.Date
	midnight domain.Seconds
	plain    bool
}

func (e *evaluator) clockDay(z *zone.Zone, d domain.Date) *clockDay {
	c := &e.clocks[uint32(d)%uint32(len(e.clocks))]
	if c.date != d || c.zone != z {
		before := &e.clocks[uint32(d-1)%uint32(len(e.clocks))]
		if before.date != d-1 || before.zone != z || !before.plain {
			before = nil
		}
		*c = clockDay{zone: z, date: d}
		if before != nil {
			c.midnight = before.midnight + domain.Day
		} else {
			c.midnight = z.Midnight(d)
		}
		c.plain = z.Midnight(d+1) == c.midnight+domain.Day
	}
	return c
}

// at resolves a wall clock of a date to an instant; a repeated time is the earlier one.
func (e *evaluator) at(z *zone.Zone, d domain.Date, clock domain.Seconds) domain.Seconds {
	d, clock = d+domain.Date(clock/domain.Day), clock%domain.Day
	if c := e.clockDay(z, d); c.plain {
		return c.midnight + clock
	}
	return z.Start(d, clock)
}

// atEnd is at for ends: a repeated time is the later one.
func (e *evaluator) atEnd(z *zone.Zone, d domain.Date, clock domain.Seconds) domain.Seconds {
	d, clock = d+domain.Date(clock/domain.Day), clock%domain.Day
	if clock > 0 {
		if c := e.clockDay(z, d); c.plain {
			return c.midnight + clock
		}
	}
	return z.End(d, clock)
}

// wall returns the local date and the seconds since local midnight at an instant near to today.
func (e *evaluator) wall(at domain.Seconds) (domain.Date, domain.Seconds) {
	for d := e.today.date - 1; d <= e.today.date+1; d++ {
		if c := e.clockDay(e.today.zone, d); c.plain && at >= c.midnight && at < c.midnight+domain.Day {
			return d, at - c.midnight
		}
	}
	return e.today.zone.Wall(at)
}
