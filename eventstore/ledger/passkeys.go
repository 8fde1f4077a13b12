package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
)

// checked says what a passkey's word over a new punch is worth. A punch that comes again is not looked at: its passkey has counted on
// since, and would look as if it had been copied. That the word cannot be verified now keeps no punch out.
func (in *Intake) checked(ctx context.Context, s *timecard.Signed, device place.DeviceState) timecard.PasskeyCheck {
	if s.Passkey == nil || in.passkeys == nil || !s.Genuine(device) {
		return timecard.PasskeyCheck{}
	}
	check, err := in.passkeys(ctx, s.Emp, *s.Passkey, s.Hash)
	if err != nil {
		return timecard.Unproven(timecard.PasskeyUnavailable)
	}
	return check
}

// Identified is a punch whose passkey was verified after it had been recorded.
type Identified struct {
	Emp       string                `json:"emp"`
	Punch     string                `json:"punch"`
	Assurance string                `json:"assurance"`
	Check     timecard.PasskeyCheck `json:"check"`
}

// identifyBack is how far back punches are looked at again: no device may hand in older ones.
const identifyBack = 400 * domain.Day

// Identify looks once more at the punches of an employee whose passkey could not be verified when they arrived, and records what it
// finds. Doing it again finds nothing new.
func (in *Intake) Identify(ctx context.Context, actor domain.Actor, emp string) ([]Identified, error) {
	if in.passkeys == nil {
		return nil, nil
	}
	var out []Identified
	now := domain.InstantOf(in.ledger.Now())
	last := domain.DateOfUnix(now.Seconds()) + 2
	for day := domain.DateOfUnix((now - identifyBack.Instant()).Seconds()).MonthStart(); day <= last; day = day.AddMonths(1) {
		told, err := toldOn(ctx, in.ledger.store, in.ledger.codec, timecard.CardOn(emp, day))
		if err != nil {
			return out, err
		}
		for i := range told {
			found, err := in.identify(ctx, actor, &told[i])
			if err != nil {
				return out, err
			}
			out = append(out, found...)
		}
	}
	return out, nil
}

// identifyID names the one later verification that a punch can have.
func identifyID(t *Told) string {
	sum := sha256.Sum256([]byte(t.Card.Stream() + "/" + t.ID))
	return "identify." + hex.EncodeToString(sum[:16])
}

func (in *Intake) identify(ctx context.Context, actor domain.Actor, t *Told) ([]Identified, error) {
	if t.Passkey == nil || t.Passkey.State != timecard.PasskeyUnverified || t.Details.Passkey == nil {
		return nil, nil
	}
	check, err := in.passkeys(ctx, t.Card.Emp, *t.Details.Passkey, t.Details.Hash)
	if err != nil || check.State == timecard.PasskeyUnverified {
		return nil, err
	}
	r, err := in.ledger.Do(ctx, Request{
		ID: identifyID(t), Actor: actor, Command: timecard.IdentifyPunch{Card: t.Card, Punch: t.ID, Check: check},
	})
	if err != nil || len(r.Events) == 0 {
		return nil, err
	}
	e, _ := r.Events[0].Event.(timecard.PunchIdentified)
	return []Identified{{e.Emp, e.Punch, e.Assurance, e.Check}}, nil
}
