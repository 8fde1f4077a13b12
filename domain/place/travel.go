package place

import (
	"math"

	"github.com/punchledger/punchledger/domain"
)

// Fix is where somebody was, and when. AccuracyM is the radius of the circle in which they were; 0 when it was not said.
type Fix struct {
	At        domain.Instant
	Point     Point
	AccuracyM float64
}

// TravelRule says when the way between two fixes is too fast to be believed. Its zero fields ask for nothing.
type TravelRule struct {
	SpeedKMH  float64        // faster than this
	DistanceM float64        // and farther than this
	ShortGap  domain.Seconds // between fixes less apart than this speeds say nothing:
	ShortM    float64        // then farther than this
}

// The rules of impossible travel: a label, and a strong one. Nobody's punch is decided by them.
var (
	UnlikelyTravel   = TravelRule{SpeedKMH: 250, DistanceM: 1000}
	ImpossibleTravel = TravelRule{SpeedKMH: 1000, DistanceM: 1000}
)

// Travel is the way between two fixes, shortened by both accuracies.
type Travel struct {
	Metres  float64
	Seconds float64
}

// TravelBetween returns the way between two fixes, in whichever order they were made.
func TravelBetween(a, b Fix) Travel {
	gap := max(a.At-b.At, b.At-a.At)
	return Travel{
		Metres:  max(0, Between(a.Point, b.Point).Metres-a.AccuracyM-b.AccuracyM),
		Seconds: float64(gap) / 1000,
	}
}

// KMH returns the speed of the way; without any time between the fixes it is infinite, or 0 where there is no way either.
func (t Travel) KMH() float64 {
	switch {
	case t.Metres == 0:
		return 0
	case t.Seconds == 0:
		return math.Inf(1)
	}
	return t.Metres / t.Seconds * 3.6
}

// Breaks reports whether the way is too fast for a rule.
func (r TravelRule) Breaks(t Travel) bool {
	if t.Seconds < float64(r.ShortGap) {
		return t.Metres > r.ShortM
	}
	return t.Metres > r.DistanceM && t.KMH() > r.SpeedKMH
}
