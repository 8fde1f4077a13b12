package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/report"
	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/domain/whatif"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// small is a report that has something of everything.
func small(t *testing.T) whatif.Document {
	t.Helper()
	data, err := os.ReadFile("testdata/small.json")
	require.NoError(t, err)
	var d whatif.Document
	require.NoError(t, json.Unmarshal(data, &d))
	return d
}

func written(t *testing.T, lang string, docs ...whatif.Document) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, report.Write(&b, report.Page{Text: text.Lookup(lang), Replays: docs, Tell: told}))
	return b.String()
}

// told is a line of every kind.
func told(of *whatif.Document, d *whatif.DayChange) []report.Line {
	return []report.Line{
		{Kind: report.Text, Cells: []string{"They part at stage 4."}},
		{Kind: report.Sides, Cells: []string{"the rules that govern", of.Header.Candidate}},
		{Kind: report.Heading, Cells: []string{"Stage by stage"}},
		{Kind: report.Stage, Cells: []string{"4", "grace", "differs"}},
		{Kind: report.Sides, Cells: []string{d.Traces.Before.Ruleset, "<b>" + d.Emp}},
		{Kind: report.Row, Cells: []string{"REG", "7:53", "8:00", "+0:07"}},
	}
}

func TestDaysOpenToBothComputations(t *testing.T) {
	d := small(t)
	page := written(t, text.English, d)
	require.Equal(t, 1, strings.Count(page, "<details>"), "one day has its traces")
	require.Contains(t, page, "The first 1 of them open")
	require.Contains(t, page, `<div class="sides"><span>cn-bj-office</span><span>&lt;b&gt;`+d.Days[0].Emp+"</span>")
	require.Contains(t, page, "punchledger why "+d.Days[0].Emp+" "+d.Days[0].Date.String()+" --diff &#39;grace 10.yaml&#39; --from 2026-09-01")
	d.Days[0].Traces = nil
	require.NotContains(t, written(t, text.English, d), "<details>")
}

func TestFailuresAreListedUpToABound(t *testing.T) {
	d := small(t)
	for range 150 {
		d.Failures = append(d.Failures, d.Failures[0])
	}
	page := written(t, text.English, d)
	require.Equal(t, 99, strings.Count(page, "<code>unknown_tz</code>"))
	require.Contains(t, page, "The first 100 of 152 are listed here")
}

func TestGoldenPages(t *testing.T) {
	other := small(t)
	other.Header.Candidate, other.ReportHash = "grace15.yaml", strings.Repeat("5", 64)
	collective := small(t)
	collective.Collective, collective.Report = true, collective.Report.Collective()
	for _, c := range []struct {
		file, lang string
		docs       []whatif.Document
	}{
		{"small.en.html", text.English, []whatif.Document{small(t)}},
		{"small.zh.html", text.Chinese, []whatif.Document{small(t)}},
		{"several.en.html", text.English, []whatif.Document{small(t), other}},
		{"collective.zh.html", text.Chinese, []whatif.Document{collective}},
	} {
		t.Run(c.file, func(t *testing.T) {
			got := written(t, c.lang, c.docs...)
			require.Equal(t, got, written(t, c.lang, c.docs...))
			requireAlone(t, got)
			path := filepath.Join("testdata", c.file)
			if *update {
				require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
				return
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), got, "make golden writes it anew")
		})
	}
}

// requireAlone holds a page to what it promises: it runs nothing, asks nobody for anything, and leaves no text out.
func requireAlone(t *testing.T, page string) {
	t.Helper()
	for _, asks := range []string{"<script", "http:", "https:", "src=", "url(", "@import", "<link", "<iframe", "javascript:", "onload"} {
		require.NotContains(t, page, asks)
	}
	require.Contains(t, page, `http-equiv="Content-Security-Policy" content="default-src `)
	require.NotRegexp(t, `report\.[a-z_]+[.<]`, page)
	require.NotRegexp(t, regexp.MustCompile(`\{[a-z_]+\}`), page[strings.Index(page, "</style>"):])
}

func TestRepresentativesAreShownNobody(t *testing.T) {
	d := small(t)
	d.Collective, d.Report = true, d.Report.Collective()
	page := written(t, text.English, d)
	require.NotRegexp(t, `\be1\d`, page)
	require.Contains(t, page, "beijing")
	require.NotContains(t, page, "tiny", "a site of three people")
}

func TestWhatIsWrittenIsNeverMarkup(t *testing.T) {
	d := small(t)
	d.Header.Candidate, d.Days[0].Emp, d.Days[0].Rule = `<img src=x onerror=alert(1)>`, `"><script>alert(1)</script>`, `/a<b>`
	page := written(t, text.English, d)
	require.NotContains(t, page, "<img")
	require.NotContains(t, page, "<script")
	require.NotContains(t, page, "<b>onerror")
}

func TestCandidatesSideBySide(t *testing.T) {
	lines := report.Compared(text.Lookup(text.English), []whatif.Document{small(t), small(t)})
	require.Equal(t, "people", lines[0].What)
	require.Equal(t, []string{"12", "12"}, lines[0].Values)
	last := lines[len(lines)-1]
	require.True(t, last.Hash)
	require.Equal(t, []string{small(t).ReportHash, small(t).ReportHash}, last.Values)
}
