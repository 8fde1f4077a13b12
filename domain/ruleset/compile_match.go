package ruleset

import (
	"fmt"
	"slices"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/schedule"
)

const allKinds = KindSet(1<<schedule.Kinds - 1)

// selectors calls visit with every selector of the document that evaluation reads.
func (c *compiler) selectors(visit func(*Selector)) {
	for i := range c.doc.Overtime.Rules {
		visit(&c.doc.Overtime.Rules[i].Selector)
	}
	for i := range c.doc.Premiums {
		visit(&c.doc.Premiums[i].Selector)
	}
	for i := range c.doc.Limits {
		visit(&c.doc.Limits[i].Selector)
	}
}

// tags numbers the tags that selectors name; others cannot matter.
func (c *compiler) tags() {
	c.selectors(func(s *Selector) {
		for _, t := range slices.Concat(s.Tags, s.NotTags) {
			if _, ok := c.rules.bits[t]; !ok {
				c.rules.bits[t] = 1 << len(c.rules.bits)
			}
		}
	})
	if len(c.rules.bits) > 64 {
		c.fail("lint_failed", "", "too_many_tags", fmt.Sprint(len(c.rules.bits)))
	}
}

// kindSelector reads a list of kinds; none is all. Work stands for special days too, which are working days of their own making.
func (c *compiler) kindSelector(pointer string, names []string) KindSet {
	if len(names) == 0 {
		return allKinds
	}
	out := c.kinds(pointer, names)
	if out.Has(schedule.Work) {
		out |= 1 << schedule.Special
	}
	return out
}

func (c *compiler) match(ptr string, s *Selector) Match {
	m := Match{
		Kinds:    c.kindSelector(ptr+"/day", s.Day),
		Weekdays: uint8(c.bits(ptr+"/weekday", s.Weekday, 0x7f, c.weekdayBit)),
		Dates:    c.dates(ptr+"/dates", s.Dates), NotDates: c.dates(ptr+"/not_dates", s.NotDates),
		Shifts:    c.bits(ptr+"/shift", s.Shift, ^uint64(0), c.shiftBit),
		Tags:      c.rules.TagBits(s.Tags),
		NotTags:   c.rules.TagBits(s.NotTags),
		Approved:  Approved(c.bits(ptr+"/approved", s.Approved, 0, c.approvedBit)),
		NotApprov: Approved(c.bits(ptr+"/not_approved", s.NotApproved, 0, c.approvedBit)),
		Places:    uint8(c.bits(ptr+"/place", s.Place, 0x0f, c.placeBit)),
		Contracts: uint8(c.bits(ptr+"/contract", s.Contract, 0x1f, c.contractBit)),
		Sites:     NameMatch{s.Site, s.NotSite}, Jobs: NameMatch{s.Job, s.NotJob}, Costs: NameMatch{s.Cost, s.NotCost},
	}
	if len(s.NotDay) > 0 {
		m.Kinds &^= c.kinds(ptr+"/not_day", s.NotDay)
	}
	m.Weekdays &^= uint8(c.bits(ptr+"/not_weekday", s.NotWeekday, 0, c.weekdayBit))
	m.Shifts &^= c.bits(ptr+"/not_shift", s.NotShift, 0, c.shiftBit)
	m.Places &^= uint8(c.bits(ptr+"/not_place", s.NotPlace, 0, c.placeBit))
	m.Contracts &^= uint8(c.bits(ptr+"/not_contract", s.NotContract, 0, c.contractBit))
	m.Any = m.Kinds == allKinds && m.Weekdays == 0x7f && m.Dates == nil && m.NotDates == nil && m.Shifts == ^uint64(0) &&
		m.Tags == 0 && m.NotTags == 0 && m.Approved == 0 && m.NotApprov == 0 && m.Places == 0x0f && m.Contracts == 0x1f &&
		m.Sites.any() && m.Jobs.any() && m.Costs.any()
	return m
}

// bits joins the bits of names; an empty list gives none.
func (c *compiler) bits(ptr string, names []string, none uint64, bit func(string) (uint64, bool)) uint64 {
	if len(names) == 0 {
		return none
	}
	var out uint64
	for i, n := range names {
		b, ok := bit(n)
		if !ok {
			c.word(fmt.Sprintf("%s/%d", ptr, i), n)
		}
		out |= b
	}
	return out
}

func (c *compiler) weekdayBit(n string) (uint64, bool) {
	i := slices.Index(weekdays, n)
	return 1 << uint(max(i, 0)), i >= 0
}

func (c *compiler) shiftBit(n string) (uint64, bool) {
	i, ok := c.rules.ShiftIndex(n)
	return ShiftBit(i), ok
}

func (c *compiler) approvedBit(n string) (uint64, bool) {
	b := ApprovedKind(n)
	return uint64(b), b != 0
}

func (c *compiler) placeBit(n string) (uint64, bool) {
	return uint64(PlaceBit(n)), n == "unknown" || PlaceBit(n) != PlaceBit("unknown")
}

func (c *compiler) contractBit(n string) (uint64, bool) {
	return uint64(ContractBit(n)), ContractBit(n) != ContractBit("")
}

func (c *compiler) dates(ptr string, list []string) []DateMatch {
	var out []DateMatch
	for i, s := range list {
		if d, err := domain.ParseDate(s); err == nil {
			y, m, day := d.Civil()
			out = append(out, DateMatch{y, m, day})
			continue
		}
		t, err := time.Parse("2006-01-02", "2000-"+s) // a leap year, so that 02-29 is a date
		if err != nil {
			c.fail("schema_invalid", fmt.Sprintf("%s/%d", ptr, i), "date", s)
		}
		out = append(out, DateMatch{0, t.Month(), t.Day()})
	}
	return out
}
