package decidertest_test

import (
	"testing"
	"testing/fstest"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
)

// A lamp can be lit once; the smallest decider there is.
type (
	lamp    struct{ Lit bool }
	light   struct{ By string }
	nothing struct{}
	lampLit struct {
		By   string        `json:"by"`
		Note domain.Secret `json:"note,omitzero"`
	}
)

func (lampLit) EventType() string { return "LampLit" }

func decide(s lamp, c light, _ nothing) ([]domain.Event, error) {
	if s.Lit {
		return nil, domain.NewError(domain.Conflict, "already_lit", "by", c.By)
	}
	return []domain.Event{lampLit{By: c.By}}, nil
}

func evolve(lamp, domain.Event) lamp { return lamp{Lit: true} }

func TestRun(t *testing.T) {
	decidertest.Run(t, decide, evolve, []decidertest.Case[light, nothing, domain.Event]{
		{Name: "a dark lamp is lit", When: light{By: "ann"}, Then: []domain.Event{lampLit{By: "ann"}}},
		{Name: "a lit lamp cannot be lit", Given: []domain.Event{lampLit{By: "ann"}}, When: light{By: "bob"}, Err: "already_lit"},
	})
}

func TestFixtures(t *testing.T) {
	files := fstest.MapFS{"LampLit.1.json": {Data: []byte(
		`{"by":"ann","note":{"class":"text","key":"k1","key_commitment":"AQID","box":"BAUG"}}`,
	)}}
	decidertest.Fixtures(t, files, []domain.Event{lampLit{}})
}
