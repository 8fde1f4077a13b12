package ruleset_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/ruleset"
)

type (
	streamCase = decidertest.Case[ruleset.RulesetCommand, ruleset.RulesetFacts, ruleset.RulesetEvent]
	stream     = []ruleset.RulesetEvent
)

const (
	author   = "emp_3"
	reviewer = "emp_4"
)

var (
	storedDoc, docHash = stored(`{"id":"cn-office","title":{"en":"Office, hours < 9"}}`)
	otherDoc, newHash  = stored(`{"id":"cn-office","title":{"en":"Office 2"}}`)
	november           = domain.NewDate(2026, 11, 1)
	single             = ruleset.RulesetFacts{SingleControl: true}

	drafted  = ruleset.RulesetDrafted{Ruleset: "cn-office", Draft: "d1", Doc: storedDoc, Hash: docHash, Author: author}
	redone   = ruleset.RulesetDrafted{Ruleset: "cn-office", Draft: "d1", Doc: otherDoc, Hash: newHash, Author: author}
	approved = ruleset.RulesetReviewed{
		Ruleset: "cn-office", Draft: "d1", Hash: docHash, Verdict: ruleset.ReviewApprove, Reviewer: reviewer,
	}
	published = ruleset.RulesetPublished{Ruleset: "cn-office", Version: 1, Doc: storedDoc, Hash: docHash, EffectiveFrom: november}
)

func stored(doc string) (json.RawMessage, string) {
	b, hash, err := ruleset.HashStored(json.RawMessage(doc))
	if err != nil {
		panic(err)
	}
	return b, hash
}

func runStream(t *testing.T, cases []streamCase) {
	t.Helper()
	decidertest.Run(t, ruleset.DecideRuleset, ruleset.EvolveRuleset, cases)
}

func TestDraftRuleset(t *testing.T) {
	spaced := json.RawMessage(`{ "title": {"en": "Office, hours < 9"}, "id": "cn-office" }`)
	draft := ruleset.DraftRuleset{Ruleset: "cn-office", Draft: "d1", Doc: spaced, ActorID: author}
	change := func(f func(*ruleset.DraftRuleset)) ruleset.DraftRuleset { c := draft; f(&c); return c }
	huge := json.RawMessage(`{"id":"cn-office","title":{"en":"` + strings.Repeat("x", ruleset.MaxDocument) + `"}}`)
	problem := []ruleset.Problem{{Pointer: "/shifts", Severity: ruleset.SeverityError, Code: "doc.missing_key"}}
	runStream(t, []streamCase{
		{Name: "a document is kept in canonical form with its hash", When: draft, Then: stream{drafted}},
		{Name: "the same draft again changes nothing", Given: stream{drafted}, When: draft},
		{
			Name: "a draft is replaced by a new document", Given: stream{drafted},
			When: change(func(c *ruleset.DraftRuleset) { c.Doc = otherDoc }), Then: stream{redone},
		},
		{
			Name: "a document against the schema is refused", When: draft,
			Facts: ruleset.RulesetFacts{SchemaProblems: problem}, Err: "schema_invalid",
		},
		{
			Name: "a document with lint errors is refused", When: draft,
			Facts: ruleset.RulesetFacts{LintErrors: problem}, Err: "lint_failed",
		},
		{Name: "text that is not JSON is refused", When: change(func(c *ruleset.DraftRuleset) { c.Doc = []byte("{") }), Err: "schema_invalid"},
		{Name: "a list is no document", When: change(func(c *ruleset.DraftRuleset) { c.Doc = []byte("[]") }), Err: "schema_invalid"},
		{Name: "a document of more than 256 KiB is refused", When: change(func(c *ruleset.DraftRuleset) { c.Doc = huge }), Err: "document_too_large"},
		{Name: "a document of another ruleset is refused", When: change(func(c *ruleset.DraftRuleset) { c.Ruleset = "us-ca" }), Err: "invalid_field"},
		{Name: "a draft is based on a version that exists", When: change(func(c *ruleset.DraftRuleset) { c.BasedOn = 1 }), Err: "unknown_version"},
		{Name: "a draft has an author", When: change(func(c *ruleset.DraftRuleset) { c.ActorID = "" }), Err: "invalid_field"},
	})
}

