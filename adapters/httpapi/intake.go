package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// MaxPunchUpload is how long an upload of signed punches may be, in bytes.
const MaxPunchUpload = 32 << 20

// takePunchesIn is one envelope or an upload, as it was sent: every punch is read by itself, and one that cannot be read takes no
// other with it.
type takePunchesIn struct {
	Asked
	RawBody []byte `contentType:"application/json"`

	seen  bool // read was called
	live  bool
	batch timecard.Batch
	fault error
}

// About implements input: the punches are about the person whose first one is. Whoever sends is that person, or a device.
func (in *takePunchesIn) About(c *Call) Subject {
	if c == nil {
		return Subject{Scope: OfOne}
	}
	in.read()
	emp := c.Who.Principal
	if c.Who.Device != "" {
		emp = c.Who.Device // it hands in for whoever uses it, and is answered also where nothing could be read
	}
	for _, it := range in.batch.Items {
		if it.Err == nil {
			emp = it.Emp
			break
		}
	}
	return Subject{Scope: OfOne, Emp: emp}
}

// read decodes the body, once. Only an upload has the member punches.
func (in *takePunchesIn) read() {
	if in.seen {
		return
	}
	in.seen = true
	var form struct {
		Punches json.RawMessage `json:"punches"`
	}
	if json.Unmarshal(in.RawBody, &form) == nil && form.Punches == nil {
		in.live = true
		s, err := timecard.DecodeEnvelope(bytes.TrimSpace(in.RawBody))
		in.batch, in.fault = timecard.Batch{Items: []timecard.Item{{Signed: s, Err: err}}}, err
		return
	}
	in.batch, in.fault = timecard.DecodeBatch(in.RawBody)
}

// punchAnswer is what became of one punch.
type punchAnswer struct {
	Punch    string         `json:"punch"`
	Outcome  string         `json:"outcome" enum:"accepted,held,rejected,refused" doc:"Refused: nothing was recorded."`
	Repeated bool           `json:"repeated,omitempty" doc:"It had been recorded before; this is its first receipt."`
	Reasons  []reasonShown  `json:"reasons,omitempty"`
	Receipt  string         `json:"receipt,omitempty" doc:"Signed note: keep it, and delete the punch once it is verified."`
	At       domain.Instant `json:"effective_at,omitzero"`
	Class    string         `json:"time_class,omitempty"`
	Assures  string         `json:"assurance,omitempty" doc:"How well device and person are proven: l0 to l3."`
	Passkey  *passkeyShown  `json:"passkey,omitempty"`
	Position uint64         `json:"position,omitempty" doc:"Give it as not_before_position to see what follows from it."`
	Problem  *Problem       `json:"error,omitempty"`
}

// reasonShown is a reason of a punch in words.
type reasonShown struct {
	Code string `json:"code"`
	Rule string `json:"rule,omitempty" doc:"JSON pointer of the rule."`
	Text string `json:"text"`
}

// passkeyShown is what a passkey's word over a punch is worth.
type passkeyShown struct {
	State        timecard.PasskeyState `json:"state" enum:"verified,wrong,unverified" doc:"Unverified: it may be verified later."`
	Problem      string                `json:"problem,omitempty" doc:"Why it is not verified: malformed, other_punch, other_origin, other_rp_id, user_unseen, other_person, bad_signature; unknown, no_origin, unavailable."`
	UserVerified bool                  `json:"user_verified" doc:"Its device recognised its user."`
	DeviceBound  bool                  `json:"device_bound" doc:"It cannot leave its device."`
	CloneWarning bool                  `json:"clone_warning,omitempty" doc:"Its counter went back: there may be a copy."`
	Confirmed    bool                  `json:"confirmed,omitempty" doc:"Somebody had vouched for it."`
}

func shownPasskey(c *timecard.PasskeyCheck) *passkeyShown {
	if c == nil {
		return nil
	}
	return &passkeyShown{c.State, c.Problem, c.UserVerified, c.DeviceBound, c.CloneWarning, c.Confirmed}
}

type takePunchesOut struct {
	Body struct {
		Batch   string        `json:"batch,omitempty"`
		Punches []punchAnswer `json:"punches" doc:"In the order in which they were sent."`
	}
}

func (c *Call) answerOf(a ledger.Answer) punchAnswer {
	out := punchAnswer{Punch: a.Punch, Repeated: a.Repeated, Receipt: a.Note}
	if a.Err != nil {
		out.Outcome, out.Problem = "refused", c.s.problemFrom(c.Text, a.Err)
		return out
	}
	r := &a.Receipt
	out.Outcome, out.At, out.Class, out.Position = r.Outcome, r.EffectiveAt, r.TimeClass, r.Position
	out.Assures, out.Passkey = r.Assurance, shownPasskey(r.Passkey)
	for _, code := range r.Reasons {
		out.Reasons = append(out.Reasons, reasonShown{Code: code, Text: c.Text.Text("reasons."+code, nil)})
	}
	return out
}

func (s *Server) intakeRoutes() {
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/punches", ID: "take-punches", Action: access.PunchRecord, Object: "signed punch",
		Summary: "Hand in signed punches: one envelope, or an upload of 1 to 5000 (docs/punch-protocol.md).", MaxBody: MaxPunchUpload, Raw: true,
	}, takePunches)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/tickets", ID: "get-ticket", Action: access.PunchRecord, Object: "ticket",
		Summary: "A ticket for the time in which a device will be offline.",
	}, giveTicket)
	s.describeUpload()
}

