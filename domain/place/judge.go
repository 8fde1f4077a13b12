package place

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

// Outcome is what intake makes of a punch.
type Outcome uint8

// The outcomes, from best to worst.
const (
	Accept Outcome = iota
	Hold
	Reject
)

func outcomeOf(word string) Outcome {
	switch word {
	case "hold":
		return Hold
	case "reject":
		return Reject
	}
	return Accept
}

// The reasons that the intake policy gives. The signals of devices and the flags of cases are reasons too.
const (
	ReasonOfflineTooOld  = "offline_too_old"
	ReasonTimeInFuture   = "time_in_future"
	ReasonOutsideFence   = "outside_fence"
	ReasonFenceUncertain = "fence_uncertain"
	ReasonLowAccuracy    = "low_accuracy"
	ReasonProofMissing   = "proof_missing"
	ReasonNoCase         = "no_case"

	// Labels: they decide nothing.
	ReasonLocationUnreadable = "location_unreadable"
	ReasonNetworkUnreadable  = "network_unreadable"
	ReasonCodeUsed           = "code_used" // the person has used this code of a screen before
	ReasonTravel             = "impossible_travel"
	ReasonTravelStrong       = "impossible_travel_strong"
)

// Signals are what is known of a punch when it is judged.
type Signals struct {
	Device []string // signals of the device: mock_location, emulator, rooted, unbound, integrity, and of its passkey

	Ahead domain.Seconds // how far the time of the punch lies after its receipt
	Age   domain.Seconds // how far it lies before; 0 where the age says nothing about the person

	Terminal  bool         // a fixed device of the employer took it
	Fence     FenceVerdict // against the fence that is nearest
	AccuracyM float64      // of the fix
	IP        bool         // sent from a network of an office
	SiteCode  bool         // with the code that a site showed just then
	Wifi      bool         // near a wireless network of an office

	Location, Photo, Note bool // what was handed in with it

	Date     domain.Date
	Kind     schedule.Kind
	Shift    string // as planned; empty when none is
	Tags     []string
	Approved []string // kinds of requests that are approved for the date
	Place    string   // as claimed
	Contract string
}

// Verdict is what a policy makes of a punch: the outcome, the place, the JSON pointer of the case that decided about the place, and why.
type Verdict struct {
	Outcome  Outcome
	Place    string
	RuleCase string
	Reasons  []string
}

// Judge applies an intake policy: integrity of the device, bounds of time, proof of the office, else the first case that holds. The
// outcome is the worst of them. Without a policy every punch is accepted.
func Judge(in *ruleset.Intake, s Signals) Verdict {
	var v Verdict
	if in == nil {
		return v
	}
	for _, signal := range slices.Sorted(maps.Keys(in.Device)) {
		if slices.Contains(s.Device, signal) {
			v.worse(outcomeOf(in.Device[signal]), signal)
		}
	}
	if in.Online != nil && s.Ahead > domain.Seconds(in.Online.MaxSkew) {
		v.worse(Hold, ReasonTimeInFuture)
	}
	if in.Offline != nil && s.Age > domain.Seconds(in.Offline.MaxAge) {
		v.worse(outcomeOf(in.Offline.Older), ReasonOfflineTooOld)
	}
	if in.Office != nil {
		if proves(in.Office, &s) {
			v.Place, v.RuleCase = "office", "/intake/office"
			return v
		}
		v.notAtOffice(in.Office, &s)
	}
	v.otherwise(in.Otherwise, &s)
	return v
}

// worse adds a reason and keeps the worst outcome.
func (v *Verdict) worse(o Outcome, reason string) {
	v.Outcome = max(v.Outcome, o)
	if reason != "" && !slices.Contains(v.Reasons, reason) {
		v.Reasons = append(v.Reasons, reason)
	}
}

// MaxAccuracyM returns the worst accuracy in metres with which a fix proves something, if there is such a bound.
func MaxAccuracyM(o *ruleset.Office) (float64, bool) {
	if o == nil || o.MaxAccuracy == "" {
		return 0, false
	}
	return ParseLength(o.MaxAccuracy)
}

func accurate(o *ruleset.Office, s *Signals) bool {
	bound, bounded := MaxAccuracyM(o)
	return !bounded || s.AccuracyM >= 0 && s.AccuracyM <= bound
}

func proves(o *ruleset.Office, s *Signals) bool {
	return slices.ContainsFunc(o.AnyOf, func(proof string) bool {
		switch proof {
		case "terminal":
			return s.Terminal
		case "fence":
			return s.Fence == FenceInside && accurate(o, s)
		case "ip":
			return s.IP
		case "site_code":
			return s.SiteCode
		case "wifi":
			return s.Wifi
		}
		return false
	})
}

// notAtOffice says why a fix did not prove the office, where it might have.
func (v *Verdict) notAtOffice(o *ruleset.Office, s *Signals) {
	if !slices.Contains(o.AnyOf, "fence") || s.Fence == "" {
		return
	}
	switch {
	case s.Fence == FenceOutside:
		v.worse(Accept, ReasonOutsideFence)
	case !accurate(o, s):
		v.worse(Accept, ReasonLowAccuracy)
	default:
		v.worse(Accept, ReasonFenceUncertain)
	}
}

func (v *Verdict) otherwise(cases []ruleset.IntakeCase, s *Signals) {
	i := slices.IndexFunc(cases, func(c ruleset.IntakeCase) bool { return selects(&c.Selector, s) })
	if i < 0 {
		v.worse(Hold, ReasonNoCase)
		return
	}
	c := cases[i]
	v.RuleCase = fmt.Sprintf("/intake/otherwise/%d", i)
	v.Place = c.Place
	if len(Missing(c.Need, s.Location, s.Photo, s.Note)) > 0 {
		v.worse(Hold, ReasonProofMissing)
		return
	}
	v.worse(outcomeOf(c.Outcome), c.Flag)
}

// Missing returns the proofs of need that were not handed in.
func Missing(need []string, location, photo, note bool) []string {
	var out []string
	for _, n := range need {
		if n == "location" && !location || n == "photo" && !photo || n == "note" && !note {
			out = append(out, n)
		}
	}
	return out
}

// selects reports whether a selector holds for a punch that has not been evaluated.
func selects(x *ruleset.Selector, s *Signals) bool {
	one := func(in, not []string, v string) bool {
		return (len(in) == 0 || slices.Contains(in, v)) && !slices.Contains(not, v)
	}
	some := func(list, values []string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return slices.Contains(list, v) })
	}
	set := func(in, not, values []string) bool {
		return (len(in) == 0 || some(in, values)) && !some(not, values)
	}
	kinds := []string{s.Kind.String()}
	if s.Kind == schedule.Special {
		kinds = append(kinds, schedule.Work.String()) // a working day of its own making
	}
	date := s.Date.String()
	return set(x.Day, x.NotDay, kinds) &&
		one(x.Weekday, x.NotWeekday, strings.ToLower(s.Date.Weekday().String()[:3])) &&
		set(x.Dates, x.NotDates, []string{date, date[len("2026-"):]}) &&
		one(x.Shift, x.NotShift, s.Shift) &&
		set(x.Tags, x.NotTags, s.Tags) &&
		set(x.Approved, x.NotApproved, s.Approved) &&
		one(x.Place, x.NotPlace, s.Place) &&
		one(x.Contract, x.NotContract, s.Contract)
}
