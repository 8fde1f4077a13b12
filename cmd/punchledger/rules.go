package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type rulesCmd struct {
	List     rulesListCmd     `cmd:"" default:"withargs" aliases:"versions" help:"List drafts and versions: who wrote and reviewed them, which dates they govern."`
	Packs    rulesPacksCmd    `cmd:"" help:"List the packs that are shipped."`
	Show     rulesShowCmd     `cmd:"" help:"Print a pack, a draft or a version as the file it was."`
	Lint     rulesLintCmd     `cmd:"" help:"Check a document: schema and lint."`
	Test     rulesTestCmd     `cmd:"" help:"Run the examples that a document carries."`
	Diff     rulesDiffCmd     `cmd:"" help:"Say in words what differs between two documents."`
	Draft    rulesDraftCmd    `cmd:"" help:"Keep a document as a draft, to be reviewed."`
	Review   rulesReviewCmd   `cmd:"" help:"Approve a draft, or return it to its author."`
	Publish  rulesPublishCmd  `cmd:"" help:"Publish a document or a draft as the next version of its ruleset."`
	Withdraw rulesWithdrawCmd `cmd:"" help:"Take a published version back."`
	Undo     rulesUndoCmd     `cmd:"" help:"Undo a publication: what governed before is published again for its dates, with a preview."`
	Which    rulesWhichCmd    `cmd:"" help:"Say which rules govern a person, and why."`
}

type rulesListCmd struct {
	pastFlag
	Ruleset string `arg:"" optional:"" help:"Ruleset; all of them when left out."`
}

// edition is a draft or a version in a list.
type edition struct {
	Ruleset        string             `json:"ruleset"`
	Version        int                `json:"version,omitempty"`
	Draft          string             `json:"draft,omitempty"`
	State          string             `json:"state"`
	From           domain.Date        `json:"from,omitzero"`
	Until          domain.Date        `json:"until,omitzero"`
	Governs        []ruleset.Reign    `json:"governs,omitempty"`
	Author         string             `json:"author,omitempty"`
	Reviewer       string             `json:"reviewer,omitempty"`
	Representative string             `json:"representative,omitempty"`
	SingleControl  bool               `json:"single_control,omitempty"`
	Note           string             `json:"note,omitempty"`
	Hash           string             `json:"hash"`
	Replay         string             `json:"replay,omitempty"`
	Authority      *ruleset.Authority `json:"authority,omitempty"`
	Title          ruleset.Text       `json:"title"`

	source string
	doc    *ruleset.Document
}

func (cmd *rulesListCmd) Run(c *console) error {
	return c.directory(cmd.AsOf, func(d *ledger.Directory) error {
		t, err := c.table("ruleset", "version", "from", "to", "state", "governs", "author", "reviewer", "authority", "title")
		if err != nil {
			return err
		}
		ids := d.IDs("ruleset")
		if cmd.Ruleset != "" {
			if !slices.Contains(ids, cmd.Ruleset) {
				return domain.NewError(domain.NotFound, "unknown_ruleset", "ruleset", cmd.Ruleset)
			}
			ids = []string{cmd.Ruleset}
		}
		for _, id := range ids {
			list, err := editions(id, d.Ruleset(id))
			if err != nil {
				return err
			}
			for _, e := range list {
				number := e.Draft
				if e.Version > 0 {
					number = strconv.Itoa(e.Version)
				}
				err := t.add(e, id, number, e.From.String(), e.Until.String(), c.word("labels.state.", e.State), governs(e.Governs),
					e.Author, strings.TrimSpace(e.Reviewer+" "+e.Representative), c.authority(e.Authority), c.title(e.Title))
				if err != nil {
					return err
				}
			}
		}
		return t.end()
	})
}

