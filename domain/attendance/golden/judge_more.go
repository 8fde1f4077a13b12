package golden

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/timecard"
)

// elsewhere are reasons of requests for days of work without punches, and the approvals that they are here.
var elsewhere = map[string]string{"work_from_home": "remote", "on_duty": "trip"}

// judgeElsewhere approves days of work from home or on duty, whole ones of an office week, and asks for their status.
func judgeElsewhere(m *comparison) {
	o := m.context.object("request")
	kind := elsewhere[o.oneOf("reason", "work_from_home", "on_duty")]
	from, to := m.translation.date(o.text("from")), m.translation.date(o.text("to"))
	s := m.scenario()
	s.doc.Remote, s.doc.Trip = &ruleset.Remote{Credit: "plan"}, &ruleset.Trip{Credit: "plan"}
	s.everyDay("D", ruleset.Shift{Kind: "fixed", Work: []ruleset.Span{{ruleset.Clock(9 * domain.Hour), ruleset.Clock(17 * domain.Hour)}}})
	delete(s.doc.Shifts, "open")
	for _, l := range m.context.objects("leave") {
		l.oneOf("portion", "full")
		s.leave(m.translation.date(l.text("date")), false)
	}
	for _, x := range m.context.objects("existing") { // what a day without punches was before
		if x.oneOf("status", "absent") == "absent" {
			s.dates = append(s.dates, m.translation.date(x.text("date")))
		}
	}
	s.dates = append(s.dates, from, to)
	before := s.results()
	a := attendance.Approval{Request: "r1", Kind: kind, From: s.zone.Midnight(from), To: s.zone.Midnight(to + 1), Event: "r1"}
	s.facts.Approvals = append(s.facts.Approvals, a)
	slices.SortStableFunc(s.facts.Approvals, func(a, b attendance.Approval) int { return int(a.From - b.From) })
	after := s.results()
	status := func(r *Results, d domain.Date) string {
		day := r.day(d)
		c := &comparison{translation: m.translation, Results: r}
		if got := c.statusOf(day); got != "nothing" || day.Counted == 0 {
			return got
		}
		return map[string]string{"remote": "work_from_home", "trip": "present"}[kind]
	}
	if m.expected.has("status") {
		m.same("status", status(after, from), m.expected.text("status"))
	}
	if l := m.expected.object("status_by_date"); l != nil {
		for _, k := range l.keys() {
			m.same("status_by_date "+k, status(after, m.translation.date(k)), l.text(k))
		}
	}
	for _, x := range m.context.objects("existing") {
		d := m.translation.date(x.text("date"))
		m.same("before", status(before, d), x.text("status"))
		if m.expected.has("same_record_updated") {
			m.same("same_record_updated", before.day(d).Date == after.day(d).Date, m.expected.yes("same_record_updated"))
		}
	}
	if m.expected.has("after_cancel") {
		m.same("after_cancel", m.revoked(kind, from, to), m.expected.text("after_cancel"))
	}
}

// revoked decides a request of that kind, revokes it, and says what it is then.
func (m *comparison) revoked(kind string, from, to domain.Date) string {
	now := firstDay.Unix().Instant()
	c := request.SubmitRequest{Request: "r1", Emp: "case", By: "case", Now: now}
	c.Kind, c.ReasonCode = request.Kind(kind), "case"
	c.Target.Date, c.Target.From, c.Target.To = from, from.Unix().Instant(), (to + 1).Unix().Instant()
	ref := request.Ref{Emp: "case", Year: from.Time().Year(), Request: "r1"}
	f := request.Facts{
		Today: firstDay, Policy: request.Policy{Chain: []request.PolicyStep{{Role: "manager"}}},
		Seat: request.Seat{Role: "manager", Approver: "boss"}, Approver: true,
	}
	var s request.State
	approve := request.DecideStep{Ref: ref, Step: 1, Verdict: request.Approve, By: "boss", Now: now}
	revoke := request.RevokeRequest{Ref: ref, Reason: "case", By: "boss"}
	for _, c := range []request.Command{c, approve, revoke} {
		events, err := request.Decide(s, c, f)
		m.err(err)
		for _, e := range events {
			s = request.Evolve(s, e)
			if _, ok := e.(request.RequestRevoked); ok {
				return "cancelled"
			}
		}
	}
	return "approved"
}

