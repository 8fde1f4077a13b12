package request

import (
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// State is the folded requests of a person and year. Its zero value is the empty stream; it is never changed in place.
type State struct {
	Decisions []Decision // in the order in which each request was first decided
}

// Decision is the last thing decided about one request.
type Decision struct {
	Request    string
	System     string
	ExternalID string
	Kind       Kind
	Target     Target
	Type       string
	Settle     Settle
	Outcome    Outcome
	DecidedBy  string
	DecidedAt  domain.Instant
}

// Live reports whether the decision is an approval in force.
func (d Decision) Live() bool { return d.Outcome == Approved }

// overlaps reports whether two targets of one kind ask for the same time. Without an interval that is the same date
// and punch.
func (d Decision) overlaps(t Target) bool {
	if d.Target.From != 0 && t.From != 0 {
		return d.Target.From < t.To && t.From < d.Target.To
	}
	return d.Target.Date == t.Date && d.Target.Punch == t.Punch && d.Target.Dir == t.Dir
}

// Request returns the decision about a request.
func (s State) Request(id string) (Decision, bool) {
	return s.find(func(d Decision) bool { return d.Request == id })
}

// External returns the decision about what a system calls id.
func (s State) External(system, id string) (Decision, bool) {
	return s.find(func(d Decision) bool { return d.System == system && d.ExternalID == id })
}

func (s State) find(is func(Decision) bool) (Decision, bool) {
	if i := slices.IndexFunc(s.Decisions, is); i >= 0 {
		return s.Decisions[i], true
	}
	return Decision{}, false
}

// Approvals returns the approvals in force, in the order in which each was first decided.
func (s State) Approvals() []Decision {
	var out []Decision
	for _, d := range s.Decisions {
		if d.Live() {
			out = append(out, d)
		}
	}
	return out
}

// Evolve applies one event. The state it was given stays as it is.
func Evolve(s State, e Event) State {
	switch e := e.(type) {
	case ExternalDecisionRecorded:
		return s.decided(Decision{
			Request: e.Request, System: e.System, ExternalID: e.ExternalID, Kind: e.Kind, Target: e.Target, Type: e.Type,
			Settle: e.Settle, Outcome: e.Outcome, DecidedBy: e.DecidedBy, DecidedAt: e.DecidedAt,
		})
	}
	panic(fmt.Sprintf("request: no case for %T", e))
}

func (s State) decided(d Decision) State {
	s.Decisions = slices.Clone(s.Decisions)
	if i := slices.IndexFunc(s.Decisions, func(o Decision) bool { return o.Request == d.Request }); i >= 0 {
		s.Decisions[i] = d
	} else {
		s.Decisions = append(s.Decisions, d)
	}
	return s
}
