package httpapi

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/punchledger/punchledger/domain"
)

// Asked is what every request may say beside what it asks for.
type Asked struct {
	Lang string `query:"lang" enum:"en,zh-CN,zh" required:"false" doc:"Language of texts; Accept-Language when left out."`

	NotBefore string `query:"not_before_position" pattern:"^[0-9]+$" maxLength:"20" doc:"Wait until the answer knows this position; Prefer: wait=N says how many seconds."`
}

// Day is a date in a path or query, as 2026-10-08.
type Day struct{ domain.Date }

// Schema says how a Day is written.
func (Day) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date", Examples: []any{"2026-10-08"}}
}

// Open is the input of a route that anybody may ask.
type Open struct{ Asked }

// About implements input.
func (*Open) About(*Call) Subject { return Subject{Scope: Public} }

// Anyone is the input of a route that tells whoever is signed in about themselves.
type Anyone struct{ Asked }

// About implements input.
func (*Anyone) About(*Call) Subject { return Subject{Scope: Known} }

// Nobody is the input of an act that has no subject.
type Nobody struct{ Asked }

// About implements input.
func (*Nobody) About(*Call) Subject { return Subject{Scope: OfNobody} }

// Machine is the input of an act about the process that answers.
type Machine struct{ Asked }

// About implements input.
func (*Machine) About(*Call) Subject { return Subject{Scope: OfMachine} }

// EachRow is the input of a list over many people: the handler leaves out each row that Call.Covers does not.
type EachRow struct{ Asked }

// About implements input.
func (*EachRow) About(*Call) Subject { return Subject{Scope: OfEachRow} }

// Myself is the input of an act about the one who asks.
type Myself struct{ Asked }

// About implements input.
func (*Myself) About(c *Call) Subject {
	if c == nil {
		return Subject{Scope: OfSelf}
	}
	return Subject{Scope: OfSelf, Emp: c.Who.Principal}
}

// Whose is the input of an act about one person, today.
type Whose struct {
	Asked
	Emp string `path:"emp" maxLength:"64" pattern:"^[a-z0-9_.]+$" example:"e1104" doc:"Employee."`
}

// About implements input.
func (w *Whose) About(*Call) Subject { return Subject{Scope: OfOne, Emp: w.Emp} }

// Dates are the dates that a list shows, both included; at most MaxDates.
type Dates struct {
	From Day `query:"from" doc:"First date; the first of this month when left out."`
	To   Day `query:"to" doc:"Last date; today when left out."`
}

// MaxDates is how many dates one request may ask for: a year and a month.
const MaxDates = 400

// Window returns the dates with their defaults.
func (d Dates) Window(today domain.Date) (from, to domain.Date) {
	from, to = d.From.Date, d.To.Date
	if to == 0 {
		to = max(today, from)
	}
	if from == 0 {
		from = to.MonthStart()
	}
	return from, to
}

// Resolve refuses windows that are empty or too long.
func (d *Dates) Resolve(huma.Context) []error {
	from, to := d.From.Date, d.To.Date
	switch {
	case from != 0 && to != 0 && to < from:
		return []error{&huma.ErrorDetail{Location: "query.to", Message: faultPrefix + "before_from"}}
	case from != 0 && to != 0 && to-from >= MaxDates:
		return []error{&huma.ErrorDetail{Location: "query.to", Message: faultPrefix + "too_many_dates"}}
	}
	return nil
}

// WhoseDays is the input of a read about one person on some dates.
type WhoseDays struct {
	Whose
	Dates
}

// About implements input.
func (w *WhoseDays) About(c *Call) Subject {
	if c == nil {
		return Subject{Scope: OfOne}
	}
	from, to := w.Window(c.Today)
	return Subject{Scope: OfOne, Emp: w.Emp, From: from, To: to}
}

// WhoseDay is the input of an act about one person on one date.
type WhoseDay struct {
	Whose
	Date Day `path:"date" doc:"Date."`
}

// About implements input.
func (w *WhoseDay) About(*Call) Subject { return Subject{Scope: OfOne, Emp: w.Emp, From: w.Date.Date} }
