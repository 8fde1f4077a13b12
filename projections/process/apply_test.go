package process_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/projections/process"
)

var worked = domain.DateOfUnix(noon.Seconds())

// wished is a correction of the day of noon.
func wished(change request.Change, t request.Subject) request.Wish {
	t.Date = worked
	return request.Wish{Approval: request.Approval{Kind: request.Correction, Change: change, Target: t, ReasonCode: "forgot"}}
}

// ask submits a wish of e1 and has HR approve it, as nobody leads e1.
func (g *gate) ask(id string, w request.Wish) request.Ref {
	g.t.Helper()
	g.must(request.SubmitRequest{Request: id, Emp: "e1", Wish: w, By: "e1", Now: noon + 80*hour})
	ref := request.Ref{Emp: "e1", Year: 2026, Request: id}
	g.must(request.DecideStep{Ref: ref, Verdict: request.Approve, By: "hr1", Roles: []string{request.RoleHR}, Now: noon + 80*hour})
	return ref
}

func (g *gate) apply(door process.Door) error {
	a := process.Apply{Store: g.store, Codec: g.codec, Checkpoints: g.marks, Door: door, DateOf: g.Directory().DateOf}
	_, err := a.CatchUp(g.t.Context())
	return err
}

func (g *gate) carriedOut() { g.t.Helper(); require.NoError(g.t, g.apply(g)) }

// asked is the request as its stream tells it.
func (g *gate) asked(id string) request.Request {
	g.t.Helper()
	var s request.State
	for rec, err := range g.store.ReadStream(g.t.Context(), "request-e1-2026", 0) {
		require.NoError(g.t, err)
		d, err := g.codec.DecodeRecord(rec)
		require.NoError(g.t, err)
		s = request.Evolve(s, d.Event.(request.Event))
	}
	r, ok := s.Own(id)
	require.True(g.t, ok)
	return r
}

func TestAnApprovedCorrectionChangesTheTimecardAndARevocationChangesItBack(t *testing.T) {
	for _, c := range []struct {
		name   string
		wish   request.Wish
		punch  string // that tells
		now    timecard.Punch
		before timecard.Punch // after the revocation
	}{
		{
			"a missing punch is added", wished(request.Add, request.Subject{Target: request.Target{Dir: "out"}, At: noon + 5*hour}),
			"q1",
			timecard.Punch{EffectiveAt: noon + 5*hour, Dir: "out"},
			timecard.Punch{EffectiveAt: noon + 5*hour, Dir: "out", State: timecard.Voided},
		},
		{
			"a wrong time", wished(request.Retime, request.Subject{Target: request.Target{Punch: "p1"}, At: noon - hour}),
			"p1",
			timecard.Punch{EffectiveAt: noon - hour, Dir: "in"},
			timecard.Punch{EffectiveAt: noon, Dir: "in"},
		},
		{
			"a wrong direction", wished(request.Redirect, request.Subject{Target: request.Target{Punch: "p1", Dir: "out"}}),
			"p1",
			timecard.Punch{EffectiveAt: noon, Dir: "out"},
			timecard.Punch{EffectiveAt: noon, Dir: "in"},
		},
		{
			"a punch that was not meant", wished(request.Void, request.Subject{Target: request.Target{Punch: "p1"}}),
			"p1",
			timecard.Punch{EffectiveAt: noon, Dir: "in", State: timecard.Voided},
			timecard.Punch{EffectiveAt: noon, Dir: "in", State: timecard.Voided},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGate(t)
			g.punch("e1", "p1", "c1", 1, noon)
			ref := g.ask("q1", c.wish)
			require.Equal(t, request.StatusApproved, g.asked("q1").Status)
			g.carriedOut()
			r := g.asked("q1")
			require.Equal(t, request.StatusApplied, r.Status)
			require.Len(t, r.Effects, 1)
			require.Equal(t, c.now, g.told(c.punch))

			g.must(request.RevokeRequest{Ref: ref, Reason: "mistaken", By: "hr2"})
			g.carriedOut()
			require.Equal(t, c.before, g.told(c.punch))
			if c.wish.Change == request.Void {
				require.Equal(t, timecard.Punch{EffectiveAt: noon, Dir: "in"}, g.told("q1.back"), "it stands again, under another id")
			}
		})
	}
}

// told is what a timecard says of a punch, without how it came.
func (g *gate) told(id string) timecard.Punch {
	p := g.state("e1").Punch(id)
	require.NotNil(g.t, p)
	return timecard.Punch{EffectiveAt: p.EffectiveAt, Dir: p.Dir, State: p.State}
}

