package attendance

import (
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// Input is one thing that was considered. Kind is punch, approval, credit, roster, swap, waiver, dispute or turned.
type Input struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	At   string `json:"at,omitempty"`
	// Role is used, duplicate_of, voided, voided_by, voided_with, held, rejected, refused, unused, carried_back, off_shift,
	// outside_window or not_settled.
	Role    string   `json:"role"`
	As      string   `json:"as,omitempty"`
	Of      string   `json:"of,omitempty"`
	Event   string   `json:"event,omitempty"`
	Changed []string `json:"changed,omitempty"`
	Place   *Place   `json:"place,omitempty"` // of the event, where the log was asked
	By      []Place  `json:"by,omitempty"`    // of the events that changed it
}

// inputs lists what was considered, also what was not used: silence is no answer.
func (e *evaluator) inputs() []Input {
	var out []Input
	for i := range e.day.Punches {
		out = append(out, e.punchInput(&e.day.Punches[i], e.taken[i].p))
	}
	out = append(out, e.nearPunches()...)
	for _, a := range e.appr {
		out = append(out, Input{
			Kind: "approval", ID: a.Request, As: a.Kind, Role: e.approvalRole(a), Event: a.Event,
			At: fmt.Sprintf("%s/%s", e.local(a.From), e.local(a.To)),
		})
	}
	for i := range e.facts.Credits {
		if c := &e.facts.Credits[i]; c.Date == e.day.Date {
			out = append(out, Input{Kind: "credit", ID: c.ID, As: c.Code, Role: "used", Event: c.Event})
		}
	}
	out = append(out, e.planInputs()...)
	for i := range e.facts.Waivers {
		if w := &e.facts.Waivers[i]; w.Date == e.day.Date {
			out = append(out, Input{Kind: "waiver", ID: w.Key, Role: e.waiverRole(w), Event: w.Event})
		}
	}
	if slices.Contains(e.facts.Disputed, e.day.Date) {
		out = append(out, Input{Kind: "dispute", ID: e.day.Date.String(), Role: "used"})
	}
	if e.rules != nil && !e.day.Settled {
		out = append(out, Input{Kind: "turned", ID: e.day.Zone, At: e.turned.String(), Role: "not_settled"})
	}
	return out
}

func (e *evaluator) punchInput(r *PunchRole, p *Punch) Input {
	in := Input{Kind: "punch", ID: p.ID, At: e.local(p.At), Role: r.Role, Of: r.Of, Event: p.Event, Changed: cloned(p.Changed)}
	switch r.Role {
	case "in", "out", "break_in", "break_out":
		in.Role, in.As = "used", r.Role
	case "duplicate":
		in.Role = "duplicate_of"
	case "voided":
		switch n := len(p.Changed); {
		case p.VoidedWith != "":
			in.Role, in.Of = "voided_with", p.VoidedWith
		case n > 0:
			in.Role, in.Of = "voided_by", p.Changed[n-1]
		}
	}
	return in
}

// planInputs are the roster and the swaps of the date, also what of them decided nothing.
func (e *evaluator) planInputs() []Input {
	var out []Input
	for _, r := range e.rosterOf(e.day.Date) {
		in := Input{Kind: "roster", ID: r.Date.String(), As: r.Shift, Role: "used", Event: r.Event}
		if e.rules == nil || r.Shift == e.today.unknown {
			in.Role = "unused"
		}
		out = append(out, in)
	}
	for i := range e.facts.Swaps {
		w := &e.facts.Swaps[i]
		if w.WorkDate != e.day.Date && w.RestDate != e.day.Date {
			continue
		}
		in := Input{Kind: "swap", ID: w.WorkDate.String(), As: w.Kind, Of: w.RestDate.String(), Role: "unused", Event: w.Event}
		if w == e.today.swapped {
			in.Role = "used"
		}
		out = append(out, in)
	}
	return out
}

// nearPunches are those of the day before and after that the window leaves out.
func (e *evaluator) nearPunches() []Input {
	var out []Input
	w := e.day.Window
	for i := range e.facts.Punches {
		p := &e.facts.Punches[i]
		if p.At < w.From-domain.Day/2 || p.At >= w.To+domain.Day/2 || p.At >= w.From && p.At < w.To {
			continue
		}
		if !slices.ContainsFunc(e.taken, func(t taken) bool { return t.p == p }) {
			out = append(out, Input{Kind: "punch", ID: p.ID, At: e.local(p.At), Role: "outside_window", Event: p.Event})
		}
	}
	return out
}

// approvalRole is used when the approval decided anything of the day.
func (e *evaluator) approvalRole(a *Approval) string {
	for i := range e.pieces {
		if e.pieces[i].appr == a {
			return "used"
		}
	}
	for i := range e.leaveSecs {
		if e.leaveSecs[i].appr == a && e.leaveSecs[i].secs > 0 {
			return "used"
		}
	}
	if x := clip(a, e.day.Window); e.creditsPlan(a) && overlap(e.plan, x) > 0 {
		return "used"
	}
	for k := range e.segs {
		if e.segs[k].subject.Approved&ruleset.ApprovedKind(a.Kind) != 0 && e.segs[k].from >= a.From && e.segs[k].to <= a.To {
			return "used"
		}
	}
	return "unused"
}

func (e *evaluator) waiverRole(w *Waiver) string {
	for i := range e.day.Anomalies {
		if e.day.Anomalies[i].Key() == w.Key {
			return "used"
		}
	}
	return "unused"
}
