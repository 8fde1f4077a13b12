package esdb

import (
	"context"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
)

// A subscription is one loop that reads on from where it stands and then waits, so that there is no hand-over between history and
// news at which an event could be lost or sent twice. A slow reader only falls behind.

// farBehind is after how many records in one go a subscription says again that it has caught up.
const farBehind = 1024

func confirm(out sender) error {
	return out.Send(&streams.ReadResp{Content: &streams.ReadResp_Confirmation{
		Confirmation: &streams.ReadResp_SubscriptionConfirmation{SubscriptionId: uuid.NewString()},
	}})
}

func caughtUp(out sender) error {
	return out.Send(&streams.ReadResp{Content: &streams.ReadResp_CaughtUp_{CaughtUp: &streams.ReadResp_CaughtUp{}}})
}

// followAll sends what comes after a position, and then what is appended.
func (s *Server) followAll(ctx context.Context, r reading, out sender) error {
	if err := mayReadAll(ctx); err != nil {
		return err
	}
	next := uint64(0) // the position to read from
	switch {
	case r.from.end:
		head, err := s.opts.Log.Head(ctx)
		if err != nil {
			return err
		}
		next = head + 1
	case !r.from.start && r.from.at < End:
		next = r.from.at + 1
	case !r.from.start:
		return badRequest("a subscription begins after a position of the log")
	}
	if err := confirm(out); err != nil {
		return err
	}
	marks := checkpoints{filter: r.filter, out: out}
	for live := false; ; live = true {
		read := 0
		for rec, err := range s.opts.Log.ReadAll(ctx, Range{At: next}) {
			if err != nil {
				return err
			}
			next = rec.Position + 1
			read++
			if r.filter == nil || r.filter.wants(&rec) {
				if err := s.send(ctx, r, &rec, out); err != nil {
					return err
				}
			}
			if err := marks.passed(rec.Position); err != nil {
				return err
			}
		}
		if !live || read > farBehind {
			if err := marks.atEnd(); err != nil {
				return err
			}
			if err := caughtUp(out); err != nil {
				return err
			}
		}
		if err := s.opts.Log.Wait(ctx, max(next, 1)-1); err != nil {
			return err
		}
	}
}

// checkpoints tells a reader who filters how far the log was looked through, so that it need not begin again where it last saw
// something.
type checkpoints struct {
	filter *filter
	out    sender
	since  uint64 // records since the last one
	last   uint64 // position looked at
	sent   uint64
}

// passed counts a record.
func (c *checkpoints) passed(position uint64) error {
	if c.filter == nil {
		return nil
	}
	c.last = position
	if c.since++; c.since < c.filter.interval {
		return nil
	}
	return c.send()
}

// atEnd marks the end of the log, as it was reached.
func (c *checkpoints) atEnd() error {
	if c.filter == nil || c.last <= c.sent {
		return nil
	}
	return c.send()
}

func (c *checkpoints) send() error {
	c.since, c.sent = 0, c.last
	return c.out.Send(&streams.ReadResp{Content: &streams.ReadResp_Checkpoint_{
		Checkpoint: &streams.ReadResp_Checkpoint{CommitPosition: c.last, PreparePosition: c.last},
	}})
}

// followStream sends the events of a stream after a revision, and then those that are appended to it.
func (s *Server) followStream(ctx context.Context, r reading, out sender) error {
	t, err := s.load(ctx, r.stream)
	if err != nil {
		return err
	}
	if err := mayRead(ctx, r.stream, t.rules.acl); err != nil {
		return err
	}
	if t.tombstoned {
		return streamDeleted(r.stream)
	}
	at := reading{stream: r.stream}
	switch {
	case r.from.end:
		at.from.at = t.next
	case !r.from.start && r.from.at < End:
		at.from.at = r.from.at + 1
	case !r.from.start:
		return badRequest("a subscription begins after a revision of the stream")
	}
	if err := confirm(out); err != nil {
		return err
	}
	for live := false; ; live = true {
		// The head is read before the stream: what is appended in between ends the wait below at once.
		head, err := s.opts.Log.Head(ctx)
		if err != nil {
			return err
		}
		if live {
			if t, err = s.load(ctx, r.stream); err != nil {
				return err
			}
		}
		read, err := s.sendOn(ctx, r, &at, t, out)
		if err != nil {
			return err
		}
		if !live || read > farBehind {
			if err := caughtUp(out); err != nil {
				return err
			}
		}
		if err := s.opts.Log.Wait(ctx, head); err != nil {
			return err
		}
	}
}

// sendOn sends what a stream has now and moves at behind it.
func (s *Server) sendOn(ctx context.Context, r reading, at *reading, t *tail, out sender) (int, error) {
	if at.from.at >= t.next {
		return 0, nil
	}
	read := 0
	for rec, err := range s.kept(ctx, *at, t) {
		if err != nil {
			return read, err
		}
		if rec.Type == typeDeleted {
			return read, streamDeleted(r.stream)
		}
		if err := s.send(ctx, r, &rec, out); err != nil {
			return read, err
		}
		at.from.at = rec.Revision + 1
		read++
	}
	at.from.at = max(at.from.at, t.next) // what the stream's rules no longer show was passed too
	return read, nil
}
