package relay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	json "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// Door is where commands go in: the ledger.
type Door interface {
	Do(ctx context.Context, r ledger.Request) (ledger.Receipt, error)
	Directory() *ledger.Directory
}

// Intake turns decisions that come from another system into commands. A message is a CloudEvent; its id is the request's, so that a
// message that comes again is done once.
type Intake struct {
	Door     Door
	Endpoint string // the name of the endpoint
	System   string // what the ledger calls the system
}

// DecisionType is the type of the CloudEvents that an Intake takes.
const DecisionType = "punchledger.decision.v1"

// decision is the data of a message: what was decided about overtime, leave and the like. Times are at the place of work or have an
// offset. The same external_id is the same request, and the last outcome counts. Where it does not say when it was decided, that is the
// time of the message.
type decision struct {
	Emp        string          `json:"emp"`
	ExternalID string          `json:"external_id"`
	Kind       request.Kind    `json:"kind"`
	From       string          `json:"from"`
	To         string          `json:"to"`
	Zone       string          `json:"tz"`
	Type       string          `json:"type"`
	Settle     request.Settle  `json:"settle"`
	Outcome    request.Outcome `json:"outcome"`
	DecidedBy  string          `json:"decided_by"`
	DecidedAt  time.Time       `json:"decided_at"`
	Note       string          `json:"note"`
}

// BadMessageError says that a message will never be taken, however often it comes. It goes to the poison topic with the reason.
type BadMessageError struct {
	Reason error
}

func (e *BadMessageError) Error() string { return e.Reason.Error() }

// Unwrap returns the reason.
func (e *BadMessageError) Unwrap() error { return e.Reason }

func bad(field, problem string) error {
	return &BadMessageError{domain.NewError(domain.Invalid, "invalid_field", "field", field, "problem", problem)}
}

// Take carries out one message. It is a *BadMessageError where asking again would give the same answer; after any other error the message
// is to be taken once more.
func (in *Intake) Take(ctx context.Context, body []byte) error {
	var m struct {
		SpecVersion string         `json:"specversion"`
		ID          string         `json:"id"`
		Type        string         `json:"type"`
		Time        time.Time      `json:"time"`
		Data        jsontext.Value `json:"data"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return &BadMessageError{err}
	}
	switch {
	case m.SpecVersion != "1.0":
		return bad("specversion", "not 1.0")
	case m.ID == "" || len(m.ID) > 256:
		return bad("id", "missing or longer than 256 bytes")
	case m.Type != DecisionType:
		return bad("type", "not "+DecisionType)
	}
	d := decision{DecidedAt: m.Time}
	if err := json.Unmarshal(m.Data, &d, json.RejectUnknownMembers(true)); err != nil {
		return &BadMessageError{err}
	}
	c, err := in.command(d)
	if err == nil {
		_, err = in.Door.Do(ctx, ledger.Request{
			ID: digest("message", in.Endpoint, m.ID), Command: c, Actor: domain.Actor{Kind: domain.ActorSystem, ID: "relay"},
		})
	}
	var refused *domain.Error
	if errors.As(err, &refused) && final(refused) {
		return &BadMessageError{refused}
	}
	return err
}

// command returns what a decision asks for.
func (in *Intake) command(d decision) (ledger.Command, error) {
	dir := in.Door.Directory()
	from, err := dir.LocalTime(d.Emp, d.Zone, "from", d.From)
	if err != nil {
		return nil, err
	}
	to, err := dir.LocalTime(d.Emp, d.Zone, "to", d.To)
	if err != nil {
		return nil, err
	}
	var decided domain.Instant // never the present: the same message is the same command
	if !d.DecidedAt.IsZero() {
		decided = domain.InstantOf(d.DecidedAt)
	}
	return request.RecordExternalDecision{
		Request: "x" + digest("request", in.System, d.ExternalID)[:24], Emp: d.Emp, System: in.System, ExternalID: d.ExternalID, Kind: d.Kind,
		Target: request.Target{Date: dir.DateOf(d.Emp, from), From: from, To: to, TZ: d.Zone}, Type: d.Type, Settle: d.Settle,
		Outcome: d.Outcome, DecidedBy: d.DecidedBy, DecidedAt: decided, Text: domain.NewSecret(domain.ClassText, d.Note),
	}, nil
}

// digest names something for ever by its parts.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// final reports whether asking again would give the same answer.
func final(e *domain.Error) bool {
	return e.Kind != domain.Forbidden && e.Code != "stale_revision"
}
