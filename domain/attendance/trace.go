package attendance

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// Trace is why a day came out as it did: the day with its pins, every input with the part it played, and the steps in order.
type Trace struct {
	Day       Day         `json:"day"`
	CarryFrom domain.Date `json:"carry_from,omitzero"` // the date that handed the carry over
	CarryHash string      `json:"carry_hash"`          // hexadecimal SHA-256 of the carry's bytes
	Inputs    []Input     `json:"inputs"`
	Steps     []Step      `json:"steps"`
	Sums      []Sum       `json:"sums"`
	Balanced  bool        `json:"balanced"` // every sum agrees, and base codes with x.unpaid are the counted time
}

// Input is one thing that was considered. Kind is punch, approval, credit, roster, swap, waiver or turned.
type Input struct {
	Kind    string   `json:"kind"`
	ID      string   `json:"id"`
	At      string   `json:"at,omitempty"`
	Role    string   `json:"role"` // used, duplicate_of, voided, held, rejected, refused, unused, carried_back, outside_window, not_settled
	As      string   `json:"as,omitempty"`
	Of      string   `json:"of,omitempty"`
	Event   string   `json:"event,omitempty"`
	Changed []string `json:"changed,omitempty"`
}

// Step is one thing that a stage did. Note is one of Notes; Rule is a JSON pointer into the ruleset.
type Step struct {
	Stage int               `json:"stage"`
	Name  string            `json:"name"`
	Rule  string            `json:"rule,omitempty"`
	Note  string            `json:"note"`
	Args  map[string]string `json:"args,omitempty"`
}

// Sum compares the seconds of a code's segments, and what rounding added to them, with its rows.
type Sum struct {
	Code     string         `json:"code"`
	Segments domain.Seconds `json:"segments_s"`
	Rounding domain.Seconds `json:"rounding_s,omitempty"`
	Rows     domain.Seconds `json:"rows_s"`
}

// recorder collects the steps of a trace. Evaluation runs the same code with and without one.
type recorder struct{ steps []Step }

func (e *evaluator) note(stage int, rule, code string, args ...string) {
	s := Step{Stage: stage, Name: stageNames[stage], Rule: rule, Note: code}
	if len(args) > 0 {
		s.Args = evidence(args...)
	}
	e.rec.steps = append(e.rec.steps, s)
}

// Explain evaluates one date as Evaluate does and records why. carry is the carry that date starts from. A date outside employment
// is a *domain.Error with code not_employed.
func Explain(book *Rulebook, facts *Facts, date domain.Date, carry Carry) (*Trace, error) {
	e, err := newEvaluator(book, facts, carry)
	if err != nil {
		return nil, err
	}
	e.rec = &recorder{}
	var t *Trace
	bytes := carry.append(nil)
	hash := sha256.Sum256(bytes)
	err = e.run(date, date+1, func(day *Day, _ *Carry) bool {
		t = &Trace{Day: day.Clone(), CarryFrom: carry.Through, CarryHash: hex.EncodeToString(hash[:]), Steps: e.rec.steps}
		t.Inputs = e.inputs()
		t.balance(e)
		return false
	})
	if err == nil && t == nil {
		err = domain.NewError(domain.NotFound, "not_employed", "emp", facts.Employee, "date", date.String())
	}
	return t, err
}

