package presence

import (
	"math"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
)

// A row holds the dates from two before its anchor, which is today where days are turned, to three after it. The first and the last
// of them are there for the edges of the others.
const (
	daysBefore = 2
	daysAfter  = 3
)

// Of returns the row of an employee around a date. The same facts, rules and date give the same row.
func Of(book *attendance.Rulebook, f *attendance.Facts, anchor domain.Date) (Row, error) {
	r := Row{Employee: f.Employee}
	if len(f.Employment) == 0 {
		r.To = math.MaxInt64
		return r, nil
	}
	if anchor <= daysBefore+1 {
		return r, nil
	}
	days, err := attendance.Outlooks(book, f, anchor-daysBefore, anchor+daysAfter)
	if err != nil {
		return r, err
	}
	r.Days = days
	r.From, r.To = edge(&days[1], false), edge(&days[len(days)-1], true)
	if last := f.Employment[len(f.Employment)-1].Last; last != 0 && last < days[len(days)-1].Date {
		r.To = math.MaxInt64 // who has left for good is not looked for
	}
	begin := edge(&days[0], false)
	for i := range f.Punches {
		if p := &f.Punches[i]; p.At >= begin && p.At < r.To {
			r.mark(p)
		}
	}
	for i := range f.Approvals {
		a := &f.Approvals[i]
		if (a.Kind == "leave" || a.Kind == "trip" || a.Kind == "outing") && a.To > begin && a.From < r.To {
			r.Away = append(r.Away, Away{Kind: a.Kind, From: a.From, To: a.To, Request: a.Request})
		}
	}
	return r, nil
}

// edge is the beginning or the end of a day; that of a date without rules is of no importance to anybody.
func edge(d *attendance.Outlook, end bool) domain.Seconds {
	w := d.Window
	if !d.Governed {
		w = attendance.Interval{From: d.Date.Unix(), To: d.Date.Unix() + domain.Day}
	}
	if end {
		return w.To
	}
	return w.From
}

func (r *Row) mark(p *attendance.Punch) {
	if p.State != attendance.Counted && p.State != attendance.Held {
		return
	}
	m := Mark{At: p.At, Dir: p.Dir, Held: p.State == attendance.Held, Punch: p.ID}
	switch p.Place {
	case "office":
		m.Where = p.Site
		if m.Where == "" {
			m.Where = r.planSite(p.At)
		}
	case "remote", "field":
		m.Where = Outside
	}
	r.Marks = append(r.Marks, m)
}

// planSite is where the plan of an instant is.
func (r *Row) planSite(at domain.Seconds) string {
	if i := r.dayOf(at); i >= 0 {
		return r.Days[i].Site
	}
	return ""
}
