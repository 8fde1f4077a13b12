package relay_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/relay"
)

// running serves a book in the background; the returned function ends it.
func running(t *testing.T, r *relay.Relay) func() {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	return func() {
		stop()
		require.NoError(t, <-done)
	}
}

func take(c <-chan struct{}, n int) {
	for range n {
		<-c
	}
}

func TestARelayFollowsItsBook(t *testing.T) {
	h := newHouse(t)
	r := &receiver{more: make(chan struct{})}
	stop := running(t, h.relay(r))
	h.endpoint("pay")
	take(r.more, len(h.log()))
	h.punch(3)
	take(r.more, 3)

	_, err := h.book.Change(t.Context(), "pay", func(e *relay.Endpoint) { e.Paused = true })
	require.NoError(t, err)
	h.punch(2)
	h.endpoint("other", func(e *relay.Endpoint) { e.Filter.Types = []string{"GroupCreated"} })
	take(r.more, 1)
	require.Equal(t, "GroupCreated", r.got[len(r.got)-1].Type, "who is paused gets nothing")

	_, err = h.book.Change(t.Context(), "pay", func(e *relay.Endpoint) { e.Paused = false })
	require.NoError(t, err)
	take(r.more, 2)
	require.NoError(t, h.book.Remove(t.Context(), "pay"))
	require.ErrorIs(t, h.book.Remove(t.Context(), "pay"), &domain.Error{Code: "unknown_endpoint"})
	s, err := h.book.Standing(t.Context(), "pay")
	require.NoError(t, err)
	require.Zero(t, s, "nothing is kept of an endpoint that is gone")
	stop()
	require.Equal(t, 3, r.opened, "pay twice, as it was paused, and other")
}

func TestWhatNobodyAsksForIsPassedOverWithoutAWrite(t *testing.T) {
	h := newHouse(t)
	e, r := h.endpoint("pay", func(e *relay.Endpoint) { e.Filter.Types = []string{"GroupCreated"} }), &receiver{more: make(chan struct{})}
	stop := running(t, h.relay(r))
	<-r.more
	h.punch(30)
	h.must(people.CreateGroup{Group: "h", Title: "more"})
	<-r.more
	h.punch(30)
	h.must(people.CreateGroup{Group: "i", Title: "most"})
	<-r.more
	stop()
	r.more = nil
	n, err := h.relay(r).CatchUp(t.Context(), e)
	require.NoError(t, err)
	require.Zero(t, n, "each was delivered once")
	require.Len(t, r.got, 3)
	s, err := h.book.Standing(t.Context(), "pay")
	require.NoError(t, err)
	require.EqualValues(t, len(h.log()), s.Position)
	require.Less(t, h.state.puts, 8, "the checkpoint moved when something was delivered")
}

func TestAnEndpointThatDoesNotOpenIsTriedAgain(t *testing.T) {
	h := newHouse(t)
	h.endpoint("pay")
	r := &receiver{more: make(chan struct{})}
	rel := h.relay(r)
	tries := 0
	rel.Open = func(ctx context.Context, e relay.Endpoint) (relay.Publisher, error) {
		if tries++; tries < 5 {
			return nil, errors.New("no such host")
		}
		s, err := h.book.Standing(ctx, "pay")
		if err == nil && s.Problem != "no such host" {
			err = errors.New("the book does not say why nothing comes: " + s.Problem)
		}
		return r, err
	}
	stop := running(t, rel)
	take(r.more, len(h.log()))
	stop()
	require.Equal(t, 5, tries)
}

func TestALogThatWasPutBackPausesItsEndpoints(t *testing.T) {
	h, other := newHouse(t), newHouse(t)
	h.punch(5)
	e, r := h.endpoint("pay"), &receiver{}
	_, err := h.relay(r).CatchUp(t.Context(), e)
	require.NoError(t, err)
	back := h.relay(r)
	back.Store = other.store
	changed := h.book.Changed()
	stop := running(t, back)
	<-changed
	stop()
	e, err = h.book.Endpoint(t.Context(), "pay")
	require.NoError(t, err)
	require.True(t, e.Paused)
	s, err := h.book.Standing(t.Context(), "pay")
	require.NoError(t, err)
	require.Equal(t, projections.ErrNotOfThisLog.Error(), s.Problem)
}

func TestABookSealsSecretsForOneEndpoint(t *testing.T) {
	h := newHouse(t)
	box, err := h.book.Seal("pay", "whsec_canary")
	require.NoError(t, err)
	require.NotContains(t, string(box), "canary")
	clear, err := h.book.Open("pay", box)
	require.NoError(t, err)
	require.Equal(t, "whsec_canary", clear)
	_, err = h.book.Open("other", box)
	require.Error(t, err, "the secret of one endpoint is none of another")
	bare, err := relay.NewBook(h.state, nil)
	require.NoError(t, err)
	_, err = bare.Open("pay", box)
	require.Error(t, err)
}

func TestANameStandsForOneEndpoint(t *testing.T) {
	h := newHouse(t)
	e := h.endpoint("pay")
	require.ErrorIs(t, h.book.Add(t.Context(), e, projections.Checkpoint{}), &domain.Error{Code: "endpoint_exists"})
	h.endpoint("bus")
	require.NoError(t, relay.PauseAll(t.Context(), h.state))
	all, err := h.book.Endpoints(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"bus", "pay"}, []string{all[0].Name, all[1].Name})
	require.True(t, all[0].Paused && all[1].Paused)
}
