package ruleset

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/schedule"
)

// Compile turns a document into the form that evaluation reads. hash is the hash of the stored document. A document that cannot be
// compiled is a *domain.Error with code schema_invalid (a word that the vocabulary does not have) or lint_failed (a reference that
// leads nowhere), whose args name the JSON pointer and the problem.
func Compile(doc *Document, hash string) (*Rules, error) {
	c := &compiler{doc: doc, rules: &Rules{Doc: doc, Hash: hash, bits: tagBits{}}}
	for _, step := range []func(){
		c.head, c.codes, c.tags, c.shifts, c.schedule, c.punch, c.rounding, c.breaks, c.presence, c.leave,
		c.overtime, c.premiums, c.guarantees, c.limits, c.lookback, c.banks,
	} {
		if step(); c.err != nil {
			return nil, c.err
		}
	}
	return c.rules, nil
}

// compiler collects the first error, so that the steps read as a list.
type compiler struct {
	doc   *Document
	rules *Rules
	err   error
}

func (c *compiler) fail(code, pointer, problem, value string) {
	if c.err == nil {
		c.err = domain.NewError(domain.Invalid, code, "pointer", pointer, "problem", problem, "value", value)
	}
}

func (c *compiler) word(pointer, value string) {
	c.fail("schema_invalid", pointer, "unknown_word", value)
}

