package text_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/text"
)

func TestNotes(t *testing.T) {
	for _, c := range []struct {
		code   string
		args   map[string]string
		en, zh string
	}{
		{
			"late.by",
			map[string]string{"late_s": "420", "grace_s": "300"},
			"0:07 late; the grace is 0:05", "迟到 0:07；宽限 0:05",
		},
		{
			"grace.snapped",
			map[string]string{"edge": "in", "from": "2026-10-08T09:04:10+08:00", "to": "2026-10-08T09:00:00+08:00"},
			"start of the shift: 2026-10-08 09:04:10 +08:00 is within the grace and counts as 2026-10-08 09:00 +08:00",
			"上班：2026-10-08 09:04:10 +08:00 在宽限之内，按 2026-10-08 09:00 +08:00 计",
		},
		{
			"day.kind",
			map[string]string{"kind": "makeup", "zone": "Asia/Shanghai"},
			"kind of day: adjusted workday; time zone Asia/Shanghai", "当日为补班，时区 Asia/Shanghai",
		},
		{
			"limit.over",
			map[string]string{"rule": "de.day10", "value": "39660", "limit": "36000"},
			"limit de.day10: 11:01 reached, 10:00 allowed; nothing is taken off for that", "上限 de.day10：已达 11:01，允许 10:00；不因此扣减工时",
		},
		{
			"rest.days_in_row",
			map[string]string{"rule": "r", "value": "7", "limit": "6"},
			"rule r: 7 working days in a row, 6 are allowed", "规则 r：连续工作 7 天，最多 6 天",
		},
		{
			"overlay.counted",
			map[string]string{"s": "3661"},
			"1:01:01 counts without punches", "1:01:01 未打卡，也计入",
		},
	} {
		require.Equal(t, c.en, text.Lookup("en").Note(c.code, c.args))
		require.Equal(t, c.zh, text.Lookup("zh").Note(c.code, c.args))
	}
}

func TestEveryNoteOfTheTraceHasATextThatNamesItsArgumentsOnly(t *testing.T) {
	want := make([]string, len(attendance.Notes))
	en := raw(t, text.English)
	for i, n := range attendance.Notes {
		want[i] = "notes." + n.Code
		for _, p := range placeholder.FindAllString(en[want[i]], -1) {
			require.True(t, slices.Contains(n.Args, p[1:len(p)-1]), "%s has no argument %s", n.Code, p)
		}
	}
	slices.Sort(want)
	require.Equal(t, want, text.Lookup("en").Keys("notes."))
}
