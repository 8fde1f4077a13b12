package relay_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/relay"
)

func (h *house) add(e relay.Endpoint) {
	h.t.Helper()
	require.NoError(h.t, h.book.Add(h.t.Context(), e, projections.Checkpoint{}))
}

func TestEverythingIsDeliveredInTheOrderOfItsStreamThoughHalfFails(t *testing.T) {
	for _, c := range []struct {
		name    string
		options []memory.Option
	}{{"cursors without gaps", nil}, {"cursors with gaps", []memory.Option{memory.Gappy(7)}}} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, c.options...)
			h.punch(600)
			e := h.endpoint("pay")
			r := &receiver{refuse: func(_ relay.Message, n int) error {
				if n%2 == 1 {
					return errNo
				}
				return nil
			}}
			n, err := h.relay(r).CatchUp(t.Context(), e)
			require.NoError(t, err)
			require.Equal(t, len(h.log()), n)
			require.Equal(t, h.streams(), r.keys(), "each stream in its order, each event once, under its own id")
			n, err = h.relay(r).CatchUp(t.Context(), e)
			require.NoError(t, err)
			require.Zero(t, n, "the checkpoint is behind all of it")
		})
	}
}

func TestADeliveryGoesOnWhereItWasStopped(t *testing.T) {
	h := newHouse(t)
	h.punch(700)
	e := h.endpoint("pay")
	ctx, stop := context.WithCancel(t.Context())
	r := &receiver{}
	r.refuse = func(relay.Message, int) error {
		if len(r.got) == 400 {
			stop()
			return errNo
		}
		return nil
	}
	_, err := h.relay(r).CatchUp(ctx, e)
	require.ErrorIs(t, err, context.Canceled)
	r.refuse = nil
	_, err = h.relay(r).CatchUp(t.Context(), e)
	require.NoError(t, err)
	for stream, ids := range h.streams() {
		got := r.keys()[stream]
		first := slices.Compact(slices.Clone(got)) // what came twice came with the same id
		seen := map[string]bool{}
		first = slices.DeleteFunc(first, func(id string) bool { again := seen[id]; seen[id] = true; return again })
		require.Equal(t, ids, first)
	}
	require.Less(t, len(r.got)-len(h.log()), 256, "what came twice is less than a batch")
}

func TestWhatIsRefusedGoesToThePoisonQueueAndTheEndpointGoesOn(t *testing.T) {
	h := newHouse(t)
	h.punch(9)
	bad := h.log()[7]
	refuse := func(m relay.Message, _ int) error {
		if m.ID == bad.ID.String() {
			return errNo
		}
		return nil
	}
	e, r := h.endpoint("pay"), &receiver{refuse: refuse}
	_, err := h.relay(r).CatchUp(t.Context(), e)
	require.NoError(t, err)
	require.Len(t, r.got, len(h.log())-1)
	queue, err := h.book.Poisoned(t.Context(), "pay")
	require.NoError(t, err)
	require.Len(t, queue, 1)
	p := queue[0]
	require.Equal(t, []any{bad.ID.String(), bad.Type, bad.Stream, bad.Position, 3, errNo.Error()},
		[]any{p.Event, p.Type, p.Stream, p.Position, p.Attempts, p.Problem})

	require.ErrorIs(t, h.relay(r).Replay(t.Context(), e, p), errNo)
	p, err = h.book.PoisonedAt(t.Context(), "pay", bad.Position)
	require.NoError(t, err)
	require.Equal(t, 4, p.Attempts, "attempts add up")

	r.refuse = nil
	require.NoError(t, h.relay(r).Replay(t.Context(), e, p))
	require.Equal(t, bad.ID.String(), r.got[len(r.got)-1].ID, "the same id")
	_, err = h.book.PoisonedAt(t.Context(), "pay", bad.Position)
	require.ErrorIs(t, err, &domain.Error{Code: "not_poisoned"})
	require.ErrorIs(t, h.book.Drop(t.Context(), "pay", bad.Position), &domain.Error{Code: "not_poisoned"})
}

func TestAnEndpointThatCannotBeReachedIsWaitedFor(t *testing.T) {
	h := newHouse(t)
	h.punch(1)
	away := &relay.UnavailableError{Problem: errors.New("nobody is there")}
	e := h.endpoint("pay")
	seen := ""
	r := &receiver{}
	r.refuse = func(_ relay.Message, n int) error {
		if n < 50 { // far more than the endpoint's attempts
			return away
		}
		if s, err := h.book.Standing(t.Context(), "pay"); err == nil {
			seen = s.Problem
		}
		return nil
	}
	_, err := h.relay(r).CatchUp(t.Context(), e)
	require.NoError(t, err)
	require.Equal(t, h.streams(), r.keys())
	require.Equal(t, "nobody is there", seen, "the book said what it waited for")
	s, err := h.book.Standing(t.Context(), "pay")
	require.NoError(t, err)
	require.Empty(t, s.Problem)
	queue, err := h.book.Poisoned(t.Context(), "pay")
	require.NoError(t, err)
	require.Empty(t, queue)

	h.punch(1)
	once := h.relay(&receiver{refuse: func(relay.Message, int) error { return away }})
	once.Impatient = true
	_, err = once.CatchUp(t.Context(), e)
	require.ErrorIs(t, err, away)
}

