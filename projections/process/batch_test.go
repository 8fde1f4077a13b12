package process_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/projections/process"
)

// line records a line of an import.
func (g *gate) line(emp, punch, batch string, n int, at domain.Instant) {
	g.t.Helper()
	g.must(timecard.RecordPunches{Punches: []timecard.RecordPunch{{Details: timecard.PunchDetails{
		Emp: emp, Punch: punch, Dir: timecard.In, ClaimedAt: "2026-10-07T12:00:00", ReceivedAt: noon + 90*hour, EffectiveAt: at,
		TimeSource: timecard.TerminalTime, Channel: timecard.ChannelImport, Device: "c1", Batch: batch, Line: n,
	}}}})
}

// imported closes an import, and takeBack voids it.
func (g *gate) imported(batch string) {
	g.t.Helper()
	g.must(place.RecordImportBatch{
		Batch: batch, Device: "c1", FileSHA256: fmt.Sprintf("%064x", 7), Format: "attlog", Zone: "UTC", ReceivedAt: noon + 90*hour,
	})
}

func (g *gate) takeBack(batch string) {
	g.t.Helper()
	g.must(place.VoidImportBatch{Device: "c1", ReceivedOn: domain.DateOfUnix((noon + 90*hour).Seconds()), Batch: batch, Reason: "wrong file"})
}

func (g *gate) void(door process.Door) (int, error) {
	v := process.BatchVoid{Store: g.store, Codec: g.codec, Checkpoints: g.marks, Door: door}
	return v.CatchUp(g.t.Context())
}

func (g *gate) states(emp string, punches ...string) []timecard.PunchState {
	g.t.Helper()
	var out []timecard.PunchState
	for _, p := range punches {
		out = append(out, g.state(emp).Punch(p).State)
	}
	return out
}

func TestAnImportIsTakenBackWithAllItsPunches(t *testing.T) {
	g := newGate(t)
	g.line("e1", "p1", "b1", 1, noon)
	g.line("e2", "p2", "b1", 2, noon)
	g.line("e1", "p3", "b2", 1, noon+hour)
	g.line("e1", "p4", "b1", 3, noon+2*hour)
	g.must(timecard.VoidPunch{Card: timecard.CardAt("e1", noon), Punch: "p4", Grounds: timecard.Grounds{ReasonCode: "seen"}, ActorID: "hr"})
	g.imported("b1")
	preview, err := process.BatchPunches(t.Context(), g.store, g.codec, "b1")
	require.NoError(t, err)
	require.Len(t, preview, 2, "what a person has voided is not touched")
	n, err := g.void(g)
	require.NoError(t, err)
	require.Zero(t, n, "nobody has voided it yet")
	g.takeBack("b1")
	n, err = g.void(g)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.Equal(t, []timecard.PunchState{timecard.Voided, timecard.Counted, timecard.Voided}, g.states("e1", "p1", "p3", "p4"))
	require.False(t, g.state("e1").Has("p1"), "its line may come again")
	require.True(t, g.state("e1").Has("p4"), "a person's word stays")

	g.line("e1", "p1", "b1-2", 1, noon)
	g.marks = marks{}
	n, err = g.void(g)
	require.NoError(t, err)
	require.Zero(t, n, "what came with another import is another one's, also when the checkpoint was lost")
	require.Equal(t, timecard.Counted, g.state("e1").Punch("p1").State)
}

func TestWhatAClockRepairMadeOfALineGoesWithTheImport(t *testing.T) {
	g := newGate(t)
	g.line("e1", "p1", "b1", 1, noon)
	g.line("e1", "p2", "b1", 2, noon+hour)
	g.imported("b1")
	g.correct(place.ClockFix{Fix: "f1", Batch: "b1", SeqFrom: 1, SeqTo: 1, OffsetMS: int64(48 * hour)})
	g.correct(place.ClockFix{Fix: "f2", Batch: "b1", SeqFrom: 2, SeqTo: 2, OffsetMS: int64(hour)})
	_, err := g.repair(g)
	require.NoError(t, err)
	g.takeBack("b1")
	n, err := g.void(g)
	require.NoError(t, err)
	require.Equal(t, 3, n)
	require.Equal(t, []timecard.PunchState{timecard.Voided, timecard.Voided, timecard.Voided}, g.states("e1", "p1", "p1.fixed", "p2"))
	require.False(t, g.state("e1").Has("p1"))

	// The file comes again, and the same repair moves it again, under an id of its own.
	g.line("e1", "p1", "b1-2", 1, noon)
	g.correct(place.ClockFix{Fix: "f3", Batch: "b1", SeqFrom: 9, SeqTo: 9, OffsetMS: int64(48 * hour)})
	g.must(place.CorrectDeviceClock{Device: "c1", Fix: place.ClockFix{Fix: "f4", SeqFrom: 1, SeqTo: 9, OffsetMS: 1}, Evidence: "seen"})
	_, err = g.repair(g)
	require.NoError(t, err)
	require.Equal(t, timecard.Counted, g.state("e1").Punch("p1").State)
	g.correct(place.ClockFix{Fix: "f5", From: noon, To: noon + 1, OffsetMS: int64(48 * hour)})
	_, err = g.repair(g)
	require.NoError(t, err)
	require.Equal(t, timecard.Voided, g.state("e1").Punch("p1").State)
	require.Equal(t, noon+48*hour, g.at("e1", "p1.f5"))
}

func TestTakingBackHealsAfterAKillAtAnyStep(t *testing.T) {
	for _, after := range []bool{false, true} {
		for step := 1; step <= 2; step++ {
			t.Run(fmt.Sprintf("step %d, after it: %v", step, after), func(t *testing.T) {
				g := newGate(t)
				for i := range 300 { // two appends
					g.line("e1", fmt.Sprintf("p%d", i), "b1", i+1, noon+domain.Instant(i)*60_000)
				}
				g.imported("b1")
				g.takeBack("b1")
				_, err := g.void(&faulty{g, step, after})
				require.ErrorIs(t, err, errKilled)
				_, err = g.void(g)
				require.NoError(t, err)
				for p := range g.state("e1").Punches.All() {
					require.Equal(t, timecard.Voided, p.State)
					require.Equal(t, []string{"PunchVoided"}, p.History, "once")
				}
				head, err := g.store.Head(t.Context())
				require.NoError(t, err)
				g.marks = marks{}
				n, err := g.void(g)
				require.NoError(t, err)
				require.Zero(t, n)
				again, err := g.store.Head(t.Context())
				require.NoError(t, err)
				require.Equal(t, head, again)
			})
		}
	}
}
