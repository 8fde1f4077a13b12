package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
)

type logCmd struct {
	Tail  logTailCmd  `cmd:"" default:"withargs" help:"The last events."`
	Show  logShowCmd  `cmd:"" help:"One event, whole."`
	Stats logStatsCmd `cmd:"" help:"Events by type."`
}

type logTailCmd struct {
	N      int    `short:"n" help:"How many." default:"20"`
	Stream string `help:"Only this stream."`
	Follow bool   `short:"f" help:"Go on as events come."`
}

// printed is an event as it is shown to machines.
type printed struct {
	Position   eventstore.Position   `json:"position"`
	Stream     string                `json:"stream"`
	Revision   eventstore.Revision   `json:"revision"`
	ID         string                `json:"event_id"`
	Type       string                `json:"type"`
	Commitment eventstore.Commitment `json:"commitment"`
	Metadata   json.RawMessage       `json:"metadata"`
	Data       json.RawMessage       `json:"data"`
}

func printable(r eventstore.Record) printed {
	return printed{r.Position, r.Stream, r.Revision, r.ID.String(), r.Type, r.Commitment, r.Metadata, r.Data}
}

func (cmd *logTailCmd) Run(c *console) error {
	return c.logReading(func(r *reader) error {
		t, err := c.table(">position", "recorded_at", "stream", ">revision", "type", "actor")
		if err != nil {
			return err
		}
		var last []eventstore.Record
		var cursor eventstore.Cursor
		position := eventstore.Position(0)
		for rec, err := range eventstore.Number(r.log.ReadAll(c.ctx, 0), 0, r.codec.Owns) {
			if err != nil {
				return err
			}
			cursor, position = rec.Cursor, rec.Position
			if cmd.Stream != "" && rec.Stream != cmd.Stream {
				continue
			}
			if last = append(last, rec); len(last) > max(cmd.N, 0) {
				last = last[1:]
			}
		}
		for _, rec := range last {
			if err := c.event(t, rec); err != nil {
				return err
			}
		}
		if err := t.end(); err != nil || !cmd.Follow {
			return err
		}
		return cmd.follow(c, r, cursor, position)
	})
}

func (c *console) event(t *table, rec eventstore.Record) error {
	m, err := rec.DecodeMetadata()
	if err != nil {
		return err
	}
	return t.add(printable(rec), fmt.Sprint(rec.Position), m.RecordedAt.String(), rec.Stream, fmt.Sprint(rec.Revision), rec.Type,
		string(m.Actor.Kind)+":"+m.Actor.ID)
}

func (cmd *logTailCmd) follow(c *console, r *reader, cursor eventstore.Cursor, position eventstore.Position) error {
	for {
		if err := r.log.Wait(c.ctx, cursor); err != nil {
			if errors.Is(err, c.ctx.Err()) {
				return nil
			}
			return err
		}
		t, err := c.table(">position", "recorded_at", "stream", ">revision", "type", "actor")
		if err != nil {
			return err
		}
		for rec, err := range eventstore.Number(r.log.ReadAll(c.ctx, cursor), position, r.codec.Owns) {
			if err != nil {
				return err
			}
			cursor, position = rec.Cursor, rec.Position
			if cmd.Stream != "" && rec.Stream != cmd.Stream {
				continue
			}
			if err := c.event(t, rec); err != nil {
				return err
			}
		}
		if err := t.end(); err != nil {
			return err
		}
	}
}

type logShowCmd struct {
	Position string `arg:"" help:"Position of the event."`
}

func (cmd *logShowCmd) Run(c *console) error {
	want, err := strconv.ParseUint(cmd.Position, 10, 64)
	if err != nil {
		return domain.NewError(domain.Invalid, "invalid_field", "field", "POSITION", "problem", cmd.Position+" is no number")
	}
	return c.logReading(func(r *reader) error {
		for rec, err := range eventstore.Number(r.log.ReadAll(c.ctx, 0), 0, r.codec.Owns) {
			if err != nil {
				return err
			}
			if rec.Position == eventstore.Position(want) {
				return printJSON(c.Out, printable(rec))
			}
		}
		return domain.NewError(domain.NotFound, "unknown_position", "position", cmd.Position)
	})
}

