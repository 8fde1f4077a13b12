package ledger

import (
	"context"
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/zone"
)

// TurnDue writes DayTurned for every date that is over at now, in each zone in use, and returns how many. A zone's first turning
// names yesterday only: everything before it is over with it.
func (l *Ledger) TurnDue(ctx context.Context, now domain.Instant) (int, error) {
	if err := l.dir.CatchUp(ctx); err != nil {
		return 0, err
	}
	turned := 0
	for _, name := range l.dir.Zones() {
		z, err := zone.Embedded().Zone(name)
		if err != nil {
			return turned, err
		}
		yesterday := z.DateOf(now.Seconds()) - 1
		from := l.dir.Turned(name) + 1
		if from == 1 {
			from = yesterday
		}
		for from <= yesterday {
			year, _, _ := from.Civil()
			through := min(yesterday, domain.NewDate(year, 12, 31))
			r, err := l.Do(ctx, Request{
				ID:      fmt.Sprintf("turn:%s:%s:%s", domain.ZoneID(name), from, through),
				Command: schedule.TurnDay{TZ: name, Date: from, Through: through, Now: now},
				Actor:   domain.Actor{Kind: domain.ActorSystem, ID: "clock"},
			})
			if err != nil {
				return turned, fmt.Errorf("turn %s in %s: %w", from, name, err)
			}
			turned += len(r.Events)
			from = through + 1
		}
	}
	return turned, nil
}
