package ruleset

import (
	"slices"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/schedule"
)

// Rules is a document in the form that evaluation reads: references are indices, selectors are bit masks, clock values and lengths
// are seconds, and every default is applied. It is read only and safe to share between goroutines.
type Rules struct {
	Doc  *Document
	Hash string // of the stored document, in hexadecimal

	Precision  Precision
	WeekStarts time.Weekday
	WeekAt     domain.Seconds
	WeekAnchor domain.Date // a day on which periods of several weeks begin; 0: not said
	Cut        domain.Seconds
	SplitDay   bool    // overtime days run from civil midnight to civil midnight
	OwnZone    bool    // dates go by the zone of the document, whatever trips, sites and assignments say
	Civil      KindSet // kinds that the civil date of each second decides
	Assign     Assign
	ShiftGap   domain.Seconds // a gap this long begins a new shift
	Longest    domain.Seconds // of a shift; 0: any

	Weekly                     [7]int // by time.Weekday: an index into Shifts, or one of the Slot values
	Rotation                   []int
	Anchor                     domain.Date
	Makeup, Holiday, Statutory int
	Shifts                     []ShiftRule // by id

	Pair     Pairing
	Dedupe   domain.Seconds
	Lone     Lone
	MaxOpen  domain.Seconds
	ByDir    bool // the first in and the last out are the ends
	KeepIn   bool // of two ins in a row the first counts
	OffShift OffShift
	Close    CloseRule

	Early, Late, Off CountMode
	RoundIn          []Grid // the first whose condition holds
	RoundOut         []Grid
	RoundBreaks      Grid
	RoundWorked      Grid
	RoundTotal       []Grid // by code
	AdjustSteps      [4]AdjustStep
	Breaks           BreakRules
	LateEdge         EdgeRule
	EarlyEdge        EdgeRule
	HalfBelow        domain.Seconds
	AbsentBelow      domain.Seconds
	MissingOne       string
	MissingBoth      string
	Pardons          int
	PardonUpto       domain.Seconds
	Leaves           map[string]LeaveRule
	RemoteCredits    bool // approved work from home counts what it covers of the plan

	Approval     ApprovalMode
	ApprovalDays KindSet // kinds on which overtime needs an approval
	Combine      Combine
	Undertime    UndertimeRule
	Passes       []Pass
	RowSlot      int // index into Slots of the count of days in a row, or -1
	Premiums     []PremiumRule
	Families     int
	HoursSlot    int // of the week's counted time, which bands of hours look at; -1: none does
	Guarantees   []GuaranteeRule
	Limits       []LimitRule
	MaxSkew      domain.Seconds

	Codes    []Code     // by id
	Straight int        // the code of time that no pass claims
	Banks    []BankRule // by id
	Slots    []SlotSpec
	Lookback Lookback

	bits tagBits
}

// Values of a planned slot that are no shift.
const (
	SlotRest      = -1
	SlotLegalRest = -2
	SlotUnsaid    = -3 // the document leaves it to the plan of the week
)

// KindSet is a set of day kinds.
type KindSet uint8

// Has reports whether k is in s.
func (s KindSet) Has(k schedule.Kind) bool { return s&(1<<k) != 0 }

// ClockSpan is a span of clock values in seconds after midnight.
type ClockSpan struct{ From, To domain.Seconds }

// ShiftRule is a compiled shift.
type ShiftRule struct {
	ID, Pointer   string
	Kind          ShiftKind
	Zone          string      // on whose clock the times are read; empty: that of the day
	Work          []ClockSpan // fixed: blocks; open: expected hours
	Earliest      domain.Seconds
	Latest        domain.Seconds
	Required      domain.Seconds
	Core, Breaks  []ClockSpan
	BreakAt       domain.Seconds // -1: not said
	Points        Points
	Before, After domain.Seconds
	LateLeave     []LateRule // by After
	Standby       StandbyRule
	Tags          uint64
}

// CloseRule ends an open interval. Said is false where the document has no policy for it.
type CloseRule struct {
	Said, Plan bool
	After      domain.Seconds
	Tolerance  domain.Seconds
}

// StandbyRule pays for hours of being on call; without hours there are none.
type StandbyRule struct {
	Hours   []ClockSpan
	Percent int
	Qty     domain.Seconds
	Code    int
}

// LateRule raises the latest start after a late evening.
type LateRule struct{ After, By domain.Seconds }

// BreakRules are the compiled breaks section.
type BreakRules struct {
	Mode                BreakMode
	Auto                []AutoRule
	Credit              []CreditRule
	AtTrigger           bool // an automatic break lies right after the length of work that it is due from
	Regular, Thresholds bool // what sees automatic breaks and credits
	Punched             PunchedBreaks
	MinPiece            domain.Seconds
	PaidUpto            domain.Seconds
	Comply              []ComplyRule
}

// AutoRule deducts Deduct from work beyond Over, at most the excess.
type AutoRule struct {
	Over, Deduct domain.Seconds
	Pointer      string
}

// CreditRule pays Add of the punched breaks of a day on which at least Over was worked.
type CreditRule struct {
	Over, Add domain.Seconds
	First     bool // of the first break alone
	Pointer   string
}

