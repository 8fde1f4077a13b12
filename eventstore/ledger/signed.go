package ledger

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
)

// Notary signs texts as the ledger and opens what it signed; eventstore/seal is the one that is shipped.
type Notary interface {
	Sign(text string) (note string, err error)
	Open(note string) (text string, err error)
}

// Passkeys says what a passkey's word over the punch with a hash is worth. An error says that it cannot be told now; the punch is
// recorded all the same, and its passkey may be verified later.
type Passkeys func(ctx context.Context, emp string, a timecard.Assertion, hash string) (timecard.PasskeyCheck, error)

// Intake takes signed punches in: it verifies them, finds their time and their place in the device's chain, has them recorded and
// gives receipts. Punches of one device take their turns; those of different devices do not wait for each other.
type Intake struct {
	ledger   *Ledger
	notary   Notary
	passkeys Passkeys
	persons  Persons
	turns    turns
}

// NewIntake returns the intake of a ledger. Without passkeys no assertion proves anything yet.
func NewIntake(l *Ledger, notary Notary, passkeys Passkeys) *Intake {
	return &Intake{ledger: l, notary: notary, passkeys: passkeys}
}

// Handed is who handed punches in and how: as what the events name them, what was authenticated, and the network that they came
// from, which is sealed.
type Handed struct {
	Actor   domain.Actor
	Sender  timecard.Sender
	Network domain.Secret
}

// Answer says what became of one punch. Outcome is accepted, held or rejected; Repeated that it had been recorded before, and then
// this is the first receipt again. With an Err nothing was recorded: the punch is refused, or the ledger failed.
type Answer struct {
	Punch    string
	Repeated bool
	Err      error
	Receipt  timecard.Receipt
	Note     string // the receipt as a signed note
}

// Punch takes in one punch. Answer.Err is a *domain.Error when the punch makes no sense, as in Do.
func (in *Intake) Punch(ctx context.Context, h Handed, s timecard.Signed) Answer {
	defer in.turns.take([]string{s.Body.Device})()
	head := in.ledger.dir.Head(s.Body.Device)
	out := Answer{Punch: s.ID}
	r, err := in.receiving(ctx, h, &s, head, nil)
	if err == nil {
		err = s.Belongs(&r) // also before a receipt is given again: it is for those only whose punch it is
	}
	if err != nil {
		out.Err = err
		return out
	}
	if !head.Follows(&s) {
		if found, ok, err := in.ledger.recorded(ctx, &s, r.ReceivedAt); ok || err != nil {
			return in.again(out, found, err)
		}
	}
	r.Passkey = in.checked(ctx, &s, r.Device)
	c, link, err := s.Command(r)
	if err != nil {
		out.Err = err
		return out
	}
	out.Punch = c.Details.Punch
	receipt, err := in.ledger.Do(ctx, Request{ID: c.Details.Punch, Command: c, Actor: h.Actor})
	switch {
	case err != nil:
		out.Err = err
		return out
	case len(receipt.Events) == 0: // recorded before, with others
		found, ok, err := in.ledger.recorded(ctx, &s, r.ReceivedAt)
		if !ok && err == nil {
			err = domain.NewError(domain.Conflict, "idempotency_conflict", "id", c.Details.Punch)
		}
		return in.again(out, found, err)
	}
	out.Repeated = receipt.Repeated
	if !receipt.Repeated && c.Details.DeviceSeq > 0 {
		in.ledger.dir.advance(s.Body.Device, in.next(head, &s, r.Device, link, c.Details.OffsetMS))
	}
	out.Receipt = in.receipt(receipt.Events[0].Event, receipt)
	return in.signed(out)
}

// next returns the head of a device after a punch; one that has the number of another does not move it.
func (in *Intake) next(head timecard.Head, s *timecard.Signed, d place.DeviceState, link timecard.Link, offsetMS int64) timecard.Head {
	key, _ := d.KeyFor(s.N)
	return head.Next(s, key.FromN, link, offsetMS)
}

