package timecard_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
)

func TestAPunchThatNobodySigns(t *testing.T) {
	at := domain.Instant(1_790_000_000_000)
	w := timecard.Witnessed{ID: "w1", Emp: "e1", Dir: timecard.In, At: at, Offset: 28800, Channel: timecard.ChannelWeb}
	record := func(w timecard.Witnessed) timecard.Event {
		events, err := timecard.Decide(timecard.State{}, w.Command(), timecard.Facts{})
		require.NoError(t, err)
		require.Len(t, events, 1)
		return events[0]
	}
	accepted, ok := record(w).(timecard.PunchAccepted)
	require.True(t, ok)
	require.Equal(t, timecard.ServerTime, accepted.TimeSource)
	require.Equal(t, timecard.L0, accepted.Assurance)
	require.Equal(t, []string{timecard.ReasonUnsigned}, accepted.Reasons)
	require.Equal(t, at, accepted.EffectiveAt)
	require.Empty(t, accepted.Signed)
	w.Hold = []string{timecard.ReasonPersonUnproven}
	held, ok := record(w).(timecard.PunchHeld)
	require.True(t, ok)
	require.Equal(t, []string{timecard.ReasonUnsigned, timecard.ReasonPersonUnproven}, held.Reasons)
}

func TestAPunchThatNobodySignsIsTheSameWheneverItIsSent(t *testing.T) {
	w := timecard.Witnessed{ID: "w1", Emp: "e1", Dir: timecard.In, At: 1_790_000_000_000, Channel: timecard.ChannelWeb}
	first := w.Command()
	w.At += 5_000
	require.Equal(t, first.Identity(), w.Command().Identity())
	w.Dir = timecard.Out
	require.NotEqual(t, first.Identity(), w.Command().Identity())
	w.Dir, w.Emp = timecard.In, "e2"
	require.NotEqual(t, first.Identity(), w.Command().Identity())
}
