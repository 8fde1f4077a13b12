package place_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

// policy asks for everything that a policy can ask for.
func policy() *ruleset.Intake {
	return &ruleset.Intake{
		Online:  &ruleset.Online{MaxSkew: 120},
		Offline: &ruleset.Offline{MaxAge: 3600, Older: "hold"},
		Device:  map[string]string{"mock_location": "hold", "emulator": "accept", "integrity": "reject"},
		Office:  &ruleset.Office{AnyOf: []string{"terminal", "fence", "ip", "site_code", "wifi"}, MaxAccuracy: "150m"},
		Otherwise: []ruleset.IntakeCase{
			{Selector: ruleset.Selector{Approved: []string{"trip", "field"}}, Need: []string{"location", "photo"}, Outcome: "accept", Place: "field"},
			{Selector: ruleset.Selector{Weekday: []string{"wed"}, Tags: []string{"hybrid"}}, Outcome: "accept", Flag: "home_day", Place: "remote"},
			{Selector: ruleset.Selector{Day: []string{"work"}, NotShift: []string{"night"}, Contract: []string{"exempt"}}, Outcome: "accept"},
			{Selector: ruleset.Selector{Dates: []string{"12-24", "2026-10-06"}}, Outcome: "reject"},
			{Need: []string{"note"}, Outcome: "hold", Place: "field"},
		},
	}
}

func TestJudge(t *testing.T) {
	thursday, wednesday := day("2026-10-08"), day("2026-10-07")
	at := func(v place.Verdict) place.Verdict { v.Place, v.RuleCase = "office", "/intake/office"; return v }
	held := place.Verdict{Outcome: place.Hold, Place: "field", RuleCase: "/intake/otherwise/4"}
	because := func(v place.Verdict, reasons ...string) place.Verdict { v.Reasons = reasons; return v }
	trip := []string{"trip"}
	for _, c := range []struct {
		name    string
		signals place.Signals
		want    place.Verdict
	}{
		{"a terminal proves the office", place.Signals{Terminal: true}, at(place.Verdict{})},
		{"an address of the office proves it", place.Signals{IP: true}, at(place.Verdict{})},
		{"a code of the site proves it", place.Signals{SiteCode: true}, at(place.Verdict{})},
		{"a wireless network proves it where the policy believes in it", place.Signals{Wifi: true}, at(place.Verdict{})},
		{"inside a fence proves it", place.Signals{Fence: place.FenceInside, AccuracyM: 150}, at(place.Verdict{})},
		{
			"a fix worse than the bound proves nothing",
			place.Signals{Fence: place.FenceInside, AccuracyM: 151, Note: true},
			because(held, place.ReasonLowAccuracy),
		},
		{
			"an accuracy that nobody knows proves nothing",
			place.Signals{Fence: place.FenceInside, AccuracyM: -1, Note: true},
			because(held, place.ReasonLowAccuracy),
		},
		{"uncertain proves nothing", place.Signals{Fence: place.FenceUncertain, Note: true}, because(held, place.ReasonFenceUncertain)},
		{"outside proves nothing", place.Signals{Fence: place.FenceOutside, Note: true}, because(held, place.ReasonOutsideFence)},
		{"without any proof the last case decides", place.Signals{Note: true}, held},
		{"a proof that the case needs is missing", place.Signals{}, because(held, place.ReasonProofMissing)},
		{
			"an approved trip with its proofs is accepted",
			place.Signals{Approved: trip, Location: true, Photo: true},
			place.Verdict{Place: "field", RuleCase: "/intake/otherwise/0"},
		},
		{
			"an approved trip without a photo waits",
			place.Signals{Approved: trip, Location: true},
			place.Verdict{Outcome: place.Hold, Place: "field", RuleCase: "/intake/otherwise/0", Reasons: []string{place.ReasonProofMissing}},
		},
		{
			"a case may flag what it accepts",
			place.Signals{Date: wednesday, Tags: []string{"hybrid"}},
			place.Verdict{Place: "remote", RuleCase: "/intake/otherwise/1", Reasons: []string{"home_day"}},
		},
		{"the weekday counts", place.Signals{Tags: []string{"hybrid"}, Note: true}, held},
		{
			"a special day is a working day",
			place.Signals{Kind: schedule.Special, Contract: "exempt"},
			place.Verdict{RuleCase: "/intake/otherwise/2"},
		},
		{"a shift may be left out", place.Signals{Shift: "night", Contract: "exempt", Note: true}, held},
		{"a kind of day may be asked for", place.Signals{Kind: schedule.Rest, Contract: "exempt", Note: true}, held},
		{
			"a date of one year",
			place.Signals{Date: day("2026-10-06")},
			place.Verdict{Outcome: place.Reject, RuleCase: "/intake/otherwise/3"},
		},
		{
			"a date of every year",
			place.Signals{Date: day("2031-12-24")},
			place.Verdict{Outcome: place.Reject, RuleCase: "/intake/otherwise/3"},
		},
		{
			"a signal of the device is worse than a proof of the office",
			place.Signals{Terminal: true, Device: []string{"mock_location"}},
			at(place.Verdict{Outcome: place.Hold, Reasons: []string{"mock_location"}}),
		},
		{
			"a signal that the policy accepts is a label",
			place.Signals{Terminal: true, Device: []string{"emulator"}},
			at(place.Verdict{Reasons: []string{"emulator"}}),
		},
		{"a signal that the policy does not name is none", place.Signals{Terminal: true, Device: []string{"rooted"}}, at(place.Verdict{})},
		{
			"the worst signal decides",
			place.Signals{Terminal: true, Device: []string{"mock_location", "integrity"}},
			at(place.Verdict{Outcome: place.Reject, Reasons: []string{"integrity", "mock_location"}}),
		},
		{"a clock may be ahead by the bound", place.Signals{Terminal: true, Ahead: 120}, at(place.Verdict{})},
		{
			"a clock that is farther ahead waits",
			place.Signals{Terminal: true, Ahead: 121},
			at(place.Verdict{Outcome: place.Hold, Reasons: []string{place.ReasonTimeInFuture}}),
		},
		{"an offline punch may be as old as the bound", place.Signals{Terminal: true, Age: 3600}, at(place.Verdict{})},
		{
			"an older one has the policy's outcome",
			place.Signals{Terminal: true, Age: 3601},
			at(place.Verdict{Outcome: place.Hold, Reasons: []string{place.ReasonOfflineTooOld}}),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.signals.Date == 0 {
				c.signals.Date = thursday
			}
			require.Equal(t, c.want, place.Judge(policy(), c.signals))
		})
	}
}

