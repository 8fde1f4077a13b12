package attendance

import (
	"sort"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/zone"
)

// slot is what was planned for a date before any punch is looked at.
type slot struct {
	date     domain.Date
	employed bool
	gov      *governing // nil: not employed
	kind     schedule.Kind
	calendar bool // the calendar decided the kind
	shift    int  // index, or a ruleset.Slot value
	zone     *zone.Zone
	site     string
	half     bool // the calendar gives half of the day off
	year     *calendarYear
	unknown  string // a rostered shift that the rules do not have
	rostered *RosterDay
	swapped  *Swap
	blocks   [ruleset.MaxBlocks]Interval
	n        int
	also     [ruleset.MaxBlocks]int // further shifts that are rostered for the date: indices
	more     int
	before   domain.Seconds // how long before start and after end punches still belong to the day
	after    domain.Seconds
	start    domain.Seconds // edges of the plan in its widest form
	end      domain.Seconds
}

func (s *slot) rule() *ruleset.ShiftRule {
	if s.shift < 0 || s.gov == nil || s.gov.rules == nil {
		return nil
	}
	return &s.gov.rules.Shifts[s.shift]
}

// clock is the zone on whose clock the times of a shift are read.
func (s *slot) clock(shift int) *zone.Zone {
	if shift >= 0 && len(s.gov.clocks) > 0 && s.gov.clocks[shift] != nil {
		return s.gov.clocks[shift]
	}
	return s.zone
}

func (s *slot) plan() []Interval { return s.blocks[:s.n] }

// fixedPlan reports whether the slot counts as planned for the cut between days.
func (s *slot) fixedPlan() bool {
	r := s.rule()
	return r != nil && s.n > 0 && r.Kind != ruleset.ShiftOpen
}

// resolve finds kind, shift, zone and plan of d (stage 0).
func (e *evaluator) resolve(d domain.Date, s *slot) error {
	*s = slot{date: d, shift: ruleset.SlotRest, kind: schedule.Rest, employed: e.employed(d)}
	if !s.employed {
		return nil
	}
	g, err := e.govern(d)
	if err != nil {
		return err
	}
	s.gov, s.zone = g, g.zone
	if g.rules == nil {
		return nil
	}
	roster := e.rosterOf(d)
	s.site = g.assign.Site
	if len(roster) > 0 {
		s.rostered = &roster[0]
		if roster[0].Site != "" {
			s.site = roster[0].Site
		}
	}
	if err := e.siteOf(s); err != nil {
		return err
	}
	e.kindOf(s, roster)
	if e.tripZones && !g.rules.OwnZone {
		if err := e.tripZone(s); err != nil {
			return err
		}
	}
	e.layBlocks(s)
	for _, r := range roster[min(1, len(roster)):] {
		e.addShift(s, r.Shift)
	}
	return nil
}

// siteOf applies the site: its zone when the slot names it, its calendar in any case.
func (e *evaluator) siteOf(s *slot) error {
	id := s.gov.rules.Doc.Calendar
	if s.site != "" {
		site, ok := e.book.Sites[s.site]
		if ok && site.Calendar != "" {
			id = site.Calendar
		}
		if ok && site.Zone != "" && !s.gov.rules.OwnZone && s.rostered != nil && s.rostered.Site != "" {
			z, err := e.book.Zones.Zone(site.Zone)
			if err != nil {
				return err
			}
			s.zone = z
		}
	}
	s.year = e.yearOf(id, s.date)
	return nil
}

// kindOf decides kind and shift: the calendar's kinds come first, then the roster, a swap, the plan of the week.
func (e *evaluator) kindOf(s *slot, roster []RosterDay) {
	plain := e.ordinary(s, s.date, roster)
	s.kind, s.shift = slotKind(plain), plain
	if s.year == nil || s.year.calendar == nil {
		e.swap(s, roster)
		return
	}
	c, ok := s.year.calendar.Day(s.date, s.gov.assign.Tags)
	r := s.gov.rules
	switch {
	case !ok || c.Kind == schedule.Work || c.Kind == schedule.LegalRest:
		e.swap(s, roster)
		return
	case c.Kind == schedule.Special:
		e.swap(s, roster)
		if s.kind == schedule.Work {
			s.kind, s.half = schedule.Special, c.Portion == "half"
		}
		return
	case c.Kind == schedule.Holiday && s.kind == schedule.LegalRest:
		return // the weekly rest day that the law names stays one on a public holiday
	}
	s.kind, s.calendar = c.Kind, true
	if len(roster) > 0 {
		return
	}
	switch c.Kind {
	case schedule.Holiday:
		s.shift = r.Holiday
	case schedule.Statutory:
		s.shift = r.Statutory
	case schedule.Makeup:
		if s.shift = r.Makeup; s.shift == ruleset.SlotUnsaid && c.SwapOf != 0 {
			s.shift = r.PlannedSlot(c.SwapOf)
		}
	default:
		s.shift = ruleset.SlotRest
	}
	if s.shift == ruleset.SlotUnsaid {
		s.shift = plain
	}
}

func slotKind(shift int) schedule.Kind {
	switch shift {
	case ruleset.SlotRest:
		return schedule.Rest
	case ruleset.SlotLegalRest:
		return schedule.LegalRest
	}
	return schedule.Work
}

// ordinary is the slot of a date as if no calendar existed.
func (e *evaluator) ordinary(s *slot, d domain.Date, roster []RosterDay) int {
	if len(roster) == 0 {
		return s.gov.rules.PlannedSlot(d)
	}
	switch roster[0].Shift {
	case "rest":
		return ruleset.SlotRest
	case "legal_rest":
		return ruleset.SlotLegalRest
	}
	if i, ok := s.gov.rules.ShiftIndex(roster[0].Shift); ok {
		return i
	}
	s.unknown = roster[0].Shift
	return s.gov.rules.PlannedSlot(d)
}

