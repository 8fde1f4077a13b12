package httpapi

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type rules struct {
	Ruleset  string          `json:"ruleset"`
	Versions []version       `json:"versions"`
	Reigns   []ruleset.Reign `json:"reigns" doc:"Which version governs when."`
}

type version struct {
	Version   int         `json:"version"`
	Hash      string      `json:"hash"`
	From      domain.Date `json:"from"`
	Until     domain.Date `json:"until,omitzero"`
	Author    string      `json:"author,omitempty"`
	Reviewer  string      `json:"reviewer,omitempty"`
	Single    bool        `json:"single_control,omitempty"`
	Withdrawn bool        `json:"withdrawn,omitempty"`
}

func rulesOf(d *ledger.Directory, id string) rules {
	s := d.Ruleset(id)
	out := rules{Ruleset: id, Versions: []version{}, Reigns: s.Reigns()}
	for _, v := range s.Versions {
		out.Versions = append(out.Versions, version{v.Number, v.Hash, v.From, v.Until, v.Author, v.Reviewer, v.SingleControl, v.Withdrawn})
	}
	return out
}

type rulesetIn struct {
	Nobody
	Past
	ID
}

type rulesOut struct {
	Seen
	Body rules
}

type documentIn struct {
	Nobody
	Past
	ID
	Version int `path:"version" minimum:"1"`
}

type ruleDocumentOut struct {
	Seen
	Body struct {
		Ruleset  string          `json:"ruleset"`
		Version  int             `json:"version"`
		Hash     string          `json:"hash"`
		Document json.RawMessage `json:"document"`
		Source   string          `json:"source,omitempty" doc:"The text that the document was read from, where it was kept."`
	}
}

type governingIn struct {
	WhoseDays
	Past
}

type policyOut struct {
	Body struct {
		Policies map[string]string `json:"policies"`
	}
}

type setPolicyIn struct {
	Nobody
	Policy string `path:"policy" maxLength:"64" pattern:"^[a-z_]+$"`
	Body   struct {
		Value     string   `json:"value" enum:"on,off"`
		Approvers []string `json:"approvers,omitempty" maxItems:"8" doc:"Who approves; turning dual_control off needs two."`
	}
}

func (s *Server) ruleRoutes() {
	const object = "ruleset"
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/rulesets", ID: "list-rulesets", Action: access.RulesRead, Object: object,
		Summary: "Rulesets and their versions.",
	},
		func(ctx context.Context, c *Call, in *pastPageIn) (*Listed[rules], error) {
			return listOf(ctx, c, &in.Page, in.Past, "ruleset", rulesOf)
		})
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/rulesets/{id}", ID: "get-ruleset", Action: access.RulesRead, Object: object,
		Summary: "A ruleset and its versions.",
	}, getRuleset)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/rulesets/{id}/versions/{version}", ID: "get-rules-document", Action: access.RulesRead,
		Object: object, Summary: "The document of one version.",
	}, getDocument)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/rules", ID: "list-governing-rules", Action: access.DayRead, Object: "day",
		Summary: "Which rules govern somebody on which dates, and why.",
	}, governing)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/policies", ID: "list-policies", Action: access.RulesRead, Object: object,
		Summary: "Policies of the organisation.",
	},
		func(_ context.Context, c *Call, _ *Nobody) (*policyOut, error) {
			out := &policyOut{}
			out.Body.Policies = map[string]string{people.DualControl: people.Off}
			maps.Copy(out.Body.Policies, c.Directory().Org().Policies)
			return out, nil
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/policies/{policy}", ID: "set-policy", Action: access.PolicyEdit, Object: "policy",
		Summary: "Set a policy from now on.",
	},
		func(ctx context.Context, c *Call, in *setPolicyIn) (*Written, error) {
			b := in.Body
			if len(b.Approvers) == 0 {
				b.Approvers = []string{c.Who.Principal}
			}
			return c.act(ctx, people.SetPolicy{Policy: in.Policy, Value: b.Value, Approvers: b.Approvers, ActorID: c.Who.Principal}, "")
		})
}

func getRuleset(ctx context.Context, c *Call, in *rulesetIn) (*rulesOut, error) {
	m, err := c.at(ctx, in.Past, "")
	if err != nil {
		return nil, err
	}
	defer m.Close()
	out := rulesOf(m.Directory, in.ID.ID)
	if len(out.Versions) == 0 {
		return nil, domain.NewError(domain.NotFound, "unknown_rules", "name", in.ID.ID)
	}
	return &rulesOut{Seen{m.Position}, out}, nil
}

func getDocument(ctx context.Context, c *Call, in *documentIn) (*ruleDocumentOut, error) {
	m, err := c.at(ctx, in.Past, "")
	if err != nil {
		return nil, err
	}
	defer m.Close()
	v, ok := m.Directory.Ruleset(in.ID.ID).Version(in.Version)
	if !ok {
		return nil, domain.NewError(domain.NotFound, "unknown_version", "ruleset", in.ID.ID, "version", strconv.Itoa(in.Version))
	}
	out := &ruleDocumentOut{Seen: Seen{m.Position}}
	b := &out.Body
	b.Ruleset, b.Version, b.Hash, b.Document, b.Source = in.ID.ID, v.Number, v.Hash, v.Doc, v.Source
	return out, nil
}

func governing(ctx context.Context, c *Call, in *governingIn) (*Listed[ledger.Governing], error) {
	m, err := c.at(ctx, in.Past, in.Emp)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if !m.Directory.Employee(in.Emp).Exists() {
		return nil, domain.NewError(domain.NotFound, "unknown_employee", "emp", in.Emp)
	}
	first, to := in.Window(c.Today)
	out := &Listed[ledger.Governing]{Seen: Seen{m.Position}, Body: List[ledger.Governing]{Items: []ledger.Governing{}}}
	for _, g := range m.Directory.Rules(in.Emp) {
		end := to
		if g.Until != 0 {
			end = min(to, g.Until-1)
		}
		if begin := max(first, g.From); begin <= end && c.coversSome(in.Emp, begin, end) {
			out.Body.Items = append(out.Body.Items, g)
		}
	}
	return out, nil
}
