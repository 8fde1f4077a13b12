package whatif_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/whatif"
)

type (
	Case   = decidertest.Case[whatif.Command, whatif.Facts, whatif.Event]
	Events = []whatif.Event
)

const (
	doc    = `{"id":"cn-office","title":{"en":"Office"}}`
	report = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	plan   = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
)

var (
	july    = domain.NewDate(2026, 7, 1)
	window  = whatif.Window{From: july, To: july + 92}
	hash    = hashOf(doc)
	single  = whatif.Facts{SingleControl: true}
	request = whatif.RequestReplay{
		Replay: "7", Candidate: whatif.Candidate{Doc: json.RawMessage(" " + doc)}, Population: whatif.Population{Groups: []string{"office"}},
		Window: window, AsOf: 900, Purpose: "grace_change", ActorID: "emp_3",
	}
	requested = whatif.ReplayRequested{
		Replay: "7", Candidate: whatif.Candidate{Doc: json.RawMessage(doc), Hash: hash},
		Population: whatif.Population{Groups: []string{"office"}}, Window: window, AsOf: 900,
		Compare: whatif.CompareAsKnown, Intake: whatif.IntakeKeep, Purpose: "grace_change", Requester: "emp_3",
	}
	complete  = whatif.CompleteReplay{Replay: "7", ReportHash: report, Engine: "0.1.0", Counts: whatif.Counts{Persons: 12, Days: 1000}}
	completed = whatif.ReplayCompleted(complete)
	failed    = whatif.ReplayFailed{Replay: "7", Error: "rules_missing"}
	discarded = whatif.ReplayDiscarded{Replay: "7", Reason: "too_costly"}
	adopt     = whatif.AdoptReplay{
		Replay: "7", ReportHash: report, PlanHash: plan, Approvers: []string{"emp_4", "emp_2"}, ActorID: "emp_4",
		Publish:       []whatif.Publication{{Ruleset: "cn-office", Hash: hash, EffectiveFrom: july}},
		AdjustPeriods: []string{"202607"},
	}
	adopted = whatif.ReplayAdopted{
		Replay: "7", ReportHash: report, PlanHash: plan, Publish: adopt.Publish, AdjustPeriods: adopt.AdjustPeriods,
		Approvers: []string{"emp_2", "emp_4"},
	}
)

func hashOf(doc string) string {
	_, h, err := ruleset.HashStored(json.RawMessage(doc))
	if err != nil {
		panic(err)
	}
	return h
}

func run(t *testing.T, cases []Case) {
	t.Helper()
	decidertest.Run(t, whatif.Decide, whatif.Evolve, cases)
}

