package presence_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections/presence"
)

const (
	h     = domain.Hour
	first = domain.Date(739_000)
)

// clock is an instant on the n-th day, in UTC.
func clock(n int, at domain.Seconds) domain.Seconds { return (first + domain.Date(n)).Unix() + at }

func span(n int, from, to domain.Seconds) attendance.Interval {
	return attendance.Interval{From: clock(n, from), To: clock(n, to)}
}

// week has a day shift, a night shift, a day off and a day after employment; days are cut at 05:00, or in the middle between plans.
func week() presence.Row {
	day := func(n int, window attendance.Interval, plan ...attendance.Interval) attendance.Outlook {
		return attendance.Outlook{
			Date: first + domain.Date(n), Employed: true, Governed: true, Zone: "UTC", Group: "office", Shift: "D", Window: window, Plan: plan,
			Grace: 5 * domain.Minute, MaxOpen: 16 * h, Dedupe: domain.Minute,
		}
	}
	days := []attendance.Outlook{
		day(0, span(0, 5*h, 29*h), span(0, 9*h, 18*h)),
		day(1, span(1, 5*h, 29*h), span(1, 9*h, 18*h)),
		day(2, span(2, 5*h, 36*h), span(2, 22*h, 30*h)),
		day(3, span(3, 12*h, 29*h)),
		{Date: first + 4},
	}
	return presence.Row{Employee: "e1", From: days[1].Window.From, To: clock(5, 0), Days: days}
}