// swap applies an agreed exchange of two ordinary days. A prior one moves both plans; one afterwards only gives the rest that is owed.
func (e *evaluator) swap(s *slot, roster []RosterDay) {
	if len(roster) > 0 {
		return
	}
	for i := range e.facts.Swaps {
		w := &e.facts.Swaps[i]
		switch {
		case s.date == w.WorkDate && w.Kind != "after":
			s.shift, s.swapped = s.gov.rules.PlannedSlot(w.RestDate), w
		case s.date == w.RestDate && w.Kind != "after":
			s.shift, s.swapped = s.gov.rules.PlannedSlot(w.WorkDate), w
		case s.date == w.RestDate:
			s.shift, s.swapped = ruleset.SlotRest, w
		default:
			continue
		}
		s.kind = slotKind(s.shift)
	}
}

func (e *evaluator) rosterOf(d domain.Date) []RosterDay {
	list := e.facts.Roster
	if len(list) == 0 || d < list[0].Date || d > list[len(list)-1].Date {
		return nil
	}
	i := sort.Search(len(list), func(i int) bool { return list[i].Date >= d })
	j := i
	for j < len(list) && list[j].Date == d {
		j++
	}
	return list[i:j]
}

// tripZone moves the day to the zone that an approved trip names for its noon.
func (e *evaluator) tripZone(s *slot) error {
	for i := range e.facts.Approvals {
		a := &e.facts.Approvals[i]
		if a.Kind != "trip" || a.Zone == "" {
			continue
		}
		z, err := e.book.Zones.Zone(a.Zone)
		if err != nil {
			return err
		}
		if noon := z.Start(s.date, 12*domain.Hour); a.From <= noon && noon < a.To {
			s.zone = z
			return nil
		}
	}
	return nil
}

// layBlocks resolves the plan of the slot's shift to instants; a flexible shift is laid at its latest.
func (e *evaluator) layBlocks(s *slot) {
	r := s.rule()
	if r == nil {
		return
	}
	z := s.clock(s.shift)
	s.before, s.after = r.Before, r.After
	if r.Kind == ruleset.ShiftFlex {
		e.layFlex(s, r, e.at(z, s.date, r.Latest))
		s.start, s.end = e.at(z, s.date, r.Earliest), s.blocks[s.n-1].To
		return
	}
	s.n = 0
	for _, w := range r.Work {
		s.blocks[s.n] = Interval{e.at(z, s.date, w.From), e.atEnd(z, s.date, w.To)}
		s.n++
	}
	if s.n > 0 {
		s.start, s.end = s.blocks[0].From, s.blocks[s.n-1].To
	}
}

// layFlex lays the required time from a on, around the breaks.
func (e *evaluator) layFlex(s *slot, r *ruleset.ShiftRule, a domain.Seconds) {
	s.n = 0
	z := s.clock(s.shift)
	left := r.Required
	for _, b := range r.Breaks {
		from, to := e.at(z, s.date, b.From), e.atEnd(z, s.date, b.To)
		if piece := min(left, from-a); piece > 0 {
			s.blocks[s.n] = Interval{a, a + piece}
			s.n++
			if left -= piece; left == 0 {
				return
			}
		}
		a = max(a, to)
	}
	s.blocks[s.n] = Interval{a, a + left}
	s.n++
}

// addShift lays a further rostered shift of the same date beside the first.
func (e *evaluator) addShift(s *slot, id string) {
	i, ok := s.gov.rules.ShiftIndex(id)
	if !ok {
		s.unknown = id
		return
	}
	r := &s.gov.rules.Shifts[i]
	if r.Kind != ruleset.ShiftFixed || s.rule() == nil || s.rule().Kind != ruleset.ShiftFixed {
		return
	}
	z := s.clock(i)
	list := s.blocks[:s.n:s.n]
	for _, w := range r.Work {
		if len(list) < ruleset.MaxBlocks {
			list = insert(list, Interval{e.at(z, s.date, w.From), e.atEnd(z, s.date, w.To)})
		}
	}
	s.n = copy(s.blocks[:], list)
	if s.blocks[0].From < s.start {
		s.start, s.before = s.blocks[0].From, r.Before
	}
	if s.blocks[s.n-1].To > s.end {
		s.end, s.after = s.blocks[s.n-1].To, r.After
	}
	if s.more < len(s.also) {
		s.also[s.more] = i
		s.more++
	}
}

// cutBetween is the instant that parts the days of a and b, two dates in a row (stage 1). It depends on plans alone.
func (e *evaluator) cutBetween(a, b *slot) domain.Seconds {
	own, ok := e.ownCut(b, b.date)
	other, okA := e.ownCut(a, b.date)
	moved := ok && okA && a.zone != b.zone
	switch {
	case !ok:
		own = other
	case moved:
		own += (other - own) / 2
	}
	planA, planB := a.fixedPlan(), b.fixedPlan()
	if moved {
		planA, planB = a.n > 0, b.n > 0
		if planA && planB {
			return a.end + (b.start-a.end)/2
		}
	}
	middle := a.end + (b.start-a.end)/2
	switch {
	case planA && planB:
		lo, hi := min(a.end+a.after, middle), max(b.start-b.before, middle)
		return min(max(own, lo), hi) // lo is at most the middle, and hi at least
	case planA:
		return max(own, a.end+a.after)
	case planB:
		return min(own, b.start-b.before)
	}
	return own
}

func (e *evaluator) ownCut(s *slot, d domain.Date) (domain.Seconds, bool) {
	if s.gov == nil || s.gov.rules == nil {
		return 0, false
	}
	return e.at(s.zone, d, s.gov.rules.Cut), true
}
