package access

import (
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// Scope bounds a grant to people: those who match every list that is not empty. A unit includes the units below it. The zero scope
// is everybody. Dates bound what may be seen or done by the date that it is about.
type Scope struct {
	Employers []string `json:"employers,omitempty"`
	Groups    []string `json:"groups,omitempty"`
	Sites     []string `json:"sites,omitempty"`
	Units     []string `json:"units,omitempty"`
	Employees []string `json:"employees,omitempty"` // ids; also of principals who are not employed
	Dates     Dates    `json:"dates,omitzero"`
}

// Dates are the dates from From to before To; a zero end is open.
type Dates struct {
	From domain.Date `json:"from,omitzero"`
	To   domain.Date `json:"to,omitzero"`
}

// Person is what a scope is matched with: where somebody belongs on a date. Units holds the person's unit and those above it.
type Person struct {
	Emp      string
	Employer string
	Group    string
	Site     string
	Units    []string
}

// Unbounded reports whether the scope covers everybody on every date.
func (s Scope) Unbounded() bool { return s.Everybody() && s.Dates == Dates{} }

// Everybody reports whether the scope covers all people, though perhaps not on all dates.
func (s Scope) Everybody() bool {
	return len(s.Employers)+len(s.Groups)+len(s.Sites)+len(s.Units)+len(s.Employees) == 0
}

// Covers reports whether the scope holds of a person on a date.
func (s Scope) Covers(p Person, on domain.Date) bool {
	return on.Covers(s.Dates.From, s.Dates.To) &&
		covers(s.Employers, p.Employer) && covers(s.Groups, p.Group) && covers(s.Sites, p.Site) && covers(s.Employees, p.Emp) &&
		(len(s.Units) == 0 || slices.ContainsFunc(p.Units, func(u string) bool { return slices.Contains(s.Units, u) }))
}

func covers(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }

// Within reports whether the scope covers nobody, on no date, whom outer does not cover. It compares what is written: a scope that
// is narrower in another way names the bounds of outer too. Above returns a unit and those above it.
func (s Scope) Within(outer Scope, above func(unit string) []string) bool {
	units := len(outer.Units) == 0 || len(s.Units) > 0
	for _, u := range s.Units {
		units = units && (len(outer.Units) == 0 || slices.ContainsFunc(above(u), func(a string) bool { return slices.Contains(outer.Units, a) }))
	}
	return units && within(s.Employers, outer.Employers) && within(s.Groups, outer.Groups) && within(s.Sites, outer.Sites) &&
		within(s.Employees, outer.Employees) && s.Dates.within(outer.Dates)
}

func within(inner, outer []string) bool {
	if len(outer) == 0 {
		return true
	}
	return len(inner) > 0 && !slices.ContainsFunc(inner, func(v string) bool { return !slices.Contains(outer, v) })
}

func (d Dates) within(outer Dates) bool {
	return d.From >= outer.From && (outer.To == 0 || d.To != 0 && d.To <= outer.To)
}
