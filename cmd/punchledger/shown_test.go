package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/text"
)

// Names may hold what a terminal or a spreadsheet would act on. Tables show it by number, CSV keeps it from being a formula, and JSON
// is exact.
func TestNothingThatActsReachesATerminalOrASpreadsheet(t *testing.T) {
	names := map[string]string{
		"e1": "\u202egpj.exe", "e2": "=HYPERLINK(\"http://x\")", "e3": "👩\u200d💻", "e4": "zero\u200bwidth\ufeff", "e5": "-2+3+cmd|' /C calc'!A0", "e6": "＝1+1", "e7": "a\u2028b",
	}
	s := newShell(t)
	s.must("rules", "publish", "flex-open", "--from", "2000-01-01")
	s.must("groups", "add", "all")
	s.must("groups", "bind", "all", "flex-open", "--from", "2000-01-01")
	for id, name := range names {
		s.must("people", "add", "--id", id, "--group", "all", "--hired", "2026-10-01", "--name="+name)
	}
	table := s.must("people")
	require.False(t, strings.ContainsFunc(table, func(r rune) bool { return r != '\n' && text.Unseen(r) }), "%q", table)
	require.Contains(t, table, `\u202egpj.exe`)
	require.Contains(t, table, "👩\u200d💻")
	for d := json.NewDecoder(strings.NewReader(s.must("people", "-o", "json"))); d.More(); {
		var p struct{ Emp, Name string }
		require.NoError(t, d.Decode(&p))
		require.Equal(t, names[p.Emp], p.Name)
	}
	rows, err := csv.NewReader(strings.NewReader(s.must("people", "-o", "csv"))).ReadAll()
	require.NoError(t, err)
	for _, row := range rows[1:] {
		name := names[row[0]]
		if strings.ContainsAny(name[:1], "=-") || strings.HasPrefix(name, "＝") {
			name = "'" + name
		}
		require.Equal(t, name, row[1])
	}
	story := s.must("why", "e1", "2026-10-05")
	require.Contains(t, story, `\u202egpj.exe`)
	require.False(t, strings.ContainsFunc(story, func(r rune) bool { return r != '\n' && text.Unseen(r) }))
}

func TestNegativeFiguresStayFiguresInCSV(t *testing.T) {
	for cell, want := range map[string]string{
		"-0:10": "-0:10", "-5": "-5", "-1.50": "-1.50", "-": "'-", "-1+1": "'-1+1", "--": "'--", "=1": "'=1", "+1": "'+1", "@x": "'@x", "": "", "a=1": "a=1", "－1": "'－1",
	} {
		require.Equal(t, want, harmless(cell))
	}
}

// A folder may have any name that the system allows: the files in it are found, and nothing else is made.
func TestALedgerWorksUnderAnyPath(t *testing.T) {
	for _, name := range []string{"with space", "陈洁", "q?x=1", "hash#1", "100%", "%41", "a&b=c", "emoji 👩\u200d💻", "quote'\"", "semi;colon", "new\nline", strings.Repeat("long/", 30) + "path"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var out, messages bytes.Buffer
			for _, args := range [][]string{{"init"}, {"groups", "add", "g"}, {"groups"}, {"days"}, {"verify"}} {
				code := run(t.Context(), invocation{
					Args: append(args, "--data", name), Dir: dir, Getenv: func(string) string { return "" }, In: strings.NewReader(""), Out: &out, Err: &messages,
				})
				require.Zero(t, code, "%v: %s", args, messages.String())
			}
			require.Contains(t, out.String(), "The ledger is sound")
		})
	}
}
