package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections/process"
)

// batch is an import as it is shown.
type batch struct {
	ID         string         `json:"batch"`
	Device     string         `json:"device"`
	File       string         `json:"file,omitempty"`
	SHA256     string         `json:"file_sha256"`
	Format     string         `json:"format"`
	Zone       string         `json:"zone"`
	Counts     map[string]int `json:"counts"`
	ReceivedAt domain.Instant `json:"received_at"`
	By         string         `json:"by"`
	Position   uint64         `json:"position"`
	Waiting    int            `json:"waiting"` // rows that nobody was named for
	Voided     *voiding       `json:"voided,omitempty"`
}

// voiding says when, by whom and why an import was taken back.
type voiding struct {
	At       domain.Instant `json:"at"`
	By       string         `json:"by"`
	Reason   string         `json:"reason"`
	Position uint64         `json:"position"`
}

type importListCmd struct{}

// Run lists imports in the order in which they were recorded.
func (cmd *importListCmd) Run(c *console) error {
	return c.logReading(func(r *reader) error {
		list, err := r.batches(c)
		if err != nil {
			return err
		}
		t, err := c.table("batch", "device", "file", ">accepted", ">waiting", ">lines", "recorded_at", "actor", "state")
		if err != nil {
			return err
		}
		for _, b := range list {
			state := ""
			if b.Voided != nil {
				state = c.word("labels.state.", "voided")
			}
			lines := 0
			for _, n := range b.Counts {
				lines += n
			}
			err := t.add(b, b.ID, b.Device, b.File, fmt.Sprint(b.Counts["accepted"]), fmt.Sprint(b.Waiting), fmt.Sprint(lines),
				b.ReceivedAt.String(), b.By, state)
			if err != nil {
				return err
			}
		}
		return t.end()
	})
}

// batches reads the imports of the log.
func (r *reader) batches(c *console) ([]*batch, error) {
	byID := map[string]*batch{}
	var out []*batch
	rows := map[string]string{} // row in quarantine -> its import
	for rec, err := range eventstore.Number(r.log.ReadAll(c.ctx, 0), 0, r.codec.Owns) {
		if err != nil {
			return nil, err
		}
		if domain.Category(rec.Stream) != "intake" {
			continue
		}
		d, err := r.codec.DecodeRecord(rec)
		if err != nil {
			return nil, err
		}
		by := string(d.Meta.Actor.Kind) + ":" + d.Meta.Actor.ID
		switch e := d.Event.(type) {
		case place.PunchQuarantined:
			rows[e.Row] = e.Batch
		case place.PunchAttributed:
			delete(rows, e.Row)
		case place.ImportBatchRecorded:
			file, err := r.open(c.ctx, rec.Stream, rec.Type, e.FileName)
			if err != nil {
				return nil, err
			}
			b := &batch{
				ID: e.Batch, Device: e.Device, File: file, SHA256: e.FileSHA256, Format: e.Format, Zone: e.Zone, Counts: e.Counts,
				ReceivedAt: e.ReceivedAt, By: by, Position: uint64(rec.Position),
			}
			byID[e.Batch] = b
			out = append(out, b)
		case place.ImportBatchVoided:
			byID[e.Batch].Voided = &voiding{At: d.Meta.RecordedAt, By: by, Reason: e.Reason, Position: uint64(rec.Position)}
		}
	}
	for _, id := range rows {
		if b := byID[id]; b != nil && b.Voided == nil {
			b.Waiting++
		}
	}
	return out, nil
}

type importVoidCmd struct {
	Batch  string `arg:"" help:"Id of the import, as import list shows it."`
	Reason string `help:"Why, for whoever asks later; required unless --dry-run." placeholder:"TEXT"`
	DryRun bool   `help:"Show people, days and punches that it would touch, and write nothing."`
}

// voided is what import void prints.
type voided struct {
	Batch   string   `json:"batch"`
	DryRun  bool     `json:"dry_run"`
	Waiting int      `json:"waiting"` // rows that stop waiting
	Effect  effect   `json:"effect"`
	Receipt *receipt `json:"receipt,omitempty"`
}

// Run takes an import back. Run again, it finishes what an interruption left.
func (cmd *importVoidCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		if err := w.settle(c); err != nil {
			return err
		}
		return cmd.run(c, w)
	})
}

