package ruleset

import "github.com/punchledger/punchledger/domain"

// PremiumRule is one compiled premium. Its kinds, weekdays and dates are those of the premium's date, the rest of Match of the segment.
type PremiumRule struct {
	ID, Pointer   string
	Match         Match
	Band          bool
	From, To      domain.Seconds
	Tail          domain.Seconds // -1: none
	StartedBefore domain.Seconds // -1: not asked
	Min           domain.Seconds
	Day, Week     HourRange
	Whole         WholeShift
	Tie           Tie
	Least, Most   domain.Seconds // 0: not bounded
	PerInterval   bool
	Code          int
	Family        int
	Rate          int64 // millionths
}

// HourRange is a band of counted hours. Until 0 has no end.
type HourRange struct {
	Said        bool
	Over, Until domain.Seconds
}

// Holds reports whether the band covers what comes after so much time.
func (h HourRange) Holds(after domain.Seconds) bool {
	return !h.Said || after >= h.Over && (h.Until == 0 || after < h.Until)
}

// WholeShift is how a shift earns a premium as a whole.
type WholeShift uint8

// The ways.
const (
	WholeNone WholeShift = iota
	WholeInside
	WholeMajority
	WholeStarts
	WholeEnds
)

// Tie says what a majority of exactly half is.
type Tie uint8

// The ties.
const (
	TieNone Tie = iota
	TiePays
	TieStarts
)
