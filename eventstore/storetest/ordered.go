package storetest

import (
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/eventstore"
)

// testInOrder is for stores that implement eventstore.Ordered; a store with several writers cannot, and keeps Store's promises alone.
func testInOrder(t *testing.T, s eventstore.Store) {
	ordered, ok := s.(eventstore.Ordered)
	if !ok {
		return
	}
	const writers, each = 16, 25
	built := 0 // build is called by one caller at a time
	var all sync.WaitGroup
	errs := make(chan error, writers*each)
	for w := range writers {
		all.Go(func() {
			for n := range each {
				stream := fmt.Sprintf("gate-%d", w)
				_, err := ordered.AppendInOrder(t.Context(), stream, eventstore.Revision(n), func() ([]eventstore.Event, error) {
					built++
					e := event(stream, n)
					e.Data = []byte(strconv.Itoa(built))
					return []eventstore.Event{e}, nil
				})
				errs <- err
			}
		})
	}
	all.Wait()
	for range writers * each {
		require.NoError(t, <-errs)
	}
	n := 0
	for rec, err := range s.ReadAll(t.Context(), 0) {
		require.NoError(t, err)
		n++
		require.Equal(t, strconv.Itoa(n), string(rec.Data))
	}
	require.Equal(t, writers*each, n)
	_, err := ordered.AppendInOrder(t.Context(), "gate-0", each, func() ([]eventstore.Event, error) { return nil, errBuild })
	require.ErrorIs(t, err, errBuild)
	_, err = ordered.AppendInOrder(t.Context(), "gate-0", 1, func() ([]eventstore.Event, error) {
		return []eventstore.Event{event("gate-0", each)}, nil
	})
	require.ErrorAs(t, err, new(*eventstore.ConflictError))
}

var errBuild = fmt.Errorf("nothing was built")
