package viewtest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/evaluate"
)

// RunEvaluation proves that the projectors give the same rows on the stores that open returns, however the events reach them.
func RunEvaluation(t *testing.T, open func(testing.TB) Store) {
	c := newCompany(t)
	live := open(t)
	c.after = func() { follow(t, c.store, c.codec, live, 0, nil) }
	tellStory(c)
	c.after = nil
	log := recordsOf(t, c.store)

	once := open(t)
	follow(t, c.store, c.codec, once, 0, nil)
	want := dump(t, once)
	require.Greater(t, len(want), 6*40)
	print := fingerprint(t, once)

	t.Run("the same rows after every event", func(t *testing.T) {
		requireSame(t, want, dump(t, live), "")
		require.Equal(t, print, fingerprint(t, live))
	})
	for _, batch := range []int{1, 2, 7, 1000} {
		t.Run(fmt.Sprintf("the same rows in batches of %d", batch), func(t *testing.T) {
			views := open(t)
			follow(t, c.store, c.codec, views, batch, nil)
			requireSame(t, want, dump(t, views), "")
			require.Equal(t, print, fingerprint(t, views))
		})
	}
	t.Run("the same rows where the follower counts positions", func(t *testing.T) {
		views := open(t)
		follow(t, copyOf(t, log, memory.Gappy(3)), c.codec, views, 5, nil)
		require.Equal(t, print, fingerprint(t, views))
		at, err := views.Checkpoint(t.Context(), projections.AllViews)
		require.NoError(t, err)
		require.EqualValues(t, len(log), at.Position)
	})
	t.Run("who is in is what the facts say", func(t *testing.T) { testWhereabouts(t, c, once) })
	t.Run("a preview shows what recording it does", func(t *testing.T) { testPreview(t, open) })
	t.Run("a day is explained as it is stored", func(t *testing.T) { testWhy(t, open) })
	t.Run("what is corrected is resolved", func(t *testing.T) { testResolvedAnomalies(t, open) })
	t.Run("the same rows after a rebuild", func(t *testing.T) {
		require.NoError(t, live.Drop(t.Context()))
		follow(t, c.store, c.codec, live, 13, nil)
		require.Equal(t, print, fingerprint(t, live))
	})
	t.Run("the same rows where two runners race", func(t *testing.T) { testRunnersRace(t, c, open(t), print) })
	t.Run("the rows of a past position are those of a log that ends there", func(t *testing.T) { testAsOf(t, c, log, open) })
	t.Run("the same rows where the zone changes later", func(t *testing.T) { testZoneMoves(t, open) })
	t.Run("a candidate shows what publishing it does", func(t *testing.T) { testCandidate(t, open) })
	t.Run("a shadow runs beside the rules and pays nothing", func(t *testing.T) { testShadow(t, open) })
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprintf("the same rows of random events, seed %d", seed), func(t *testing.T) { testRandom(t, open, seed) })
	}
}

// testZoneMoves gives a person without rules another zone long after the first punch.
func testZoneMoves(t *testing.T, open func(testing.TB) Store) {
	c := newCompany(t)
	c.found()
	c.do(people.CreateGroup{Group: "new", Title: "Bound to no rules yet"})
	live := open(t)
	c.after = func() { follow(t, c.store, c.codec, live, 0, nil) }
	c.do(people.RegisterEmployee{
		Emp: "e1", Name: "Kiri", HiredOn: date("2026-09-01"), Terms: people.Terms{Group: "new", WorkTZ: "Pacific/Auckland"},
	})
	c.until("2026-10-05T00:00:00Z")
	c.do(clocked("e1", "p1", instant("2026-10-04T15:00:00Z"), timecard.In))
	c.until("2026-10-12T00:00:00Z")
	tz := "America/Los_Angeles"
	c.do(people.ChangeAssignment{Emp: "e1", EffectiveOn: date("2026-10-10"), Change: people.TermsChange{WorkTZ: &tz}})
	once := open(t)
	follow(t, c.store, c.codec, once, 0, nil)
	requireSame(t, dump(t, once), dump(t, live), "")
}

// follow catches all views up.
func follow(
	t testing.TB, store eventstore.Store, codec *eventstore.Codec, views Store, batch int, until func(eventstore.Decoded) bool,
) {
	t.Helper()
	r := projections.Runner{Store: store, Codec: codec, Views: views, Projector: projectors(codec), Batch: batch, Until: until}
	require.NoError(t, r.CatchUp(t.Context()))
}

