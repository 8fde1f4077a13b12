package bus_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/bus"
)

func discard(b *testing.B) string {
	b.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	b.Cleanup(s.Close)
	return s.URL
}

func TestASubscriptionGoesOnAfterWhatWasAcknowledged(t *testing.T) {
	s := newScroll(t)
	s.write(30)
	options := bus.SubscriberOptions{Store: s.store, Owns: owns, Source: "test.example", Marks: s.book, Name: "mine"}
	first := bus.NewSubscriber(options)
	messages, err := first.Subscribe(t.Context(), "timecard")
	require.NoError(t, err)
	var got received
	for i := range 10 {
		m := <-messages
		if i == 4 { // it is not taken, and comes again before any other
			m.Nack()
			again := <-messages
			require.Equal(t, m.UUID, again.UUID)
			m = again
		}
		got.add(t, m.Payload)
		m.Ack()
	}
	under := <-messages // not acknowledged when the subscriber ends
	require.NoError(t, first.Close())
	_, open := <-messages
	require.False(t, open)
	_, err = first.Subscribe(t.Context(), "timecard")
	require.ErrorIs(t, err, bus.ErrSubscriberClosed)

	second := bus.NewSubscriber(options)
	messages, err = second.Subscribe(t.Context(), "timecard")
	require.NoError(t, err)
	s.write(5) // those that come are followed
	for i := range 25 {
		m := <-messages
		if i == 0 {
			require.Equal(t, under.UUID, m.UUID)
		}
		got.add(t, m.Payload)
		m.Ack()
	}
	require.NoError(t, second.Close())
	require.Equal(t, s.streams(), got.streams)
	require.Zero(t, got.again)
}

func TestATopicIsAFilter(t *testing.T) {
	s := newScroll(t)
	s.write(3)
	sub := bus.NewSubscriber(bus.SubscriberOptions{Store: s.store, Owns: owns, Source: "test.example", Marks: s.book, Name: "mine"})
	for topic, want := range map[string]bool{
		"all": true, "timecard": true, "timecard.PunchAccepted": true, "timecard.PunchVoided": false, "request": false,
	} {
		ctx, stop := context.WithCancel(t.Context())
		messages, err := sub.Subscribe(ctx, topic)
		require.NoError(t, err)
		if want {
			m := <-messages
			m.Ack()
		}
		stop()
		for m := range messages { // until it is closed; what was on its way is of the topic
			require.True(t, want, topic)
			m.Nack()
		}
	}
	require.NoError(t, sub.Close())
}
