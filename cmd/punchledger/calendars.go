package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

// publishCalendar publishes the shipped years of a calendar that the ledger lacks. Their ids do not count on from the command's: one
// that was interrupted finds fewer to do when it comes again.
func (w *writer) publishCalendar(c *console, id string) error {
	lacked, err := w.ledger.Directory().LackedYears(id)
	for _, year := range lacked {
		if err == nil {
			_, err = w.carryOut(c, fmt.Sprintf("shipped:%s:%d", id, year.Year), year)
		}
	}
	return err
}

func publication(doc *ruleset.CalendarDocument) schedule.PublishCalendarYear {
	y := doc.Year
	return schedule.PublishCalendarYear{
		Calendar: doc.ID, Year: y.Year, Days: y.Days, Source: y.Source, Provisional: y.Provisional, Extended: y.Extended,
	}
}

type calendarsCmd struct {
	List    calendarsListCmd    `cmd:"" default:"withargs" help:"List shipped and published calendars."`
	Publish calendarsPublishCmd `cmd:"" help:"Publish one year of a calendar."`
}

type calendarsListCmd struct{}

func (cmd *calendarsListCmd) Run(c *console) error {
	t, err := c.table("calendar", "year", "days", "text")
	if err != nil {
		return err
	}
	for _, doc := range ruleset.Calendars() {
		if err := t.add(doc, doc.ID, fmt.Sprint(doc.Year.Year), fmt.Sprint(len(doc.Year.Days)), doc.Year.Source.Title); err != nil {
			return err
		}
	}
	return t.end()
}

type calendarsPublishCmd struct {
	File string `arg:"" help:"YAML file of one year, or the id of a shipped calendar."`
}

func (cmd *calendarsPublishCmd) Run(c *console) error {
	data, err := c.read(cmd.File, ruleset.MaxBytes)
	if errors.Is(err, os.ErrNotExist) {
		return c.writing(func(w *writer) error { return w.publishCalendar(c, cmd.File) })
	}
	if err != nil {
		return err
	}
	doc, err := ruleset.ParseCalendar(data, cmd.File)
	if err != nil {
		return err
	}
	for _, p := range ruleset.LintCalendar(doc) {
		if p.Severity == ruleset.SeverityWarning { // errors are what the decision refuses
			c.say("cli.warning", "text", c.problem(p))
		}
	}
	return c.writing(func(w *writer) error {
		return w.act(c, publication(doc), "")
	})
}
