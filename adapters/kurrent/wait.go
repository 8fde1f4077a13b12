package kurrent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"github.com/punchledger/punchledger/eventstore"
)

// errDropped says that the server ended a subscription; the next one begins where it ended.
var errDropped = errors.New("the subscription was dropped")

// afterDrop is how long a follower leaves a server alone that has sent it away.
const afterDrop = 100 * time.Millisecond

// Wait implements eventstore.Store. It subscribes behind the cursor, on the connection that there is, and ends the subscription with the
// first record: the server filters its own events out, and nothing can slip between looking and waiting. A subscription that is
// dropped, as that of a slow reader or at a change of leader, is made again for as long as the context lasts.
func (l *Log) Wait(ctx context.Context, after eventstore.Cursor) error {
	if l.knows() > after {
		return ctx.Err()
	}
	for {
		found, err := held(ctx, l, forEver, func(ctx context.Context, c *esdb.Client) (eventstore.Cursor, error) { return next(ctx, c, after) })
		switch {
		case err == nil:
			l.learn(found)
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !errors.Is(err, errDropped) && !passing(err):
			return fmt.Errorf("wait for the log: %w", err)
		}
		if err := pause(ctx, afterDrop); err != nil {
			return err
		}
	}
}

// next waits for the first record behind a cursor.
func next(ctx context.Context, c *esdb.Client, after eventstore.Cursor) (found eventstore.Cursor, err error) {
	sub, err := c.SubscribeToAll(ctx, esdb.SubscribeToAllOptions{From: placeAt(after), Filter: esdb.ExcludeSystemEventsFilter()})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, sub.Close()) }()
	for {
		switch e := sub.Recv(); {
		case e.SubscriptionDropped != nil:
			return 0, fmt.Errorf("%w: %w", errDropped, e.SubscriptionDropped.Error)
		case e.EventAppeared == nil: // a checkpoint, or having caught up
		case !ofServer(e.EventAppeared.OriginalEvent()):
			return eventstore.Cursor(e.EventAppeared.OriginalEvent().Position.Commit), nil
		}
	}
}
