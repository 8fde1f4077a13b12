package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type rulesCmd struct {
	List     rulesListCmd     `cmd:"" default:"withargs" help:"List published rulesets."`
	Packs    rulesPacksCmd    `cmd:"" help:"List the packs that are shipped."`
	Show     rulesShowCmd     `cmd:"" help:"Print a pack as a file to start from."`
	Lint     rulesLintCmd     `cmd:"" help:"Check a document: schema and lint."`
	Test     rulesTestCmd     `cmd:"" help:"Run the examples that a document carries."`
	Diff     rulesDiffCmd     `cmd:"" help:"Compare two documents."`
	Publish  rulesPublishCmd  `cmd:"" help:"Publish a document as the next version of its ruleset."`
	Withdraw rulesWithdrawCmd `cmd:"" help:"Take a published version back."`
}

type rulesListCmd struct{ pastFlag }

func (cmd *rulesListCmd) Run(c *console) error {
	return c.directory(cmd.AsOf, func(d *ledger.Directory) error {
		t, err := c.table("ruleset", "version", "from", "to", "state", "title")
		if err != nil {
			return err
		}
		for _, id := range d.IDs("ruleset") {
			for _, v := range d.Ruleset(id).Versions {
				doc, err := ruleset.ParseStored(v.Doc)
				if err != nil {
					return err
				}
				state := "published"
				if v.Withdrawn {
					state = "withdrawn"
				}
				err = t.add(map[string]any{
					"ruleset": id, "version": v.Number, "from": v.From, "until": v.Until, "hash": v.Hash, "replay": v.Replay, "state": state,
				}, id, fmt.Sprint(v.Number), v.From.String(), v.Until.String(), c.word("labels.state.", state), c.title(doc.Title))
				if err != nil {
					return err
				}
			}
		}
		return t.end()
	})
}

// title chooses the user's language, else English, else any.
func (c *console) title(t ruleset.Text) string {
	lang, _, _ := strings.Cut(c.text.Lang(), "-")
	for _, l := range []string{lang, "en", "zh"} {
		if t[l] != "" {
			return t[l]
		}
	}
	return ""
}

type rulesPacksCmd struct{}

func (cmd *rulesPacksCmd) Run(c *console) error {
	t, err := c.table("ruleset", "zone", "title")
	if err != nil {
		return err
	}
	for _, doc := range ruleset.Packs() {
		if err := t.add(map[string]any{"ruleset": doc.ID, "title": doc.Title, "timezone": doc.Timezone}, doc.ID, doc.Timezone, c.title(doc.Title)); err != nil {
			return err
		}
	}
	return t.end()
}

type rulesShowCmd struct {
	Rules string `arg:"" help:"Pack, or ID@VERSION of the ledger."`
}

func (cmd *rulesShowCmd) Run(c *console) error {
	if data, ok := ruleset.PackSource(cmd.Rules); ok && c.cfg.Output != "json" {
		_, err := c.Out.Write(data)
		return err
	}
	doc, err := c.documentOrVersion(cmd.Rules)
	if err != nil {
		return err
	}
	return printJSON(c.Out, doc)
}

// documentOrVersion reads a document from a file, a pack, or a version of the ledger.
func (c *console) documentOrVersion(name string) (*ruleset.Document, error) {
	id, number, ok := strings.Cut(name, "@")
	if !ok {
		return c.document(name)
	}
	var doc *ruleset.Document
	err := c.directory("", func(d *ledger.Directory) error {
		for _, v := range d.Ruleset(id).Versions {
			if fmt.Sprint(v.Number) == number {
				var err error
				doc, err = ruleset.ParseStored(v.Doc)
				return err
			}
		}
		return domain.NewError(domain.NotFound, "unknown_version", "ruleset", id, "version", number)
	})
	return doc, err
}

type rulesLintCmd struct {
	Rules string `arg:"" help:"File or pack."`
}

func (cmd *rulesLintCmd) Run(c *console) error {
	doc, err := c.document(cmd.Rules)
	problems := []ruleset.Problem{}
	var unusable *ruleset.ProblemsError
	switch {
	case errors.As(err, &unusable):
		problems = unusable.Problems
	case err != nil:
		return err
	default:
		problems = append(append(problems, ruleset.Lint(doc)...), ruleset.CompileProblems(doc)...)
		if text, err := os.ReadFile(c.path(cmd.Rules)); err == nil { // a pack has no file
			problems = ruleset.Locate(text, problems)
		}
	}
	return c.report(cmd.Rules, problems)
}

// report prints problems; an error among them makes the answer no.
func (c *console) report(name string, problems []ruleset.Problem) error {
	failed := false
	for _, p := range problems {
		failed = failed || p.Severity != ruleset.SeverityWarning
	}
	if c.cfg.Output == "json" {
		if err := printJSON(c.Out, map[string]any{"ok": !failed, "problems": problems}); err != nil {
			return err
		}
	} else {
		for _, p := range problems {
			place := name
			if p.Line > 0 {
				place = fmt.Sprintf("%s:%d:%d", name, p.Line, p.Column)
			}
			fmt.Fprintf(c.Out, "%s: %s: %s %s\n", place, c.t("labels.problem."+string(p.Severity)), c.problem(p), p.Pointer)
		}
	}
	if failed {
		return errNo
	}
	c.say("cli.rules_ok", "name", name, "warnings", fmt.Sprint(len(problems)))
	return nil
}

