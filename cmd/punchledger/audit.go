package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

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
		return wrongValue("POSITION", cmd.Position, "not_a_position")
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
	r, err := openLogReader(c)
	if err != nil {
		return err
	}
	return errors.Join(f(r), r.Close())
}

type rebuildCmd struct {
	Batch  int `help:"Events per transaction; the default evaluates each person once." default:"0"`
	Shards int `help:"Divide views in a database into so many parts, which workers share; as they are when left out." default:"0" placeholder:"N"`
}

func (cmd *rebuildCmd) Run(c *console) error {
	return c.logReading(func(r *reader) error {
		var err error
		if err = r.replaceViews(c.ctx, cmd.Shards); err != nil {
			return err
		}
		started := time.Now()
		bar := newProgress(c, c.t("cli.rebuilding"))
		if err := r.catchUpOnce(c.ctx, r.views, cmd.Batch, nil, bar); err != nil {
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