func TestReviewRuleset(t *testing.T) {
	review := ruleset.ReviewRuleset{
		Ruleset: "cn-office", Draft: "d1", Hash: docHash, Verdict: ruleset.ReviewApprove, ActorID: reviewer,
	}
	change := func(f func(*ruleset.ReviewRuleset)) ruleset.ReviewRuleset { c := review; f(&c); return c }
	own := change(func(c *ruleset.ReviewRuleset) { c.ActorID = author })
	byAuthor, rejected := approved, approved
	byAuthor.Reviewer, byAuthor.SingleControl, rejected.Verdict = author, true, ruleset.ReviewReject
	noted, council := approved, approved
	noted.Note, council.Role = "read with payroll", ruleset.RoleRepresentative
	countersign := change(func(c *ruleset.ReviewRuleset) { c.Role = ruleset.RoleRepresentative })
	runStream(t, []streamCase{
		{Name: "a second person approves a draft", Given: stream{drafted}, When: review, Then: stream{approved}},
		{
			Name: "a reviewer may change their mind", Given: stream{drafted, approved},
			When: change(func(c *ruleset.ReviewRuleset) { c.Verdict = ruleset.ReviewReject }), Then: stream{rejected},
		},
		{Name: "the same verdict again changes nothing", Given: stream{drafted, approved}, When: review},
		{Name: "authors do not review themselves", Given: stream{drafted}, When: own, Err: "author_cannot_review"},
		{Name: "under single control the author may review", Given: stream{drafted}, When: own, Facts: single, Then: stream{byAuthor}},
		{Name: "a review says why", Given: stream{drafted}, When: change(func(c *ruleset.ReviewRuleset) { c.Note = noted.Note }), Then: stream{noted}},
		{
			Name: "a note is short", Given: stream{drafted}, Err: "invalid_field",
			When: change(func(c *ruleset.ReviewRuleset) { c.Note = strings.Repeat("x", 501) }),
		},
		{
			Name: "a note is one line", Given: stream{drafted}, Err: "invalid_field",
			When: change(func(c *ruleset.ReviewRuleset) { c.Note = "a\nb" }),
		},
		{Name: "a representative countersigns", Given: stream{drafted, approved}, When: countersign, Then: stream{council}},
		{Name: "a countersignature again changes nothing", Given: stream{drafted, council}, When: countersign},
		{
			Name: "authors do not countersign, under single control neither", Given: stream{drafted}, Facts: single, Err: "author_cannot_review",
			When: change(func(c *ruleset.ReviewRuleset) { c.Role, c.ActorID = ruleset.RoleRepresentative, author }),
		},
		{
			Name: "a role is representative or none", Given: stream{drafted}, Err: "invalid_field",
			When: change(func(c *ruleset.ReviewRuleset) { c.Role = "auditor" }),
		},
		{Name: "a review of an older document is refused", Given: stream{drafted, redone}, When: review, Err: "hash_mismatch"},
		{Name: "an unknown draft is not reviewed", When: review, Err: "unknown_draft"},
		{
			Name: "a verdict is approve or reject", Given: stream{drafted},
			When: change(func(c *ruleset.ReviewRuleset) { c.Verdict = "maybe" }), Err: "invalid_field",
		},
	})
}

