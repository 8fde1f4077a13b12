package evaluate

import (
	"context"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/inbox"
	"github.com/punchledger/punchledger/projections/slot"
)

// Slots returns what can be corrected of an employee's days in [from, to], as of an instant; requests are the employee's own.
func (p *Projector) Slots(
	ctx context.Context, tx projections.Tx, employee string, from, to domain.Date, requests []inbox.Filed, now domain.Instant,
) ([]slot.Day, error) {
	if err := p.open(ctx, tx); err != nil {
		return nil, err
	}
	results, err := p.Compute(ctx, tx, []string{employee}, from, to, nil)
	if err != nil {
		return nil, err
	}
	raised := map[domain.Date][]attendance.Anomaly{}
	err = results.Anomalies(ctx, anomaly.Query{}, func(a anomaly.Row) error {
		raised[a.Date] = append(raised[a.Date], a.Anomaly)
		return nil
	})
	out := []slot.Day{}
	for i := range results.days {
		d := &results.days[i].Day
		z, zoneErr := p.book.Zones.Zone(d.Zone)
		if zoneErr != nil {
			return nil, zoneErr
		}
		today := z.DateOf(now.Seconds())
		if d.Date > today || d.Pins.Ruleset == "" {
			continue
		}
		out = append(out, slot.Of(slot.Asked{
			Day: *d, Anomalies: raised[d.Date], Rules: p.corrections(d.Pins), Requests: requests, Now: now, Today: today,
		}))
	}
	return out, err
}

// corrections are what the rules of a day say about corrections.
func (p *Projector) corrections(pins attendance.Pins) *ruleset.Corrections {
	for _, v := range p.book.Rulesets[pins.Ruleset] {
		if v.Number == pins.Version {
			return v.Rules.Doc.Corrections
		}
	}
	return nil
}