func TestAnExplanationWaivesTheExceptionAndChangesNoPunch(t *testing.T) {
	g := newGate(t)
	g.punch("e1", "p1", "c1", 1, noon)
	ref := g.ask("q1", wished(request.Explain, request.Subject{Key: "late"}))
	g.carriedOut()
	require.Zero(t, g.asked("q1").Nth, "it is free of the quota")
	w, ok := g.state("e1").Waiver(worked, "late")
	require.True(t, ok)
	require.Equal(t, timecard.Waiver{Date: worked, Key: "late", Reason: "forgot"}, w)
	g.must(request.RevokeRequest{Ref: ref, Reason: "mistaken", By: "hr2"})
	g.carriedOut()
	w, _ = g.state("e1").Waiver(worked, "late")
	require.Equal(t, worked+1, w.Until, "it ends with its day")
}

func TestAnApprovalThatEvaluationReadsIsItsOwnEffect(t *testing.T) {
	g := newGate(t)
	g.ask("q1", request.Wish{Approval: request.Approval{
		Kind: request.Outing, ReasonCode: "customer",
		Target: request.Subject{Target: request.Target{Date: worked, From: noon, To: noon + hour}},
	}})
	g.carriedOut()
	r := g.asked("q1")
	require.Equal(t, request.StatusApplied, r.Status)
	require.Len(t, r.Effects, 1)
}

func TestWhatCannotBeAppliedSaysWhy(t *testing.T) {
	g := newGate(t)
	g.punch("e1", "p1", "c1", 1, noon)
	g.ask("q1", wished(request.Redirect, request.Subject{Target: request.Target{Punch: "p1", Dir: "out"}}))
	g.must(timecard.VoidPunch{Card: timecard.CardAt("e1", noon), Punch: "p1", Grounds: timecard.Grounds{ReasonCode: "seen"}, ActorID: "hr"})
	g.carriedOut()
	r := g.asked("q1")
	require.Equal(t, request.StatusApplied, r.Status)
	require.Equal(t, "already_voided", r.Problem)
	require.Empty(t, r.Effects)
	require.False(t, r.Blocks())
}

func TestASwapIsAgreedAndTakenBack(t *testing.T) {
	g := newGate(t)
	saturday, monday := worked+3, worked+5
	wish := request.Wish{Approval: request.Approval{
		Kind: request.Swap, ReasonCode: "family", Target: request.Subject{Target: request.Target{Date: saturday}, Rest: monday},
	}}
	ref := g.ask("q1", wish)
	g.carriedOut()
	require.Len(t, g.roster().Swaps, 1)
	require.Equal(t, schedule.SwapAfter, g.roster().Swaps[0].Kind)
	g.must(request.RevokeRequest{Ref: ref, Reason: "cancelled", By: "hr2"})
	g.carriedOut()
	require.Empty(t, g.roster().Swaps)
	g.ask("q2", wish)
	g.carriedOut()
	require.Empty(t, g.asked("q2").Problem, "the days may be swapped again")
}

func (g *gate) roster() schedule.RosterState {
	g.t.Helper()
	var s schedule.RosterState
	for rec, err := range g.store.ReadStream(g.t.Context(), "roster-e1-202610", 0) {
		require.NoError(g.t, err)
		d, err := g.codec.DecodeRecord(rec)
		require.NoError(g.t, err)
		s = schedule.EvolveRoster(s, d.Event.(schedule.RosterEvent))
	}
	return s
}

func TestApplyingHealsAfterAKillAtAnyStep(t *testing.T) {
	for _, after := range []bool{false, true} {
		for step := 1; step <= 5; step++ {
			t.Run(fmt.Sprintf("step %d, after it: %v", step, after), func(t *testing.T) {
				g := newGate(t)
				g.punch("e1", "p1", "c1", 1, noon)
				g.ask("q1", wished(request.Add, request.Subject{Target: request.Target{Dir: "out"}, At: noon + 5*hour}))
				ref := g.ask("q2", wished(request.Retime, request.Subject{Target: request.Target{Punch: "p1"}, At: noon - hour}))
				g.must(request.RevokeRequest{Ref: ref, Reason: "mistaken", By: "hr2"})
				require.ErrorIs(t, g.apply(&faulty{g, step, after}), errKilled)
				g.carriedOut()
				require.Equal(t, request.StatusApplied, g.asked("q1").Status)
				require.Len(t, g.asked("q1").Effects, 1)
				require.Equal(t, request.StatusRevoked, g.asked("q2").Status)
				require.Equal(t, timecard.Counted, g.state("e1").Punch("q1").State)
				require.Equal(t, noon, g.at("e1", "p1"), "moved and moved back")
				require.Len(t, g.state("e1").Punch("p1").History, 2)

				head, err := g.store.Head(t.Context())
				require.NoError(t, err)
				g.marks = marks{}
				g.carriedOut()
				again, err := g.store.Head(t.Context())
				require.NoError(t, err)
				require.Equal(t, head, again, "nothing is done twice, also when the checkpoint was lost")
			})
		}
	}
}

