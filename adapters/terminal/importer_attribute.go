package terminal

import (
	"context"
	"errors"
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// Attribute records the punches that waited for a badge, now that somebody holds it, and returns how many. A punch is recorded
// first and attributed then, so that a crash between the two leaves it waiting, and the next run finds it recorded.
func (im *Importer) Attribute(ctx context.Context, badgeMAC string) (int, error) {
	n := 0
	for _, q := range im.Ledger.Directory().Waiting(badgeMAC) {
		if q.Why != VerdictUnknown {
			continue
		}
		d := waitingDetails(q)
		var ok bool
		if d.Emp, ok = im.Ledger.Directory().BadgeHolder(badgeMAC, q.Device, im.localDate(q)); !ok {
			continue
		}
		var err error
		if d.Sealed.Note, err = im.note(ctx, q); err != nil {
			return n, fmt.Errorf("open the note of row %s: %w", q.Row, err)
		}
		_, err = im.Ledger.Do(ctx, ledger.Request{
			ID: "attribute:" + q.Row, Actor: im.Actor, Correlation: q.Batch, Command: timecard.RecordPunches{Punches: []timecard.RecordPunch{{Details: d}}},
		})
		if err != nil {
			return n, fmt.Errorf("record row %s: %w", q.Row, err)
		}
		_, err = im.Ledger.Do(ctx, ledger.Request{
			ID: "attributed:" + q.Row, Actor: im.Actor, Correlation: q.Batch,
			Command: place.AttributePunches{Device: q.Device, ReceivedOn: domain.DateOfUnix(q.ReceivedAt.Seconds()), Rows: []string{q.Row}, Emp: d.Emp},
		})
		if err != nil {
			return n, fmt.Errorf("attribute row %s: %w", q.Row, err)
		}
		n++
	}
	return n, nil
}

// localDate returns the date of a punch where its clock hangs: what offset its line carries says nothing of that.
func (im *Importer) localDate(q place.PunchQuarantined) domain.Date {
	if tz := im.Ledger.Directory().Device(q.Device).TZ; tz != "" {
		if z, err := zone.Embedded().Zone(tz); err == nil {
			return z.DateOf(q.EffectiveAt.Seconds())
		}
	}
	return domain.DateOfUnix(q.EffectiveAt.Seconds() + q.ClaimedOffset)
}

// note returns the note of a row, to be sealed anew for the employee. One that was erased is none.
func (im *Importer) note(ctx context.Context, q place.PunchQuarantined) (domain.Secret, error) {
	if q.Note.IsZero() || im.Open == nil {
		return domain.Secret{}, nil
	}
	stream := place.IntakeStream(q.Device, domain.DateOfUnix(q.ReceivedAt.Seconds()))
	clear, err := im.Open(ctx, stream, q.EventType(), q.Note)
	if _, erased := errors.AsType[*vault.ErasedError](err); erased {
		return domain.Secret{}, nil
	}
	return domain.NewSecret(domain.ClassText, string(clear)), err
}

func waitingDetails(q place.PunchQuarantined) timecard.PunchDetails {
	return timecard.PunchDetails{
		Punch: q.Row, Dir: timecard.Direction(q.Dir), ClaimedAt: q.ClaimedAt, ClaimedOffset: q.ClaimedOffset, ReceivedAt: q.ReceivedAt,
		EffectiveAt: q.EffectiveAt, TimeSource: timecard.TimeSource(q.TimeSource), Device: q.Device, DeviceSeq: q.DeviceSeq,
		Channel: timecard.ChannelImport, Place: timecard.PlaceOffice, Batch: q.Batch, Line: q.Line,
		Status: q.Status, Verify: q.Verify, WorkCode: q.WorkCode, Reasons: q.Reasons,
	}
}
