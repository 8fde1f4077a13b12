package viewtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/projections/anomaly"
)

// testResolvedAnomalies corrects what anomalies are about, and finds them resolved: a missing punch that is added, an absence that turns out
// to be leave, a waiver of what is there no more.
func testResolvedAnomalies(t *testing.T, open func(testing.TB) Store) {
	c := newCompany(t)
	c.found()
	c.hire("e1", "cn-bj-office", "2026-10-12")
	shanghai := func(day string, clock domain.Seconds) domain.Instant { return local("Asia/Shanghai", date(day), clock) }
	c.do(clocked("e1", "p1", shanghai("2026-10-13", 9*domain.Hour), timecard.In))
	c.until("2026-10-17T00:00:00Z")
	views := open(t)
	raised := func() (there, past []string) {
		follow(t, c.store, c.codec, views, 0, nil)
		read := func(out *[]string) func(anomaly.Row) error {
			return func(a anomaly.Row) error {
				if a.Severity == "high" {
					*out = append(*out, a.Date.String()+" "+a.Key()+" "+a.State)
				}
				require.Equal(t, "cn-bj-office", a.About.Group)
				return nil
			}
		}
		q := anomaly.Query{From: date("2026-10-13"), To: date("2026-10-14")}
		require.NoError(t, views.Anomalies(t.Context(), q, read(&there)))
		require.NoError(t, views.ResolvedAnomalies(t.Context(), q, read(&past)))
		return there, past
	}
	there, past := raised()
	require.Equal(t, []string{"2026-10-13 punch.missing_out:out open", "2026-10-14 absent open"}, there)
	require.Empty(t, past)
	c.do(timecard.AddPunch{
		Emp: "e1", Punch: "added", EffectiveAt: shanghai("2026-10-13", 18*domain.Hour), Dir: timecard.Out,
		Grounds: timecard.Grounds{ReasonCode: "forgotten"}, ActorID: boss.ID, Now: c.now,
	})
	c.do(approval("e1", "r1", "leave", date("2026-10-14"), shanghai("2026-10-14", 9*domain.Hour), shanghai("2026-10-14", 18*domain.Hour)))
	there, past = raised()
	require.Empty(t, there)
	require.Equal(t, []string{"2026-10-13 punch.missing_out:out resolved", "2026-10-14 absent resolved"}, past)
	revoked := approval("e1", "r1", "leave", date("2026-10-14"), shanghai("2026-10-14", 9*domain.Hour), shanghai("2026-10-14", 18*domain.Hour))
	revoked.Outcome = "revoked"
	c.do(revoked)
	c.do(timecard.WaiveAnomaly{Emp: "e1", Date: date("2026-10-14"), Key: "absent", Reason: "agreed", ActorID: boss.ID})
	c.do(timecard.VoidPunch{
		Card: timecard.CardOn("e1", date("2026-10-13")), Punch: "added", Grounds: timecard.Grounds{ReasonCode: "mistake"}, ActorID: boss.ID,
	})
	there, past = raised()
	require.Equal(t, []string{"2026-10-13 punch.missing_out:out open", "2026-10-14 absent waived"}, there)
	require.Empty(t, past)
}
