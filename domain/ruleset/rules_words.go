package ruleset

// Precision says how punches are cut before anything else looks at them.
type Precision uint8

// The precisions.
const (
	PrecisionSecond   Precision = iota
	PrecisionMinute             // floor every punch
	PrecisionMinuteUp           // floor ins, ceil outs
)

// Pairing says how punches become intervals.
type Pairing uint8

// The pairings.
const (
	PairFirstLast Pairing = iota
	PairAlternate
	PairTyped
	PairSlotPoints
)

// Lone says how a single punch is read.
type Lone uint8

// The readings of a lone punch.
const (
	LoneNearest Lone = iota
	LoneIn
	LoneOut
)

// Assign names the date that owns a shift which was worked across a cut.
type Assign uint8

// The owners.
const (
	AssignByCut Assign = iota // the cut parts what was worked
	AssignStart
	AssignEnd
	AssignMost
)

// OffShift says what becomes of a punch in no shift's window.
type OffShift uint8

// The fates of such a punch.
const (
	OffShiftCounts OffShift = iota
	OffShiftFlagged
	OffShiftLeftOut
)

// PunchedBreaks says what punched breaks do.
type PunchedBreaks uint8

// The effects of punched breaks.
const (
	BreaksWithin PunchedBreaks = iota
	BreaksAnywhere
	BreaksIgnored
)

// CountMode says whether time outside the plan is worked time.
type CountMode uint8

// The modes of counting.
const (
	CountNever CountMode = iota
	CountApproved
	CountAlways
)

// ShiftKind is how a shift lays its plan.
type ShiftKind uint8

// The kinds of shifts.
const (
	ShiftFixed ShiftKind = iota
	ShiftFlex
	ShiftOpen
)

// Points says which edges of the plan need a punch.
type Points uint8

// The points.
const (
	PointsEnds Points = iota
	PointsAll
	PointsFirst
	PointsNone
)

// ApprovalMode says what an approval of overtime pays.
type ApprovalMode uint8

// The approval modes.
const (
	ApprovalNone ApprovalMode = iota
	ApprovalClip
	ApprovalHours
)

// Per is the length of an accumulator.
type Per uint8

// The lengths.
const (
	PerDay Per = iota
	PerWeek
	PerMonth
	PerYear
	PerTwoWeeks
	PerFourWeeks
	PerRow  // days in a row: it has no windows
	PerEver // what runs on and begins anew by itself
)

// Weeks is the number of weeks of a period, 0 for one that is not made of weeks.
func (p Per) Weeks() int {
	switch p {
	case PerWeek:
		return 1
	case PerTwoWeeks:
		return 2
	case PerFourWeeks:
		return 4
	case PerDay, PerMonth, PerYear, PerRow, PerEver:
	}
	return 0
}

// Shorter reports whether a period of overtime is shorter than another one.
func (p Per) Shorter(than Per) bool {
	length := [...]int{PerDay: 1, PerWeek: 7, PerTwoWeeks: 14, PerFourWeeks: 28, PerMonth: 30, PerYear: 365, PerRow: 0, PerEver: 0}
	return length[p] < length[than]
}

// Combine says what becomes of a second that several overtime rules reach.
type Combine uint8

// The ways to combine overtime rules.
const (
	CombineList Combine = iota
	CombineHighest
	CombineUnion
)

// Counts says which seconds the sum of an overtime rule sees.
type Counts uint8

// What sums see.
const (
	CountsSelected Counts = iota
	CountsStraight
	CountsAll
)

// DaysOf says which days the nth one is counted among.
type DaysOf uint8

// The days that are counted.
const (
	DaysOfWeek DaysOf = iota
	DaysInRowOfWeek
	DaysInRow
)

// RoundDir is the direction of rounding.
type RoundDir uint8

// The directions of rounding; nearest rounds a half up.
const (
	RoundUp RoundDir = iota
	RoundDown
	RoundNearest
)

// BreakMode says which breaks count as taken.
type BreakMode uint8

// The break modes.
const (
	BreakPlanned BreakMode = iota
	BreakAuto
	BreakPunched
)

// GuaranteeKind is what a guarantee makes up for.
type GuaranteeKind uint8

// The kinds of guarantees.
const (
	ReportingTime GuaranteeKind = iota
	SplitShift
	MinShift
	CallBack
	HolidayPay
)

// PaidIf says who is paid for a holiday.
type PaidIf uint8

// The conditions of holiday pay.
const (
	PaidAlways PaidIf = iota
	PaidIfWorked
	PaidIfOff
	PaidIfWorkedAround
)

// LimitMeasure is what a limit looks at.
type LimitMeasure uint8

// The measures.
const (
	MeasureCodes LimitMeasure = iota
	MeasureWorked
	MeasureRestGap
	MeasureDaysInRow
	MeasureWeeklyRest
)

// Class of a pay code.
type Class uint8

// The classes.
const (
	ClassBase Class = iota
	ClassPremium
	ClassStatutoryPay
	ClassLeave
	ClassBank
	ClassInfo
)