func TestRequestReplay(t *testing.T) {
	change := func(f func(*whatif.RequestReplay)) whatif.RequestReplay { c := request; f(&c); return c }
	candidate := func(c whatif.Candidate) whatif.RequestReplay {
		return change(func(r *whatif.RequestReplay) { r.Candidate = c })
	}
	holidays := []schedule.CalendarDay{{Date: july, Kind: schedule.Holiday}}
	elsewhere := whatif.Candidate{
		Calendars: []whatif.CandidateYear{{Calendar: "cn", Year: 2026, Days: holidays, Hash: schedule.HashDays(holidays)}},
		Zones:     &whatif.CandidateZones{Version: "2026a", Hash: plan},
	}
	ofElsewhere, judgedAgain := requested, requested
	ofElsewhere.Candidate, judgedAgain.Candidate, judgedAgain.Intake = elsewhere, whatif.Candidate{}, whatif.IntakeRejudge
	version := whatif.Candidate{Hash: hash, Ruleset: "cn-office", Version: 2}
	ofVersion := requested
	ofVersion.Candidate = version
	large := json.RawMessage(`{"id":"` + strings.Repeat("x", ruleset.MaxDocument) + `"}`)
	run(t, []Case{
		{Name: "a document is tried, in canonical form", When: request, Then: Events{requested}},
		{Name: "a published version is tried", When: candidate(version), Then: Events{ofVersion}},
		{Name: "a calendar and zone data are tried without rules", When: candidate(elsewhere), Then: Events{ofElsewhere}},
		{
			Name: "nothing but intake is judged again", Then: Events{judgedAgain},
			When: change(func(r *whatif.RequestReplay) { r.Candidate, r.Intake = whatif.Candidate{}, whatif.IntakeRejudge }),
		},
		{
			Name: "a calendar has the hash of its days", Err: "candidate_invalid",
			When: candidate(whatif.Candidate{Calendars: []whatif.CandidateYear{{Calendar: "cn", Year: 2026, Days: holidays, Hash: plan}}}),
		},
		{
			Name: "a calendar is named once", Err: "candidate_invalid",
			When: candidate(whatif.Candidate{Calendars: append(elsewhere.Calendars, elsewhere.Calendars...)}),
		},
		{Name: "zone data have a release", Err: "candidate_invalid", When: candidate(whatif.Candidate{Zones: &whatif.CandidateZones{Hash: plan}})},
		{
			Name: "without rules there is no hash of rules", Err: "candidate_invalid",
			When: candidate(whatif.Candidate{Zones: elsewhere.Zones, Hash: hash}),
		},
		{Name: "a replay id is used once", Given: Events{requested}, When: request, Err: "replay_exists"},
		{Name: "somebody has to be in the population", When: request, Facts: whatif.Facts{PopulationEmpty: true}, Err: "population_empty"},
		{Name: "a document that does not compile is no candidate", When: request, Facts: whatif.Facts{CandidateProblem: "lint"}, Err: "candidate_invalid"},
		{Name: "a candidate is something", When: candidate(whatif.Candidate{}), Err: "candidate_invalid"},
		{
			Name: "a candidate is one thing", Err: "candidate_invalid",
			When: candidate(whatif.Candidate{Doc: json.RawMessage(doc), Ruleset: "cn-office", Version: 2, Hash: hash}),
		},
		{Name: "a version without its hash is no candidate", When: candidate(whatif.Candidate{Ruleset: "cn-office", Version: 2}), Err: "candidate_invalid"},
		{Name: "text that is not JSON is no candidate", When: candidate(whatif.Candidate{Doc: json.RawMessage("{")}), Err: "candidate_invalid"},
		{Name: "a document larger than can be published is no candidate", When: candidate(whatif.Candidate{Doc: large}), Err: "candidate_invalid"},
		{Name: "a document has its own hash", When: candidate(whatif.Candidate{Doc: json.RawMessage(doc), Hash: plan}), Err: "candidate_invalid"},
		{Name: "a draft has no version", When: candidate(whatif.Candidate{Doc: json.RawMessage(doc), Version: 2}), Err: "candidate_invalid"},
		{Name: "a window has a length", When: change(func(r *whatif.RequestReplay) { r.Window.To = july }), Err: "invalid_field"},
		{Name: "a comparison is a known one", When: change(func(r *whatif.RequestReplay) { r.Compare = "x" }), Err: "invalid_field"},
		{Name: "intake is kept or judged again", When: change(func(r *whatif.RequestReplay) { r.Intake = "x" }), Err: "invalid_field"},
		{Name: "a purpose is named", When: change(func(r *whatif.RequestReplay) { r.Purpose = "" }), Err: "invalid_field"},
		{Name: "a requester is named", When: change(func(r *whatif.RequestReplay) { r.ActorID = "" }), Err: "invalid_field"},
		{Name: "a replay has an id", When: change(func(r *whatif.RequestReplay) { r.Replay = "a b" }), Err: "invalid_field"},
		{Name: "a population holds ids", When: change(func(r *whatif.RequestReplay) { r.Population.Sites = []string{"A site"} }), Err: "invalid_field"},
		{
			Name: "a sample holds somebody", Err: "invalid_field",
			When: change(func(r *whatif.RequestReplay) { r.Population.Sample = &whatif.Sample{} }),
		},
	})
}

func TestReports(t *testing.T) {
	other := complete
	other.ReportHash = plan
	noHash, noEngine := complete, complete
	noHash.ReportHash, noEngine.Engine = "", ""
	run(t, []Case{
		{Name: "a report completes a replay", Given: Events{requested}, When: complete, Then: Events{completed}},
		{Name: "the same report again changes nothing", Given: Events{requested, completed}, When: complete},
		{Name: "a replay has one report", Given: Events{requested, completed}, When: other, Err: "replay_closed"},
		{Name: "a failed replay may complete when it is tried again", Given: Events{requested, failed}, When: complete, Then: Events{completed}},
		{Name: "a report has a hash", Given: Events{requested}, When: noHash, Err: "invalid_field"},
		{Name: "a report names its engine", Given: Events{requested}, When: noEngine, Err: "invalid_field"},
		{Name: "a report of no replay is refused", When: complete, Err: "unknown_replay"},
		{Name: "a replay fails", Given: Events{requested}, When: whatif.FailReplay(failed), Then: Events{failed}},
		{Name: "the same failure again changes nothing", Given: Events{requested, failed}, When: whatif.FailReplay(failed)},
		{Name: "a completed replay does not fail", Given: Events{requested, completed}, When: whatif.FailReplay(failed), Err: "replay_closed"},
		{Name: "a failure has a code", Given: Events{requested}, When: whatif.FailReplay{Replay: "7", Error: "It broke."}, Err: "invalid_field"},
		{Name: "a replay is discarded", Given: Events{requested, completed}, When: whatif.DiscardReplay(discarded), Then: Events{discarded}},
		{Name: "discarding again changes nothing", Given: Events{requested, discarded}, When: whatif.DiscardReplay(discarded)},
		{Name: "an adopted replay is not discarded", Given: Events{requested, completed, adopted}, When: whatif.DiscardReplay(discarded), Err: "replay_closed"},
		{Name: "a reason is a code", Given: Events{requested}, When: whatif.DiscardReplay{Replay: "7", Reason: "No!"}, Err: "invalid_field"},
	})
}

