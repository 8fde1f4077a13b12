package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
)

type drillCmd struct {
	To   string `help:"Folder for the drill's copies, which are removed at the end (default: the one that holds the data folder)." placeholder:"DIR"`
	Rate int64  `help:"MiB a second at most, while the ledger is copied; 0 is without a limit." default:"64"`
}

// drilled is what a drill has found.
type drilled struct {
	OK               bool                  `json:"ok"`
	Problems         []string              `json:"problems,omitempty"`
	Events           eventstore.Position   `json:"events"` // of the backup
	Head             eventstore.Commitment `json:"head"`
	ViewsFingerprint string                `json:"views_fingerprint"`
	Bytes            int64                 `json:"bytes"`
	RPO              lossIfNow             `json:"rpo"`
	RTO              wayBack               `json:"rto"`
	BackupSeconds    string                `json:"backup_s"`
	CompareSeconds   string                `json:"compare_s"`
}

// lossIfNow is what would be gone if the ledger were lost when the drill ended, and only its backup were left.
type lossIfNow struct {
	Events     eventstore.Position `json:"events"`       // acknowledged after the backup
	RecordedS  string              `json:"recorded_s"`   // from the backup's last event to the ledger's
	BackupAgeS string              `json:"backup_age_s"` // since the backup was begun
}

// wayBack is how long it takes from a backup to a ledger that answers.
type wayBack struct {
	RestoreSeconds string `json:"restore_s"` // copied, hashes compared, every event verified
	ViewsSeconds   string `json:"views_s"`   // views built and read
	TotalSeconds   string `json:"total_s"`
}

