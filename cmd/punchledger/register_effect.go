package main

import (
	"context"

	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/payroll"
	"github.com/punchledger/punchledger/projections/register"
)

// effects fills in what acts about pay did to the paid time of their subjects. Each person's past is computed once, in memory, and
// stopped at before and after each act.
func (r *reader) effects(ctx context.Context, acts []register.Act) error {
	of := map[string][]*register.Act{}
	for i := range acts {
		if a := &acts[i]; a.Touches == register.Pay && a.Subject != "" {
			of[a.Subject] = append(of[a.Subject], a)
		}
	}
	ends, err := register.Ends(eventstore.Number(r.log.ReadAll(ctx, 0), 0, r.codec.Owns), acts)
	if err != nil {
		return err
	}
	for emp, list := range of {
		if err := r.effectsOn(ctx, emp, list, ends); err != nil {
			return err
		}
	}
	return nil
}

// effectsOn is effects for one person. What followed from an act may reach beyond the next one; then the state after it is that
// before the next.
func (r *reader) effectsOn(ctx context.Context, emp string, acts []*register.Act, ends map[eventstore.Position]eventstore.Position) error {
	views, err := openViews(ctx, ":memory:")
	if err != nil {
		return err
	}
	defer views.Close() // nothing of it is kept
	runner := r.runner(views)
	runner.Projector = projections.Together{r.projector().Only(emp), projections.People{}, projections.Waiting{}}
	runner.Skip = aboutOthers(emp)
	paidAt := func(p eventstore.Position) (register.Paid, error) {
		runner.Until = func(d eventstore.Decoded) bool { return d.Position <= p }
		if err := runner.CatchUp(ctx); err != nil {
			return nil, err
		}
		return paidTime(ctx, views, emp)
	}
	for i, a := range acts {
		before, err := paidAt(a.Position - 1)
		if err != nil {
			return err
		}
		end := ends[a.Position]
		if i+1 < len(acts) {
			end = min(end, acts[i+1].Position-1)
		}
		after, err := paidAt(end)
		if err != nil {
			return err
		}
		effect := register.Between(before, after)
		a.Effect = &effect
	}
	return nil
}

// paidClasses are the classes of codes that stand for time which is paid, each second once: premiums are paid on top of it.
var paidClasses = map[string]bool{"base": true, "leave": true, "statutory_pay": true}

func paidTime(ctx context.Context, views viewStore, emp string) (register.Paid, error) {
	out := register.Paid{}
	err := payroll.Rows(ctx, views, payroll.Query{Employee: emp}, func(row payroll.Row) error {
		if paidClasses[row.Class] {
			out[register.PaidKey{Date: row.Date, Code: row.Code}] += row.Seconds
		}
		return nil
	})
	return out, err
}

// gainedNamed is a sum of seconds, or nothing where it was not asked for.
func gainedNamed(e *register.Effect) (gained, lost string) {
	if e == nil {
		return "", ""
	}
	return secondsNamed(e.Gained), secondsNamed(-e.Lost)
}