func TestPublishRuleset(t *testing.T) {
	publish := ruleset.PublishRuleset{Ruleset: "cn-office", Draft: "d1", Hash: docHash, EffectiveFrom: november}
	change := func(f func(*ruleset.PublishRuleset)) ruleset.PublishRuleset { c := publish; f(&c); return c }
	replayed := change(func(c *ruleset.PublishRuleset) { c.Replay = "7" })
	december := change(func(c *ruleset.PublishRuleset) { c.EffectiveFrom += 30; c.EffectiveTo = c.EffectiveFrom + 31 })
	withReplay, alone, second := published, published, published
	withReplay.Replay, alone.SingleControl = "7", true
	second.Version, second.EffectiveFrom, second.EffectiveTo = 2, november+30, november+61
	rejected := approved
	rejected.Verdict = ruleset.ReviewReject
	ready := stream{drafted, approved}
	runStream(t, []streamCase{
		{Name: "a reviewed draft becomes the first version", Given: ready, When: publish, Then: stream{published}},
		{Name: "versions are counted", Given: append(ready, published), When: december, Then: stream{second}},
		{Name: "a draft without review is not published", Given: stream{drafted}, When: publish, Err: "not_reviewed"},
		{Name: "a rejected draft is not published", Given: stream{drafted, approved, rejected}, When: publish, Err: "draft_returned"},
		{Name: "a rejected draft is not published under single control either", Given: stream{drafted, rejected}, When: publish, Facts: single, Err: "draft_returned"},
		{Name: "a draft that this build finds wrong is not published", Given: ready, When: publish, Facts: ruleset.RulesetFacts{LintErrors: []ruleset.Problem{{Code: "lint.shadowed"}}}, Err: "lint_failed"},
		{Name: "a draft whose examples fail is not published", Given: ready, When: publish, Facts: ruleset.RulesetFacts{FailedExamples: []string{"late: want 1:00, got 2:00"}}, Err: "examples_failed"},
		{
			Name: "a review of the document before does not count", Given: stream{drafted, approved, redone},
			When: change(func(c *ruleset.PublishRuleset) { c.Hash = newHash }), Err: "not_reviewed",
		},
		{
			Name: "under single control no review is needed, and the event says so", Given: stream{drafted},
			When: publish, Facts: single, Then: stream{alone},
		},
		{Name: "a changed document is not published unseen", Given: stream{drafted, approved, redone}, When: publish, Err: "hash_mismatch"},
		{Name: "an unknown draft is not published", When: publish, Err: "unknown_draft"},
		{
			Name: "governed days need a replay", Given: ready, When: publish,
			Facts: ruleset.RulesetFacts{Governed: true}, Err: "replay_required",
		},
		{
			Name: "governed days are changed with an adopted replay", Given: ready, When: replayed,
			Facts: ruleset.RulesetFacts{Governed: true}, Then: stream{withReplay},
		},
		{
			Name: "a replay of something else does not help", Given: ready, When: replayed,
			Facts: ruleset.RulesetFacts{Governed: true, ReplayUnfit: true}, Err: "replay_required",
		},
		{
			Name: "a weekly threshold does not change inside the week", Given: ready, When: publish,
			Facts: ruleset.RulesetFacts{MidCycleOn: november}, Err: "mid_cycle_change",
		},
		{
			Name: "a rostered shift is not dropped", Given: ready, When: publish,
			Facts: ruleset.RulesetFacts{ShiftsInUse: []string{"night"}}, Err: "shift_in_use",
		},
		{Name: "the same publication is made once", Given: append(ready, published), When: publish, Err: "already_published"},
		{Name: "a version has a first date", Given: ready, When: change(func(c *ruleset.PublishRuleset) { c.EffectiveFrom = 0 }), Err: "invalid_field"},
		{
			Name: "a version ends after it begins", Given: ready, Err: "invalid_field",
			When: change(func(c *ruleset.PublishRuleset) { c.EffectiveTo = november }),
		},
	})
}

