package attendance

import (
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// presence judges lateness, early leaving, missing punches and absence (stage 9). Lateness is judged at once; what the rest of the
// day could still change only when the day is settled and no punch is held.
func (e *evaluator) presence() {
	e.rollPardons()
	if len(e.due) > 0 {
		e.lateness()
		if e.judged {
			e.earliness()
		}
	}
	if e.judged {
		e.missing()
		e.quantity()
		e.coreHours()
	}
	e.attended()
}

func (e *evaluator) flag(f string) {
	if !slices.Contains(e.day.Flags, f) {
		e.day.Flags = append(e.day.Flags, f)
	}
}

func (e *evaluator) rollPardons() {
	if e.carry.month != e.month {
		e.carry.month, e.carry.pardons = e.month, 0
	}
}

func (e *evaluator) lateness() {
	g := &e.rules.LateEdge
	start := e.due[0].From
	if !g.Said || !e.hasIn || e.firstIn <= start {
		return
	}
	late := e.firstIn - start
	if late <= g.Grace {
		if e.rec != nil {
			e.note(9, g.Pointer+"/grace", "late.within_grace", "late_s", seconds(late), "grace_s", seconds(g.Grace))
		}
		return
	}
	if g.FromGraceEnd {
		late -= g.Grace
	}
	e.day.Late = late
	if e.rec != nil {
		e.note(9, g.Pointer+"/grace", "late.by", "late_s", seconds(late), "grace_s", seconds(g.Grace))
	}
	if e.carry.pardons < e.rules.Pardons && late <= e.rules.PardonUpto {
		e.pardon()
		return
	}
	e.outcome(g, late, "in")
}

// pardon forgives a lateness: it is shown, costs nothing by itself, and needs nobody's attention.
func (e *evaluator) pardon() {
	e.carry.pardons++
	e.judge("late", "in")
	e.day.Anomalies[len(e.day.Anomalies)-1].State = "waived"
	if e.rec != nil {
		e.note(9, "/presence/pardon", "late.pardoned", "nth", number(e.carry.pardons), "count", number(e.rules.Pardons))
	}
}

func (e *evaluator) earliness() {
	g := &e.rules.EarlyEdge
	end := e.due[len(e.due)-1].To
	if !g.Said || !e.hasOut || e.missOut > 0 || e.lastOut >= end {
		return
	}
	early := end - e.lastOut
	if early <= g.Grace {
		if e.rec != nil {
			e.note(9, g.Pointer+"/grace", "early.within_grace", "early_s", seconds(early), "grace_s", seconds(g.Grace))
		}
		return
	}
	if g.FromGraceEnd {
		early -= g.Grace
	}
	e.day.Early = early
	if e.rec != nil {
		e.note(9, g.Pointer+"/grace", "early.by", "early_s", seconds(early), "grace_s", seconds(g.Grace))
	}
	e.outcome(g, early, "out")
}

// outcome applies the last tier that a length exceeds.
func (e *evaluator) outcome(g *ruleset.EdgeRule, by domain.Seconds, edge string) {
	var t *ruleset.TierRule
	for i := range g.Tiers {
		if by > g.Tiers[i].Over {
			t = &g.Tiers[i]
		}
	}
	if t == nil {
		return
	}
	if e.rec != nil {
		e.note(9, t.Pointer, "presence.tier", "edge", edge, "by_s", seconds(by), "over_s", seconds(t.Over), "as", t.As)
	}
	e.judge(t.As, edge)
}

// judge records an outcome of presence: a flag, its anomaly and what it takes of the day.
func (e *evaluator) judge(as, edge string) {
	e.flag(as)
	switch as {
	case "absent":
		e.absence += 1000
	case "absent_half":
		e.absence += 500
	}
	e.anomaly(as, edge, e.presenceEvidence(as))
}

func (e *evaluator) presenceEvidence(as string) map[string]string {
	switch as {
	case "late", "late_serious":
		return e.evidence(inNumber("late_s", e.day.Late), inClock("in", e.firstIn), inNumber("grace_s", e.rules.LateEdge.Grace))
	case "early_leave", "short_hours":
		return e.evidence(inNumber("early_s", e.day.Early), inClock("out", e.lastOut), inNumber("grace_s", e.rules.EarlyEdge.Grace))
	}
	return e.evidence(inNumber("planned_s", length(e.plan)), inNumber("counted_s", e.day.Counted))
}

// missing judges plan edges without a punch, once the day is settled.
func (e *evaluator) missing() {
	if e.missIn > 0 {
		e.anomaly("punch.missing_in", "in", e.missingEvidence())
	}
	if e.missOut > 0 {
		e.anomaly("punch.missing_out", "out", e.missingEvidence())
	}
	if e.odd {
		e.anomaly("punch.unpaired", "", nil)
	}
	wanted := len(e.due) > 0 && e.points() != ruleset.PointsNone && !e.today.gov.assign.NoPunches
	switch {
	case len(e.clusters) == 0 && wanted && e.day.Counted == 0:
		if e.rec != nil {
			e.note(9, "/presence/missing/both", "missing.both", "as", e.rules.MissingBoth)
		}
		e.judge(e.rules.MissingBoth, "")
	case e.missIn+e.missOut > 0 && (wanted || !e.today.fixedPlan()):
		as := e.rules.MissingOne
		if !wanted {
			as = "incomplete"
		}
		edge := "out"
		if e.missIn > 0 {
			edge = "in"
		}
		if e.rec != nil {
			e.note(9, "/presence/missing/one", "missing.one", "edge", edge, "as", as)
		}
		e.judge(as, edge)
	}
}

func (e *evaluator) missingEvidence() map[string]string {
	if len(e.clusters) == 0 {
		return nil
	}
	p := e.taken[e.clusters[0].first].p
	return e.evidence(inText("punch", p.ID), inClock("at", p.At))
}

// quantity judges the day by how much was counted.
func (e *evaluator) quantity() {
	r := e.rules
	if len(e.due) == 0 || r.HalfBelow == 0 && r.AbsentBelow == 0 || e.absence >= 1000 || e.missIn+e.missOut > 0 {
		return
	}
	done := e.day.Counted + overlapAll(e.plan, e.excused)
	switch {
	case done < r.AbsentBelow:
		e.judge("absent", "worked")
	case done < r.HalfBelow && e.absence < 500:
		e.judge("absent_half", "worked")
	}
}

func overlapAll(a, b []Interval) domain.Seconds {
	var s domain.Seconds
	for _, x := range b {
		s += overlap(a, x)
	}
	return s
}

// coreHours flags core time that was not covered after the arrival; a late arrival is lateness already.
func (e *evaluator) coreHours() {
	r := e.today.rule()
	if r == nil || len(r.Core) == 0 || len(e.spans) == 0 {
		return
	}
	z := e.today.clock(e.today.shift)
	for _, c := range r.Core {
		x := Interval{max(e.at(z, e.day.Date, c.From), e.firstIn), e.atEnd(z, e.day.Date, c.To)}
		if x.To <= x.From {
			continue
		}
		missed := x.Len() - overlap(e.excused, x)
		for _, s := range e.spans {
			missed -= overlap([]Interval{{s.from, s.to}}, x)
		}
		if missed > 0 {
			e.judge("core_missed", "")
			return
		}
	}
}

// attended is the share of the day that counts as attended: planned time less leave, less what outcomes take.
func (e *evaluator) attended() {
	planned := length(e.plan)
	if planned > 0 { // what was excused cannot be missed
		e.absence = min(e.absence, int(length(e.due)*1000/planned))
	}
	switch {
	case planned == 0 || !e.today.fixedPlan():
		if e.day.Present > 0 {
			e.day.Attended = 1000
		}
		return
	case e.day.Present == 0 && !e.hasIn && !e.hasOut:
		return
	}
	leave := domain.Seconds(0)
	for i := range e.leaveSecs {
		if !e.leaveSecs[i].rule.Worked {
			leave += e.leaveSecs[i].secs
		}
	}
	e.day.Attended = max(0, int((planned-leave)*1000/planned)-e.absence)
}
