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
		command, err := draftOf(c, release{doc: doc, source: source})
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
		d, err := openDraft(cmd.Ruleset, w.ledger.Directory().Ruleset(cmd.Ruleset), cmd.Draft)
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

// openDraft finds a draft by its id, or the only one that has not become a version.
func openDraft(id string, s ruleset.RulesetState, draft string) (ruleset.RulesetDraft, error) {
	if d, ok := s.Draft(draft); ok {
		return d, nil
	}
	list, err := editions(id, s)
	if err != nil {
		return ruleset.RulesetDraft{}, err
	}
	var open []string
	for _, e := range list {
		if e.Version == 0 {
			open = append(open, e.Draft)
		}
	}
	if draft != "" || len(open) != 1 {
		return ruleset.RulesetDraft{}, domain.NewError(domain.NotFound, "unknown_draft", "ruleset", id, "draft", draft, "waiting", fmt.Sprint(open))
	}
	d, _ := s.Draft(open[0])
	return d, nil
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
	r := release{draft: cmd.Draft, from: from, until: until, replay: cmd.Replay}
	if cmd.Draft == "" {
		if r.doc, r.source, err = c.documentText(cmd.Rules); err != nil {
			return err
		}
	}
	return c.writing(func(w *writer) error {
		if cmd.Draft != "" {
			d, err := openDraft(cmd.Rules, w.ledger.Directory().Ruleset(cmd.Rules), cmd.Draft)
			if err != nil {
				return err
			}
			if r.doc, err = ruleset.ParseStored(d.Doc); err != nil {
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
		return errors.Join(err, w.afterPublishing(c, version, r.doc), w.turnDue(c.ctx))
	})
}

// release is a document on its way to become a version. With a draft it is the draft's, which is there already.
type release struct {
	doc         *ruleset.Document
	source      string
	draft       string
	from, until domain.Date
	replay      string
}

// draftOf returns the command that keeps a document as a draft.
func draftOf(c *console, r release) (ruleset.DraftRuleset, error) {
	data, err := r.doc.JSON()
	if err != nil {
		return ruleset.DraftRuleset{}, err
	}
	hash, err := ruleset.Hash(r.doc)
	return ruleset.DraftRuleset{Ruleset: r.doc.ID, Draft: "d" + hash[:12], Doc: data, Source: r.source, ActorID: c.cfg.As}, err
}

// publish drafts and publishes a document; the years of its calendar that are shipped and not in the ledger yet come with it. A draft
// that somebody else made of the same document is published as it is, with its review.
func (w *writer) publish(c *console, r release) (ruleset.RulesetPublished, ledger.Receipt, error) {
	var none ruleset.RulesetPublished
	if r.from == 0 {
		r.from = r.doc.Effective
	}
	if err := w.publishCalendar(c, r.doc.Calendar); err != nil {
		return none, ledger.Receipt{}, err
	}
	draft, err := draftOf(c, r)
	if err != nil {
		return none, ledger.Receipt{}, err
	}
	hash, err := ruleset.Hash(r.doc)
	if err != nil {
		return none, ledger.Receipt{}, err
	}
	have, known := sameDocument(w.ledger.Directory().Ruleset(r.doc.ID), hash, c.cfg.As)
	switch {
	case r.draft != "":
		draft.Draft = r.draft
	case known && have.Author != c.cfg.As:
		draft.Draft = have.ID
	default:
		if known {
			draft.Draft, draft.BasedOn, draft.Note = have.ID, have.BasedOn, have.Note
		}
		if _, err := w.do(c, draft); err != nil {
			return none, ledger.Receipt{}, err
		}
	}
	given, err := w.do(c, ruleset.PublishRuleset{
		Ruleset: r.doc.ID, Draft: draft.Draft, Hash: hash, EffectiveFrom: r.from, EffectiveTo: r.until, Replay: r.replay,
	})
	if err != nil {
		return none, ledger.Receipt{}, err
	}
	return given.Events[0].Event.(ruleset.RulesetPublished), given, nil
}

// sameDocument finds the draft of a document: a reviewed one before others, then the author's own.
func sameDocument(s ruleset.RulesetState, hash, author string) (best ruleset.RulesetDraft, found bool) {
	rank := func(d ruleset.RulesetDraft) int {
		switch {
		case d.State() == "reviewed":
			return 2
		case d.Author == author:
			return 1
		}
		return 0
	}
	for _, d := range s.Drafts {
		if d.Hash == hash && (!found || rank(d) > rank(best)) {
			best, found = d, true
		}
	}
	return best, found
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
	c.warnings(ruleset.LintYears(doc, v.EffectiveFrom, v.EffectiveTo, years(d.Calendar(doc.Calendar), doc.Calendar)))
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
			if g.Ruleset == id && g.Version == version && g.From <= lastTurned(d) {
				out = append(out, emp)
				break
			}
		}
	}
	return out
}

// lastTurned is the last date that is over somewhere.
func lastTurned(d *ledger.Directory) domain.Date {
	var last domain.Date
	for _, z := range d.Zones() {
		last = max(last, d.Turned(z))
	}
	return last
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
