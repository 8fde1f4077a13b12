package process_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/eventstore/vault"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/process"
)

// marks keeps checkpoints only.
type marks map[string]projections.Checkpoint

func (m marks) Checkpoint(_ context.Context, name string) (projections.Checkpoint, error) {
	return m[name], nil
}

func (m marks) Update(_ context.Context, name string, from, to projections.Checkpoint, change func(projections.Tx) error) error {
	if m[name] != from {
		return projections.ErrMoved
	}
	m[name] = to
	return change(nil)
}

// gate is a company with one clock and two people.
type gate struct {
	t     *testing.T
	store *memory.Store
	codec *eventstore.Codec
	*ledger.Ledger
	marks marks
	ids   int
}

// noon is 12:00 UTC of a day in October; the clock said so, and was slow.
var noon = (domain.NewDate(2026, 10, 7).Unix() + 12*domain.Hour).Instant()

const hour = domain.Instant(3_600_000)

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{t: t, store: memory.New(), marks: marks{}}
	g.codec = ledger.NewCodec()
	random := rand.NewChaCha8([32]byte{1})
	epoch, err := vault.NewEpochKey(random, 1)
	require.NoError(t, err)
	clock := func() time.Time { return (noon + 100*hour).Time() }
	sealer, err := vault.New(t.Context(), &vault.Memory{}, epoch, vault.Options{Create: true, Rand: random, Now: clock})
	require.NoError(t, err)
	g.Ledger, err = ledger.Open(t.Context(), ledger.Options{Store: g.store, Codec: g.codec, Sealer: sealer, Now: clock})
	require.NoError(t, err)
	g.must(people.CreateGroup{Group: "g", Title: "all"})
	for _, emp := range []string{"e1", "e2"} {
		g.must(people.RegisterEmployee{Emp: emp, Name: "N", HiredOn: domain.NewDate(2026, 1, 1), Terms: people.Terms{Group: "g"}})
	}
	for _, device := range []string{"c1", "c2"} {
		g.must(place.EnrolDevice{Device: device, Kind: place.Terminal})
	}
	return g
}

func (g *gate) must(c ledger.Command) {
	g.t.Helper()
	g.ids++
	_, err := g.Do(g.t.Context(), ledger.Request{ID: fmt.Sprint("t", g.ids), Command: c, Actor: domain.Actor{Kind: domain.ActorHR, ID: "hr"}})
	require.NoError(g.t, err)
}

func (g *gate) punch(emp, punch, device string, seq int64, at domain.Instant) {
	g.t.Helper()
	g.must(timecard.RecordPunch{Details: timecard.PunchDetails{
		Emp: emp, Punch: punch, Dir: timecard.In, ClaimedAt: "2026-10-07T12:00:00", ReceivedAt: noon + 90*hour, EffectiveAt: at,
		TimeSource: timecard.TerminalTime, Channel: timecard.ChannelTerminal, Device: device, DeviceSeq: seq,
	}})
}

// correct records a correction of clock c1.
func (g *gate) correct(f place.ClockFix) {
	g.t.Helper()
	g.must(place.CorrectDeviceClock{Device: "c1", Fix: f, Evidence: "seen"})
}

// repair carries out what is due through a door.
func (g *gate) repair(door process.Door) (int, error) {
	r := process.ClockRepair{Store: g.store, Codec: g.codec, Checkpoints: g.marks, Door: door}
	return r.CatchUp(g.t.Context())
}

// state is the timecard of an employee in October.
func (g *gate) state(emp string) timecard.State {
	g.t.Helper()
	var s timecard.State
	for rec, err := range g.store.ReadStream(g.t.Context(), "timecard-"+emp+"-202610", 0) {
		require.NoError(g.t, err)
		d, err := g.codec.DecodeRecord(rec)
		require.NoError(g.t, err)
		s = timecard.Evolve(s, d.Event.(timecard.Event))
	}
	return s
}

func (g *gate) at(emp, punch string) domain.Instant { return g.state(emp).Punch(punch).EffectiveAt }

func TestEveryPunchThatACorrectionCoversIsMoved(t *testing.T) {
	g := newGate(t)
	g.punch("e1", "p1", "c1", 1, noon)
	g.punch("e2", "p2", "c1", 2, noon)
	g.punch("e1", "p3", "c1", 3, noon+2*hour)
	g.punch("e1", "p4", "c2", 1, noon+3*hour)
	g.correct(place.ClockFix{Fix: "f1", SeqFrom: 1, SeqTo: 2, OffsetMS: int64(hour)})
	n, err := g.repair(g)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.Equal(t, noon+hour, g.at("e1", "p1"))
	require.Equal(t, noon+hour, g.at("e2", "p2"))
	require.Equal(t, noon+2*hour, g.at("e1", "p3"), "its number lies outside the range")
	require.Equal(t, noon+3*hour, g.at("e1", "p4"), "another clock")

	n, err = g.repair(g)
	require.NoError(t, err)
	require.Zero(t, n, "a second run finds nothing to do")
	g.correct(place.ClockFix{Fix: "f2", From: noon + hour, To: noon + 3*hour, OffsetMS: -int64(hour)})
	n, err = g.repair(g)
	require.NoError(t, err)
	require.Equal(t, 1, n, "a range of times is of the times that the clock gave")
	require.Equal(t, noon+hour, g.at("e1", "p3"))
	require.Equal(t, noon+hour, g.at("e1", "p1"))
}

