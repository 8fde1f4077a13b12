package httpapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type calendar struct {
	Calendar string                  `json:"calendar"`
	Years    []schedule.CalendarYear `json:"years" doc:"As they are in force, amendments applied."`
}

type publishCalendarIn struct {
	Nobody
	Body struct {
		Document string `json:"document" minLength:"1" maxLength:"900000" doc:"YAML of one year."`
	}
}

type rosterIn struct {
	Whose
	Month string `path:"month" pattern:"^[0-9]{6}$" example:"202610"`
}

// About implements input: whoever may see the roster on the first or last of the month may see the month.
func (in *rosterIn) About(c *Call) Subject {
	first, err := in.first()
	if c == nil || err != nil {
		return Subject{Scope: OfOne}
	}
	return Subject{Scope: OfOne, Emp: in.Emp, From: first, To: first.AddMonths(1) - 1}
}

func (in *rosterIn) first() (domain.Date, error) {
	if len(in.Month) != len("202610") {
		return 0, domain.NewError(domain.Invalid, "invalid_value", "field", "month", "value", in.Month, "problem", "not_a_month")
	}
	first, err := domain.ParseDate(in.Month[:4] + "-" + in.Month[4:] + "-01")
	if err != nil {
		return 0, domain.NewError(domain.Invalid, "invalid_value", "field", "month", "value", in.Month, "problem", "not_a_month")
	}
	return first, nil
}

type plannedDay struct {
	schedule.RosterDay
	AnnouncedAt domain.Instant `json:"announced_at" doc:"Since when the employee could know it."`
}

type rosterOut struct {
	Body struct {
		Emp   string       `json:"emp"`
		Month string       `json:"month"`
		Days  []plannedDay `json:"days"`
	}
}

type planDayIn struct {
	WhoseDay
	Body struct {
		Shift  string `json:"shift" maxLength:"64" doc:"A shift of the rules, rest or legal_rest; empty gives the date back to the weekly plan."`
		Reason string `json:"reason" pattern:"^[a-z0-9_.-]{1,64}$" example:"planned"`
	}
}

func (s *Server) calendarRoutes() {
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/calendars", ID: "list-calendars", Action: access.RulesRead, Object: "calendar",
		Summary: "Published calendars.",
	},
		func(ctx context.Context, c *Call, in *pastPageIn) (*Listed[calendar], error) {
			return listOf(ctx, c, &in.Page, in.Past, "calendar", calendarIn)
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/calendars", ID: "publish-calendar", Action: access.CalendarEdit, Object: "calendar",
		Summary: "Publish one year of a calendar.", Status: http.StatusCreated,
	}, publishCalendar)
}

func calendarIn(d *ledger.Directory, id string) calendar {
	s := d.Calendar(id)
	out := calendar{Calendar: id, Years: []schedule.CalendarYear{}}
	known := map[int]bool{}
	for _, e := range s.Editions {
		if y, ok := s.Year(e.Year); ok && !known[e.Year] {
			known[e.Year] = true
			out.Years = append(out.Years, y)
		}
	}
	return out
}

func publishCalendar(ctx context.Context, c *Call, in *publishCalendarIn) (*Written, error) {
	doc, err := ruleset.ParseCalendar([]byte(in.Body.Document), "document")
	if wrong, ok := errors.AsType[*ruleset.ProblemsError](err); ok {
		return nil, c.documentProblem(wrong)
	}
	if err != nil {
		return nil, err
	}
	y := doc.Year
	return c.act(ctx, schedule.PublishCalendarYear{
		Calendar: doc.ID, Year: y.Year, Days: y.Days, Source: y.Source, Provisional: y.Provisional, Extended: y.Extended,
	}, doc.ID)
}

// documentProblem answers with everything that is wrong with a document, place by place.
func (c *Call) documentProblem(wrong *ruleset.ProblemsError) *Problem {
	p := problemOf(c.Text, domain.NewError(domain.Invalid, "document_refused", "file", wrong.Name))
	for _, x := range wrong.Problems {
		p.Errors = append(p.Errors, Fault{In: "body", Pointer: "/document" + x.Pointer, Problem: x.Code, Detail: c.Text.Text("problems."+x.Code, x.Args)})
	}
	return p
}

func (s *Server) rosterRoutes() {
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/roster/{month}", ID: "get-roster", Action: access.RosterRead,
		Object: "roster", Summary: "What is planned for somebody in a month.",
	},
		func(ctx context.Context, c *Call, in *rosterIn) (*rosterOut, error) {
			if _, err := in.first(); err != nil {
				return nil, err
			}
			state, err := c.s.o.Ledger.Roster(ctx, in.Emp, in.Month)
			out := &rosterOut{}
			out.Body.Emp, out.Body.Month, out.Body.Days = in.Emp, in.Month, []plannedDay{}
			for _, d := range state.Days {
				if c.Covers(in.Emp, d.Date) {
					out.Body.Days = append(out.Body.Days, plannedDay(d))
				}
			}
			return out, err
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/days/{date}/roster", ID: "plan-day", Action: access.RosterEdit,
		Object: "roster", Summary: "Plan one date of somebody.",
	},
		func(ctx context.Context, c *Call, in *planDayIn) (*Written, error) {
			return c.act(ctx, schedule.ChangeRosterDay{
				Emp: in.Emp, Date: in.Date.Date, After: schedule.Slot{Shift: in.Body.Shift}, Reason: in.Body.Reason, AnnouncedAt: c.Now, Today: c.Today,
			}, "")
		})
}
