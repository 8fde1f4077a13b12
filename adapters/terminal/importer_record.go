package terminal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// record writes what was planned, many timecards at a time.
func (p *plan) record(ctx context.Context) error {
	p.done(p.known, ledger.Receipt{}, nil)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for _, stream := range p.order {
		g.Go(func() error {
			for punches := range slices.Chunk(p.cards[stream], chunk) {
				if err := p.punches(ctx, punches); err != nil {
					return fmt.Errorf("record %s: %w", stream, err)
				}
			}
			return nil
		})
	}
	for rows := range slices.Chunk(p.unknown, chunk) {
		if p.device == "" { // its rows have their verdict, and nowhere to wait
			p.done(len(rows), ledger.Receipt{}, nil)
			continue
		}
		g.Go(func() error {
			r, err := p.do(ctx, p.importer.NewID(), place.QuarantinePunches{Device: p.importer.Device, ReceivedAt: p.received, Rows: rows})
			p.done(len(rows), r, nil)
			return err
		})
	}
	return g.Wait()
}

func (p *plan) punches(ctx context.Context, punches []timecard.RecordPunch) error {
	r, err := p.do(ctx, p.importer.NewID(), timecard.RecordPunches{Punches: punches})
	if err != nil {
		return err
	}
	counts := map[string]int{VerdictDuplicate: len(punches) - len(r.Events)}
	for _, w := range r.Events {
		switch e := w.Event.(type) {
		case timecard.PunchAccepted:
			counts[VerdictAccepted]++
		case timecard.PunchHeld:
			counts[VerdictHeld]++
			p.judged(VerdictHeld, e.PunchDetails)
		case timecard.PunchRejected:
			counts[VerdictRejected]++
			p.judged(VerdictRejected, e.PunchDetails)
		}
	}
	p.done(len(punches), r, counts)
	return nil
}

// judged lists a punch that does not count.
func (p *plan) judged(verdict string, d timecard.PunchDetails) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.report.Judged) < maxListed {
		p.report.Judged = append(p.report.Judged, Judged{Line: d.Line, Emp: d.Emp, Verdict: verdict, Reasons: d.Reasons})
	}
}

func (p *plan) do(ctx context.Context, id string, c ledger.Command) (ledger.Receipt, error) {
	return p.importer.Ledger.Do(ctx, ledger.Request{
		ID: id, Command: c, Actor: p.importer.Actor, Correlation: p.batch, DryRun: p.importer.DryRun,
	})
}

func (p *plan) done(rows int, r ledger.Receipt, counts map[string]int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.added += len(r.Events)
	if p.importer.Recorded != nil && r.Position > 0 {
		p.importer.Recorded(r)
	}
	for verdict, n := range counts {
		if n > 0 {
			p.report.Counts[verdict] += n
		}
	}
	if p.importer.Progress != nil {
		p.importer.Progress(rows)
	}
}

// close records the batch, if it is not recorded yet: after an interruption it may be all that is missing.
func (p *plan) close(ctx context.Context) error {
	if p.importer.DryRun {
		return nil
	}
	if p.added > 0 {
		p.report.Batch = p.batch
	}
	if p.past.batches[p.batch].recorded {
		return nil
	}
	bad := make([]place.BadRow, 0, len(p.report.Bad))
	for _, b := range p.report.Bad {
		bad = append(bad, place.BadRow{Line: b.Line, Column: b.Column, Reason: b.Reason})
	}
	r, err := p.do(ctx, "import:"+p.batch, place.RecordImportBatch{
		Batch: p.batch, Device: p.importer.Device, FileSHA256: p.importer.SHA256, FileName: p.importer.FileName,
		Format: p.importer.Format, Zone: p.importer.Zone, ReceivedAt: p.received, Counts: p.report.Counts, Bad: bad, BadTotal: p.report.Counts[VerdictBad],
	})
	var refused *domain.Error
	if errors.As(err, &refused) && (refused.Code == "idempotency_conflict" || refused.Code == "batch_exists") {
		return nil // somebody has recorded it meanwhile
	}
	if err == nil {
		p.report.Batch = p.batch
		p.done(0, r, nil)
	}
	return err
}
