package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/text"
)

// clockShop is a ledger with one employee under a clock that a test moves.
type clockShop struct {
	shell
	at time.Time
}

var goodTime = time.Date(2026, 10, 14, 4, 0, 0, 0, time.UTC)

func newClockShop(t *testing.T) *clockShop {
	t.Helper()
	s := &clockShop{at: goodTime}
	s.shell = shell{t: t, dir: t.TempDir(), now: func() time.Time { return s.at }}
	s.must("init", "--tz", "Asia/Shanghai")
	s.must("rules", "publish", "cn-bj-office", "--from", "2026-01-01")
	s.must("groups", "add", "office")
	s.must("groups", "bind", "office", "cn-bj-office", "--from", "2026-01-01")
	s.must("people", "add", "--id", "e1", "--name", "Wang", "--group", "office", "--hired", "2026-10-12", "--badge", "42")
	return s
}

// events is how many events the log holds; it must be sound.
func (s *clockShop) events() int {
	s.t.Helper()
	var v verdict
	require.NoError(s.t, json.Unmarshal([]byte(s.must("verify", "-o", "json")), &v))
	return int(v.Events)
}

func TestCommandsUnderAClockThatLeapsAhead(t *testing.T) {
	for _, command := range [][]string{
		{"punch", "add", "e1", "2026-10-14T09:00", "in"},
		{"groups", "add", "later"},
		{"import", "punches", "clock.dat", "--format", "attlog", "--layout", "usb", "--device", "gate", "--timezone", "Asia/Shanghai"},
		{"serve"},
	} {
		t.Run(strings.Join(command[:1], " "), func(t *testing.T) {
			s := newClockShop(t)
			s.write("clock.dat", []byte("42\t2026-10-13 08:58:10\t1\t0\t1\t0\n"))
			before := s.events()
			s.at = goodTime.AddDate(10, 0, 0)
			code, out, messages := s.run(command...)
			require.Equal(t, exitUsage, code, out)
			require.Contains(t, messages, "The clock of this machine says 2036-10-14T04:00:00.000Z, which is 3653 days after the last event")
			require.Contains(t, messages, "--clock-is-right")
			require.Equal(t, before, s.events(), "nothing is recorded")
			s.at = goodTime.Add(time.Minute)
			if command[0] == "serve" {
				return
			}
			s.must(command...)
			require.Less(t, s.events(), before+8, "no day of those years has turned")
		})
	}
}

func TestALedgerThatWasAtRestForLong(t *testing.T) {
	s := newClockShop(t)
	s.at = goodTime.AddDate(0, 0, 130)
	code, _, _ := s.run("groups", "add", "later")
	require.Equal(t, exitUsage, code)
	before := s.events()
	s.must("groups", "add", "later", "--clock-is-right")
	require.Greater(t, s.events(), before+130, "the days in between have turned")
	s.must("groups", "add", "another")
}

func TestCommandsUnderAClockThatWasSetBack(t *testing.T) {
	s := newClockShop(t)
	s.write("clock.dat", []byte("42\t2026-10-13 08:58:10\t1\t0\t1\t0\n42\t2026-10-13 18:01:00\t1\t1\t1\t0\n"))
	before := s.events()
	s.at = goodTime.AddDate(-16, 0, 0)
	code, out, messages := s.run("import", "punches", "clock.dat", "--format", "attlog", "--layout", "usb", "--device", "gate",
		"--timezone", "Asia/Shanghai", "-o", "json")
	require.Equal(t, exitDone, code, messages)
	require.Contains(t, messages, "The clock of this machine says 2010-10-14T04:00:00.000Z, and the last event of the ledger was recorded at 2026-10-14T04:00:00.000Z")
	var r importReport
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	require.Equal(t, map[string]int{"accepted": 2}, r.Counts, "no punch comes from the future of the ledger")
	require.Equal(t, before+4, s.events(), "a clock, two punches, the batch: no day turns")
	s.at = goodTime.Add(time.Minute)
	_, _, messages = s.run("groups", "add", "later")
	require.Empty(t, messages)
	days := s.must("days", "--employee", "e1", "--from", "2026-10-13", "--to", "2026-10-13", "-o", "json")
	require.Contains(t, days, `"role":"out"`)
}

func TestASampleCompanyTakesAnyClock(t *testing.T) {
	s := shell{t: t, dir: t.TempDir()}
	s.must("demo", "--people", "3", "--days", "7")
	for _, years := range []int{1, -3} {
		s.now = func() time.Time { return goodTime.AddDate(years, 0, 0) }
		code, _, messages := s.run("sites", "add", "later"+strconv.Itoa(years+10), "--name", "L", "--tz", "Asia/Tokyo")
		require.Equal(t, exitDone, code, messages)
		require.Empty(t, messages)
	}
}

func TestAServerWaitsForAClockThatIsRight(t *testing.T) {
	s := newClockShop(t)
	var messages bytes.Buffer
	c := &console{
		invocation: invocation{Dir: s.dir, Err: &messages, Now: s.now}, ctx: t.Context(), text: text.Lookup("en"),
		cfg: &Config{Data: s.dir + "/ledger", KEK: s.dir + "/ledger.kek"},
	}
	w, err := openWriter(c)
	require.NoError(t, err)
	defer func() { require.NoError(t, w.Close()) }()
	ctx, stop := context.WithCancel(t.Context())
	tick, ended := make(chan time.Time), make(chan error, 1)
	s.at = goodTime.AddDate(10, 0, 0)
	go func() { ended <- turnDays(ctx, c, w, tick) }()
	tick <- s.at
	tick <- s.at
	tick <- s.at
	stop()
	require.NoError(t, <-ended)
	require.Equal(t, 1, strings.Count(messages.String(), "The server goes on by itself"), messages.String())
	head, err := w.log.Head(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, s.events(), head)
}
