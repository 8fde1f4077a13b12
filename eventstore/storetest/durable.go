package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/eventstore"
)

// Closer is a store that keeps its records beyond Close.
type Closer interface {
	eventstore.Store
	Close() error
}

// RunDurable proves that what was appended is there after Close and a new open of the same directory, which begins empty.
func RunDurable(t *testing.T, open func(t *testing.T, dir string) Closer) {
	t.Run("everything is there after a new open", func(t *testing.T) {
		dir := t.TempDir()
		var want []eventstore.Record
		for round := range 4 {
			s := open(t, dir)
			if round > 0 {
				require.Equal(t, want, all(t, s))
			}
			head, err := s.Head(t.Context())
			require.NoError(t, err)
			if round > 0 {
				require.Equal(t, want[len(want)-1].Cursor, head)
			}
			must(t, s, "gate-a", round*50, round*50+50)
			must(t, s, "gate-b", round, round+1)
			want = all(t, s)
			requireSound(t, want)
			require.NoError(t, s.Close())
		}
		require.Len(t, want, 4*51)
	})

	t.Run("an append is repeated and refused after a new open as before", func(t *testing.T) {
		dir := t.TempDir()
		s := open(t, dir)
		must(t, s, "gate-a", 0, 2)
		first := must(t, s, "gate-a", 2, 4)
		must(t, s, "gate-a", 4, 5)
		require.NoError(t, s.Close())

		s = open(t, dir)
		first.Repeated = true
		require.Equal(t, first, must(t, s, "gate-a", 2, 4))
		_, err := s.Append(t.Context(), "gate-a", 2, run("gate-a", 2, 3)[0], event("gate-a", 99))
		requireConflict(t, err, eventstore.ConflictError{Stream: "gate-a", Expected: 2, Actual: 5})
		must(t, s, "gate-a", 5, 6)
		require.Len(t, all(t, s), 6)
		require.NoError(t, s.Close())
	})
}
