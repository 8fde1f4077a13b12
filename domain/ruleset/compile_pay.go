package ruleset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

func (c *compiler) overtime() {
	o, r := &c.doc.Overtime, c.rules
	if a := o.Approval; a != nil {
		r.Approval = ApprovalMode(c.choose("/overtime/approval/mode", a.Mode, "none", "clip", "hours"))
		r.ApprovalDays = c.kindSelector("/overtime/approval/days", a.Days)
	}
	c.choose("/overtime/mid_cycle", o.MidCycle, "refuse", "carry")
	r.Combine, r.RowSlot = Combine(c.choose("/overtime/combine", o.Combine, "list", "highest", "union")), -1
	if u := o.Undertime; u != nil {
		r.Undertime = UndertimeRule{Said: true, Plan: u.Below.Plan, Below: domain.Seconds(u.Below.Length), Tolerance: domain.Seconds(u.Tolerance)}
	}
	seen := map[string]bool{}
	for i := range o.Rules {
		d, ptr := &o.Rules[i], fmt.Sprintf("/overtime/rules/%d", i)
		p := Pass{
			ID: d.ID, Pointer: ptr, Match: c.match(ptr, &d.Selector), ByDay: len(d.Day) > 0 || len(d.NotDay) > 0,
			Per: c.period(ptr+"/per", d.Per), Outside: c.choose(ptr+"/outside", d.Outside, "", "plan") == 1,
			NthDay: d.NthDayInWeek, Min: domain.Seconds(d.Min), Tolerance: domain.Seconds(d.Tolerance), Upto: -1, Round: c.step(ptr+"/round", d.Round),
			Code: c.base(ptr+"/code", d.Code), TOIL: -1, Slot: -1,
		}
		if d.Over != nil {
			p.OverPlan, p.Over = d.Over.Plan, domain.Seconds(d.Over.Length)
		}
		if d.TOIL != "" {
			p.TOIL = c.code(ptr+"/toil", d.TOIL)
			if p.TOIL >= 0 && r.Codes[p.TOIL].Class != ClassBank {
				c.fail("lint_failed", ptr+"/toil", "not_a_bank_code", d.TOIL)
			}
		}
		c.reach(&p, d, ptr)
		c.pool(&p, d, ptr)
		c.accumulator(&p, d, ptr, seen)
		r.Passes = append(r.Passes, p)
	}
}

// reach compiles which seconds and days a rule looks at.
func (c *compiler) reach(p *Pass, d *OvertimeRule, ptr string) {
	p.Counts = Counts(c.choose(ptr+"/counts", d.Counts, "selected", "straight", "all"))
	if c.rules.Combine == CombineUnion && d.Counts == "" {
		p.Counts = CountsAll
	}
	if d.Upto != nil {
		p.Upto = domain.Seconds(*d.Upto)
	}
	if d.Band != nil {
		p.Band, p.From, p.To = true, domain.Seconds(d.Band[0]), domain.Seconds(d.Band[1])
		if p.From > domain.Day || p.To > domain.Day || p.From == p.To {
			c.fail("lint_failed", ptr+"/band", "span_order", "")
		}
	}
	if d.FromDay == nil {
		return
	}
	p.FromDay, p.DaysOf = d.FromDay.Nth, DaysOf(c.choose(ptr+"/from_day/of", d.FromDay.Of, "week", "row_in_week", "row"))
	if p.DaysOf != DaysOfWeek {
		c.rules.RowSlot = c.slotSpec("days|row", PerRow, 1)
		if p.DaysOf == DaysInRow {
			c.rules.Lookback.Days = max(c.rules.Lookback.Days, p.FromDay)
		}
	}
}

// overtimePeriods are the periods of overtime in the words of a document.
var overtimePeriods = []struct {
	word string
	per  Per
}{{"day", PerDay}, {"week", PerWeek}, {"month", PerMonth}, {"two_weeks", PerTwoWeeks}, {"four_weeks", PerFourWeeks}}

func (c *compiler) period(ptr, word string) Per {
	for _, p := range overtimePeriods {
		if p.word == word {
			return p.per
		}
	}
	if word != "" {
		c.word(ptr, word)
	}
	return PerDay
}

