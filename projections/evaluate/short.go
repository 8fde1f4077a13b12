package evaluate

import (
	"slices"
	"sort"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/month"
)

// farthest is how far a punch may be moved from where it was recorded.
const farthest = 36 * domain.Hour

// punchesIn returns the punches of [from, to), which are in the order of their times.
func punchesIn(f *attendance.Facts, from, to domain.Seconds) []attendance.Punch {
	list := f.Punches
	i := sort.Search(len(list), func(i int) bool { return list[i].At >= from })
	j := i + sort.Search(len(list)-i, func(j int) bool { return list[i+j].At >= to })
	return list[i:j]
}

// cellOf is a day in short.
func cellOf(d *attendance.Day, f *attendance.Facts) month.Cell {
	c := month.Cell{
		Date: d.Date, Kind: d.Kind, Shift: d.Shift, Settled: d.Settled, Pending: d.Pending, Present: d.Present, Counted: d.Counted,
		Late: d.Late, Early: d.Early, Flags: d.Flags,
	}
	for _, b := range d.Plan {
		c.Planned += b.Len()
	}
	for i := range d.Rows {
		switch r := &d.Rows[i]; {
		case r.Code == "x.absent":
			c.Absent += r.Days
		case r.Class == "leave":
			c.Leave += r.Seconds
		case r.Class == "base" && aboveOne(r.Rate):
			c.Overtime += r.Seconds
		}
	}
	for i := range d.Anomalies {
		if a := &d.Anomalies[i]; a.State == "open" && a.Severity != "info" {
			c.Open++
			c.Blocks = c.Blocks || a.Block
		}
	}
	c.Corrected = slices.ContainsFunc(punchesIn(f, d.Window.From, d.Window.To), byHand) ||
		slices.ContainsFunc(f.Credits, func(c attendance.Credit) bool { return c.Date == d.Date })
	return c
}

// aboveOne reports whether a rate, a decimal text, is more than one.
func aboveOne(rate string) bool {
	whole, fraction, _ := strings.Cut(rate, ".")
	return whole > "1" || len(whole) > 1 || whole == "1" && strings.Trim(fraction, "0") != ""
}

// byHand reports whether a person has entered or changed a punch.
func byHand(p attendance.Punch) bool {
	return p.Added || p.FirstAt != 0 || p.FirstDir != "" || p.State == attendance.Voided && p.VoidedWith == ""
}

// about says where an anomaly of a day comes from.
func about(a *attendance.Anomaly, d *attendance.Day, f *attendance.Facts) anomaly.About {
	out := anomaly.About{Group: d.Pins.Group}
	for i := range f.Assignments {
		if f.Assignments[i].From <= d.Date {
			out.Site = f.Assignments[i].Site
		}
	}
	for i := range f.Roster {
		if r := &f.Roster[i]; r.Date == d.Date && r.Site != "" {
			out.Site = r.Site
			break
		}
	}
	if a.Of != "" {
		for _, p := range punchesIn(f, d.Window.From, d.Window.To+farthest) {
			if p.ID == a.Of {
				out.Device = p.Device
			}
		}
	}
	if a.State == "waived" {
		for i := range f.Waivers {
			if w := &f.Waivers[i]; w.Date == d.Date && w.Key == a.Key() && !w.Ack {
				out.Until = w.Until
			}
		}
	}
	return out
}

// resolved returns the anomalies of a day that are there no more because somebody corrected something: those that the day would have
// without what people entered about it afterwards, and those that were acknowledged or waived and have gone. Carry is what the day
// started from.
func resolved(book *attendance.Rulebook, f *attendance.Facts, d *attendance.Day, carry []byte) ([]anomaly.Row, error) {
	var out []anomaly.Row
	there := func(key string) bool {
		return slices.ContainsFunc(d.Anomalies, func(a attendance.Anomaly) bool { return a.Key() == key }) ||
			slices.ContainsFunc(out, func(r anomaly.Row) bool { return r.Key() == key })
	}
	add := func(a attendance.Anomaly) {
		if key := a.Key(); !there(key) {
			a.State = anomaly.Resolved
			out = append(out, anomaly.Row{Employee: d.Employee, Date: d.Date, Anomaly: a, About: about(&a, d, f)})
		}
	}
	if before := unaided(f, d); before != nil {
		var from attendance.Carry
		if len(carry) > 0 {
			if err := from.UnmarshalBinary(carry); err != nil {
				return nil, err
			}
		}
		err := attendance.Evaluate(book, before, d.Date, d.Date+1, from, func(was *attendance.Day, _ *attendance.Carry) bool {
			for _, a := range was.Clone().Anomalies {
				add(a)
			}
			return false
		})
		if err != nil {
			return nil, err
		}
	}
	for i := range f.Waivers {
		if w := &f.Waivers[i]; w.Date == d.Date && !there(w.Key) {
			add(named(w.Key))
		}
	}
	return out, nil
}

// named returns an anomaly by the key that somebody has waived.
func named(key string) attendance.Anomaly {
	id, of, _ := strings.Cut(key, ":")
	a := attendance.Anomaly{ID: id, Of: of, Severity: "info"}
	for _, k := range attendance.AnomalyKinds {
		if k.ID == id {
			a.Severity = k.Severity
		}
	}
	return a
}

// unaided returns the facts as they were before people corrected a day: without punches and time that they entered, with those that
// they took away, moved or turned, and without what was approved after the day. It is nil where there is nothing of the kind.
func unaided(f *attendance.Facts, d *attendance.Day) *attendance.Facts {
	w := d.Window
	late := func(a attendance.Approval) bool { return a.Decided >= w.To && a.To > w.From && a.From < w.To }
	credited := func(c attendance.Credit) bool { return c.Date == d.Date }
	near := punchesIn(f, w.From-farthest, w.To+farthest)
	touched := slices.ContainsFunc(near, byHand)
	if !touched && !slices.ContainsFunc(f.Approvals, late) && !slices.ContainsFunc(f.Credits, credited) {
		return nil
	}
	out := *f
	out.Approvals = slices.DeleteFunc(slices.Clone(f.Approvals), late)
	out.Credits = slices.DeleteFunc(slices.Clone(f.Credits), credited)
	if !touched {
		return &out
	}
	out.Punches = nil
	for _, p := range near {
		if p.Added {
			continue
		}
		if p.FirstAt != 0 {
			p.At = p.FirstAt
		}
		if p.FirstDir != "" {
			p.Dir = p.FirstDir
		}
		if p.State == attendance.Voided && p.VoidedWith == "" {
			p.State = attendance.Counted
		}
		out.Punches = append(out.Punches, p)
	}
	return &out
}
