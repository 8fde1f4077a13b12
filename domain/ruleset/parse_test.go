package ruleset_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/ruleset"
)

// small is the least that a document needs.
const small = `rules: punchledger/v1
id: small
title: {en: Small}
effective: "2026-01-01"
timezone: Asia/Shanghai
week: {starts: mon}
day: {cut: "05:00"}
schedule: {weekly: {mon: D}}
shifts:
  D: {kind: fixed, work: [["09:00", "18:00"]]}
punch: {pair: first_last, dedupe: 1m}
count: {early: never, late: approved, off: approved}
breaks: {mode: planned}
overtime:
  rules:
    - {id: late, outside: plan, code: OT_150}
presence:
  late:
    grace: 5m
    tiers: [{over: 0m, as: late}]
pay_codes:
  REG: {class: base, rate: "1.00"}
  OT_150: {class: base, rate: "1.50"}
`

func TestParseNamesEveryProblemWithItsPlace(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"an unknown key", "    grace: 5m", "    grase: 5m", `f.yaml:19:5: unknown key "grase"; did you mean "grace"?`},
		{"an unknown key that is like no other", "id: small", "id: small\nmood: good", `f.yaml:3:1: unknown key "mood"`},
		{"a missing key", "timezone: Asia/Shanghai\n", "", `f.yaml:1:1: key "timezone" is missing`},
		{"a missing key of an entry", "id: late, ", "", `f.yaml:16:7: key "id" is missing`},
		{"a duplicate key", "id: small", "id: small\nid: big", `f.yaml:3:1: key "id" is already set on line 2`},
		{"a duplicate key in a flow mapping", "{starts: mon}", "{starts: mon, starts: tue}", `f.yaml:6:21: key "starts" is already set on line 6`},
		{"a bare number for a length", "grace: 5m", "grace: 5", `f.yaml:19:12: want a length such as 90m, 8h or 1h30m, found a bare number; write the unit, for example 30m`},
		{"a length with a fraction", "grace: 5m", "grace: 0.5h", `f.yaml:19:12: "0.5h" is not possible here; want a length such as 90m, 8h or 1h30m`},
		{"an hour past 47", `"18:00"`, `"48:00"`, `f.yaml:10:37: "48:00" is not possible here; want a time "HH:MM" from 00:00 to 47:59`},
		{"a number for a time", `"05:00"`, `5`, `f.yaml:7:12: want a time "HH:MM" from 00:00 to 47:59, found a bare number; write it in quotes, for example "09:00"`},
		{"a span of three", `["09:00", "18:00"]`, `["09:00", "18:00", "19:00"]`, `f.yaml:10:27: want at most 2 entries, found 3`},
		{"a date that is none", `"2026-01-01"`, `"2026-13-01"`, `f.yaml:4:12: "2026-13-01" is not possible here; want a date such as 2026-10-24`},
		{"a rate without quotes", `"1.50"`, `1.50`, `f.yaml:23:31: want a decimal in quotes, found a bare number; write it in quotes, for example "1.50"`},
		{"a word of another list", "pair: first_last", "pair: first_lst", `f.yaml:11:15: "first_lst" is not possible here; want first_last, alternate, typed, slot_points; did you mean "first_last"?`},
		{"another format", "punchledger/v1", "punchledger/v2", `f.yaml:1:8: "punchledger/v2" is not possible here; want punchledger/v1`},
		{"a weekday that is none", "weekly: {mon: D}", "weekly: {monday: D}", `f.yaml:8:21: unknown key "monday"`},
		{"a key of the wrong form", "REG: {class", "reg: {class", `f.yaml:22:3: "reg" cannot be a key here`},
		{"an anchor", "week: {starts: mon}", "week: &w {starts: mon}", `f.yaml:6:7: anchors (&w) are not allowed; write the value out`},
		{"an alias", "week: {starts: mon}", "week: *w", `f.yaml:6:7: aliases (*w) are not allowed; write the value out`},
		{"a merge", "week: {starts: mon}", "week: {<<: {starts: mon}}", `f.yaml:6:8: merges (<<) are not allowed; write the keys out`},
		{"a tag", "id: small", "id: !!str small", `f.yaml:2:5: tags (!!str) are not allowed`},
		{"a second document", "id: small", "id: small\n---\nid: big", `f.yaml:4:1: a second document begins here; a file holds one`},
		{"nothing where a text is wanted", "id: small", "id:", `f.yaml:2:4: want an id of a-z, 0-9, _, . and -, found nothing`},
		{"broken syntax", "week: {starts: mon}", "week: {starts: mon", `f.yaml:7:1: cannot be read: `},
		{"deep nesting", "week: {starts: mon}", "week: " + strings.Repeat("[", 100), `f.yaml:6:71: nested more than 64 levels deep`},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Contains(t, small, c.from)
			_, err := ruleset.Parse([]byte(strings.Replace(small, c.from, c.to, 1)), "f.yaml")
			require.Error(t, err)
			if strings.HasSuffix(c.want, ": ") {
				require.True(t, strings.HasPrefix(err.Error(), c.want), err.Error())
				return
			}
			require.Equal(t, c.want, err.Error())
		})
	}
}