// choose returns the index of value among words; an empty value is the first.
func (c *compiler) choose(pointer, value string, words ...string) int {
	if value == "" {
		return 0
	}
	i := slices.Index(words, value)
	if i < 0 {
		c.word(pointer, value)
	}
	return max(i, 0)
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (c *compiler) head() {
	d, r := c.doc, c.rules
	r.Precision = Precision(c.choose("/precision", d.Precision, "second", "minute", "minute_up"))
	starts := d.Week.Starts
	if starts == "" {
		starts = "mon"
	}
	r.WeekStarts = time.Weekday(c.choose("/week/starts", starts, weekdays...))
	r.WeekAt, r.WeekAnchor = domain.Seconds(d.Week.At), d.Week.Anchor
	r.Cut = domain.Seconds(d.Day.Cut)
	r.SplitDay = c.choose("/day/ot_day", d.Day.OTDay, "attached", "split") == 1
	r.OwnZone = c.choose("/day/zone", d.Day.Zone, "nearest", "rules") == 1
	c.owner()
	civil := d.Day.Civil
	if civil == nil {
		civil = []string{"statutory", "legal_rest", "holiday"}
	}
	r.Civil = c.kinds("/day/civil", civil)
	if d.Timezone == "" {
		c.fail("schema_invalid", "/timezone", "missing", "")
	}
}

// defaultGap and defaultLongest part shifts where the document says only who owns them.
const (
	defaultGap     = 4 * domain.Hour
	defaultLongest = 16 * domain.Hour
)

// owner compiles which date a shift belongs to, and what one shift is.
func (c *compiler) owner() {
	d, r := &c.doc.Day, c.rules
	if d.Assign != "" {
		r.Assign = Assign(1 + c.choose("/day/assign", d.Assign, "shift_start", "shift_end", "most_worked"))
		r.Longest = defaultLongest
	}
	r.ShiftGap = defaultGap
	if d.ShiftGap > 0 {
		r.ShiftGap = domain.Seconds(d.ShiftGap)
	}
	if d.LongestShift > 0 {
		r.Longest = domain.Seconds(d.LongestShift)
	}
}

func (c *compiler) kinds(pointer string, names []string) KindSet {
	var out KindSet
	for i, n := range names {
		k, err := schedule.ParseKind(n)
		if err != nil {
			c.word(fmt.Sprintf("%s/%d", pointer, i), n)
		}
		out |= 1 << k
	}
	return out
}

func (c *compiler) codes() {
	r := c.rules
	for _, id := range slices.Sorted(maps.Keys(c.doc.PayCodes)) {
		p, ptr := c.doc.PayCodes[id], "/pay_codes/"+Escape(id)
		rate := p.Rate
		if rate == "" {
			rate = "1.00"
		}
		r.Codes = append(r.Codes, Code{
			ID: id, Pointer: ptr, ClassName: p.Class, Rate: rate, Basis: p.Basis, Unit: p.Unit,
			Class:     Class(c.choose(ptr+"/class", p.Class, "base", "premium", "statutory_pay", "leave", "bank", "info")),
			RateMicro: c.micro(ptr+"/rate", rate),
		})
		if strings.HasPrefix(id, "x.") {
			c.fail("lint_failed", ptr, "reserved_code", id)
		}
	}
	if len(r.Codes) > 64 {
		c.fail("lint_failed", "/pay_codes", "too_many_codes", strconv.Itoa(len(r.Codes)))
	}
	r.Straight = c.straight()
}

// straight finds the code of time that no pass claims: REG, else the only base code that no pass pays.
func (c *compiler) straight() int {
	if i, ok := c.rules.CodeIndex("REG"); ok && c.rules.Codes[i].Class == ClassBase {
		return i
	}
	found := -1
	for i, code := range c.rules.Codes {
		paid := slices.ContainsFunc(c.doc.Overtime.Rules, func(o OvertimeRule) bool { return o.Code == code.ID })
		if code.Class != ClassBase || paid {
			continue
		}
		if found >= 0 {
			c.fail("lint_failed", code.Pointer, "straight_code_ambiguous", code.ID)
		}
		found = i
	}
	if found < 0 {
		c.fail("lint_failed", "/pay_codes", "straight_code_missing", "REG")
	}
	return found
}

// micro reads a decimal string in millionths.
func (c *compiler) micro(pointer, s string) int64 {
	v, ok := Millionths(s)
	if !ok {
		c.fail("schema_invalid", pointer, "decimal", s)
	}
	return v
}

// Millionths reads a decimal text as rules write rates: digits, and up to six more after a point.
func Millionths(s string) (int64, bool) {
	whole, frac, _ := strings.Cut(s, ".")
	if whole == "" || len(whole) > 12 || len(frac) > 6 {
		return 0, false
	}
	v := int64(0)
	for i := range len(whole) + 6 {
		digit := byte('0')
		if i < len(whole) {
			digit = whole[i]
		} else if i -= len(whole); i < len(frac) {
			digit = frac[i]
		}
		if digit < '0' || digit > '9' {
			return 0, false
		}
		v = v*10 + int64(digit-'0')
	}
	return v, true
}

// code resolves a reference to a pay code.
func (c *compiler) code(pointer, id string) int {
	i, ok := c.rules.CodeIndex(id)
	if !ok {
		c.fail("lint_failed", pointer, "undeclared_code", id)
		return -1
	}
	return i
}

// pointerSigns are what a token of a JSON pointer does not hold.
var pointerSigns = strings.NewReplacer("~", "~0", "/", "~1")

// Escape returns a key as a token of a JSON pointer (RFC 6901).
func Escape(key string) string {
	return pointerSigns.Replace(key)
}

func (c *compiler) schedule() {
	d, r := &c.doc.Schedule, c.rules
	for i, name := range weekdays {
		r.Weekly[i] = SlotRest
		if v, ok := d.Weekly[name]; ok {
			r.Weekly[i] = c.slot("/schedule/weekly/"+name, v)
		}
	}
	for name := range d.Weekly {
		if !slices.Contains(weekdays, name) {
			c.word("/schedule/weekly", name)
		}
	}
	if d.Rotate != nil {
		r.Anchor = d.Rotate.Anchor
		for i, v := range d.Rotate.Cycle {
			r.Rotation = append(r.Rotation, c.slot(fmt.Sprintf("/schedule/rotate/cycle/%d", i), v))
		}
		if len(r.Rotation) == 0 {
			c.fail("schema_invalid", "/schedule/rotate/cycle", "missing", "")
		}
	}
	r.Makeup, r.Holiday, r.Statutory = SlotUnsaid, SlotRest, SlotRest
	if d.Makeup != "" {
		r.Makeup = c.slot("/schedule/makeup", d.Makeup)
	}
	if d.Holiday != "" {
		r.Holiday = c.slot("/schedule/holiday", d.Holiday)
	}
	if d.Statutory != "" {
		r.Statutory = c.slot("/schedule/statutory", d.Statutory)
	}
}

func (c *compiler) slot(pointer, v string) int {
	switch v {
	case "rest":
		return SlotRest
	case "legal_rest":
		return SlotLegalRest
	}
	i, ok := c.rules.ShiftIndex(v)
	if !ok {
		c.fail("lint_failed", pointer, "unknown_shift", v)
	}
	return i
}

func (c *compiler) punch() {
	p, r := &c.doc.Punch, c.rules
	r.Pair = Pairing(c.choose("/punch/pair", p.Pair, "first_last", "alternate", "typed", "slot_points"))
	r.Lone = Lone(c.choose("/punch/lone", p.Lone, "nearest", "in", "out"))
	r.Dedupe = domain.Seconds(p.Dedupe)
	switch {
	case p.MaxOpen != nil:
		r.MaxOpen = domain.Seconds(*p.MaxOpen)
	case r.Pair == PairTyped:
		r.MaxOpen = 16 * domain.Hour
	}
	r.ByDir = c.choose("/punch/ends", p.Ends, "any", "declared") == 1
	r.KeepIn = c.choose("/punch/second_in", p.SecondIn, "last", "first") == 1
	if p.OffShift != "" {
		r.OffShift = OffShift(1 + c.choose("/punch/off_shift", p.OffShift, "flag", "leave_out"))
	}
	if x := p.Close; x != nil {
		r.Close = CloseRule{Said: true, Plan: x.After.Plan, After: domain.Seconds(x.After.Length), Tolerance: domain.Seconds(x.Tolerance)}
	}
	for _, m := range []struct {
		ptr, value, def string
		to              *CountMode
	}{
		{"/count/early", c.doc.Count.Early, "never", &r.Early},
		{"/count/late", c.doc.Count.Late, "approved", &r.Late},
		{"/count/off", c.doc.Count.Off, "approved", &r.Off},
	} {
		if m.value == "" {
			m.value = m.def
		}
		*m.to = CountMode(c.choose(m.ptr, m.value, "never", "approved", "always"))
	}
	r.MaxSkew = 2 * domain.Minute
	if in := c.doc.Intake; in != nil && in.Online != nil {
		r.MaxSkew = domain.Seconds(in.Online.MaxSkew)
	}
}
