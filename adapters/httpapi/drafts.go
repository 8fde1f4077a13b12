package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type pack struct {
	Pack  string       `json:"pack"`
	Zone  string       `json:"zone"`
	Title ruleset.Text `json:"title"`
}

type packIn struct {
	Nobody
	ID
}

type packOut struct {
	Body struct {
		pack
		Hash     string `json:"hash"`
		Document string `json:"document" doc:"As it is shipped, with its comments: a start for rules of one's own."`
	}
}

// draft is rules that have not become a version, or that did.
type draft struct {
	Ruleset        string                `json:"ruleset"`
	Draft          string                `json:"draft"`
	State          string                `json:"state" enum:"draft,reviewed,returned"`
	Author         string                `json:"author"`
	Note           string                `json:"note,omitempty"`
	BasedOn        int                   `json:"based_on,omitempty"`
	Hash           string                `json:"hash"`
	Reviewer       string                `json:"reviewer,omitempty"`
	Verdict        ruleset.ReviewVerdict `json:"verdict,omitempty"`
	ReviewNote     string                `json:"review_note,omitempty"`
	Representative string                `json:"representative,omitempty" doc:"Who spoke for the works council or union."`
	Countersigned  ruleset.ReviewVerdict `json:"countersigned,omitempty" doc:"What they said."`
}

func draftShown(id string, d ruleset.RulesetDraft) draft {
	return draft{
		id, d.ID, d.State(), d.Author, d.Note, d.BasedOn, d.Hash, d.Review.By, d.Review.Verdict, d.Review.Note, d.Countersign.By, d.Countersign.Verdict,
	}
}

// DraftOf is the input of an act about one draft.
type DraftOf struct {
	Nobody
	ID
	Draft string `path:"draft" maxLength:"64" pattern:"^[a-z0-9_.-]+$" doc:"Id of the draft."`
}

type draftGetIn struct {
	DraftOf
	Past
}

type draftOut struct {
	Seen
	Body struct {
		draft
		Document json.RawMessage `json:"document"`
		Source   string          `json:"source,omitempty" doc:"The text that the document was read from, where it was kept."`
	}
}

// problemShown is one thing that is wrong with a document.
type problemShown struct {
	ruleset.Problem
	Detail string `json:"detail" doc:"In the language asked for."`
}

type lintIn struct {
	Nobody
	Body struct {
		Document string `json:"document" minLength:"1" maxLength:"262144" doc:"YAML or JSON."`
	}
}

type lintOut struct {
	Body struct {
		OK       bool           `json:"ok" doc:"Nothing is in the way of publishing it but what other people must say."`
		Ruleset  string         `json:"ruleset,omitempty"`
		Hash     string         `json:"hash,omitempty"`
		Problems []problemShown `json:"problems" doc:"Each with a JSON pointer into the document, and its line."`
		Examples []exampleRun   `json:"examples" doc:"Of the document, where it can be compiled."`
	}
}

// exampleRun is what one example of a document came to.
type exampleRun struct {
	Example     string                  `json:"example"`
	OK          bool                    `json:"ok"`
	Differences []attendance.Difference `json:"differences,omitempty"`
}

type diffIn struct {
	Nobody
	Body struct {
		Before   string `json:"before" minLength:"1" maxLength:"140" doc:"A pack, or ID@VERSION, or ID@DRAFT."`
		After    string `json:"after,omitempty" maxLength:"140" doc:"The same; or document."`
		Document string `json:"document,omitempty" maxLength:"262144" doc:"YAML or JSON, in the place of after."`
	}
}

// draftRoutes show rules before they are published, and try them.
func (s *Server) draftRoutes() {
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/packs", ID: "list-packs", Action: access.RulesRead, Object: "pack", Summary: "Rules that are shipped.",
	},
		func(_ context.Context, _ *Call, _ *Nobody) (*listOut[pack], error) {
			out := &listOut[pack]{List[pack]{Items: []pack{}}}
			for _, doc := range ruleset.Packs() {
				out.Body.Items = append(out.Body.Items, pack{doc.ID, doc.Timezone, doc.Title})
			}
			return out, nil
		})
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/packs/{id}", ID: "get-pack", Action: access.RulesRead, Object: "pack", Summary: "One of them, as text.",
	}, getPack)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/rulesets/{id}/drafts", ID: "list-drafts", Action: access.RulesReview, Object: "draft",
		Summary: "Drafts of a ruleset, with what was said of them.",
	}, listDrafts)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/rulesets/{id}/drafts/{draft}", ID: "get-draft", Action: access.RulesReview, Object: "draft",
		Summary: "A draft.",
	}, getDraft)
	const object = "rules check"
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/rules/lint", ID: "lint-rules", Action: access.RulesTry, Object: object,
		Summary: "Check a document and run its examples; nothing is written.",
	}, lintRules)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/rules/diff", ID: "diff-rules", Action: access.RulesTry, Object: object,
		Summary: "What differs between two documents; nothing is written.",
	}, diffRules)
}

