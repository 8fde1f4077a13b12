package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/adapters/report"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/whatif"
)

// maxReport is how large a kept report may be.
const maxReport = 256 << 20

type replayShowCmd struct {
	File       string `arg:"" help:"Report, as “replay -o json” printed it."`
	HTML       string `name:"html" help:"Write it as one page for a browser." placeholder:"FILE"`
	Collective bool   `help:"Show no person and no group of fewer than five, as for a works council."`
	Employee   string `arg:"" optional:"" help:"Show one day of this employee: both computations, side by side."`
	Date       string `arg:"" optional:"" help:"The day."`
}

func (cmd *replayShowCmd) Run(c *console) error {
	docs, err := c.keptReplays(cmd.File)
	if err != nil {
		return err
	}
	if cmd.Employee != "" {
		return cmd.day(c, docs)
	}
	page, err := c.newOutput(cmd.HTML)
	if err != nil {
		return err
	}
	defer page.discard()
	for i := range docs {
		if cmd.Collective {
			docs[i].Collective, docs[i].Report = true, docs[i].Report.Collective()
		}
	}
	return c.showReplays(docs, false, page)
}

// several is the output of a replay of more than one candidate.
type several struct {
	Candidates []whatif.Document `json:"candidates"`
}

// keptReplays reads what showReplays wrote as JSON. A report that does not have its hash was changed.
func (c *console) keptReplays(name string) ([]whatif.Document, error) {
	data, err := c.read(name, maxReport)
	if err != nil {
		return nil, err
	}
	bad := func(problem string) error {
		return domain.NewError(domain.Invalid, "report_unreadable", "file", name, "problem", problem)
	}
	var many several
	if err := json.Unmarshal(data, &many); err != nil {
		return nil, bad("not_json")
	}
	if len(many.Candidates) == 0 {
		var one whatif.Document
		if err := json.Unmarshal(data, &one); err != nil {
			return nil, bad("not_json")
		}
		many.Candidates = []whatif.Document{one}
	}
	for i, d := range many.Candidates {
		if d.Days == nil { // as earlier builds wrote it
			many.Candidates[i].Days = []whatif.DayChange{}
		}
		if d.ReportHash == "" || d.Header == nil {
			return nil, bad("no_report")
		}
		if !d.Collective && d.Hash() != d.ReportHash {
			return nil, domain.NewError(domain.Conflict, "report_changed", "file", name, "report_hash", d.ReportHash, "hash", d.Hash())
		}
	}
	return many.Candidates, nil
}

// showReplays prints reports, and writes them as a page where one is asked for.
func (c *console) showReplays(docs []whatif.Document, partial bool, page *output) error {
	if page != nil {
		var b bytes.Buffer
		if err := report.Write(&b, report.Page{Text: c.text, Replays: docs, Tell: c.tellTraces}); err != nil {
			return err
		}
		if err := page.write(b.Bytes()); err != nil {
			return err
		}
	}
	switch {
	case c.cfg.Output == "json" && len(docs) == 1:
		return printJSON(c.Out, docs[0])
	case c.cfg.Output == "json":
		return printJSON(c.Out, several{docs})
	case len(docs) > 1:
		return c.compared(docs)
	}
	return replayed{docs[0], partial}.print(c)
}

// compared prints a table with a column for each candidate.
func (c *console) compared(docs []whatif.Document) error {
	columns := []column{{label: c.t("labels.column.what"), name: "what"}}
	for _, d := range docs {
		columns = append(columns, column{label: d.Header.Candidate, name: d.Header.Candidate, right: true})
	}
	t, err := newTable(c.cfg.Output, c.Out, columns...)
	if err != nil {
		return err
	}
	for _, m := range report.Compared(c.text, docs) {
		if err := t.add(nil, append([]string{m.What}, m.Values...)...); err != nil {
			return err
		}
	}
	return t.end()
}

func (r replayed) print(c *console) error {
	s := r.Summary
	c.say("cli.replay.summary", "persons", fmt.Sprint(s.Persons), "persons_changed", fmt.Sprint(s.PersonsChanged),
		"same", fmt.Sprint(s.DaysSame), "changed", fmt.Sprint(s.DaysChanged), "hash", r.ReportHash)
	if n := r.Intake; n != nil {
		c.say("report.intake", "accept", strconv.Itoa(n.Accept), "hold", strconv.Itoa(n.Hold), "reject", strconv.Itoa(n.Reject), "kept", strconv.Itoa(n.Kept))
	}
	c.sayFailed(r.Failures, s.PersonsFailed)
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
	case r.other():
		c.say("cli.replay.recorded_other", "replay", r.Replay)
	case r.partial:
		c.say("cli.replay.recorded_part", "replay", r.Replay)
	default:
		c.say("cli.replay.recorded", "replay", r.Replay)
	}
	return nil
}

// other reports whether more than rules was tried.
func (r replayed) other() bool {
	h := r.Header
	return h != nil && (h.Intake == whatif.IntakeRejudge || !slices.Contains(h.Rerun, "--rules") || slices.Contains(h.Rerun, "--calendar") || slices.Contains(h.Rerun, "--zone"))
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