func TestWhatPeopleHaveDecidedStays(t *testing.T) {
	g := newGate(t)
	card, grounds := timecard.CardAt("e1", noon), timecard.Grounds{ReasonCode: "seen"}
	g.punch("e1", "p1", "c1", 1, noon)
	g.punch("e1", "p2", "c1", 2, noon+2*hour)
	g.must(timecard.VoidPunch{Card: card, Punch: "p1", Grounds: grounds, ActorID: "hr"})
	g.must(timecard.RetimePunch{Card: card, Punch: "p2", EffectiveAt: noon + 5*hour, Grounds: grounds, ActorID: "hr"})
	g.correct(place.ClockFix{Fix: "f1", SeqFrom: 1, SeqTo: 2, OffsetMS: int64(hour)})
	n, err := g.repair(g)
	require.NoError(t, err)
	require.Zero(t, n)
	require.Equal(t, timecard.Voided, g.state("e1").Punch("p1").State)
	require.Equal(t, noon+5*hour, g.at("e1", "p2"))
}

func TestAPunchThatIsDaysOffIsVoidedAndEnteredAnew(t *testing.T) {
	g := newGate(t)
	g.punch("e1", "p1", "c1", 1, noon)
	g.correct(place.ClockFix{Fix: "f1", SeqFrom: 1, SeqTo: 1, OffsetMS: int64(48 * hour)})
	_, err := g.repair(g)
	require.NoError(t, err)
	require.Equal(t, timecard.Voided, g.state("e1").Punch("p1").State)
	require.Equal(t, noon+48*hour, g.at("e1", "p1.fixed"))
}

func TestACorrectionIsTakenBack(t *testing.T) {
	g := newGate(t)
	g.line("e1", "p1", "b1", 1, noon)
	g.line("e1", "p2", "b1", 2, noon+hour)
	g.punch("e2", "p3", "c1", 7, noon+2*hour)
	g.imported("b1")
	card := timecard.CardAt("e1", noon)
	g.correct(place.ClockFix{Fix: "f1", From: noon, To: noon + 2*hour, OffsetMS: int64(hour)})
	g.correct(place.ClockFix{Fix: "f2", From: noon + 2*hour, To: noon + 3*hour, OffsetMS: int64(48 * hour)})
	_, err := g.repair(g)
	require.NoError(t, err)
	g.must(timecard.RetimePunch{Card: card, Punch: "p2", EffectiveAt: noon + 5*hour, Grounds: timecard.Grounds{ReasonCode: "seen"}, ActorID: "hr"})
	g.correct(place.ClockFix{Fix: "u1", Undoes: "f1"})
	g.correct(place.ClockFix{Fix: "u2", Undoes: "f2"})
	n, err := g.repair(g)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.Equal(t, noon, g.at("e1", "p1"))
	require.Equal(t, noon+5*hour, g.at("e1", "p2"), "a person's word stays")
	require.Equal(t, []timecard.PunchState{timecard.Voided, timecard.Voided, timecard.Counted}, g.states("e2", "p3", "p3.fixed", "p3.u2"))
	require.Equal(t, noon+2*hour, g.at("e2", "p3.u2"))
	g.marks = marks{}
	n, err = g.repair(g)
	require.NoError(t, err)
	require.Zero(t, n)

	g.correct(place.ClockFix{Fix: "f3", From: noon, To: noon + 2*hour, OffsetMS: int64(48 * hour)})
	_, err = g.repair(g)
	require.NoError(t, err)
	require.Equal(t, noon+48*hour, g.at("e1", "p1.fixed"), "and corrected rightly")
	g.correct(place.ClockFix{Fix: "u3", Undoes: "f3"})
	_, err = g.repair(g)
	require.NoError(t, err)
	require.Equal(t, []timecard.PunchState{timecard.Counted, timecard.Voided}, g.states("e1", "p1", "p1.fixed"))
	require.Equal(t, "b1", g.state("e1").Punch("p1").Batch, "a line is recorded again as the file has it")
}

func TestOnlyAPunchThatCountsIsMoved(t *testing.T) {
	g := newGate(t)
	card, grounds := timecard.CardAt("e1", noon), timecard.Grounds{ReasonCode: "seen"}
	early := noon + 92*hour // after its receipt: held
	g.punch("e1", "p1", "c1", 1, early)
	g.punch("e1", "p2", "c1", 2, early+hour)
	g.must(timecard.ReleasePunch{Card: card, Punch: "p2", Reason: "seen", ActorID: "hr"})
	g.punch("e1", "p3", "c1", 3, early+2*hour)
	g.must(timecard.RefusePunch{Card: card, Punch: "p3", Reason: "seen", ActorID: "hr"})
	g.punch("e1", "p4", "c1", 4, noon)
	g.must(timecard.VoidPunch{Card: card, Punch: "p4", Grounds: grounds, ActorID: "hr"})
	g.correct(place.ClockFix{Fix: "f1", SeqFrom: 1, SeqTo: 9, OffsetMS: -48 * int64(hour)})
	n, err := g.repair(g)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, timecard.Held, g.state("e1").Punch("p1").State)
	require.Equal(t, timecard.Voided, g.state("e1").Punch("p2").State)
	require.Equal(t, early-47*hour, g.at("e1", "p2.fixed"))
	require.Equal(t, 5, g.state("e1").Punches.Len())
}