func TestPublishingNeedsTheRepresentativeWhereTheDocumentSaysSo(t *testing.T) {
	doc, hash := stored(`{"id":"cn-office","authority":{"kind":"works_agreement","title":"BV","countersign":"representative"}}`)
	publish := ruleset.PublishRuleset{Ruleset: "cn-office", Draft: "d1", Hash: hash, EffectiveFrom: november}
	draft, review, done := drafted, approved, published
	draft.Doc, draft.Hash, review.Hash, done.Doc, done.Hash = doc, hash, hash, doc, hash
	council, against, alone := review, review, done
	council.Role, against.Role = ruleset.RoleRepresentative, ruleset.RoleRepresentative
	against.Verdict, alone.SingleControl = ruleset.ReviewReject, true
	runStream(t, []streamCase{
		{Name: "a review alone is not enough", Given: stream{draft, review}, When: publish, Err: "countersignature_needed"},
		{Name: "nor is a countersignature alone", Given: stream{draft, council}, When: publish, Err: "not_reviewed"},
		{Name: "both are", Given: stream{draft, review, council}, When: publish, Then: stream{done}},
		{Name: "under single control the countersignature is needed still", Given: stream{draft}, When: publish, Facts: single, Err: "countersignature_needed"},
		{Name: "and is enough", Given: stream{draft, council}, When: publish, Facts: single, Then: stream{alone}},
		{Name: "what the representative returns is not published", Given: stream{draft, review, against}, When: publish, Facts: single, Err: "draft_returned"},
	})
}

func TestVersionsKnowTheirDraft(t *testing.T) {
	source := drafted
	source.Source, source.Note = "id: cn-office # why", "grace as agreed"
	council := approved
	council.Role, council.Reviewer = ruleset.RoleRepresentative, "emp_5"
	s := decidertest.Fold(ruleset.EvolveRuleset, stream{source, approved, council, published}...)
	v, ok := s.Version(1)
	require.True(t, ok)
	require.Equal(t, []string{"d1", "emp_3", "emp_4", "emp_5", source.Source}, []string{v.Draft, v.Author, v.Reviewer, v.Representative, v.Source})
	d, _ := s.Draft("d1")
	require.Equal(t, []string{"reviewed", "grace as agreed"}, []string{d.State(), d.Note})
}

func TestTheSourceOfADraftSaysTheSame(t *testing.T) {
	doc, err := ruleset.Parse([]byte(small), "small")
	require.NoError(t, err)
	data, err := doc.JSON()
	require.NoError(t, err)
	hash, err := ruleset.Hash(doc)
	require.NoError(t, err)
	draft := ruleset.DraftRuleset{Ruleset: "small", Draft: "d1", Doc: data, Source: "# why\n" + small, ActorID: author}
	other, broken := draft, draft
	other.Source, broken.Source = strings.Replace(small, "grace: 5m", "grace: 6m", 1), "{"
	runStream(t, []streamCase{
		{
			Name: "comments are kept beside the document", When: draft,
			Then: stream{ruleset.RulesetDrafted{Ruleset: "small", Draft: "d1", Doc: data, Hash: hash, Source: draft.Source, Author: author}},
		},
		{Name: "another text is refused", When: other, Err: "invalid_field"},
		{Name: "a text that is no document is refused", When: broken, Err: "schema_invalid"},
	})
}

func TestReigns(t *testing.T) {
	version := func(n int, from, until domain.Date) ruleset.RulesetEvent {
		return ruleset.RulesetPublished{Ruleset: "cn-office", Version: n, EffectiveFrom: from, EffectiveTo: until}
	}
	s := decidertest.Fold(ruleset.EvolveRuleset, stream{
		version(1, november, 0), version(2, november+10, november+20), version(3, november+30, november+40), version(4, november+35, 0),
		ruleset.RulesetWithdrawn{Ruleset: "cn-office", Version: 4, Reason: "x"},
	}...)
	require.Equal(t, []ruleset.Reign{
		{Version: 1, From: november, Until: november + 10},
		{Version: 2, From: november + 10, Until: november + 20},
		{Version: 1, From: november + 20, Until: november + 30},
		{Version: 3, From: november + 30, Until: november + 40},
		{Version: 1, From: november + 40},
	}, s.Reigns())
	require.Equal(t, []ruleset.Reign{
		{Version: 2, From: november + 10, Until: november + 20}, {Version: 3, From: november + 30, Until: november + 40},
	}, s.Later(november+5, 0))
	require.Len(t, s.Later(november+5, november+30), 1)
	require.Empty(t, s.Later(november+30, 0))
	require.Empty(t, ruleset.RulesetState{}.Reigns())
}

