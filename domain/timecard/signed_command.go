package timecard

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
)

// Sender is who handed a punch in, as far as that was authenticated. Live is a punch that is sent by itself, as opposed to one of
// an upload.
type Sender struct {
	Emp    string // whose session it is
	Device string // the device that proved who it is, by a token
	Live   bool
}

// Receiving is all that decides what becomes of a signed punch when it arrives. Ticket is one that was verified; BadTicket says that
// one was sent that is not the ledger's. Unconfirmed says what becomes of punches of a device that nobody confirmed.
type Receiving struct {
	Origin      string
	Device      place.DeviceState
	Head        Head
	ReceivedAt  domain.Instant
	Sender      Sender
	Ticket      *Ticket
	BadTicket   bool
	Passkey     PasskeyCheck // of an assertion that was sent; the zero value says that nobody could look
	Person      Presence     // of who used a kiosk
	Unconfirmed Outcome
	UploadUntil domain.Instant // until when the employee's devices may hand punches in; zero is for ever
	Network     domain.Secret
	Batch       string
	Line        int
}

// The reasons that device and evidence give.
const (
	ReasonBadSignature      = "bad_signature"
	ReasonDeviceUnconfirmed = "device_unconfirmed"
	ReasonDeviceNotBound    = "unbound" // it was not the employee's when the punch was made
	ReasonDeviceRetired     = "device_retired"
	ReasonAfterHandover     = "after_handover"        // the device had said that another punch was its last
	ReasonBeforeBlock       = "before_block"          // made before the device was reported lost; a label
	ReasonBeforeBlockClaim  = "before_block_unproven" // says so, and cannot prove it
	ReasonPlaceAltered      = "place_altered"         // the place object is not the one that was signed
	ReasonPasskeyUnverified = "passkey_unverified"    // an assertion was sent that nobody could verify yet; a label
	ReasonPasskeyWrong      = "passkey_wrong"         // an assertion was sent that does not hold; the intake policy says what becomes of it
	ReasonPasskeyClone      = "passkey_clone"         // it holds, and the passkey may have a copy
	ReasonUploadLate        = "upload_late"           // after the time in which devices of one who left may hand in
)

// UploadRight is how long devices of somebody who left may still hand in what they kept.
const UploadRight = 30 * domain.Day

// Command returns what asks the ledger to record a signed punch, and how the punch stands in its device's chain. An error says that
// the punch is refused and nothing is recorded: it is not for this ledger, of no known device, or somebody else's. A signature that
// does not hold is recorded if the sender is known, under an id of its own, so that the genuine punch finds its id free.
func (s *Signed) Command(r Receiving) (RecordPunch, Link, error) {
	if err := s.Belongs(&r); err != nil {
		return RecordPunch{}, Link{}, err
	}
	if s.Ticket == "" && s.Body.Ticket != "" || r.Ticket != nil && r.Ticket.Nonce != s.Body.Ticket {
		r.Ticket, r.BadTicket = nil, true
	}
	t := timeOf(s, r.ReceivedAt, r.Ticket)
	key, verified := s.key(r.Device)
	if !verified {
		return s.forged(&r, &t)
	}
	from, _ := r.Device.KeyFor(s.N)
	link := r.Head.Judge(s, from.FromN)
	p := s.recording(&r, &t)
	p.Details.Key, p.Details.DeviceSeq, p.Details.PrevHash = key.ID, s.N, s.Prev
	p.flag(t.reasons...)
	p.flag(link.Reasons...)
	if link.Hold || t.impossible {
		p.AtBest = Hold
	}
	if link.Review {
		p.Details.TimeClass = T3
	}
	p.judgeDevice(s, &r)
	p.judgeEvidence(s, &r, link)
	return p, link, nil
}

// Belongs refuses a punch that is for another ledger, of no known device, or of somebody else than its sender. Nothing is verified by
// it.
func (s *Signed) Belongs(r *Receiving) error {
	switch {
	case s.Origin != r.Origin:
		return domain.NewError(domain.Invalid, "other_ledger", "origin", r.Origin)
	case r.Sender.Emp != "" && r.Sender.Emp != s.Emp:
		return domain.NewError(domain.Forbidden, "other_account", "punch", s.ID)
	case !r.Device.Exists() || !r.Device.Kind.Signs():
		return domain.NewError(domain.NotFound, "unknown_device", "stream", "device-"+s.Body.Device)
	case r.Device.Kind != place.Kiosk && !r.Device.EverBoundTo(s.Emp):
		return domain.NewError(domain.Forbidden, "device_bound_elsewhere", "device", s.Body.Device)
	}
	return nil
}

// Genuine reports whether the device signed the punch.
func (s *Signed) Genuine(d place.DeviceState) bool {
	_, ok := s.key(d)
	return ok
}

// key returns the key under which the signature holds.
func (s *Signed) key(d place.DeviceState) (place.Key, bool) {
	at, ok := d.KeyFor(s.N)
	if !ok {
		return place.Key{}, false
	}
	key, err := place.ParseKey(at.PublicKey)
	return key, err == nil && key.Verify(s.Bytes, s.Signature)
}

