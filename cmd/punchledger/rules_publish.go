package main

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type rulesDraftCmd struct {
	Rules   string `arg:"" help:"File or pack."`
	ID      string `help:"Id of the draft; a draft of the same id is replaced. Made from the document's hash when left out."`
	BasedOn int    `help:"The version that it started from." placeholder:"N"`
	Note    string `help:"What reviewers should know; no names of employees."`
}

func (cmd *rulesDraftCmd) Run(c *console) error {
	doc, source, err := c.documentText(cmd.Rules)
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		command, err := ledger.Release{Doc: doc, Source: source, Author: c.cfg.As}.Drafting()
		if err != nil {
			return err
		}
		command.Draft, command.BasedOn, command.Note = cmp.Or(cmd.ID, command.Draft), cmd.BasedOn, cmd.Note
		if err := w.act(c, command, command.Draft); err != nil {
			return err
		}
		c.warnings(ruleset.Lint(doc))
		c.say("cli.rules_drafted", "ruleset", doc.ID, "draft", command.Draft)
		return nil
	})
}

type rulesReviewCmd struct {
	Ruleset        string `arg:"" help:"Ruleset."`
	Draft          string `arg:"" optional:"" help:"Draft; may be left out where only one waits."`
	Approve        bool   `xor:"verdict" required:"" help:"It may be published."`
	Return         bool   `xor:"verdict" required:"" help:"It goes back to its author."`
	Representative bool   `help:"This is the word of the works council or union, not of the employer."`
	Hash           string `help:"The beginning of the hash that was read; refused when the draft is another one by now." placeholder:"HASH"`
	Note           string `help:"Why; no names of employees."`
}

func (cmd *rulesReviewCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		d, err := w.ledger.Directory().WaitingDraft(cmd.Ruleset, cmd.Draft)
		if err != nil {
			return err
		}
		command := ruleset.ReviewRuleset{
			Ruleset: cmd.Ruleset, Draft: d.ID, Hash: d.Hash, Verdict: ruleset.ReviewApprove, Note: cmd.Note, ActorID: c.cfg.As,
		}
		if !strings.HasPrefix(d.Hash, cmd.Hash) {
			command.Hash = cmd.Hash // which the decision refuses, naming the draft's own
		}
		if cmd.Return {
			command.Verdict = ruleset.ReviewReject
		}
		if cmd.Representative {
			command.Role = ruleset.RoleRepresentative
		}
		if doc, err := ruleset.ParseStored(d.Doc); err == nil {
			command.Lint = ruleset.Lint(doc)
		}
		return w.act(c, command, "")
	})
}

type rulesPublishCmd struct {
	Rules  string `arg:"" help:"File or pack; with --draft the ruleset."`
	Draft  string `help:"Publish this draft instead of a file." placeholder:"DRAFT"`
	From   string `help:"First date it governs; the document's own when left out." placeholder:"DATE"`
	Until  string `help:"First date it does not govern any more." placeholder:"DATE"`
	Replay string `help:"The adopted replay that shows what it changes." placeholder:"ID"`
}

func (cmd *rulesPublishCmd) Run(c *console) error {
	from, until, err := span("from", cmd.From, "until", cmd.Until)
	if err != nil {
		return err
	}
	r := ledger.Release{Draft: cmd.Draft, From: from, Until: until, Replay: cmd.Replay, Author: c.cfg.As}
	if cmd.Draft == "" {
		if r.Doc, r.Source, err = c.documentText(cmd.Rules); err != nil {
			return err
		}
	}
	return c.writing(func(w *writer) error {
		if cmd.Draft != "" {
			d, err := w.ledger.Directory().WaitingDraft(cmd.Rules, cmd.Draft)
			if err != nil {
				return err
			}
			if r.Doc, err = ruleset.ParseStored(d.Doc); err != nil {
				return err
			}
		}
		version, given, err := w.publish(c, r)
		if err != nil {
			return err
		}
		c.say("cli.published", "ruleset", version.Ruleset, "version", fmt.Sprint(version.Version), "from", version.EffectiveFrom.String())
		if c.cfg.Output == "json" { // before anything else can fail: what it says is in the log
			version.Doc = nil
			err = printJSON(c.Out, struct {
				ruleset.RulesetPublished
				Receipt receipt `json:"receipt"`
			}{version, receiptOf(given, "")})
		}
		return errors.Join(err, w.afterPublishing(c, version, r.Doc), w.turnDue(c.ctx))
	})
}

// publish drafts and publishes a document; the years of its calendar that are shipped and not in the ledger yet come with it.
func (w *writer) publish(c *console, r ledger.Release) (version ruleset.RulesetPublished, given ledger.Receipt, err error) {
	if err := w.publishCalendar(c, r.Doc.Calendar); err != nil {
		return version, given, err
	}
	draft, publish, err := w.ledger.Directory().Releasing(r)
	if err == nil && draft != nil {
		_, err = w.do(c, *draft)
	}
	if err == nil {
		given, err = w.do(c, publish)
	}
	if err != nil {
		return version, ledger.Receipt{}, err
	}
	return given.Events[0].Event.(ruleset.RulesetPublished), given, nil
}

