package timecard_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/timecard"
)

func TestExplain(t *testing.T) {
	policy := &ruleset.Intake{
		Online: &ruleset.Online{MaxSkew: 120}, Offline: &ruleset.Offline{MaxAge: 3600, Older: "hold"},
		Device: map[string]string{"rooted": "hold"}, Office: &ruleset.Office{AnyOf: []string{"fence"}, MaxAccuracy: "150m"},
		Otherwise: []ruleset.IntakeCase{{Outcome: "accept"}, {Need: []string{"location", "photo", "note"}, Outcome: "hold"}},
	}
	hour := domain.Hour.Instant()
	base := details("p1", noon)
	base.Facts = timecard.PunchFacts{
		Fence: "main", DistanceBand: "50-200", AccuracyM: new(30), SpeedKMH: 310, Located: timecard.Yes,
	}
	base.RuleCase = "/intake/otherwise/1"
	base.Sealed.Note = domain.NewSecret(domain.ClassText, "at a customer")
	late := func(d *timecard.PunchDetails) { d.ReceivedAt = d.EffectiveAt + 3*hour }
	early := func(d *timecard.PunchDetails) { d.ReceivedAt = d.EffectiveAt - hour }
	for _, c := range []struct {
		name, code, rule string
		change           func(*timecard.PunchDetails)
		args             map[string]string
	}{
		{"ahead of its receipt", timecard.ReasonTimeInFuture, "/intake/online/max_skew", early, map[string]string{"ahead": "1h", "limit": "2m"}},
		{"too old", place.ReasonOfflineTooOld, "/intake/offline/max_age", late, map[string]string{"age": "3h", "limit": "1h"}},
		{"outside", place.ReasonOutsideFence, "/intake/office/any_of", nil, map[string]string{"fence": "main", "distance": "50-200", "accuracy": "30"}},
		{"uncertain", place.ReasonFenceUncertain, "/intake/office/any_of", nil, map[string]string{"fence": "main", "distance": "50-200", "accuracy": "30"}},
		{"too inaccurate", place.ReasonLowAccuracy, "/intake/office/max_accuracy", nil, map[string]string{"accuracy": "30", "limit": "150m"}},
		{"a proof is missing", place.ReasonProofMissing, "/intake/otherwise/1/need", nil, map[string]string{"missing": "photo"}},
		{"no case", place.ReasonNoCase, "/intake/otherwise", nil, nil},
		{"a signal", "rooted", "/intake/device/rooted", nil, map[string]string{"limit": "hold"}},
		{"a fast way", place.ReasonTravel, "", nil, map[string]string{"speed": "310", "limit": "250"}},
		{"too fast a way", place.ReasonTravelStrong, "", nil, map[string]string{"speed": "310", "limit": "1000"}},
		{"what no policy gave", timecard.ReasonDuplicate, "", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := base
			d.Reasons = []string{c.code}
			if c.change != nil {
				c.change(&d)
			}
			want := timecard.Because{Code: c.code, Rule: c.rule, Args: map[string]string{}}
			maps.Copy(want.Args, c.args)
			if c.rule != "" {
				want.Args["rule"] = c.rule
			}
			require.Equal(t, []timecard.Because{want}, timecard.Explain(d, policy))
			require.Len(t, timecard.Explain(d, nil), 1, "also without the policy")
		})
	}
}
