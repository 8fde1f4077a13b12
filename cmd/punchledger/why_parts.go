package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// all are the words of several values, whose texts stand under prefix.
func (c *console) all(prefix string, values []string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = c.word(prefix, v)
	}
	return strings.Join(out, ", ")
}

// padded fills a text up to a width, in which wide characters count twice.
func padded(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-runewidth.StringWidth(s)))
}

// input writes one thing that was considered, and where it stands in the log.
func (w *story) input(in *attendance.Input) {
	w.line("  %s", w.inputLine(in))
}

func (w *story) inputLine(in *attendance.Input) string {
	c, of, id := w.c, in.Of, in.ID
	if in.Role == "voided_by" {
		of = short(of)
		if n := len(in.By); n > 0 {
			of = fmt.Sprint("#", in.By[n-1].Position)
		}
	}
	if in.Role == "voided_with" {
		id += " " + of
	}
	switch in.Kind {
	case "approval":
		id = c.word("labels.request.", in.As) + " " + id
	case "roster", "credit":
		id = strings.TrimSpace(in.As + " " + id)
	}
	if in.Place != nil {
		id += fmt.Sprint(" #", in.Place.Position)
	}
	return padded(c.t("labels.input."+in.Kind), 10) + " " + padded(w.at(in.At), 20) + " " + padded(c.t("labels.role."+in.Role, "of", of), 24) + " " + id
}

// knobs writes, for each row and each exception, what the rules say that made it, and which act could answer it.
func (w *story) knobs(a *attendance.Answer) {
	if len(a.Outcomes) == 0 {
		return
	}
	var said *ruleset.Settings
	if a.Rules != nil {
		said, _ = ruleset.SettingsOf(a.Rules.Doc) // of rules that govern
	}
	w.section("knobs")
	var last []string
	for _, o := range a.Outcomes {
		name := w.c.paycode(o.ID)
		if o.Kind == "anomaly" {
			id, _, _ := strings.Cut(o.ID, ":")
			name = w.c.word("anomalies.", id)
		}
		lines := w.behind(a, o, said)
		if len(lines) == 0 || slices.Equal(append(lines, name), last) {
			continue
		}
		last = append(slices.Clone(lines), name)
		w.line("  %s", name)
		for _, l := range lines {
			w.line("      %s", l)
		}
	}
}

// behind are the lines about one outcome: the step that says why, the places of the rules, the act that helps.
func (w *story) behind(a *attendance.Answer, o attendance.Outcome, said *ruleset.Settings) []string {
	var out []string
	for _, k := range o.Knobs {
		for _, s := range a.Steps {
			if line := w.c.text.Note(s.Note, s.Args); o.Kind == "anomaly" && s.Rule == k.Rule && !slices.Contains(out, line) {
				out = append(out, line)
			}
		}
	}
	for _, k := range o.Knobs {
		out = append(out, w.c.knob(k, said))
	}
	if o.Remedy != "" {
		out = append(out, w.c.t("cli.why.remedy", "act", w.c.t("labels.remedy."+o.Remedy)))
	}
	return out
}

// knob is a place of the rules by its name, with what stands there.
func (c *console) knob(k attendance.Knob, said *ruleset.Settings) string {
	if said == nil {
		return bracket(k.Rule)
	}
	s := said.At(k.Rule)
	if len(s.Places) == 0 {
		return bracket(k.Rule)
	}
	value := c.t("cli.why.silent")
	if s.Text != "" {
		value = brief(c.valueInWords(s.Places[len(s.Places)-1], s.Value))
	}
	return c.labelled(c.placesInWords(s.Places), value) + "  " + bracket(k.Rule)
}

func (c *console) labelled(label, value string) string {
	return c.t("cli.why.labelled", "label", label, "value", value)
}

// pinned writes what the day was computed with, each with the event that made it so.
func (w *story) pinned(a *attendance.Answer) {
	c := w.c
	w.section("pinned")
	row := func(what, text string) { w.line("  %s  %s", padded(c.t("labels.pin."+what), 24), text) }
	if a.AsOf > 0 {
		row("position", fmt.Sprint("#", a.AsOf))
	}
	for _, p := range a.Pinned {
		row(p.What, c.pin(p))
	}
}

func (c *console) pin(p attendance.Pin) string {
	var out []string
	add := func(s string, said bool) {
		if said {
			out = append(out, s)
		}
	}
	add(p.ID, p.What != "carry")
	switch p.What {
	case "carry":
		add(p.From.String(), p.From != 0)
	case "swap":
		add(p.From.String()+" / "+p.Until.String(), true)
	case "zone":
		add(c.t("labels.zone_by."+p.Why), p.Why != "")
	default:
		add(c.t("cli.why.since", "date", p.From.String()), p.From > 1)
		add(c.t("cli.why.until", "date", p.Until.String()), p.Until != 0)
	}
	add("("+short(p.Hash)+")", p.Hash != "")
	if p.Place != nil {
		add(fmt.Sprintf("#%d %s/%d", p.Place.Position, p.Place.Stream, p.Place.Revision), true)
	}
	return strings.Join(out, " ")
}
