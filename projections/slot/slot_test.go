package slot_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/projections/inbox"
	"github.com/punchledger/punchledger/projections/slot"
)

const h = domain.Hour

var date = domain.NewDate(2026, 10, 14)

func at(clock domain.Seconds) domain.Seconds { return date.Unix() + clock }

func asked(punches ...attendance.PunchRole) slot.Asked {
	return slot.Asked{
		Day: attendance.Day{
			Employee: "e1", Date: date, Zone: "UTC", Window: attendance.Interval{From: at(5 * h), To: at(29 * h)},
			Plan: []attendance.Interval{{From: at(9 * h), To: at(12 * h)}, {From: at(13 * h), To: at(18 * h)}}, Punches: punches,
		},
		Now: at(48 * h).Instant(), Today: date + 2,
	}
}

func punch(id string, clock domain.Seconds, role string) attendance.PunchRole {
	return attendance.PunchRole{ID: id, At: at(clock), Dir: attendance.Direction(role), Role: role}
}

func TestOf(t *testing.T) {
	t.Run("a missing out lies between the last punch and the end of the window", func(t *testing.T) {
		a := asked(punch("p1", 9*h, "in"))
		a.Anomalies = []attendance.Anomaly{{ID: "punch.missing_out", Of: "out"}}
		d := slot.Of(a)
		require.Len(t, d.Slots, 2)
		require.Equal(t, slot.Slot{
			Change: request.Add, Dir: "out", Earliest: (at(9*h) + 1).Instant(), Latest: (at(29*h) - 1).Instant(), Planned: at(18 * h).Instant(),
			Anomaly: "punch.missing_out:out",
		}, d.Slots[0])
		require.Equal(t, slot.Slot{
			Change: request.Retime, Dir: "in", Punch: "p1", At: at(9 * h).Instant(), Earliest: at(5 * h).Instant(), Latest: (at(29*h) - 1).Instant(),
		}, d.Slots[1])
	})
	t.Run("a punch is moved between its neighbours", func(t *testing.T) {
		a := asked(punch("p1", 9*h, "in"), punch("p2", 12*h, "out"), punch("p3", 13*h, "held"))
		d := slot.Of(a)
		require.Len(t, d.Slots, 2)
		require.Equal(t, (at(12*h) - 1).Instant(), d.Slots[0].Latest)
		require.Equal(t, (at(9*h) + 1).Instant(), d.Slots[1].Earliest)
	})
	t.Run("an absent day lacks both", func(t *testing.T) {
		a := asked()
		a.Anomalies = []attendance.Anomaly{{ID: "absent"}}
		d := slot.Of(a)
		require.Len(t, d.Slots, 2)
		require.Equal(t, at(9*h).Instant(), d.Slots[0].Planned)
	})
	t.Run("nothing lies in the future", func(t *testing.T) {
		a := asked(punch("p1", 9*h, "in"))
		a.Anomalies = []attendance.Anomaly{{ID: "incomplete", Of: "out"}}
		a.Now = at(10 * h).Instant()
		d := slot.Of(a)
		require.Equal(t, a.Now, d.Slots[0].Latest)
		a.Now = at(8 * h).Instant()
		require.Len(t, slot.Of(a).Slots, 1)
	})
	t.Run("deadline and quota say which request is an exception", func(t *testing.T) {
		a := asked()
		a.Rules = &ruleset.Corrections{Quota: &ruleset.Quota{Count: 2, Per: "month"}, Deadline: &ruleset.Deadline{Days: 1}}
		a.Requests = []inbox.Filed{
			{Kind: "correction", Cycle: "2026-10", Nth: 1, Status: "applied"},
			{Kind: "correction", Cycle: "2026-10", Nth: 2, Status: "withdrawn"},
			{Kind: "correction", Cycle: "2026-09", Nth: 1, Status: "applied"},
			{Kind: "leave", Cycle: "2026-10", Nth: 1, Status: "open"},
		}
		d := slot.Of(a)
		require.Equal(t, &slot.Quota{Cycle: "2026-10", Count: 2, Used: 1, Left: 1}, d.Quota)
		require.Equal(t, date+1, d.Deadline)
		require.True(t, d.Late)
		a.Rules.Quota = &ruleset.Quota{Count: 2, Per: "cycle", Starts: 26}
		require.Equal(t, "2026-09@26", slot.Of(a).Quota.Cycle)
		a.Rules.Quota = &ruleset.Quota{Count: 2, Per: "year"}
		require.Equal(t, "2026", slot.Of(a).Quota.Cycle)
	})
	t.Run("a slot that a request asks for says so", func(t *testing.T) {
		a := asked(punch("p1", 9*h, "in"))
		a.Anomalies = []attendance.Anomaly{{ID: "punch.missing_out", Of: "out"}}
		a.Requests = []inbox.Filed{
			{Request: "r1", Kind: "correction", Change: "add", Dir: "out", Date: date, Status: "open"},
			{Request: "r2", Kind: "correction", Change: "retime", Punch: "p1", Date: date, Status: "returned"},
		}
		d := slot.Of(a)
		require.Equal(t, "r1", d.Slots[0].Pending)
		require.Equal(t, "r2", d.Slots[1].Pending)
	})
}