func (cmd *drillCmd) Run(c *console) (err error) {
	if err := cmp.Or(exists(c.cfg.Data, c.cfg.LogAt), c.parts().right(c.cfg.Data)); err != nil {
		return err
	}
	parent := filepath.Dir(filepath.Clean(c.cfg.Data))
	if cmd.To != "" {
		parent = c.path(cmd.To)
	}
	if err := outside(c.cfg.Data, filepath.Join(parent, "drill")); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(parent, "punchledger-drill-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	d, err := c.drill(scratch, cmd.Rate)
	if err != nil {
		return err
	}
	if err := d.print(c); err != nil {
		return err
	}
	if !d.OK {
		return errNo
	}
	return nil
}

// drill takes a backup into a scratch folder, restores it there and compares what comes back with the running ledger.
func (c *console) drill(scratch string, rate int64) (d drilled, err error) {
	b, err := c.backUp(filepath.Join(scratch, "backup"), rate)
	if err != nil {
		return d, err
	}
	d = drilled{OK: true, Events: b.Events, Head: b.Head, Bytes: b.Bytes, BackupSeconds: b.Seconds}

	began := time.Now()
	data := filepath.Join(scratch, "data")
	back, err := c.restore(restoring{source: b.Dir, data: data, withoutKey: true})
	if err != nil {
		return d, err
	}
	if !back.Names {
		d.differ(c.t("cli.drill.no_key", "kek", c.cfg.KEK))
	}
	lack, err := c.blobsLack(data)
	if err != nil {
		return d, err
	}
	if lack != "" {
		d.differ(lack)
	}
	viewing := time.Now()
	again, counts, err := c.fingerprintOf(data, filepath.Join(data, viewsFile), b.Events)
	if err != nil {
		return d, err
	}
	d.RTO = wayBack{back.Seconds, since(viewing), since(began)}

	began = time.Now()
	want, wanted, err := c.fingerprintOf(c.cfg.Data, filepath.Join(scratch, "compared.db"), b.Events)
	if err != nil {
		return d, err
	}
	d.ViewsFingerprint, d.CompareSeconds = again, since(began)
	if again != want {
		d.differ(c.t("cli.drill.views_differ", "restored", again, "running", want, "days", fmt.Sprint(counts.Days), "want", fmt.Sprint(wanted.Days)))
	}
	return d, d.measure(c, b)
}

func (d *drilled) differ(problem string) {
	d.OK = false
	d.Problems = append(d.Problems, problem)
}

// fingerprintOf returns the fingerprint of the views of a ledger at a position. The ledger's own views are taken while they are there;
// where a server has moved them on, they are built for that position at aside.
func (c *console) fingerprintOf(data, aside string, at eventstore.Position) (string, projections.Counts, error) {
	there := *c
	config := *c.cfg
	if config.Data != data { // a copy keeps its log and its views to itself
		config.Data, config.LogAt, config.Views, config.Vault, config.State = data, "", "", "", ""
	}
	there.cfg = &config
	r, err := openReader(&there)
	if err != nil {
		return "", projections.Counts{}, err
	}
	sum, counts, err := r.fingerprintAt(c.ctx, aside, at, nil)
	return sum, counts, errors.Join(err, r.Close())
}

// fingerprintAt catches the views up to a position, or builds them for it at aside where they are behind it already.
func (r *reader) fingerprintAt(ctx context.Context, aside string, at eventstore.Position, p *progress) (string, projections.Counts, error) {
	until := func(d eventstore.Decoded) bool { return d.Position <= at }
	views, err := r.views, r.catchUp(ctx, r.views, until, p)
	for err == nil {
		var before, after projections.Checkpoint
		var even bool
		if before, even, err = placeOf(ctx, views); err != nil {
			break
		}
		if before.Position == at && even {
			sum, counts, err := projections.Fingerprint(ctx, views)
			if err != nil {
				return "", counts, err
			}
			if after, even, err = placeOf(ctx, views); err != nil || after == before && even {
				return sum, counts, err
			}
		}
		if views != r.views {
			return "", projections.Counts{}, fmt.Errorf("the views end at %d, not at %d", before.Position, at)
		}
		if views, err = openViews(ctx, aside); err == nil {
			defer views.Close()
			err = r.catchUp(ctx, views, until, nil)
		}
	}
	return "", projections.Counts{}, err
}

// measure compares the end of the running ledger with that of the backup.
func (d *drilled) measure(c *console, b backedUp) error {
	v, err := c.lastEvent(b.Events)
	if err != nil {
		return err
	}
	if v.at.Events < b.Events || v.at.Events == b.Events && v.at.Head != b.Head || v.then != b.Head {
		d.differ(c.t("cli.drill.log_differs", "position", fmt.Sprint(b.Events)))
	}
	d.RPO = lossIfNow{
		Events: v.at.Events - min(v.at.Events, b.Events), RecordedS: seconds(v.recordedAt - b.RecordedAt),
		BackupAgeS: seconds(domain.InstantOf(c.Now()) - b.TakenAt),
	}
	return nil
}

func seconds(ms domain.Instant) string { return fmt.Sprintf("%.2f", float64(ms)/1000) }

// ending is where a log ends, and what stands at an earlier position.
type ending struct {
	at         mark
	recordedAt domain.Instant
	then       eventstore.Commitment
}

// lastEvent reads the end of the ledger from a position on.
func (c *console) lastEvent(from eventstore.Position) (e ending, err error) {
	r, err := openReader(c)
	if err != nil {
		return e, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	cursor, before := eventstore.Cursor(from-1), from-1 // of a log in SQLite cursors are positions
	if r.logAt != "" {
		cursor, before = 0, 0
	}
	for rec, err := range eventstore.Number(r.log.ReadAll(c.ctx, cursor), before, r.codec.Owns) {
		if err != nil {
			return e, err
		}
		meta, err := rec.DecodeMetadata()
		if err != nil {
			return e, err
		}
		if rec.Position < from {
			continue
		}
		if rec.Position == from {
			e.then = rec.Commitment
		}
		e.at, e.recordedAt = mark{rec.Position, rec.Commitment}, meta.RecordedAt
	}
	return e, nil
}

func (d drilled) print(c *console) error {
	if c.cfg.Output == "json" {
		return printJSON(c.Out, d)
	}
	for _, p := range d.Problems {
		fmt.Fprintln(c.Out, c.t("cli.drill.differs", "problem", p))
	}
	if d.OK {
		fmt.Fprintln(c.Out, c.t("cli.drill.ok", "events", fmt.Sprint(d.Events), "head", d.Head.String(), "fingerprint", d.ViewsFingerprint))
	}
	fmt.Fprintln(c.Out, c.t("cli.drill.rpo", "events", fmt.Sprint(d.RPO.Events), "recorded", d.RPO.RecordedS, "age", d.RPO.BackupAgeS))
	fmt.Fprintln(c.Out, c.t("cli.drill.rto", "total", d.RTO.TotalSeconds, "restore", d.RTO.RestoreSeconds, "views", d.RTO.ViewsSeconds,
		"backup", d.BackupSeconds, "bytes", megabytes(d.Bytes)))
	return nil
}