// describeUpload says what the body holds, which is read as the bytes that it is.
func (s *Server) describeUpload() {
	doc := s.api.OpenAPI()
	envelope := doc.Components.Schemas.Schema(reflect.TypeFor[timecard.Envelope](), true, "Envelope")
	upload := doc.Components.Schemas.Schema(reflect.TypeFor[uploadForm](), true, "Upload")
	content := doc.Paths["/v1/punches"].Post.RequestBody.Content[jsonType]
	content.Schema.Type, content.Schema.Format, content.Schema.OneOf = "", "", append(content.Schema.OneOf, envelope, upload)
}

// uploadForm is an upload as the document describes it.
type uploadForm struct {
	Batch string `json:"batch" doc:"Id of the upload."`
	timecard.Sent
	Punches []timecard.Envelope `json:"punches" minItems:"1" maxItems:"5000"`
}

// takePunches answers every punch. That they come again is told by their own ids; no Idempotency-Key is needed.
func takePunches(ctx context.Context, c *Call, in *takePunchesIn) (*takePunchesOut, error) {
	if in.fault != nil {
		return nil, in.fault
	}
	if err := c.s.o.Writable(); err != nil {
		return nil, err
	}
	intake, err := c.s.o.Intake()
	if err != nil {
		return nil, err
	}
	h, err := c.handed(in)
	if err != nil {
		return nil, err
	}
	out := &takePunchesOut{}
	if in.live {
		a := intake.Punch(ctx, h, in.batch.Items[0].Signed)
		if a.Err != nil {
			return nil, a.Err
		}
		out.Body.Punches = []punchAnswer{c.answerOf(a)}
		return out, nil
	}
	answers, err := intake.Batch(ctx, h, in.batch)
	if err != nil {
		return nil, err
	}
	out.Body.Batch = in.batch.ID
	for _, a := range answers {
		out.Body.Punches = append(out.Body.Punches, c.answerOf(a))
	}
	return out, nil
}

// handed says who hands in. A person does so under the employment that the punches name; the address is what this server saw.
func (c *Call) handed(in *takePunchesIn) (ledger.Handed, error) {
	h := ledger.Handed{Actor: c.Actor(), Sender: timecard.Sender{Device: c.Who.Device, Live: in.live}}
	if c.Who.Device == "" {
		h.Sender.Emp = in.About(c).Emp
	}
	var err error
	h.Network, err = c.network(nil)
	return h, err
}

type ticketIn struct {
	Asked
	Device string `query:"device" maxLength:"64" pattern:"^[a-z0-9_.]*$" doc:"One's own device; who has only one may leave it out."`
	Boot   string `query:"boot" maxLength:"64" doc:"Its own clock now, as in a punch; nothing where it has none."`
	MonoMS int64  `query:"mono_ms" minimum:"0"`
}

// About implements input.
func (in *ticketIn) About(c *Call) Subject {
	switch {
	case c == nil:
		return Subject{Scope: OfOne}
	case c.Who.Device != "":
		return Subject{Scope: OfOne, Emp: c.Who.Device}
	}
	return Subject{Scope: OfOne, Emp: c.Who.Principal}
}

type ticketOut struct {
	Body struct {
		Ticket    string         `json:"ticket" doc:"Signed note; send it whole with every punch that names its nonce."`
		Nonce     string         `json:"nonce"`
		IssuedAt  domain.Instant `json:"issued_at"`
		ExpiresAt domain.Instant `json:"expires_at" doc:"After it the ticket proves less; no punch is refused for that."`
		Next      int64          `json:"next" doc:"The order number that the ledger expects next."`
	}
}

// ownDevice is the device that a call names, or the only one.
func (c *Call) ownDevice(named string) (string, error) {
	own := c.Directory().DevicesOf(c.Who.Principal)
	if c.Who.Device != "" {
		own = []string{c.Who.Device}
	}
	switch {
	case named != "" && c.Who.Device != "" && named != c.Who.Device:
		return "", errNotAuthorised()
	case named != "":
		return named, nil
	case len(own) == 1:
		return own[0], nil
	case len(own) == 0:
		return "", domain.NewError(domain.NotFound, "unknown_device", "stream", "device-")
	}
	return "", domain.NewError(domain.Invalid, "invalid_field", "field", "device", "problem", "missing")
}

func giveTicket(ctx context.Context, c *Call, in *ticketIn) (*ticketOut, error) {
	device, err := c.ownDevice(in.Device)
	if err != nil {
		return nil, err
	}
	intake, err := c.s.o.Intake()
	if err != nil {
		return nil, err
	}
	t, note, err := intake.Ticket(ctx, c.Who.Principal, device, in.Boot, in.MonoMS)
	if errors.Is(err, &domain.Error{Code: "device_bound_elsewhere"}) || in.Device != "" && errors.Is(err, &domain.Error{Code: "unknown_device"}) {
		return nil, errNotAuthorised() // whether there is one, and whose it is, is nobody's to learn
	}
	if err != nil {
		return nil, err
	}
	out := &ticketOut{}
	out.Body.Ticket, out.Body.Nonce, out.Body.Next = note, t.Nonce, t.Next
	out.Body.IssuedAt, out.Body.ExpiresAt = t.IssuedAt, t.ExpiresAt
	return out, nil
}
