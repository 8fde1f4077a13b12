package golden

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
)

// refusals are the product's reasons in the words of the cases.
var refusals = map[string]string{"overlapping_slots": "overlap", "several_shifts": "several_shifts_not_allowed"}

func codeOf(err error) string {
	if e, ok := errors.AsType[*domain.Error](err); ok {
		return e.Code
	}
	return ""
}

// held compares whether something was taken, and why not.
func (m *comparison) held(key string, reason string) {
	m.same(key, reason == "", m.expected.yes(key))
	if m.expected.has("reason") {
		m.same("reason", reason, m.expected.text("reason"))
	}
}

// assigned is a shift on each date of a span.
type assigned struct {
	span     schedule.Span
	from, to domain.Date
}

func (m *comparison) assigned(o *object) assigned {
	a := assigned{from: m.translation.date(o.text("from"))}
	a.span.Start, a.span.End = domain.Seconds(m.clock(o.text("start"))), domain.Seconds(m.clock(o.text("end")))
	if a.span.End <= a.span.Start {
		a.span.End += domain.Day
	}
	if a.to = a.from + horizon; o.has("to") {
		a.to = m.translation.date(o.text("to"))
	} else {
		o.value("to")
	}
	return a
}

// judgeAssignment rosters shifts for the dates of a candidate beside those that are there.
func judgeAssignment(m *comparison) {
	several := m.rules.yes("allow_several_shifts_per_day")
	if m.rules.has("overlap_touching_allowed") && !m.rules.yes("overlap_touching_allowed") {
		m.lacks("shifts that must not touch")
	}
	if m.rules.has("candidate") {
		judgeFree(m)
		return
	}
	var there []assigned
	for _, o := range m.context.objects("existing") {
		there = append(there, m.assigned(o))
	}
	reason := refusals[codeOf(rosterBeside(there, m.assigned(m.context.object("candidate")), several))]
	for _, key := range []string{"second_accepted", "accepted"} {
		if m.expected.has(key) {
			m.held(key, reason)
		}
	}
}

// judgeFree lists who can take a shift: open-ended, until five days later, with a second shift allowed, and at other hours.
func judgeFree(m *comparison) {
	c := m.assigned(m.rules.object("candidate"))
	until, later := c, c
	until.to = c.from + 5
	later.to, later.span = until.to, schedule.Span{Start: 11 * domain.Hour, End: 15 * domain.Hour}
	there := m.context.object("existing")
	for _, ask := range []struct {
		key     string
		c       assigned
		several bool
	}{{"open_ended", c, false}, {"until_day_plus_5", until, false}, {"until_day_plus_5_several_allowed", until, true}, {"same_but_candidate_11_15", later, true}} {
		free := []string{}
		for _, who := range there.keys() {
			if rosterBeside([]assigned{m.assigned(there.object(who))}, ask.c, ask.several) == nil {
				free = append(free, who)
			}
		}
		m.same(ask.key, free, m.expected.texts(ask.key))
	}
}

// rosterBeside rosters c day by day beside what is there, and returns what the first day was refused for.
func rosterBeside(there []assigned, c assigned, several bool) error {
	for d := c.from; d <= c.to; d++ {
		f := schedule.RosterFacts{EmployeeKnown: true, Shifts: map[domain.Date]map[string]schedule.Span{}, OneShift: !several}
		s := schedule.RosterState{Emp: "case", Month: d.YearMonth()}
		var own []string
		for near := d - 1; near <= d+1; near++ {
			f.Shifts[near] = map[string]schedule.Span{"candidate": c.span}
			var ids []string
			for i, a := range there {
				if id := fmt.Sprintf("there%d", i); near >= a.from && near <= a.to {
					f.Shifts[near][id] = a.span
					ids = append(ids, id)
				}
			}
			if near == d {
				own = ids
			}
			if near < d && near >= c.from {
				ids = append(ids, "candidate")
			}
			if len(ids) > 0 {
				day := schedule.RosterDay{Date: near, Slot: schedule.Slot{Shift: strings.Join(ids, "+")}}
				s.Days = append(s.Days, schedule.PlannedDay{RosterDay: day})
			}
		}
		_, err := schedule.DecideRoster(s, schedule.ChangeRosterDay{
			Emp: "case", Date: d, After: schedule.Slot{Shift: strings.Join(append(own, "candidate"), "+")}, Reason: "case",
			AnnouncedAt: d.Unix().Instant(), Today: d,
		}, f)
		if err != nil {
			return err
		}
	}
	return nil
}

// judgeRequests files requests for spans of days beside one that is there.
func judgeRequests(m *comparison) {
	wish := func(id string, dates []any) request.SubmitRequest {
		c := request.SubmitRequest{Request: id, Emp: "case", By: "case", Now: firstDay.Unix().Instant()}
		c.Kind, c.ReasonCode = request.Remote, "case"
		if len(dates) != 2 {
			m.lacks("span of days %v", dates)
			return c
		}
		from, to := m.translation.date(fmt.Sprint(dates[0])), m.translation.date(fmt.Sprint(dates[1]))
		c.Target.Date, c.Target.From, c.Target.To = from, from.Unix().Instant(), (to + 1).Unix().Instant()
		return c
	}
	f := request.Facts{Today: firstDay, Policy: request.Policy{Chain: []request.PolicyStep{{Role: "manager"}}}, Seat: request.Seat{Role: "manager", Approver: "boss"}}
	events, err := request.Decide(request.State{}, wish("there", m.context.list("existing")), f)
	m.err(err)
	var s request.State
	for _, e := range events {
		s = request.Evolve(s, e)
	}
	var got []any
	for i, v := range m.context.list("candidates") {
		dates, _ := v.([]any)
		_, err := request.Decide(s, wish(fmt.Sprintf("new%d", i), dates), f)
		if err != nil && codeOf(err) != "overlaps_request" {
			m.err(err)
		}
		got = append(got, err == nil)
	}
	m.same("accepted", got, m.expected.list("accepted"))
}

