package ruleset

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// Undertimes is the built-in code of what a day has less than its target, which a bank can take.
const Undertimes = "x.undertime"

// BankRule is a compiled bank.
type BankRule struct {
	ID       string
	Title    Text
	Earn     []string       // pay codes
	Take     []string       // pay codes
	Floor    domain.Seconds // zero or below: how far a posting may take it down
	CarryOn  [2]int         // month and day that end its year; zero: all is carried over
	Cap      domain.Seconds // carried over at most
	Forfeits bool           // what expires is lost; else it is paid out

	expires map[string]string // by code of Earn
}

// ExpiresOn returns the last date on which what a code earned on a date can be taken; zero where it does not expire.
func (b BankRule) ExpiresOn(code string, earned domain.Date) domain.Date {
	period := b.expires[code]
	for _, unit := range []string{"mo", "d", "h"} {
		digits, ok := strings.CutSuffix(period, unit)
		n, err := strconv.Atoi(digits)
		switch {
		case !ok || err != nil:
			continue
		case unit == "mo":
			return earned.AddMonths(n)
		case unit == "d":
			return earned + domain.Date(n)
		}
		return earned + domain.Date(n/24)
	}
	return 0
}

// Bank returns the bank of a name.
func (r *Rules) Bank(id string) (BankRule, bool) {
	i := slices.IndexFunc(r.Banks, func(b BankRule) bool { return b.ID == id })
	if i < 0 {
		return BankRule{}, false
	}
	return r.Banks[i], true
}

// Booked returns the bank that rows of a pay code change, and whether they add to it.
func (r *Rules) Booked(code string) (bank BankRule, earns, ok bool) {
	for _, b := range r.Banks {
		if slices.Contains(b.Earn, code) {
			return b, true, true
		}
		if slices.Contains(b.Take, code) {
			return b, false, true
		}
	}
	return BankRule{}, false, false
}

func (c *compiler) banks() {
	r := c.rules
	for _, id := range slices.Sorted(maps.Keys(c.doc.Banks)) {
		d, ptr := c.doc.Banks[id], "/banks/"+Escape(id)
		b := BankRule{
			ID: id, Title: d.Title, Earn: d.Earn, Take: d.Take, Floor: -domain.Seconds(d.Overdraw),
			Forfeits: c.choose(ptr+"/on_expiry", d.OnExpiry, "pay", "forfeit") == 1, expires: map[string]string{},
		}
		for _, code := range slices.Concat(d.Earn, d.Take) {
			if code != Undertimes {
				c.code(ptr, code)
			}
		}
		for _, code := range d.Earn {
			b.expires[code] = c.doc.PayCodes[code].Expires
		}
		if d.Carry != nil {
			b.Cap, b.CarryOn = domain.Seconds(d.Carry.Cap), monthDay(d.Carry.On)
		}
		r.Banks = append(r.Banks, b)
	}
	for _, code := range r.Codes {
		if _, _, named := r.Booked(code.ID); named || code.Class != ClassBank {
			continue
		}
		p := c.doc.PayCodes[code.ID]
		r.Banks = append(r.Banks, BankRule{
			ID: code.ID, Title: p.Title, Earn: []string{code.ID}, expires: map[string]string{code.ID: p.Expires},
		})
	}
	slices.SortFunc(r.Banks, func(a, b BankRule) int { return strings.Compare(a.ID, b.ID) })
}

// monthDay reads a month-day that the schema has accepted.
func monthDay(s string) [2]int {
	m, d, _ := strings.Cut(s, "-")
	month, _ := strconv.Atoi(m)
	day, _ := strconv.Atoi(d)
	return [2]int{month, day}
}