func TestARepairThatIsRunAgainOverALongerLogChangesNothing(t *testing.T) {
	g := newGate(t)
	card := timecard.CardAt("e1", noon)
	g.punch("e1", "p1", "c1", 1, noon)
	g.punch("e1", "p2", "c1", 2, noon+92*hour) // held
	g.punch("e1", "p3", "c1", 3, noon+hour)
	g.correct(place.ClockFix{Fix: "f1", SeqFrom: 1, SeqTo: 9, OffsetMS: int64(hour)})
	g.must(timecard.RetimePunch{Card: card, Punch: "p3", EffectiveAt: noon + 3*hour, Grounds: timecard.Grounds{ReasonCode: "seen"}, ActorID: "hr"})
	n, err := g.repair(g)
	require.NoError(t, err)
	require.Equal(t, 1, n, "a person was faster with the third")
	g.punch("e1", "p4", "c1", 4, noon+4*hour)
	g.must(timecard.ReleasePunch{Card: card, Punch: "p2", Reason: "seen", ActorID: "hr"})
	head, err := g.store.Head(t.Context())
	require.NoError(t, err)
	g.marks = marks{}
	n, err = g.repair(g)
	require.NoError(t, err)
	require.Zero(t, n)
	after, err := g.store.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, head, after)
}

func TestAPunchIsNotVoidedWhereItsNewOneIsRefused(t *testing.T) {
	g := newGate(t)
	g.punch("e1", "p1", "c1", 1, noon)
	g.correct(place.ClockFix{Fix: "f1", SeqFrom: 1, SeqTo: 1, OffsetMS: -400 * 24 * int64(hour)}) // before the hire
	var refused []process.Refusal
	r := process.ClockRepair{
		Store: g.store, Codec: g.codec, Checkpoints: g.marks, Door: g, Refused: func(x process.Refusal) { refused = append(refused, x) },
	}
	n, err := r.CatchUp(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
	require.Equal(t, timecard.Counted, g.state("e1").Punch("p1").State)
	require.Len(t, refused, 1)
	require.Equal(t, []string{"c1", "f1", "e1", "p1", "not_employed"}, []string{
		refused[0].Device, refused[0].Fix, refused[0].Emp, refused[0].Punch, refused[0].Why.Code,
	})
}

// faulty breaks down at its n-th request: before it is carried out, or after it and before the answer.
type faulty struct {
	door  process.Door
	left  int
	after bool
}

var errKilled = errors.New("killed")

func (f *faulty) Do(ctx context.Context, r ledger.Request) (ledger.Receipt, error) {
	if f.left--; f.left > 0 {
		return f.door.Do(ctx, r)
	}
	if f.after {
		if _, err := f.door.Do(ctx, r); err != nil {
			return ledger.Receipt{}, err
		}
	}
	return ledger.Receipt{}, errKilled
}

func TestARepairThatIsKilledAtAnyStepHealsOnTheNextRun(t *testing.T) {
	for _, after := range []bool{false, true} {
		for step := 1; step <= 4; step++ {
			t.Run(fmt.Sprintf("step %d, after it: %v", step, after), func(t *testing.T) {
				g := newGate(t)
				g.punch("e1", "p1", "c1", 1, noon)
				g.punch("e2", "p2", "c1", 2, noon+hour)
				g.correct(place.ClockFix{Fix: "f1", SeqFrom: 1, SeqTo: 2, OffsetMS: int64(hour)})
				g.punch("e1", "p3", "c1", 3, noon+2*hour)
				g.correct(place.ClockFix{Fix: "f2", SeqFrom: 3, SeqTo: 3, OffsetMS: int64(48 * hour)})
				_, err := g.repair(&faulty{g, step, after})
				require.ErrorIs(t, err, errKilled)
				_, err = g.repair(g)
				require.NoError(t, err)
				require.Equal(t, noon+hour, g.at("e1", "p1"))
				require.Equal(t, noon+2*hour, g.at("e2", "p2"))
				require.Equal(t, noon+50*hour, g.at("e1", "p3.fixed"))
				require.Equal(t, 3, g.state("e1").Punches.Len())
				require.Len(t, g.state("e1").Punch("p1").History, 1, "it is moved once")
				g.marks = marks{}
				n, err := g.repair(g)
				require.NoError(t, err)
				require.Zero(t, n, "nor does a lost checkpoint move anything twice")
			})
		}
	}
}
