package viewtest

import (
	"testing"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
)

// Small is a log of some dozens of events: two people under one pack for a week, with a
// correction. It is for tests that project it a thousand times.
type Small struct {
	Records []eventstore.Record
	Codec   *eventstore.Codec
}

// NewSmall writes the log. It is the same each time.
func NewSmall(t testing.TB) Small {
	t.Helper()
	c := newCompany(t)
	c.do(people.CreateLedger{Origin: "punchledger/test"})
	for _, doc := range ruleset.Calendars() {
		if doc.Year.Year == 2026 && doc.ID == "cn-mainland" {
			c.do(schedule.PublishCalendarYear{
				Calendar: doc.ID, Year: 2026, Version: 1, Days: doc.Year.Days, Source: doc.Year.Source,
				Provisional: doc.Year.Provisional, Extended: doc.Year.Extended,
			})
		}
	}
	const pack, zone = "cn-bj-office", "Asia/Shanghai"
	if err := c.publish(edited(t, pack), date("2026-01-01"), 0); err != nil {
		t.Fatal(err)
	}
	c.do(people.CreateGroup{Group: pack, Title: pack})
	c.do(people.BindRuleset{Group: pack, Ruleset: pack, From: date("2026-01-01")})
	c.do(place.EnrolDevice{Device: "gate", Kind: place.Import, TZ: zone})
	for _, emp := range []string{"e1", "e2"} {
		c.hire(emp, pack, "2026-09-28")
	}
	for d := date("2026-09-28"); d <= date("2026-10-03"); d++ {
		late := domain.Seconds(d%4) * 7 * domain.Minute
		c.works("e1", zone, d, 8*domain.Hour+50*domain.Minute+late, 18*domain.Hour+late)
		if d%2 == 0 {
			c.works("e2", zone, d, 9*domain.Hour, 20*domain.Hour)
		}
		c.advance(local(zone, d+1, 3*domain.Hour))
	}
	c.do(timecard.VoidPunch{
		Card: timecard.CardOn("e1", date("2026-09-29")), Punch: inOf("e1", "2026-09-29"),
		Grounds: timecard.Grounds{ReasonCode: "mistake"}, ActorID: boss.ID,
	})
	c.until("2026-10-08T00:00:00Z")
	return Small{Records: recordsOf(t, c.store), Codec: c.codec}
}

// Projector returns the projectors of all views, for one runner.
func (s Small) Projector() projections.Projector { return projectors(s.Codec) }
