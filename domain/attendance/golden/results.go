package golden

import (
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/zone"
)

// Results are the evaluated days of a run.
type Results struct {
	run  *Run
	days []attendance.Day
}

// Evaluate has the engine compute the days of a run.
func (r *Run) Evaluate() (*Results, error) {
	out := &Results{run: r}
	err := attendance.Evaluate(r.book(), r.Facts, r.From, r.To, attendance.Carry{}, func(d *attendance.Day, _ *attendance.Carry) bool {
		out.days = append(out.days, d.Clone())
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("evaluate: %w", err)
	}
	return out, nil
}

// book is what governs the run.
func (r *Run) book() *attendance.Rulebook {
	book := &attendance.Rulebook{
		Groups:    map[string][]attendance.Binding{r.ID: {{Ruleset: r.ID, From: 1}}},
		Rulesets:  map[string][]attendance.Version{r.ID: {{Rules: r.Rules, Number: 1, From: 1}}},
		Calendars: map[string]*schedule.Calendar{}, Sites: map[string]attendance.Site{}, Zones: zone.Embedded(),
		Turned: map[string]domain.Date{r.Zone.Name(): r.Turned}, Synced: map[string]domain.Seconds{r.Zone.Name(): r.Synced},
	}
	if r.Calendar != nil {
		book.Calendars[r.Calendar.ID] = r.Calendar
	}
	return book
}

// Rows returns the seconds of every row by date and pay code.
func (r *Results) Rows() map[string]map[string]domain.Seconds {
	out := map[string]map[string]domain.Seconds{}
	for i := range r.days {
		for _, row := range r.days[i].Rows {
			date := row.Date.String()
			if out[date] == nil {
				out[date] = map[string]domain.Seconds{}
			}
			out[date][row.Code] += row.Seconds
		}
	}
	return out
}

// day returns the day of a date, nil where there is none.
func (r *Results) day(d domain.Date) *attendance.Day {
	for i := range r.days {
		if r.days[i].Date == d {
			return &r.days[i]
		}
	}
	return nil
}

// worked are the days on which anything was punched.
func (r *Results) worked() []*attendance.Day {
	var out []*attendance.Day
	for i := range r.days {
		if len(r.days[i].Intervals) > 0 {
			out = append(out, &r.days[i])
		}
	}
	return out
}

// minutesOf is the time worked: what base codes have, where punches or totals are rounded, else what was attended.
func (r *Results) minutesOf(d *attendance.Day) domain.Seconds {
	if r.run.Rules.Doc.Rounding == nil {
		return d.Present
	}
	var s domain.Seconds
	for _, row := range d.Rows {
		if row.Class == "base" {
			s += row.Seconds
		}
	}
	return s
}

// line is the sum of a pay code on a date.
type line struct {
	date domain.Date
	code string
	secs domain.Seconds
}

// lines are the rows of pay codes that hold, by date, then in the order of the rows.
func (r *Results) lines(holds func(code string, c ruleset.PayCode) bool) []line {
	var out []line
	for i := range r.days {
		for _, row := range r.days[i].Rows {
			c, ok := r.run.Rules.Doc.PayCodes[row.Code]
			if !ok || !holds(row.Code, c) {
				continue
			}
			k := slices.IndexFunc(out, func(l line) bool { return l.date == row.Date && l.code == row.Code })
			if k < 0 {
				out, k = append(out, line{row.Date, row.Code, 0}), len(out)
			}
			out[k].secs += row.Seconds
		}
	}
	return out
}

func overtimeCode(id string, c ruleset.PayCode) bool { return c.Class == "base" && id != "REG" }

// premiumCode holds for what lies on top of the hours: premiums, and what is paid to make up for a shift that was too short.
func premiumCode(id string, c ruleset.PayCode) bool {
	return c.Class == "premium" || c.Class == "statutory_pay" && id != holidayCode
}

func sum(lines []line) domain.Seconds {
	var s domain.Seconds
	for _, l := range lines {
		s += l.secs
	}
	return s
}

func on(lines []line, d domain.Date) []line {
	var out []line
	for _, l := range lines {
		if l.date == d {
			out = append(out, l)
		}
	}
	return out
}

// regular is plain time of a date.
func (r *Results) regular(d domain.Date) domain.Seconds {
	return sum(on(r.lines(func(id string, _ ruleset.PayCode) bool { return id == "REG" }), d))
}

// caseCode is the code of the case behind a pay code.
func (r *Results) caseCode(id string) string {
	for code, c := range r.run.codes {
		if c == id {
			return code
		}
	}
	return id
}

// local writes an instant as the cases do.
func (r *Results) local(at domain.Seconds) string {
	d, wall := r.run.Zone.Wall(at)
	return fmt.Sprintf("%sT%02d:%02d:%02d", d, wall/domain.Hour, wall%domain.Hour/domain.Minute, wall%domain.Minute)
}
