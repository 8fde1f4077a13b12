package ledger

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
)

// upload is a batch on its way into the ledger.
type upload struct {
	in      *Intake
	handed  Handed
	batch   timecard.Batch
	device  place.DeviceState
	answers []Answer
	links   []timecard.Link
	asks    []timecard.RecordPunch
	order   []int                      // of the items that can be read, by order number
	groups  map[string][]int           // items to record, by timecard
	found   map[string]map[string]bool // punches that were recorded before, by timecard
	where   []string                   // timecard of each item
	seen    map[string]string          // id -> hash, of this batch
	tickets map[string]*timecard.Ticket
}

// Batch takes in what a device kept, in any order: 1 to 5000 punches, each with its own answer, in the order of the batch. Those of
// one timecard are recorded together. The same batch again gives the same receipts.
func (in *Intake) Batch(ctx context.Context, h Handed, b timecard.Batch) ([]Answer, error) {
	n := len(b.Items)
	u := &upload{
		in: in, handed: h, batch: b, answers: make([]Answer, n), links: make([]timecard.Link, n), asks: make([]timecard.RecordPunch, n),
		where: make([]string, n), groups: map[string][]int{}, found: map[string]map[string]bool{}, seen: map[string]string{},
		tickets: map[string]*timecard.Ticket{},
	}
	device := ""
	for i := range b.Items {
		it := &b.Items[i]
		u.answers[i].Punch, u.answers[i].Err = it.ID, it.Err
		switch {
		case it.Err != nil:
			continue
		case device == "":
			device = it.Body.Device
		case it.Body.Device != device:
			u.answers[i].Err = domain.NewError(domain.Invalid, "other_device", "device", it.Body.Device, "first", device)
			continue
		}
		u.order = append(u.order, i)
	}
	if device == "" {
		return u.answers, nil
	}
	slices.SortStableFunc(u.order, func(i, j int) int { return cmp.Compare(b.Items[i].N, b.Items[j].N) })
	defer in.turns.take([]string{device})()
	if err := in.ledger.dir.CatchUp(ctx); err != nil {
		return nil, err
	}
	u.device = in.ledger.dir.Device(device)
	before := in.ledger.dir.Head(device)
	if err := u.sort(ctx, before); err != nil {
		return nil, err
	}
	for _, stream := range slices.Sorted(maps.Keys(u.groups)) {
		u.record(ctx, u.groups[stream])
	}
	if err := u.receipts(ctx); err != nil {
		return nil, err
	}
	return u.answers, u.finish(ctx, before)
}

// sort finds out what every punch is: one that was recorded before, one that is refused, or one to record on a timecard.
func (u *upload) sort(ctx context.Context, head timecard.Head) error {
	for _, i := range u.order {
		s := &u.batch.Items[i].Signed
		if hash, twice := u.seen[s.ID]; twice {
			if u.answers[i].Repeated = hash == s.Hash; !u.answers[i].Repeated {
				u.answers[i].Err = domain.NewError(domain.Conflict, "idempotency_conflict", "id", s.ID)
			}
			continue
		}
		r, err := u.in.receiving(ctx, u.handed, s, head, u.tickets)
		if err != nil {
			return err
		}
		if u.answers[i].Err = s.Belongs(&r); u.answers[i].Err != nil {
			continue
		}
		if !head.Follows(s) {
			stream, err := u.in.ledger.whereRecorded(ctx, s, r.ReceivedAt)
			if err != nil {
				u.answers[i].Err = err
				continue
			}
			if stream != "" {
				u.answers[i].Repeated = true
				u.expect(i, stream)
				continue
			}
		}
		r.Batch, r.Line = u.batch.ID, i+1
		r.Passkey = u.in.checked(ctx, s, r.Device)
		c, link, err := s.Command(r)
		if err != nil {
			u.answers[i].Err = err
			continue
		}
		u.seen[s.ID] = s.Hash
		u.asks[i], u.links[i] = c, link
		u.answers[i].Punch = c.Details.Punch
		u.expect(i, c.Stream())
		u.groups[c.Stream()] = append(u.groups[c.Stream()], i)
		if c.Details.DeviceSeq > 0 {
			head = u.in.next(head, s, r.Device, link, c.Details.OffsetMS)
		}
	}
	return nil
}

// expect notes that a punch is or will be on a timecard.
func (u *upload) expect(i int, stream string) {
	u.where[i] = stream
	if u.found[stream] == nil {
		u.found[stream] = map[string]bool{}
	}
	u.found[stream][u.answers[i].Punch] = true
}

