package timecard

import (
	"fmt"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// Receipt is what the one who punched is given, signed by the ledger: what it made of the punch, and where that stands for ever. It
// says how the punch was first recorded; what was decided later about it is not in it.
type Receipt struct {
	Origin      string
	Punch       string
	Emp         string
	Outcome     string // accepted, held, rejected
	Reasons     []string
	EffectiveAt domain.Instant
	TimeSource  TimeSource
	TimeClass   string
	ReceivedAt  domain.Instant
	Signed      string // hash of what the device signed
	Stream      string
	Revision    uint64
	Position    uint64 // 0 where the log does not count
	Event       string // commitment of the event

	// Not in the text that is signed, as they may change.
	Assurance string        `json:",omitempty"`
	Passkey   *PasskeyCheck `json:",omitempty"`
}

const receiptTitle = "punchledger receipt v1"

// Text returns the text that is signed: one line each, in this order. The same receipt has the same text.
func (r Receipt) Text() string {
	position := "-"
	if r.Position > 0 {
		position = fmt.Sprint(r.Position)
	}
	return fmt.Sprintf("%s\n%s\npunch %s\nemp %s\noutcome %s\nreasons %s\neffective_at %s\ntime_source %s\ntime_class %s\nreceived_at %s\n"+
		"signed %s\nstream %s\nrevision %d\nposition %s\nevent %s\n",
		receiptTitle, r.Origin, r.Punch, r.Emp, r.Outcome, dash(strings.Join(r.Reasons, ",")), r.EffectiveAt, r.TimeSource, dash(r.TimeClass),
		r.ReceivedAt, dash(r.Signed), r.Stream, r.Revision, position, r.Event)
}

// ParseReceipt reads the text of a receipt. It must be verified before.
func ParseReceipt(text string) (Receipt, error) {
	var r Receipt
	l, err := linesOf(text, receiptTitle, "punch", "emp", "outcome", "reasons", "effective_at", "time_source", "time_class", "received_at",
		"signed", "stream", "revision", "position", "event")
	if err != nil {
		return r, err
	}
	r.Origin, r.Punch, r.Emp, r.Outcome = l.next(), l.next(), l.next(), l.next()
	if reasons := undash(l.next()); reasons != "" {
		r.Reasons = strings.Split(reasons, ",")
	}
	r.EffectiveAt, r.TimeSource, r.TimeClass = l.instant(), TimeSource(l.next()), undash(l.next())
	r.ReceivedAt, r.Signed, r.Stream, r.Revision = l.instant(), undash(l.next()), l.next(), uint64(l.number())
	if l.values[0] == "-" {
		l.next()
	} else {
		r.Position = uint64(l.number())
	}
	r.Event = l.next()
	return r, l.err
}

// ReceiptOf returns the receipt of a recorded punch, without its place; ok is false for events that record none.
func ReceiptOf(e Event) (r Receipt, ok bool) {
	d, outcome := Recorded(e)
	if d == nil {
		return r, false
	}
	return Receipt{
		Punch: d.Punch, Emp: d.Emp, Outcome: outcome, Reasons: d.Reasons, EffectiveAt: d.EffectiveAt, TimeSource: d.TimeSource,
		TimeClass: d.TimeClass, ReceivedAt: d.ReceivedAt, Signed: d.Hash,
		Assurance: d.Assurance, Passkey: d.PasskeyCheck,
	}, true
}

// Recorded returns what an event says of the punch that it records, and the outcome; nil for other events.
func Recorded(e domain.Event) (d *PunchDetails, outcome string) {
	switch e := e.(type) {
	case PunchAccepted:
		return &e.PunchDetails, "accepted"
	case PunchHeld:
		return &e.PunchDetails, "held"
	case PunchRejected:
		return &e.PunchDetails, "rejected"
	}
	return nil, ""
}
