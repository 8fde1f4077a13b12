package main

import (
	"errors"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type rulesUndoCmd struct {
	Version  string   `arg:"" help:"ID@VERSION."`
	Approver []string `help:"Who approves, where recorded days change; the one who acts when left out."`
	Days     int      `help:"How many of the days that differ are listed." default:"20"`
	DryRun   bool     `help:"Show the preview, and write nothing."`
}

// undoneRules is the output for machines.
type undoneRules struct {
	Undoes  string          `json:"undoes"`
	DryRun  bool            `json:"dry_run"`
	Anew    []anew          `json:"anew"`              // what is published again
	Remains []ruleset.Reign `json:"remains,omitempty"` // dates for which there is nothing to publish again
	Later   []ruleset.Reign `json:"later,omitempty"`   // versions that begin later and keep their dates
}

// anew is an older version that is published again for dates of the one that is undone.
type anew struct {
	Version   int              `json:"version"`
	From      domain.Date      `json:"from"`
	Until     domain.Date      `json:"until,omitzero"`
	Preview   *whatif.Document `json:"preview,omitempty"` // nil where no recorded day is touched
	Published int              `json:"published,omitempty"`

	release ledger.Release
	asOf    uint64
}

// Run undoes a publication by publications: nothing is taken out of the log, and each is tried first like any other rule change. Versions
// that were published later keep their dates.
func (cmd *rulesUndoCmd) Run(c *console) error {
	id, number, _ := strings.Cut(cmd.Version, "@")
	n, err := strconv.Atoi(number)
	if err != nil {
		return wrongValue("VERSION", cmd.Version, "not_a_version")
	}
	if cmd.Days < 0 {
		return wrongValue("--days", strconv.Itoa(cmd.Days), "out_of_range")
	}
	if !cmd.DryRun {
		if done, err := c.handOver(); done {
			return err
		}
	}
	out := undoneRules{Undoes: cmd.Version, DryRun: cmd.DryRun}
	var last domain.Date
	err = c.directory("", func(d *ledger.Directory) error {
		last = d.LastTurned()
		return out.plan(c, id, d.Ruleset(id), n)
	})
	if err != nil {
		return err
	}
	for i := range out.Anew {
		if x := &out.Anew[i]; x.From <= last {
			if err := x.preview(c, cmd.Days); err != nil {
				return err
			}
		}
	}
	if err := out.show(c, id); err != nil || cmd.DryRun {
		return errors.Join(err, out.end(c))
	}
	return c.writing(func(w *writer) error {
		for i := range out.Anew {
			if err := cmd.publish(c, w, &out.Anew[i]); err != nil {
				return err
			}
		}
		return errors.Join(out.end(c), w.turnDue(c.ctx))
	})
}

// plan finds what is to be published again.
func (out *undoneRules) plan(c *console, id string, s ruleset.RulesetState, n int) error {
	v, ok := s.Version(n)
	if !ok {
		return domain.NewError(domain.NotFound, "unknown_version", "ruleset", id, "version", strconv.Itoa(n))
	}
	if v.Withdrawn {
		return domain.NewError(domain.Conflict, "already_withdrawn", "version", strconv.Itoa(n))
	}
	back := s.Without(n)
	for _, r := range back {
		old, _ := s.Version(r.Version)
		doc, err := ruleset.ParseStored(old.Doc)
		if err != nil {
			return err
		}
		out.Anew = append(out.Anew, anew{
			Version: r.Version, From: r.From, Until: r.Until,
			release: ledger.Release{Doc: doc, Source: old.Source, From: r.From, Until: r.Until, Author: c.cfg.As},
		})
	}
	if len(back) == 0 {
		return domain.NewError(domain.Conflict, "nothing_before", "version", strconv.Itoa(n))
	}
	out.Later = s.Later(v.From, v.Until)
	for _, r := range s.Reigns() {
		if r.Version == n {
			out.Remains = append(out.Remains, uncovered(r, back)...)
		}
	}
	return nil
}

// uncovered are the dates of a reign that none of the others has.
func uncovered(r ruleset.Reign, others []ruleset.Reign) (out []ruleset.Reign) {
	at := r.From
	for _, x := range others {
		if x.From < at || r.Until != 0 && x.From >= r.Until {
			continue
		}
		if x.From > at {
			out = append(out, ruleset.Reign{Version: r.Version, From: at, Until: x.From})
		}
		if at = x.Until; at == 0 {
			return out
		}
	}
	if r.Until == 0 || at < r.Until {
		out = append(out, ruleset.Reign{Version: r.Version, From: at, Until: r.Until})
	}
	return out
}

// preview tries the older version where it is to govern again.
func (x *anew) preview(c *console, days int) error {
	return c.viewing(window{}, func(v *view) error {
		v.from, v.to = x.From, max(x.Until-1, 0)
		report, at, err := v.tryOne(c.ctx, x.release.Doc, whatif.Population{}, days)
		if wrong, ok := errors.AsType[*domain.Error](err); ok && wrong.Code == "population_empty" {
			return nil // nobody has days under it
		}
		if err != nil {
			return err
		}
		x.asOf, x.Preview = uint64(at), &whatif.Document{ReportHash: report.Hash(), Report: report}
		return nil
	})
}

func (out *undoneRules) show(c *console, id string) error {
	for i := range out.Anew {
		x := &out.Anew[i]
		c.say("cli.undo.anew", "ruleset", id, "version", strconv.Itoa(x.Version), "dates", dates(x.From, x.Until))
		if x.Preview == nil || c.cfg.Output == "json" {
			continue
		}
		if err := c.showReplays([]whatif.Document{*x.Preview}, false, nil); err != nil {
			return err
		}
	}
	for _, r := range out.Remains {
		c.say("cli.undo.remains", "ruleset", id, "version", strconv.Itoa(r.Version), "dates", dates(r.From, r.Until))
	}
	for _, r := range out.Later {
		c.say("cli.undo.later", "ruleset", id, "version", strconv.Itoa(r.Version), "dates", dates(r.From, r.Until))
	}
	return nil
}

func (out *undoneRules) end(c *console) error {
	if c.cfg.Output == "json" {
		return printJSON(c.Out, out)
	}
	return nil
}

// publish writes down what was shown, adopts it and publishes. Where a second person has to adopt, it says what they do.
func (cmd *rulesUndoCmd) publish(c *console, w *writer, x *anew) error {
	d, r := w.ledger.Directory(), x.release
	if x.Preview != nil {
		r.Replay = "r" + strings.ReplaceAll(w.newID(), "-", "")[:12]
		request, complete, err := d.Recording(ledger.Trial{
			Replay: r.Replay, Doc: r.Doc, From: x.From, To: max(x.Until-1, 0), AsOf: x.asOf, Purpose: "undo", Actor: c.cfg.As,
			Report: x.Preview.Report, ReportHash: x.Preview.ReportHash, Engine: engineVersion,
		})
		if err == nil {
			_, err = w.do(c, request)
		}
		if err == nil {
			_, err = w.do(c, complete)
		}
		if err != nil {
			return err
		}
		adopt, err := d.Adopting(r.Replay, x.From, cmd.Approver, c.cfg.As)
		if err == nil {
			_, err = w.do(c, adopt)
		}
		if errors.Is(err, &domain.Error{Code: "second_approver_needed"}) {
			draft, publish, _ := d.Releasing(r)
			if draft == nil {
				c.say("cli.undo.second", "replay", r.Replay, "ruleset", r.Doc.ID, "draft", publish.Draft, "from", x.From.String())
			}
		}
		if err != nil {
			return err
		}
	}
	version, _, err := w.publish(c, r)
	if err != nil {
		return err
	}
	x.Published = version.Version
	c.say("cli.published", "ruleset", version.Ruleset, "version", strconv.Itoa(version.Version), "from", version.EffectiveFrom.String())
	return w.afterPublishing(c, version, r.Doc)
}