func getPack(_ context.Context, _ *Call, in *packIn) (*packOut, error) {
	doc, ok := ruleset.Pack(in.ID.ID)
	if !ok {
		return nil, domain.NewError(domain.NotFound, "unknown_rules", "name", in.ID.ID)
	}
	source, _ := ruleset.PackSource(doc.ID)
	hash, err := ruleset.Hash(doc)
	out := &packOut{}
	out.Body.pack, out.Body.Hash, out.Body.Document = pack{doc.ID, doc.Timezone, doc.Title}, hash, string(source)
	return out, err
}

func listDrafts(ctx context.Context, c *Call, in *rulesetIn) (*Listed[draft], error) {
	m, err := c.at(ctx, in.Past, "")
	if err != nil {
		return nil, err
	}
	defer m.Close()
	out := &Listed[draft]{Seen: Seen{m.Position}, Body: List[draft]{Items: []draft{}}}
	for _, d := range m.Directory.Ruleset(in.ID.ID).Drafts {
		out.Body.Items = append(out.Body.Items, draftShown(in.ID.ID, d))
	}
	return out, nil
}

func getDraft(ctx context.Context, c *Call, in *draftGetIn) (*draftOut, error) {
	m, err := c.at(ctx, in.Past, "")
	if err != nil {
		return nil, err
	}
	defer m.Close()
	d, ok := m.Directory.Ruleset(in.ID.ID).Draft(in.Draft)
	if !ok {
		return nil, domain.NewError(domain.NotFound, "unknown_draft", "ruleset", in.ID.ID, "draft", in.Draft)
	}
	out := &draftOut{Seen: Seen{m.Position}}
	out.Body.draft, out.Body.Document, out.Body.Source = draftShown(in.ID.ID, d), d.Doc, d.Source
	return out, nil
}

// problemsShown says problems in the language of the call.
func (c *Call) problemsShown(problems []ruleset.Problem) []problemShown {
	out := []problemShown{}
	for _, p := range problems {
		out = append(out, problemShown{p, c.problemInWords(p)})
	}
	return out
}

func (c *Call) problemInWords(p ruleset.Problem) string {
	s := c.Text.Text("problems."+p.Code, p.Args)
	if meant := p.Args["meant"]; meant != "" {
		s += "; " + c.Text.Text("problems.meant", map[string]string{"meant": meant})
	}
	return s
}

func lintRules(_ context.Context, c *Call, in *lintIn) (*lintOut, error) {
	doc, problems, err := ruleset.Examine([]byte(in.Body.Document), "document", c.yearsOf)
	if err != nil {
		return nil, err
	}
	out := &lintOut{}
	b := &out.Body
	b.OK, b.Problems, b.Examples = true, c.problemsShown(problems), []exampleRun{}
	for _, p := range problems {
		b.OK = b.OK && p.Severity == ruleset.SeverityWarning
	}
	if doc == nil {
		return out, nil
	}
	b.Ruleset = doc.ID
	if b.Hash, err = ruleset.Hash(doc); err != nil || !b.OK {
		return out, err
	}
	rules, err := ruleset.Compile(doc, b.Hash)
	if err != nil {
		return nil, err
	}
	ran, err := attendance.RunExamples(rules, c.Directory().ExampleCalendar(doc.Calendar))
	if err != nil {
		return nil, err
	}
	for _, x := range ran {
		ok := len(x.Differences) == 0
		b.OK, b.Examples = b.OK && ok, append(b.Examples, exampleRun{x.Example, ok, x.Differences})
	}
	return out, nil
}

func diffRules(_ context.Context, c *Call, in *diffIn) (*listOut[ruleset.Change], error) {
	before, err := c.namedRules(in.Body.Before)
	if err != nil {
		return nil, err
	}
	var after *ruleset.Document
	if in.Body.Document != "" {
		after, err = c.documentOf("", in.Body.Document)
	} else {
		after, err = c.namedRules(in.Body.After)
	}
	if err != nil {
		return nil, err
	}
	changes, err := ruleset.Diff(before, after)
	return &listOut[ruleset.Change]{List[ruleset.Change]{Items: orEmpty(changes)}}, err
}

// namedRules finds a pack, a version or a draft.
func (c *Call) namedRules(name string) (*ruleset.Document, error) {
	id, which, stored := strings.Cut(name, "@")
	if !stored {
		doc, ok := ruleset.Pack(name)
		if !ok {
			return nil, domain.NewError(domain.NotFound, "unknown_rules", "name", name)
		}
		return doc, nil
	}
	return storedRules(c.Directory(), id, which)
}

func storedRules(d *ledger.Directory, id, which string) (*ruleset.Document, error) {
	s := d.Ruleset(id)
	if n, err := strconv.Atoi(which); err == nil {
		if v, ok := s.Version(n); ok {
			return ruleset.ParseStored(v.Doc)
		}
	}
	if x, ok := s.Draft(which); ok {
		return ruleset.ParseStored(x.Doc)
	}
	return nil, domain.NewError(domain.NotFound, "unknown_version", "ruleset", id, "version", which)
}