func TestAdoptReplay(t *testing.T) {
	change := func(f func(*whatif.AdoptReplay)) whatif.AdoptReplay { c := adopt; f(&c); return c }
	publish := func(p whatif.Publication) whatif.AdoptReplay {
		return change(func(c *whatif.AdoptReplay) { c.Publish = []whatif.Publication{p} })
	}
	alone, incomplete := adopted, completed
	incomplete.Counts.Failures = 1
	withIntake, withZones := requested, requested
	withIntake.Intake, withZones.Candidate.Zones = whatif.IntakeRejudge, &whatif.CandidateZones{Version: "2026a", Hash: plan}
	alone.Approvers, alone.SingleControl = []string{"emp_3"}, true
	ready := Events{requested, completed}
	run(t, []Case{
		{Name: "two people adopt a report", Given: ready, When: adopt, Then: Events{adopted}},
		{
			Name: "one person cannot adopt", Given: ready, Err: "second_approver_needed",
			When: change(func(c *whatif.AdoptReplay) { c.Approvers = []string{"emp_4"} }),
		},
		{
			Name: "who asked for the replay does not adopt it", Given: ready, Err: "second_approver_needed",
			When: change(func(c *whatif.AdoptReplay) { c.ActorID = "emp_3" }),
		},
		{
			Name: "under single control one person adopts, and the event says so", Given: ready, Facts: single, Then: Events{alone},
			When: change(func(c *whatif.AdoptReplay) { c.ActorID, c.Approvers = "emp_3", nil }),
		},
		{
			Name: "a report that was replaced is stale", Given: ready, Err: "report_stale",
			When: change(func(c *whatif.AdoptReplay) { c.ReportHash = plan }),
		},
		{
			Name: "a report about another document is stale", Given: ready, Err: "report_stale",
			When: publish(whatif.Publication{Ruleset: "cn-office", Hash: plan, EffectiveFrom: july}),
		},
		{Name: "a report that could not evaluate everybody is not adopted", Given: Events{requested, incomplete}, When: adopt, Err: "replay_failures"},
		{Name: "a report of punches judged again is not adopted", Given: Events{withIntake, completed}, When: adopt, Err: "replay_not_rules"},
		{Name: "a report of rules under other zone data is not adopted", Given: Events{withZones, completed}, When: adopt, Err: "replay_not_rules"},
		{Name: "without a report nothing is adopted", Given: Events{requested}, When: adopt, Err: "report_missing"},
		{Name: "a replay is adopted once", Given: append(ready, adopted), When: adopt, Err: "replay_closed"},
		{Name: "a discarded replay is not adopted", Given: append(ready, discarded), When: adopt, Err: "replay_closed"},
		{Name: "an unknown replay is not adopted", When: adopt, Err: "unknown_replay"},
		{Name: "an adoption has a plan", Given: ready, When: change(func(c *whatif.AdoptReplay) { c.PlanHash = "" }), Err: "invalid_field"},
		{Name: "an adoption publishes something", Given: ready, When: change(func(c *whatif.AdoptReplay) { c.Publish = nil }), Err: "invalid_field"},
		{Name: "what is published has a first date", Given: ready, When: publish(whatif.Publication{Ruleset: "cn-office", Hash: hash}), Err: "invalid_field"},
		{
			Name: "approvers are people", Given: ready, Err: "invalid_field",
			When: change(func(c *whatif.AdoptReplay) { c.Approvers = []string{""} }),
		},
	})
}

func TestAnAdoptedReplayStandsForItsDocumentOnly(t *testing.T) {
	s := decidertest.Fold(whatif.Evolve, Events{requested, completed}...)
	require.False(t, s.Adopts(hash))
	s = whatif.Evolve(s, adopted)
	require.True(t, s.Adopts(hash))
	require.False(t, s.Adopts(plan))
	require.Equal(t, "replay-7", request.Stream())
}

func TestFixtures(t *testing.T) {
	decidertest.Fixtures(t, os.DirFS("testdata/events"), whatif.Events())
}