func (cmd *importVoidCmd) run(c *console, w *writer) error {
	b, err := w.batch(c, cmd.Batch)
	if err != nil {
		return err
	}
	if b.Voided && !cmd.DryRun {
		c.say("cli.import_voided_before", "batch", cmd.Batch)
		if c.cfg.Output == "json" {
			return printJSON(c.Out, voided{Batch: cmd.Batch, Effect: effect{Closed: []string{}}})
		}
		return nil
	}
	if cmd.DryRun {
		return cmd.preview(c, w)
	}
	return cmd.void(c, w, b)
}

func (cmd *importVoidCmd) preview(c *console, w *writer) error {
	out := voided{Batch: cmd.Batch, DryRun: true, Waiting: w.waitingOf(cmd.Batch)}
	touches, events, err := w.voidTouches(c, cmd.Batch)
	if err != nil {
		return err
	}
	err = w.withViews(c, func(views viewStore) error {
		out.Effect, err = w.effectOf(c, views, touches, events)
		return err
	})
	if err != nil {
		return err
	}
	return out.print(c, "cli.import_would_void")
}

func (v voided) print(c *console, key string) error {
	c.say(key, "batch", v.Batch, "waiting", fmt.Sprint(v.Waiting))
	if c.cfg.Output == "json" {
		return printJSON(c.Out, v)
	}
	return v.Effect.print(c)
}

// waitingOf counts the rows of an import that wait for somebody.
func (w *writer) waitingOf(batch string) int {
	n := 0
	for _, q := range w.ledger.Directory().Waiting("") {
		if q.Batch == batch {
			n++
		}
	}
	return n
}

// void takes an import back and says what that touched.
func (cmd *importVoidCmd) void(c *console, w *writer, b place.Batch) error {
	out := voided{Batch: cmd.Batch, Waiting: w.waitingOf(cmd.Batch)}
	touches, _, err := w.voidTouches(c, cmd.Batch)
	if err != nil {
		return err
	}
	out.Effect, _ = w.extent(touches)
	r, err := w.do(c, place.VoidImportBatch{
		Device: b.Recorded.Device, ReceivedOn: domain.DateOfUnix(b.Recorded.ReceivedAt.Seconds()), Batch: cmd.Batch, Reason: cmd.Reason,
	})
	if err != nil {
		return err
	}
	receipt := receiptOf(r, cmd.Batch)
	out.Receipt = &receipt
	if err := w.settle(c); err != nil {
		return err
	}
	return errors.Join(out.print(c, "cli.import_voided"), w.turnDue(c.ctx))
}

// voidTouches returns the punches that voiding an import takes back, and the events that would do it.
func (w *writer) voidTouches(c *console, batch string) ([]touch, []eventstore.Decoded, error) {
	punches, err := process.BatchPunches(c.ctx, w.log, w.codec, batch)
	if err != nil {
		return nil, nil, err
	}
	var touches []touch
	var events []eventstore.Decoded
	for _, p := range punches {
		var d eventstore.Decoded
		e := timecard.PunchVoided{Emp: p.Card.Emp, Punch: p.Punch, Batch: batch}
		d.Stream, d.Type, d.Event, d.ID = p.Card.Stream(), e.EventType(), e, uuid.New()
		events = append(events, d)
		touches = append(touches, touch{emp: p.Card.Emp, punch: p.Punch, at: []domain.Instant{p.EffectiveAt}})
	}
	return touches, events, nil
}

// batch finds an import that was recorded.
func (w *writer) batch(c *console, id string) (place.Batch, error) {
	var found place.Batch
	for rec, err := range w.log.ReadAll(c.ctx, 0) {
		if err != nil {
			return found, err
		}
		if !batchTypes[rec.Type] {
			continue
		}
		d, err := w.codec.DecodeRecord(rec)
		if err != nil {
			return found, err
		}
		switch e := d.Event.(type) {
		case place.ImportBatchRecorded:
			if e.Batch == id {
				found.Recorded = e
			}
		case place.ImportBatchVoided:
			found.Voided = found.Voided || e.Batch == id
		}
	}
	if found.Recorded.Batch == "" {
		return found, domain.NewError(domain.NotFound, "unknown_batch", "batch", id)
	}
	return found, nil
}

var batchTypes = map[string]bool{"ImportBatchRecorded": true, "ImportBatchVoided": true}