// judgeReversal credits a day and takes the credit back: both are entries of the ledger.
func judgeReversal(m *comparison) {
	e := m.expected
	d := m.translation.date(m.context.text("holiday_worked"))
	m.context.oneOf("status", "present")
	grounds := timecard.Grounds{ReasonCode: "case"}
	var s timecard.State
	entries := []any{}
	for _, step := range []struct {
		key string
		c   timecard.Command
	}{
		{"ledger_after_submit", timecard.CreditDay{Emp: "case", Credit: "c1", Date: d, Seconds: 8 * domain.Hour, Code: "TOIL", Grounds: grounds, ActorID: "hr"}},
		{"ledger_after_cancel", timecard.RevokeCredit{Card: timecard.CardOn("case", d), Credit: "c1", Grounds: grounds, ActorID: "hr"}},
	} {
		events, err := timecard.Decide(s, step.c, timecard.Facts{})
		m.err(err)
		for _, e := range events {
			s = timecard.Evolve(s, e)
			if _, ok := e.(timecard.DayCredited); ok {
				entries = append(entries, 1)
			}
			if _, ok := e.(timecard.DayCreditRevoked); ok {
				entries = append(entries, -1)
			}
		}
		m.same(step.key, entries, e.list(step.key))
	}
}

// judgeFence asks whether a punch lies inside the fence of the place to which the shift is assigned that takes it.
func judgeFence(m *comparison) {
	t := m.translation
	m.rules.oneOf("enforce", "when_shift_matches")
	m.rules.oneOf("radius_compare", "distance > radius rejects")
	where := map[string]string{}
	for _, a := range m.rules.objects("assignments") {
		where[a.text("shift")] = a.text("location")
	}
	fences := m.rules.object("locations")
	if len(m.punches) != 1 || fences == nil {
		m.lacks("geofence of several punches")
		return
	}
	p := m.punches[0]
	t.head()
	t.plan()
	t.facts.Employee, t.facts.Employment = t.id(), []attendance.Employment{{From: 1}}
	t.facts.Assignments = []attendance.Assignment{{From: 1, Group: t.id()}}
	t.punchFacts()
	run, err := t.compile()
	m.err(err)
	if err != nil || run == nil {
		return
	}
	r, err := run.Evaluate()
	m.err(err)
	if err != nil {
		return
	}
	fence := fences.object(where[r.punch("p01").Shift])
	for _, k := range fences.keys() {
		if o := fences.object(k); o != nil {
			o.skip(o.keys()...)
		}
	}
	if fence == nil {
		m.held("accepted", "no_shift")
		return
	}
	centre, err := place.NewPoint(fence.number("lat"), fence.number("lon"), place.WGS84)
	m.err(err)
	at, err := place.NewPoint(p.number("lat"), p.number("lon"), place.WGS84)
	m.err(err)
	metres := place.Between(centre, at).Metres
	reason := ""
	if place.VerdictAt(metres-fence.number("radius_m"), 0) != place.FenceInside {
		reason = "outside_radius"
	}
	m.held("accepted", reason)
	if stated := m.expected.number("distance_m_stated"); math.Abs(metres-stated) > stated/100 { // of a sphere, in whole metres
		m.same("distance_m_stated", metres, stated)
	}
}

// judgeApproval holds an approval for as long as the result stays what was approved: a day whose result hash has changed waits again.
func judgeApproval(m *comparison) {
	setup, missing, err := translateWithout(m.c, "approval", "actions")
	if err != nil || len(missing) > 0 {
		m.missing = append(m.missing, missing...)
		m.err(err)
		return
	}
	for _, o := range []*object{m.rules, m.context} {
		o.skip(o.keys()...)
	}
	for _, p := range m.punches {
		p.skip(p.keys()...)
	}
	run := *setup.Runs[0]
	all := run.Facts.Punches
	added := 0
	actions := m.context.texts("actions")
	for _, a := range actions {
		switch {
		case strings.HasPrefix(a, "add rule"):
			m.lacks("approval that a later day of its week takes back: no rule looks forward")
			return
		case strings.HasPrefix(a, "add "):
			added += 2
		}
	}
	seen := len(all) - added
	approved := map[domain.Date]string{}
	hashes := func() *Results {
		facts := *run.Facts
		facts.Punches = all[:seen]
		now := run
		now.Facts = &facts
		r, err := now.Evaluate()
		m.err(err)
		return r
	}
	for _, a := range actions {
		if day, ok := strings.CutPrefix(a, "approve "); ok {
			d := m.translation.date(day)
			approved[d] = hashes().day(d).ResultHash
		} else {
			seen += 2
		}
	}
	r := hashes()
	o := m.expected.object("status_by_date")
	for _, k := range o.keys() {
		d := m.translation.date(k)
		got := "to_approve"
		if hash, ok := approved[d]; ok && hash == r.day(d).ResultHash {
			got = "approved"
		}
		m.same(fmt.Sprintf("status_by_date %s", k), got, o.text(k))
	}
}
