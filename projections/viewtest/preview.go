package viewtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/evaluate"
	"github.com/punchledger/punchledger/projections/presence"
)

// testPreview asks what wishes would change, carries each out by a real command, and compares: every day has the result that the preview
// showed, and no other day has changed.
func testPreview(t *testing.T, open func(testing.TB) Store) {
	c := newCompany(t)
	tellStory(c)
	views := open(t)
	follow(t, c.store, c.codec, views, 0, nil)
	shanghai := func(day string, clock domain.Seconds) domain.Instant { return local("Asia/Shanghai", date(day), clock) }
	card := func(emp, day string) timecard.Card { return timecard.CardOn(emp, date(day)) }
	grounds := func(id string) timecard.Grounds { return timecard.Grounds{ReasonCode: "asked", Request: id} }
	correction := func(change request.Change, t request.Subject) request.Approval {
		return request.Approval{Kind: request.Correction, Change: change, Target: t, ReasonCode: "asked"}
	}
	in, out := inOf("e1", "2026-10-21"), "e2-"+date20("2026-10-15")+"-out"
	for _, x := range []struct {
		name, emp string
		wish      request.Approval
		command   func(id string) ledger.Command
	}{
		{"a punch is added", "e1", correction(request.Add, request.Subject{
			Target: request.Target{Date: date("2026-10-14"), Dir: "out"}, At: shanghai("2026-10-14", 18*domain.Hour),
		}), func(id string) ledger.Command {
			return timecard.AddPunch{
				Emp: "e1", Punch: id, EffectiveAt: shanghai("2026-10-14", 18*domain.Hour), Dir: timecard.Out, Grounds: grounds(id), ActorID: "apply", Now: c.now,
			}
		}},
		{"a punch is moved", "e1", correction(request.Retime, request.Subject{
			Target: request.Target{Date: date("2026-10-21"), Punch: in}, At: shanghai("2026-10-21", 10*domain.Hour),
		}), func(id string) ledger.Command {
			return timecard.RetimePunch{
				Card: card("e1", "2026-10-21"), Punch: in, EffectiveAt: shanghai("2026-10-21", 10*domain.Hour), Grounds: grounds(id), ActorID: "apply",
			}
		}},
		{"a punch is turned", "e1", correction(request.Redirect, request.Subject{
			Target: request.Target{Date: date("2026-10-21"), Punch: in, Dir: "out"},
		}), func(id string) ledger.Command {
			return timecard.RedirectPunch{Card: card("e1", "2026-10-21"), Punch: in, Dir: timecard.Out, Grounds: grounds(id), ActorID: "apply"}
		}},
		{"a punch is taken away", "e2", correction(request.Void, request.Subject{
			Target: request.Target{Date: date("2026-10-15"), Punch: out},
		}), func(id string) ledger.Command {
			return timecard.VoidPunch{Card: card("e2", "2026-10-15"), Punch: out, Grounds: grounds(id), ActorID: "apply"}
		}},
		{"an anomaly is explained", "e2", correction(request.Explain, request.Subject{
			Target: request.Target{Date: date("2026-10-15")}, Key: "punch.missing_out:out",
		}), func(string) ledger.Command {
			return timecard.WaiveAnomaly{Emp: "e2", Date: date("2026-10-15"), Key: "punch.missing_out:out", Reason: "asked", ActorID: "apply"}
		}},
		{"days are swapped", "e1", request.Approval{Kind: request.Swap, Target: request.Subject{
			Target: request.Target{Date: date("2026-10-24")}, Rest: date("2026-10-22"), Prior: true,
		}}, func(string) ledger.Command {
			return schedule.SwapDays{
				Emp: "e1", WorkDate: date("2026-10-24"), RestDate: date("2026-10-22"), AgreedOn: date("2026-10-20"), Kind: schedule.SwapPrior,
			}
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			id := "wish" + domain.DateOfUnix(c.now.Seconds()).YearMonth() + x.emp + string(x.wish.Change)
			wish := evaluate.Wish{Employee: x.emp, Request: id, Approval: x.wish, Now: c.now, Today: date("2026-10-20")}
			changed := c.requirePreview(t, views, x.emp, func(tx projections.Tx, p *evaluate.Projector) ([]eventstore.Decoded, error) {
				return p.Suppose(t.Context(), tx, wish)
			}, "apply:"+id, x.command(id))
			require.NotZero(t, changed)
		})
	}
	t.Run("leave, overtime and work elsewhere are approved", func(t *testing.T) { testPreviewApprovals(t, c, views) })
}