// editions lists the versions of a ruleset, and the drafts that have not become one.
func editions(id string, s ruleset.RulesetState) ([]edition, error) {
	var out []edition
	add := func(e edition, stored []byte) error {
		doc, err := ruleset.ParseStored(stored)
		if err != nil {
			return err
		}
		e.Ruleset, e.Title, e.Authority, e.doc = id, doc.Title, doc.Authority, doc
		out = append(out, e)
		return nil
	}
	became := map[string]bool{}
	reigns := s.Reigns()
	for _, v := range s.Versions {
		became[v.Hash] = true
		e := edition{
			Version: v.Number, Draft: v.Draft, State: "published", From: v.From, Until: v.Until, Author: v.Author, Reviewer: v.Reviewer,
			Representative: v.Representative, SingleControl: v.SingleControl, Hash: v.Hash, Replay: v.Replay, source: v.Source,
		}
		for _, r := range reigns {
			if r.Version == v.Number {
				e.Governs = append(e.Governs, r)
			}
		}
		switch {
		case v.Withdrawn:
			e.State = "withdrawn"
		case len(e.Governs) == 0:
			e.State = "superseded"
		}
		if err := add(e, v.Doc); err != nil {
			return nil, err
		}
	}
	for _, d := range s.Drafts {
		if became[d.Hash] {
			continue
		}
		err := add(edition{
			Draft: d.ID, State: d.State(), Author: d.Author, Reviewer: d.Review.By, Representative: d.Countersign.By, Note: d.Note, Hash: d.Hash, source: d.Source,
		}, d.Doc)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// governs writes stretches of dates, each with its first and its last date.
func governs(reigns []ruleset.Reign) string {
	parts := make([]string, len(reigns))
	for i, r := range reigns {
		parts[i] = dates(r.From, r.Until)
	}
	return strings.Join(parts, ", ")
}

// dates writes [from, until) with its last date; an open end has three dots.
func dates(from, until domain.Date) string {
	if until == 0 {
		return from.String() + " …"
	}
	return from.String() + " – " + (until - 1).String()
}

// authority says what lets rules be what they are.
func (c *console) authority(a *ruleset.Authority) string {
	if a == nil {
		return ""
	}
	s := c.word("labels.authority.", a.Kind) + ": " + a.Title
	if !a.AgreedOn.IsZero() {
		s += ", " + a.AgreedOn.String()
	}
	if len(a.Parties) > 0 {
		s += ", " + strings.Join(a.Parties, " / ")
	}
	if a.SHA256 != "" {
		s += ", sha256 " + short(a.SHA256)
	}
	return s
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
	Rules string `arg:"" help:"Pack, or ID@VERSION or ID@DRAFT of the ledger."`
}

func (cmd *rulesShowCmd) Run(c *console) error {
	if data, ok := ruleset.PackSource(cmd.Rules); ok && c.cfg.Output != "json" {
		_, err := c.Out.Write(data)
		return err
	}
	id, which, stored := strings.Cut(cmd.Rules, "@")
	if !stored {
		doc, err := c.document(cmd.Rules)
		if err != nil {
			return err
		}
		return printJSON(c.Out, doc)
	}
	e, err := c.edition(id, which)
	if err != nil {
		return err
	}
	if c.cfg.Output == "json" || e.source == "" {
		err = printJSON(c.Out, e.doc)
	} else {
		_, err = io.WriteString(c.Out, e.source)
	}
	c.say("cli.rules_shown", "name", cmd.Rules, "state", c.t("labels.state."+e.State), "dates", none(c, governs(e.Governs)), "author", e.Author,
		"reviewer", none(c, strings.TrimSpace(e.Reviewer+" "+e.Representative)), "authority", none(c, c.authority(e.Authority)), "hash", short(e.Hash))
	return err
}

// none writes a word for nothing.
func none(c *console, s string) string {
	if s == "" {
		return c.t("labels.none")
	}
	return s
}

// edition finds a version by its number, or a draft by its id.
func (c *console) edition(id, which string) (found edition, err error) {
	err = c.directory("", func(d *ledger.Directory) error {
		s := d.Ruleset(id)
		list, err := editions(id, s)
		if err != nil {
			return err
		}
		for _, is := range []func(edition) bool{
			func(e edition) bool { return which == strconv.Itoa(e.Version) },
			func(e edition) bool { return which == e.Draft && e.Version == 0 },
			func(e edition) bool { return which == e.Draft },
		} {
			if i := slices.IndexFunc(list, is); i >= 0 {
				found = list[i]
				return nil
			}
		}
		return domain.NewError(domain.NotFound, "unknown_version", "ruleset", id, "version", which)
	})
	return found, err
}

// documentOrVersion reads a document from a file, a pack, or a version or draft of the ledger.
func (c *console) documentOrVersion(name string) (*ruleset.Document, error) {
	id, which, ok := strings.Cut(name, "@")
	if !ok {
		return c.document(name)
	}
	e, err := c.edition(id, which)
	return e.doc, err
}

// calendarOf is what is known of a calendar: the years of the ledger, if there is one, and those that are shipped.
func (c *console) calendarOf(id string) *schedule.Calendar {
	var own schedule.CalendarState
	if err := c.directory("", func(d *ledger.Directory) error { own = d.Calendar(id); return nil }); err != nil { // rules are linted before there is a ledger, too
		own = schedule.CalendarState{}
	}
	return ruleset.YearsOf(own, id)
}

type rulesLintCmd struct {
	Rules string `arg:"" help:"File or pack."`
}

func (cmd *rulesLintCmd) Run(c *console) error {
	source, err := c.rulesText(cmd.Rules)
	if err != nil {
		return err
	}
	_, problems, err := ruleset.Examine(source, cmd.Rules, c.calendarOf)
	if err != nil {
		return err
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
			fmt.Fprintln(c.Out, c.located(name, p))
		}
	}
	if failed {
		return errNo
	}
	c.say("cli.rules_ok", "name", name, "warnings", fmt.Sprint(len(problems)))
	return nil
}

// located is a problem in the user's language, after its place: office.yaml:12:7: error: unknown key "grase" [unknown_key] /punch/grase.
func (c *console) located(name string, p ruleset.Problem) string {
	place := name
	if p.Line > 0 {
		place = fmt.Sprintf("%s:%d:%d", name, p.Line, p.Column)
	}
	severity := c.t("labels.problem." + string(p.Severity))
	return strings.TrimRight(fmt.Sprintf("%s: %s: %s [%s] %s", text.Shown(place), severity, c.problem(p), p.Code, text.Shown(p.Pointer)), " ")
}

// problem is the sentence of a problem in the user's language, with what was probably meant.
func (c *console) problem(p ruleset.Problem) string {
	key := "problems." + p.Code
	if !c.text.Has(key) {
		return p.Text()
	}
	args := text.ShownArgs(p.Args)
	for _, name := range []string{"want", "got"} {
		if v := args[name]; v != "" {
			args[name] = c.wanted(v)
		}
	}
	s := c.text.Text(key, args)
	if args["meant"] != "" {
		s += "; " + c.t("problems.meant", "meant", args["meant"])
	}
	if args["hint"] != "" {
		s += "; " + c.wanted(args["hint"])
	}
	return s
}

// wanted is what the schema of documents calls a kind of value, in the user's language; a value itself is as it is.
func (c *console) wanted(s string) string {
	for _, bound := range []string{"at least ", "at most "} {
		if rest, ok := strings.CutPrefix(s, bound); ok {
			return c.t("problems.want."+strings.ReplaceAll(strings.TrimSpace(bound), " ", "_"), "bound", rest)
		}
	}
	key := "problems.want." + strings.Trim(notInKeys.ReplaceAllString(strings.ToLower(s), "_"), "_")
	if c.text.Has(key) {
		return c.t(key)
	}
	return s
}

// notInKeys are the signs of an English phrase that its key does not have.
var notInKeys = regexp.MustCompile(`[^a-z0-9]+`)
