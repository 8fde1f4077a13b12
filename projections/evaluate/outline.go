package evaluate

import (
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/whatif"
)

// outline are the days of one person in lists that are used again for the next one.
type outline struct {
	days  []whatif.Day
	rows  []whatif.Row
	texts []string
}

// figures are copies of the days.
func (out *outline) figures(employee string, from domain.Date) []whatif.Figures {
	list := make([]whatif.Figures, 0, len(out.days))
	for i := range out.days {
		if out.days[i].Date >= from {
			list = append(list, *out.days[i].Figures(employee))
		}
	}
	return list
}

// add copies a day. Texts of rules outlive the day; the lists do not.
func (out *outline) add(d *attendance.Day) {
	day := whatif.Day{Date: d.Date, ResultHash: d.ResultHash}
	begin := len(out.rows)
	for i := range d.Rows {
		row := &d.Rows[i]
		at := begin
		for at < len(out.rows) && out.rows[at].Code < row.Code {
			at++
		}
		if at == len(out.rows) || out.rows[at].Code != row.Code {
			out.rows = slices.Insert(out.rows, at, whatif.Row{Code: row.Code})
		}
		to := &out.rows[at]
		to.Seconds += row.Seconds
		to.Days += row.Days
		to.Count += row.Count
		to.Worth += worthOf(row)
	}
	day.Rows = out.rows[begin:len(out.rows):len(out.rows)]
	from := len(out.texts)
	out.texts = append(out.texts, d.Flags...)
	day.Flags = out.texts[from:len(out.texts):len(out.texts)]
	from = len(out.texts)
	for i := range d.Anomalies {
		out.texts = append(out.texts, d.Anomalies[i].Key())
	}
	day.Anomalies = out.texts[from:len(out.texts):len(out.texts)]
	slices.Sort(day.Anomalies)
	out.days = append(out.days, day)
}

const million = 1_000_000

// worthOf is what the seconds of a row are worth at its rate, in seconds at the rate of 1. What informs or is saved up pays nothing now.
func worthOf(r *attendance.Row) domain.Seconds {
	if r.Class == "info" || r.Class == "bank" {
		return 0
	}
	rate, _ := ruleset.Millionths(r.Rate) // A rate of another form does not compile.
	return domain.Seconds(int64(r.Seconds) * rate / million)
}
