package ledger

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
)

// Told is a punch with all that happened to it. Details are as it was recorded; a punch that was entered by hand has none.
type Told struct {
	timecard.Punch
	Card    timecard.Card
	Date    domain.Date // at the place of work, after retiming; Waiting leaves it out
	Details timecard.PunchDetails

	rulesPin string // of the rules that judged it
}

// StateWord is the word for a state that labels.state has.
func (t *Told) StateWord() string {
	return map[timecard.PunchState]string{
		timecard.Counted: "counted", timecard.Held: "held", timecard.Rejected: "rejected", timecard.Refused: "refused", timecard.Voided: "voided",
	}[t.State]
}

// DetailsOf returns what an event records of a punch that was handed in.
func DetailsOf(e domain.Event) (timecard.PunchDetails, bool) {
	switch e := e.(type) {
	case timecard.PunchAccepted:
		return e.PunchDetails, true
	case timecard.PunchHeld:
		return e.PunchDetails, true
	case timecard.PunchRejected:
		return e.PunchDetails, true
	}
	return timecard.PunchDetails{}, false
}

// Punches returns the punches of an employee on some dates, both included, by time: also those that wait or do not count.
func (l *Ledger) Punches(ctx context.Context, emp string, from, to domain.Date) ([]Told, error) {
	var out []Told
	margin := domain.Date(timecard.MaxRetime/domain.Day) + 2 // a punch stays on the timecard on which it was recorded
	for day := (from - margin).MonthStart(); day <= to+margin; day = (day + 31).MonthStart() {
		told, err := l.told(ctx, timecard.CardOn(emp, day))
		if err != nil {
			return nil, err
		}
		for _, t := range told {
			if from <= t.Date && t.Date <= to {
				out = append(out, t)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Told) int { return int(a.EffectiveAt - b.EffectiveAt) })
	return out, nil
}

// PunchOf returns one punch of an employee.
func (l *Ledger) PunchOf(ctx context.Context, emp, punch string) (Told, error) {
	card, err := l.CardOf(ctx, emp, punch)
	if err != nil {
		return Told{}, err
	}
	told, err := l.told(ctx, card)
	if err != nil {
		return Told{}, err
	}
	for _, t := range told {
		if t.ID == punch {
			return t, nil
		}
	}
	return Told{}, domain.NewError(domain.NotFound, "unknown_punch", "punch", punch)
}

// told reads a timecard.
func (l *Ledger) told(ctx context.Context, card timecard.Card) ([]Told, error) {
	out, err := toldOn(ctx, l.store, l.codec, card)
	for i := range out {
		t := &out[i]
		t.Date = l.dir.zoneOf(card.Emp, t.EffectiveAt).DateOf(t.EffectiveAt.Seconds())
	}
	return out, err
}

// toldOn reads a timecard; the dates are not known there.
func toldOn(ctx context.Context, store eventstore.Store, codec *eventstore.Codec, card timecard.Card) ([]Told, error) {
	var state timecard.State
	recorded := map[string]eventstore.Decoded{}
	for d, err := range codec.DecodeAll(store.ReadStream(ctx, card.Stream(), 0)) {
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", card.Stream(), err)
		}
		e, ok := d.Event.(timecard.Event)
		if !ok {
			continue
		}
		state = timecard.Evolve(state, e)
		if details, ok := DetailsOf(e); ok {
			recorded[details.Punch] = d
		}
	}
	var out []Told
	for p := range state.Punches.All() {
		t := Told{Punch: *p, Card: card}
		if d, ok := recorded[p.ID]; ok {
			t.Details, _ = DetailsOf(d.Event)
			t.rulesPin = d.Meta.Pins["ruleset"]
		}
		out = append(out, t)
	}
	return out, nil
}

// Because says why a punch has its reasons, by the rules that judged it.
func (l *Ledger) Because(ctx context.Context, t *Told) ([]timecard.Because, error) {
	if len(t.Details.Reasons) == 0 {
		return nil, nil
	}
	in, err := l.intakePolicy(ctx, t.rulesPin, t.Details)
	if err != nil {
		return nil, err
	}
	return timecard.Explain(t.Details, in), nil
}

// intakePolicy returns the intake policy that judged a punch, as its pin names it; nil when none did.
func (l *Ledger) intakePolicy(ctx context.Context, pin string, p timecard.PunchDetails) (*ruleset.Intake, error) {
	stream, at, ok := strings.Cut(pin, "@")
	revision, err := strconv.ParseUint(at, 10, 63)
	if !ok || err != nil {
		return nil, nil
	}
	var s ruleset.RulesetState
	for d, err := range l.codec.DecodeAll(l.store.ReadStream(ctx, stream, 0)) {
		if err != nil {
			return nil, err
		}
		if d.Revision > eventstore.Revision(revision) {
			break
		}
		if e, ok := d.Event.(ruleset.RulesetEvent); ok {
			s = ruleset.EvolveRuleset(s, e)
		}
	}
	z, err := zone.Embedded().Zone(l.dir.Zone(p.Emp, p.EffectiveAt))
	if err != nil {
		return nil, err
	}
	v, ok := s.Governing(z.DateOf(p.EffectiveAt.Seconds()))
	if !ok {
		return nil, nil
	}
	doc, err := ruleset.ParseStored(v.Doc)
	if err != nil {
		return nil, err
	}
	return doc.Intake, nil
}