// base resolves a reference to a code that can pay counted time.
func (c *compiler) base(pointer, id string) int {
	i := c.code(pointer, id)
	if i >= 0 && c.rules.Codes[i].Class != ClassBase {
		c.fail("lint_failed", pointer, "not_a_base_code", id)
	}
	return i
}

func (c *compiler) pool(p *Pass, d *OvertimeRule, ptr string) {
	if len(d.Of) == 0 {
		p.OfStraight = true
	}
	for i, of := range d.Of {
		if of == "straight" {
			p.OfStraight = true
			continue
		}
		if code := c.base(fmt.Sprintf("%s/of/%d", ptr, i), of); code >= 0 {
			p.Of |= 1 << uint(code)
		}
	}
}

// accumulator gives passes that count beyond one day the slot of their key (per, of, code). A day's sum is carried only where the
// spill of a night counts first; it belongs to the rule.
func (c *compiler) accumulator(p *Pass, d *OvertimeRule, ptr string, seen map[string]bool) {
	if p.Outside {
		return
	}
	of := slices.Sorted(slices.Values(d.Of))
	if len(of) == 0 {
		of = []string{"straight"}
	}
	if p.Counts == CountsAll {
		of = []string{"all"}
	}
	key := "ot|" + d.per() + "|" + strings.Join(of, "+") + "|" + d.Code
	if p.Per == PerDay {
		if !c.rules.SplitDay {
			return
		}
		key += "|" + d.ID
	}
	if seen[key] {
		c.fail("lint_failed", ptr, "duplicate_accumulator", key)
	}
	seen[key] = true
	p.Slot = c.slotSpec(key, p.Per, 1)
}

func (c *compiler) slotSpec(key string, per Per, depth int) int {
	r := c.rules
	for i := range r.Slots {
		if r.Slots[i].Key == key {
			r.Slots[i].Depth = max(r.Slots[i].Depth, depth)
			return i
		}
	}
	r.Slots = append(r.Slots, SlotSpec{Key: key, Per: per, Depth: depth})
	return len(r.Slots) - 1
}

func (c *compiler) premiums() {
	families := map[string]int{}
	for i := range c.doc.Premiums {
		d, ptr := &c.doc.Premiums[i], fmt.Sprintf("/premiums/%d", i)
		p := PremiumRule{
			ID: d.ID, Pointer: ptr, Match: c.match(ptr, &d.Selector), Tail: -1, StartedBefore: -1,
			Min: domain.Seconds(d.Min), Code: c.code(ptr+"/code", d.Code),
		}
		if p.Code >= 0 {
			p.Rate = c.rules.Codes[p.Code].RateMicro
			if c.rules.Codes[p.Code].Class != ClassPremium {
				c.fail("lint_failed", ptr+"/code", "not_a_premium_code", d.Code)
			}
		}
		if d.Band != nil {
			p.Band, p.From, p.To = true, domain.Seconds(d.Band[0]), domain.Seconds(d.Band[1])
			if p.From > domain.Day || p.To > domain.Day || p.From == p.To {
				c.fail("lint_failed", ptr+"/band", "span_order", "")
			}
		}
		if d.Tail != nil {
			p.Tail = domain.Seconds(*d.Tail)
		}
		if d.StartedBefore != nil {
			p.StartedBefore = domain.Seconds(*d.StartedBefore)
		}
		if d.Unit != "" && d.Unit != "hour" {
			c.word(ptr+"/unit", d.Unit)
		}
		family := d.Family
		if family == "" {
			family = "\x00" + d.ID // a premium of its own
		}
		if _, ok := families[family]; !ok {
			families[family] = len(families)
		}
		p.Family = families[family]
		c.rules.Premiums = append(c.rules.Premiums, p)
	}
	if c.rules.Families = len(families); c.rules.Families > MaxFamilies {
		c.fail("lint_failed", "/premiums", "too_many_families", strconv.Itoa(len(families)))
	}
}

// MaxFamilies is the greatest number of families of premiums.
const MaxFamilies = 8