// forged records a punch whose signature does not hold, if it is known who sent it: held when it comes by itself from somebody who
// is logged in, rejected in an upload. Whoever is not known cannot make the ledger grow.
func (s *Signed) forged(r *Receiving, t *timing) (RecordPunch, Link, error) {
	if r.Sender.Emp != s.Emp && r.Sender.Device != s.Body.Device {
		return RecordPunch{}, Link{}, domain.NewError(domain.Forbidden, "bad_signature", "device", s.Body.Device)
	}
	p := s.recording(r, t)
	both := sha256.Sum256(append(slices.Clip(s.Bytes), s.Signature...))
	p.Details.Punch = "bad." + hex.EncodeToString(both[:16])
	p.Details.TimeClass, p.Details.Assurance = T3, L0
	p.flag(ReasonBadSignature)
	p.AtBest = Reject
	if r.Sender.Live && r.Sender.Emp == s.Emp {
		p.AtBest = Hold
	}
	return p, Link{}, nil
}

// recording is what is said of a punch whatever it is worth.
func (s *Signed) recording(r *Receiving, t *timing) RecordPunch {
	wall, _ := s.wall()
	_, offset := wall.Zone()
	d := PunchDetails{
		Emp: s.Emp, Punch: s.ID, Dir: s.Dir, ClaimedAt: wall.Format(wallLayout), ClaimedOffset: domain.Seconds(offset),
		ReceivedAt: r.ReceivedAt, EffectiveAt: t.at, TimeSource: t.source, UncertaintyMS: t.uncertainty,
		NotBefore: min(t.notBefore, r.ReceivedAt), NotAfter: r.ReceivedAt, TimeClass: t.class, Assurance: L1, Ticket: s.Body.Ticket,
		OffsetMS: t.offset, Device: s.Body.Device, Channel: channelOf(r.Device.Kind), Job: s.Job, Cost: s.Cost, Batch: r.Batch, Line: r.Line,
		Signed: base64.RawURLEncoding.EncodeToString(s.Bytes), Signature: base64.RawURLEncoding.EncodeToString(s.Signature), Hash: s.Hash,
		Passkey: s.Passkey,
	}
	d.Sealed.Network = r.Network
	d.Sealed.Note = domain.NewSecret(domain.ClassText, s.Note)
	if p := s.Photo; p != nil {
		d.Photo = &PhotoFact{SHA256: p.SHA256, Mime: p.Mime, Bytes: p.Bytes}
		d.Sealed.Photo = domain.NewSecret(domain.ClassPhoto, p.Ref)
	}
	return RecordPunch{Details: d, MaxSkew: defaultMaxSkew}
}

func channelOf(k place.DeviceKind) Channel {
	switch k {
	case place.Phone:
		return ChannelApp
	case place.Kiosk:
		return ChannelKiosk
	case place.Web:
		return ChannelWeb
	case place.Terminal, place.Import: // do not sign
	}
	return ChannelAPI
}

func (c *RecordPunch) flag(reasons ...string) {
	c.Details.Reasons = append(c.Details.Reasons, reasons...)
}

func (c *RecordPunch) hold(reason string) {
	c.flag(reason)
	c.AtBest = max(c.AtBest, Hold)
}

// judgeDevice says what is to be said of the device when the punch was made.
func (c *RecordPunch) judgeDevice(s *Signed, r *Receiving) {
	d, at := r.Device, c.Details.EffectiveAt
	bound := d.Kind == place.Kiosk || d.BoundAt(s.Emp, at)
	c.Details.Facts.Bound = TriOf(bound)
	if !bound {
		c.hold(ReasonDeviceNotBound)
	}
	if !d.Confirmed {
		c.flag(ReasonDeviceUnconfirmed)
		c.AtBest = max(c.AtBest, r.Unconfirmed)
	}
	if d.Retired {
		c.hold(ReasonDeviceRetired)
	}
	if d.End != nil && s.N > d.End.LastN {
		c.hold(ReasonAfterHandover)
	}
	if !d.Accepts() && d.AcceptsAt(at) {
		if c.Details.TimeClass == T1 || c.Details.TimeClass == T0 {
			c.flag(ReasonBeforeBlock)
		} else {
			c.hold(ReasonBeforeBlockClaim)
		}
	}
	if d.Kind == place.Kiosk && (!r.Person.Proven || r.ReceivedAt-at > presenceAge.Instant()) {
		c.hold(ReasonPersonUnproven)
	}
	if r.UploadUntil != 0 && r.ReceivedAt > r.UploadUntil {
		c.hold(ReasonUploadLate)
	}
}

// judgeEvidence says what stands beside the signed bytes, and how well the person is proven.
func (c *RecordPunch) judgeEvidence(s *Signed, r *Receiving, link Link) {
	bound := c.Details.Facts.Bound
	switch {
	case s.PlaceBytes != nil && Hash(s.PlaceBytes) == s.Place:
		c.Details.Facts = s.PlaceClaim.facts()
		if s.PlaceClaim.located() {
			c.Details.Sealed.Location = placeSecret(s.PlaceBytes)
		}
	case s.PlaceBytes != nil:
		c.hold(ReasonPlaceAltered)
	}
	c.Details.Facts.Bound, c.Details.Facts.Proofs = bound, r.Person.Proofs
	if r.Device.Kind == place.Kiosk && c.Details.Facts.Site == "" {
		c.Details.Facts.Site = r.Device.Site
	}
	if r.BadTicket {
		c.flag(ReasonTicketInvalid)
	}
	if s.Passkey == nil {
		return
	}
	check := r.Passkey
	if check.State == "" {
		check = Unproven(PasskeyUnavailable)
	}
	c.Details.PasskeyCheck = &check
	c.Details.Assurance = check.assurance(link.Reasons)
	if reason := check.Reason(); reason != "" {
		c.flag(reason)
	}
}
