package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/evaluate"
	"github.com/punchledger/punchledger/projections/facts"
)

type replayAdoptCmd struct {
	Replay   string   `arg:"" help:"Id of the recorded replay."`
	Approver []string `help:"Who approves; the one who acts when left out."`
	From     string   `help:"First date the rules are to govern; the replay's first date when left out." placeholder:"DATE"`
	Publish  bool     `help:"Publish the rules at once."`
	DryRun   bool     `help:"Show what has become of the report since, and write nothing."`
}

// adopted is the output for machines.
type adopted struct {
	Replay  string                    `json:"replay"`
	Since   whatif.Since              `json:"since"`
	Adopted *receipt                  `json:"receipt,omitempty"`
	Version *ruleset.RulesetPublished `json:"published,omitempty"`
}

// Run looks again at whoever something was recorded about since the report was made, shows what it would say of them now, and adopts.
// A report of a ledger that goes on is not stale for that: publishing gives what the report and this say together.
func (cmd *replayAdoptCmd) Run(c *console) error {
	from, err := optionalDate("from", cmd.From)
	if err != nil {
		return err
	}
	if !cmd.DryRun {
		if done, err := c.handOver(); done {
			return err
		}
	}
	err = c.directory("", func(d *ledger.Directory) error { // what cannot be adopted has nothing to be looked at again
		adopt, err := d.Adopting(cmd.Replay, from, cmd.Approver, c.cfg.As)
		if err == nil {
			_, err = whatif.Decide(d.Replay(cmd.Replay), adopt, whatif.Facts{SingleControl: true})
		}
		return err
	})
	if err != nil {
		return err
	}
	out := adopted{Replay: cmd.Replay}
	if out.Since, err = c.since(cmd.Replay); err != nil {
		return err
	}
	if err := c.sayChanged(out.Since); err != nil {
		return err
	}
	if cmd.DryRun {
		return c.printAdopted(out)
	}
	return c.writing(func(w *writer) error {
		adopt, err := w.ledger.Directory().Adopting(cmd.Replay, from, cmd.Approver, c.cfg.As)
		if err != nil {
			return err
		}
		given, err := w.do(c, adopt)
		if err != nil {
			return err
		}
		r := receiptOf(given, "")
		out.Adopted = &r
		if !cmd.Publish {
			return errors.Join(c.printAdopted(out), w.turnDue(c.ctx))
		}
		return cmd.publish(c, w, adopt, &out)
	})
}

// publish publishes what was adopted.
func (cmd *replayAdoptCmd) publish(c *console, w *writer, adopt whatif.AdoptReplay, out *adopted) error {
	doc, err := ruleset.ParseStored(w.ledger.Directory().Replay(cmd.Replay).Request.Candidate.Doc)
	if err != nil {
		return err
	}
	plan := adopt.Publish[0]
	version, _, err := w.publish(c, ledger.Release{
		Doc: doc, From: plan.EffectiveFrom, Until: plan.EffectiveTo, Replay: cmd.Replay, Author: c.cfg.As,
	})
	if err != nil {
		return errors.Join(err, c.printAdopted(*out))
	}
	c.say("cli.published", "ruleset", version.Ruleset, "version", fmt.Sprint(version.Version), "from", version.EffectiveFrom.String())
	shown := version
	shown.Doc, out.Version = nil, &shown
	return errors.Join(c.printAdopted(*out), w.afterPublishing(c, version, doc), w.turnDue(c.ctx))
}

func (c *console) printAdopted(out adopted) error {
	if c.cfg.Output == "json" {
		return printJSON(c.Out, out)
	}
	return nil
}

// since compares what a recorded replay said of the people about whom something was recorded afterwards with what it would say now.
func (c *console) since(replay string) (out whatif.Since, err error) {
	var s whatif.State
	err = c.directory("", func(d *ledger.Directory) error {
		s = d.Replay(replay)
		return nil
	})
	if err != nil {
		return whatif.Since{Touched: []string{}, Days: []whatif.DaySince{}}, err
	}
	err = c.reading(func(r *reader) error {
		out, err = c.sinceOf(r, s)
		return err
	})
	return out, err
}

