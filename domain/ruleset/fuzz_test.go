package ruleset_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/ruleset"
)

// within holds the places and the sentences of problems against the text that they are about.
func within(t *testing.T, text []byte, err error) {
	t.Helper()
	var found *ruleset.ProblemsError
	require.True(t, errors.As(err, &found), "%v", err)
	require.NotEmpty(t, found.Problems)
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text)), "\n")
	for _, p := range found.Problems {
		require.NotEqual(t, "doc.invalid", p.Code, "%s", p.Text())
		require.NotContains(t, p.Text(), "{want}")
		require.LessOrEqual(t, p.Line, len(lines), "%+v", p)
		if p.Line > 0 && utf8.Valid(text) {
			require.LessOrEqual(t, p.Column, utf8.RuneCountInString(lines[p.Line-1])+1, "%+v", p)
		}
	}
}

// FuzzDocument holds what Parse says of texts that are no rules against the text: a place within it, and a sentence.
func FuzzDocument(f *testing.F) {
	for _, s := range []string{
		"", "a: &x [1]\nb: *x\n", "a:\n\tb: 1", "\ufeffrules: x", "{\"rules\": \"x\", \"rules\": 1}", "rules: NO\nid: 0777\n", "? [a]: b", "a: !!x y\n--- \nb: 1", "%YAML 1.1\n---\na: 1\n",
		"effective: \"2026-02-30\"\n", "a: \"\\x1b\"\n", "a: 1e400\nb: .inf\nc: 0x_\n", "<<: {a: 1}\n", "a: |\n  x\n y\n", "{\"a\": [[[[]]]], \"\": {\"\": 1}}",
	} {
		f.Add([]byte(s))
	}
	text, _ := ruleset.PackSource("flex-open")
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := ruleset.Parse(text, "f"); err != nil {
			within(t, text, err)
		}
	})
}

// FuzzCalendar reads years of calendars: a year whose days are all of it and in order, or problems with their places.
func FuzzCalendar(f *testing.F) {
	const head = "calendar: punchledger/v1\nid: here\ntitle: {en: Here}\njurisdiction: CN\nyear: 2026\nsource: {title: x, issued: \"2025-11-04\"}\ndays:\n"
	for _, s := range []string{
		head + "  statutory:\n    - {date: \"01-01\", name: a}\n", head + "  rest:\n    - {date: \"05-01..05-05\", name: a}\n  makeup:\n    - {date: \"04-26\", name: a, swap_of: \"05-04\"}\n",
		head + "  statutory: [\"02-29\"]\n", head + "  rest:\n    - {date: \"12-31..01-02\", name: a}\n", head + "  work:\n    - {date: \"05-01\", tags: [a, a]}\n", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := ruleset.ParseCalendar(text, "f")
		if err != nil {
			within(t, text, err)
			return
		}
		for i, d := range doc.Year.Days {
			y, _, _ := d.Date.Civil()
			require.Equal(t, doc.Year.Year, y)
			require.True(t, i == 0 || doc.Year.Days[i-1].Date <= d.Date)
		}
		hash, err := ruleset.CalendarHash(doc.Year.Days)
		require.NoError(t, err)
		require.Equal(t, doc.Year.Hash, hash)
		ruleset.LintCalendar(doc)
	})
}
