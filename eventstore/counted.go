package eventstore

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
)

// Counted reads streams of a store with the positions of their records, also where the store does not count: then it counts the log once,
// from its beginning, and goes on from there. It holds eight bytes an event, and nothing of a store that counts. It is safe for
// concurrent use.
type Counted struct {
	store Store
	owns  func(stream string) bool

	mu      sync.Mutex
	cursors []Cursor // by position, from 1
}

// NewCounted returns the streams of store; owns says which events have positions, as for Number.
func NewCounted(store Store, owns func(stream string) bool) *Counted {
	return &Counted{store: store, owns: owns}
}

// ReadStream is that of Store, with positions.
func (c *Counted) ReadStream(ctx context.Context, stream string, after Revision) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for r, err := range c.store.ReadStream(ctx, stream, after) {
			if err == nil && r.Position == 0 {
				r.Position, err = c.position(ctx, r.Cursor)
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

func (c *Counted) position(ctx context.Context, at Cursor) (Position, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := Cursor(0)
	if n := len(c.cursors); n > 0 {
		last = c.cursors[n-1]
	}
	if last < at {
		for r, err := range Number(c.store.ReadAll(ctx, last), Position(len(c.cursors)), c.owns) {
			if err != nil {
				return 0, fmt.Errorf("count the log: %w", err)
			}
			c.cursors = append(c.cursors, r.Cursor)
		}
	}
	i, ok := slices.BinarySearch(c.cursors, at)
	if !ok {
		return 0, fmt.Errorf("the log has no record at %d", at)
	}
	return Position(i + 1), nil
}
