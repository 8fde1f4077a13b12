package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/whatif"
)

// newIntakeLedger is a ledger in which the punches of e1 wait, as the office asks for proofs; of e2, under rules that ask for none, a
// day was rejected, as the phone was blocked by mistake, and one punch was refused by a person.
func newIntakeLedger(t *testing.T) *shell {
	t.Helper()
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	s := &shell{t: t, dir: t.TempDir(), now: func() time.Time { return now }}
	s.must("init", "--tz", "Asia/Shanghai")
	for group, rules := range map[string]string{"office": "cn-bj-office", "free": "flex-open"} {
		s.must("rules", "publish", rules, "--from", "2026-01-01")
		s.must("groups", "add", group)
		s.must("groups", "bind", group, rules, "--from", "2026-01-01")
	}
	for i, group := range []string{"office", "free"} {
		emp, phone := fmt.Sprint("e", i+1), fmt.Sprint("d", i+1)
		s.must("people", "add", "--id", emp, "--name", emp, "--group", group, "--hired", "2026-10-01", "--tz", "Asia/Shanghai")
		s.write(phone+".key", []byte(s.must("punch", "key", phone+".json", "--device", phone, "--employee", emp, "--zone", "Asia/Shanghai")))
		s.must("devices", "enrol", phone, "--key", phone+".key", "--employee", emp)
		s.must("devices", "confirm", phone, "--how", "in_person")
	}
	at := func(day, hour int) { now = time.Date(2026, 11, day, hour-8, 5, 0, 0, time.UTC) }
	punch := func(i int, dir string) {
		phone := fmt.Sprint("d", i)
		if i == 1 || now.Day() < 11 { // a blocked phone gets no ticket
			s.must("devices", "ticket", phone, "--file", phone+".json")
		}
		s.write("punch.json", []byte(s.must("punch", "make", phone+".json", dir)))
		s.must("punch", "send", "punch.json", "--session", fmt.Sprint("e", i))
	}
	for day := 9; day <= 12; day++ {
		if day == 11 {
			s.must("devices", "block", "d2", "--reason", "lost")
		}
		at(day, 9)
		punch(1, "in")
		if day != 11 {
			punch(2, "in")
		}
		at(day, 18)
		punch(1, "out")
		if day == 12 {
			punch(2, "out")
		}
	}
	s.must("devices", "block", "d2", "--trust", "--reason", "found")
	at(15, 12)
	s.must("punches", "refuse", "e1", "d1.8")
	return s
}

// daysAs are the days that a command gives, as lines.
func daysAs(s *shell, args ...string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, "days.jsonl")
	s.must(append([]string{"replay", "--days-out", path, "--from", "2026-11-02", "--to", "2026-11-15"}, args...)...)
	data, err := os.ReadFile(path)
	require.NoError(s.t, err)
	return string(data)
}

func TestAReplayThatJudgesAgainGivesWhatJudgingAgainGives(t *testing.T) {
	pack, _ := ruleset.PackSource("cn-bj-office")
	i, j := bytes.Index(pack, []byte("intake:\n")), bytes.Index(pack, []byte("corrections:\n"))
	trusting := append(bytes.Clone(pack[:i]), pack[j:]...)
	for _, c := range []struct {
		name  string
		rules []string
		want  whatif.IntakeCounts
		adopt bool
	}{
		{name: "by the rules that govern", want: whatif.IntakeCounts{Accept: 2, Hold: 7, Kept: 1}},
		{name: "by those of a candidate", rules: []string{"--rules", "trusting.yaml"}, adopt: true, want: whatif.IntakeCounts{Accept: 7, Kept: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newIntakeLedger(t)
			s.write("trusting.yaml", trusting)
			before := daysAs(s, "--employee", "e1", "--employee", "e2")
			promised := daysAs(s, append([]string{"--intake", "rejudge"}, c.rules...)...)
			var d whatif.Document
			out := s.must(append([]string{"replay", "--intake", "rejudge", "--from", "2026-11-02", "--to", "2026-11-15", "--html", "page.html", "-o", "json"}, c.rules...)...)
			require.NoError(t, json.Unmarshal([]byte(out), &d))
			require.Equal(t, d.ReportHash, d.Hash())
			require.Equal(t, &c.want, d.Report.Intake)
			require.Contains(t, d.Header.Rerun, "rejudge")
			require.NotZero(t, d.Summary.DaysChanged)
			for _, day := range d.Days {
				require.NotEmpty(t, day.Name, "%s %s", day.Emp, day.Date)
			}
			if c.adopt {
				var r replayed
				require.NoError(t, json.Unmarshal([]byte(s.must("replay", "--rules", "trusting.yaml", "--from", "2026-11-02", "--record", "-o", "json")), &r))
				s.must("replay", "adopt", r.Replay, "--publish")
			}
			position := s.must("log", "tail", "-n", "1", "-o", "json")
			s.must("punches", "rejudge")
			require.NotEqual(t, before, promised)
			given := daysAs(s, "--intake", "keep", "--group", "office", "--group", "free")
			if c.adopt {
				given = onlyOf(t, given, "e1")
			}
			require.Equal(t, promised, given)

			var last struct{ Position uint64 }
			require.NoError(t, json.Unmarshal([]byte(position), &last))
			if !c.adopt {
				again := daysAs(s, "--intake", "rejudge", "--as-of", fmt.Sprint(last.Position))
				require.Equal(t, promised, again, "what was known then")
			}
		})
	}
}

// onlyOf are the lines of days about one employee.
func onlyOf(t *testing.T, days, employee string) (out string) {
	t.Helper()
	for line := range bytes.Lines([]byte(days)) {
		var of struct {
			Emp  string
			Date domain.Date
		}
		require.NoError(t, json.Unmarshal(line, &of))
		if of.Emp == employee {
			out += string(line)
		}
	}
	return out
}
