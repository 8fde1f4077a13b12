package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type peopleImportCmd struct {
	File string `arg:"" help:"CSV or XLSX with a header: name, group, hired; optional id, last_day, badge, device (the only clock of that badge), tz, site, staff_no, tags (separated by spaces)."`
	listFlags
	From             string `help:"Changes of people who are known take effect on this date; today when left out." placeholder:"DATE"`
	DryRun           bool   `help:"Show what is new, changed, unchanged and refused, and write nothing."`
	TerminateMissing bool   `help:"End the employment of everybody who is not in the list, on the day before --from."`
}

// The verdicts of lines of a list of people.
const (
	lineNew        = "new"
	lineChanged    = "changed"
	lineUnchanged  = "unchanged"
	lineRefused    = "refused"
	lineMissing    = "missing"    // not in the list, and left alone
	lineTerminated = "terminated" // not in the list, which ended the employment
)

// personLine is what a list says of one person, and what becomes of it.
type personLine struct {
	Line    int      `json:"line,omitempty"`
	Column  int      `json:"column,omitempty"`
	ID      string   `json:"emp,omitempty"`
	Name    string   `json:"name,omitempty"`
	Verdict string   `json:"verdict"`
	Changes []change `json:"changes,omitempty"`
	Reason  string   `json:"reason,omitempty"`  // a code
	Problem string   `json:"problem,omitempty"` // in the user's words

	commands []ledger.Command
	badgeMAC string
}

