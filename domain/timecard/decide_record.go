package timecard

import (
	"slices"
	"strconv"

	"github.com/punchledger/punchledger/domain"
)

// The reasons that recording itself gives. Others come from the intake policy and from the caller.
const (
	ReasonNotEmployed   = "not_employed"
	ReasonDeviceBlocked = "device_blocked"
	ReasonDuplicate     = "duplicate"
	ReasonTimeInFuture  = "time_in_future"
)

// duplicateWithin is how near two punches of one direction must be for the later one to be flagged; evaluation drops
// it.
const duplicateWithin = domain.Seconds(1)

func recordPunches(s State, punches []RecordPunch, f Facts) ([]Event, error) {
	if len(punches) == 0 || len(punches) > MaxPunches {
		return nil, domain.NewError(domain.Invalid, "batch_size",
			"count", strconv.Itoa(len(punches)), "max", strconv.Itoa(MaxPunches))
	}
	card := punches[0].Details.Card()
	for i := range punches {
		var v fields
		v.details(&punches[i].Details)
		v.That(punches[i].MaxSkew >= 0, "max_skew", "out_of_range")
		v.That(punches[i].Details.Card() == card, "effective_at", "other_month")
		if v.First != nil {
			return nil, v.First
		}
	}
	held := make(map[string]bool, s.Punches.Len()+len(punches))
	for p := range s.Punches.All() {
		held[p.ID] = !p.Reopened
	}
	var out []Event
	for _, c := range punches {
		if held[c.Details.Punch] {
			continue
		}
		held[c.Details.Punch] = true
		e := judge(s, c, f.Intake[c.Details.Punch])
		out = append(out, e)
		s = Evolve(s, e) // the next punch may repeat this one
	}
	return out, nil
}

// judge gives one punch the worst outcome that applies to it. Identity comes before policy: it alone may reject.
func judge(s State, c RecordPunch, in Intake) Event {
	d := c.Details
	d.RuleCase = in.Verdict.RuleCase
	if in.Facts != nil {
		d.Facts = *in.Facts
	}
	if in.Location != nil {
		d.Sealed.Location = *in.Location
	}
	switch {
	case in.Verdict.Place != "":
		d.Place = in.Verdict.Place
	case d.Place == "":
		d.Place = PlaceUnknown
	}
	outcome := max(in.Verdict.Outcome, c.AtBest)
	reasons := append(slices.Clone(d.Reasons), in.Verdict.Reasons...)
	if d.EffectiveAt > d.ReceivedAt+c.MaxSkew.Instant() {
		outcome = max(outcome, Hold)
		reasons = append(reasons, ReasonTimeInFuture)
	}
	if in.NotEmployed {
		outcome = Reject
		reasons = append(reasons, ReasonNotEmployed)
	}
	if in.DeviceBlocked {
		outcome = Reject
		reasons = append(reasons, ReasonDeviceBlocked)
	}
	if outcome != Reject && (in.Duplicate || s.repeats(&d)) {
		reasons = append(reasons, ReasonDuplicate)
	}
	d.Reasons = distinct(reasons)
	switch outcome {
	case Accept:
		return PunchAccepted{d}
	case Hold:
		return PunchHeld{d}
	default:
		return PunchRejected{d}
	}
}

// repeats reports whether the timecard holds a live punch of the same direction within a second.
func (s State) repeats(d *PunchDetails) bool {
	for p := range s.Punches.All() {
		if (p.State == Counted || p.State == Held) && p.Dir == d.Dir &&
			max(p.EffectiveAt-d.EffectiveAt, d.EffectiveAt-p.EffectiveAt) <= duplicateWithin.Instant() {
			return true
		}
	}
	return false
}

// distinct drops repeated reasons and keeps their order.
func distinct(reasons []string) []string {
	var out []string
	for _, r := range reasons {
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}
