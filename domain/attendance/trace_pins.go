package attendance

import (
	"strconv"

	"github.com/punchledger/punchledger/domain"
)

// Pin is one thing that a day was computed with, and why it is this one. What is assignment, binding, version, calendar, zone,
// zone_data, engine, site, roster, swap or carry.
type Pin struct {
	What  string      `json:"what"`
	ID    string      `json:"id"`             // a version is ID@NUMBER, a calendar year ID YEAR/VERSION
	Why   string      `json:"why,omitempty"`  // zone: assignment, ruleset, site or trip
	From  domain.Date `json:"from,omitzero"`  // since when it holds
	Until domain.Date `json:"until,omitzero"` // the first date on which it holds no more
	Hash  string      `json:"hash,omitempty"` // of what it is
	Event string      `json:"event,omitempty"`
	Place *Place      `json:"place,omitempty"` // of the event, where the log was asked
}

// Place is where an event stands in the log. Hash is its commitment.
type Place struct {
	Event    string `json:"event"`
	Type     string `json:"type"`
	Stream   string `json:"stream"`
	Revision uint64 `json:"revision"`
	Position uint64 `json:"position"`
	Hash     string `json:"hash"`
}

// pinned lists what the day was computed with: who belongs where, which rules that gives, and everything that is no rule.
func (e *evaluator) pinned(t *Trace) []Pin {
	var out []Pin
	p, s := &e.day.Pins, e.today
	if g := s.gov; g != nil && g.assign != nil {
		out = append(out, Pin{What: "assignment", ID: g.assign.Group, From: g.assign.From, Event: g.assign.Event})
		if b := g.binding; b != nil {
			out = append(out, Pin{What: "binding", ID: b.Ruleset, From: b.From, Until: b.To, Event: b.Event})
		}
		if v := g.version; v != nil {
			id := p.Ruleset + "@" + strconv.Itoa(p.Version)
			out = append(out, Pin{What: "version", ID: id, From: v.From, Until: v.Until, Hash: p.RulesHash, Event: v.Event})
		}
	}
	if y := s.year; y != nil {
		id := y.id
		if y.known {
			id += " " + strconv.Itoa(y.year) + "/" + strconv.Itoa(y.calendar.Years[y.year].Version)
		}
		out = append(out, Pin{What: "calendar", ID: id, Hash: y.hash})
	}
	if s.site != "" {
		out = append(out, Pin{What: "site", ID: s.site})
	}
	if r := s.rostered; r != nil {
		out = append(out, Pin{What: "roster", ID: r.Shift, From: r.Date, Event: r.Event})
	}
	if w := s.swapped; w != nil {
		out = append(out, Pin{What: "swap", ID: w.Kind, From: w.WorkDate, Until: w.RestDate, Event: w.Event})
	}
	zone := Pin{What: "zone", ID: e.day.Zone}
	zone.Why, zone.Event = e.zoneBy()
	return append(out, zone, Pin{What: "zone_data", ID: p.TZVersion, Hash: p.TZHash}, Pin{What: "engine", ID: p.Engine},
		Pin{What: "carry", ID: "carry", From: t.CarryFrom, Hash: t.CarryHash})
}

// zoneBy says what names the zone of the day, and the event that says so, where it is one.
func (e *evaluator) zoneBy() (why, event string) {
	s := e.today
	if s.gov == nil || s.gov.assign == nil {
		return "", ""
	}
	if e.rules != nil && e.rules.OwnZone {
		return "ruleset", ""
	}
	noon := s.zone.Start(s.date, 12*domain.Hour)
	for i := range e.facts.Approvals {
		if a := &e.facts.Approvals[i]; a.Kind == "trip" && a.Zone == s.zone.Name() && a.From <= noon && noon < a.To {
			return "trip", a.Event
		}
	}
	switch r := s.rostered; {
	case r != nil && r.Site != "" && e.book.Sites[r.Site].Zone == s.zone.Name():
		return "site", r.Event
	case s.gov.assign.Zone != "":
		return "assignment", s.gov.assign.Event
	case e.rules == nil: // nobody names one
		return "", ""
	}
	return "ruleset", ""
}
