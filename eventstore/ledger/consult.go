package ledger

import (
	"context"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/timecard"
)

// consult fills in what a decision needs from one stream that the directory does not fold: a correction names a punch. What is read
// is a few months of one person.
func (l *Ledger) consult(ctx context.Context, c Command) (Command, error) {
	var err error
	switch w := c.(type) {
	case request.SubmitRequest:
		w.Card, err = l.punch(ctx, w.Emp, w.Target)
		return w, err
	case request.ResubmitRequest:
		w.Card, err = l.punch(ctx, w.Emp, w.Target)
		return w, err
	}
	return c, nil
}

// punch looks a punch up on the timecards that may hold it: a retimed one stays on that of its first time.
func (l *Ledger) punch(ctx context.Context, emp string, t request.Subject) (*request.PunchFact, error) {
	if t.Punch == "" {
		return nil, nil
	}
	seen := ""
	for _, date := range []int{0, -3, 3} { // MaxRetime, and a zone's offset
		card := timecard.CardOn(emp, t.Date+domain.Date(date))
		if card.Month == seen {
			continue
		}
		seen = card.Month
		f, ok := l.cache.get(card.Stream())
		if !ok {
			var err error
			if f, err = l.fold(ctx, kinds[timecard.Category], card.Stream()); err != nil {
				return nil, err
			}
		}
		if p := f.state.(timecard.State).Punch(t.Punch); p != nil {
			return &request.PunchFact{Month: card.Month, State: p.State, FirstAt: p.FirstAt, At: p.EffectiveAt, Dir: p.Dir}, nil
		}
	}
	return nil, nil
}
