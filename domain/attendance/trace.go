package attendance

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// Trace is why a day came out as it did: the day with its pins, every input with the part it played, the steps in order, what each
// stage took and gave, and for every row and anomaly the segments and rules behind it.
type Trace struct {
	Day       Day         `json:"day"`
	CarryFrom domain.Date `json:"carry_from,omitzero"` // the date that handed the carry over
	CarryHash string      `json:"carry_hash"`          // hexadecimal SHA-256 of the carry's bytes
	Inputs    []Input     `json:"inputs"`
	Steps     []Step      `json:"steps"`
	Sums      []Sum       `json:"sums"`
	Balanced  bool        `json:"balanced"` // every sum agrees, and base codes with x.unpaid are the counted time
	Pinned    []Pin       `json:"pinned,omitempty"`
	Stages    []Stage     `json:"stages,omitempty"`
	Outcomes  []Outcome   `json:"outcomes,omitempty"` // rows in their order, then anomalies in theirs

	Rules *ruleset.Rules `json:"-"` // those that governed; nil where none did
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

// recorder collects the steps of a trace, and what later stages change. Evaluation runs the same code with and without one.
type recorder struct {
	steps  []Step
	values map[string][]string
}

func (e *evaluator) note(stage int, rule, code string, args ...string) {
	s := Step{Stage: stage, Name: stageNames[stage], Rule: rule, Note: code}
	if len(args) > 0 {
		s.Args = argsOf(args...)
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
	e.rec = &recorder{values: map[string][]string{}}
	var t *Trace
	bytes := carry.append(nil)
	hash := sha256.Sum256(bytes)
	err = e.run(date, date+1, func(day *Day, _ *Carry) bool {
		t = &Trace{Day: day.Clone(), CarryFrom: carry.Through, CarryHash: hex.EncodeToString(hash[:]), Steps: e.rec.steps}
		t.Inputs = e.inputs()
		t.balance(e)
		t.Rules, t.Pinned, t.Stages, t.Outcomes = e.rules, e.pinned(t), e.stages(), e.outcomes()
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