// afterPublishing says what the author should know now: one person did it all, years that the calendar lacks, later versions that
// go on governing their dates, and members of groups who are left without rules.
func (w *writer) afterPublishing(c *console, v ruleset.RulesetPublished, doc *ruleset.Document) error {
	d := w.ledger.Directory()
	if err := d.CatchUp(c.ctx); err != nil {
		return err
	}
	if v.SingleControl {
		c.say("cli.single_control")
	}
	c.warnings(ruleset.Lint(doc))
	c.warnings(ruleset.LintYears(doc, v.EffectiveFrom, v.EffectiveTo, ruleset.YearsOf(d.Calendar(doc.Calendar), doc.Calendar)))
	s := d.Ruleset(v.Ruleset)
	draft := ""
	if published, ok := s.Version(v.Version); ok {
		draft = published.Draft
	}
	for _, r := range s.Later(v.EffectiveFrom, v.EffectiveTo) {
		c.say("cli.later_governs", "version", strconv.Itoa(r.Version), "dates", dates(r.From, r.Until), "ruleset", v.Ruleset, "draft", draft, "from", r.From.String())
	}
	c.ungoverned(d, v.Ruleset)
	return nil
}

// warnings says what the lint doubts.
func (c *console) warnings(problems []ruleset.Problem) {
	for _, p := range problems {
		c.say("cli.warning", "text", c.problem(p))
	}
}

// ungoverned warns of people whose group follows a ruleset and who have no rules on some dates.
func (c *console) ungoverned(d *ledger.Directory, id string) {
	for _, group := range d.IDs("group") {
		for _, b := range d.Group(group).Bindings {
			if b.Ruleset == id {
				c.gaps(d, group)
				break
			}
		}
	}
}

// gaps warns of the members of a group who have no rules on some dates.
func (c *console) gaps(d *ledger.Directory, group string) {
	type stretch struct{ from, until domain.Date }
	people := map[stretch][]string{}
	var order []stretch
	for _, g := range d.Ungoverned(group) {
		s := stretch{g.From, g.Until}
		if people[s] == nil {
			order = append(order, s)
		}
		people[s] = append(people[s], g.Emp)
	}
	for _, s := range order {
		c.say("cli.no_rules", "group", group, "dates", dates(s.from, s.until), "count", strconv.Itoa(len(people[s])), "people", someOf(people[s]))
	}
}

// someOf names the first people of a list, and that there are more.
func someOf(list []string) string {
	const shown = 5
	out := ""
	for i, p := range list {
		if i == shown {
			return out + ", …"
		}
		if i > 0 {
			out += ", "
		}
		out += p
	}
	return out
}

type rulesWithdrawCmd struct {
	Ruleset string `arg:"" help:"Ruleset."`
	Version int    `arg:"" help:"Version."`
	Reason  string `required:"" help:"Reason."`
}

func (cmd *rulesWithdrawCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		d := w.ledger.Directory()
		before := d.Ruleset(cmd.Ruleset).Reigns()
		touched := underVersion(d, cmd.Ruleset, cmd.Version)
		err := w.act(c, ruleset.WithdrawRuleset{Ruleset: cmd.Ruleset, Version: cmd.Version, Reason: cmd.Reason}, "")
		if err != nil {
			return err
		}
		if err := d.CatchUp(c.ctx); err != nil {
			return err
		}
		c.say("cli.withdrawn", "ruleset", cmd.Ruleset, "version", strconv.Itoa(cmd.Version))
		if len(touched) > 0 {
			c.say("cli.withdrawn_days", "count", strconv.Itoa(len(touched)), "people", someOf(touched))
		}
		for _, r := range before {
			if r.Version == cmd.Version {
				c.nowGoverns(d, cmd.Ruleset, r)
			}
		}
		c.ungoverned(d, cmd.Ruleset)
		return nil
	})
}

// underVersion lists the people who have days behind them under a version.
func underVersion(d *ledger.Directory, id string, version int) []string {
	var out []string
	for _, emp := range d.IDs("employee") {
		for _, g := range d.Rules(emp) {
			if g.Ruleset == id && g.Version == version && g.From <= d.LastTurned() {
				out = append(out, emp)
				break
			}
		}
	}
	return out
}

// nowGoverns says what governs the dates that a version governed.
func (c *console) nowGoverns(d *ledger.Directory, id string, gone ruleset.Reign) {
	at := gone.From
	for _, r := range d.Ruleset(id).Reigns() {
		from, until := max(r.From, gone.From), r.Until
		if gone.Until != 0 && (until == 0 || until > gone.Until) {
			until = gone.Until
		}
		if until != 0 && until <= from || gone.Until != 0 && from >= gone.Until {
			continue
		}
		if from > at {
			c.say("cli.nothing_governs", "dates", dates(at, from))
		}
		c.say("cli.now_governs", "ruleset", id, "version", strconv.Itoa(r.Version), "dates", dates(from, until))
		if at = until; until == 0 {
			return
		}
	}
	if gone.Until == 0 || at < gone.Until {
		c.say("cli.nothing_governs", "dates", dates(at, gone.Until))
	}
}
