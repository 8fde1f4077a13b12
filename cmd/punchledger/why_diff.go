package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/punchledger/punchledger/adapters/report"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/projections/evaluate"
)

// diffNow asks for the day as it is known now.
const diffNow = "now"

// whyQuestion asks for a day, and for what it is to be compared with.
type whyQuestion struct {
	employee string
	date     domain.Date
	from     domain.Date // on which rules begin to govern that are named
	diff     string      // rules, or diffNow; empty for no comparison
}

// side explains the day under the rules that a name finds, or under those that govern where it is empty.
func (v *view) side(ctx context.Context, q whyQuestion, rules string, find func(string) (*evaluate.Candidate, error)) (attendance.Answer, error) {
	if rules == "" {
		return v.explain(ctx, q.employee, q.date, nil)
	}
	candidate, err := find(rules)
	if err != nil {
		return attendance.Answer{}, err
	}
	candidate.From, candidate.To = q.from, q.date
	return v.explain(ctx, q.employee, q.date, candidate)
}

// compared explains the day a second time, as q asks, and aligns the two. Rules that the first side was asked for hold on the second
// where only the moment differs.
func (v *view) compared(
	ctx context.Context, q whyQuestion, before attendance.Answer, rules string, find func(string) (*evaluate.Candidate, error),
) (attendance.Versus, error) {
	out, other, name := attendance.Versus{Before: before}, v, q.diff
	if q.diff == diffNow {
		live := *v
		live.views, live.window.AsOf = v.reader.views, ""
		other, name = &live, rules
	}
	var err error
	if out.After, err = other.side(ctx, q, name, find); err != nil {
		return out, err
	}
	out.Diff, err = attendance.Diff(out.Before.Trace, out.After.Trace)
	return out, err
}

// named is how the rules of a side are called at the head of its column.
func (c *console) named(rules string) string {
	if rules == "" {
		return c.t("cli.why.governing")
	}
	return rules
}

// columns are the heads of the two columns.
func (c *console) columns(rules, diff, asOf string) [2]string {
	if diff == diffNow {
		return [2]string{c.t("cli.why.then", "moment", asOf), c.t("cli.why.now")}
	}
	return [2]string{c.named(rules), diff}
}

// diffWidth is the width of a column: two of them and what is between them fit a terminal of 80 characters.
const diffWidth = 38

// versusOf tells a comparison in words.
func versusOf(c *console, name string, heads [2]string, v attendance.Versus, w *story) error {
	d := v.Before.Day
	for _, a := range []attendance.Answer{v.Before, v.After} {
		if !a.Match {
			w.line("%s", c.t("cli.why.mismatch", "differs", c.all("labels.stored.", a.Differs), "stored", a.StoredHash, "now", a.Day.ResultHash))
		}
	}
	w.line("%s  %s %s  %s", d.Date, d.Employee, name, c.t("labels.weekday."+strings.ToLower(d.Date.Weekday().String()[:3])))
	t, err := whatif.Told(v.Before.Trace, v.After.Trace, v.Diff)
	if err != nil {
		return err
	}
	w.aligned(heads, t)
	_, err = io.WriteString(c.Out, w.b.String())
	return err
}

// aligned tells both computations of a day beside each other.
func (w *story) aligned(heads [2]string, t *whatif.Traces) {
	w.parting(t.Diff)
	w.line("")
	w.two(heads[0], heads[1])
	w.two(fmt.Sprintf("%s@%d", t.Before.Ruleset, t.Before.Version), fmt.Sprintf("%s@%d", t.After.Ruleset, t.After.Version))
	w.section("diff_stages")
	for _, p := range t.Diff.Stages {
		w.stage(p)
	}
	w.rowPairs(t.Diff.Rows)
	w.others(t.Diff, heads)
	w.ruleChanges(t)
}

// parting says first where the two sides part.
func (w *story) parting(d attendance.Contrast) {
	c := w.c
	if d.First == nil {
		w.line("%s", c.t("cli.why.diff_same"))
	} else {
		w.line("%s", c.t("cli.why.diff_first", "stage", fmt.Sprint(d.First.Stage), "name", c.word("labels.stage.", d.First.Name)))
		if d.First.Note != "" {
			w.line("  %s", strings.TrimSpace(c.text.Note(d.First.Note, d.First.Args)+"  "+bracket(d.First.Rule)))
		}
	}
	if !d.CarrySame {
		w.line("%s", c.t("cli.why.diff_carry"))
	}
}