func TestWithoutSaysWhatWouldGovernInstead(t *testing.T) {
	version := func(n int, from, until domain.Date) ruleset.RulesetEvent {
		return ruleset.RulesetPublished{Ruleset: "cn-office", Version: n, EffectiveFrom: from, EffectiveTo: until}
	}
	s := decidertest.Fold(ruleset.EvolveRuleset, stream{
		version(1, november, november+50), version(2, november+10, november+20), version(3, november+5, 0), version(4, november+30, 0), version(5, november+30, 0),
	}...)
	require.Equal(t, []ruleset.Reign{{Version: 1, From: november + 5, Until: november + 10}, {Version: 1, From: november + 20, Until: november + 30}}, s.Without(3))
	require.Equal(t, []ruleset.Reign{{Version: 3, From: november + 10, Until: november + 20}}, s.Without(2))
	require.Equal(t, []ruleset.Reign{{Version: 4, From: november + 30}}, s.Without(5))
	require.Empty(t, s.Without(4), "it governs nothing")
	require.Empty(t, s.Without(1), "nothing would govern instead")
	require.Empty(t, s.Without(9))
}

func TestWithdrawRuleset(t *testing.T) {
	withdraw := ruleset.WithdrawRuleset{Ruleset: "cn-office", Version: 1, Reason: "wrong_grace"}
	withdrawn := ruleset.RulesetWithdrawn{Ruleset: "cn-office", Version: 1, Reason: "wrong_grace"}
	sentence := withdraw
	sentence.Reason = "Oh no"
	given := stream{drafted, approved, published}
	runStream(t, []streamCase{
		{Name: "a version is withdrawn", Given: given, When: withdraw, Then: stream{withdrawn}},
		{Name: "a version is withdrawn once", Given: append(given, withdrawn), When: withdraw, Err: "already_withdrawn"},
		{Name: "an unknown version is not withdrawn", When: withdraw, Err: "unknown_version"},
		{
			Name: "no bound group is left without rules", Given: given, When: withdraw,
			Facts: ruleset.RulesetFacts{UncoveredFrom: november}, Err: "leaves_gap",
		},
		{Name: "a withdrawal has a reason code", Given: given, When: sentence, Err: "invalid_field"},
	})
}

func TestGoverningVersion(t *testing.T) {
	version := func(n int, from, until domain.Date) ruleset.RulesetEvent {
		return ruleset.RulesetPublished{Ruleset: "cn-office", Version: n, EffectiveFrom: from, EffectiveTo: until}
	}
	s := decidertest.Fold(ruleset.EvolveRuleset, stream{
		version(1, november, 0), version(2, november+10, november+20), version(3, november+10, november+15), version(4, november+12, 0),
		ruleset.RulesetWithdrawn{Ruleset: "cn-office", Version: 4, Reason: "x"},
	}...)
	for _, c := range []struct {
		name string
		date domain.Date
		want int
	}{
		{"nothing governs before the first version", november - 1, 0},
		{"an open version governs", november, 1},
		{"the later start governs, of equal ones the later published", november + 12, 3},
		{"a version ends before its last date", november + 15, 2},
		{"the earlier version governs again", november + 20, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, ok := s.Governing(c.date)
			require.Equal(t, c.want, v.Number)
			require.Equal(t, c.want > 0, ok)
		})
	}
}

func TestHashHoldsHoweverTheDocumentIsSpelled(t *testing.T) {
	data, err := json.Marshal(drafted)
	require.NoError(t, err)
	var back ruleset.RulesetDrafted
	require.NoError(t, json.Unmarshal(data, &back))
	require.NotEqual(t, string(drafted.Doc), string(back.Doc), "encoding/json escapes the angle bracket")
	_, hash, err := ruleset.HashStored(back.Doc)
	require.NoError(t, err)
	require.Equal(t, back.Hash, hash)
}

func TestEventFixtures(t *testing.T) {
	decidertest.Fixtures(t, os.DirFS("testdata/events"), ruleset.Events())
}

func TestStreamNames(t *testing.T) {
	require.Equal(t, "ruleset-cn-office", ruleset.PublishRuleset{Ruleset: "cn-office"}.Stream())
}
