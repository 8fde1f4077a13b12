package attendance

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/zone"
)

// Evaluate folds the employee's days of [from, to) in date order, from carry on, and calls visit with each day and the carry after
// it until visit returns false. Dates outside employment give no day; a date that no version governs gives a day with the anomaly
// rules.none. day, next and all their slices are reused: a caller that keeps them copies them (Day.Clone, Carry.Clone). Equal facts,
// rules, calendars, zones and carry give equal days and hashes. The error is a zone that the archive does not have.
func Evaluate(
	book *Rulebook, facts *Facts, from, to domain.Date, carry Carry, visit func(day *Day, next *Carry) bool,
) error {
	e, err := newEvaluator(book, facts, carry)
	if err != nil {
		return err
	}
	return e.run(from, to, visit)
}

// Outline is Evaluate for days that are compared and not kept: plan, flags, times, punches, rows and anomalies are the
// same; pins, hashes, segments, the sources of rows and the evidence of anomalies are left out, which take more than half of the time.
func Outline(
	book *Rulebook, facts *Facts, from, to domain.Date, carry Carry, visit func(day *Day, next *Carry) bool,
) error {
	e, err := newEvaluator(book, facts, carry)
	if err != nil {
		return err
	}
	e.bare = true
	return e.run(from, to, visit)
}

// evaluator is the scratch memory of one call. Fields below the ring are of the day at hand.
type evaluator struct {
	book  *Rulebook
	facts *Facts
	rec   *recorder // nil unless a trace is asked for
	bare  bool      // an outline
	utc   *zone.Zone
	carry Carry

	govs      []*governing
	years     []calendarYear
	clocks    [8]clockDay
	tripZones bool
	slots     [3]slot
	yesterday *slot
	today     *slot
	tomorrow  *slot
	slotsFor  *ruleset.Rules // the rules that sumOf belongs to
	sumOf     []int          // by rules.Slots: index into carry.sums
	month     domain.Date
	monthEnd  domain.Date
	nextPunch int
	nextAppr  int
	turnedIn  *zone.Zone
	turned    domain.Date

	rules     *ruleset.Rules
	day       Day
	taken     []taken   // punches of the window and those taken back from the next
	clusters  []cluster // counted punches after removal of duplicates
	spans     []work    // raw
	counted   []work    // after snap and rounding
	breaks    []Interval
	gaps      []Interval // between the spans, and punched breaks
	appr      []*Approval
	overtime  []*Approval
	leaves    []Interval
	excused   []Interval
	plan      []Interval
	due       []Interval // the plan less what is excused
	pieces    []piece
	scratch   []Interval
	segs      []segment
	edges     []domain.Seconds
	sums      []tally          // by overtime rule, where the highest rate pays
	claims    []domain.Seconds // by overtime rule
	rowCodes  []int            // by row of the day: index into the rules' codes, or -1
	ups       []domain.Seconds // by code: seconds that rounding added
	texts     []string
	numbers   []int
	buf       []byte
	carryIn   []byte
	context   [32]byte // hash of what stays equal from day to day, of contextOf and contextIn
	contextOf *governing
	contextIn *calendarYear
	firstIn   domain.Seconds
	lastOut   domain.Seconds
	hasIn     bool
	hasOut    bool
	missIn    int
	missOut   int
	odd       bool // a sequence of punches that does not pair
	autoBreak domain.Seconds
	seen      domain.Seconds // by what automatic breaks and credits change what was worked
	absence   int            // thousandths of a day
	judged    bool           // settled, and nothing is pending
	leaveSecs []leaveTime
}

func newEvaluator(book *Rulebook, facts *Facts, carry Carry) (*evaluator, error) {
	e := &evaluator{book: book, facts: facts, carry: carry.Clone()}
	e.yesterday, e.today, e.tomorrow = &e.slots[0], &e.slots[1], &e.slots[2]
	utc, err := book.Zones.Zone("UTC")
	if err != nil {
		return nil, err
	}
	e.utc = utc
	for i := range facts.Approvals {
		e.tripZones = e.tripZones || facts.Approvals[i].Kind == "trip" && facts.Approvals[i].Zone != ""
	}
	return e, nil
}

func (e *evaluator) run(from, to domain.Date, visit func(*Day, *Carry) bool) error {
	if from >= to {
		return nil
	}
	for i, s := range []*slot{e.yesterday, e.today} {
		if err := e.resolve(from+domain.Date(i)-1, s); err != nil {
			return err
		}
	}
	for d := from; d < to; d++ {
		if err := e.resolve(d+1, e.tomorrow); err != nil {
			return err
		}
		if e.today.employed {
			e.evaluate()
			if !visit(&e.day, &e.carry) {
				return nil
			}
		}
		e.yesterday, e.today, e.tomorrow = e.today, e.tomorrow, e.yesterday
	}
	return nil
}

