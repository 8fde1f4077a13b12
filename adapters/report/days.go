package report

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain/whatif"
)

// day is one that differs.
type day struct {
	Emp, Date, Weekday string
	Changes            []change
	Remarks            []string // exceptions and flags that come and go, and what else there is to say
	Stage, Rule        string
	Told               []Line // both computations, side by side
}

// change is what becomes of one pay code.
type change struct{ Label, Before, After, Moved, Tone string }

func (w words) days(p *Page, d whatif.Document) []day {
	out := make([]day, len(d.Days))
	for i := range d.Days {
		out[i] = w.day(d, &d.Days[i])
		out[i].Told = p.told(&d, &d.Days[i])
	}
	return out
}

func (w words) day(d whatif.Document, c *whatif.DayChange) day {
	out := day{
		Emp: c.Emp, Date: c.Date.String(), Weekday: w.named("labels.weekday.", strings.ToLower(c.Date.Weekday().String()[:3])), Rule: c.Rule,
	}
	if c.Name != "" {
		out.Stage = w.named("labels.stage.", c.Name)
	}
	switch {
	case c.Before == nil:
		out.Remarks = append(out.Remarks, w.say("day.new"))
		c = &whatif.DayChange{Before: &whatif.Figures{}, After: c.After}
	case c.After == nil:
		out.Remarks = append(out.Remarks, w.say("day.gone"))
		c = &whatif.DayChange{Before: c.Before, After: &whatif.Figures{}}
	case c.Before.ResultHash != "" && len(c.Before.Rows)+len(c.Before.Flags)+len(c.Before.Anomalies) == 0:
		out.Remarks = append(out.Remarks, w.say("day.hash"))
		return out
	}
	codes := maps.Clone(c.Before.Rows)
	if codes == nil {
		codes = map[string]whatif.Quantity{}
	}
	maps.Copy(codes, c.After.Rows)
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		if b, a := c.Before.Rows[code], c.After.Rows[code]; a != b {
			x := w.change(w.coded(d, code), b, a)
			if informs(code) {
				x.Tone = "same"
			}
			out.Changes = append(out.Changes, x)
		}
	}
	out.Remarks = append(out.Remarks, w.remarks("day.opened", "anomalies.", c.After.Anomalies, c.Before.Anomalies)...)
	out.Remarks = append(out.Remarks, w.remarks("day.closed", "anomalies.", c.Before.Anomalies, c.After.Anomalies)...)
	flags := w.remarks("day.flag", "labels.flag.", unsaid(c.After.Flags, c.After.Anomalies), c.Before.Flags)
	flags = append(flags, w.remarks("day.flag_gone", "labels.flag.", unsaid(c.Before.Flags, c.Before.Anomalies), c.After.Flags)...)
	out.Remarks = append(out.Remarks, flags...)
	if len(out.Changes)+len(out.Remarks) == 0 {
		out.Remarks = append(out.Remarks, w.say("day.hash"))
	}
	return out
}

// unsaid are the flags that no exception of the day says already.
func unsaid(flags, anomalies []string) (out []string) {
	for _, f := range flags {
		if !slices.ContainsFunc(anomalies, func(key string) bool { return key == f || strings.HasPrefix(key, f+":") }) {
			out = append(out, f)
		}
	}
	return out
}

// change shows what a code counts: time, days or pieces.
func (w words) change(label string, b, a whatif.Quantity) change {
	out := change{Label: label, Tone: "gain"}
	less := false
	switch {
	case b.Seconds != a.Seconds:
		out.Before, out.After, out.Moved, less = exact(b.Seconds), exact(a.Seconds), plus(a.Seconds-b.Seconds, exact(a.Seconds-b.Seconds)), a.Seconds < b.Seconds
	case b.Days != a.Days:
		out.Before, out.After = w.say("in_days", "n", thousandths(b.Days)), w.say("in_days", "n", thousandths(a.Days))
		out.Moved, less = signed(thousandths(a.Days-b.Days)), a.Days < b.Days
	case b.Count != a.Count:
		out.Before, out.After, less = strconv.Itoa(b.Count), strconv.Itoa(a.Count), a.Count < b.Count
		out.Moved = signed(strconv.Itoa(a.Count - b.Count))
	default: // the same time at another rate
		out.Before, out.After = w.say("worth", "time", exact(b.Worth)), w.say("worth", "time", exact(a.Worth))
		out.Moved, less = plus(a.Worth-b.Worth, exact(a.Worth-b.Worth)), a.Worth < b.Worth
	}
	if less {
		out.Tone = "loss"
	}
	return out
}

// thousandths shows thousandths of a day.
func thousandths(n int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	out := fmt.Sprintf("%s%d.%03d", sign, n/1000, n%1000)
	return strings.TrimSuffix(strings.TrimRight(out, "0"), ".")
}

// signed puts a plus sign before what has no minus sign.
func signed(s string) string {
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		return minus + rest
	}
	return "+" + s
}

// remarks names what is in one list of keys and not in the other.
func (w words) remarks(key, prefix string, in, notIn []string) []string {
	var names []string
	for _, k := range in {
		if slices.Contains(notIn, k) {
			continue
		}
		id, of, _ := strings.Cut(k, ":")
		name := w.named(prefix, id)
		if of != "" && strings.HasPrefix(id, "limit.") { // which limit says more than that there is one
			name += w.aside(of)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) == 0 {
		return nil
	}
	return []string{w.say(key, "what", w.list(names))}
}