// balance checks segments against rows.
func (t *Trace) balance(e *evaluator) {
	sums := map[string]*Sum{}
	at := func(code string) *Sum {
		if sums[code] == nil {
			sums[code] = &Sum{Code: code}
		}
		return sums[code]
	}
	for i := range t.Day.Segments {
		s := &t.Day.Segments[i]
		at(s.Base).Segments += s.To - s.From
		for _, p := range s.Premiums {
			at(p).Segments += s.To - s.From
		}
	}
	for i := range t.Day.Rows {
		if r := &t.Day.Rows[i]; sums[r.Code] != nil || r.Class == "base" || r.Class == "premium" {
			at(r.Code).Rows += r.Seconds
		}
	}
	t.Balanced = baseSeconds(&t.Day) == t.Day.Counted
	if e.rules != nil {
		for code, up := range e.ups {
			if up > 0 {
				at(e.rules.Codes[code].ID).Rounding = up
			}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(sums)) {
		s := sums[code]
		t.Balanced = t.Balanced && s.Segments+s.Rounding == s.Rows
		t.Sums = append(t.Sums, *s)
	}
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
	if r := e.today.rostered; r != nil {
		out = append(out, Input{Kind: "roster", ID: r.Date.String(), As: r.Shift, Role: "used", Event: r.Event})
	}
	if w := e.today.swapped; w != nil {
		out = append(out, Input{Kind: "swap", ID: w.WorkDate.String(), As: w.Kind, Role: "used", Event: w.Event})
	}
	for i := range e.facts.Waivers {
		if w := &e.facts.Waivers[i]; w.Date == e.day.Date {
			out = append(out, Input{Kind: "waiver", ID: w.Key, Role: e.waiverRole(w), Event: w.Event})
		}
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
		if in.Of = p.VoidedWith; in.Of != "" {
			in.Role = "voided_with"
		}
	}
	return in
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

func (e *evaluator) noteWindow() {
	w := e.day.Window
	e.note(0, "", "day.kind", "kind", e.day.Kind.String(), "zone", e.day.Zone)
	if e.rules.OwnZone {
		e.note(0, "/day/zone", "day.own_zone", "zone", e.day.Zone)
	}
	e.note(1, "/day/cut", "window", "from", e.local(w.From), "to", e.local(w.To))
	if e.rules.Assign != ruleset.AssignByCut && (w.From != e.cutBetween(e.yesterday, e.today) || w.To != e.cutBetween(e.today, e.tomorrow)) {
		e.note(1, "/day/assign", "window.moved", "from", e.local(w.From), "to", e.local(w.To))
	}
	for i := range e.day.Shifts {
		s := &e.day.Shifts[i]
		e.note(1, "/punch/off_shift", "window.shift", "shift", s.Shift, "from", e.local(s.Window.From), "to", e.local(s.Window.To))
	}
	for i := range e.taken {
		if t := &e.taken[i]; t.off {
			e.note(1, "/punch/off_shift", "punch.off_shift", "punch", t.p.ID, "at", e.local(t.p.At))
		}
	}
	if !e.day.Settled {
		e.note(1, "/punch/max_open", "window.not_settled", "turned", e.turned.String())
	}
}

func (e *evaluator) notePairs() {
	for _, s := range e.spans {
		e.note(3, "/punch/pair", "pair.interval", "from", e.local(s.from), "to", e.local(s.to))
	}
	for i := range e.day.Punches {
		if p := &e.day.Punches[i]; p.Role == "duplicate" {
			e.note(2, "/punch/dedupe", "punch.duplicate", "punch", p.ID, "of", p.Of)
		}
	}
	for i := range e.taken {
		if t := &e.taken[i]; t.back && t.cluster >= 0 {
			e.note(3, "/punch/max_open", "pair.carried_back", "punch", t.p.ID, "at", e.local(t.p.At))
		}
	}
	if e.missIn > 0 {
		e.note(3, "/punch/pair", "pair.missing", "edge", "in")
	}
	if e.missOut > 0 {
		e.note(3, "/punch/pair", "pair.missing", "edge", "out")
	}
}

func (e *evaluator) notePlan(r *ruleset.ShiftRule) {
	if r.Zone != "" {
		e.note(5, r.Pointer+"/timezone", "plan.clock", "shift", r.ID, "zone", r.Zone)
	}
	for _, b := range e.plan {
		e.note(5, r.Pointer, "plan.block", "shift", r.ID, "from", e.local(b.From), "to", e.local(b.To))
	}
}
