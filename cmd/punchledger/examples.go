package main

import (
	"crypto/sha256"
	"fmt"

	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type rulesTestCmd struct {
	Rules []string `arg:"" help:"Files or packs; all packs when left out." optional:""`
}

// outcome is what one example of a document came to.
type outcome struct {
	Rules       string                  `json:"rules"`
	Example     string                  `json:"example"`
	OK          bool                    `json:"ok"`
	Differences []attendance.Difference `json:"differences,omitempty"`
}

func (cmd *rulesTestCmd) Run(c *console) error {
	docs := ruleset.Packs()
	if len(cmd.Rules) > 0 {
		docs = nil
		for _, name := range cmd.Rules {
			doc, err := c.document(name)
			if err != nil {
				return err
			}
			docs = append(docs, doc)
		}
	}
	failed := false
	for _, doc := range docs {
		outcomes, err := examplesOf(doc, c.exampleCalendar(doc.Calendar))
		if err != nil {
			return err
		}
		passed := 0
		for _, o := range outcomes {
			if o.OK {
				passed++
			}
			if err := c.outcome(o); err != nil {
				return err
			}
		}
		failed = failed || passed < len(outcomes)
		c.say("cli.rules_tested", "name", doc.ID, "passed", fmt.Sprint(passed), "total", fmt.Sprint(len(outcomes)))
	}
	if failed {
		return errNo
	}
	return nil
}

func (c *console) outcome(o outcome) error {
	if c.cfg.Output == "json" {
		return printJSONLine(c.Out, o)
	}
	word := "ok"
	if !o.OK {
		word = "FAIL"
	}
	fmt.Fprintf(c.Out, "%-4s %s %s\n", word, o.Rules, o.Example)
	for _, d := range o.Differences {
		fmt.Fprintf(c.Out, "     %s %s: want %s, got %s\n", d.Date, d.What, d.Want, d.Got)
	}
	return nil
}

// examplesOf runs the examples that a document carries, under a calendar; without one every date follows the plan of the week.
func examplesOf(doc *ruleset.Document, calendar *schedule.Calendar) ([]outcome, error) {
	hash, err := ruleset.Hash(doc)
	if err != nil {
		return nil, err
	}
	rules, err := ruleset.Compile(doc, hash)
	if err != nil {
		return nil, err
	}
	outcomes, err := attendance.RunExamples(rules, calendar)
	if err != nil {
		return nil, err
	}
	out := make([]outcome, 0, len(outcomes))
	for _, o := range outcomes {
		out = append(out, outcome{Rules: doc.ID, Example: o.Example, OK: len(o.Differences) == 0, Differences: o.Differences})
	}
	return out, nil
}

// exampleCalendar is the shipped calendar of an id, so that examples mean the same everywhere, else that of the ledger, if there is one.
func (c *console) exampleCalendar(id string) *schedule.Calendar {
	if shipped, ok := ruleset.Calendar(id); ok || id == "" {
		return shipped
	}
	var own *schedule.Calendar
	if err := c.directory("", func(d *ledger.Directory) error { own = d.ExampleCalendar(id); return nil }); err != nil { // examples run without a ledger, too
		return nil
	}
	return own
}

// vectorsOf returns the SHA-256 over the documents whose examples are this build's vectors, and how many examples fail.
func vectorsOf(docs []*ruleset.Document) (hash string, failed int, err error) {
	h := sha256.New()
	for _, doc := range docs {
		data, err := doc.JSON()
		if err != nil {
			return "", 0, err
		}
		h.Write(data)
		calendar, _ := ruleset.Calendar(doc.Calendar)
		outcomes, err := examplesOf(doc, calendar)
		if err != nil {
			return "", 0, err
		}
		for _, o := range outcomes {
			if !o.OK {
				failed++
			}
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)), failed, nil
}
