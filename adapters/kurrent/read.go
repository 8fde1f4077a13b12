package kurrent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strings"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"github.com/punchledger/punchledger/eventstore"
)

// ReadStream implements eventstore.Store.
func (l *Log) ReadStream(ctx context.Context, stream string, after eventstore.Revision) iter.Seq2[eventstore.Record, error] {
	return l.resumed(ctx, "read "+stream, func(patience time.Duration, yield func(eventstore.Record) bool) error {
		for r, err := range l.received(ctx, patience, func(ctx context.Context, c *esdb.Client) (*esdb.ReadStream, error) {
			return c.ReadStream(ctx, stream, esdb.ReadStreamOptions{From: esdb.Revision(uint64(after))}, math.MaxInt64)
		}) {
			if err != nil {
				return err
			}
			after = r.Revision
			if !yield(r) {
				break
			}
		}
		return nil
	})
}

// ReadAll implements eventstore.Store. The client reads the server's own events with the others; they are left out here.
func (l *Log) ReadAll(ctx context.Context, after eventstore.Cursor) iter.Seq2[eventstore.Record, error] {
	return l.resumed(ctx, "read the log", func(patience time.Duration, yield func(eventstore.Record) bool) error {
		defer func() { l.learn(after) }()
		from := placeAt(after)
		for r, err := range l.received(ctx, patience, func(ctx context.Context, c *esdb.Client) (*esdb.ReadStream, error) {
			return c.ReadAll(ctx, esdb.ReadAllOptions{From: from}, math.MaxInt64)
		}) {
			if err != nil {
				return err
			}
			if r.Cursor <= after { // a read begins with the place itself
				continue
			}
			after = r.Cursor
			if !yield(r) {
				break
			}
		}
		return nil
	})
}

// placeAt is a cursor as the protocol has it.
func placeAt(c eventstore.Cursor) esdb.AllPosition {
	if c == 0 {
		return esdb.Start{}
	}
	return esdb.Position{Commit: uint64(c), Prepare: uint64(c)}
}

// resumed yields what read finds. Where the connection is lost between two records, read is called again and goes on behind the last.
func (l *Log) resumed(
	ctx context.Context, what string, read func(time.Duration, func(eventstore.Record) bool) error,
) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		ended := false
		err := l.try(ctx, func(patience time.Duration) (gotOn bool, err error) {
			err = read(patience, func(r eventstore.Record) bool {
				gotOn = true
				if ctx.Err() != nil {
					return false
				}
				ended = !yield(r, nil)
				return !ended
			})
			if err == nil && !ended {
				err = ctx.Err()
			}
			return gotOn, err
		})
		switch {
		case ended || err == nil:
		case ctx.Err() != nil:
			yield(eventstore.Record{}, ctx.Err())
		default:
			yield(eventstore.Record{}, fmt.Errorf("%s: %w", what, err))
		}
	}
}

// recordAt is one record of a stream, the zero record where there is none.
func recordAt(
	ctx context.Context, c *esdb.Client, stream string, way esdb.Direction, from esdb.StreamPosition,
) (eventstore.Record, error) {
	s, err := c.ReadStream(ctx, stream, esdb.ReadStreamOptions{Direction: way, From: from}, 1)
	for r, err := range records(s, err) {
		return r, err
	}
	return eventstore.Record{}, nil
}

// ahead is how many records are received before they are asked for.
const ahead = 256

// received yields what a read receives, while its context lasts and one record comes within patience after the other.
func (l *Log) received(
	ctx context.Context, patience time.Duration, open func(context.Context, *esdb.Client) (*esdb.ReadStream, error),
) iter.Seq2[eventstore.Record, error] {
	type item struct {
		record eventstore.Record
		err    error
	}
	return func(yield func(eventstore.Record, error) bool) {
		c, done, err := l.connected()
		if err != nil {
			yield(eventstore.Record{}, err)
			return
		}
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		items := make(chan item, ahead)
		go func() {
			defer done()
			defer close(items)
			s, err := open(ctx, c)
			for r, err := range records(s, err) {
				select {
				case items <- item{r, err}:
				case <-ctx.Done():
					return
				}
			}
		}()
		away := time.NewTimer(patience)
		defer away.Stop()
		for {
			select {
			case i, more := <-items:
				if !more || !yield(i.record, i.err) || i.err != nil {
					return
				}
			case <-ctx.Done():
				yield(eventstore.Record{}, ctx.Err())
				return
			case <-away.C:
				yield(eventstore.Record{}, errAway)
				return
			}
			away.Reset(l.patience) // who asks may have taken its time
		}
	}
}

// records yields what a read of the client receives, and ends it when its caller has enough. A stream that is not there is empty.
func records(s *esdb.ReadStream, err error) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		if err == nil {
			defer s.Close()
		}
		for err == nil {
			var e *esdb.ResolvedEvent
			if e, err = s.Recv(); err != nil {
				break
			}
			if r := e.OriginalEvent(); !ofServer(r) && !yield(recordOf(r), nil) {
				return
			}
		}
		if !errors.Is(err, io.EOF) && !is(err, esdb.ErrorCodeResourceNotFound) {
			yield(eventstore.Record{}, err)
		}
	}
}

// ofServer reports whether an event is the server's own.
func ofServer(e *esdb.RecordedEvent) bool {
	return strings.HasPrefix(e.StreamID, "$") || strings.HasPrefix(e.EventType, "$")
}

func recordOf(e *esdb.RecordedEvent) eventstore.Record {
	r := eventstore.Record{
		Event:  eventstore.Event{ID: e.EventID, Type: e.EventType, Metadata: e.UserMetadata, Data: e.Data},
		Stream: e.StreamID, Revision: eventstore.Revision(e.EventNumber + 1), Cursor: eventstore.Cursor(e.Position.Commit),
	}
	r.Commitment = eventstore.Commit(r.Stream, r.Revision, r.Event)
	return r
}