// settle carries out what earlier commands have ordered and could not finish, so that a command begins from whole acts.
func (w *writer) settle(c *console) error {
	views, err := w.openViews(c.ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(w.process(c.ctx, views), views.Close()); err != nil {
		return err
	}
	_, err = w.attribute(c, "")
	return err
}

// process carries out what was ordered and is not done yet.
func (w *writer) process(ctx context.Context, views viewStore) error {
	_, err := w.clockRepair(views).CatchUp(ctx)
	if err == nil {
		_, err = w.batchVoid(views).CatchUp(ctx)
	}
	if err == nil {
		_, err = w.apply(views).CatchUp(ctx)
	}
	return err
}

func (w *writer) apply(views viewStore) *process.Apply {
	return &process.Apply{Store: w.log, Codec: w.codec, Checkpoints: views, Door: w.ledger, DateOf: w.ledger.Directory().DateOf}
}

func (w *writer) clockRepair(views viewStore) *process.ClockRepair {
	return &process.ClockRepair{Store: w.log, Codec: w.codec, Checkpoints: views, Door: w.ledger}
}

func (w *writer) batchVoid(views viewStore) *process.BatchVoid {
	return &process.BatchVoid{Store: w.log, Codec: w.codec, Checkpoints: views, Door: w.ledger}
}

type importWaitingCmd struct{}

// waiting is a badge, or a reason, for which rows wait.
type waiting struct {
	Badge  string         `json:"badge"`
	MAC    string         `json:"badge_mac"`
	Device string         `json:"device"`
	Why    string         `json:"why"`
	Rows   int            `json:"rows"`
	First  domain.Instant `json:"first_at"`
	Last   domain.Instant `json:"last_at"`
	Days   int            `json:"days"`

	days map[string]bool
	row  place.PunchQuarantined
}

// Run lists the badges for which punches wait.
func (cmd *importWaitingCmd) Run(c *console) error {
	return c.logReading(func(r *reader) error {
		d, err := ledger.OpenDirectory(c.ctx, r.log, r.codec)
		if err != nil {
			return err
		}
		list, err := waitingBadges(d.Waiting(""), func(q place.PunchQuarantined) (string, error) {
			stream := place.IntakeStream(q.Device, domain.DateOfUnix(q.ReceivedAt.Seconds()))
			return r.open(c.ctx, stream, q.EventType(), q.Badge)
		})
		if err != nil {
			return err
		}
		return c.printWaiting(list)
	})
}

func (c *console) printWaiting(list []*waiting) error {
	t, err := c.table("badge", "device", ">punches", ">days", "first_at", "last_at", "reason")
	if err != nil {
		return err
	}
	for _, b := range list {
		err := t.add(b, b.Badge, b.Device, fmt.Sprint(b.Rows), fmt.Sprint(b.Days), b.First.String(), b.Last.String(), c.word("labels.verdict.", b.Why))
		if err != nil {
			return err
		}
	}
	return t.end()
}

// waitingBadges groups rows by badge, device and reason, most rows first. The number is opened for whoever has the key; it is on paper in front
// of the clock anyway, and is what HR knows a person by.
func waitingBadges(rows []place.PunchQuarantined, open func(place.PunchQuarantined) (string, error)) ([]*waiting, error) {
	groups := map[[3]string]*waiting{}
	for _, q := range rows {
		key := [3]string{q.BadgeMAC, q.Device, q.Why}
		b := groups[key]
		if b == nil {
			b = &waiting{MAC: q.BadgeMAC, Device: q.Device, Why: q.Why, First: q.EffectiveAt, days: map[string]bool{}, row: q}
			groups[key] = b
		}
		b.Rows++
		b.First, b.Last = min(b.First, q.EffectiveAt), max(b.Last, q.EffectiveAt)
		day, _, _ := strings.Cut(q.ClaimedAt, "T")
		b.days[day] = true
	}
	out := slices.Collect(maps.Values(groups))
	for _, b := range out {
		var err error
		if b.Badge, err = open(b.row); err != nil {
			return nil, fmt.Errorf("open the badge of row %s: %w", b.row.Row, err)
		}
		b.Days = len(b.days)
	}
	slices.SortFunc(out, func(a, b *waiting) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Badge, b.Badge), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Why, b.Why))
	})
	return out, nil
}
