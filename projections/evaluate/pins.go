package evaluate

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/projections"
)

// Pins say what the two sides of a question are computed with: the versions of rules that govern on its dates, the years of their
// calendars, zone data. Titles are those of the pay codes of these rules, by code; where they differ the candidate's.
func (p *Projector) Pins(ctx context.Context, tx projections.Tx, q Question) (before, after []whatif.Pin, titles map[string]ruleset.Text, err error) {
	book, err := p.keeper.Book(ctx, tx)
	if err != nil {
		return nil, nil, nil, err
	}
	titles = map[string]ruleset.Text{}
	before, after = pins(book, q, titles), pins(under(book, q.Candidate), q, titles)
	return before, after, titles, nil
}

// pins are in the order of kinds, ids and versions. Of the groups only those count whose people the candidate is about.
func pins(book *attendance.Rulebook, q Question, titles map[string]ruleset.Text) []whatif.Pin {
	to := dayAfter(q.To)
	found := map[whatif.Pin]bool{}
	for _, group := range slices.Sorted(maps.Keys(book.Groups)) { // in order: of two titles of a code the last stays
		if q.Candidate.Groups != nil && !slices.Contains(q.Candidate.Groups, group) {
			continue
		}
		for _, b := range book.Groups[group] {
			if q.Candidate.InPlaceOf != "" && b.Ruleset != q.Candidate.InPlaceOf {
				continue
			}
			from, until := max(b.From, q.From), earlier(b.To, to)
			for i, v := range book.Rulesets[b.Ruleset] {
				first, end := max(from, v.From), earlier(v.Until, until)
				if (end == 0 || first < end) && !replaced(book.Rulesets[b.Ruleset][i+1:], first, end) {
					pinRules(book, v, q, found, titles)
				}
			}
		}
	}
	for id := range q.Candidate.Years { // also those that only sites name
		pinCalendar(book, id, q, found)
	}
	found[whatif.Pin{Kind: "zones", ID: book.Zones.Version(), Hash: book.Zones.SHA256()}] = true
	return slices.SortedFunc(maps.Keys(found), func(a, b whatif.Pin) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Year, b.Year), cmp.Compare(a.Version, b.Version))
	})
}

// replaced reports whether one of the later versions governs on all dates [first, end).
func replaced(later []attendance.Version, first, end domain.Date) bool {
	return slices.ContainsFunc(later, func(v attendance.Version) bool {
		return v.From <= first && (v.Until == 0 || end != 0 && v.Until >= end)
	})
}

func pinRules(book *attendance.Rulebook, v attendance.Version, q Question, found map[whatif.Pin]bool, titles map[string]ruleset.Text) {
	doc := v.Rules.Doc
	found[whatif.Pin{Kind: "rules", ID: doc.ID, Version: v.Number, Hash: v.Rules.Hash}] = true
	for code, c := range doc.PayCodes {
		if len(c.Title) > 0 {
			titles[code] = c.Title
		}
	}
	pinCalendar(book, doc.Calendar, q, found)
}

// pinCalendar pins the years of a calendar that the dates lie in.
func pinCalendar(book *attendance.Rulebook, id string, q Question, found map[whatif.Pin]bool) {
	c := book.Calendars[id]
	if c == nil {
		return
	}
	for number, year := range c.Years {
		first, next := domain.NewDate(number, 1, 1), domain.NewDate(number+1, 1, 1)
		if next > q.From && (q.To == 0 || first <= q.To) {
			found[whatif.Pin{Kind: "calendar", ID: id, Year: number, Version: year.Version, Hash: year.Hash}] = true
		}
	}
}