// receiving gathers all that decides about a signed punch. Tickets that were opened already are remembered.
func (in *Intake) receiving(
	ctx context.Context, h Handed, s *timecard.Signed, head timecard.Head, opened map[string]*timecard.Ticket,
) (timecard.Receiving, error) {
	if err := in.ledger.dir.CatchUp(ctx); err != nil {
		return timecard.Receiving{}, err
	}
	d := in.ledger.dir
	now := domain.InstantOf(in.ledger.Now())
	r := timecard.Receiving{
		Origin: d.Org().Origin, Device: d.Device(s.Body.Device), Head: head, ReceivedAt: now, Sender: h.Sender,
		Unconfirmed: d.unconfirmed(), UploadUntil: d.UploadUntil(s.Emp, now),
	}
	var err error
	if r.Network, err = h.networkOf(s); err != nil {
		return r, err
	}
	if s.Ticket != "" {
		t, known := opened[s.Ticket]
		if !known {
			t = in.openTicket(s.Ticket)
			if opened != nil {
				opened[s.Ticket] = t
			}
		}
		if t != nil && t.Origin == r.Origin && t.Device == s.Body.Device && (t.Emp == s.Emp || t.Emp == "") {
			r.Ticket = t
		} else {
			r.BadTicket = true
		}
	}
	if r.Person, err = in.presence(ctx, s, r.Device); err != nil {
		return r, err
	}
	return r, nil
}

// networkOf adds to the address that the server saw what the device signed of its network, and the code of a site that it saw.
func (h *Handed) networkOf(s *timecard.Signed) (domain.Secret, error) {
	p := &s.PlaceClaim
	if p.WiFi == "" && p.Code == "" || timecard.Hash(s.PlaceBytes) != s.Place {
		return h.Network, nil
	}
	var n place.Network
	if !h.Network.IsZero() {
		var err error
		if n, err = place.ParseNetwork(h.Network.Clear); err != nil {
			return domain.Secret{}, err
		}
	}
	n.BSSID = p.WiFi
	if p.Code != "" {
		n.SiteCode = &place.CodeSeen{Site: p.Site, Code: p.Code}
	}
	text, err := json.Marshal(n)
	return domain.NewSecret(domain.ClassNetwork, string(text)), err
}

// openTicket returns a ticket that the ledger issued, or nil.
func (in *Intake) openTicket(note string) *timecard.Ticket {
	text, err := in.notary.Open(note)
	if err != nil {
		return nil
	}
	t, err := timecard.ParseTicket(text)
	if err != nil {
		return nil
	}
	return &t
}

// Ticket issues a ticket to a device that is online. Boot and monoMS are the device's own clock at the moment; an empty boot says
// that it has none.
func (in *Intake) Ticket(ctx context.Context, emp, device, boot string, monoMS int64) (timecard.Ticket, string, error) {
	if err := in.ledger.dir.CatchUp(ctx); err != nil {
		return timecard.Ticket{}, "", err
	}
	d := in.ledger.dir.Device(device)
	switch {
	case !d.Exists() || !d.Kind.Signs():
		return timecard.Ticket{}, "", domain.NewError(domain.NotFound, "unknown_device", "stream", "device-"+device)
	case !d.Accepts() || d.Retired || d.End != nil:
		return timecard.Ticket{}, "", domain.NewError(domain.Forbidden, "device_may_not_punch", "device", device)
	case d.Kind != place.Kiosk && d.BoundTo() != emp:
		return timecard.Ticket{}, "", domain.NewError(domain.Forbidden, "device_bound_elsewhere", "device", device)
	}
	nonce, err := in.ledger.nonce()
	if err != nil {
		return timecard.Ticket{}, "", err
	}
	now := domain.InstantOf(in.ledger.Now())
	position, commitment := in.ledger.tip()
	t := timecard.Ticket{
		Origin: in.ledger.dir.Org().Origin, Nonce: nonce, Emp: emp, Device: device, IssuedAt: now, ExpiresAt: now + timecard.TicketLife.Instant(),
		Position: uint64(position), Commitment: commitment.String(), Next: in.ledger.dir.Head(device).N + 1, Boot: boot, MonoMS: monoMS,
	}
	if d.Kind == place.Kiosk {
		t.Emp = ""
	}
	if err := t.Check(); err != nil {
		return timecard.Ticket{}, "", err
	}
	note, err := in.notary.Sign(t.Text())
	return t, note, err
}

// nonce draws 128 random bits.
func (l *Ledger) nonce() (string, error) {
	var b [16]byte
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := io.ReadFull(l.random, b[:]); err != nil {
		return "", errors.Join(errors.New("draw a nonce"), err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}
