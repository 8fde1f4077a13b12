package register

import (
	"cmp"
	"iter"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
)

// Effect is what an act, and what followed from it by itself, did to the paid time of its subject as it was computed then: a day that
// was not over has none. Gained and lost add up the days and codes that rose and those that fell.
type Effect struct {
	Gained  domain.Seconds `json:"gained"`
	Lost    domain.Seconds `json:"lost"`
	Changes []Change       `json:"changes,omitempty"`
}

// Change is what became of the time under one code on one date.
type Change struct {
	Date   domain.Date    `json:"date"`
	Code   string         `json:"code"`
	Before domain.Seconds `json:"before"`
	After  domain.Seconds `json:"after"`
}

// Paid is somebody's paid time by date and code.
type Paid map[PaidKey]domain.Seconds

// PaidKey names a sum of Paid.
type PaidKey struct {
	Date domain.Date
	Code string
}

// Between returns what changed between two states of somebody's paid time, by date and code.
func Between(before, after Paid) Effect {
	keys := map[PaidKey]bool{}
	for _, p := range []Paid{before, after} {
		for k := range p {
			keys[k] = true
		}
	}
	var out Effect
	for k := range keys {
		b, a := before[k], after[k]
		if a == b {
			continue
		}
		out.Gained, out.Lost = out.Gained+max(a-b, 0), out.Lost+max(b-a, 0)
		out.Changes = append(out.Changes, Change{k.Date, k.Code, b, a})
	}
	slices.SortFunc(out.Changes, func(x, y Change) int { return cmp.Or(cmp.Compare(x.Date, y.Date), cmp.Compare(x.Code, y.Code)) })
	return out
}

// Ends returns, for each of the acts, the position of the last event that followed from it by itself; the act's own where none did.
func Ends(records iter.Seq2[eventstore.Record, error], acts []Act) (map[eventstore.Position]eventstore.Position, error) {
	out, roots := map[eventstore.Position]eventstore.Position{}, map[string]eventstore.Position{}
	for _, a := range acts {
		out[a.Position], roots[a.Event] = a.Position, a.Position
	}
	for rec, err := range records {
		if err != nil {
			return nil, err
		}
		meta, err := rec.DecodeMetadata()
		if err != nil {
			return nil, err
		}
		if root, follows := roots[meta.Causation]; follows && meta.Actor.Kind == domain.ActorSystem {
			roots[rec.ID.String()], out[root] = root, max(out[root], rec.Position)
		}
	}
	return out, nil
}

// Total is what one person did in one way.
type Total struct {
	Actor   string         `json:"actor"`
	Act     string         `json:"act"`
	Touches Touch          `json:"touches"`
	Count   int            `json:"count"`
	People  int            `json:"people"` // whom it was about
	More    domain.Seconds `json:"more"`   // that the acts name: credited, or by which punches became later
	Less    domain.Seconds `json:"less"`   // by which punches became earlier
	Gained  domain.Seconds `json:"gained,omitempty"`
	Lost    domain.Seconds `json:"lost,omitempty"`
}

// Totals adds acts up by actor and act, in this order.
func Totals(acts iter.Seq2[Act, error]) ([]Total, error) {
	type key struct{ actor, act string }
	at, about := map[key]*Total{}, map[key]map[string]bool{}
	for a, err := range acts {
		if err != nil {
			return nil, err
		}
		k := key{a.Actor.ID, a.Act}
		if at[k] == nil {
			at[k], about[k] = &Total{Actor: a.Actor.ID, Act: a.Act, Touches: a.Touches}, map[string]bool{}
		}
		about[k][a.Subject] = true
		x := at[k]
		x.Count, x.People, x.More, x.Less = x.Count+1, len(about[k]), x.More+max(a.Seconds, 0), x.Less+min(a.Seconds, 0)
		if a.Effect != nil {
			x.Gained, x.Lost = x.Gained+a.Effect.Gained, x.Lost+a.Effect.Lost
		}
	}
	out := make([]Total, 0, len(at))
	for _, x := range at {
		out = append(out, *x)
	}
	slices.SortFunc(out, func(a, b Total) int { return cmp.Or(cmp.Compare(a.Actor, b.Actor), cmp.Compare(a.Act, b.Act)) })
	return out, nil
}
