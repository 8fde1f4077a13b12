package month

import (
	"context"
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/inbox"
	"github.com/punchledger/punchledger/projections/payroll"
)

// Own is one person's month: a day for each date that was evaluated or is planned.
type Own struct {
	Employee string        `json:"emp"`
	Month    string        `json:"month"`
	Days     []Day         `json:"days"`
	Sums     Sums          `json:"sums"`
	Codes    []Code        `json:"codes"` // the month's pay codes
	Requests []inbox.Filed `json:"requests"`
	Waiting  []domain.Date `json:"waiting"` // dates that something waits for: a held punch, an open request
}

// Day is one date of the month. Result is nil where the date was not evaluated yet, Plan where nothing is known of it.
type Day struct {
	Date      domain.Date         `json:"date"`
	Week      string              `json:"week"` // the ISO 8601 week, 2026-W43
	Plan      *attendance.Outlook `json:"plan,omitempty"`
	Result    *attendance.Day     `json:"result,omitempty"`
	Codes     []Code              `json:"codes"`
	Anomalies []anomaly.Row       `json:"anomalies"`
	Requests  []string            `json:"requests"` // that are about the date
	Pending   bool                `json:"pending"`  // something of it waits for somebody
}

// Code is what a pay code has.
type Code struct {
	Code    string         `json:"code"`
	Class   string         `json:"class"`
	Seconds domain.Seconds `json:"seconds"`
	Days    int            `json:"days_milli,omitempty"`
	Count   int            `json:"count,omitempty"`
}

// Sources read the views of one moment.
type Sources interface {
	daily.Reader
	anomaly.Reader
	payroll.Reader
	inbox.FiledReader
	Reader
}

// OwnOf reads the month of an employee; plans are those of its dates.
func OwnOf(ctx context.Context, r Sources, employee string, of domain.Date, plans []attendance.Outlook) (Own, error) {
	first := of.MonthStart()
	last := first.AddMonths(1) - 1
	out := Own{
		Employee: employee, Month: first.Time().Format("2006-01"), Days: make([]Day, last-first+1), Codes: []Code{}, Requests: []inbox.Filed{},
		Waiting: []domain.Date{},
	}
	for i := range out.Days {
		date := first + domain.Date(i)
		out.Days[i] = Day{Date: date, Week: date.Week(), Codes: []Code{}, Anomalies: []anomaly.Row{}, Requests: []string{}}
	}
	for i := range plans {
		if p := &plans[i]; p.Date >= first && p.Date <= last && p.Employed {
			out.Days[p.Date-first].Plan = p
		}
	}
	if err := out.read(ctx, r, first, last); err != nil {
		return out, err
	}
	for i := range out.Days {
		d := &out.Days[i]
		if d.Pending = d.Pending || d.Result != nil && d.Result.Pending; d.Pending {
			out.Waiting = append(out.Waiting, d.Date)
		}
	}
	return out, nil
}

func (o *Own) read(ctx context.Context, r Sources, first, last domain.Date) error {
	err := r.Days(ctx, daily.Query{Employee: o.Employee, From: first, To: last}, func(d daily.Row) error {
		day := d.Day
		o.Days[d.Date-first].Result = &day
		return nil
	})
	if err != nil {
		return err
	}
	err = r.Anomalies(ctx, anomaly.Query{Employee: o.Employee, From: first, To: last}, func(a anomaly.Row) error {
		d := &o.Days[a.Date-first]
		d.Anomalies = append(d.Anomalies, a)
		return nil
	})
	if err != nil {
		return err
	}
	err = r.Parts(ctx, payroll.Query{Employee: o.Employee, From: first, To: last}, func(p payroll.Part) error {
		d := &o.Days[p.Date-first]
		d.Codes, o.Codes = plus(d.Codes, p), plus(o.Codes, p)
		return nil
	})
	if err != nil {
		return err
	}
	err = r.Requests(ctx, o.Employee, func(f inbox.Filed) error {
		if !f.Touches(first, last) {
			return nil
		}
		o.Requests = append(o.Requests, f)
		for i := range o.Days {
			if d := &o.Days[i]; f.Touches(d.Date, d.Date) {
				d.Requests = append(d.Requests, f.Request)
				d.Pending = d.Pending || f.Pending()
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.Months(ctx, Query{Month: first, Of: o.Employee}, func(p Person) error {
		o.Sums = p.Sums
		return nil
	})
}

// plus adds a part to the codes, which are in the order in which they first come.
// Only returns the month without what a reader may not see: days, and requests. Its sums are still those of all days.
func (o Own) Only(day func(domain.Date) bool, filed func(inbox.Filed) bool) Own {
	days, all := make([]Day, 0, len(o.Days)), true
	requests := slices.DeleteFunc(slices.Clone(o.Requests), func(f inbox.Filed) bool { return !filed(f) })
	for _, d := range o.Days {
		if !day(d.Date) {
			d, all = Day{Date: d.Date, Week: d.Week, Codes: []Code{}, Anomalies: []anomaly.Row{}, Requests: []string{}}, false
		}
		d.Requests = slices.DeleteFunc(slices.Clone(d.Requests), func(id string) bool {
			return !slices.ContainsFunc(requests, func(f inbox.Filed) bool { return f.Request == id })
		})
		days = append(days, d)
	}
	o.Waiting = slices.DeleteFunc(slices.Clone(o.Waiting), func(on domain.Date) bool { return !day(on) })
	o.Days, o.Requests = days, requests
	if !all {
		o.Codes = codesOf(days)
	}
	return o
}

// codesOf adds up the pay codes of days.
func codesOf(days []Day) []Code {
	sums := map[string]Code{}
	for _, d := range days {
		for _, x := range d.Codes {
			sum := sums[x.Code]
			sums[x.Code] = Code{x.Code, x.Class, sum.Seconds + x.Seconds, sum.Days + x.Days, sum.Count + x.Count}
		}
	}
	out := []Code{}
	for _, code := range slices.Sorted(maps.Keys(sums)) {
		out = append(out, sums[code])
	}
	return out
}

func plus(codes []Code, p payroll.Part) []Code {
	for i := range codes {
		if c := &codes[i]; c.Code == p.Code {
			c.Seconds += p.Seconds
			c.Days += p.Row.Days
			c.Count += p.Count
			return codes
		}
	}
	return append(codes, Code{Code: p.Code, Class: p.Class, Seconds: p.Seconds, Days: p.Row.Days, Count: p.Count})
}