// led is a gate whose e1 is led by e2, who is led by e3.
func led(t *testing.T) *gate {
	t.Helper()
	g := newGate(t)
	boss, top := "e2", "e3"
	g.must(people.RegisterEmployee{Emp: "e3", Name: "N", HiredOn: domain.NewDate(2026, 1, 1), Terms: people.Terms{Group: "g"}})
	g.must(people.ChangeAssignment{Emp: "e1", EffectiveOn: domain.NewDate(2026, 2, 1), Change: people.TermsChange{Manager: &boss}})
	g.must(people.ChangeAssignment{Emp: "e2", EffectiveOn: domain.NewDate(2026, 2, 1), Change: people.TermsChange{Manager: &top}})
	return g
}

func (g *gate) escalated(at domain.Instant) int {
	g.t.Helper()
	x := process.Escalate{Directory: g.Directory(), Door: g}
	n, err := x.Due(g.t.Context(), at)
	require.NoError(g.t, err)
	return n
}

func TestAStepThatTakesTooLongGoesUp(t *testing.T) {
	g := led(t)
	g.must(request.SubmitRequest{
		Request: "q1", Emp: "e1", By: "e1", Now: noon, Wish: wished(request.Add, request.Subject{Target: request.Target{Dir: "out"}, At: noon - hour}),
	})
	turn := g.asked("q1").Turn
	require.Equal(t, "e2", turn.Approver)
	// Wednesday noon: five hours are left, then four and a half days of eight; the weekend is none of them.
	require.Equal(t, "2026-10-15T12:00:00.000Z", turn.DueAt.String(), "48 h of office hours")
	require.Equal(t, "2026-10-12T12:00:00.000Z", turn.RemindAt.String(), "half of them")
	require.Zero(t, g.escalated(turn.DueAt-1))
	require.Equal(t, 1, g.escalated(turn.DueAt))
	require.Zero(t, g.escalated(turn.DueAt), "once")
	turn = g.asked("q1").Turn
	require.Equal(t, "e3", turn.Approver)
	require.Equal(t, request.SLAPassed, turn.Why)
	require.Equal(t, 1, g.escalated(turn.DueAt))
	turn = g.asked("q1").Turn
	require.Empty(t, turn.Approver, "above the last manager is HR")
	require.Equal(t, request.RoleHR, turn.Role)
	require.Zero(t, g.escalated(turn.DueAt+1000*hour), "and nobody above HR")
}

func TestTheStepOfAnApproverWhoHasLeftGoesUp(t *testing.T) {
	g := led(t)
	g.must(request.SubmitRequest{
		Request: "q1", Emp: "e1", By: "e1", Now: noon, Wish: wished(request.Add, request.Subject{Target: request.Target{Dir: "out"}, At: noon - hour}),
	})
	g.must(people.TerminateEmployee{Emp: "e2", LastDay: worked, ReasonCode: "resigned"})
	require.Zero(t, g.escalated(noon+hour))
	require.Equal(t, 1, g.escalated(noon+13*hour))
	turn := g.asked("q1").Turn
	require.Equal(t, "e3", turn.Approver)
	require.Equal(t, request.Absent, turn.Why)
}

func TestAReturnedRequestExpires(t *testing.T) {
	g := led(t)
	g.must(request.SubmitRequest{
		Request: "q1", Emp: "e1", By: "e1", Now: noon, Wish: wished(request.Add, request.Subject{Target: request.Target{Dir: "out"}, At: noon - hour}),
	})
	g.must(request.DecideStep{Ref: request.Ref{Emp: "e1", Year: 2026, Request: "q1"}, Verdict: request.Return, Reason: "which_door", By: "e2", Now: noon})
	until := g.asked("q1").ExpiresAt
	require.Zero(t, g.escalated(until-1))
	require.Equal(t, 1, g.escalated(until))
	require.Equal(t, request.StatusExpired, g.asked("q1").Status)
}
