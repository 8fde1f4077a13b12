package ledger

import (
	"iter"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/evidence"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/eventstore"
)

// ShownRequest is a request as it is listed and shown.
type ShownRequest struct {
	Request     string          `json:"request"`
	Employee    string          `json:"emp"`
	Kind        request.Kind    `json:"kind"`
	Change      request.Change  `json:"change,omitempty"`
	Target      request.Subject `json:"target"`
	Type        string          `json:"type,omitempty"`
	Settle      request.Settle  `json:"settle,omitempty"`
	Reason      string          `json:"reason_code,omitempty"`
	Status      request.Status  `json:"status"`
	Cycle       string          `json:"cycle,omitempty"`
	Nth         int             `json:"nth,omitempty"`
	Flags       []string        `json:"flags,omitempty"`
	Chain       []request.Step  `json:"chain,omitempty"`
	Turn        *request.Turn   `json:"turn,omitempty"`
	FiledBy     string          `json:"filed_by,omitempty"`
	SubmittedAt domain.Instant  `json:"submitted_at,omitzero"`
	ExpiresAt   domain.Instant  `json:"expires_at,omitzero"`
	Evidence    []string        `json:"evidence,omitempty"`
	Effects     []string        `json:"effects,omitempty"`
	Problem     string          `json:"problem,omitempty"`
	History     []Happened      `json:"history,omitempty"`
}

// Happened is one event of a request.
type Happened struct {
	Event      string         `json:"event"`
	ID         string         `json:"event_id"`
	RecordedAt domain.Instant `json:"recorded_at"`
	By         string         `json:"by"`
	Data       domain.Event   `json:"data"`               // what was sealed stays so
	Text       string         `json:"text,omitempty"`     // what somebody said, where it was opened
	Evidence   []string       `json:"evidence,omitempty"` // references of files, where they were opened
}

// ShownOf shows a request without its history.
func ShownOf(r request.Request) ShownRequest {
	out := ShownRequest{
		Request: r.ID, Employee: r.Emp, Kind: r.Kind, Change: r.Change, Target: r.Target, Type: r.Type, Settle: r.Settle,
		Reason: r.ReasonCode, Status: r.Status, Cycle: r.Cycle, Nth: r.Nth, Flags: r.Flags, Chain: r.Chain, FiledBy: r.FiledBy,
		SubmittedAt: r.SubmittedAt, ExpiresAt: r.ExpiresAt, Evidence: r.Evidence, Effects: r.Effects, Problem: r.Problem,
	}
	if r.Status == request.StatusOpen {
		out.Turn = &r.Turn
	}
	return out
}

// StoryOf folds the records of a stream for one request and keeps its own events. Open opens what was sealed; nil leaves it so.
func StoryOf(
	records iter.Seq2[eventstore.Record, error], codec *eventstore.Codec, ref request.Ref, open func(d eventstore.Decoded, s domain.Secret) (string, error),
) (ShownRequest, error) {
	var s request.State
	var history []Happened
	for rec, err := range records {
		if err != nil {
			return ShownRequest{}, err
		}
		if rec.Stream != ref.Stream() {
			continue
		}
		d, err := codec.DecodeRecord(rec)
		if err != nil {
			return ShownRequest{}, err
		}
		e := d.Event.(request.Event)
		s = request.Evolve(s, e)
		if request.About(e) != ref.Request {
			continue
		}
		h := Happened{Event: d.Type, ID: d.ID.String(), RecordedAt: d.Meta.RecordedAt, By: d.Meta.Actor.ID, Data: d.Event}
		if open != nil {
			if err := h.open(d, open); err != nil {
				return ShownRequest{}, err
			}
		}
		history = append(history, h)
	}
	r, _ := s.Own(ref.Request)
	out := ShownOf(r)
	out.History = history
	return out, nil
}

// open opens the texts and the names of files of an event.
func (h *Happened) open(d eventstore.Decoded, open func(eventstore.Decoded, domain.Secret) (string, error)) (err error) {
	var text domain.Secret
	var files []request.Evidence
	switch e := d.Event.(type) {
	case request.RequestSubmitted:
		text, files = e.Text, e.Evidence
	case request.RequestResubmitted:
		text, files = e.Text, e.Evidence
	case request.EvidenceAttached:
		files = []request.Evidence{e.Evidence}
	case request.StepDecided:
		text = e.Comment
	}
	if h.Text, err = open(d, text); err != nil {
		return err
	}
	for _, f := range files {
		clear, err := open(d, f.Ref)
		if err != nil {
			return err
		}
		if place, err := evidence.ParsePlace([]byte(clear)); err == nil && place.Evidence != "" {
			h.Evidence = append(h.Evidence, place.Evidence)
		}
	}
	return nil
}
