package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/evaluate"
)

type whyCmd struct {
	Employee string `arg:"" help:"Employee."`
	Date     string `arg:"" help:"Date."`
	AsOf     string `help:"As known at a position or an instant." placeholder:"POSITION|INSTANT"`
	Rules    string `help:"Under these rules: a file, a pack, or ID@VERSION." placeholder:"FILE|ID@V"`
}

func (cmd *whyCmd) Run(c *console) error {
	date, err := domain.ParseDate(cmd.Date)
	if err != nil {
		return wrongValue("DATE", cmd.Date, "not_a_date")
	}
	w := window{Employee: cmd.Employee, From: cmd.Date, To: cmd.Date, AsOf: cmd.AsOf}
	return c.viewing(w, func(v *view) error {
		var candidate *evaluate.Candidate
		if cmd.Rules != "" {
			if candidate, err = v.candidate(c, cmd.Rules); err != nil {
				return err
			}
			candidate.From, candidate.To = date, date
		}
		a, err := v.explain(c.ctx, cmd.Employee, date, candidate)
		if err != nil {
			return err
		}
		if c.cfg.Output == "json" {
			return printJSON(c.Out, a)
		}
		z, err := v.zones.Zone(a.Day.Zone)
		if err != nil {
			return err
		}
		return storyOf(c, v.names.of(cmd.Employee), z, a)
	})
}

// explain recomputes a day and compares it with what is stored.
func (v *view) explain(ctx context.Context, employee string, date domain.Date, candidate *evaluate.Candidate) (attendance.Answer, error) {
	a := attendance.Answer{Match: true}
	err := v.views.Read(ctx, func(tx projections.Tx) error {
		t, err := v.projector().Explain(ctx, tx, employee, date, candidate, nil)
		a.Trace = t
		if err != nil {
			return err
		}
		a.Authority, err = v.authorityOf(ctx, tx, t.Day.Pins, candidate)
		return err
	})
	if err != nil || candidate != nil {
		return a, err
	}
	return a, v.views.Days(ctx, daily.Query{Employee: employee, From: date, To: date}, func(d daily.Row) error {
		a.StoredHash = d.ResultHash
		a.Match = d.ResultHash == a.Day.ResultHash && d.InputHash == a.Day.InputHash
		return nil
	})
}

