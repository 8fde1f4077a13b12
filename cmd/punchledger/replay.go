package main

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/directory"
	"github.com/punchledger/punchledger/projections/evaluate"
)

type replayCmd struct {
	Run     replayRunCmd     `cmd:"" default:"withargs" help:"Try other rules on recorded days."`
	Adopt   replayAdoptCmd   `cmd:"" help:"Accept a recorded replay, so that its rules may be published."`
	Discard replayDiscardCmd `cmd:"" help:"Close a recorded replay without effect."`
}

type replayRunCmd struct {
	Rules string   `required:"" help:"Candidate: a file, a pack, or ID@VERSION." placeholder:"FILE|ID@V"`
	From  string   `required:"" help:"First date." placeholder:"DATE"`
	To    string   `help:"Last date, included; up to now when left out, which is what publishing for the past asks for." placeholder:"DATE"`
	Group []string `help:"Only these groups, whatever rules they have; all groups bound to the candidate's ruleset when left out."`
	who
	Days    int    `help:"How many of the days that differ are listed, with where they part; all are counted." default:"1000"`
	AsOf    string `help:"On what was known at a position or an instant." placeholder:"POSITION|INSTANT"`
	Record  bool   `help:"Write down that this replay was made and what its report's hash is, so that it can be adopted."`
	Purpose string `help:"Purpose code, with --record." default:"rule_change"`
	Check   bool   `help:"Exit with 1 when a day differs."`
}

// who narrows the people of a replay: whoever is meant by one of these, everybody where none is given.
type who struct {
	Employee []string `short:"e" help:"Only these employees." placeholder:"ID"`
	Site     []string `help:"Only people of these sites." placeholder:"ID"`
	Tag      []string `help:"Only people with these tags."`
	Sample   int      `help:"Of these, so many people drawn by --seed; everybody when left out." placeholder:"N"`
	Seed     int64    `help:"Draws the sample; the same number draws the same people." default:"1"`
}

func (w who) among() whatif.Population {
	p := whatif.Population{Employees: w.Employee, Sites: w.Site, Tags: w.Tag}
	if w.Sample > 0 {
		p.Sample = &whatif.Sample{N: w.Sample, Seed: w.Seed}
	}
	return p
}

// replayed is the output of a replay.
type replayed struct {
	Replay     string `json:"replay,omitempty"`
	ReportHash string `json:"report_hash"`
	whatif.Report

	partial bool // people were left out
}

func (cmd *replayRunCmd) Run(c *console) error {
	switch {
	case cmd.Days < 0:
		return wrongValue("--days", strconv.Itoa(cmd.Days), "out_of_range")
	case cmd.Sample < 0:
		return wrongValue("--sample", strconv.Itoa(cmd.Sample), "out_of_range")
	}
	w := window{From: cmd.From, To: cmd.To, AsOf: cmd.AsOf}
	var out replayed
	var candidate *evaluate.Candidate
	var position uint64
	err := c.viewing(w, func(v *view) error {
		var err error
		if candidate, err = v.candidate(c, cmd.Rules); err != nil {
			return err
		}
		bar := newProgress(c, c.t("cli.progress.people"))
		defer bar.done()
		var at eventstore.Position
		out.Report, at, err = v.replay(c.ctx, evaluate.Question{Candidate: candidate, Keep: cmd.Days, Progress: func(_, of int) {
			bar.of(int64(of))
			bar.add(1)
		}}, cmd.population())
		position = uint64(at)
		return err
	})
	if err != nil {
		return err
	}
	out.ReportHash, out.partial = out.Hash(), cmd.population().Partial()
	if cmd.Record {
		if out.Replay, err = cmd.record(c, candidate, out, position); err != nil {
			return err
		}
	}
	if err := out.print(c); err != nil {
		return err
	}
	if cmd.Check && out.Summary.DaysChanged > 0 {
		return errNo
	}
	return nil
}

// replay compares what governs with the candidate, for the people of a population, and finds where the listed days part. It also says
// which position it knows. Without groups they are all that are bound to the candidate's ruleset.
func (v *view) replay(ctx context.Context, q evaluate.Question, among whatif.Population) (whatif.Report, eventstore.Position, error) {
	q.Candidate.From, q.Candidate.To = v.from, v.to
	if q.Candidate.Groups = among.Groups; len(among.Groups) == 0 {
		q.Candidate.InPlaceOf = q.Candidate.Rules.Doc.ID
	}
	among.Groups = nil
	q.Among, q.From, q.To, q.Cores = among, v.from, v.to, runtime.GOMAXPROCS(0)
	at, err := v.views.Checkpoint(ctx, projections.AllViews)
	if err != nil {
		return whatif.Report{}, 0, err
	}
	if q.Employees, err = v.everybody(ctx); err != nil {
		return whatif.Report{}, 0, err
	}
	var report whatif.Report
	err = v.views.Read(ctx, func(tx projections.Tx) error {
		var err error
		p := v.projector()
		if report, err = p.Replay(ctx, tx, q); err != nil {
			return err
		}
		if report.Summary.Persons == 0 {
			return domain.NewError(domain.Invalid, "population_empty", "ruleset", q.Candidate.Rules.Doc.ID)
		}
		return p.Causes(ctx, tx, q, report.Days)
	})
	return report, at.Position, err
}