func TestJudgeWithLittlePolicy(t *testing.T) {
	hostile := place.Signals{Device: []string{"mock_location", "integrity"}, Ahead: domain.Day, Age: 90 * domain.Day, Date: day("2026-10-08")}
	require.Zero(t, place.Judge(nil, hostile), "no policy accepts")
	open := &ruleset.Intake{Otherwise: []ruleset.IntakeCase{{Outcome: "accept"}}}
	require.Equal(t, place.Verdict{RuleCase: "/intake/otherwise/0"}, place.Judge(open, hostile))
	gap := &ruleset.Intake{Otherwise: []ruleset.IntakeCase{{Selector: ruleset.Selector{Tags: []string{"x"}}, Outcome: "accept"}}}
	require.Equal(t, place.Verdict{Outcome: place.Hold, Reasons: []string{place.ReasonNoCase}}, place.Judge(gap, hostile))
}

// Whatever speaks against a punch, shipped rules keep it: they never reject, and work that the last case sees is not blocked.
func TestShippedRulesNeverReject(t *testing.T) {
	all := []string{"mock_location", "emulator", "rooted", "unbound", "integrity"}
	for _, doc := range ruleset.Packs() {
		in, id := doc.Intake, doc.ID
		require.NotNil(t, in, id)
		v := place.Judge(in, place.Signals{Device: all, Ahead: domain.Day, Age: 365 * domain.Day, AccuracyM: -1, Date: day("2026-10-08")})
		require.NotEqual(t, place.Reject, v.Outcome, id)
		for _, outcome := range in.Device {
			require.Equal(t, "hold", outcome, id)
		}
		last := in.Otherwise[len(in.Otherwise)-1]
		require.Equal(t, ruleset.Selector{}, last.Selector, id)
		require.NotEqual(t, "reject", last.Outcome, id)
		if in.Office != nil {
			require.NotContains(t, in.Office.AnyOf, "wifi", id)
			require.Contains(t, in.Office.AnyOf, "terminal", id)
		}
	}
}
