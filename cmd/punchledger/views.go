package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/payroll"
)

// window is what the three views have in common.
type window struct {
	Employee string `short:"e" help:"Only this employee." placeholder:"ID"`
	From     string `help:"First date, 2026-10-01." placeholder:"DATE"`
	To       string `help:"Last date, included." placeholder:"DATE"`
	AsOf     string `help:"As known at a position or an instant (RFC 3339)." placeholder:"POSITION|INSTANT"`
	Rules    string `help:"Recompute under these rules: a file, a pack, or ID@VERSION of the ledger." placeholder:"FILE|ID@V"`
}

func (w window) dates() (from, to domain.Date, err error) { return span("from", w.From, "to", w.To) }

// span reads the first and the last date of a window, each of which may be missing; first and last are the names of their flags.
func span(first, from, last, to string) (a, b domain.Date, err error) {
	if a, err = optionalDate(first, from); err != nil {
		return 0, 0, err
	}
	if b, err = optionalDate(last, to); err != nil {
		return 0, 0, err
	}
	if b != 0 && b < a {
		return 0, 0, domain.NewError(domain.Invalid, "invalid_value", "field", "--"+last, "value", b.String(), "problem", "before_from", "from", a.String())
	}
	return a, b, nil
}

func optionalDate(field, s string) (domain.Date, error) {
	if s == "" {
		return 0, nil
	}
	d, err := domain.ParseDate(s)
	if err != nil {
		return 0, wrongValue("--"+field, s, "not_a_date")
	}
	return d, nil
}

// wrongValue refuses what was given for a flag or an argument; fault is a code with a text under faults, which says what is wanted.
func wrongValue(field, value, fault string) error {
	return domain.NewError(domain.Invalid, "invalid_value", "field", field, "value", value, "problem", fault)
}

// state says what a day is in the user's words.
func (c *console) state(d attendance.Day) string {
	var words []string
	if !d.Settled {
		words = append(words, c.word("labels.state.", "open"))
	}
	if d.Pending {
		words = append(words, c.word("labels.state.", "pending"))
	}
	for _, f := range d.Flags {
		words = append(words, c.word("labels.flag.", f))
	}
	return strings.Join(words, ", ")
}

// ends returns the local times of the first and last presence of a day; what lies on another date than the day's says so.
func ends(zones *zone.Archive, d attendance.Day) (in, out string) {
	z, err := zones.Zone(d.Zone)
	if err != nil {
		return "", ""
	}
	if n := len(d.Intervals); n > 0 {
		return clockOn(z, d.Date, d.Intervals[0].From), clockOn(z, d.Date, d.Intervals[n-1].To)
	}
	for _, p := range d.Punches { // a punch without its counterpart makes no interval, and is shown all the same
		switch {
		case p.Role == "in" && in == "":
			in = clockOn(z, d.Date, p.At)
		case p.Role == "out":
			out = clockOn(z, d.Date, p.At)
		}
	}
	return in, out
}

// clockOn formats an instant as a local time, with the days after date: 06:04+1.
func clockOn(z *zone.Zone, date domain.Date, at domain.Seconds) string {
	d, s := z.Wall(at)
	text := fmt.Sprintf("%02d:%02d", s/domain.Hour, s%domain.Hour/domain.Minute)
	if s%domain.Minute != 0 {
		text += fmt.Sprintf(":%02d", s%domain.Minute)
	}
	if d != date {
		text += fmt.Sprintf("%+d", d-date)
	}
	return text
}

func blank(s domain.Seconds) string {
	if s == 0 {
		return ""
	}
	return s.HM()
}

type anomaliesCmd struct {
	window
	ID  string `help:"Only this kind, such as punch.missing_out." placeholder:"KIND"`
	Min string `help:"The least severity: info, low, medium, high or critical. Info needs nobody." enum:"info,low,medium,high,critical" default:"low"`

	Grouped bool `help:"Counted by cause: kind, group, site and device, also those that were resolved."`
}

func (cmd *anomaliesCmd) Run(c *console) error {
	return c.viewing(cmd.window, func(v *view) error {
		if cmd.Grouped {
			return c.grouped(v, cmd.ID, cmd.Min)
		}
		t, err := c.table("date", "employee", "name", "severity", "state", "exception", "text")
		if err != nil {
			return err
		}
		err = v.anomalies(c.ctx, cmd.ID, func(a anomaly.Row) error {
			if cmd.ID == "" && slices.Index(severities, a.Severity) < slices.Index(severities, cmd.Min) {
				return nil
			}
			return t.add(a, a.Date.String(), a.Employee, v.names.of(a.Employee), c.word("labels.severity.", a.Severity), c.word("labels.state.", a.State),
				a.ID, c.text.Text("anomalies."+a.ID, a.Evidence))
		})
		if err != nil {
			return err
		}
		return t.end()
	})
}

// severities are those of anomalies, from least to most.
var severities = []string{"info", "low", "medium", "high", "critical"}

type rowsCmd struct {
	window
	pullFlags
}

func (cmd *rowsCmd) Run(c *console) error {
	if cmd.asked() {
		return c.pull(cmd.window, &cmd.pullFlags)
	}
	return c.viewing(cmd.window, func(v *view) error {
		t, err := c.table("date", "employee", "name", "code", "class", ">rate", ">time", ">seconds", "ruleset", ">events")
		if err != nil {
			return err
		}
		err = v.rows(c.ctx, func(r payroll.Row) error {
			return t.add(r, r.Date.String(), r.Employee, v.names.of(r.Employee), r.Code, c.word("labels.class.", r.Class), r.Rate, quantity(r),
				strconv.FormatInt(int64(r.Seconds), 10), rulesOf(r), strconv.Itoa(len(r.Sources)))
		})
		if err != nil {
			return err
		}
		if err := t.end(); err != nil {
			return err
		}
		return v.sayDuties(c)
	})
}

// quantity is what a row counts: time, days or pieces.
func quantity(r payroll.Row) string {
	switch {
	case r.Seconds != 0:
		return r.Seconds.HM()
	case r.Days != "":
		return r.Days + " d"
	case r.Count != 0:
		return strconv.Itoa(r.Count)
	}
	return r.Seconds.HM()
}

// sayDuties says, beside figures that leave the ledger for another program, that no second person is asked for.
func (r *reader) sayDuties(c *console) error {
	if c.cfg.Output == "table" {
		return nil
	}
	var org people.OrgState
	for rec, err := range r.log.ReadStream(c.ctx, "org-main", 0) {
		if err != nil {
			return err
		}
		d, err := r.codec.DecodeRecord(rec)
		if err != nil {
			return err
		}
		if e, ok := d.Event.(people.OrgEvent); ok {
			org = people.EvolveOrg(org, e)
		}
	}
	if org.Policies[people.DualControl] != people.On {
		c.say("cli.duties_single")
	}
	return nil
}

func rulesOf(r payroll.Row) string {
	var out []string
	for _, x := range r.Rulesets {
		out = append(out, fmt.Sprintf("%s@%d", x.ID, x.Version))
	}
	return strings.Join(out, " ")
}
