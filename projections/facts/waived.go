package facts

import (
	"context"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
)

// waived is a waiver that ends by itself once the date Until is over in the zone of its day.
type waived struct {
	Employee string      `json:"emp"`
	Date     domain.Date `json:"date"`
	Until    domain.Date `json:"until"`
}

func (b *buffer) waived(ctx context.Context, employee string, e timecard.AnomalyWaived) error {
	list, err := load[[]waived](ctx, b, "", partWaived)
	if err != nil {
		return err
	}
	b.put("", partWaived, append(list, waived{employee, e.Date, e.Until}))
	return nil
}

// endWaivers touches the days whose waivers end because the dates after before, up to through, are over in some zone, and forgets
// those that have ended in every zone.
func (b *buffer) endWaivers(ctx context.Context, t *Touched, before, through domain.Date, turned map[string]domain.Date) error {
	list, err := load[[]waived](ctx, b, "", partWaived)
	if err != nil || len(list) == 0 {
		return err
	}
	for _, w := range list {
		if w.Until > before && w.Until <= through {
			t.person(w.Employee, on(w.Date))
		}
	}
	last := through
	for _, date := range turned {
		last = min(last, date)
	}
	b.put("", partWaived, slices.DeleteFunc(list, func(w waived) bool { return w.Until <= last }))
	return nil
}