type logStatsCmd struct{}

func (cmd *logStatsCmd) Run(c *console) error {
	return c.logReading(func(r *reader) error {
		counts := map[string]int{}
		total := 0
		for rec, err := range r.log.ReadAll(c.ctx, 0) {
			if err != nil {
				return err
			}
			counts[rec.Type]++
			total++
		}
		t, err := c.table("type", ">count")
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			if err := t.add(map[string]any{"type": name, "count": counts[name]}, name, fmt.Sprint(counts[name])); err != nil {
				return err
			}
		}
		if c.cfg.Output == "table" {
			if err := t.add(nil, c.t("labels.column.total"), fmt.Sprint(total)); err != nil {
				return err
			}
		}
		return t.end()
	})
}

// logReading opens the ledger without catching views up: the log alone is asked.
func (c *console) logReading(f func(*reader) error) error {
	r, err := openReader(c)
	if err != nil {
		return err
	}
	return errors.Join(f(r), r.Close())
}

type verifyCmd struct {
	From uint64 `help:"Recompute commitments from this position on; revisions are followed from the first event in any case."`
}

// verdict is what verification found. FirstBad is the first position at which the ledger is not what was written.
type verdict struct {
	OK               bool                  `json:"ok"`
	Events           eventstore.Position   `json:"events"`
	Streams          int                   `json:"streams"`
	Head             eventstore.Commitment `json:"head"`
	FirstBad         eventstore.Position   `json:"first_bad,omitempty"`
	Problem          string                `json:"problem,omitempty"`
	ViewsFingerprint string                `json:"views_fingerprint,omitempty"`
	Views            projections.Counts    `json:"views"`
	Seconds          string                `json:"seconds"`
	Restored         []restoration         `json:"restored,omitempty"` // from backups, the last one last

	recordedAt domain.Instant               // of the last event
	newer      *eventstore.UnknownTypeError // at FirstBad: the ledger is not damaged, but this build is too old for it
}

func (cmd *verifyCmd) Run(c *console) error {
	started := time.Now()
	if err := exists(c.cfg.Data); err != nil {
		return err
	}
	r, err := openReader(c)
	if _, ok := errors.AsType[*sqlite.NewerFileError](err); ok {
		return err
	}
	if err != nil { // a log that does not open is not sound: a broken file, or one that has lost what its guard has seen
		return errors.Join(verdict{Problem: err.Error(), FirstBad: 1}.print(c), errNo)
	}
	return errors.Join(cmd.verify(c, r, started), r.Close())
}

func (cmd *verifyCmd) verify(c *console, r *reader, started time.Time) error {
	v := r.verify(c, eventstore.Position(cmd.From))
	if v.OK {
		// Of the events that were verified: a server may have appended others meanwhile.
		var err error
		v.ViewsFingerprint, v.Views, err = r.fingerprintAt(c.ctx, ":memory:", v.Events, newProgress(c, c.t("cli.catching_up")))
		if err != nil {
			return err
		}
	}
	var err error
	if v.Restored, err = restorations(c.cfg.Data); err != nil {
		return err
	}
	v.Seconds = since(started)
	if err := v.print(c); err != nil {
		return err
	}
	if !v.OK {
		return errNo
	}
	return nil
}

