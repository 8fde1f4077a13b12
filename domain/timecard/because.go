package timecard

import (
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// Because says why a punch has a reason: the rule by its JSON pointer, what was measured and the threshold. Texts have a sentence
// for each code under because. and fill in Args; a code without one has its short text under reasons.
type Because struct {
	Code string
	Rule string
	Args map[string]string
}

// Explain returns what stands behind the reasons of a punch, from what is stored of it and the intake policy that its ruleset pin
// names. Nothing that may be erased is asked.
func Explain(d PunchDetails, in *ruleset.Intake) []Because {
	if in == nil {
		in = &ruleset.Intake{}
	}
	out := make([]Because, 0, len(d.Reasons))
	for _, code := range d.Reasons {
		b := Because{Code: code, Args: map[string]string{}}
		b.explain(d, in)
		if b.Rule != "" {
			b.Args["rule"] = b.Rule
		}
		out = append(out, b)
	}
	return out
}

func (b *Because) explain(d PunchDetails, in *ruleset.Intake) {
	f := &d.Facts
	switch b.Code {
	case ReasonTimeInFuture:
		b.Rule = "/intake/online/max_skew"
		b.Args["ahead"] = ruleset.Duration((d.EffectiveAt - d.ReceivedAt).Seconds()).String()
		b.Args["limit"] = "0s"
		if in.Online != nil {
			b.Args["limit"] = in.Online.MaxSkew.String()
		}
	case place.ReasonOfflineTooOld:
		b.Rule = "/intake/offline/max_age"
		b.Args["age"] = ruleset.Duration((d.ReceivedAt - d.EffectiveAt).Seconds()).String()
		if in.Offline != nil {
			b.Args["limit"] = in.Offline.MaxAge.String()
		}
	case place.ReasonOutsideFence, place.ReasonFenceUncertain:
		b.Rule = "/intake/office/any_of"
		b.Args["fence"] = f.Fence
		b.Args["distance"], b.Args["accuracy"] = measured(f.DistanceM, f.DistanceBand), measured(f.AccuracyM, f.AccuracyBand)
	case place.ReasonLowAccuracy:
		b.Rule = "/intake/office/max_accuracy"
		b.Args["accuracy"] = measured(f.AccuracyM, f.AccuracyBand)
		if in.Office != nil {
			b.Args["limit"] = in.Office.MaxAccuracy
		}
	case place.ReasonProofMissing:
		b.Rule = d.RuleCase + "/need"
		b.Args["missing"] = strings.Join(missing(d, in), ", ")
	case place.ReasonNoCase:
		b.Rule = "/intake/otherwise"
	case place.ReasonTravel:
		b.Args["speed"], b.Args["limit"] = strconv.Itoa(f.SpeedKMH), strconv.Itoa(int(place.UnlikelyTravel.SpeedKMH))
	case place.ReasonTravelStrong:
		b.Args["speed"], b.Args["limit"] = strconv.Itoa(f.SpeedKMH), strconv.Itoa(int(place.ImpossibleTravel.SpeedKMH))
	default:
		if outcome, ok := in.Device[b.Code]; ok {
			b.Rule, b.Args["limit"] = "/intake/device/"+b.Code, outcome
		}
	}
}

// measured writes a number or its band; a question mark where neither is known.
func measured(metres *int, band string) string {
	switch {
	case metres != nil:
		return strconv.Itoa(*metres)
	case band != "":
		return band
	}
	return "?"
}

// missing finds the proofs that the case asked for. A sealed secret that was erased still says that there was one.
func missing(d PunchDetails, in *ruleset.Intake) []string {
	i := slices.IndexFunc(in.Otherwise, func(c ruleset.IntakeCase) bool { return len(c.Need) > 0 })
	if n, err := strconv.Atoi(strings.TrimPrefix(d.RuleCase, "/intake/otherwise/")); err == nil && n >= 0 && n < len(in.Otherwise) {
		i = n
	}
	if i < 0 {
		return nil
	}
	return place.Missing(in.Otherwise[i].Need, d.Facts.Located == Yes, !d.Sealed.Photo.IsZero(), !d.Sealed.Note.IsZero())
}
