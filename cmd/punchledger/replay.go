package main

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/directory"
	"github.com/punchledger/punchledger/projections/evaluate"
)

type replayCmd struct {
	Run     replayRunCmd     `cmd:"" default:"withargs" help:"Try other rules, calendars or zone data on recorded days."`
	Show    replayShowCmd    `cmd:"" help:"Show a report that was kept as JSON, as a table or as a page."`
	Adopt   replayAdoptCmd   `cmd:"" help:"Accept a recorded replay, so that its rules may be published."`
	Discard replayDiscardCmd `cmd:"" help:"Close a recorded replay without effect."`
}

type replayRunCmd struct {
	Rules    []string `help:"Candidate: a file, a pack, or ID@VERSION. Given several times, each is a candidate, and they are compared." sep:"none" placeholder:"FILE|ID@V"`
	Calendar []string `help:"Candidate: a year of a calendar, in the place of the published one." sep:"none" placeholder:"FILE"`
	Zone     string   `help:"Candidate: an archive of time zones, in the place of the ledger's; its version is the name of the file." placeholder:"FILE.zip"`
	Intake   string   `help:"rejudge: also judge again what waits or was rejected, as “punches rejudge” would, and count what is accepted. keep: leave verdicts as they are." enum:"keep,rejudge" default:"keep"`
	Against  string   `help:"Compare with the days in this file, which another build wrote by --days-out or “days -o json”." placeholder:"FILE"`
	From     string   `required:"" help:"First date." placeholder:"DATE"`
	To       string   `help:"Last date, included; up to now when left out, which is what publishing for the past asks for." placeholder:"DATE"`
	Group    []string `help:"Only these groups, whatever rules they have; all groups bound to the candidate's ruleset when left out."`
	who
	Days    int    `help:"How many of the days that differ are listed, with where they part; all are counted." default:"1000"`
	Traces  int    `help:"Of how many of these both computations are kept, side by side, for --html and -o json." default:"40"`
	AsOf    string `help:"On what was known at a position or an instant." placeholder:"POSITION|INSTANT"`
	Record  bool   `help:"Write down that this replay was made and what its report's hash is, so that it can be adopted."`
	Purpose string `help:"Purpose code, with --record." default:"rule_change"`
	Check   bool   `help:"Exit with 1 when a day differs."`

	HTML       string `name:"html" help:"Also write the report as one page for a browser." placeholder:"FILE"`
	DaysOut    string `help:"Also write the days that the candidate gives, a line of JSON for each." placeholder:"FILE"`
	Collective bool   `help:"Show no person and no group of fewer than five, as for a works council."`
	Progress   bool   `help:"Say once a second on standard error how far it has come, also without a terminal."`
	Resume     string `help:"Keep people who are done in this file; the same replay goes on from it after it was stopped." placeholder:"FILE"`
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
	whatif.Document

	partial bool // people were left out
}

// refused says what cannot be asked for.
func (cmd *replayRunCmd) refused() error {
	switch {
	case cmd.Days < 0:
		return wrongValue("--days", strconv.Itoa(cmd.Days), "out_of_range")
	case cmd.Traces < 0:
		return wrongValue("--traces", strconv.Itoa(cmd.Traces), "out_of_range")
	case cmd.Sample < 0:
		return wrongValue("--sample", strconv.Itoa(cmd.Sample), "out_of_range")
	case !cmd.tries() && cmd.Against == "" && cmd.DaysOut == "":
		return domain.NewError(domain.Invalid, "usage_missing", "missing", "--rules, --calendar, --zone, --intake rejudge, --against or --days-out")
	}
	for _, c := range []struct {
		with   bool
		first  string
		second string
	}{
		{cmd.Record && cmd.Against != "", "--record", "--against"},
		{cmd.Record && len(cmd.Rules) > 1, "--record", "several --rules"},
		{cmd.Record && !cmd.tries(), "--record", "--days-out"},
		{cmd.DaysOut != "" && len(cmd.Rules) > 1, "--days-out", "several --rules"},
		{cmd.DaysOut != "" && cmd.Resume != "", "--days-out", "--resume"},
	} {
		if c.with {
			return domain.NewError(domain.Invalid, "usage_not_together", "first", c.first, "second", c.second)
		}
	}
	return nil
}

// tries reports whether there is a candidate.
func (cmd *replayRunCmd) tries() bool {
	return len(cmd.Rules)+len(cmd.Calendar) > 0 || cmd.Zone != "" || cmd.Intake == string(whatif.IntakeRejudge)
}