// verify walks the log from the first event: cursors grow, revisions have no gap, every commitment is recomputed by the store,
// every record decodes, and recorded_at is there.
func (r *reader) verify(c *console, from eventstore.Position) verdict {
	v := verdict{}
	revisions := map[string]eventstore.Revision{}
	var recorded domain.Instant
	bad := func(problem string) verdict {
		v.FirstBad, v.Problem = v.Events+1, problem
		return v
	}
	for rec, err := range eventstore.Number(r.log.ReadAll(c.ctx, 0), 0, r.codec.Owns) {
		if err != nil {
			return bad(err.Error())
		}
		if want := revisions[rec.Stream] + 1; rec.Revision != want {
			return bad(fmt.Sprintf("%s has revision %d where %d follows", rec.Stream, rec.Revision, want))
		}
		if rec.Position >= from {
			d, err := r.codec.DecodeRecord(rec)
			if err != nil {
				v.newer, _ = errors.AsType[*eventstore.UnknownTypeError](err)
				return bad(err.Error())
			}
			if d.Meta.RecordedAt == 0 || d.Meta.Salt == "" || d.Meta.CommandID == "" {
				return bad("its metadata lacks recorded_at, salt or command_id")
			}
			if d.Meta.RecordedAt < recorded {
				return bad(fmt.Sprintf("it was recorded at %s, before the event that it follows (%s)", d.Meta.RecordedAt, recorded))
			}
			recorded = d.Meta.RecordedAt
		}
		revisions[rec.Stream] = rec.Revision
		v.Events, v.Head = rec.Position, rec.Commitment
	}
	v.OK, v.Streams = true, len(revisions)
	return v
}

func (v verdict) print(c *console) error {
	if c.cfg.Output == "json" {
		return printJSON(c.Out, v)
	}
	if v.newer != nil {
		fmt.Fprintln(c.Out, c.t("cli.verify.newer", "position", fmt.Sprint(v.FirstBad), "type", v.newer.Type, "schema", fmt.Sprint(v.newer.Schema),
			"events", fmt.Sprint(v.Events)))
		return nil
	}
	if !v.OK {
		fmt.Fprintln(c.Out, c.t("cli.verify.bad", "position", fmt.Sprint(v.FirstBad), "problem", v.Problem, "events", fmt.Sprint(v.Events)))
		return nil
	}
	fmt.Fprintln(c.Out, c.t("cli.verify.ok", "events", fmt.Sprint(v.Events), "streams", fmt.Sprint(v.Streams), "head", v.Head.String(),
		"fingerprint", v.ViewsFingerprint, "days", fmt.Sprint(v.Views.Days), "anomalies", fmt.Sprint(v.Views.Anomalies),
		"rows", fmt.Sprint(v.Views.Rows), "seconds", v.Seconds))
	if n := len(v.Restored); n > 0 {
		last := v.Restored[n-1]
		c.say("cli.verify.restored", "times", fmt.Sprint(n), "at", last.RestoredAt.String(), "events", fmt.Sprint(last.Events))
		if last.MissingTo != 0 {
			c.say("cli.restore.missing", "from", fmt.Sprint(last.MissingFrom), "to", fmt.Sprint(last.MissingTo))
		}
	}
	return nil
}

type rebuildCmd struct {
	Batch int `help:"Events per transaction; the default evaluates each person once." default:"0"`
}

func (cmd *rebuildCmd) Run(c *console) error {
	return c.logReading(func(r *reader) error {
		if err := r.views.Drop(c.ctx); err != nil {
			return err
		}
		started := time.Now()
		bar := newProgress(c, c.t("cli.rebuilding"))
		runner := r.runner(r.views)
		runner.Batch, runner.Progress = cmd.Batch, bar.events
		if err := runner.CatchUp(c.ctx); err != nil {
			return err
		}
		bar.done()
		fingerprint, n, err := projections.Fingerprint(c.ctx, r.views)
		if err != nil {
			return err
		}
		if c.cfg.Output == "json" {
			return printJSON(c.Out, map[string]any{"views_fingerprint": fingerprint, "views": n})
		}
		fmt.Fprintln(c.Out, c.t("cli.rebuilt", "fingerprint", fingerprint, "days", fmt.Sprint(n.Days), "anomalies", fmt.Sprint(n.Anomalies),
			"rows", fmt.Sprint(n.Rows), "seconds", fmt.Sprintf("%.1f", time.Since(started).Seconds())))
		return nil
	})
}
