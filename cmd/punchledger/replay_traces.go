package main

import (
	"io"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/adapters/report"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/domain/zone"
)

// shownFailures is how many people who could not be evaluated are named on standard error.
const shownFailures = 20

// sayFailed names people who could not be evaluated. A report for representatives has only their number.
func (c *console) sayFailed(list []whatif.Failure, n int) {
	if n == 0 {
		return
	}
	c.say("cli.replay.failed", "n", strconv.Itoa(n))
	for i := range list[:min(len(list), shownFailures)] {
		f := &list[i]
		c.say("cli.replay.failure", "employee", f.Emp, "side", c.t("report.failed_"+string(f.Side)), "why", report.Why(c.text, f), "code", f.Code)
	}
	if more := len(list) - shownFailures; more > 0 {
		c.say("cli.replay.failures_more", "n", strconv.Itoa(more))
	}
}

// day prints both computations of one listed day, for each candidate that changes it.
func (cmd *replayShowCmd) day(c *console, docs []whatif.Document) error {
	if cmd.Date == "" {
		return domain.NewError(domain.Invalid, "usage_missing", "missing", "DATE")
	}
	date, err := domain.ParseDate(cmd.Date)
	if err != nil {
		return wrongValue("DATE", cmd.Date, "not_a_date")
	}
	if cmd.HTML != "" {
		return domain.NewError(domain.Invalid, "usage_not_together", "first", "--html", "second", "EMPLOYEE DATE")
	}
	if cmd.Collective {
		return domain.NewError(domain.Invalid, "usage_not_together", "first", "--collective", "second", "EMPLOYEE DATE")
	}
	found := []whatif.DayChange{}
	var stories []string
	for i := range docs {
		for k := range docs[i].Days {
			d := &docs[i].Days[k]
			if d.Emp != cmd.Employee || d.Date != date || d.Traces == nil {
				continue
			}
			w := c.traceStory(d, nil)
			w.line("%s  %s  %s", d.Date, d.Emp, c.t("labels.weekday."+strings.ToLower(d.Date.Weekday().String()[:3])))
			w.aligned(c.sidesOf(&docs[i]), d.Traces)
			found, stories = append(found, *d), append(stories, w.b.String())
		}
	}
	if len(found) == 0 {
		return domain.NewError(domain.NotFound, "traces_missing", "emp", cmd.Employee, "date", date.String(), "file", cmd.File, "command", report.WhyCommand(docs[0].Header, cmd.Employee, date))
	}
	if c.cfg.Output == "json" {
		for _, d := range found {
			if err := printJSON(c.Out, d); err != nil {
				return err
			}
		}
		return nil
	}
	_, err = io.WriteString(c.Out, strings.Join(stories, "\n"))
	return err
}

// sidesOf are the heads of the two columns.
func (c *console) sidesOf(d *whatif.Document) [2]string {
	return [2]string{c.t("cli.why.governing"), d.Header.Candidate}
}

// traceStory begins the story of a day; its lines go to the page, if there is one.
func (c *console) traceStory(d *whatif.DayChange, page *[]report.Line) *story {
	z, err := zone.Embedded().Zone(d.Traces.Zone)
	if err != nil { // a zone of other data: offsets stand beside the times then
		z, _ = zone.Embedded().Zone("UTC")
	}
	return &story{c: c, z: z, date: d.Date, page: page}
}

// tellTraces is a report.Teller.
func (c *console) tellTraces(of *whatif.Document, d *whatif.DayChange) []report.Line {
	var out []report.Line
	c.traceStory(d, &out).aligned(c.sidesOf(of), d.Traces)
	return out
}