func TestParseFindsAllProblemsAtOnce(t *testing.T) {
	text := strings.NewReplacer("grace: 5m", "grase: 5", "starts: mon", "starts: monday", `"1.50"`, `1.5`).Replace(small)
	_, err := ruleset.Parse([]byte(text), "f.yaml")
	problems, ok := errors.AsType[*ruleset.ProblemsError](err)
	require.True(t, ok)
	require.Len(t, problems.Problems, 3)
	require.Equal(t, []int{6, 19, 23}, []int{problems.Problems[0].Line, problems.Problems[1].Line, problems.Problems[2].Line})
	require.Equal(t, "/presence/late/grase", problems.Problems[1].Pointer)
	require.Equal(t, "doc.unknown_key", problems.Problems[1].Code)
}

func TestParseRefusesWhatIsNoDocument(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an empty text", "", "f: the document is empty"},
		{"comments alone", "# nothing\n", "f: the document is empty"},
		{"a list", "- a\n", "a document is a mapping"},
		{"bytes that are no text", "rules: \xff\xfe", "not UTF-8"},
		{"a text beyond the limit", "# " + strings.Repeat("x", 256<<10), "at most 262144 are read"},
		{"a line beyond the limit", "a: " + strings.Repeat("x", 5000), "a line of more than 4096 characters"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ruleset.Parse([]byte(c.text), "f")
			require.ErrorContains(t, err, strings.TrimPrefix(c.want, "f: "))
		})
	}
}

func TestParseReadsJSONWithPlaces(t *testing.T) {
	doc, err := ruleset.Parse([]byte(small), "f.yaml")
	require.NoError(t, err)
	stored, err := doc.JSON()
	require.NoError(t, err)
	again, err := ruleset.Parse(stored, "f.json")
	require.NoError(t, err)
	require.Equal(t, doc, again)

	_, err = ruleset.Parse([]byte("{\n\t\"rules\": \"punchledger/v1\",\n\t\"rulez\": 1,\n\t\"rules\": \"x\"\n}"), "f.json")
	require.ErrorContains(t, err, `f.json:4:2: key "rules" is already set on line 2`)
	_, err = ruleset.Parse([]byte(strings.Replace(string(stored), `"pair":"first_last"`, `"pair":7`, 1)), "f.json")
	require.ErrorContains(t, err, `want text, found a bare number`)
}

func TestHashIgnoresCommentsOrderAndSpelling(t *testing.T) {
	a, err := ruleset.Parse([]byte(small), "a")
	require.NoError(t, err)
	other := strings.Replace(small, "id: small\n", "# a comment\n", 1) + "id: small\n"
	b, err := ruleset.Parse([]byte(strings.Replace(other, "dedupe: 1m", "dedupe: 60s", 1)), "b")
	require.NoError(t, err)
	hashA, err := ruleset.Hash(a)
	require.NoError(t, err)
	hashB, err := ruleset.Hash(b)
	require.NoError(t, err)
	require.Equal(t, hashA, hashB)
	require.Len(t, hashA, 64)

	c, err := ruleset.Parse([]byte(strings.Replace(small, "grace: 5m", "grace: 6m", 1)), "c")
	require.NoError(t, err)
	hashC, err := ruleset.Hash(c)
	require.NoError(t, err)
	require.NotEqual(t, hashA, hashC)
}

func TestScalarsReadBackAsWritten(t *testing.T) {
	text := small + `limits:
  - {id: rest, measure: rest_gap, min: 11h, severity: low}
  - {id: row, measure: days_in_row, max: 6, severity: low, day: [work]}
  - {id: all, measure: worked, per: week, max: 48h, severity: low}
  - {id: codes, measure: [OT_150], per: month, max: 36h30m, severity: low}
`
	text = strings.Replace(text, "outside: plan", "per: day, over: plan", 1)
	doc, err := ruleset.Parse([]byte(text), "f.yaml")
	require.NoError(t, err)
	require.True(t, doc.Overtime.Rules[0].Over.Plan)
	require.Equal(t, ruleset.Amount{Days: 6, IsDays: true}, *doc.Limits[1].Max)
	require.Equal(t, []string{"work"}, doc.Limits[1].Day)
	require.Equal(t, ruleset.Measure{"worked"}, doc.Limits[2].Measure)
	require.Equal(t, "36h30m", doc.Limits[3].Max.String())
	stored, err := doc.JSON()
	require.NoError(t, err)
	back, err := ruleset.ParseStored(stored)
	require.NoError(t, err)
	require.Equal(t, doc, back)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	for _, p := range ruleset.Packs() {
		text, _ := ruleset.PackSource(p.ID)
		f.Add(text)
		stored, err := p.JSON()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(stored)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := ruleset.Parse(data, "fuzz")
		if err != nil {
			return
		}
		stored, err := doc.JSON()
		require.NoError(t, err)
		back, err := ruleset.ParseStored(stored)
		require.NoError(t, err)
		require.Equal(t, doc, back)
		ruleset.Locate(data, ruleset.Lint(doc))
	})
}
