package ruleset

import (
	"slices"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/schedule"
)

// Approved is a set of kinds of approval that cover a stretch of time.
type Approved uint8

// The kinds of approval.
const (
	ApprovedOvertime Approved = 1 << iota
	ApprovedLeave
	ApprovedTrip
	ApprovedOuting
	ApprovedRemote
	ApprovedField
)

// ApprovedKind returns the bit of a kind of approval, 0 for an unknown one.
func ApprovedKind(kind string) Approved {
	switch kind {
	case "overtime":
		return ApprovedOvertime
	case "leave":
		return ApprovedLeave
	case "trip":
		return ApprovedTrip
	case "outing":
		return ApprovedOuting
	case "remote":
		return ApprovedRemote
	case "field":
		return ApprovedField
	}
	return 0
}

// PlaceBit returns the bit of a place; an empty or unlisted place is unknown.
func PlaceBit(place string) uint8 {
	switch place {
	case "office":
		return 1
	case "remote":
		return 2
	case "field":
		return 4
	}
	return 8
}

// ContractBit returns the bit of a kind of contract; an empty or unlisted one has a bit of its own.
func ContractBit(contract string) uint8 {
	switch contract {
	case "hourly":
		return 1
	case "monthly":
		return 2
	case "exempt":
		return 4
	case "agency":
		return 8
	}
	return 16
}

// DateMatch is a date of every year (Year 0) or of one.
type DateMatch struct {
	Year  int
	Month time.Month
	Day   int
}

// Match is a compiled selector. The zero Match of a document that selects nothing has Any set and holds always.
type Match struct {
	Any       bool
	Kinds     KindSet
	Weekdays  uint8
	Dates     []DateMatch
	NotDates  []DateMatch
	Shifts    uint64 // bit ShiftBit(index)
	Tags      uint64 // any of, 0: not asked
	NotTags   uint64
	Approved  Approved // any of, 0: not asked
	NotApprov Approved
	Places    uint8
	Contracts uint8
	Sites     NameMatch
	Jobs      NameMatch
	Costs     NameMatch
}

// NameMatch narrows to names that the facts have: any of In, if it is not empty, and none of Not.
type NameMatch struct{ In, Not []string }

// Holds reports whether name passes.
func (n *NameMatch) Holds(name string) bool {
	return (len(n.In) == 0 || slices.Contains(n.In, name)) && !slices.Contains(n.Not, name)
}

func (n *NameMatch) any() bool { return len(n.In) == 0 && len(n.Not) == 0 }

// ShiftBit returns the bit of a shift index; -1 is "no shift".
func ShiftBit(index int) uint64 {
	if index < 0 || index > 62 {
		return 1 << 63
	}
	return 1 << uint(index)
}

// Subject is what a selector looks at besides dates.
type Subject struct {
	Shift    uint64
	Tags     uint64
	Approved Approved
	Place    uint8
	Contract uint8
	Site     string
	Job      string
	Cost     string
}

// OnDate reports whether the parts of m about dates hold.
func (m *Match) OnDate(kind schedule.Kind, d domain.Date) bool {
	if m.Any {
		return true
	}
	if !m.Kinds.Has(kind) || m.Weekdays&(1<<d.Weekday()) == 0 {
		return false
	}
	if len(m.Dates) == 0 && len(m.NotDates) == 0 {
		return true
	}
	y, mo, day := d.Civil()
	return (len(m.Dates) == 0 || hasDate(m.Dates, y, mo, day)) && !hasDate(m.NotDates, y, mo, day)
}

// OnSubject reports whether the parts of m that are not about dates hold.
func (m *Match) OnSubject(s *Subject) bool {
	if m.Any {
		return true
	}
	return m.Shifts&s.Shift != 0 && m.Places&s.Place != 0 && m.Contracts&s.Contract != 0 &&
		(m.Tags == 0 || m.Tags&s.Tags != 0) && m.NotTags&s.Tags == 0 &&
		(m.Approved == 0 || m.Approved&s.Approved != 0) && m.NotApprov&s.Approved == 0 &&
		m.Sites.Holds(s.Site) && m.Jobs.Holds(s.Job) && m.Costs.Holds(s.Cost)
}

func hasDate(list []DateMatch, y int, m time.Month, d int) bool {
	for _, x := range list {
		if x.Month == m && x.Day == d && (x.Year == 0 || x.Year == y) {
			return true
		}
	}
	return false
}

// tagBits numbers the tags that a document's selectors name.
type tagBits map[string]uint64

// TagBits returns the bits of those tags that selectors of the document name.
func (r *Rules) TagBits(tags []string) uint64 {
	var out uint64
	for _, t := range tags {
		out |= r.bits[t]
	}
	return out
}
