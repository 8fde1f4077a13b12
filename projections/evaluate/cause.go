package evaluate

import (
	"context"
	"maps"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/projections"
)

// Causes fills in, for the days that a report lists, their result hashes and the first step at which the two evaluations part. The
// days are those of one question, by employee and date.
func (p *Projector) Causes(ctx context.Context, tx projections.Tx, q Question, days []whatif.DayChange) error {
	for len(days) > 0 {
		n := 1
		for n < len(days) && days[n].Emp == days[0].Emp {
			n++
		}
		if err := p.causesOf(ctx, tx, q, days[:n]); err != nil {
			return err
		}
		days = days[n:]
	}
	return nil
}

// causesOf is Causes for the days of one employee.
func (p *Projector) causesOf(ctx context.Context, tx projections.Tx, q Question, days []whatif.DayChange) error {
	emp, first, last := []string{days[0].Emp}, min(q.From, days[0].Date), days[len(days)-1].Date
	before, err := p.Compute(ctx, tx, emp, first, last, nil)
	if err != nil {
		return err
	}
	after, err := p.Compute(ctx, tx, emp, first, last, q.Candidate)
	if err != nil {
		return err
	}
	was, is := before.hashes(), after.hashes()
	for i := range days {
		d := &days[i]
		if d.Before != nil {
			d.Before.ResultHash = was[d.Date]
		}
		if d.After != nil {
			d.After.ResultHash = is[d.Date]
		}
		if d.Before == nil || d.After == nil {
			continue
		}
		old, err := p.Explain(ctx, tx, d.Emp, d.Date, nil, before)
		if err != nil {
			return err
		}
		new, err := p.Explain(ctx, tx, d.Emp, d.Date, q.Candidate, after)
		if err != nil {
			return err
		}
		s := firstDifferentStep(old.Steps, new.Steps)
		d.Stage, d.Name, d.Note, d.Rule = s.Stage, s.Name, s.Note, s.Rule
	}
	return nil
}

func (r *Results) hashes() map[domain.Date]string {
	out := make(map[domain.Date]string, len(r.days))
	for i := range r.days {
		out[r.days[i].Date] = r.days[i].ResultHash
	}
	return out
}

func firstDifferentStep(before, after []attendance.Step) attendance.Step {
	for i := range max(len(before), len(after)) {
		switch {
		case i >= len(after):
			return before[i]
		case i >= len(before):
			return after[i]
		case before[i].Note != after[i].Note || !maps.Equal(before[i].Args, after[i].Args):
			if before[i].Stage < after[i].Stage {
				return before[i]
			}
			return after[i]
		}
	}
	return attendance.Step{}
}
