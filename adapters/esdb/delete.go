package esdb

import (
	"context"
	"errors"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"

	"github.com/punchledger/punchledger/eventstore"
)

// Delete implements the protocol: what the stream holds is no longer shown; whoever appends begins it anew where it ended.
func (v *streamsService) Delete(ctx context.Context, req *streams.DeleteReq) (*streams.DeleteResp, error) {
	options := req.GetOptions()
	stream, err := parseStream(options.GetStreamIdentifier())
	if err != nil {
		return nil, err
	}
	e, err := expects(options.GetExpectedStreamRevision())
	if err != nil {
		return nil, err
	}
	p, err := v.s.remove(ctx, stream, e, func(t *tail) (Place, error) {
		if t.rules.deleted() {
			return Place{}, streamDeleted(stream)
		}
		return v.s.writeRules(ctx, stream, t.rules.with(forever))
	})
	if err != nil {
		return nil, err
	}
	return &streams.DeleteResp{PositionOption: &streams.DeleteResp_Position_{
		Position: &streams.DeleteResp_Position{CommitPosition: p.Position, PreparePosition: p.Position},
	}}, nil
}

// Tombstone implements the protocol: the stream is closed for ever.
func (v *streamsService) Tombstone(ctx context.Context, req *streams.TombstoneReq) (*streams.TombstoneResp, error) {
	options := req.GetOptions()
	stream, err := parseStream(options.GetStreamIdentifier())
	if err != nil {
		return nil, err
	}
	e, err := expects(options.GetExpectedStreamRevision())
	if err != nil {
		return nil, err
	}
	p, err := v.s.remove(ctx, stream, e, func(t *tail) (Place, error) {
		return v.s.opts.Log.Append(ctx, stream, t.next, []Proposed{{
			Event: eventstore.Event{ID: uuid.New(), Type: typeDeleted}, JSON: true,
		}})
	})
	if err != nil {
		return nil, err
	}
	return &streams.TombstoneResp{PositionOption: &streams.TombstoneResp_Position_{
		Position: &streams.TombstoneResp_Position{CommitPosition: p.Position, PreparePosition: p.Position},
	}}, nil
}

// remove carries out a deletion of a stream that is what the caller expects.
func (s *Server) remove(ctx context.Context, stream string, e expectation, carryOut func(*tail) (Place, error)) (Place, error) {
	if _, isMeta := metaOf(stream); isMeta {
		return Place{}, badRequest("%s cannot be deleted: set other metadata", stream)
	}
	defer s.locks.lock(stream)()
	for try := 0; ; try++ {
		p, err := s.removeOnce(ctx, stream, e, carryOut)
		if try == appendRetries || !errors.As(err, new(*eventstore.ConflictError)) {
			return p, err
		}
	}
}

func (s *Server) removeOnce(ctx context.Context, stream string, e expectation, carryOut func(*tail) (Place, error)) (Place, error) {
	s.tails.drop(stream)
	t, err := s.load(ctx, stream)
	if err != nil {
		return Place{}, err
	}
	if err := s.mayDelete(ctx, stream, t.rules.acl); err != nil {
		return Place{}, err
	}
	if t.tombstoned {
		return Place{}, streamDeleted(stream)
	}
	fits := true
	switch e.kind {
	case noStream, atRevision:
		fits = e.at(t.next)
	case streamExists:
		fits = t.next > 0
	}
	if !fits {
		return Place{}, wrongVersionFault(stream, &wrongVersion{expected: e, next: t.next})
	}
	return carryOut(t)
}