func (c *console) sinceOf(r *reader, s whatif.State) (whatif.Since, error) {
	out := whatif.Since{Touched: []string{}, Days: []whatif.DaySince{}}
	now := &view{reader: r, views: r.views, zones: r.zones, from: s.Request.Window.From, to: s.Request.Window.To - 1}
	people, err := now.everybody(c.ctx)
	if err != nil {
		return out, err
	}
	if out.Touched, out.Everybody, err = r.touchedAfter(c, s.Request); err != nil {
		return out, err
	}
	if out.Everybody {
		out.Touched = people
	}
	if len(out.Touched) == 0 {
		return out, nil
	}
	then := *now
	then.window.AsOf = strconv.FormatUint(s.Request.AsOf, 10)
	if !out.Everybody {
		then.only = out.Touched
	}
	done, err := then.asOf(c.ctx)
	if err != nil {
		return out, err
	}
	defer done()
	var said [2]whatif.Report
	for i, v := range []*view{&then, now} {
		if said[i], err = v.replayed(c, s, out.Touched); err != nil {
			return out, err
		}
	}
	out.Days = whatif.CompareSince(said[0].Days, said[1].Days)
	return out, nil
}

// replayed replays what a recorded replay asked for, of some of its people.
func (v *view) replayed(c *console, s whatif.State, people []string) (whatif.Report, error) {
	doc, err := ruleset.ParseStored(s.Request.Candidate.Doc)
	if err != nil {
		return whatif.Report{}, err
	}
	among := s.Request.Population
	among.Employees = append(slices.Clone(among.Employees), people...)
	report, _, err := v.tryOne(c.ctx, doc, among, whatif.All)
	if wrong, ok := errors.AsType[*domain.Error](err); ok && wrong.Code == "population_empty" {
		err = nil // nobody whom the candidate governs
	}
	return report, err
}

// touchedAfter lists whose results in the window of a replay may have changed since it was asked for. A date that is over since concerns
// everybody where the window has days that were open then.
func (r *reader) touchedAfter(c *console, asked whatif.ReplayRequested) (people []string, everybody bool, err error) {
	reach, err := r.reach(c)
	if err != nil {
		return nil, false, err
	}
	touched, over := map[string]bool{}, map[string]domain.Date{}
	for rec, err := range eventstore.Number(r.log.ReadAll(c.ctx, 0), 0, r.codec.Owns) {
		if err != nil {
			return nil, false, err
		}
		later, clock := uint64(rec.Position) > asked.AsOf, domain.Category(rec.Stream) == "clock"
		if !later && !clock {
			continue
		}
		d, err := r.codec.DecodeRecord(rec)
		if err != nil {
			return nil, false, err
		}
		turned, ended := d.Event.(schedule.DayTurned)
		if ended && !later {
			over[turned.TZ] = turned.Date
		}
		if !later {
			continue
		}
		w := facts.TouchedBy(d)
		everybody = everybody || w.Everybody || ended && asked.Window.To > over[turned.TZ]-reach
		if w.Employee != "" {
			touched[w.Employee] = true
		}
	}
	return slices.Sorted(maps.Keys(touched)), everybody, nil
}

// reach is how long a day may wait for a date that becomes over, under the rules that there are.
func (r *reader) reach(c *console) (days domain.Date, err error) {
	err = r.views.Read(c.ctx, func(tx projections.Tx) error {
		book, err := r.projector().Book(c.ctx, tx)
		if err == nil {
			days = evaluate.Reach(book)
		}
		return err
	})
	return days, err
}

// sayChanged says of each day what the report said of it and what it would say now.
func (c *console) sayChanged(s whatif.Since) error {
	if len(s.Touched) == 0 {
		c.say("cli.replay.nothing_since")
		return nil
	}
	c.say("cli.replay.since", "people", strconv.Itoa(len(s.Touched)), "days", strconv.Itoa(len(s.Days)))
	if c.cfg.Output == "json" || len(s.Days) == 0 {
		return nil
	}
	t, err := c.table("employee", "date", "then", "now")
	if err != nil {
		return err
	}
	for _, d := range s.Days {
		if err := t.add(d, d.Emp, d.Date.String(), codesOf(d.Then), codesOf(d.Now)); err != nil {
			return err
		}
	}
	return t.end()
}

// codesOf is what a candidate does to a day, in one cell.
func codesOf(d *whatif.DayChange) string {
	if d == nil {
		return ""
	}
	var before, after map[string]whatif.Quantity
	if d.Before != nil {
		before = d.Before.Rows
	}
	if d.After != nil {
		after = d.After.Rows
	}
	return joined(differences(before, after))
}