// authorityOf returns the authority of the rules that a day was computed under.
func (v *view) authorityOf(ctx context.Context, tx projections.Tx, p attendance.Pins, candidate *evaluate.Candidate) (*ruleset.Authority, error) {
	if candidate != nil && candidate.Rules.Hash == p.RulesHash {
		return candidate.Rules.Doc.Authority, nil
	}
	book, err := v.projector().Book(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, version := range book.Rulesets[p.Ruleset] {
		if version.Number == p.Version {
			return version.Rules.Doc.Authority, nil
		}
	}
	return nil, nil
}

// storyOf tells a trace in words.
func storyOf(c *console, name string, z *zone.Zone, a attendance.Answer) error {
	d := a.Day
	w := &story{c: c, z: z, date: d.Date}
	w.line("%s  %s %s  %s  %s", d.Date, d.Employee, name, c.t("labels.weekday."+strings.ToLower(d.Date.Weekday().String()[:3])), c.t("labels.kind."+d.Kind.String()))
	if !a.Match {
		w.line("%s", c.t("cli.why.mismatch", "stored", a.StoredHash, "now", d.ResultHash))
	}
	p := d.Pins
	w.line("%s", c.t("cli.why.pins", "ruleset", fmt.Sprintf("%s@%d", p.Ruleset, p.Version), "hash", short(p.RulesHash), "group", p.Group,
		"calendar", calendarOf(p), "tz", d.Zone, "tzdata", p.TZVersion, "engine", p.Engine))
	if a.Authority != nil {
		w.line("%s", c.t("cli.why.authority", "authority", c.authority(a.Authority)))
	}
	w.section("inputs")
	for _, in := range a.Inputs {
		w.line("  %-10s %-20s %-24s %s %s", c.t("labels.input."+in.Kind), w.at(in.At), c.t("labels.role."+in.Role), in.ID, in.Of)
	}
	w.section("steps")
	slices.SortStableFunc(a.Steps, func(a, b attendance.Step) int { return cmp.Compare(a.Stage, b.Stage) })
	for _, s := range a.Steps {
		rule := ""
		if s.Rule != "" {
			rule = "  [" + s.Rule + "]"
		}
		w.line("  %2d %s%s", s.Stage, c.text.Note(s.Note, s.Args), rule)
	}
	w.section("segments")
	var sum domain.Seconds
	for _, s := range d.Segments {
		w.line("  %-11s %-11s %6s  %-9s %s %s", clockOn(z, d.Date, s.From), clockOn(z, d.Date, s.To), (s.To - s.From).HM(), s.Base, strings.Join(s.Premiums, " "), bracket(s.Rule))
		sum += s.To - s.From
	}
	w.section("rows")
	for _, r := range d.Rows {
		w.line("  %-12s %7s  %s", c.paycode(r.Code), r.Seconds.HM(), segmentsOf(r))
	}
	w.line("%s", c.t("cli.why.sum", "segments", sum.HM(), "counted", d.Counted.HM(), "present", d.Present.HM()))
	if !a.Balanced {
		w.line("%s", c.t("cli.why.unbalanced"))
	}
	if len(d.Anomalies) > 0 {
		w.section("exceptions")
	}
	for _, x := range d.Anomalies {
		w.line("  %s (%s) %s", c.text.Text("anomalies."+x.ID, x.Evidence), c.t("labels.severity."+x.Severity), c.about(x.Of))
	}
	_, err := io.WriteString(c.Out, w.b.String())
	return err
}

// story is the text of a trace.
type story struct {
	c    *console
	z    *zone.Zone
	date domain.Date
	b    strings.Builder
}

func (w *story) line(format string, args ...any) {
	before, line := "", fmt.Sprintf(format, args...)
	if after, ok := strings.CutPrefix(line, "\n"); ok {
		before, line = "\n", after
	}
	w.b.WriteString(before + strings.TrimRight(text.Visible(line), " ") + "\n")
}

func (w *story) section(name string) { w.line("\n%s", w.c.t("cli.why."+name)) }

// at shortens a local time with offset, or two of them, to the clock where the date is that of the day.
func (w *story) at(s string) string {
	if from, to, ok := strings.Cut(s, "/"); ok {
		return w.at(from) + " - " + w.at(to)
	}
	date, clock, ok := strings.Cut(s, "T")
	switch {
	case !ok:
		return s
	case date == w.date.String():
		return clock
	}
	return date[5:] + " " + clock
}

// paycode names the built-in codes in words; others are the document's own.
func (c *console) paycode(code string) string {
	if key := "paycodes." + code; c.text.Has(key) {
		return code + " " + c.t(key)
	}
	return code
}

// about names what an exception is about: a plan edge in words, a punch or a rule by its id.
func (c *console) about(of string) string {
	if key := "labels.edge." + of; c.text.Has(key) {
		return c.t(key)
	}
	return of
}

func segmentsOf(r attendance.Row) string {
	if len(r.Segments) == 0 {
		return ""
	}
	ids := make([]string, len(r.Segments))
	for i, id := range r.Segments {
		ids[i] = fmt.Sprint("#", id)
	}
	return strings.Join(ids, " ")
}

func bracket(s string) string {
	if s == "" {
		return ""
	}
	return "[" + s + "]"
}

func short(hash string) string { return hash[:min(12, len(hash))] }

// calendarOf names the calendar year that was used, with the beginning of its hash.
func calendarOf(p attendance.Pins) string {
	rev, hash, _ := strings.Cut(p.CalendarRev, " ")
	return strings.TrimSpace(p.Calendar + " " + rev + " " + short(hash))
}