// evaluate computes e.day and moves e.carry over it.
func (e *evaluator) evaluate() {
	e.reset()
	if e.rules == nil {
		e.ungoverned()
		return
	}
	e.bindSums()
	e.attach()
	e.pair()
	e.adjust()
	e.layPlan()
	e.overlay()
	e.count()
	e.snapshot(7)
	e.segment()
	e.snapshot(8)
	e.presence()
	e.payOvertime()
	e.payPremiums()
	e.comply()
	e.rows()
	e.guarantee()
	e.finishRows()
	e.limits()
	e.advance()
	e.raise()
	e.seal()
}

// reset empties the day and the scratch memory, keeping what was allocated.
func (e *evaluator) reset() {
	d := &e.day
	*d = Day{
		Employee: e.facts.Employee, Date: e.today.date, Kind: e.today.kind, Zone: e.today.zone.Name(),
		Punches: d.Punches[:0], Intervals: d.Intervals[:0], Plan: d.Plan[:0], Flags: d.Flags[:0], Segments: d.Segments[:0],
		Rows: d.Rows[:0], Anomalies: d.Anomalies[:0], Shifts: d.Shifts[:0], Pins: Pins{ChosenBy: d.Pins.ChosenBy[:0]},
	}
	e.rules = nil
	if e.today.gov != nil {
		e.rules = e.today.gov.rules
	}
	e.taken, e.clusters, e.spans, e.counted = e.taken[:0], e.clusters[:0], e.spans[:0], e.counted[:0]
	e.breaks, e.gaps, e.appr, e.overtime = e.breaks[:0], e.gaps[:0], e.appr[:0], e.overtime[:0]
	e.leaves, e.excused, e.plan, e.due = e.leaves[:0], e.excused[:0], e.plan[:0], e.due[:0]
	e.pieces, e.segs, e.texts, e.numbers, e.rowCodes = e.pieces[:0], e.segs[:0], e.texts[:0], e.numbers[:0], e.rowCodes[:0]
	e.leaveSecs = e.leaveSecs[:0]
	e.firstIn, e.lastOut, e.hasIn, e.hasOut = 0, 0, false, false
	e.missIn, e.missOut, e.odd, e.autoBreak, e.seen, e.absence, e.judged = 0, 0, false, 0, 0, 0, false
	if !e.bare {
		e.carryIn = e.carry.append(e.carryIn[:0])
	}
	if d.Date >= e.monthEnd || d.Date < e.month {
		e.month = d.Date.MonthStart()
		e.monthEnd = e.month.AddMonths(1)
	}
}

// ungoverned is a date that no version governs: nothing can be computed, and the carry goes through.
func (e *evaluator) ungoverned() {
	e.anomaly("rules.none", "", nil)
	e.lookTurned()
	e.waive()
	e.pins()
	e.carry.Through = e.day.Date
	e.seal()
}

// bindSums points the rules' accumulators into the carry, and starts new windows where the date has reached them.
func (e *evaluator) bindSums() {
	r := e.rules
	if e.slotsFor != r {
		e.slotsFor = r
		for _, spec := range r.Slots {
			e.carry.slotOf(spec)
		}
		e.sumOf = e.sumOf[:0]
		for _, spec := range r.Slots {
			e.sumOf = append(e.sumOf, e.carry.slotOf(spec))
		}
		e.ups = append(e.ups[:0], make([]domain.Seconds, len(r.Codes))...)
	}
	clear(e.ups)
	for i := range e.carry.sums {
		s := &e.carry.sums[i]
		if s.per == ruleset.PerDay || s.per == ruleset.PerRow || s.per.Weeks() > 1 && r.WeekAnchor.IsZero() {
			continue
		}
		if from := e.windowOf(s.per, e.day.Date); from > s.from {
			s.roll(from, e.depthOf(i))
		}
	}
}

func (e *evaluator) depthOf(sum int) int {
	for i, j := range e.sumOf {
		if j == sum {
			return e.rules.Slots[i].Depth
		}
	}
	return 1
}

// windowOf returns the start of the period that d lies in.
func (e *evaluator) windowOf(per ruleset.Per, d domain.Date) domain.Date {
	switch per {
	case ruleset.PerWeek:
		return d - domain.Date((int(d.Weekday())-int(e.rules.WeekStarts)+7)%7)
	case ruleset.PerMonth, ruleset.PerYear:
		first := e.month
		if d < e.month || d >= e.monthEnd {
			first = d.MonthStart()
		}
		if per == ruleset.PerYear {
			y, _, _ := first.Civil()
			return domain.NewDate(y, 1, 1)
		}
		return first
	case ruleset.PerTwoWeeks, ruleset.PerFourWeeks:
		n := 7 * per.Weeks()
		return d - domain.Date((int(d-e.rules.WeekAnchor)%n+n)%n)
	case ruleset.PerEver:
		return 1
	case ruleset.PerDay, ruleset.PerRow:
	}
	return d
}
