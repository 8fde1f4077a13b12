package attendance

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

// Outlook is what is planned for a date before anything is punched. A flexible shift is laid at its latest.
type Outlook struct {
	Date     domain.Date    `json:"date"`
	Employed bool           `json:"employed,omitempty"`
	Governed bool           `json:"governed,omitempty"` // rules govern the date: without them there is no plan and no window
	Kind     schedule.Kind  `json:"kind"`
	Shift    string         `json:"shift,omitempty"`
	Zone     string         `json:"zone,omitempty"`
	Group    string         `json:"group,omitempty"`
	Site     string         `json:"site,omitempty"` // of the plan, else of the assignment
	Window   Interval       `json:"window,omitzero"`
	Plan     []Interval     `json:"plan,omitempty"`
	Untimed  bool           `json:"untimed,omitempty"`    // a shift that may be worked at any time
	NoPunch  bool           `json:"no_punch,omitempty"`   // the employee need not punch
	Grace    domain.Seconds `json:"grace_s,omitempty"`    // how late an arrival may be without being late
	MaxOpen  domain.Seconds `json:"max_open_s,omitempty"` // how long an in may wait for its out beyond the window
	Dedupe   domain.Seconds `json:"dedupe_s,omitempty"`
	Later    []LaterStart   `json:"later,omitempty"` // by After
}

// LaterStart raises the latest start of a plan by By when the evening before ended at After or later.
type LaterStart struct {
	After domain.Seconds `json:"after"`
	By    domain.Seconds `json:"by"`
}

// Outlooks returns what is planned on the dates [from, to), a date each. Windows are those of evaluation where no change of rules moves
// an edge that was passed already.
func Outlooks(book *Rulebook, facts *Facts, from, to domain.Date) ([]Outlook, error) {
	e, err := newEvaluator(book, facts, Carry{})
	if err != nil {
		return nil, err
	}
	var slots []slot
	for d := from - 1; d <= to; d++ {
		var s slot
		if err := e.resolve(d, &s); err != nil {
			return nil, err
		}
		slots = append(slots, s)
	}
	out := make([]Outlook, 0, max(0, int(to-from)))
	end := domain.Seconds(0)
	for i := 1; i+1 < len(slots); i++ {
		s := &slots[i]
		o := e.outlook(s)
		if o.Governed {
			o.Window.From = max(e.cutBetween(&slots[i-1], s), end)
			o.Window.To = max(e.cutBetween(s, &slots[i+1]), o.Window.From+1)
			end = o.Window.To
		}
		out = append(out, o)
	}
	return out, nil
}

func (e *evaluator) outlook(s *slot) Outlook {
	o := Outlook{Date: s.date, Employed: s.employed, Kind: s.kind, Site: s.site}
	if s.gov == nil || s.gov.assign == nil {
		return o
	}
	o.Group, o.NoPunch = s.gov.assign.Group, s.gov.assign.NoPunches
	if s.zone != nil {
		o.Zone = s.zone.Name()
	}
	r := s.gov.rules
	if r == nil {
		return o
	}
	o.Governed, o.Grace, o.MaxOpen, o.Dedupe = true, r.LateEdge.Grace, r.MaxOpen, r.Dedupe
	shift := s.rule()
	if shift == nil {
		return o
	}
	o.Shift, o.Untimed = shift.ID, shift.Kind == ruleset.ShiftOpen
	if !o.Untimed {
		o.Plan = cloned(s.plan())
	}
	for _, l := range shift.LateLeave {
		o.Later = append(o.Later, LaterStart{After: e.at(s.clock(s.shift), s.date-1, l.After), By: l.By})
	}
	return o
}