// everybody lists the people of the moment.
func (v *view) everybody(ctx context.Context) (out []string, err error) {
	err = v.views.People(ctx, func(p directory.Person) error {
		out = append(out, p.Employee)
		return nil
	})
	return out, err
}

// record writes the request and the report's hash.
func (cmd *replayRunCmd) record(c *console, candidate *evaluate.Candidate, out replayed, position uint64) (string, error) {
	from, to, err := span("from", cmd.From, "to", cmd.To)
	if err != nil {
		return "", err
	}
	t := ledger.Trial{
		Doc: candidate.Rules.Doc, Among: cmd.population(), From: from, To: to, AsOf: position, Purpose: cmd.Purpose, Actor: c.cfg.As,
		Report: out.Report, ReportHash: out.ReportHash, Engine: engineVersion,
	}
	err = c.writing(func(w *writer) error {
		t.Replay = "r" + strings.ReplaceAll(w.newID(), "-", "")[:12]
		request, complete, err := w.ledger.Directory().Recording(t)
		if err == nil {
			_, err = w.do(c, request)
		}
		if err == nil {
			_, err = w.do(c, complete)
		}
		return err
	})
	return t.Replay, err
}

// population is who was asked for, groups included.
func (cmd *replayRunCmd) population() whatif.Population {
	p := cmd.among()
	p.Groups = cmd.Group
	return p
}

func (r replayed) print(c *console) error {
	if c.cfg.Output == "json" {
		return printJSON(c.Out, r)
	}
	s := r.Summary
	c.say("cli.replay.summary", "persons", fmt.Sprint(s.Persons), "persons_changed", fmt.Sprint(s.PersonsChanged),
		"same", fmt.Sprint(s.DaysSame), "changed", fmt.Sprint(s.DaysChanged), "hash", r.ReportHash)
	t, err := c.table("employee", "date", "code", ">before", ">after", ">difference", "stage", "rule")
	if err != nil {
		return err
	}
	for _, d := range r.Days {
		if err := c.changed(t, d); err != nil {
			return err
		}
	}
	if err := t.end(); err != nil {
		return err
	}
	for _, code := range slices.Sorted(maps.Keys(s.Codes)) {
		x := s.Codes[code]
		c.say("cli.replay.code", "code", code, "before", x.Before.HM(), "after", x.After.HM(), "gained", x.Gained.HM(), "lost", x.Lost.HM(),
			"up", fmt.Sprint(x.PersonsUp), "down", fmt.Sprint(x.PersonsDown))
	}
	switch {
	case r.Replay == "":
	case r.partial:
		c.say("cli.replay.recorded_part", "replay", r.Replay)
	default:
		c.say("cli.replay.recorded", "replay", r.Replay)
	}
	return nil
}

// changed adds a row for each figure of a day that differs.
func (c *console) changed(t *table, d whatif.DayChange) error {
	var before, after whatif.Figures
	if d.Before != nil {
		before = *d.Before
	}
	if d.After != nil {
		after = *d.After
	}
	stage := ""
	if d.Note != "" {
		stage = c.word("labels.stage.", d.Name)
	}
	codes := map[string]bool{}
	for code := range before.Rows {
		codes[code] = true
	}
	for code := range after.Rows {
		codes[code] = true
	}
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		b, a := before.Rows[code], after.Rows[code]
		if b == a {
			continue
		}
		err := t.add(d, d.Emp, d.Date.String(), code, b.Seconds.HM(), a.Seconds.HM(), (a.Seconds - b.Seconds).HM(), stage, d.Rule)
		if err != nil {
			return err
		}
	}
	if b, a := c.words(before), c.words(after); b != a {
		return t.add(d, d.Emp, d.Date.String(), "", b, a, "", stage, d.Rule)
	}
	return nil
}

// words are the flags and anomalies of a day in the user's words.
func (c *console) words(f whatif.Figures) string {
	var out []string
	for _, key := range f.Anomalies {
		id, _, _ := strings.Cut(key, ":")
		out = append(out, c.word("anomalies.", id))
	}
	for _, flag := range f.Flags {
		out = append(out, c.word("labels.flag.", flag))
	}
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(out))), ", ")
}

type replayDiscardCmd struct {
	Replay string `arg:"" help:"Id of the recorded replay."`
	Reason string `help:"Reason code." default:"not_wanted"`
}

func (cmd *replayDiscardCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		return w.act(c, whatif.DiscardReplay{Replay: cmd.Replay, Reason: cmd.Reason}, "")
	})
}
