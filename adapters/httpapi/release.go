package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type draftIn struct {
	Nobody
	ID
	Body struct {
		Document string `json:"document" minLength:"1" maxLength:"262144" doc:"YAML or JSON; its id is that of the path."`
		Draft    string `json:"draft,omitempty" maxLength:"64" doc:"Id; a draft of the same id is replaced. Made of what the document says when left out."`
		BasedOn  int    `json:"based_on,omitempty" minimum:"1" doc:"The version that it started from."`
		Note     string `json:"note,omitempty" maxLength:"500" doc:"What reviewers should know; no names of employees."`
	}
}

type reviewIn struct {
	DraftOf
	Body struct {
		Verdict        ruleset.ReviewVerdict `json:"verdict" enum:"approve,reject"`
		Representative bool                  `json:"representative,omitempty" doc:"It is the word of the works council or union, not of the employer; as it is anyway of who is nothing else."`
		Hash           string                `json:"hash" minLength:"64" maxLength:"64" example:"486a7ef77d2c49508135258df33568da47720b024c26aef5a6813a9852148bed" doc:"Of the draft that was read: another one is not approved by mistake."`
		Note           string                `json:"note,omitempty" maxLength:"500" doc:"Why; no names of employees."`
	}
}

type publishIn struct {
	Nobody
	ID
	Body struct {
		Document string      `json:"document,omitempty" maxLength:"262144" doc:"YAML or JSON; its id is that of the path. Without document and draft it is the pack of that id that is shipped."`
		Draft    string      `json:"draft,omitempty" maxLength:"64" doc:"Publish this draft."`
		From     domain.Date `json:"from,omitzero" required:"false" doc:"First date that it governs; the document's own when left out."`
		Until    domain.Date `json:"until,omitzero" required:"false" doc:"First date that it does not govern any more."`
		Replay   string      `json:"replay,omitempty" maxLength:"64" doc:"The adopted replay that shows what it changes, where recorded days change."`
	}
}

// publishedOut says what became a version, and what its author should look at now.
type publishedOut struct {
	Body struct {
		Receipt
		Ruleset  string          `json:"ruleset"`
		Version  int             `json:"version"`
		Hash     string          `json:"hash"`
		From     domain.Date     `json:"from"`
		Until    domain.Date     `json:"until,omitzero"`
		Single   bool            `json:"single_control,omitempty" doc:"One person did it all."`
		Warnings []problemShown  `json:"warnings" doc:"What the lint doubts."`
		Later    []ruleset.Reign `json:"later" doc:"Versions that begin later and go on governing their dates."`
		Without  []withoutRules  `json:"without_rules" doc:"Groups that follow the ruleset and have people without rules on some dates."`
	}
}

// withoutRules are people of a group who have no rules on some dates. Those whom one may not see are only counted.
type withoutRules struct {
	Group  string      `json:"group"`
	From   domain.Date `json:"from"`
	Until  domain.Date `json:"until,omitzero"`
	Count  int         `json:"count"`
	People []string    `json:"people" doc:"Of those whom one may see."`
}

type takeBackIn struct {
	Nobody
	ID
	Version int `path:"version" minimum:"1"`
	Body    struct{ Reason }
}

// releaseRoutes draft, review, publish and take back rules. The ledger decides as it does at its machine.
func (s *Server) releaseRoutes() {
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/rulesets/{id}/drafts", ID: "draft-rules", Action: access.RulesEdit, Object: "draft",
		Summary: "Keep a document as a draft, to be reviewed.", Status: http.StatusCreated,
	}, draftRules)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/rulesets/{id}/drafts/{draft}/review", ID: "review-rules", Action: access.RulesReview,
		Object: "review", Summary: "Approve a draft, or return it to its author.",
	}, reviewRules)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/rulesets/{id}/versions", ID: "publish-rules", Action: access.RulesEdit, Object: "ruleset",
		Summary: "Publish a document, a draft or a shipped pack as the next version.", Status: http.StatusCreated,
	}, publishRules)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/rulesets/{id}/versions/{version}/withdraw", ID: "withdraw-rules", Action: access.RulesEdit,
		Object: "ruleset", Summary: "Take a published version back.",
	},
		func(ctx context.Context, c *Call, in *takeBackIn) (*Written, error) {
			return c.act(ctx, ruleset.WithdrawRuleset{Ruleset: in.ID.ID, Version: in.Version, Reason: in.Body.Reason.Reason}, "")
		})
}