func projectors(codec *eventstore.Codec) projections.Projector {
	return projections.Together{evaluate.New(codec, zone.Embedded(), "test"), projections.People{}, projections.Waiting{}}
}

func recordsOf(t testing.TB, store eventstore.Store) []eventstore.Record {
	t.Helper()
	var out []eventstore.Record
	for r, err := range store.ReadAll(t.Context(), 0) {
		require.NoError(t, err)
		out = append(out, r)
	}
	return out
}

// copyOf returns another log with the same records.
func copyOf(t testing.TB, log []eventstore.Record, options ...memory.Option) *memory.Store {
	t.Helper()
	s := memory.New(options...)
	for _, r := range log {
		_, err := s.Append(t.Context(), r.Stream, r.Revision-1, r.Event)
		require.NoError(t, err)
	}
	return s
}

func testRunnersRace(t *testing.T, c *company, views Store, want string) {
	var group errgroup.Group
	for n := range 3 {
		group.Go(func() error {
			r := projections.Runner{
				Store: c.store, Codec: c.codec, Views: views, Projector: projectors(c.codec), Batch: 20 + n,
			}
			return r.CatchUp(t.Context())
		})
	}
	require.NoError(t, group.Wait())
	require.Equal(t, want, fingerprint(t, views))
}

func testAsOf(t *testing.T, c *company, log []eventstore.Record, open func(testing.TB) Store) {
	for n := 1; n <= 10; n++ {
		end := len(log) * n / 11
		past := open(t)
		follow(t, c.store, c.codec, past, 0, func(d eventstore.Decoded) bool { return d.Position <= eventstore.Position(end) })
		cut := open(t)
		follow(t, copyOf(t, log[:end]), c.codec, cut, 50, nil)
		requireSame(t, dump(t, cut), dump(t, past), fmt.Sprintf("position %d", end))
	}
}

// tellStory writes six people over six weeks, with what happens to real timecards.
func tellStory(c *company) {
	c.found()
	for _, h := range [][3]string{
		{"e1", "cn-bj-office", "2026-09-21"},
		{"e2", "cn-sh-rnd", "2026-09-21"},
		{"e3", "de-by-plant", "2026-09-21"},
		{"e4", "us-ca-hourly", "2026-09-28"},
		{"e5", "jp-tokyo-office", "2026-09-21"},
		{"e6", "cn-bj-office", "2026-09-21"},
	} {
		c.hire(h[0], h[1], h[2])
	}
	late := clocked("e1", "e1-uploaded", instant("2026-09-25T01:10:00Z"), timecard.Auto)
	for d := date("2026-09-21"); d <= date("2026-10-31"); d++ {
		tellDay(c, d)
		c.advance(local("Asia/Shanghai", d+1, 3*domain.Hour))
		tellTurn(c, d)
	}
	c.until("2026-11-02T09:00:00Z")
	c.do(late)
	c.until("2026-11-05T00:00:00Z")
}

// tellDay writes the punches of a date.
func tellDay(c *company, d domain.Date) {
	const h, m = domain.Hour, domain.Minute
	weekend := d.Weekday() == 0 || d.Weekday() == 6
	wobble := domain.Seconds(d%7) * m
	if !weekend && d != date("2026-10-14") {
		c.works("e1", "Asia/Shanghai", d, 8*h+55*m+wobble, 18*h+wobble)
	}
	if !weekend {
		c.works("e2", "Asia/Shanghai", d, 9*h+20*m+3*wobble, 18*h+40*m+20*wobble)
		c.works("e5", "Asia/Tokyo", d, 9*h, 18*h+5*wobble)
	}
	if d.Weekday() != 0 {
		c.works("e3", "Europe/Berlin", d, 21*h+50*m+wobble, 30*h+4*m)
	}
	if d >= date("2026-09-28") && d.Weekday() != 1 {
		c.works("e4", "America/Los_Angeles", d, 8*h+wobble, 17*h+10*wobble)
	}
	switch {
	case weekend:
	case d < date("2026-10-12"):
		c.works("e6", "Asia/Shanghai", d, 9*h, 18*h+wobble)
	default:
		c.works("e6", "Europe/Berlin", d, 6*h, 14*h+wobble)
	}
}