// stage writes a stage: what both sides gave where they differ, and what they say of it.
func (w *story) stage(p attendance.StagePair) {
	c := w.c
	name, state := c.word("labels.stage.", p.Name), c.t("labels.stage_state."+p.State)
	if !w.put(report.Stage, fmt.Sprint(p.Stage), name, state) {
		w.line("%2d %s  %s", p.Stage, padded(name, 32), state)
	}
	if p.State == attendance.StageSame {
		return
	}
	names := map[string]bool{}
	for _, side := range [][]attendance.Value{p.Before.Out, p.After.Out} {
		for _, v := range side {
			if before, after := valueOfStage(p.Before.Out, v.Name), valueOfStage(p.After.Out, v.Name); !names[v.Name] && strings.Join(before, "\n") != strings.Join(after, "\n") {
				label := c.t("labels.value." + v.Name)
				w.two(c.labelled(label, w.value(v.Name, before)), c.labelled(label, w.value(v.Name, after)))
			}
			names[v.Name] = true
		}
	}
	before, after := w.steps(p.Before.Steps), w.steps(p.After.Steps)
	left := slices.DeleteFunc(slices.Clone(before), func(s string) bool { return slices.Contains(after, s) })
	right := slices.DeleteFunc(after, func(s string) bool { return slices.Contains(before, s) })
	for len(left) < len(right) {
		left = append(left, "")
	}
	for i, l := range left {
		w.two(l, strings.Join(right[min(i, len(right)):min(i+1, len(right))], ""))
	}
}

func valueOfStage(list []attendance.Value, name string) []string {
	for _, v := range list {
		if v.Name == name {
			return v.Is
		}
	}
	return nil
}

// steps are the sentences of a stage, with times of the day by the clock.
func (w *story) steps(list []attendance.Step) []string {
	out := make([]string, len(list))
	for i, s := range list {
		args := maps.Clone(s.Args)
		for _, name := range []string{"at", "from", "to", "left"} {
			if v, ok := args[name]; ok {
				args[name] = w.clock(v)
			}
		}
		out[i] = strings.TrimSpace(w.c.text.Note(s.Note, args) + " " + bracket(s.Rule))
	}
	return out
}

// clock shortens a local time, or two of them, to the clock of the day: another date is a number of days behind it, and the offset
// stands there where it is not the one with which the day began.
func (w *story) clock(s string) string {
	if from, to, ok := strings.Cut(s, "/"); ok {
		return w.clock(from) + "-" + w.clock(to)
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return s
	}
	out := strings.TrimSuffix(at.Format("15:04:05"), ":00")
	if date, err := domain.ParseDate(at.Format(time.DateOnly)); err == nil && date != w.date {
		out += fmt.Sprintf("%+d", int(date-w.date))
	}
	if _, offset := at.Zone(); domain.Seconds(offset) != w.z.Offset(w.z.Start(w.date, 0)) {
		out += " " + at.Format("-07:00")
	}
	return out
}

// valueWords are the values that are words of ours, with the section that has them.
var valueWords = map[string]string{"kind": "labels.kind.", "flags": "labels.flag.", "missing": "labels.edge."}

// value writes what a stage gave: words in the user's language, lengths as h:mm, times of the day by the clock.
func (w *story) value(name string, is []string) string {
	if len(is) == 0 {
		return "-"
	}
	out := make([]string, len(is))
	for i, v := range is {
		switch {
		case valueWords[name] != "":
			out[i] = w.c.word(valueWords[name], v)
		case strings.HasSuffix(name, "_s"):
			out[i] = lengthOf(v)
		case name == "anomalies":
			out[i] = w.anomaly(v)
		case name == "kinds":
			kind, amount, _ := strings.Cut(v, "=")
			out[i] = w.c.word("labels.kind.", kind) + " " + lengthOf(amount)
		case name == "stretches":
			interval, codes, _ := strings.Cut(v, " ")
			out[i] = w.clock(interval) + " " + codes
		case strings.Contains(v, "=") && name != "site":
			out[i] = amountInWords(v)
		default:
			out[i] = w.clock(v)
		}
	}
	return strings.Join(out, ", ")
}

// anomaly writes an exception with its severity, and its state where somebody has dealt with it.
func (w *story) anomaly(v string) string {
	key, state, _ := strings.Cut(v, "=")
	id, of, _ := strings.Cut(key, ":")
	severity, state, waived := strings.Cut(state, "/")
	out := w.c.word("anomalies.", id)
	if of != "" {
		out += " " + w.c.about(of)
	}
	out += " (" + w.c.t("labels.severity."+severity)
	if waived {
		out += ", " + w.c.word("labels.state.", state)
	}
	return out + ")"
}

