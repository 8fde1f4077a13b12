package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
)

// Waiting chooses punches that wait or do not count. What is left out chooses all. Dates are of the effective time in UTC.
type Waiting struct {
	State    string // held, rejected or refused
	Employee string
	Reason   string // a code that they carry
	Site     string // near which they were made
	From, To domain.Date
}

// Waiting reads the whole log for the punches that wait or do not count, by time.
func (l *Ledger) Waiting(ctx context.Context, w Waiting) ([]Told, error) {
	return w.Read(ctx, l.store, l.codec)
}

// Read is Ledger.Waiting for who has the log alone.
func (w Waiting) Read(ctx context.Context, store eventstore.Store, codec *eventstore.Codec) ([]Told, error) {
	cards := map[string]timecard.Card{}
	for rec, err := range store.ReadAll(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if domain.Category(rec.Stream) != timecard.Category || rec.Type != (timecard.PunchHeld{}).EventType() && rec.Type != (timecard.PunchRejected{}).EventType() {
			continue
		}
		if _, known := cards[rec.Stream]; known {
			continue
		}
		d, err := codec.DecodeRecord(rec)
		if err != nil {
			return nil, err
		}
		if details, ok := DetailsOf(d.Event); ok {
			cards[rec.Stream] = details.Card()
		}
	}
	var out []Told
	for _, card := range cards {
		if w.Employee != "" && card.Emp != w.Employee {
			continue
		}
		told, err := toldOn(ctx, store, codec, card)
		if err != nil {
			return nil, err
		}
		for _, t := range told {
			if w.chooses(&t) {
				out = append(out, t)
			}
		}
	}
	slices.SortFunc(out, func(a, b Told) int {
		return cmp.Or(cmp.Compare(a.Details.EffectiveAt, b.Details.EffectiveAt), strings.Compare(a.ID, b.ID))
	})
	return out, nil
}

func (w *Waiting) chooses(t *Told) bool {
	date := domain.DateOfUnix(t.Details.EffectiveAt.Seconds())
	switch {
	case t.State != timecard.Held && t.State != timecard.Rejected && t.State != timecard.Refused:
	case w.State != "" && t.StateWord() != w.State:
	case w.Reason != "" && !slices.Contains(t.Details.Reasons, w.Reason):
	case w.Site != "" && t.Details.Facts.Site != w.Site:
	case w.From != 0 && date < w.From || w.To != 0 && date > w.To:
	default:
		return true
	}
	return false
}

// Opener opens a secret of an event. Nothing and no error says that it was erased.
type Opener func(ctx context.Context, stream, eventType string, s domain.Secret) ([]byte, error)

// integrity are the reasons that no fence and no rule can lift: only a person who looked at the punch can.
var integrity = []string{
	timecard.ReasonBadSignature, timecard.ReasonChainBroken, timecard.ReasonChainFork, timecard.ReasonUnbelievable, timecard.ReasonTimeInFuture,
	timecard.ReasonDeviceNotBound, timecard.ReasonAfterHandover, timecard.ReasonBeforeBlockClaim, timecard.ReasonPlaceAltered,
	timecard.ReasonUploadLate, timecard.ReasonDeviceRetired, timecard.ReasonPersonUnproven, timecard.ReasonUnsignedHeld,
	timecard.ReasonSessionUnconfirmed,
}

// JudgeAgain returns the verdict that intake would give now on a punch that waits or was rejected; sound is false where no verdict may
// change anything.
func (l *Ledger) JudgeAgain(ctx context.Context, t *Told, open Opener) (r timecard.Rejudged, sound bool, err error) {
	return l.dir.JudgeAgain(ctx, t, open, nil)
}

// JudgeAgain is Ledger.JudgeAgain for who has the directory alone, by the rules of a policy.
func (d *Directory) JudgeAgain(ctx context.Context, t *Told, open Opener, rulesOn Policy) (r timecard.Rejudged, sound bool, err error) {
	r = timecard.Rejudged{From: t.StateWord(), To: t.StateWord()}
	for _, reason := range t.Details.Reasons {
		if slices.Contains(integrity, reason) {
			r.Reasons = append(r.Reasons, reason)
		}
	}
	if len(r.Reasons) > 0 || t.State == timecard.Refused { // what a person refused, a person admits
		return r, false, nil
	}
	v := t.Details
	if err := t.openEvidence(ctx, open, &v); err != nil {
		return r, false, err
	}
	v.PasskeyCheck = t.Passkey // which may have been verified since
	in, pins := d.Judge(v, rulesOn)
	r.RuleCase, r.Reasons = in.Verdict.RuleCase, in.Verdict.Reasons
	r.Ruleset, r.Site = pins["ruleset"], pins["site"]
	outcome := in.Verdict.Outcome
	if in.NotEmployed {
		outcome, r.Reasons = timecard.Reject, append(r.Reasons, timecard.ReasonNotEmployed)
	}
	if in.DeviceBlocked {
		outcome, r.Reasons = timecard.Reject, append(r.Reasons, timecard.ReasonDeviceBlocked)
	}
	r.To = map[timecard.Outcome]string{timecard.Accept: "accepted", timecard.Hold: "held", timecard.Reject: "rejected"}[outcome]
	return r, true, nil
}

// openEvidence opens what a verdict may rest on. What was erased is not there any more; the punch is judged without it.
func (t *Told) openEvidence(ctx context.Context, open Opener, d *timecard.PunchDetails) error {
	for _, s := range []*domain.Secret{&d.Sealed.Location, &d.Sealed.Network} {
		if s.IsZero() {
			continue
		}
		clear, err := open(ctx, t.Card.Stream(), t.RecordedAs, *s)
		if err != nil {
			return fmt.Errorf("open the evidence of %s: %w", t.ID, err)
		}
		if clear == nil {
			*s = domain.Secret{}
			continue
		}
		*s = domain.NewSecret(s.Class, string(clear))
	}
	d.Reasons = nil
	return nil
}

// Settled is the event that Settling comes to, for who supposes it; nil where nothing changes.
func (t *Told) Settled(r timecard.Rejudged, reason string) timecard.Event {
	switch {
	case r.To != "accepted":
		return nil
	case t.State == timecard.Held:
		return timecard.PunchReleased{Emp: t.Card.Emp, Punch: t.ID, Reason: reason, Rejudged: &r}
	}
	return timecard.PunchAdmitted{Emp: t.Card.Emp, Punch: t.ID, Reason: reason, Rejudged: &r}
}

// Settling returns what lets a punch count whose new verdict accepts it; nil for any other verdict. The old verdict stays beside it.
func (t *Told) Settling(r timecard.Rejudged, reason, actor string) timecard.Command {
	switch {
	case r.To != "accepted":
		return nil
	case t.State == timecard.Held:
		return timecard.ReleasePunch{Card: t.Card, Punch: t.ID, Reason: reason, ActorID: actor, Rejudged: &r}
	}
	return timecard.AdmitPunch{Card: t.Card, Punch: t.ID, Reason: reason, ActorID: actor, Rejudged: &r}
}
