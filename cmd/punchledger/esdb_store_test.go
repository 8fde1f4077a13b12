package main

import (
	"context"
	"errors"
	"io"
	"iter"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/esdb"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/storetest"
)

// throughProtocol is a log behind the EventStoreDB protocol, seen through the official client: for proving that the protocol keeps the
// promises of a log, whatever lies behind it.
type throughProtocol struct {
	db *client.Client
	// The protocol does not say whether an append had been made before: it is made alone in its stream, and looked at before.
	alone *sync.Map
}

var _ eventstore.Store = throughProtocol{}

// overSQLite serves a log in a file over the protocol.
func overSQLite(t *testing.T) throughProtocol {
	t.Helper()
	log, err := sqlite.OpenLog(filepath.Join(t.TempDir(), servedLogFile), sqlite.LogOptions{MaxAppendBytes: esdb.StoreBytes})
	require.NoError(t, err)
	server, err := esdb.New(esdb.Options{Log: esdb.FromStore(log, ledger.Owns, time.Now), Owns: ledger.Owns, Now: time.Now})
	require.NoError(t, err)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background()) //nolint:usetesting // the server outlives the test's context until it is stopped
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, errors.Join(<-ended, log.Close()))
	})
	return throughProtocol{official(t, "esdb://"+l.Addr().String()+"?tls=false"), new(sync.Map)}
}

func (p throughProtocol) Append(
	ctx context.Context, stream string, expected eventstore.Revision, events ...eventstore.Event,
) (eventstore.Place, error) {
	if err := ctx.Err(); err != nil {
		return eventstore.Place{}, err
	}
	opts := client.AppendToStreamOptions{ExpectedRevision: client.NoStream{}}
	if expected > 0 {
		opts.ExpectedRevision = client.Revision(uint64(expected) - 1)
	}
	if len(events) == 0 {
		return p.end(ctx, stream)
	}
	var out []client.EventData
	for _, e := range events {
		out = append(out, client.EventData{
			EventID: e.ID, EventType: e.Type, ContentType: client.ContentTypeJson, Data: e.Data, Metadata: e.Metadata,
		})
	}
	lock, _ := p.alone.LoadOrStore(stream, new(sync.Mutex))
	lock.(*sync.Mutex).Lock()
	defer lock.(*sync.Mutex).Unlock()
	before, err := p.end(ctx, stream)
	if err != nil {
		return eventstore.Place{}, err
	}
	result, err := p.db.AppendToStream(ctx, stream, opts, out...)
	if err != nil {
		return eventstore.Place{}, p.refused(ctx, stream, expected, events, err)
	}
	last := eventstore.Revision(result.NextExpectedVersion + 1)
	return eventstore.Place{
		Revision: last, Cursor: eventstore.Cursor(result.CommitPosition),
		Commitment: eventstore.Commit(stream, last, events[len(events)-1]), Repeated: last <= before.Revision,
	}, nil
}

func (p throughProtocol) refused(
	ctx context.Context, stream string, expected eventstore.Revision, events []eventstore.Event, err error,
) error {
	var known *client.Error
	switch {
	case errors.As(err, &known) && known.Code() == client.ErrorCodeWrongExpectedVersion:
		now, readErr := p.end(ctx, stream)
		return errors.Join(&eventstore.ConflictError{Stream: stream, Expected: expected, Actual: now.Revision}, readErr)
	case strings.Contains(err.Error(), "an append has at most"):
		return &eventstore.TooLargeError{Stream: stream, Bytes: eventstore.Size(events)}
	}
	return err
}

// end returns the place of the last event of a stream.
func (p throughProtocol) end(ctx context.Context, stream string) (eventstore.Place, error) {
	opts := client.ReadStreamOptions{From: client.End{}, Direction: client.Backwards}
	for r, err := range p.read(ctx, func() (*client.ReadStream, error) { return p.db.ReadStream(ctx, stream, opts, 1) }) {
		return eventstore.Place{Revision: r.Revision, Cursor: r.Cursor, Commitment: r.Commitment}, err
	}
	return eventstore.Place{}, nil
}

func (p throughProtocol) read(ctx context.Context, open func() (*client.ReadStream, error)) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		in, err := open()
		if err != nil {
			yield(eventstore.Record{}, errors.Join(err, ctx.Err()))
			return
		}
		defer in.Close()
		for {
			e, err := in.Recv()
			if known, ok := client.FromError(err); !ok && known.Code() == client.ErrorCodeResourceNotFound || errors.Is(err, io.EOF) {
				return
			}
			if ctx.Err() != nil {
				yield(eventstore.Record{}, ctx.Err())
				return
			}
			if err != nil {
				yield(eventstore.Record{}, err)
				return
			}
			o := e.OriginalEvent()
			r := eventstore.Record{
				Event:  eventstore.Event{ID: o.EventID, Type: o.EventType, Metadata: o.UserMetadata, Data: o.Data},
				Stream: o.StreamID, Revision: eventstore.Revision(o.EventNumber + 1), Cursor: eventstore.Cursor(o.Position.Commit),
			}
			r.Commitment = eventstore.Commit(r.Stream, r.Revision, r.Event)
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (p throughProtocol) ReadStream(
	ctx context.Context, stream string, after eventstore.Revision,
) iter.Seq2[eventstore.Record, error] {
	return p.read(ctx, func() (*client.ReadStream, error) {
		return p.db.ReadStream(ctx, stream, client.ReadStreamOptions{From: client.Revision(uint64(after))}, 1<<40)
	})
}

func (p throughProtocol) ReadAll(ctx context.Context, after eventstore.Cursor) iter.Seq2[eventstore.Record, error] {
	return p.read(ctx, func() (*client.ReadStream, error) {
		at := client.Position{Commit: uint64(after) + 1, Prepare: uint64(after) + 1}
		return p.db.ReadAll(ctx, client.ReadAllOptions{From: at}, 1<<40)
	})
}

func (p throughProtocol) Head(ctx context.Context) (eventstore.Cursor, error) {
	opts := client.ReadAllOptions{From: client.End{}, Direction: client.Backwards}
	for r, err := range p.read(ctx, func() (*client.ReadStream, error) { return p.db.ReadAll(ctx, opts, 1) }) {
		return r.Cursor, err
	}
	return 0, nil
}

func (p throughProtocol) Wait(ctx context.Context, after eventstore.Cursor) error {
	sub, err := p.db.SubscribeToAll(ctx, client.SubscribeToAllOptions{From: client.Position{Commit: uint64(after), Prepare: uint64(after)}})
	if err != nil {
		return errors.Join(ctx.Err(), err)
	}
	defer sub.Close()
	for {
		e := sub.Recv()
		switch {
		case e.EventAppeared != nil:
			return nil
		case e.SubscriptionDropped != nil:
			return errors.Join(ctx.Err(), e.SubscriptionDropped.Error)
		}
	}
}

func TestTheProtocolKeepsThePromisesOfALog(t *testing.T) {
	storetest.Run(t, func(t *testing.T) eventstore.Store { t.Helper(); return overSQLite(t) })
}
