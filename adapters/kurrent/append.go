package kurrent

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"github.com/punchledger/punchledger/eventstore"
)

// Append implements eventstore.Store.
func (l *Log) Append(
	ctx context.Context, stream string, expected eventstore.Revision, events ...eventstore.Event,
) (place eventstore.Place, err error) {
	if n := eventstore.Size(events); n > eventstore.MaxAppendBytes {
		return place, &eventstore.TooLargeError{Stream: stream, Bytes: n}
	}
	if err := ctx.Err(); err != nil {
		return place, err
	}
	defer l.streams.take(stream)()
	if len(events) == 0 {
		end, err := l.end(ctx, stream)
		return placeOf(end), err
	}
	before := l.knows()
	if expected > math.MaxInt64 { // the protocol has no such revision, and no stream gets there
		err = errTooHigh
	} else {
		err = l.try(ctx, func(patience time.Duration) (_ bool, err error) {
			place, err = held(ctx, l, patience, func(ctx context.Context, c *esdb.Client) (eventstore.Place, error) {
				return appendOnce(ctx, c, stream, expected, events, before)
			})
			return false, err
		})
	}
	if errors.Is(err, errTooHigh) || is(err, esdb.ErrorCodeWrongExpectedVersion) {
		end, failed := l.end(ctx, stream)
		if failed != nil {
			return place, failed
		}
		return eventstore.Place{}, &eventstore.ConflictError{Stream: stream, Expected: expected, Actual: end.Revision}
	}
	if err != nil {
		return eventstore.Place{}, fmt.Errorf("append to %s: %w", stream, err)
	}
	place.Repeated = place.Cursor <= before
	l.learn(place.Cursor)
	return place, nil
}

var errTooHigh = errors.New("an expected revision beyond every stream")

// appendOnce makes one attempt. What stands at the place is read back where the answer alone does not tell: the last of several
// events has a place of its own, and of an append that was made before the first bytes count.
func appendOnce(
	ctx context.Context, c *esdb.Client, stream string, expected eventstore.Revision, events []eventstore.Event, before eventstore.Cursor,
) (eventstore.Place, error) {
	var at esdb.ExpectedRevision = esdb.NoStream{}
	if expected > 0 {
		at = esdb.Revision(uint64(expected) - 1)
	}
	list := make([]esdb.EventData, len(events))
	for i, e := range events {
		list[i] = esdb.EventData{EventID: e.ID, EventType: e.Type, ContentType: esdb.ContentTypeJson, Data: e.Data, Metadata: e.Metadata}
	}
	done, err := c.AppendToStream(ctx, stream, esdb.AppendToStreamOptions{ExpectedRevision: at, RequiresLeader: true}, list...)
	if err != nil {
		return eventstore.Place{}, err
	}
	r := eventstore.Record{
		Event: events[len(events)-1], Stream: stream,
		Revision: expected + eventstore.Revision(len(events)), Cursor: eventstore.Cursor(done.CommitPosition),
	}
	if len(events) == 1 && r.Cursor > before {
		r.Commitment = eventstore.Commit(r.Stream, r.Revision, r.Event)
		return placeOf(r), nil
	}
	r, err = recordAt(ctx, c, stream, esdb.Forwards, esdb.Revision(uint64(r.Revision)-1))
	return placeOf(r), err
}

func placeOf(r eventstore.Record) eventstore.Place {
	return eventstore.Place{Revision: r.Revision, Cursor: r.Cursor, Commitment: r.Commitment}
}

// end is the last record of a stream, the zero record where it has none.
func (l *Log) end(ctx context.Context, stream string) (r eventstore.Record, err error) {
	err = l.try(ctx, func(patience time.Duration) (_ bool, err error) {
		r, err = held(ctx, l, patience, func(ctx context.Context, c *esdb.Client) (eventstore.Record, error) {
			return recordAt(ctx, c, stream, esdb.Backwards, esdb.End{})
		})
		return false, err
	})
	if err != nil {
		return r, fmt.Errorf("find the end of %s: %w", stream, err)
	}
	return r, nil
}
