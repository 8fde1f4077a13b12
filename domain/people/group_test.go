package people_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/people"
)

func day(s string) domain.Date {
	d, err := domain.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

type groupCase = decidertest.Case[people.GroupCommand, people.GroupFacts, people.GroupEvent]

var (
	created  = people.GroupCreated{Group: "bj-office", Title: "北京"}
	archived = people.GroupArchived{Group: "bj-office"}
	open     = bound("a", "2026-01-01", "")
	unbound  = people.RulesetUnbound{Group: "bj-office", Ruleset: "a", From: day("2026-07-01")}
)

func bound(ruleset, from, to string) people.RulesetBound {
	e := people.RulesetBound{Group: "bj-office", Ruleset: ruleset, From: day(from)}
	if to != "" {
		e.To = day(to)
	}
	return e
}

func inGroup(e ...people.GroupEvent) []people.GroupEvent {
	return append([]people.GroupEvent{created}, e...)
}

func TestDecideGroup(t *testing.T) {
	known := people.GroupFacts{RulesetKnown: true}
	bind := func(name string, given []people.GroupEvent, e people.RulesetBound, code string) groupCase {
		c := groupCase{Name: name, Given: given, When: people.BindRuleset(e), Facts: known, Err: code}
		if code == "" {
			c.Then = []people.GroupEvent{e}
		}
		return c
	}
	decidertest.Run(t, people.DecideGroup, people.EvolveGroup, []groupCase{
		{Name: "a group is created", When: people.CreateGroup(created), Then: inGroup()},
		{Name: "a group is created once", Given: inGroup(), When: people.CreateGroup(created), Err: "group_exists"},
		{Name: "a group has an id", When: people.CreateGroup{Group: "Office", Title: "x"}, Err: "invalid_field"},
		bind("a ruleset is bound", inGroup(), open, ""),
		bind("a ruleset is bound to a group that exists", nil, open, "unknown_group"),
		bind("a ruleset is not bound to an archived group", inGroup(archived), open, "group_archived"),
		{Name: "a ruleset that is bound exists", Given: inGroup(), When: people.BindRuleset(open), Err: "unknown_ruleset"},
		{
			Name: "withdrawn rules are not bound", Given: inGroup(), When: people.BindRuleset(open),
			Facts: people.GroupFacts{RulesetKnown: true, RulesetGone: true}, Err: "ruleset_withdrawn",
		},
		bind("a binding ends after it begins", inGroup(), bound("a", "2026-01-01", "2026-01-01"), "invalid_field"),
		bind("an open binding is not overlaid", inGroup(open), bound("b", "2026-07-01", ""), "binding_overlap"),
		bind("after unbinding another ruleset follows", inGroup(open, unbound), bound("b", "2026-07-01", ""), ""),
		bind("a binding leaves no hole", inGroup(open, unbound), bound("b", "2026-07-02", ""), "binding_gap"),
		bind("a binding may come before the first", inGroup(open), bound("b", "2025-01-01", "2026-01-01"), ""),
		bind("a binding before the first leaves no hole", inGroup(open), bound("b", "2025-01-01", "2025-12-31"), "binding_gap"),
	})
}

func TestDecideUnbindAndArchive(t *testing.T) {
	decidertest.Run(t, people.DecideGroup, people.EvolveGroup, []groupCase{
		{
			Name: "a ruleset is unbound", Given: inGroup(open),
			When: people.UnbindRuleset(unbound), Then: []people.GroupEvent{unbound},
		},
		{
			Name: "only what is bound is unbound", Given: inGroup(open),
			When: people.UnbindRuleset{Group: "bj-office", Ruleset: "b", From: day("2026-07-01")}, Err: "not_bound",
		},
		{
			Name: "a ruleset is not unbound before its binding", Given: inGroup(open),
			When: people.UnbindRuleset{Group: "bj-office", Ruleset: "a", From: day("2025-07-01")}, Err: "not_bound",
		},
		{
			Name: "unbinding in the middle would leave a hole", Given: inGroup(open, unbound, bound("b", "2026-07-01", "")),
			When: people.UnbindRuleset{Group: "bj-office", Ruleset: "a", From: day("2026-05-01")}, Err: "binding_gap",
		},
		{Name: "unbinding names a date", Given: inGroup(open), When: people.UnbindRuleset{Group: "bj-office", Ruleset: "a"}, Err: "invalid_field"},
		{Name: "unbinding needs a group", When: people.UnbindRuleset(unbound), Err: "unknown_group"},
		{
			Name: "an empty group is archived", Given: inGroup(open),
			When: people.ArchiveGroup(archived), Then: []people.GroupEvent{archived},
		},
		{
			Name: "a group with members is not archived", Given: inGroup(),
			When: people.ArchiveGroup(archived), Facts: people.GroupFacts{InUse: true}, Err: "group_in_use",
		},
		{Name: "a group is archived once", Given: inGroup(archived), When: people.ArchiveGroup(archived), Err: "group_archived"},
		{Name: "a group that is archived exists", When: people.ArchiveGroup(archived), Err: "unknown_group"},
	})
}

func TestBindingsAreSortedAndCutByUnbinding(t *testing.T) {
	s := decidertest.Fold[people.GroupState, people.GroupEvent](people.EvolveGroup,
		people.GroupCreated{Group: "g", Title: "g"},
		people.RulesetBound{Group: "g", Ruleset: "b", From: day("2026-01-01")},
		people.RulesetBound{Group: "g", Ruleset: "a", From: day("2025-01-01"), To: day("2026-01-01")},
		people.RulesetUnbound{Group: "g", Ruleset: "b", From: day("2026-07-01")},
	)
	require.True(t, s.Live())
	require.Equal(t, []people.Binding{
		{Ruleset: "a", From: day("2025-01-01"), To: day("2026-01-01")},
		{Ruleset: "b", From: day("2026-01-01"), To: day("2026-07-01")},
	}, s.Bindings)
	b, ok := s.BindingOn(day("2026-06-30"))
	require.True(t, ok)
	require.Equal(t, "b", b.Ruleset)
	_, ok = s.BindingOn(day("2026-07-01"))
	require.False(t, ok)

	s = people.EvolveGroup(s, people.RulesetUnbound{Group: "g", Ruleset: "b", From: day("2026-01-01")})
	require.Len(t, s.Bindings, 1, "unbinding from its first date removes a binding")
}

func TestAnOverlapNamesBothWindows(t *testing.T) {
	s := decidertest.Fold[people.GroupState, people.GroupEvent](people.EvolveGroup, created, bound("a", "2026-01-01", "2026-07-01"))
	_, err := people.DecideGroup(s, people.BindRuleset(bound("b", "2026-06-01", "")), people.GroupFacts{RulesetKnown: true})
	wrong, ok := errors.AsType[*domain.Error](err)
	require.True(t, ok)
	require.Equal(t, map[string]string{
		"ruleset": "a", "from": "2026-01-01", "to": "2026-07-01", "wanted": "b", "wanted_from": "2026-06-01", "wanted_to": "…",
	}, wrong.Args)
}
