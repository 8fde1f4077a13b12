package evaluate

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
)

// Candidate puts other rules in the place of those that govern, for the dates From to To, both included; a zero To is open.
// It governs whoever is in one of Groups, nil meaning everybody, whatever rules they have; or, where InPlaceOf names a ruleset, it
// stands among that ruleset's versions as if it had been published now, so that a later version keeps its dates. Version is the
// number its rows carry. Without Rules what governs stays, of whoever is in one of Groups.
type Candidate struct {
	Rules     *ruleset.Rules
	Version   int
	From, To  domain.Date
	Groups    []string
	InPlaceOf string

	Years map[string]schedule.CalendarYear // by calendar id: in the place of that year of the calendar
	Zones *zone.Archive                    // in the place of the ledger's; may be nil

	// Judged are people's punches as they would be if intake judged them again; nil where nobody asked for that.
	Judged map[string]Judged
}

// Judged are the punches of one employee that were judged again, and the events by which those count that are accepted now, as
// Projector.Supposed makes them.
type Judged struct {
	Counts whatif.IntakeCounts
	Events []eventstore.Decoded
}

// counts are those of an employee; nil where nobody was judged again.
func (c *Candidate) counts(employee string) *whatif.IntakeCounts {
	if c.Judged == nil {
		return nil
	}
	counts := c.Judged[employee].Counts
	return &counts
}

// RulesUnder finds the rules that govern a group on a date where a candidate stands.
func (p *Projector) RulesUnder(ctx context.Context, tx projections.Tx, c *Candidate) (func(group string, on domain.Date) *ruleset.Rules, error) {
	book, err := p.keeper.Book(ctx, tx)
	if err != nil {
		return nil, err
	}
	book = under(book, c)
	return func(group string, on domain.Date) *ruleset.Rules {
		var bound *attendance.Binding
		for i, b := range book.Groups[group] {
			if on.Covers(b.From, b.To) {
				bound = &book.Groups[group][i]
			}
		}
		if bound == nil {
			return nil
		}
		var governs *attendance.Version
		versions := book.Rulesets[bound.Ruleset]
		for i, v := range versions {
			if on.Covers(v.From, v.Until) && (governs == nil || v.From >= governs.From) {
				governs = &versions[i]
			}
		}
		if governs == nil {
			return nil
		}
		return governs.Rules
	}, nil
}

// candidateID is an id that no ruleset of the ledger has.
const candidateID = "\x00candidate"

// under returns a book in which the candidate governs where it says.
func under(book *attendance.Rulebook, c *Candidate) *attendance.Rulebook {
	if c == nil {
		return book
	}
	b := *book
	if c.Zones != nil {
		b.Zones = c.Zones
	}
	if len(c.Years) > 0 {
		b.Calendars = maps.Clone(book.Calendars)
		for id, year := range c.Years {
			b.Calendars[id] = withYear(book.Calendars[id], id, year)
		}
	}
	if c.Rules == nil {
		return &b
	}
	b.Rulesets = maps.Clone(book.Rulesets)
	if c.InPlaceOf != "" {
		versions := append(slices.Clone(book.Rulesets[c.InPlaceOf]), attendance.Version{
			Rules: c.Rules, Number: c.Version, From: max(c.From, 1), Until: endOf(c),
		})
		slices.SortStableFunc(versions, func(x, y attendance.Version) int { return cmp.Compare(x.From, y.From) })
		b.Rulesets[c.InPlaceOf] = versions
		return &b
	}
	b.Rulesets[candidateID] = []attendance.Version{{Rules: c.Rules, Number: c.Version, From: 1}}
	b.Groups = maps.Clone(book.Groups)
	here := attendance.Binding{Ruleset: candidateID, From: max(c.From, 1), To: endOf(c)}
	for group, bindings := range book.Groups { // every group that was opened is there, with or without rules
		if c.Groups == nil || slices.Contains(c.Groups, group) {
			b.Groups[group] = rebind(bindings, here)
		}
	}
	return &b
}

// withYear returns a calendar with one year in the place of its own. The number of the year is that of a publication to come.
func withYear(old *schedule.Calendar, id string, year schedule.CalendarYear) *schedule.Calendar {
	out := &schedule.Calendar{ID: id, Years: map[int]schedule.CalendarYear{}}
	if old != nil {
		maps.Copy(out.Years, old.Years)
	}
	year.Version = out.Years[year.Year].Version + 1
	out.Years[year.Year] = year
	return out
}

// takes reports whether the candidate is about the people of a group while a binding holds.
func (c *Candidate) takes(group string, b *attendance.Binding) bool {
	switch {
	case c.Rules == nil:
		return c.Groups == nil || slices.Contains(c.Groups, group)
	case c.InPlaceOf != "":
		return b.Ruleset == c.InPlaceOf
	}
	return b.Ruleset == candidateID
}

// rebind puts a binding over those it meets.
func rebind(old []attendance.Binding, over attendance.Binding) []attendance.Binding {
	out := []attendance.Binding{over}
	for _, b := range old {
		if b.From < over.From {
			left := b
			left.To = earlier(b.To, over.From)
			out = append(out, left)
		}
		if over.To != 0 && (b.To == 0 || b.To > over.To) {
			right := b
			right.From = max(b.From, over.To)
			out = append(out, right)
		}
	}
	slices.SortFunc(out, func(x, y attendance.Binding) int { return cmp.Compare(x.From, y.From) })
	return out
}

// earlier returns the earlier of two ends, where zero is open.
func earlier(a, b domain.Date) domain.Date {
	switch {
	case a == 0:
		return b
	case b == 0:
		return a
	}
	return min(a, b)
}

func governs(book *attendance.Rulebook, f *attendance.Facts, c *Candidate) bool {
	for i, a := range f.Assignments {
		until := domain.Date(0)
		if i+1 < len(f.Assignments) {
			until = f.Assignments[i+1].From
		}
		for _, b := range book.Groups[a.Group] {
			if !c.takes(a.Group, &b) {
				continue
			}
			from, to := max(a.From, b.From, c.From), earlier(earlier(until, b.To), endOf(c))
			for _, e := range f.Employment {
				if last := earlier(to, dayAfter(e.Last)); last == 0 || max(from, e.From) < last {
					return true
				}
			}
		}
	}
	return false
}

func endOf(c *Candidate) domain.Date { return dayAfter(c.To) }

// dayAfter turns a last day into an end; zero stays open.
func dayAfter(d domain.Date) domain.Date {
	if d == 0 {
		return 0
	}
	return d + 1
}
