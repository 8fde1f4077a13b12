package golden

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// scenario puts a rule of a case to the engine that names lengths and no punches: a document with that rule, and days worked as long.
type scenario struct {
	*translation
	m *comparison
}

// firstDay is the Monday on which scenarios begin.
var firstDay = domain.NewDate(2024, 3, 4)

// scenario begins a document of open hours, all of which count, and that rests on punched breaks.
func (m *comparison) scenario() *scenario {
	s := &scenario{&translation{reading: &reading{}, c: m.c, rules: m.rules, zone: m.zone, turned: farAhead, codes: map[string]string{}}, m}
	s.head()
	s.everyDay("open", ruleset.Shift{Kind: "open"})
	s.facts = attendance.Facts{Employee: s.id(), Employment: []attendance.Employment{{From: 1}}, Assignments: []attendance.Assignment{{From: 1, Group: s.id()}}}
	return s
}

// work punches a stretch of a day, in minutes after eight in the morning of the nth day.
func (s *scenario) work(day int, from, to domain.Seconds) *scenario {
	eight := s.zone.Start(firstDay+domain.Date(day), 8*domain.Hour)
	return s.punch(eight+from, attendance.In).punch(eight+to, attendance.Out)
}

func (s *scenario) punch(at domain.Seconds, dir attendance.Direction) *scenario {
	s.punched(at, dir)
	return s
}

// results evaluates the scenario.
func (s *scenario) results() *Results {
	for _, name := range s.missing {
		s.m.lacks("%s", name)
	}
	run, err := s.compile()
	if err == nil && run != nil {
		var r *Results
		if r, err = run.Evaluate(); err == nil {
			return r
		}
	}
	s.m.lacks("%v %v", err, s.missing)
	return &Results{run: &Run{Rules: &ruleset.Rules{Doc: &s.doc}, Zone: s.zone}}
}

// raised counts the anomalies of some ids.
func (r *Results) raised(ids ...string) int {
	n := 0
	for i := range r.days {
		for _, a := range r.days[i].Anomalies {
			for _, id := range ids {
				if a.ID == id {
					n++
				}
			}
		}
	}
	return n
}
