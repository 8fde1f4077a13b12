package evaluate

import (
	"context"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
)

// Wish is a request that may never be made: what approving it would let happen, and the id it would have.
type Wish struct {
	Employee string
	Request  string
	Approval request.Approval
	Now      domain.Instant // when it would be decided
	Today    domain.Date    // the same, where the employee works
}

// Suppose returns the event that carrying the wish out would write, under the ids that it would have, for Preview. A correction of a
// punch that the employee does not have is the *domain.Error unknown_punch.
func (p *Projector) Suppose(ctx context.Context, tx projections.Tx, w Wish) ([]eventstore.Decoded, error) {
	a := w.Approval
	switch a.Kind {
	case request.Correction:
		return p.correction(ctx, tx, w)
	case request.Swap:
		swap := a.Target.Swap(w.Employee, w.Today)
		return p.supposed(swap.Stream(), w, schedule.DaySwapped(swap))
	case request.Overtime, request.Leave, request.Trip, request.Outing, request.Remote, request.Field:
	}
	e := request.RequestApproved{Request: w.Request, Emp: w.Employee, Approval: a}
	return p.supposed(request.Stream(w.Employee, a.Target.Date), w, e)
}

// PreviewOf compares the days of an employee without and with what a wish would let happen.
func (p *Projector) PreviewOf(ctx context.Context, tx projections.Tx, w Wish, why bool) (Preview, error) {
	events, err := p.Suppose(ctx, tx, w)
	if err != nil {
		return Preview{}, err
	}
	return p.Preview(ctx, tx, w.Employee, events, w.Approval.Target.Date, why)
}

func (p *Projector) correction(ctx context.Context, tx projections.Tx, w Wish) ([]eventstore.Decoded, error) {
	a, grounds := w.Approval, timecard.Grounds{ReasonCode: w.Approval.ReasonCode, Request: w.Request}
	switch a.Change {
	case request.Add:
		e := timecard.PunchAdded{
			Emp: w.Employee, Punch: w.Request, EffectiveAt: a.Target.At, Dir: timecard.Direction(a.Target.Dir), Grounds: grounds,
		}
		return p.supposed(timecard.CardAt(w.Employee, a.Target.At).Stream(), w, e)
	case request.Explain:
		e := timecard.AnomalyWaived{Emp: w.Employee, Date: a.Target.Date, Key: a.Target.Key, Reason: a.ReasonCode}
		return p.supposed(timecard.CardOn(w.Employee, a.Target.Date).Stream(), w, e)
	case request.Retime, request.Redirect, request.Void:
	}
	month, err := p.keeper.MonthOf(ctx, tx, w.Employee, a.Target.Punch)
	if err != nil {
		return nil, err
	}
	if month == "" {
		return nil, domain.NewError(domain.NotFound, "unknown_punch", "punch", a.Target.Punch)
	}
	stream := timecard.Card{Emp: w.Employee, Month: month}.Stream()
	switch a.Change {
	case request.Retime:
		return p.supposed(stream, w, timecard.PunchRetimed{Emp: w.Employee, Punch: a.Target.Punch, EffectiveAt: a.Target.At, Grounds: grounds})
	case request.Redirect:
		dir := timecard.Direction(a.Target.Dir)
		return p.supposed(stream, w, timecard.PunchRedirected{Emp: w.Employee, Punch: a.Target.Punch, Dir: dir, Grounds: grounds})
	case request.Void, request.Add, request.Explain:
	}
	return p.supposed(stream, w, timecard.PunchVoided{Emp: w.Employee, Punch: a.Target.Punch, Grounds: grounds})
}

func (p *Projector) supposed(stream string, w Wish, e domain.Event) ([]eventstore.Decoded, error) {
	d, err := p.Supposed(stream, "apply:"+w.Request, w.Now, e)
	return []eventstore.Decoded{d}, err
}

// Supposed is an event as if a command had just written it at the end of the log.
func (p *Projector) Supposed(stream, command string, now domain.Instant, e domain.Event) (d eventstore.Decoded, err error) {
	data, schema, err := p.keeper.Codec().Encode(e)
	if err != nil {
		return d, err
	}
	d.ID, d.Type, d.Data = eventstore.EventID(stream, command, 0), e.EventType(), data
	d.Stream, d.Position, d.Event = stream, endOfLog, e
	d.Meta.Schema, d.Meta.RecordedAt = schema, now
	return d, nil
}

// with is a transaction in which the events of a candidate about an employee have happened; tx itself where there are none.
func (p *Projector) with(ctx context.Context, tx projections.Tx, c *Candidate, employee string) (projections.Tx, error) {
	if c == nil || len(c.Judged[employee].Events) == 0 {
		return tx, nil
	}
	out := &supposed{Tx: tx, facts: map[[2]string][]byte{}}
	_, err := p.keeper.Apply(ctx, out, c.Judged[employee].Events)
	return out, err
}

// endOfLog is after every position; of punches at one instant the one recorded later comes later.
const endOfLog eventstore.Position = 1 << 62
