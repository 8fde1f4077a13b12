package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/text"
)

// FuzzShown writes whatever a ledger may hold to a terminal and to a spreadsheet: neither is moved by it.
func FuzzShown(f *testing.F) {
	for _, s := range []string{"陈洁", "\x1b[2J", "a\u202eb", "\u200b", "👩\u200d💻", "\xff\xfe", "=cmd|' /C calc'!A0", "-2+3", "-0:10", "@x", "\t=1", "＝1", "a\nb", "\U000e0041", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v := text.Visible(s)
		require.True(t, utf8.ValidString(v))
		require.False(t, strings.ContainsFunc(v, text.Unseen))
		require.Equal(t, v, text.Visible(v))
		require.LessOrEqual(t, utf8.RuneCountInString(text.Shown(s)), 10*text.LongestShown+20)
		var b strings.Builder
		n, err := guarded{&b}.Write([]byte(s))
		require.NoError(t, err)
		require.Equal(t, len(s), n)
		require.False(t, strings.ContainsFunc(b.String(), func(r rune) bool { return r != '\n' && text.Unseen(r) }))
		cell := harmless(s)
		require.True(t, strings.HasSuffix(cell, s))
		require.True(t, cell == "" || figure.MatchString(cell) || !strings.ContainsAny(cell[:1], "=+-@\t\r\n"))
	})
}

// FuzzFlags reads moments, dates, columns, words for directions and delimiters as they come on a command line. What is refused is
// refusedPlainly in words, of bounded length.
func FuzzFlags(f *testing.F) {
	f.Add("badge=工号;time=打卡时间", "签到=in", "tab", "2005-01-01")
	f.Add("badge", "in", ";;", "none")
	f.Add("=;=", "=", "", "9999-99-99")
	f.Add("badge=a;badge=b", "a=in;a=out", "\x1b", "1e400")
	f.Add(strings.Repeat("a=b;", 1000), strings.Repeat("x", 10000), "||", "")
	dir := f.TempDir()
	require.NoError(f, os.WriteFile(filepath.Join(dir, "x.csv"), []byte("badge,time\n1,2026-10-13 09:00\n"), 0o600))
	f.Fuzz(func(t *testing.T, columns, words, delimiter, floor string) {
		a := inFolder(t, dir, nil, "import", "punches", "x.csv", "--format", "csv", "--device", "gate", "--timezone", "UTC", "--dry-run",
			"--columns="+columns, "--dir-map="+words, "--delimiter="+delimiter, "--min-date="+floor)
		require.Equal(t, exitUsage, a.exit, "there is no ledger")
		require.NotEqual(t, "unexpected", a.code)
		require.Less(t, len(a.messages), longestAnswer)
		for _, s := range []string{columns, words, delimiter, floor} {
			_, err := moment(s)
			refusedPlainly(t, err)
			_, err = optionalDate("from", s)
			refusedPlainly(t, err)
		}
	})
}

func refusedPlainly(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	for _, lang := range text.Languages() {
		m := text.Lookup(lang).Error(text.ShownError(refusal(err)))
		require.False(t, strings.ContainsFunc(m.What, text.Unseen))
		require.Less(t, len(m.What), longestAnswer)
	}
	require.Equal(t, domain.Invalid, refusal(err).Kind)
}

// FuzzPeopleList brings lists of people into a ledger: no line is lost, and each is registered or refused.
func FuzzPeopleList(f *testing.F) {
	for _, s := range []string{
		"name,group,hired\nA,office,2026-10-01\n", "name,group,hired\nA,office,2026-02-30\n\"B,office", "\ufeffName , group,hired,badge\nA,office,2026-10-01,7\n", "name,group\n", "", "\x00", "name,group,hired,name\n",
		"name,group,hired,tags,last_day\nA,office,2026-10-01,a b,2026-09-01\n", "name,group,hired\n=cmd(),office,2026-10-01\n\x1b[2J,office,2026-10-01\n",
	} {
		f.Add([]byte(s))
	}
	dir := f.TempDir()
	ready := func(t *testing.T) {
		t.Helper()
		if _, err := os.Stat(filepath.Join(dir, "ledger")); err == nil {
			return
		}
		for _, args := range []string{"init", "rules publish flex-open --from 2000-01-01", "groups add office", "groups bind office flex-open --from 2000-01-01"} {
			a := inFolder(t, dir, nil, say(args)...)
			require.Zero(t, a.exit, a.messages)
		}
	}
	f.Fuzz(func(t *testing.T, list []byte) {
		ready(t)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "people.csv"), list, 0o600))
		a := inFolder(t, dir, nil, "people", "import", "people.csv", "-o", "json")
		require.NotEqual(t, "unexpected", a.code, a.messages)
		require.False(t, strings.ContainsFunc(a.messages, func(r rune) bool { return r != '\n' && text.Unseen(r) }))
		if a.exit == exitUsage {
			return
		}
		var report struct{ Added, Changed, Unchanged, Refused int }
		require.NoError(t, json.Unmarshal([]byte(a.out), &report))
		rows, err := csv.NewReader(strings.NewReader(string(list))).ReadAll()
		if err == nil {
			require.Equal(t, len(rows)-1, report.Added+report.Changed+report.Unchanged+report.Refused, "each line once")
		}
	})
}