func (c *compiler) guarantees() {
	for i, g := range c.doc.Guarantees {
		ptr := fmt.Sprintf("/guarantees/%d", i)
		out := GuaranteeRule{
			ID: g.ID, Pointer: ptr, Floor: domain.Seconds(g.Floor), Ceil: domain.Seconds(g.Ceil),
			GapOver: domain.Seconds(g.GapOver), Qty: domain.Seconds(g.Qty), Code: c.code(ptr+"/code", g.Code),
			Kind: GuaranteeKind(c.choose(ptr+"/kind", g.Kind, "reporting_time", "split_shift", "min_shift", "call_back", "holiday")),
			If:   PaidIf(c.choose(ptr+"/if", g.If, "always", "worked", "off", "worked_around")), Slot: -1,
		}
		if out.Kind == HolidayPay && out.If == PaidIfWorkedAround {
			out.Slot = c.slotSpec("holiday|"+g.ID, PerEver, 1)
		}
		out.Percent = c.percent(ptr+"/share", g.Share)
		c.rules.Guarantees = append(c.rules.Guarantees, out)
	}
}

// percent reads a share such as 50%; nothing said is 0.
func (c *compiler) percent(pointer, share string) int {
	if share == "" {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSuffix(share, "%"))
	if err != nil || n < 0 || n > 100 {
		c.fail("schema_invalid", pointer, "percent", share)
	}
	return n
}

func (c *compiler) limits() {
	for i := range c.doc.Limits {
		d, ptr := &c.doc.Limits[i], fmt.Sprintf("/limits/%d", i)
		l := LimitRule{
			ID: d.ID, Pointer: ptr, Match: c.match(ptr, &d.Selector), Severity: d.Severity, AverageOf: d.AverageOf, Slot: -1,
			Per: Per(c.choose(ptr+"/per", d.Per, "day", "week", "month", "year")),
			Max: amount(d.Max), Min: amount(d.Min), Below: amount(d.Below), Warn: amount(d.Warn),
		}
		c.choose(ptr+"/severity", d.Severity, "info", "low", "medium", "high", "critical")
		c.measure(&l, d.Measure, ptr)
		if l.Measure <= MeasureWorked && l.Per != PerDay {
			depth := 1
			for _, n := range d.AverageOf {
				depth = max(depth, n)
			}
			if depth > 60 {
				c.fail("lint_failed", ptr+"/average_of", "too_long", strconv.Itoa(depth))
			}
			key := "limit|" + d.Per + "|" + strings.Join(slices.Sorted(slices.Values(d.Measure)), "+")
			l.Slot = c.slotSpec(key, l.Per, depth)
		}
		if l.Measure == MeasureWeeklyRest {
			l.Slot = c.slotSpec(fmt.Sprintf("rest|%d", l.Min), PerEver, 1)
		}
		c.rules.Limits = append(c.rules.Limits, l)
	}
}

func (c *compiler) measure(l *LimitRule, m Measure, ptr string) {
	words := map[string]LimitMeasure{"worked": MeasureWorked, "rest_gap": MeasureRestGap, "days_in_row": MeasureDaysInRow, "weekly_rest": MeasureWeeklyRest}
	if len(m) == 1 {
		if w, ok := words[m[0]]; ok {
			l.Measure = w
			return
		}
	}
	for i, id := range m {
		if code := c.code(fmt.Sprintf("%s/measure/%d", ptr, i), id); code >= 0 {
			l.Codes |= 1 << uint(code)
		}
	}
}

func amount(a *Amount) domain.Seconds {
	switch {
	case a == nil:
		return -1
	case a.IsDays:
		return domain.Seconds(a.Days)
	}
	return domain.Seconds(a.Length)
}

// lookback is a week for weekly sums and what continues from day to day, and whole months for monthly sums and averages.
func (c *compiler) lookback() {
	r := c.rules
	r.Lookback.Days = max(r.Lookback.Days, 7)
	for _, s := range r.Slots {
		switch s.Per {
		case PerWeek, PerTwoWeeks, PerFourWeeks:
			r.Lookback.Days = max(r.Lookback.Days, 7*s.Per.Weeks()*s.Depth)
		case PerMonth:
			r.Lookback.Months = max(r.Lookback.Months, s.Depth)
		case PerYear:
			r.Lookback.Months = max(r.Lookback.Months, 12*s.Depth)
		case PerEver: // a holiday waits for the next planned day, a rest of the week for the next one
			r.Lookback.Days = max(r.Lookback.Days, 31)
		case PerDay, PerRow:
		}
	}
	if r.Pardons > 0 {
		r.Lookback.Months = max(r.Lookback.Months, 1)
	}
}
