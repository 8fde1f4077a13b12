package timecard_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
)

func TestAppeals(t *testing.T) {
	d := details("p1", noon)
	rejected := Events{timecard.PunchRejected{d}}
	refused := Events{timecard.PunchHeld{d}, timecard.PunchRefused{emp, "p1", "not_on_site"}}
	text := domain.NewSecret(domain.ClassText, "I was there")
	appeal := timecard.AppealPunch{Card: card, Punch: "p1", Text: text, ActorID: emp}
	appealed := timecard.PunchAppealed{Emp: emp, Punch: "p1", Text: text}
	by := func(actor string) timecard.AppealPunch {
		c := appeal
		c.ActorID = actor
		return c
	}
	run(t, []Case{
		{Name: "a rejected punch is appealed", Given: rejected, When: appeal, Then: Events{appealed}},
		{Name: "a refused punch is appealed", Given: refused, When: appeal, Then: Events{appealed}},
		{Name: "once is enough", Given: append(rejected, appealed), When: appeal, Err: "already_appealed"},
		{Name: "only the employee appeals", Given: rejected, When: by(hr), Err: "not_self"},
		{Name: "a punch that counts needs no appeal", Given: Events{timecard.PunchAccepted{d}}, When: appeal, Err: "not_rejected"},
		{Name: "a punch that waits needs no appeal", Given: Events{timecard.PunchHeld{d}}, When: appeal, Err: "not_rejected"},
		{Name: "an appeal is about a punch", When: appeal, Err: "unknown_punch"},
		{
			Name: "an appeal says why", Given: rejected,
			When: timecard.AppealPunch{Card: card, Punch: "p1", ActorID: emp}, Err: "invalid_field",
		},
		{
			Name: "a refused punch is admitted after its appeal", Given: append(refused, appealed),
			When: timecard.AdmitPunch{card, "p1", "seen_on_site", hr, nil},
			Then: Events{timecard.PunchAdmitted{emp, "p1", "seen_on_site", nil}},
		},
	})
}

func TestVerdictsThatAreGivenAgainKeepTheOld(t *testing.T) {
	d := details("p1", noon)
	again := &timecard.Rejudged{From: "held", To: "accepted", RuleCase: "/intake/otherwise/0", Ruleset: "ruleset-x@7", Site: "site-plant@4"}
	run(t, []Case{
		{
			Name: "a held punch is released by a new fence", Given: Events{timecard.PunchHeld{d}},
			When: timecard.ReleasePunch{card, "p1", "judged_again", hr, again},
			Then: Events{timecard.PunchReleased{emp, "p1", "judged_again", again}},
		},
		{
			Name: "a rejected punch is admitted by a new rule", Given: Events{timecard.PunchRejected{d}},
			When: timecard.AdmitPunch{card, "p1", "judged_again", hr, again},
			Then: Events{timecard.PunchAdmitted{emp, "p1", "judged_again", again}},
		},
	})
}

func TestTheCallerMayAllowLess(t *testing.T) {
	d := reasons(details("p1", noon), "chain_broken")
	c := record(d)
	c.AtBest = timecard.Hold
	run(t, []Case{
		{Name: "a broken chain is held wherever it was", When: c, Then: Events{timecard.PunchHeld{d}}},
		{
			Name: "what is worse stays worse", When: c, Facts: intake("p1", timecard.Intake{NotEmployed: true}),
			Then: Events{timecard.PunchRejected{reasons(details("p1", noon), "chain_broken", "not_employed")}},
		},
	})
}

func TestASignedPunchIsKnownByItsBytesAlone(t *testing.T) {
	a, b := record(details("p1", noon)), record(details("p1", noon+5000))
	a.Details.Hash, b.Details.Hash = "x", "x"
	require.Equal(t, a.Identity(), b.Identity())
	require.Equal(t, `signed punch "x"`, string(a.Identity()))
	b.Details.Hash = "y"
	require.NotEqual(t, a.Identity(), b.Identity())
}