func TestAnEndpointGetsWhatItsFilterLetsThrough(t *testing.T) {
	for _, c := range []struct {
		name string
		f    relay.Filter
		want map[string]bool // stream and type
	}{
		{"an empty one lets everything through", relay.Filter{}, map[string]bool{"group-g GroupCreated": true, "timecard-e1-202610 PunchAdded": true}},
		{"by type", relay.Filter{Types: []string{"PunchAdded"}}, map[string]bool{"group-g GroupCreated": false, "timecard-e1-202610 PunchAdded": true}},
		{"by category", relay.Filter{Categories: []string{"group"}}, map[string]bool{"group-g GroupCreated": true, "timecard-e1-202610 PunchAdded": false}},
		{"by stream", relay.Filter{Streams: []string{"employee-e1"}}, map[string]bool{"employee-e1 X": true, "employee-e12 X": false}},
		{"by the beginning of streams", relay.Filter{Streams: []string{"timecard-e1-*"}}, map[string]bool{
			"timecard-e1-202610 X": true, "timecard-e1-202611 X": true, "timecard-e12-202610 X": false,
		}},
		{"by type and category", relay.Filter{Types: []string{"A"}, Categories: []string{"group"}}, map[string]bool{
			"group-g A": true, "group-g B": false, "site-s A": false,
		}},
		{"by category or stream", relay.Filter{Categories: []string{"group"}, Streams: []string{"site-s"}}, map[string]bool{
			"group-g A": true, "site-s A": true, "site-t A": false,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for k, want := range c.want {
				i := slices.Index([]byte(k), ' ')
				require.Equal(t, want, c.f.Passes(k[:i], k[i+1:]), k)
			}
		})
	}
}

func TestAFilterThatNamesNothingIsRefused(t *testing.T) {
	h := newHouse(t)
	for code, f := range map[string]relay.Filter{
		"unknown_event_type": {Types: []string{"PunchAdded", "PunchAded"}},
		"unknown_category":   {Categories: []string{"timecards"}},
	} {
		require.ErrorIs(t, f.Check(h.codec.Types(), h.codec.Owns), &domain.Error{Code: code})
	}
	require.NoError(t, relay.Filter{Types: []string{"PunchAdded"}, Categories: []string{"timecard"}, Streams: []string{"timecard-e1-*"}}.
		Check(h.codec.Types(), h.codec.Owns))
}

func TestRewindingDeliversAgainUnderTheSameIds(t *testing.T) {
	h := newHouse(t)
	h.punch(20)
	e, r := h.endpoint("pay"), &receiver{}
	_, err := h.relay(r).CatchUp(t.Context(), e)
	require.NoError(t, err)
	first := r.keys()
	to, err := relay.Locate(t.Context(), h.store, h.codec.Owns, 0)
	require.NoError(t, err)
	require.NoError(t, h.book.Rewind(t.Context(), "pay", to))
	r.got = nil
	_, err = h.relay(r).CatchUp(t.Context(), e)
	require.NoError(t, err)
	require.Equal(t, first, r.keys())

	_, err = relay.Locate(t.Context(), h.store, h.codec.Owns, 1000)
	require.ErrorIs(t, err, &domain.Error{Code: "unknown_position"})
	tail, err := relay.Tail(t.Context(), h.store, h.codec.Owns)
	require.NoError(t, err)
	require.EqualValues(t, len(h.log()), tail.Position)
	require.ErrorIs(t, h.book.Rewind(t.Context(), "nobody", to), &domain.Error{Code: "unknown_endpoint"})
}

func TestALogThatWasPutBackStopsADelivery(t *testing.T) {
	h, other := newHouse(t), newHouse(t)
	h.punch(20)
	e, r := h.endpoint("pay"), &receiver{}
	_, err := h.relay(r).CatchUp(t.Context(), e)
	require.NoError(t, err)
	back := h.relay(r)
	back.Store = other.store
	_, err = back.CatchUp(t.Context(), e)
	require.ErrorIs(t, err, projections.ErrNotOfThisLog)
}

func TestATrialIsACloudEventAboutNothing(t *testing.T) {
	h := newHouse(t)
	e, r := h.endpoint("pay"), &receiver{}
	require.NoError(t, h.relay(r).Try(t.Context(), e, "trial-1"))
	require.Len(t, r.got, 1)
	var got map[string]any
	require.NoError(t, json.Unmarshal(r.got[0].Body, &got))
	require.Equal(t, []any{"1.0", "trial-1", "test.example", "RelayTried"}, []any{got["specversion"], got["id"], got["source"], got["type"]})
}