// documentOf reads a document that was sent for a ruleset; an empty id takes any.
func (c *Call) documentOf(id, text string) (*ruleset.Document, error) {
	doc, err := ruleset.Parse([]byte(text), "document")
	if wrong, ok := errors.AsType[*ruleset.ProblemsError](err); ok {
		return nil, c.documentProblem(wrong)
	}
	if err == nil && id != "" && doc.ID != id {
		err = domain.NewError(domain.Invalid, "invalid_value", "field", "document.id", "value", doc.ID, "problem", "not_that_of_the_path")
	}
	return doc, err
}

// refusedRules turns what the ledger has against a document into places of it.
func (c *Call) refusedRules(doc *ruleset.Document, err error) error {
	if !errors.Is(err, &domain.Error{Code: "lint_failed"}) {
		return err
	}
	wrong := &ruleset.ProblemsError{Name: "document"}
	for _, p := range append(ruleset.Lint(doc), ruleset.CompileProblems(doc)...) {
		if p.Severity != ruleset.SeverityWarning {
			wrong.Problems = append(wrong.Problems, p)
		}
	}
	return c.documentProblem(wrong)
}

func draftRules(ctx context.Context, c *Call, in *draftIn) (*Written, error) {
	b := in.Body
	doc, err := c.documentOf(in.ID.ID, b.Document)
	if err != nil {
		return nil, err
	}
	command, err := ledger.Release{Doc: doc, Source: b.Document, Author: c.Who.Principal}.Drafting()
	if err != nil {
		return nil, err
	}
	if b.Draft != "" {
		command.Draft = b.Draft
	}
	command.BasedOn, command.Note = b.BasedOn, b.Note
	out, err := c.act(ctx, command, command.Draft)
	return out, c.refusedRules(doc, err)
}

func reviewRules(ctx context.Context, c *Call, in *reviewIn) (*Written, error) {
	b := in.Body
	b.Representative = b.Representative || !c.speaks(false)
	if !c.speaks(b.Representative) {
		return nil, errNotAuthorised()
	}
	d, err := c.Directory().WaitingDraft(in.ID.ID, in.Draft)
	if err != nil {
		return nil, err
	}
	command := ruleset.ReviewRuleset{
		Ruleset: in.ID.ID, Draft: d.ID, Hash: b.Hash, Verdict: b.Verdict, Note: b.Note, ActorID: c.Who.Principal,
	}
	if b.Representative {
		command.Role = ruleset.RoleRepresentative
	}
	if doc, err := ruleset.ParseStored(d.Doc); err == nil {
		command.Lint = ruleset.Lint(doc)
	}
	return c.act(ctx, command, "")
}

// speaks reports whether who asks may give the word of the works council, or that of the employer.
func (c *Call) speaks(representative bool) bool {
	for _, s := range c.standings(ledger.Asking{}) {
		_, may := access.Allowed(c.route.Action, []access.Standing{s})
		if may && (s.Role == access.Representative) == representative {
			return true
		}
	}
	return false
}

// releaseOf finds the document that is to be published.
func (c *Call) releaseOf(in *publishIn) (ledger.Release, error) {
	b, id := in.Body, in.ID.ID
	r := ledger.Release{Draft: b.Draft, From: b.From, Until: b.Until, Replay: b.Replay, Author: c.Who.Principal}
	var err error
	switch {
	case b.Draft != "" && b.Document != "":
		return r, domain.NewError(domain.Invalid, "invalid_value", "field", "draft", "value", b.Draft, "problem", "beside_document")
	case b.Draft != "":
		var d ruleset.RulesetDraft
		if d, err = c.Directory().WaitingDraft(id, b.Draft); err == nil {
			r.Doc, err = ruleset.ParseStored(d.Doc)
		}
	case b.Document != "":
		r.Source = b.Document
		r.Doc, err = c.documentOf(id, b.Document)
	default:
		source, ok := ruleset.PackSource(id)
		if !ok {
			return r, domain.NewError(domain.NotFound, "unknown_rules", "name", id)
		}
		r.Source = string(source)
		r.Doc, err = ruleset.Parse(source, id)
	}
	return r, err
}

