package httpapi

import (
	"context"
	"net/http"
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// shadow is a candidate that runs beside the rules of a group.
type shadow struct {
	Ruleset string      `json:"ruleset"`
	Hash    string      `json:"hash" doc:"Of the document, which the ruleset keeps as a draft or a version."`
	From    domain.Date `json:"from"`
	To      domain.Date `json:"to,omitzero" doc:"First date without it; open when left out."`
}

type shadowIn struct {
	Nobody
	ID
	Body struct {
		Ruleset  string      `json:"ruleset" minLength:"1" maxLength:"64"`
		Document string      `json:"document,omitempty" maxLength:"262144" doc:"YAML or JSON, which is kept as a draft; its id is that of the ruleset. Or version, or draft."`
		Version  int         `json:"version,omitempty" minimum:"1"`
		Draft    string      `json:"draft,omitempty" maxLength:"64"`
		From     domain.Date `json:"from"`
		Until    domain.Date `json:"until,omitzero" required:"false" doc:"First date without it; open when left out."`
	}
}

type unshadowIn struct {
	Nobody
	ID
	Body struct {
		From domain.Date `json:"from" doc:"First date without it; at its own first date, the shadow is taken back."`
	}
}

// shadowRoutes let candidates run beside the rules of a group, and end that.
func (s *Server) shadowRoutes() {
	const object = "shadow"
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/groups/{id}/shadows", ID: "bind-shadow", Action: access.RulesEdit, Object: object,
		Summary: "Let a candidate run beside the rules of a group: shown, never paid.",
	}, bindShadow)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/groups/{id}/unshadowings", ID: "unbind-shadow", Action: access.RulesEdit, Object: object,
		Summary: "End the last shadow of a group.",
	},
		func(ctx context.Context, c *Call, in *unshadowIn) (*Written, error) {
			return c.act(ctx, people.UnbindShadow{Group: in.ID.ID, From: in.Body.From}, "")
		})
}

func bindShadow(ctx context.Context, c *Call, in *shadowIn) (*Written, error) {
	b := in.Body
	hash, err := c.shadowHash(ctx, in)
	if err != nil {
		return nil, err
	}
	done, err := c.doStep(ctx, "shadow", people.BindShadow{Group: in.ID.ID, Ruleset: b.Ruleset, Hash: hash, From: b.From, To: b.Until})
	if err != nil {
		return nil, err
	}
	return written(done, ""), nil
}

// shadowHash finds the document that is meant, and keeps one that was sent.
func (c *Call) shadowHash(ctx context.Context, in *shadowIn) (string, error) {
	b := in.Body
	switch {
	case b.Document != "":
	case b.Version > 0:
		v, ok := c.Directory().Ruleset(b.Ruleset).Version(b.Version)
		if !ok {
			return "", domain.NewError(domain.NotFound, "unknown_version", "ruleset", b.Ruleset, "version", strconv.Itoa(b.Version))
		}
		return v.Hash, nil
	default:
		d, err := c.Directory().WaitingDraft(b.Ruleset, b.Draft)
		return d.Hash, err
	}
	doc, err := c.documentOf(b.Ruleset, b.Document)
	if err != nil {
		return "", err
	}
	draft, publish, err := c.Directory().Releasing(ledger.Release{Doc: doc, Source: b.Document, Author: c.Who.Principal})
	if err == nil && draft != nil {
		_, err = c.doStep(ctx, "draft", *draft)
	}
	return publish.Hash, c.refusedRules(doc, err)
}