func date20(day string) string { // as company.works names punches
	return inOf("", day)[1 : len(inOf("", day))-3]
}

// testPreviewApprovals supposes the very event that a decision records.
func testPreviewApprovals(t *testing.T, c *company, views Store) {
	changed := 0
	for i, kind := range []request.Kind{request.Leave, request.Overtime, request.Trip, request.Outing, request.Remote, request.Field} {
		d := date("2026-10-12") + domain.Date(i)
		from, to := local("Asia/Shanghai", d, 10*domain.Hour), local("Asia/Shanghai", d, 22*domain.Hour)
		command := approval("e2", "supposed-"+string(kind), kind, d, from, to)
		id := "c-" + string(kind)
		changed += c.requirePreview(t, views, "e2", func(projections.Tx, *evaluate.Projector) ([]eventstore.Decoded, error) {
			var e eventstore.Decoded
			e.Stream, e.Event, e.Type = command.Stream(), request.ExternalDecisionRecorded(command), "ExternalDecisionRecorded"
			e.ID, e.Meta.RecordedAt, e.Position = eventstore.EventID(e.Stream, id, 0), c.now, 1<<40
			return []eventstore.Decoded{e}, nil
		}, id, command)
	}
	require.Greater(t, changed, 2)
}

// requirePreview compares what a preview of events says with what the command does that records them, and returns how many days change.
func (c *company) requirePreview(
	t *testing.T, views Store, emp string, suppose func(projections.Tx, *evaluate.Projector) ([]eventstore.Decoded, error), id string, command ledger.Command,
) (changed int) {
	t.Helper()
	before := hashesOf(t, views, emp)
	var preview evaluate.Preview
	require.NoError(t, views.Read(t.Context(), func(tx projections.Tx) error {
		p := evaluate.New(c.codec, zone.Embedded(), "test")
		events, err := suppose(tx, p)
		if err != nil {
			return err
		}
		preview, err = p.Preview(t.Context(), tx, emp, events, 0, true)
		return err
	}))
	require.Equal(t, before, hashesOf(t, views, emp), "a preview writes nothing")
	_, err := c.led.Do(t.Context(), ledger.Request{ID: id, Command: command, Actor: boss})
	require.NoError(t, err)
	follow(t, c.store, c.codec, views, 0, nil)
	want := hashesOf(t, views, emp)
	for _, d := range preview.Days {
		require.Equal(t, before[d.Date], d.Before.Day.ResultHash, "%s", d.Date)
		for _, s := range []*evaluate.Side{d.Before, d.After} { // what the day before hands over is part of the inputs
			require.Equal(t, s.Day.ResultHash, s.Why.Day.ResultHash)
			require.Equal(t, s.Day.InputHash, s.Why.Day.InputHash)
		}
		before[d.Date] = d.After.Day.ResultHash
		changed++
	}
	require.Equal(t, want, before)
	return changed
}

func hashesOf(t *testing.T, views Store, emp string) map[domain.Date]string {
	t.Helper()
	out := map[domain.Date]string{}
	require.NoError(t, views.Days(t.Context(), daily.Query{Employee: emp}, func(d daily.Row) error {
		out[d.Date] = d.ResultHash
		return nil
	}))
	return out
}

// testWhereabouts asks for every hour that a stored row answers about, and compares with what the facts say when no row is there; and
// asks for hours that no row covers.
func testWhereabouts(t *testing.T, c *company, views Store) {
	rows := []presence.Row{}
	require.NoError(t, views.Presences(t.Context(), "", func(r presence.Row) error {
		rows = append(rows, r)
		return nil
	}))
	require.Len(t, rows, 6)
	seen := map[presence.State]int{}
	require.NoError(t, views.Read(t.Context(), func(tx projections.Tx) error {
		p := evaluate.New(c.codec, zone.Embedded(), "test")
		for _, r := range rows {
			for at := date("2026-10-01").Unix(); at < date("2026-11-08").Unix(); at += domain.Hour {
				want, there, err := p.Presence(t.Context(), tx, presence.Row{Employee: r.Employee}, at)
				require.NoError(t, err)
				seen[want.State]++
				if !r.Covers(at) {
					continue
				}
				got, known := r.At(at)
				require.Equal(t, there, known, "%s at %s", r.Employee, at.Instant())
				require.Equal(t, want, got, "%s at %s", r.Employee, at.Instant())
			}
		}
		return nil
	}))
	for _, s := range []presence.State{presence.In, presence.Expected, presence.Late, presence.Left, presence.DayOff, presence.Unknown} {
		require.Positive(t, seen[s], s)
	}
}
