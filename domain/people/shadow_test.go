package people_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/people"
)

func shadowed(hash, from, to string) people.ShadowBound {
	e := people.ShadowBound{Group: "bj-office", Ruleset: "a", Hash: strings.Repeat(hash, 32), From: day(from)}
	if to != "" {
		e.To = day(to)
	}
	return e
}

func TestDecideShadow(t *testing.T) {
	kept := people.GroupFacts{DocumentKnown: true}
	november := shadowed("aa", "2026-11-01", "2026-12-01")
	openEnded := shadowed("aa", "2026-11-01", "")
	bind := func(name string, given []people.GroupEvent, e people.ShadowBound, code string) groupCase {
		c := groupCase{Name: name, Given: given, When: people.BindShadow(e), Facts: kept, Err: code}
		if code == "" {
			c.Then = []people.GroupEvent{e}
		}
		return c
	}
	unbind := func(name string, given []people.GroupEvent, from, code string) groupCase {
		e := people.ShadowUnbound{Group: "bj-office"}
		if from != "" {
			e.From = day(from)
		}
		c := groupCase{Name: name, Given: given, When: people.UnbindShadow(e), Err: code}
		if code == "" {
			c.Then = []people.GroupEvent{e}
		}
		return c
	}
	decidertest.Run(t, people.DecideGroup, people.EvolveGroup, []groupCase{
		bind("a candidate runs beside the rules", inGroup(open), november, ""),
		bind("a shadow needs no rules beside it", inGroup(), openEnded, ""),
		{Name: "the same shadow again changes nothing", Given: inGroup(november), When: people.BindShadow(november), Facts: kept},
		bind("shadows follow each other", inGroup(november), shadowed("bb", "2026-12-01", ""), ""),
		bind("shadows may leave dates between them", inGroup(november), shadowed("bb", "2027-01-01", ""), ""),
		bind("two shadows share no date", inGroup(openEnded), shadowed("bb", "2026-12-01", ""), "shadow_overlap"),
		bind("a shadow ends after it begins", inGroup(), shadowed("aa", "2026-11-01", "2026-11-01"), "invalid_field"),
		bind("a group that is not there has no shadow", nil, november, "unknown_group"),
		bind("an archived group gets no shadow", inGroup(archived), november, "group_archived"),
		{Name: "a document that is a shadow is kept", Given: inGroup(), When: people.BindShadow(november), Err: "unknown_document"},
		{
			Name: "a shadow names its document by hash", Given: inGroup(), Facts: kept, Err: "invalid_field",
			When: people.BindShadow{Group: "bj-office", Ruleset: "a", Hash: "aa", From: day("2026-11-01")},
		},
		unbind("a shadow is cut", inGroup(openEnded), "2026-12-01", ""),
		unbind("a shadow is taken back", inGroup(november), "2026-11-01", ""),
		unbind("only a shadow that is there is cut", inGroup(november), "2026-12-01", "no_shadow"),
		unbind("only the last shadow is cut", inGroup(november, shadowed("bb", "2027-01-01", "")), "2026-11-15", "no_shadow"),
		unbind("cutting names a date", inGroup(november), "", "invalid_field"),
		unbind("cutting needs a group", nil, "2026-12-01", "unknown_group"),
	})
}

func TestShadowsAreSortedAndCut(t *testing.T) {
	s := decidertest.Fold[people.GroupState, people.GroupEvent](people.EvolveGroup,
		people.GroupCreated{Group: "bj-office", Title: "g"}, shadowed("bb", "2026-12-01", ""), shadowed("aa", "2026-11-01", "2026-12-01"),
	)
	x, ok := s.ShadowOn(day("2026-11-30"))
	require.True(t, ok)
	require.Equal(t, strings.Repeat("aa", 32), x.Hash)
	s = people.EvolveGroup(s, people.ShadowUnbound{Group: "bj-office", From: day("2026-12-15")})
	_, ok = s.ShadowOn(day("2026-12-15"))
	require.False(t, ok)
	_, ok = s.ShadowOn(day("2026-12-14"))
	require.True(t, ok)
	s = people.EvolveGroup(s, people.ShadowUnbound{Group: "bj-office", From: day("2026-12-01")})
	require.Len(t, s.Shadows, 1)
}