// ComplyRule is a break that a law demands. Pay is a code index, or -1.
type ComplyRule struct {
	ID, Pointer                     string
	Over, Need, StartBy, WaivedUpto domain.Seconds
	Nth                             int // 0: the sum of all breaks counts
	Pay                             int
	Qty                             domain.Seconds
	MaxPaid                         int // of Pay a day; 0 is without limit
}

// EdgeRule is one edge of presence. Said is false when the document does not judge it.
type EdgeRule struct {
	Said         bool
	Pointer      string
	Grace        domain.Seconds
	Snap         bool
	FromGraceEnd bool
	Tiers        []TierRule // ascending
}

// TierRule is the outcome beyond Over.
type TierRule struct {
	Over    domain.Seconds
	As      string
	Pointer string
}

// LeaveRule says how one type of leave counts. Code is a code index.
type LeaveRule struct {
	Code    int
	Worked  bool
	Pointer string
}

// CodeSet is a set of code indices.
type CodeSet uint64

// Has reports whether the code is in s.
func (s CodeSet) Has(code int) bool { return code >= 0 && s&(1<<uint(code)) != 0 }

// Pass is one compiled overtime rule.
type Pass struct {
	ID, Pointer string
	Match       Match
	ByDay       bool // the rule selects kinds of days
	Per         Per
	OfStraight  bool
	Of          CodeSet
	OverPlan    bool
	Over        domain.Seconds
	Upto        domain.Seconds // -1: no end
	Tolerance   domain.Seconds
	Counts      Counts
	Band        bool
	From, To    domain.Seconds // of the band
	Outside     bool
	NthDay      int
	FromDay     int // 0: any
	DaysOf      DaysOf
	Min         domain.Seconds
	Round       Grid
	Code        int
	TOIL        int // code index, or -1
	Slot        int // index into Rules.Slots, or -1
}

// UndertimeRule shows what a day has less than its target. Said is false where the document does not ask.
type UndertimeRule struct {
	Said, Plan       bool
	Below, Tolerance domain.Seconds
}

// GuaranteeRule is one compiled guarantee.
type GuaranteeRule struct {
	ID, Pointer               string
	Kind                      GuaranteeKind
	Percent                   int
	Floor, Ceil, GapOver, Qty domain.Seconds
	Code                      int
	If                        PaidIf
	Slot                      int // index into Rules.Slots, or -1
}

// LimitRule is one compiled limit; values that are not said are -1. Days are stored as plain numbers.
type LimitRule struct {
	ID, Pointer           string
	Match                 Match
	Measure               LimitMeasure
	Codes                 CodeSet
	Per                   Per
	Max, Min, Below, Warn domain.Seconds
	AverageOf             []int
	Severity              string
	Slot                  int // index into Rules.Slots, or -1
}

// Code is a compiled pay code.
type Code struct {
	ID, Pointer string
	Class       Class
	ClassName   string
	Rate, Basis string
	RateMicro   int64
	Unit        string
}

// SlotSpec names an accumulator. The key belongs to the person: rulesets that share it continue each other's sums.
type SlotSpec struct {
	Key   string
	Per   Per
	Depth int // windows that must be remembered, the current one included
}

// Lookback is how far before a window evaluation must start to have its sums warm.
type Lookback struct {
	Days   int
	Months int
}

// Start returns the date from which a window that begins on d must be warmed.
func (l Lookback) Start(d domain.Date) domain.Date {
	return min(d-domain.Date(l.Days), d.AddMonths(-l.Months).MonthStart())
}

// ShiftIndex returns the index of a shift id, or false.
func (r *Rules) ShiftIndex(id string) (int, bool) {
	lo, hi := 0, len(r.Shifts)
	for lo < hi {
		m := (lo + hi) / 2
		if r.Shifts[m].ID < id {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo, lo < len(r.Shifts) && r.Shifts[lo].ID == id
}

// CodeIndex returns the index of a pay code id, or false.
func (r *Rules) CodeIndex(id string) (int, bool) {
	for i := range r.Codes {
		if r.Codes[i].ID == id {
			return i, true
		}
	}
	return 0, false
}

// PlannedSlot returns what the document itself plans on an ordinary date: a shift index or a Slot value.
func (r *Rules) PlannedSlot(d domain.Date) int {
	if n := len(r.Rotation); n > 0 {
		i := int(d-r.Anchor) % n
		if i < 0 {
			i += n
		}
		return r.Rotation[i]
	}
	return r.Weekly[d.Weekday()]
}

// Severity returns the document's severity of an anomaly, or def.
func (r *Rules) Severity(id, def string) string {
	if r.Doc.Anomalies != nil {
		if s, ok := r.Doc.Anomalies.Severity[id]; ok {
			return s
		}
	}
	return def
}

// Blocks reports whether an anomaly stops a close; def holds when the document names none.
func (r *Rules) Blocks(id string, def bool) bool {
	if r.Doc.Anomalies == nil || r.Doc.Anomalies.BlockClose == nil {
		return def
	}
	return slices.Contains(r.Doc.Anomalies.BlockClose, id)
}
