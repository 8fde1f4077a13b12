package facts_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections/facts"
)

// drawMonth makes a month as a terminal, a phone and people who correct leave it.
func drawMonth(r *rand.Rand, n int) facts.Month {
	var m facts.Month
	one := func(list ...string) string { return list[r.IntN(len(list))] }
	event := func() string {
		if r.IntN(20) == 0 {
			return one("", "imported", "5F0C8F4E-0000-5000-8000-000000000001", "5f0c8f4e")
		}
		var id uuid.UUID
		for i := range id {
			id[i] = byte(r.Uint32())
		}
		return id.String()
	}
	at, position := domain.Seconds(1_790_000_000+r.IntN(1000)), domain.Seconds(r.IntN(1<<20))
	for i := range n {
		at += domain.Seconds(r.IntN(40_000) - 2_000)
		position += domain.Seconds(1 + r.IntN(5_000))
		p := attendance.Punch{
			ID: fmt.Sprintf("gate.%d", 4711+i), At: at, Dir: attendance.Direction(one("in", "out", "auto")), State: attendance.PunchState(r.IntN(5)),
			Place: "office", Site: one("", "hq"), Device: "gate", Position: position, Event: event(), Added: r.IntN(9) == 0,
		}
		switch r.IntN(6) {
		case 0:
			p.ID = one("", "q1", strings.Repeat("长", 30), "gate.4711")
		case 1:
			p.Received, p.TimeSource = at+domain.Seconds(r.IntN(90_000)-1_000), "monotonic"
		case 2:
			p.FirstAt, p.FirstDir, p.Changed = at-60, "out", []string{event(), event()}
		case 3:
			p.Reasons, p.VoidedWith, p.Changed = []string{"outside_fence", "no_ticket"}, "b1", []string{event()}
		}
		m.Punches = append(m.Punches, p)
	}
	if r.IntN(2) == 0 {
		m.Credits = []attendance.Credit{{ID: "c1", Date: 20_700, Seconds: 3600, Code: "REG", Event: event()}}
		m.Waivers = []attendance.Waiver{{Date: 20_701, Key: "late", Ack: true, Event: event()}}
		m.Disputed = []domain.Date{20_702, 20_703}
	}
	return m
}

func TestAMonthIsReadBackAsItWas(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 400 {
		want := drawMonth(r, i%90)
		data, err := want.AppendBinary([]byte("before"))
		require.NoError(t, err)
		var got facts.Month
		require.NoError(t, got.UnmarshalBinary(data[len("before"):]))
		require.Equal(t, want, got)
	}
}

func TestAMonthOfATerminalTakesFewBytes(t *testing.T) {
	var m facts.Month
	for i := range 80 {
		m.Punches = append(m.Punches, attendance.Punch{
			ID: fmt.Sprintf("gate.%d", 100_000+i*977), At: domain.Seconds(1_790_000_000 + i*21_600 + i%7*61), Dir: attendance.Auto, Place: "office",
			TimeSource: "terminal", Device: "gate", Position: domain.Seconds(5_000 + i*977), Event: uuid.NewSHA1(uuid.Nil, []byte{byte(i)}).String(),
		})
	}
	data, err := m.AppendBinary(nil)
	require.NoError(t, err)
	require.Less(t, len(data)/len(m.Punches), 36, "an id of 16 bytes, and little else")
}

func TestADamagedMonthIsNoMonth(t *testing.T) {
	m := drawMonth(rand.New(rand.NewPCG(3, 4)), 40)
	m.Credits, m.Waivers, m.Disputed = nil, nil, nil
	data, err := m.AppendBinary(nil)
	require.NoError(t, err)
	for n := range len(data) {
		require.Error(t, new(facts.Month).UnmarshalBinary(data[:n]), "cut after %d bytes", n)
	}
	require.Error(t, new(facts.Month).UnmarshalBinary(append(data, 'x')))
	require.Error(t, new(facts.Month).UnmarshalBinary([]byte(`{"punches":[]}`)))
}

// FuzzMonth looks for bytes that the reader falls over, or reads as something that it would write otherwise.
func FuzzMonth(f *testing.F) {
	for i := range 8 {
		m := drawMonth(rand.New(rand.NewPCG(5, uint64(i))), i*3)
		data, err := m.AppendBinary(nil)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var m, again facts.Month
		if m.UnmarshalBinary(data) != nil {
			return
		}
		written, err := m.AppendBinary(nil)
		require.NoError(t, err)
		require.NoError(t, again.UnmarshalBinary(written))
		twice, err := again.AppendBinary(nil)
		require.NoError(t, err)
		require.Equal(t, written, twice)
	})
}