// judgeRecord credits a shift of a date beside one that is credited already.
func judgeRecord(m *comparison, there []*object, o *object) {
	credit := func(id string, o *object) timecard.CreditDay {
		d, s := m.translation.date(o.text("date")), o.object("shift")
		o.oneOf("status", "present", "absent") // a record of any status is in the way
		from, to := m.zone.Start(d, domain.Seconds(m.clock(s.text("start")))), m.zone.End(d, domain.Seconds(m.clock(s.text("end"))))
		return timecard.CreditDay{
			Emp: "case", Credit: id, Date: d, From: from.Instant(), To: to.Instant(), Code: "REG", Grounds: timecard.Grounds{ReasonCode: "case"}, ActorID: "hr",
		}
	}
	c := credit("new", o)
	var s timecard.State
	same := false
	for i, o := range there {
		was := credit(fmt.Sprintf("there%d", i), o)
		same = same || was.From == c.From && was.To == c.To
		events, err := timecard.Decide(s, was, timecard.Facts{})
		m.err(err)
		for _, e := range events {
			s = timecard.Evolve(s, e)
		}
	}
	_, err := timecard.Decide(s, c, timecard.Facts{})
	reason := ""
	switch {
	case codeOf(err) == "credit_overlap" && same:
		reason = "duplicate"
	case codeOf(err) == "credit_overlap":
		reason = "overlapping_shift"
	default:
		m.err(err)
	}
	m.held("accepted", reason)
}

// slot is an interval of a case; to is 0 while it is open.
type slot struct{ from, to domain.Seconds }

// judgeInterval punches intervals. No punch is refused: an interval is taken when the engine pairs its punches as the case has them, and
// leaves those that were there as they are.
func judgeInterval(m *comparison) {
	m.rules.oneOf("compare_in", "utc")
	m.rules.yes("one_open_interval")
	m.rules.yes("no_overlap")
	there, o := m.context.objects("existing"), m.context.object("candidate")
	if o.has("shift") {
		judgeRecord(m, there, o)
		return
	}
	c := slot{m.wall(o, "in"), m.wall(o, "out")}
	var all []slot
	for _, x := range there {
		s := slot{m.wall(x, "in"), m.wall(x, "out")}
		if replaced := o.has("id") && x.number("id") == o.number("id"); replaced || s.from == c.from && s.to == 0 {
			continue // it is this one that the candidate changes, or closes
		}
		all = append(all, s)
	}
	if len(m.missing) > 0 {
		return
	}
	if slices.Contains(m.wrongTimes, true) {
		m.held("accepted", "invalid_time")
		return
	}
	m.held("accepted", m.pairing(all, c))
}

// wall reads an instant with its offset, 0 where there is none; one that no clock shows is noted.
func (m *comparison) wall(o *object, key string) domain.Seconds {
	s := o.text(key)
	if s == "" {
		return 0
	}
	at, err := readInstant(m.zone, s)
	m.wrongTimes = append(m.wrongTimes, err != nil)
	return at
}

// pairing punches all intervals and c, and says why c is not one of those that come out, or an earlier one no longer is.
func (m *comparison) pairing(all []slot, c slot) string {
	intervals := func(list []slot) map[slot]bool {
		s := m.scenario()
		s.doc.Punch.MaxOpen = nil
		var punches []domain.Seconds
		in := map[domain.Seconds]bool{}
		for _, x := range list {
			if x.from != 0 {
				punches, in[x.from] = append(punches, x.from), true
			}
			if x.to != 0 {
				punches = append(punches, x.to)
			}
		}
		slices.Sort(punches)
		for _, at := range punches {
			dir := attendance.Out
			if in[at] {
				dir = attendance.In
			}
			s.punch(at, dir)
		}
		out := map[slot]bool{}
		if len(punches) == 0 {
			return out
		}
		for _, d := range s.results().days {
			for _, x := range d.Intervals {
				out[slot{x.From, x.To}] = true
			}
		}
		return out
	}
	before, after := intervals(all), intervals(append(slices.Clone(all), c))
	closed := slot{}
	for x := range after {
		if x.to == c.to || c.from != 0 && x.from == c.from {
			closed = x
		}
	}
	for x := range before {
		if !after[x] {
			return "overlap"
		}
	}
	switch {
	case c.from != 0 && c.to != 0 && !after[c]:
		return "overlap"
	case c.from != 0 || closed != (slot{}):
		return ""
	case slices.ContainsFunc(all, func(s slot) bool { return s.to == 0 && s.from > c.to }):
		return "out_before_in"
	}
	return "already_out"
}
