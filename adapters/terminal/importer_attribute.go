package terminal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// Attributed counts rows that waited and now have an owner: all of them, and of these the rejected ones by row and reason.
type Attributed struct {
	Rows     int
	Rejected map[string]string // the reason by row
}

// Counted returns how many of the rows were not rejected.
func (a Attributed) Counted() int { return a.Rows - len(a.Rejected) }

// Reasons counts the rejected rows by reason.
func (a Attributed) Reasons() map[string]int {
	out := map[string]int{}
	for _, why := range a.Rejected {
		out[why]++
	}
	return out
}

// Attribute records the punches that waited for a badge, now that somebody holds it, and returns how many. Punches are recorded
// first and attributed then, so that a crash between the two leaves them waiting, and the next run finds them recorded.
func (im *Importer) Attribute(ctx context.Context, badgeMAC string) (Attributed, error) {
	plan, err := im.Attributable(ctx, badgeMAC)
	if err != nil {
		return Attributed{}, err
	}
	out := Attributed{Rejected: map[string]string{}}
	rejected := make([]map[string]string, len(plan))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for i, a := range plan {
		out.Rows += len(a.Rows)
		g.Go(func() (err error) {
			rejected[i], err = im.attribute(ctx, a)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return Attributed{}, err
	}
	for _, rows := range rejected {
		maps.Copy(out.Rejected, rows)
	}
	return out, nil
}

// RejectedRows returns the last reason of each row that a receipt says was rejected.
func RejectedRows(r ledger.Receipt) map[string]string {
	out := map[string]string{}
	for _, written := range r.Events {
		if e, ok := written.Event.(timecard.PunchRejected); ok {
			out[e.Punch] = e.Reasons[len(e.Reasons)-1]
		}
	}
	return out
}

// Attribution is what waits for one person on one timecard, out of one upload.
type Attribution struct {
	Command timecard.RecordPunches // at most what one append holds
	Emp     string
	Device  string
	On      domain.Date // UTC date of receipt
	Batch   string
	Rows    []string
}

// Attributable returns what waits for a badge, or for any with an empty one, and whose owner is known by now. Rows of a clock that had
// lost its time wait until the clock was corrected for them.
func (im *Importer) Attributable(ctx context.Context, badgeMAC string) ([]*Attribution, error) {
	open := map[string]*Attribution{}
	var out []*Attribution
	for _, q := range im.Ledger.Directory().Waiting(badgeMAC) {
		d := waitingDetails(q)
		fix, fixed := im.fixFor(q.Device, q.DeviceSeq, q.Batch, int64(q.Line), q.EffectiveAt)
		if fixed {
			d.EffectiveAt, d.Reasons = fix.Corrected(d.EffectiveAt), append(slices.Clone(d.Reasons), ReasonClockFix)
		}
		var known bool
		if d.Emp, known = im.holder(q.BadgeMAC, q.Device, im.localDate(q.Device, d)); !known || q.Why != VerdictUnknown && !fixed {
			continue
		}
		var err error
		if d.Sealed.Note, err = im.note(ctx, q); err != nil {
			return nil, fmt.Errorf("open the note of row %s: %w", q.Row, err)
		}
		on := domain.DateOfUnix(q.ReceivedAt.Seconds())
		key := strings.Join([]string{d.Card().Stream(), q.Device, on.String(), q.Batch}, "\x00")
		a := open[key]
		if a == nil || len(a.Rows) == chunk {
			a = &Attribution{Emp: d.Emp, Device: q.Device, On: on, Batch: q.Batch}
			open[key] = a
			out = append(out, a)
		}
		a.Rows = append(a.Rows, q.Row)
		a.Command.Punches = append(a.Command.Punches, timecard.RecordPunch{Details: d})
	}
	return out, nil
}

func (im *Importer) holder(badgeMAC, device string, date domain.Date) (emp string, known bool) {
	if im.Holder != nil {
		return im.Holder(badgeMAC, device, date)
	}
	return im.Ledger.Directory().BadgeHolder(badgeMAC, device, date)
}

// fixFor returns the correction that holds for a punch, if there is one.
func (im *Importer) fixFor(device string, seq int64, batch string, line int64, at domain.Instant) (place.ClockFix, bool) {
	d := im.Ledger.Directory().Device(device)
	if im.Fixes != nil {
		d.Fixes = im.Fixes(device)
	}
	return d.FixFor(seq, batch, line, at)
}

func (im *Importer) attribute(ctx context.Context, a *Attribution) (map[string]string, error) {
	do := func(c ledger.Command) (ledger.Receipt, error) {
		return im.Ledger.Do(ctx, ledger.Request{ID: im.NewID(), Actor: im.Actor, Correlation: cmp.Or(im.Correlation, a.Batch), Command: c})
	}
	r, err := do(a.Command)
	if err != nil {
		return nil, fmt.Errorf("record rows of %s: %w", a.Emp, err)
	}
	if _, err := do(place.AttributePunches{Device: a.Device, ReceivedOn: a.On, Rows: a.Rows, Emp: a.Emp}); err != nil {
		return nil, fmt.Errorf("attribute rows to %s: %w", a.Emp, err)
	}
	return RejectedRows(r), nil
}

// localDate returns the date of a punch where its clock hangs: what offset its line carries says nothing of that.
func (im *Importer) localDate(device string, d timecard.PunchDetails) domain.Date {
	if tz := im.Ledger.Directory().Device(device).TZ; tz != "" {
		if z, err := zone.Embedded().Zone(tz); err == nil {
			return z.DateOf(d.EffectiveAt.Seconds())
		}
	}
	return domain.DateOfUnix(d.EffectiveAt.Seconds() + d.ClaimedOffset)
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
