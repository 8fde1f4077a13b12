package ledger

import (
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// Governing says which rules govern an employee on the dates [From, Until), and why. A zero Until is open. Where none do, Version is
// 0, and the first of Group and Ruleset that is empty says what is missing.
type Governing struct {
	Emp     string      `json:"emp"`
	From    domain.Date `json:"from"`
	Until   domain.Date `json:"until,omitzero"`
	Group   string      `json:"group,omitempty"`
	Ruleset string      `json:"ruleset,omitempty"`
	Version int         `json:"version,omitempty"`
	Hash    string      `json:"hash,omitempty"`

	BoundFrom domain.Date `json:"bound_from,omitzero"` // the binding of the group
	BoundTo   domain.Date `json:"bound_to,omitzero"`
	InForce   domain.Date `json:"in_force,omitzero"` // the version's own first date
}

// Rules returns what governs an employee on every date of employment, by From. Stretches without rules are among them.
func (d *Directory) Rules(emp string) []Governing {
	s := d.Employee(emp)
	var edges []domain.Date
	add := func(dates ...domain.Date) {
		for _, x := range dates {
			if x != 0 {
				edges = append(edges, x)
			}
		}
	}
	for _, e := range s.Employment {
		add(e.From)
		if e.Last != 0 {
			add(e.Last + 1)
		}
	}
	for _, a := range s.Assignments() {
		add(a.From)
		for _, b := range d.Group(a.Group).Bindings {
			add(b.From, b.To)
			for _, r := range d.Ruleset(b.Ruleset).Reigns() {
				add(r.From, r.Until)
			}
		}
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var out []Governing
	for i, from := range edges {
		if !s.EmployedOn(from) {
			continue
		}
		g := d.RulesOn(emp, from)
		if i+1 < len(edges) {
			g.Until = edges[i+1]
		}
		if n := len(out); n > 0 && out[n-1].Until == from && sameRules(out[n-1], g) {
			out[n-1].Until = g.Until
			continue
		}
		out = append(out, g)
	}
	return out
}

func sameRules(a, b Governing) bool {
	a.From, a.Until = b.From, b.Until
	return a == b
}

// RulesOn returns what governs an employee on one date, employed or not; From is the date.
func (d *Directory) RulesOn(emp string, date domain.Date) Governing {
	g := Governing{Emp: emp, From: date}
	a, ok := d.Employee(emp).AssignmentOn(date)
	if !ok || a.Group == "" {
		return g
	}
	g.Group = a.Group
	b, ok := d.Group(a.Group).BindingOn(date)
	if !ok {
		return g
	}
	g.Ruleset, g.BoundFrom, g.BoundTo = b.Ruleset, b.From, b.To
	if v, ok := d.Ruleset(b.Ruleset).Governing(date); ok {
		g.Version, g.Hash, g.InForce = v.Number, v.Hash, v.From
	}
	return g
}

// Members returns who is or was in a group, sorted, with the dates: From and Until of what governs them there.
func (d *Directory) Members(group string) map[string][]Governing {
	out := map[string][]Governing{}
	for _, emp := range d.IDs("employee") {
		for _, g := range d.Rules(emp) {
			if g.Group == group {
				out[emp] = append(out[emp], g)
			}
		}
	}
	return out
}

// Ungoverned returns the stretches on which members of a group are employed and have no rules, by employee and From.
func (d *Directory) Ungoverned(group string) []Governing {
	var out []Governing
	for _, emp := range d.IDs("employee") {
		for _, g := range d.Rules(emp) {
			if g.Group == group && g.Version == 0 {
				out = append(out, g)
			}
		}
	}
	return out
}