// problem is the sentence of a problem in the user's language.
func (c *console) problem(p ruleset.Problem) string {
	for _, key := range []string{"problems.doc." + p.Code, "problems.lint." + p.Code} {
		if c.text.Has(key) {
			return c.text.Text(key, p.Args)
		}
	}
	return p.Text()
}

type rulesDiffCmd struct {
	Before string `arg:"" help:"File, pack or ID@VERSION."`
	After  string `arg:"" help:"File, pack or ID@VERSION."`
}

func (cmd *rulesDiffCmd) Run(c *console) error {
	before, err := c.documentOrVersion(cmd.Before)
	if err != nil {
		return err
	}
	after, err := c.documentOrVersion(cmd.After)
	if err != nil {
		return err
	}
	t, err := c.table("rule", "before", "after")
	if err != nil {
		return err
	}
	changes, err := ruleset.Diff(before, after)
	if err != nil {
		return err
	}
	for _, x := range changes {
		if err := t.add(x, x.Pointer, compact(x.Before), compact(x.After)); err != nil {
			return err
		}
	}
	return t.end()
}

type rulesPublishCmd struct {
	Rules  string `arg:"" help:"File or pack."`
	From   string `help:"First date it governs; the document's own when left out." placeholder:"DATE"`
	Until  string `help:"First date it does not govern any more." placeholder:"DATE"`
	Replay string `help:"The adopted replay that shows what it changes." placeholder:"ID"`
}

func (cmd *rulesPublishCmd) Run(c *console) error {
	from, until, err := window{From: cmd.From, To: cmd.Until}.dates()
	if err != nil {
		return err
	}
	doc, err := c.document(cmd.Rules)
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		version, err := w.publish(c, doc, from, until, cmd.Replay)
		if err != nil {
			return err
		}
		c.say("cli.published", "ruleset", doc.ID, "version", fmt.Sprint(version.Version), "from", version.EffectiveFrom.String())
		if c.cfg.Output == "json" {
			version.Doc = nil
			err = printJSON(c.Out, version)
		}
		return errors.Join(err, w.turnDue(c.ctx))
	})
}

// publish drafts and publishes a document; the years of its calendar that are shipped and not in the ledger yet come with it.
func (w *writer) publish(c *console, doc *ruleset.Document, from, until domain.Date, replay string) (ruleset.RulesetPublished, error) {
	var none ruleset.RulesetPublished
	if from == 0 {
		from = doc.Effective
	}
	if err := w.publishCalendar(c, doc.Calendar); err != nil {
		return none, err
	}
	data, err := doc.JSON()
	if err != nil {
		return none, err
	}
	hash, err := ruleset.Hash(doc)
	if err != nil {
		return none, err
	}
	draft := "d" + hash[:12]
	if _, err := w.do(c, ruleset.DraftRuleset{Ruleset: doc.ID, Draft: draft, Doc: data, ActorID: c.cfg.As}); err != nil {
		return none, err
	}
	r, err := w.do(c, ruleset.PublishRuleset{
		Ruleset: doc.ID, Draft: draft, Hash: hash, EffectiveFrom: from, EffectiveTo: until, Replay: replay,
	})
	if err != nil {
		return none, err
	}
	return r.Events[0].Event.(ruleset.RulesetPublished), nil
}

// publishCalendar publishes the shipped years of a calendar that the ledger lacks.
func (w *writer) publishCalendar(c *console, id string) error {
	if id == "" {
		return nil
	}
	have := w.ledger.Directory().Calendar(id)
	for _, doc := range ruleset.Calendars() {
		if doc.ID == id && have.LastVersion(doc.Year.Year) == 0 {
			if _, err := w.do(c, publication(doc, 1)); err != nil {
				return err
			}
		}
	}
	return nil
}

func publication(doc *ruleset.CalendarDocument, version int) schedule.PublishCalendarYear {
	y := doc.Year
	return schedule.PublishCalendarYear{
		Calendar: doc.ID, Year: y.Year, Version: version, Days: y.Days, Source: y.Source, Provisional: y.Provisional, Extended: y.Extended,
	}
}

type rulesWithdrawCmd struct {
	Ruleset string `arg:"" help:"Ruleset."`
	Version int    `arg:"" help:"Version."`
	Reason  string `required:"" help:"Reason."`
}

func (cmd *rulesWithdrawCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		return w.act(c, ruleset.WithdrawRuleset{Ruleset: cmd.Ruleset, Version: cmd.Version, Reason: cmd.Reason}, "")
	})
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
	data, err := os.ReadFile(c.path(cmd.File))
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
	return c.writing(func(w *writer) error {
		next := w.ledger.Directory().Calendar(doc.ID).LastVersion(doc.Year.Year) + 1
		return w.act(c, publication(doc, next), "")
	})
}