func publishRules(ctx context.Context, c *Call, in *publishIn) (*publishedOut, error) {
	r, err := c.releaseOf(in)
	if err != nil {
		return nil, err
	}
	if err := c.publishYears(ctx, r.Doc.Calendar); err != nil {
		return nil, err
	}
	draft, publish, err := c.Directory().Releasing(r)
	if err != nil {
		return nil, err
	}
	if draft != nil {
		if _, err := c.doStep(ctx, "draft", *draft); err != nil {
			return nil, c.refusedRules(r.Doc, err)
		}
	}
	done, err := c.doStep(ctx, "publish", publish)
	if err != nil {
		return nil, c.refusedRules(r.Doc, err)
	}
	return c.published(done, r.Doc)
}

// publishYears publishes the shipped years of a calendar that the ledger lacks.
func (c *Call) publishYears(ctx context.Context, id string) error {
	lacked, err := c.Directory().LackedYears(id)
	if err != nil {
		return err
	}
	for _, year := range lacked {
		if _, err := c.doStep(ctx, fmt.Sprintf("shipped/%d", year.Year), year); err != nil {
			return err
		}
	}
	return nil
}

// doStep is Do for one of several steps, of which a repeated request may have fewer to do. Its name makes its id.
func (c *Call) doStep(ctx context.Context, name string, cmd ledger.Command) (ledger.Receipt, error) {
	return c.carryOut(ctx, ledger.Request{ID: c.derive(name + "/" + cmd.Stream()), Command: cmd, Actor: c.Actor()})
}

func (c *Call) published(done ledger.Receipt, doc *ruleset.Document) (*publishedOut, error) {
	v, ok := done.Events[0].Event.(ruleset.RulesetPublished)
	if !ok {
		return nil, fmt.Errorf("publishing gave a %s", done.Events[0].Event.EventType())
	}
	d, out := c.Directory(), &publishedOut{}
	b := &out.Body
	b.Receipt = written(done, "").Body
	b.Ruleset, b.Version, b.Hash, b.From, b.Until, b.Single = v.Ruleset, v.Version, v.Hash, v.EffectiveFrom, v.EffectiveTo, v.SingleControl
	years := ruleset.YearsOf(d.Calendar(doc.Calendar), doc.Calendar)
	b.Warnings = c.problemsShown(append(ruleset.Lint(doc), ruleset.LintYears(doc, v.EffectiveFrom, v.EffectiveTo, years)...))
	b.Later = orEmpty(d.Ruleset(v.Ruleset).Later(v.EffectiveFrom, v.EffectiveTo))
	b.Without = c.ungoverned(v.Ruleset)
	return out, nil
}

// ungoverned lists who follows a ruleset and has no rules on some dates, group by group.
func (c *Call) ungoverned(id string) []withoutRules {
	d, out := c.Directory(), []withoutRules{}
	for _, group := range d.IDs("group") {
		if !follows(d, group, id) {
			continue
		}
		at := map[withoutKey]int{}
		for _, g := range d.Ungoverned(group) {
			k := withoutKey{g.From, g.Until}
			i, known := at[k]
			if !known {
				i = len(out)
				at[k] = i
				out = append(out, withoutRules{Group: group, From: g.From, Until: g.Until, People: []string{}})
			}
			out[i].Count++
			if c.May(access.PersonRead, g.Emp, c.Today) {
				out[i].People = append(out[i].People, g.Emp)
			}
		}
	}
	return out
}

type withoutKey struct{ from, until domain.Date }

func follows(d *ledger.Directory, group, id string) bool {
	for _, b := range d.Group(group).Bindings {
		if b.Ruleset == id {
			return true
		}
	}
	return false
}

// yearsOf returns what is known of a calendar, for the lint.
func (c *Call) yearsOf(id string) *schedule.Calendar {
	return ruleset.YearsOf(c.Directory().Calendar(id), id)
}
