package facts

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/eventstore"
)

// BookVersion changes whenever what governs does. Which dates are over changes each day and is asked for by Turned.
func (k *Keeper) BookVersion(ctx context.Context, tx Tx) (eventstore.Position, error) {
	return read[eventstore.Position](ctx, tx, "", partVersion)
}

// Turned returns, by zone, the last date that is over.
func (k *Keeper) Turned(ctx context.Context, tx Tx) (map[string]domain.Date, error) {
	return read[map[string]domain.Date](ctx, tx, "", partTurned)
}

// Book folds what governs: bindings, published rules, calendars, sites and which dates are over.
func (k *Keeper) Book(ctx context.Context, tx Tx) (*attendance.Rulebook, error) {
	turned, err := k.Turned(ctx, tx)
	if err != nil {
		return nil, err
	}
	book := &attendance.Rulebook{
		Groups: map[string][]attendance.Binding{}, Rulesets: map[string][]attendance.Version{},
		Calendars: map[string]*schedule.Calendar{}, Sites: map[string]attendance.Site{},
		Zones: k.zones, Turned: turned, Engine: k.engine,
	}
	parts, err := tx.FactParts(ctx, "", "")
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		if part == partTurned || part == partVersion || part == partWaived {
			continue
		}
		events, err := tell(ctx, tx, k.codec, "", part)
		if err != nil {
			return nil, err
		}
		if err := k.page(book, part, events); err != nil {
			return nil, fmt.Errorf("%s: %w", part, err)
		}
	}
	return book, nil
}

// page folds one stream into the book.
func (k *Keeper) page(book *attendance.Rulebook, stream string, events []told) error {
	category, id, _ := strings.Cut(stream, "-")
	switch category {
	case "group":
		book.Groups[id] = bindings(events)
	case "ruleset":
		versions, err := versions(events)
		if err != nil {
			return err
		}
		book.Rulesets[id] = versions
	case "calendar":
		var s schedule.CalendarState
		for _, t := range events {
			s = schedule.EvolveCalendar(s, t.event.(schedule.CalendarEvent))
		}
		book.Calendars[id] = s.Calendar()
	case "site":
		var s place.SiteState
		for _, t := range events {
			s = place.EvolveSite(s, t.event.(place.SiteEvent))
		}
		book.Sites[id] = attendance.Site{Zone: s.TZ, Calendar: s.Calendar}
	}
	return nil
}

// bindings are those of people.GroupState, each with the event that made it.
func bindings(events []told) []attendance.Binding {
	var s people.GroupState
	made := map[domain.Date]string{}
	for _, t := range events {
		s = people.EvolveGroup(s, t.event.(people.GroupEvent))
		if e, ok := t.event.(people.RulesetBound); ok {
			made[e.From] = t.id
		}
	}
	out := make([]attendance.Binding, len(s.Bindings))
	for i, b := range s.Bindings {
		out[i] = attendance.Binding{Ruleset: b.Ruleset, From: b.From, To: b.To, Event: made[b.From]}
	}
	return out
}

// versions are the published, unwithdrawn versions, by the date from which they govern, then in the order of publication. One that
// this build cannot compile stops the reader: leaving it out would give other figures. Withdrawing it helps.
func versions(events []told) ([]attendance.Version, error) {
	var out []attendance.Version
	docs := map[int]ruleset.RulesetPublished{}
	for _, t := range events {
		switch e := t.event.(type) {
		case ruleset.RulesetPublished:
			docs[e.Version] = e
			out = append(out, attendance.Version{Number: e.Version, From: e.EffectiveFrom, Until: e.EffectiveTo, Event: t.id})
		case ruleset.RulesetWithdrawn:
			out = slices.DeleteFunc(out, func(v attendance.Version) bool { return v.Number == e.Version })
		}
	}
	for i := range out {
		e := docs[out[i].Number]
		doc, err := ruleset.ParseStored(e.Doc)
		if err != nil {
			return nil, fmt.Errorf("version %d: %w", e.Version, err)
		}
		if out[i].Rules, err = ruleset.Compile(doc, e.Hash); err != nil {
			return nil, fmt.Errorf("version %d: %w", e.Version, err)
		}
	}
	slices.SortStableFunc(out, func(a, b attendance.Version) int { return cmp.Compare(a.From, b.From) })
	return out, nil
}
