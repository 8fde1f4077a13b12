package bank

import (
	"cmp"
	"slices"
	"time"

	"github.com/punchledger/punchledger/domain"
)

// Due returns what has expired before a date under a policy and was not settled by a payout or forfeit yet, by date. What expires
// soonest is taken first. A date on which something can be taken for the last time must be over before it is due.
func Due(entries []Entry, p Policy, asOf domain.Date) []Proposal {
	a := account{policy: p}
	list := upTo(entries, asOf)
	for _, edge := range edges(list, p, asOf) {
		for len(list) > 0 && list[0].Date <= edge {
			a.enter(list[0])
			list = list[1:]
		}
		a.expire(edge)
		a.carryOver(edge)
	}
	for _, e := range list {
		a.enter(e)
	}
	var out []Proposal
	for _, l := range a.expired {
		if l.left > 0 {
			out = append(out, Proposal{Date: l.date, Kind: p.OnExpiry, Seconds: -l.left, Why: l.why})
		}
	}
	return out
}

// edges are the dates before asOf at whose end something may expire.
func edges(list []Entry, p Policy, asOf domain.Date) []domain.Date {
	var out []domain.Date
	for _, e := range list {
		if e.ExpiresOn != 0 && e.ExpiresOn < asOf {
			out = append(out, e.ExpiresOn)
		}
	}
	if p.CarryOn != [2]int{} && len(list) > 0 {
		year, _, _ := list[0].Date.Civil()
		for {
			d := domain.NewDate(year, time.Month(p.CarryOn[0]), p.CarryOn[1])
			if d >= asOf {
				break
			}
			out = append(out, d)
			year++
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// account is a bank as lots that were added and not taken yet.
type account struct {
	policy  Policy
	lots    []lot
	expired []lot // not settled yet, by date
	debt    domain.Seconds
}

type lot struct {
	date, expires domain.Date
	left          domain.Seconds
	why           string
}

func (a *account) enter(e Entry) {
	if e.Seconds >= 0 {
		back := min(a.debt, e.Seconds)
		a.debt -= back
		a.lots = append(a.lots, lot{date: e.Date, expires: e.ExpiresOn, left: e.Seconds - back})
		slices.SortStableFunc(a.lots, func(x, y lot) int {
			return cmp.Or(cmp.Compare(never(x.expires), never(y.expires)), cmp.Compare(x.date, y.date))
		})
		return
	}
	from := [][]lot{a.lots, a.expired}
	if e.Kind.settles() {
		from = [][]lot{a.expired, a.lots}
	}
	left := take(from[1], take(from[0], -e.Seconds))
	a.debt += left
}

// never puts what does not expire behind what does.
func never(d domain.Date) int64 {
	if d == 0 {
		return 1 << 40
	}
	return int64(d)
}

// take takes from lots in their order and returns what they did not have.
func take(lots []lot, want domain.Seconds) domain.Seconds {
	for i := range lots {
		n := min(want, lots[i].left)
		lots[i].left -= n
		want -= n
	}
	return want
}

func (a *account) expire(edge domain.Date) {
	for i := range a.lots {
		if l := &a.lots[i]; l.expires != 0 && l.expires <= edge && l.left > 0 {
			a.expired = append(a.expired, lot{date: l.expires, left: l.left, why: "expiry"})
			l.left = 0
		}
	}
}

func (a *account) carryOver(edge domain.Date) {
	_, month, day := edge.Civil()
	if a.policy.CarryOn != [2]int{int(month), day} {
		return
	}
	var have domain.Seconds
	for _, l := range a.lots {
		have += l.left
	}
	if over := have - max(a.policy.Cap, 0); over > 0 {
		take(a.lots, over)
		a.expired = append(a.expired, lot{date: edge, left: over, why: "carry_over"})
	}
}
