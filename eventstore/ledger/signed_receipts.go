package ledger

import (
	"context"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
)

// tip returns the last event that this process has seen: what a ticket names.
func (l *Ledger) tip() (eventstore.Position, eventstore.Commitment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tipPosition, l.tipCommitment
}

// Position is the last event that this process has read or written.
func (l *Ledger) Position() eventstore.Position {
	p, _ := l.tip()
	return p
}

// reached notes where an append ended.
func (l *Ledger) reached(p eventstore.Position, c eventstore.Commitment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p >= l.tipPosition {
		l.tipPosition, l.tipCommitment = p, c
	}
}

// receipt returns what is said of a punch that was recorded alone.
func (in *Intake) receipt(e domain.Event, r Receipt) timecard.Receipt {
	punch, _ := e.(timecard.Event)
	out, _ := timecard.ReceiptOf(punch)
	out.Origin, out.Stream = in.ledger.dir.Org().Origin, r.Stream
	out.Revision, out.Position, out.Event = uint64(r.Revision), uint64(r.Position), r.Commitment.String()
	return out
}

// signed puts the note of a receipt into an answer.
func (in *Intake) signed(a Answer) Answer {
	note, err := in.notary.Sign(a.Receipt.Text())
	if err != nil {
		a.Err = err
		return a
	}
	a.Note = note
	return a
}

// again answers a punch that was recorded before.
func (in *Intake) again(a Answer, found timecard.Receipt, err error) Answer {
	if err != nil {
		a.Err = err
		return a
	}
	a.Repeated, a.Receipt = true, found
	return in.signed(a)
}

// ReceiptOn gives the receipt of a punch of a timecard again, as it was given first.
func (in *Intake) ReceiptOn(ctx context.Context, card timecard.Card, punch string) (Answer, error) {
	found, err := in.ledger.receipts(ctx, card.Stream(), map[string]bool{punch: true})
	if err != nil {
		return Answer{}, err
	}
	r, ok := found[punch]
	if !ok {
		return Answer{}, domain.NewError(domain.NotFound, "unknown_punch", "punch", punch)
	}
	a := in.signed(Answer{Punch: punch, Repeated: true, Receipt: r})
	return a, a.Err
}

// Receipt gives the receipt of a punch again, as it was given first. Near is an instant within 36 hours of when it was made.
func (in *Intake) Receipt(ctx context.Context, emp, punch string, near domain.Instant) (Answer, error) {
	for _, stream := range cardsNear(emp, near) {
		found, err := in.ledger.receipts(ctx, stream, map[string]bool{punch: true})
		if err != nil {
			return Answer{}, err
		}
		if r, ok := found[punch]; ok {
			a := in.signed(Answer{Punch: punch, Repeated: true, Receipt: r})
			return a, a.Err
		}
	}
	return Answer{}, domain.NewError(domain.NotFound, "unknown_punch", "punch", punch)
}

// recorded looks for a signed punch where it may have been recorded: near the time that its clock told, near now, and near the time
// that it was sent with. One with its id and other bytes is idempotency_conflict.
func (l *Ledger) recorded(ctx context.Context, s *timecard.Signed, now domain.Instant) (timecard.Receipt, bool, error) {
	stream, err := l.whereRecorded(ctx, s, now)
	if stream == "" || err != nil {
		return timecard.Receipt{}, false, err
	}
	found, err := l.receipts(ctx, stream, map[string]bool{s.ID: true})
	r, ok := found[s.ID]
	return r, ok, err
}

// whereRecorded returns the stream that holds a signed punch, or nothing.
func (l *Ledger) whereRecorded(ctx context.Context, s *timecard.Signed, now domain.Instant) (string, error) {
	var streams []string
	for _, at := range s.Times(now) {
		streams = append(streams, cardsNear(s.Emp, at)...)
	}
	defer l.turns.take(streams)()
	looked := map[string]bool{}
	for _, stream := range streams {
		if looked[stream] {
			continue
		}
		looked[stream] = true
		f, err := l.load(ctx, kinds[timecard.Category], stream)
		if err != nil {
			return "", err
		}
		state, _ := f.state.(timecard.State)
		p := state.Punch(s.ID)
		if p == nil {
			continue
		}
		if p.Hash != s.Hash {
			return "", domain.NewError(domain.Conflict, "idempotency_conflict", "id", s.ID)
		}
		return stream, nil
	}
	return "", nil
}

// cardsNear returns the streams that may hold a punch made within 36 hours of an instant.
func cardsNear(emp string, at domain.Instant) []string {
	var out []string
	for _, near := range []domain.Instant{at, at - timecard.MaxRetime.Instant(), at + timecard.MaxRetime.Instant()} {
		if near > 0 {
			out = append(out, timecard.CardAt(emp, near).Stream())
		}
	}
	return out
}

// receipts reads the receipts of punches from a timecard, by id.
func (l *Ledger) receipts(ctx context.Context, stream string, ids map[string]bool) (map[string]timecard.Receipt, error) {
	out := make(map[string]timecard.Receipt, len(ids))
	for rec, err := range l.store.ReadStream(ctx, stream, 0) {
		if err != nil {
			return nil, err
		}
		d, err := l.codec.DecodeRecord(rec)
		if err != nil {
			return nil, err
		}
		e, ok := d.Event.(timecard.Event)
		if !ok {
			continue
		}
		if later, ok := e.(timecard.PunchIdentified); ok {
			if r, ok := out[later.Punch]; ok {
				r.Assurance, r.Passkey = later.Assurance, &later.Check
				out[later.Punch] = r
			}
			continue
		}
		r, ok := timecard.ReceiptOf(e)
		if !ok || !ids[r.Punch] {
			continue
		}
		if _, first := out[r.Punch]; first {
			continue
		}
		r.Origin, r.Stream, r.Event = l.dir.Org().Origin, stream, rec.Commitment.String()
		r.Revision, r.Position = uint64(rec.Revision), uint64(rec.Position)
		out[r.Punch] = r
	}
	return out, nil
}