// change is one thing of a person that changes.
type change struct {
	What   string `json:"what"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// peopleReport is what people import prints.
type peopleReport struct {
	Act        string        `json:"act,omitempty"` // by which undo knows it
	DryRun     bool          `json:"dry_run"`
	From       domain.Date   `json:"from"`
	Added      int           `json:"added"`
	Changed    int           `json:"changed"`
	Unchanged  int           `json:"unchanged"`
	Refused    int           `json:"refused"`
	Missing    int           `json:"missing"`
	Terminated int           `json:"terminated"`
	Attributed int           `json:"attributed"` // punches that waited for a badge and count now
	Lines      []*personLine `json:"lines"`

	RejectedWhy map[string]int `json:"rejected,omitempty"` // punches that waited and are rejected, by reason
}

// Run brings a list of people into the ledger. What the ledger knows already gives no event; a line that is refused is reported with its
// number and reason, and does not stop the rest.
func (cmd *peopleImportCmd) Run(c *console) error {
	from, err := optionalDate("from", cmd.From)
	if err != nil {
		return err
	}
	table, err := cmd.open(c, cmd.File, []string{"name"}, []string{"group"}, []string{"hired"})
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		w = w.unrepeated() // what a first run did is in the ledger and not planned again: the steps of a second are others
		if from == 0 {
			from = w.today()
		}
		p := &peoplePlan{cmd: cmd, c: c, w: w, has: table.Has, from: from, report: peopleReport{DryRun: cmd.DryRun, From: from}}
		if err := p.read(table); err != nil {
			return err
		}
		if err := p.missing(); err != nil {
			return err
		}
		if !cmd.DryRun {
			if err := p.carryOut(); err != nil {
				return err
			}
		}
		if err := p.print(); err != nil {
			return err
		}
		if !cmd.DryRun {
			if err := w.turnDue(c.ctx); err != nil {
				return err
			}
		}
		if p.report.Refused > 0 {
			return errNo
		}
		return nil
	})
}

// today is the date of now where the organisation is.
func (w *writer) today() domain.Date {
	return w.dateOf("", domain.InstantOf(w.now()))
}

// carryOut does what was planned: badges that end first, so that one may pass from a person to another on a day.
func (p *peoplePlan) carryOut() error {
	if !slices.ContainsFunc(p.report.Lines, func(l *personLine) bool { return len(l.commands) > 0 }) {
		return nil
	}
	w := *p.w
	w.actID = "people_" + strings.ReplaceAll(w.newID(), "-", "")[:12]
	p.report.Act = w.actID
	for _, pass := range []func(ledger.Command) bool{endsBadge, func(c ledger.Command) bool { return !endsBadge(c) }} {
		for _, l := range p.report.Lines {
			for _, command := range l.commands {
				if l.Verdict == lineRefused || !pass(command) {
					continue
				}
				if err := p.do(&w, l, command); err != nil {
					return err
				}
			}
		}
	}
	for _, l := range p.report.Lines {
		if l.badgeMAC == "" || l.Verdict == lineRefused {
			continue
		}
		n, err := w.attribute(p.c, l.badgeMAC)
		if err != nil {
			return err
		}
		p.report.Attributed += n.Counted()
		for why, count := range n.Reasons() {
			if p.report.RejectedWhy == nil {
				p.report.RejectedWhy = map[string]int{}
			}
			p.report.RejectedWhy[why] += count
		}
	}
	return nil
}

func endsBadge(c ledger.Command) bool {
	b, ok := c.(people.AssignBadge)
	return ok && !b.To.IsZero()
}

// do carries out one command of a line; what the decider refuses is the line's verdict.
func (p *peoplePlan) do(w *writer, l *personLine, command ledger.Command) error {
	_, err := w.do(p.c, command)
	if wrong, ok := errors.AsType[*domain.Error](err); ok {
		p.refuse(l, wrong)
		return nil
	}
	return err
}

func (p *peoplePlan) refuse(l *personLine, why *domain.Error) {
	l.Verdict, l.Reason, l.Problem = lineRefused, why.Code, p.c.text.Error(why).What
}

// print counts and shows what is new, what changes and what was refused.
func (p *peoplePlan) print() error {
	r, c := &p.report, p.c
	for _, l := range r.Lines {
		switch l.Verdict {
		case lineNew:
			r.Added++
		case lineChanged:
			r.Changed++
		case lineUnchanged:
			r.Unchanged++
		case lineRefused:
			r.Refused++
			at := fmt.Sprint(l.Line)
			if l.Column > 0 {
				at += fmt.Sprint(":", l.Column)
			}
			fmt.Fprintf(c.Err, "%s:%s: %s\n", p.cmd.File, at, l.Problem)
		case lineMissing:
			r.Missing++
		case lineTerminated:
			r.Terminated++
		}
	}
	key := "cli.people_imported"
	if r.DryRun {
		key = "cli.people_would_import"
	}
	c.say(key, "added", fmt.Sprint(r.Added), "changed", fmt.Sprint(r.Changed), "unchanged", fmt.Sprint(r.Unchanged), "refused", fmt.Sprint(r.Refused),
		"missing", fmt.Sprint(r.Missing), "terminated", fmt.Sprint(r.Terminated), "from", r.From.String(), "attributed", fmt.Sprint(r.Attributed))
	c.rejected(r.RejectedWhy)
	if c.cfg.Output == "json" {
		return printJSON(c.Out, r)
	}
	t, err := c.table(">line", "employee", "name", "state", "what", "before", "after")
	if err != nil {
		return err
	}
	for _, l := range r.Lines {
		if l.Verdict == lineUnchanged || l.Verdict == lineRefused || l.Verdict == lineNew && !r.DryRun {
			continue
		}
		line := ""
		if l.Line > 0 {
			line = fmt.Sprint(l.Line)
		}
		for _, x := range append(l.Changes, change{})[:max(len(l.Changes), 1)] {
			what := x.What
			if what != "" {
				what = c.word("labels.column.", what)
			}
			if err := t.add(l, line, l.ID, l.Name, c.word("labels.person.", l.Verdict), what, x.Before, x.After); err != nil {
				return err
			}
		}
	}
	if len(t.rows) == 0 && c.cfg.Output == "table" {
		return nil
	}
	return t.end()
}