// amountInWords writes CODE=SECONDS@RATE as the code, a length and the rate.
func amountInWords(v string) string {
	code, amount, _ := strings.Cut(v, "=")
	amount, rate, rated := strings.Cut(amount, "@")
	out := code + " " + lengthOf(amount)
	if rated {
		out += " x" + rate
	}
	return out
}

// lengthOf writes whole seconds as h:mm, or h:mm:ss where seconds remain, and thousandths of a day as days.
func lengthOf(v string) string {
	if days, ok := strings.CutSuffix(v, "d"); ok {
		var n int
		if _, err := fmt.Sscan(days, &n); err == nil {
			return fmt.Sprintf("%d.%03d d", n/1000, n%1000)
		}
	}
	var n domain.Seconds
	if _, err := fmt.Sscan(v, &n); err != nil || fmt.Sprint(int64(n)) != v {
		return v
	}
	if n%60 != 0 {
		return fmt.Sprintf("%s:%02d", n.HM(), n%60)
	}
	return n.HM()
}

// two writes two texts beside each other, each in lines of its column.
func (w *story) two(left, right string) {
	if w.put(report.Sides, left, right) {
		return
	}
	a, b := wrapped(left, diffWidth), wrapped(right, diffWidth)
	for i := range max(len(a), len(b)) {
		var l, r string
		if i < len(a) {
			l = a[i]
		}
		if i < len(b) {
			r = b[i]
		}
		w.line("%s | %s", padded(l, diffWidth), r)
	}
}

// wrapped cuts a text into lines that are no wider than a column: at spaces where there are any, else anywhere.
func wrapped(s string, width int) []string {
	var out []string
	line := ""
	flush := func() {
		if line = strings.TrimRight(line, " "); line != "" {
			out = append(out, line)
		}
		line = ""
	}
	for word := range strings.SplitAfterSeq(s, " ") {
		if runewidth.StringWidth(line)+runewidth.StringWidth(strings.TrimRight(word, " ")) > width {
			flush()
		}
		for _, r := range word {
			if runewidth.StringWidth(line)+runewidth.RuneWidth(r) > width && r != ' ' {
				flush()
			}
			line += string(r)
		}
	}
	flush()
	return out
}

// rowPairs writes the codes of both sides with the difference.
func (w *story) rowPairs(rows []attendance.RowPair) {
	w.section("rows")
	for _, p := range rows {
		delta := "-"
		switch {
		case p.Delta > 0:
			delta = "+" + p.Delta.HM()
		case p.Delta < 0:
			delta = p.Delta.HM()
		}
		before, after := p.Before.HM(), p.After.HM()
		if p.DaysBefore != p.DaysAfter {
			before, after = before+" "+lengthOf(fmt.Sprint(p.DaysBefore, "d")), after+" "+lengthOf(fmt.Sprint(p.DaysAfter, "d"))
			delta = "!"
		}
		if !w.put(report.Row, w.c.paycode(p.Code), before, after, delta) {
			w.line("  %s %9s %9s %9s", padded(w.c.paycode(p.Code), 40), before, after, delta)
		}
	}
}

// others writes exceptions that come and go, and inputs that one side treats otherwise.
func (w *story) others(d attendance.Contrast, heads [2]string) {
	c := w.c
	if len(d.Opened)+len(d.Closed) > 0 {
		w.section("diff_exceptions")
	}
	for i, list := range [][]string{d.Closed, d.Opened} {
		for _, key := range list {
			id, of, _ := strings.Cut(key, ":")
			w.line("  %s", c.t("cli.why.diff_opened", "side", heads[i], "what", strings.TrimSpace(c.word("anomalies.", id)+" "+c.about(of))))
		}
	}
	if len(d.Inputs) > 0 {
		w.section("diff_inputs")
	}
	for _, p := range d.Inputs {
		sides := [2]string{c.t("cli.why.diff_unknown"), c.t("cli.why.diff_unknown")}
		for i, in := range []*attendance.Input{p.Before, p.After} {
			if in != nil {
				sides[i] = strings.Join(strings.Fields(w.inputLine(in)), " ")
			}
		}
		w.two(sides[0], sides[1])
	}
}

// ruleChanges writes the differences of the rules that touch the day, in words.
func (w *story) ruleChanges(t *whatif.Traces) {
	if len(t.Rules)+t.Diff.Elsewhere == 0 {
		return
	}
	w.section("diff_rules")
	for _, s := range t.Rules {
		w.line("  %s [%s]", w.c.changeInWords(s), s.Pointer)
	}
	if t.Diff.Elsewhere > 0 {
		w.line("%s", w.c.t("cli.why.diff_elsewhere", "n", fmt.Sprint(t.Diff.Elsewhere)))
	}
}
