package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/adapters/report"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/evaluate"
)

type whyCmd struct {
	Employee string `arg:"" help:"Employee."`
	Date     string `arg:"" help:"Date."`
	AsOf     string `help:"As known at a position or an instant." placeholder:"POSITION|INSTANT"`
	Rules    string `help:"Under these rules: a file, a pack, or ID@VERSION." placeholder:"FILE|ID@V"`
	Diff     string `help:"Beside the same day under other rules, or, with --as-of, as it is known now." placeholder:"FILE|ID@V|now"`
	From     string `help:"First date on which the rules of --rules and --diff govern; the day itself when left out." placeholder:"DATE"`
}

func (cmd *whyCmd) Run(c *console) error {
	date, err := domain.ParseDate(cmd.Date)
	if err != nil {
		return wrongValue("DATE", cmd.Date, "not_a_date")
	}
	from, err := optionalDate("--from", cmd.From)
	if err != nil {
		return err
	}
	if from == 0 {
		from = date
	}
	if cmd.Diff == diffNow && cmd.AsOf == "" {
		return domain.NewError(domain.Invalid, "diff_of_what", "value", "--diff "+diffNow)
	}
	q := whyQuestion{employee: cmd.Employee, date: date, from: min(from, date), diff: cmd.Diff}
	w := window{Employee: cmd.Employee, From: cmd.Date, To: cmd.Date, AsOf: cmd.AsOf}
	return c.viewing(w, func(v *view) error {
		find := func(name string) (*evaluate.Candidate, error) { return v.candidate(c, name) }
		a, err := v.side(c.ctx, q, cmd.Rules, find)
		if err != nil {
			return err
		}
		if cmd.Diff != "" {
			return cmd.versus(c, v, q, a, find)
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

// versus prints the day beside another computation of it.
func (cmd *whyCmd) versus(c *console, v *view, q whyQuestion, a attendance.Answer, find func(string) (*evaluate.Candidate, error)) error {
	both, err := v.compared(c.ctx, q, a, cmd.Rules, find)
	if err != nil {
		return err
	}
	if c.cfg.Output == "json" {
		return printJSON(c.Out, both)
	}
	z, err := v.zones.Zone(a.Day.Zone)
	if err != nil {
		return err
	}
	w := &story{c: c, z: z, date: a.Day.Date}
	return versusOf(c, v.names.of(cmd.Employee), c.columns(cmd.Rules, cmd.Diff, cmd.AsOf), both, w)
}

// explain recomputes a day, says where its events stand in the log, and compares it with what is stored.
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
	if err != nil {
		return a, err
	}
	at, err := v.known(ctx)
	if err != nil {
		return a, err
	}
	a.AsOf = uint64(at)
	if err := errors.Join(evaluate.Place(ctx, v.count, a.Trace, at), a.Settle()); err != nil || candidate != nil {
		return a, err
	}
	stored, differs, err := evaluate.Audit(ctx, v.views, a.Trace)
	a.Compared(stored, differs)
	return a, err
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
	if !a.Match {
		w.line("%s", c.t("cli.why.mismatch", "differs", c.all("labels.stored.", a.Differs), "stored", a.StoredHash, "now", d.ResultHash))
	}
	w.line("%s  %s %s  %s  %s", d.Date, d.Employee, name, c.t("labels.weekday."+strings.ToLower(d.Date.Weekday().String()[:3])), c.t("labels.kind."+d.Kind.String()))
	p := d.Pins
	w.line("%s", c.t("cli.why.pins", "ruleset", fmt.Sprintf("%s@%d", p.Ruleset, p.Version), "hash", short(p.RulesHash), "group", p.Group,
		"calendar", calendarOf(p), "tz", d.Zone, "tzdata", p.TZVersion, "engine", p.Engine))
	if a.Authority != nil {
		w.line("%s", c.t("cli.why.authority", "authority", c.authority(a.Authority)))
	}
	w.section("inputs")
	for i := range a.Inputs {
		w.input(&a.Inputs[i])
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
	w.knobs(&a)
	w.pinned(&a)
	_, err := io.WriteString(c.Out, w.b.String())
	return err
}

// story is the text of a trace, or its lines as a page has them.
type story struct {
	c    *console
	z    *zone.Zone
	date domain.Date
	b    strings.Builder
	page *[]report.Line // nil for text
}

// put adds a line to the page, if it is for one.
func (w *story) put(kind report.Kind, cells ...string) bool {
	if w.page == nil {
		return false
	}
	if kind != report.Text || cells[0] != "" { // what parts the text is the page's own
		for i := range cells {
			cells[i] = text.Visible(cells[i])
		}
		*w.page = append(*w.page, report.Line{Kind: kind, Cells: cells})
	}
	return true
}

func (w *story) line(format string, args ...any) {
	before, line := "", fmt.Sprintf(format, args...)
	if w.put(report.Text, strings.TrimSpace(line)) {
		return
	}
	if after, ok := strings.CutPrefix(line, "\n"); ok {
		before, line = "\n", after
	}
	w.b.WriteString(before + strings.TrimRight(text.Visible(line), " ") + "\n")
}

func (w *story) section(name string) {
	if !w.put(report.Heading, w.c.t("cli.why."+name)) {
		w.line("\n%s", w.c.t("cli.why."+name))
	}
}

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