func (cmd *replayRunCmd) Run(c *console) error {
	if err := cmd.refused(); err != nil {
		return err
	}
	if cmd.Record {
		if done, err := c.handOver(); done {
			return err
		}
	}
	page, err := c.newOutput(cmd.HTML)
	if err != nil {
		return err
	}
	defer page.discard()
	r := &replaying{cmd: cmd, c: c.evaluating()}
	err = r.c.viewing(window{From: cmd.From, To: cmd.To, AsOf: cmd.AsOf}, func(v *view) error {
		r.v = v
		return r.run()
	})
	if err != nil {
		return err
	}
	if cmd.Record {
		if r.docs[0].Replay, err = cmd.record(c, r.candidates[0], r.docs[0], r.position); err != nil {
			return err
		}
	}
	changed, failed := false, false
	for i := range r.docs {
		changed, failed = changed || r.docs[i].Summary.DaysChanged > 0, failed || r.docs[i].Summary.PersonsFailed > 0
		if cmd.Collective {
			r.docs[i].Collective, r.docs[i].Report = true, r.docs[i].Report.Collective()
		}
	}
	if err := c.showReplays(r.docs, cmd.population().Partial(), page); err != nil {
		return err
	}
	if failed || cmd.Check && changed {
		return errNo
	}
	return nil
}

// asked completes a question: for the people of a population, each candidate for all that are bound to its ruleset where no groups
// are named. Candidates of no rules are for everybody.
func (v *view) asked(ctx context.Context, q *evaluate.Question, candidates []*evaluate.Candidate, among whatif.Population) (err error) {
	for _, c := range candidates {
		c.From, c.To, c.Groups = v.from, v.to, nil
		switch {
		case len(among.Groups) > 0:
			c.Groups = among.Groups
		case c.Rules != nil:
			c.InPlaceOf = c.Rules.Doc.ID
		}
	}
	among.Groups = nil
	q.Among, q.From, q.To, q.Cores = among, v.from, v.to, runtime.GOMAXPROCS(0)
	q.Employees, err = v.everybody(ctx)
	return err
}

// replay compares what governs with the candidates, and finds where the listed days part.
func (v *view) replay(ctx context.Context, q evaluate.Question, candidates []*evaluate.Candidate) ([]whatif.Report, error) {
	var reports []whatif.Report
	err := v.views.Read(ctx, func(tx projections.Tx) (err error) {
		p := v.projector()
		if reports, err = p.ReplayEach(ctx, tx, q, candidates); err != nil {
			return err
		}
		for i, report := range reports {
			if report.Summary.Persons+report.Summary.PersonsFailed == 0 {
				return nobodyIn(candidates[i])
			}
			q.Candidate = candidates[i]
			if err := p.Causes(ctx, tx, q, report.Days); err != nil {
				return err
			}
		}
		return nil
	})
	return reports, err
}

func nobodyIn(c *evaluate.Candidate) error {
	if c.Rules == nil {
		return domain.NewError(domain.Invalid, "population_empty")
	}
	return domain.NewError(domain.Invalid, "population_empty", "ruleset", c.Rules.Doc.ID)
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
func (cmd *replayRunCmd) record(c *console, candidate *evaluate.Candidate, out whatif.Document, position uint64) (string, error) {
	from, to, err := span("from", cmd.From, "to", cmd.To)
	if err != nil {
		return "", err
	}
	t := ledger.Trial{
		Intake: out.Header.Intake, Among: cmd.population(), From: from, To: to, AsOf: position, Purpose: cmd.Purpose, Actor: c.cfg.As,
		Report: out.Report, ReportHash: out.ReportHash, Engine: engineVersion,
	}
	if candidate.Rules != nil {
		t.Doc = candidate.Rules.Doc
	}
	for _, id := range slices.Sorted(maps.Keys(candidate.Years)) {
		y := candidate.Years[id]
		t.Years = append(t.Years, whatif.CandidateYear{Calendar: id, Year: y.Year, Days: y.Days, Hash: y.Hash})
	}
	if z := candidate.Zones; z != nil {
		t.Zones = &whatif.CandidateZones{Version: z.Version(), Hash: z.SHA256()}
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

type replayDiscardCmd struct {
	Replay string `arg:"" help:"Id of the recorded replay."`
	Reason string `help:"Reason code." default:"not_wanted"`
}

func (cmd *replayDiscardCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		return w.act(c, whatif.DiscardReplay{Replay: cmd.Replay, Reason: cmd.Reason}, "")
	})
}