// What one append may hold: it must stay below the limit of every log.
const (
	appendPunches = 250
	appendBytes   = 500 << 10
)

// record appends the punches of one timecard, in as few appends as may be.
func (u *upload) record(ctx context.Context, items []int) {
	for len(items) > 0 {
		n, size := 0, 0
		for n < len(items) && n < appendPunches {
			if size += sizeOf(&u.asks[items[n]].Details); n > 0 && size > appendBytes {
				break
			}
			n++
		}
		u.append(ctx, items[:n])
		items = items[n:]
	}
}

// sizeOf is about how many bytes a punch has in the log.
func sizeOf(d *timecard.PunchDetails) int {
	n := 1600 + len(d.Signed) + len(d.Signature)
	for _, s := range []domain.Secret{d.Sealed.Location, d.Sealed.Network, d.Sealed.Photo, d.Sealed.Note} {
		if !s.IsZero() {
			n += 200 + len(s.Clear)*4/3
		}
	}
	if p := d.Passkey; p != nil {
		n += len(p.AuthData) + len(p.ClientData) + len(p.Credential) + len(p.Signature)
	}
	return n
}

func (u *upload) append(ctx context.Context, items []int) {
	c := timecard.RecordPunches{}
	sum := sha256.New()
	for _, i := range items {
		c.Punches = append(c.Punches, u.asks[i])
		fmt.Fprintln(sum, u.asks[i].Details.Punch, u.asks[i].Details.Hash)
	}
	id := "upload." + hex.EncodeToString(sum.Sum(nil)[:16])
	_, err := u.in.ledger.Do(ctx, Request{ID: id, Command: c, Actor: u.handed.Actor, Correlation: u.batch.ID})
	for _, i := range items {
		u.answers[i].Err = err
	}
}

// receipts reads back what became of every punch, each timecard once.
func (u *upload) receipts(ctx context.Context) error {
	for stream, ids := range u.found {
		got, err := u.in.ledger.receipts(ctx, stream, ids)
		if err != nil {
			return err
		}
		for i := range u.answers {
			a := &u.answers[i]
			if r, ok := got[a.Punch]; ok && a.Err == nil && u.where[i] == stream {
				if r.Signed != u.batch.Items[i].Hash { // an id of a punch that came before under another order number
					a.Err = domain.NewError(domain.Conflict, "idempotency_conflict", "id", a.Punch)
					continue
				}
				a.Receipt, a.Repeated = r, a.Repeated || r.ReceivedAt != u.asks[i].Details.ReceivedAt
				*a = u.in.signed(*a)
			}
		}
	}
	for i := range u.answers { // a punch that stands in the batch twice has the receipt of its first time
		a := &u.answers[i]
		if !a.Repeated || a.Note != "" || a.Err != nil {
			continue
		}
		for j := range u.answers {
			if o := &u.answers[j]; o.Punch == a.Punch && o.Note != "" {
				a.Receipt, a.Note = o.Receipt, o.Note
			}
		}
	}
	return nil
}

// finish moves the head of the chain over what was recorded, and records the upload itself.
func (u *upload) finish(ctx context.Context, head timecard.Head) error {
	c := place.ReceiveOfflineBatch{
		Batch: u.batch.ID, Device: u.device.ID, ReceivedAt: domain.InstantOf(u.in.ledger.Now()), Counts: map[string]int{},
	}
	for _, i := range u.order {
		s, a := &u.batch.Items[i].Signed, &u.answers[i]
		if a.Err != nil {
			c.Counts["refused"]++
			continue
		}
		if a.Repeated {
			c.Counts["repeated"]++
			continue
		}
		c.Counts[a.Receipt.Outcome]++
		if u.asks[i].Details.DeviceSeq == 0 {
			continue
		}
		head = u.in.next(head, s, u.device, u.links[i], u.asks[i].Details.OffsetMS)
		if c.SeqFrom == 0 {
			c.SeqFrom = s.N
		}
		c.SeqTo, c.ChainHead = s.N, s.Hash
		c.Count++
	}
	if c.Count == 0 { // nothing new that a device signed
		return nil
	}
	u.in.ledger.dir.advance(u.device.ID, head)
	for _, g := range head.Missing() {
		if g.To >= c.SeqFrom && g.From <= c.SeqTo {
			c.Gaps = append(c.Gaps, place.SeqRange{From: g.From, To: g.To})
		}
	}
	_, err := u.in.ledger.Do(ctx, Request{ID: "received." + u.batch.ID, Command: c, Actor: u.handed.Actor, Correlation: u.batch.ID})
	return err
}
