package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

const (
	day      = 24 * domain.Hour
	maxAhead = 100 * day
)

// watchful opens the office's ledger anew with a bound for its clock.
func (o *office) watchful() {
	o.t.Helper()
	l, err := ledger.Open(o.t.Context(), ledger.Options{Store: o.store, Codec: o.codec, Sealer: o.vault, Now: o.clock, MaxAhead: maxAhead})
	require.NoError(o.t, err)
	o.Ledger = l
}

func TestALedgerDoesNotFollowAClockThatLeapsAhead(t *testing.T) {
	o := founded(t)
	o.watchful()
	_, err := o.TurnDue(t.Context(), domain.InstantOf(o.Now()))
	require.NoError(t, err)
	right := o.now
	for _, c := range []struct {
		name  string
		ahead domain.Seconds
		fine  bool
	}{
		{"by ten years", 3652 * day, false},
		{"by a day and more than a quarter", maxAhead + 1, false},
		{"by a quarter", maxAhead, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			o.now = right + c.ahead.Instant()
			before := len(o.records())
			if c.fine {
				require.NoError(t, o.CheckClock())
				o.must(people.CreateGroup{Group: "later", Title: "Later"})
				return
			}
			requireCode(t, "clock_ahead", o.CheckClock())
			o.refuses("clock_ahead", people.CreateGroup{Group: "later", Title: "Later"})
			_, err := o.TurnDue(t.Context(), domain.InstantOf(o.Now()))
			requireCode(t, "clock_ahead", err)
			require.Len(t, o.records(), before, "no day is turned")
			o.now = right + 1
			require.NoError(t, o.CheckClock(), "the clock is right again, and nothing has happened")
		})
	}
}

func TestAClockThatIsBelievedIsFollowed(t *testing.T) {
	o := founded(t)
	o.watchful()
	o.now += (400 * day).Instant()
	requireCode(t, "clock_ahead", o.CheckClock())
	o.BelieveClock()
	require.NoError(t, o.CheckClock())
	require.Equal(t, o.now, o.must(people.CreateGroup{Group: "later", Title: "Later"}).RecordedAt)
}

func TestTheTimeOfALedgerNeverGoesBack(t *testing.T) {
	o := founded(t)
	o.watchful()
	last := o.now
	o.now -= (3652 * day).Instant()
	require.Equal(t, last, domain.InstantOf(o.Now()))
	by, at := o.Behind()
	require.Equal(t, 3652*24*time.Hour, by)
	require.Equal(t, last, at)
	require.NoError(t, o.CheckClock())
	require.Equal(t, last, o.must(people.CreateGroup{Group: "early", Title: "Early"}).RecordedAt)
	o.now = last + 1
	by, _ = o.Behind()
	require.Zero(t, by)
	require.Equal(t, o.now, o.must(people.CreateGroup{Group: "after", Title: "After"}).RecordedAt)
}

// clockSteps is how many steps of a clock are tried for each seed.
const clockSteps = 1500

// TestClockSteps moves a clock to and fro while a ledger is written and opened again: recorded_at never goes back and never leaps,
// no day turns twice or is passed by, and what is refused writes nothing.
func TestClockSteps(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			o := founded(t)
			o.watchful()
			s := &clockStory{office: o, rng: rand.New(rand.NewPCG(seed, 0)), start: o.now, right: o.now}
			for n := range clockSteps {
				s.step(n)
			}
			s.check()
			require.Positive(t, s.refused)
			require.Positive(t, s.back)
		})
	}
}

type clockStory struct {
	*office
	rng           *rand.Rand
	start, right  domain.Instant // what a good clock says
	refused, back int
}

// step moves the clock, and does something.
func (s *clockStory) step(n int) {
	s.right += domain.Instant(s.rng.Int64N(int64((4 * domain.Hour).Instant())))
	hours := domain.Seconds(1+s.rng.IntN(47)) * domain.Hour
	switch s.rng.IntN(12) {
	case 0:
		s.now = s.right - hours.Instant()
	case 1:
		s.now = s.right - (domain.Seconds(1+s.rng.IntN(20)) * 365 * day).Instant()
	case 2:
		s.now = s.right + (domain.Seconds(1+s.rng.IntN(20)) * 365 * day).Instant()
	case 3: // it stands still
	case 4:
		s.now = s.right + hours.Instant()
	default:
		s.now = s.right
	}
	if s.rng.IntN(20) == 0 {
		s.watchful()
	}
	last := s.last()
	before, err := s.store.Head(s.t.Context())
	require.NoError(s.t, err)
	if s.rng.IntN(3) == 0 {
		_, err = s.TurnDue(s.t.Context(), domain.InstantOf(s.Now()))
	} else {
		_, err = s.try(people.CreateGroup{Group: fmt.Sprintf("g%d", n), Title: "Group"})
	}
	if s.now-last <= maxAhead.Instant() {
		require.NoError(s.t, err)
		if s.now < last {
			s.back++
		}
		return
	}
	s.refused++
	requireCode(s.t, "clock_ahead", err)
	after, err := s.store.Head(s.t.Context())
	require.NoError(s.t, err)
	require.Equal(s.t, before, after)
}

func (s *clockStory) last() domain.Instant {
	head, err := s.store.Head(s.t.Context())
	require.NoError(s.t, err)
	for rec, err := range s.store.ReadAll(s.t.Context(), head-1) {
		require.NoError(s.t, err)
		return s.meta(rec).RecordedAt
	}
	return 0
}

func (s *clockStory) check() {
	var recorded domain.Instant
	var turned domain.Date
	days := 0
	for i, rec := range s.records() {
		require.EqualValues(s.t, i+1, rec.Position)
		at := s.meta(rec).RecordedAt
		require.GreaterOrEqual(s.t, at, recorded)
		recorded = at
		if d, ok := decodedTurn(s.t, s.codec, rec); ok {
			if days > 0 {
				require.Equal(s.t, turned+1, d.Date, "the day after the last")
			}
			turned = d.Date
			days++
		}
	}
	require.LessOrEqual(s.t, recorded, s.right+(2*day).Instant(), "no time was recorded that is further off than a clock was in small")
	require.Positive(s.t, days)
	require.LessOrEqual(s.t, days, int((s.right-s.start)/day.Instant())+4)
	require.Less(s.t, turned.Unix(), s.right.Seconds()+2*day)
}

func decodedTurn(t testing.TB, codec *eventstore.Codec, rec eventstore.Record) (schedule.DayTurned, bool) {
	t.Helper()
	if rec.Type != (schedule.DayTurned{}).EventType() {
		return schedule.DayTurned{}, false
	}
	d, err := codec.DecodeRecord(rec)
	require.NoError(t, err)
	turn, ok := d.Event.(schedule.DayTurned)
	return turn, ok
}