func TestAt(t *testing.T) {
	mark := func(n int, at domain.Seconds, dir attendance.Direction) presence.Mark {
		return presence.Mark{At: clock(n, at), Dir: dir, Where: "hq", Punch: "p"}
	}
	held := mark(1, 9*h, attendance.In)
	held.Held = true
	outside := mark(1, 9*h, attendance.In)
	outside.Where = presence.Outside
	leave := presence.Away{Kind: "leave", From: clock(1, 13*h), To: clock(1, 18*h), Request: "r1"}
	wholeDay := presence.Away{Kind: "leave", From: clock(1, 9*h), To: clock(1, 18*h), Request: "r1"}
	trip := presence.Away{Kind: "trip", From: clock(1, 0), To: clock(2, 0), Request: "r2"}
	for _, c := range []struct {
		name  string
		marks []presence.Mark
		away  []presence.Away
		at    domain.Seconds
		want  presence.State
		since domain.Seconds
		due   domain.Seconds
		site  string
	}{
		{name: "expected before the plan", at: clock(1, 8*h), want: presence.Expected, due: clock(1, 9*h)},
		{name: "expected within the grace", at: clock(1, 9*h+4*60), want: presence.Expected, due: clock(1, 9*h)},
		{name: "late behind it", at: clock(1, 9*h+5*60), want: presence.Late, since: clock(1, 9*h), due: clock(1, 9*h)},
		{name: "not seen after the plan", at: clock(1, 19*h), want: presence.Unknown, since: clock(1, 18*h)},
		{name: "in", marks: []presence.Mark{mark(1, 9*h, attendance.In)}, at: clock(1, 10*h), want: presence.In, since: clock(1, 9*h), site: "hq"},
		{name: "in somewhere else", marks: []presence.Mark{outside}, at: clock(1, 10*h), want: presence.In, since: clock(1, 9*h), site: presence.Outside},
		{
			name: "a punch of later says nothing yet", marks: []presence.Mark{mark(1, 11*h, attendance.In)}, at: clock(1, 10*h), want: presence.Late,
			since: clock(1, 9*h), due: clock(1, 9*h),
		},
		{
			name: "in since the first of two ins", marks: []presence.Mark{mark(1, 9*h, attendance.In), mark(1, 11*h, attendance.In)}, at: clock(1, 12*h),
			want: presence.In, since: clock(1, 9*h), site: "hq",
		},
		{
			name: "on break", marks: []presence.Mark{mark(1, 9*h, attendance.In), mark(1, 12*h, attendance.BreakOut)}, at: clock(1, 12*h+60),
			want: presence.Break, since: clock(1, 12*h), site: "hq",
		},
		{
			name: "left", marks: []presence.Mark{mark(1, 9*h, attendance.In), mark(1, 17*h, attendance.Out)}, at: clock(1, 17*h+60), want: presence.Left,
			since: clock(1, 17*h), site: "hq",
		},
		{
			name: "punches without direction turn the state round", at: clock(1, 13*h), want: presence.In, since: clock(1, 12*h+1800), site: "hq",
			marks: []presence.Mark{mark(1, 9*h, attendance.Auto), mark(1, 9*h+30, attendance.Auto), mark(1, 12*h, attendance.Auto), mark(1, 12*h+1800, attendance.Auto)},
		},
		{name: "a held punch does not count", marks: []presence.Mark{held}, at: clock(1, 10*h), want: presence.Late, since: clock(1, 9*h), due: clock(1, 9*h)},
		{
			name: "in through the night", marks: []presence.Mark{mark(2, 22*h, attendance.In)}, at: clock(3, 3*h), want: presence.In, since: clock(2, 22*h),
			site: "hq",
		},
		{
			name: "still in from the day before", marks: []presence.Mark{mark(0, 18*h, attendance.In)}, at: clock(1, 6*h), want: presence.In,
			since: clock(0, 18*h), site: "hq",
		},
		{
			name: "an in of the day before that is too long ago", marks: []presence.Mark{mark(0, 9*h, attendance.In)}, at: clock(1, 8*h),
			want: presence.Expected, due: clock(1, 9*h),
		},
		{name: "on leave for half a day", away: []presence.Away{leave}, at: clock(1, 14*h), want: presence.Leave, since: clock(1, 13*h)},
		{name: "expected in the other half", away: []presence.Away{leave}, at: clock(1, 9*h), want: presence.Expected, due: clock(1, 9*h)},
		{name: "on leave for the whole plan", away: []presence.Away{wholeDay}, at: clock(1, 7*h), want: presence.Leave, since: clock(1, 5*h)},
		{
			name: "who punches on leave is in", away: []presence.Away{wholeDay}, marks: []presence.Mark{mark(1, 9*h, attendance.In)}, at: clock(1, 10*h),
			want: presence.In, since: clock(1, 9*h), site: "hq",
		},
		{name: "on a trip", away: []presence.Away{trip}, at: clock(1, 10*h), want: presence.Trip, since: clock(1, 0)},
		{name: "a day off", at: clock(3, 14*h), want: presence.DayOff, since: clock(3, 12*h)},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := week()
			r.Marks, r.Away = c.marks, c.away
			s, there := r.At(c.at)
			require.True(t, there)
			require.Equal(t, c.want, s.State)
			require.Equal(t, c.since.Instant(), s.Since)
			require.Equal(t, c.due.Instant(), s.Due)
			require.Equal(t, c.site, s.Site)
			require.Equal(t, len(c.marks) > 0 && c.marks[0].Held, s.Held)
		})
	}
	t.Run("who is not employed is not listed", func(t *testing.T) {
		r := week()
		_, there := r.At(clock(4, 10*h))
		require.False(t, there)
	})
	t.Run("who need not punch is unknown while planned", func(t *testing.T) {
		r := week()
		r.Days[1].NoPunch = true
		s, _ := r.At(clock(1, 10*h))
		require.Equal(t, presence.Unknown, s.State)
	})
	t.Run("a shift without times is expected", func(t *testing.T) {
		r := week()
		r.Days[1].Plan, r.Days[1].Untimed = nil, true
		s, _ := r.At(clock(1, 10*h))
		require.Equal(t, presence.Expected, s.State)
	})
	t.Run("a late evening moves the start", func(t *testing.T) {
		r := week()
		r.Days[1].Later = []attendance.LaterStart{{After: clock(0, 21*h), By: h}}
		r.Marks = []presence.Mark{mark(0, 9*h, attendance.In), mark(0, 22*h, attendance.Out)}
		s, _ := r.At(clock(1, 9*h+30*60))
		require.Equal(t, presence.Expected, s.State)
		require.Equal(t, clock(1, 10*h).Instant(), s.Due)
	})
}

func TestPackedRowsAreTheSame(t *testing.T) {
	r := week()
	r.Days[1].Later, r.Days[2].Untimed, r.Days[2].NoPunch = []attendance.LaterStart{{After: 1, By: 2}}, true, true
	r.Marks = []presence.Mark{{At: 5, Dir: "in", Where: "hq", Punch: "p1"}, {At: 9, Dir: "out", Held: true}}
	r.Away = []presence.Away{{Kind: "leave", From: 3, To: 7, Request: "r1"}}
	b := presence.Pack(&r)
	for _, words := range []map[string]string{nil, {}} {
		got, err := presence.Unpack(b, "e1", words)
		require.NoError(t, err)
		require.Equal(t, r, got)
	}
	for n := range b {
		_, err := presence.Unpack(b[:n], "e1", nil)
		require.Error(t, err, n)
	}
	_, err := presence.Unpack(append(b, 0), "e1", nil)
	require.Error(t, err)
}
