package timecard

import (
	"encoding/base64"
	"time"

	"github.com/punchledger/punchledger/domain"
)

// Sent is what a device says of its clocks at the moment of sending: against the instant of receipt they tell how old a punch is and
// how wrong its clock.
type Sent struct {
	SentBoot   string `json:"sent_boot,omitempty"`    // as Body.Boot
	SentMonoMS *int64 `json:"sent_mono_ms,omitempty"` // as Body.MonoMS
	SentWall   string `json:"sent_wall,omitempty"`    // as Body.Wall
}

// Envelope is a signed punch as it is sent. Bytes stand in base64url without padding.
type Envelope struct {
	Signed    string `json:"signed"`    // the exact bytes of the body
	Signature string `json:"signature"` // over them
	Sent
	Place   string     `json:"place,omitempty"`  // the exact bytes of the place object, of which the body has the hash
	Ticket  string     `json:"ticket,omitempty"` // the ticket as it was issued: a signed note
	Note    string     `json:"note,omitempty"`
	Photo   *PhotoRef  `json:"photo,omitempty"`
	Passkey *Assertion `json:"passkey,omitempty"`

	Identification string `json:"identification,omitempty"` // of a kiosk: what it was answered when the person showed who they are
}

// PhotoRef names a photo that was handed in before the punch.
type PhotoRef struct {
	SHA256 string `json:"sha256"` // of the original, in hex
	Mime   string `json:"mime"`
	Bytes  int64  `json:"bytes"`
	Ref    string `json:"ref"` // where it is kept
}

// Assertion is what a passkey said of the punch: its challenge is the SHA-256 of the signed bytes (WebAuthn Level 3, 5.8.1). All
// members are base64url. It is kept as evidence whether or not it was verified.
type Assertion struct {
	Credential string `json:"credential"`
	AuthData   string `json:"auth_data"`
	ClientData string `json:"client_data"`
	Signature  string `json:"signature"`
}

// Signed is an envelope that was read. What its body says is what somebody wrote; nothing is verified yet.
type Signed struct {
	Body
	Bytes     []byte // exact
	Hash      string // of Bytes
	Signature []byte
	Sent
	PlaceBytes []byte
	PlaceClaim PlaceClaim
	Ticket     string // the signed note
	Note       string
	Photo      *PhotoRef
	Passkey    *Assertion

	Identification string
}

// DecodeEnvelope reads one envelope, strictly, in all its parts.
func DecodeEnvelope(b []byte) (Signed, error) { return decodeEnvelope(b, Sent{}) }

func decodeEnvelope(b []byte, sent Sent) (Signed, error) {
	var e Envelope
	if err := strict("envelope", b, MaxEnvelope, &e); err != nil {
		return Signed{}, err
	}
	if e.Sent == (Sent{}) {
		e.Sent = sent
	}
	return e.Open()
}

// Open decodes the parts of an envelope.
func (e *Envelope) Open() (Signed, error) {
	s := Signed{Sent: e.Sent, Ticket: e.Ticket, Note: e.Note, Photo: e.Photo, Passkey: e.Passkey, Identification: e.Identification}
	var err error
	if s.Bytes, err = unbase64("signed", e.Signed, MaxBody); err != nil {
		return Signed{}, err
	}
	if s.Body, err = DecodeBody(s.Bytes); err != nil {
		return Signed{}, err
	}
	s.Hash = Hash(s.Bytes)
	if s.Signature, err = unbase64("signature", e.Signature, 256); err != nil {
		return Signed{}, err
	}
	if err := e.check(); err != nil {
		return Signed{}, err
	}
	if e.Place == "" {
		return s, nil
	}
	if s.PlaceBytes, err = unbase64("place", e.Place, MaxPlace); err != nil {
		return Signed{}, err
	}
	s.PlaceClaim, err = DecodePlace(s.PlaceBytes)
	return s, err
}

func (e *Envelope) check() error {
	var f fields
	f.That((e.SentMonoMS == nil) == (e.SentBoot == ""), "sent_boot", "not_with_sent_mono_ms")
	f.That(e.SentBoot == "" || word(e.SentBoot, "_-."), "sent_boot", "not_a_word")
	f.within("sent_mono_ms", e.SentMonoMS, 0, maxCount)
	if e.SentWall != "" {
		_, err := parseWall(e.SentWall)
		f.That(err == nil, "sent_wall", "not_a_device_time")
	}
	f.That(len(e.Ticket) <= maxTicket, "ticket", "too_long")
	f.That(len(e.Note) <= 4096, "note", "too_long")
	f.That(len(e.Identification) <= 64, "identification", "too_long")
	if p := e.Photo; p != nil {
		f.SHA256("photo/sha256", p.SHA256)
		f.Text("photo/mime", p.Mime, 64)
		f.within("photo/bytes", &p.Bytes, 1, 1<<30)
		f.Text("photo/ref", p.Ref, 200)
	}
	if a := e.Passkey; a != nil {
		f.bytes("passkey/credential", a.Credential, 1024)
		f.bytes("passkey/auth_data", a.AuthData, 1024)
		f.bytes("passkey/client_data", a.ClientData, 2048)
		f.bytes("passkey/signature", a.Signature, 512)
	}
	return f.First
}

func (f *fields) bytes(field, s string, longest int) {
	_, err := unbase64(field, s, longest)
	f.That(s != "" && err == nil, field, "not_base64url")
}

// Seal returns the envelope of a body that sign signs: what a client does, in the order in which it must.
func Seal(b Body, place []byte, sent Sent, sign func([]byte) []byte) (Envelope, error) {
	if b.V == 0 {
		b.V = bodyVersion
	}
	e := Envelope{Sent: sent}
	if place != nil {
		b.Place = Hash(place)
		e.Place = base64.RawURLEncoding.EncodeToString(place)
	}
	signed, err := encodeBody(b)
	if err != nil {
		return Envelope{}, err
	}
	e.Signed = base64.RawURLEncoding.EncodeToString(signed)
	e.Signature = base64.RawURLEncoding.EncodeToString(sign(signed))
	return e, nil
}

// WallOf returns an instant as a device's clock in an offset shows it.
func WallOf(at domain.Instant, offset domain.Seconds) string {
	return at.Time().In(time.FixedZone("", int(offset))).Format(signedWall)
}