// tellTurn writes what happens after a date: corrections, decisions and new rules.
func tellTurn(c *company, d domain.Date) {
	t := c.t
	shanghai := func(day string, clock domain.Seconds) domain.Instant { return local("Asia/Shanghai", date(day), clock) }
	grounds := timecard.Grounds{ReasonCode: "forgotten"}
	switch d.String() {
	case "2026-09-24": // nights are rostered; the last one begins in September and ends in October
		for day := date("2026-09-25"); day <= date("2026-10-20"); day++ {
			_, err := c.try(schedule.ChangeRosterDay{
				Emp: "e3", Date: day, After: schedule.Slot{Shift: "N"}, Reason: "planned", AnnouncedAt: c.now, Today: d,
			})
			require.NoError(t, err)
		}
	case "2026-10-06":
		c.do(timecard.VoidPunch{Card: timecard.CardOn("e2", date("2026-09-29")), Punch: inOf("e2", "2026-09-29"), Grounds: grounds, ActorID: boss.ID})
	case "2026-10-09": // a punch of a wrong clock moves over midnight and over the edge of a month
		c.do(timecard.RetimePunch{
			Card: timecard.CardOn("e1", date("2026-09-30")), Punch: inOf("e1", "2026-09-30"), EffectiveAt: shanghai("2026-10-01", 9*domain.Hour),
			Grounds: grounds, ActorID: boss.ID,
		})
	case "2026-10-11":
		group, tz := "de-by-plant", "Europe/Berlin"
		c.do(people.ChangeAssignment{Emp: "e6", EffectiveOn: d + 1, Change: people.TermsChange{Group: &group, WorkTZ: &tz}})
	case "2026-10-13":
		c.do(approval("e1", "ot1", request.Overtime, d, shanghai("2026-10-13", 18*domain.Hour), shanghai("2026-10-13", 20*domain.Hour)))
		c.do(approval("e1", "leave1", request.Leave, d+1, shanghai("2026-10-14", 9*domain.Hour), shanghai("2026-10-14", 18*domain.Hour)))
	case "2026-10-15":
		c.do(schedule.AmendCalendarDay{Calendar: "cn-mainland", Date: date("2026-10-12"), Kind: schedule.Rest, Name: "storm", Why: "storm"})
		revoked := approval("e1", "leave1", request.Leave, date("2026-10-14"), shanghai("2026-10-14", 9*domain.Hour), shanghai("2026-10-14", 18*domain.Hour))
		revoked.Outcome = request.Revoked
		c.do(revoked)
	case "2026-10-19":
		c.do(timecard.AddPunch{
			Emp: "e1", Punch: "e1-added", EffectiveAt: shanghai("2026-10-14", 9*domain.Hour), Dir: timecard.In, Grounds: grounds, ActorID: boss.ID, Now: c.now,
		})
		c.do(timecard.WaiveAnomaly{Emp: "e1", Date: date("2026-10-14"), Key: "punch.missing_out:out", Reason: "accepted", Until: date("2026-10-24"), ActorID: boss.ID})
	case "2026-10-20": // published late, over days that were evaluated
		require.NoError(t, c.publish(edited(t, "cn-bj-office", "late: {grace: 5m", "late: {grace: 1m"), date("2026-10-05"), 0))
		require.NoError(t, c.publish(edited(t, "de-by-plant", "max_open: 16h", "max_open: 40h"), date("2026-10-12"), 0))
	case "2026-10-23":
		c.do(people.TerminateEmployee{Emp: "e5", LastDay: date("2026-10-27"), ReasonCode: "resigned"})
		c.do(people.SuspendEmployee{Emp: "e2", From: date("2026-10-20")})
	case "2026-10-29":
		c.do(people.ResumeEmployee{Emp: "e2", From: date("2026-10-26")})
		c.do(timecard.CreditDay{
			Emp: "e2", Credit: "k1", Date: date("2026-10-27"), Seconds: 2 * domain.Hour, Code: "REG", Grounds: grounds, ActorID: boss.ID,
		})
	}
}

// inOf names the punch in of a date that company.works wrote.
func inOf(emp, day string) string { return fmt.Sprintf("%s-%d-in", emp, date(day)) }
