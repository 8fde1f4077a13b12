package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/ruleset"
)

// openWith is a shipped document with one change.
func openWith(old, changed string) map[string]string {
	source, _ := ruleset.PackSource("flex-open")
	if !strings.Contains(string(source), old) {
		panic("the document does not hold " + old)
	}
	return map[string]string{"open.yaml": strings.Replace(string(source), old, changed, 1)}
}

// documentOf is a document that holds text and nothing else.
func documentOf(text string) map[string]string { return map[string]string{"open.yaml": text} }

var (
	lintOpen    = say("rules lint open.yaml")
	publishOpen = say("rules publish open.yaml")
)

// rulesCases are rules documents that cannot be used.
var rulesCases = []badInput{
	{name: "a key that is not known", given: "timezon: UTC", args: publishOpen, files: openWith("timezone: UTC", "timezon: UTC"), exit: 2, code: "document_refused", where: []string{"open.yaml:8:1", "timezon"}, says: []string{"unknown key", "did you mean", "rules lint"}},
	{name: "a key that is not known, looked at", given: "punch: {pair: alternate, dedup: 1m}", args: lintOpen, files: openWith("dedupe: 1m", "dedup: 1m"), exit: 1, where: []string{"open.yaml:17:26", "/punch/dedup"}, says: []string{"unknown key", "did you mean “dedupe”"}},
	{name: "a key that is missing", given: "no effective", args: publishOpen, files: openWith("effective: \"2000-01-01\"\n", ""), exit: 2, code: "document_refused", where: []string{"open.yaml:1:1", "effective"}, says: []string{"is missing"}},
	{name: "a key twice", given: "timezone: UTC\ntimezone: UTC", args: publishOpen, files: openWith("timezone: UTC", "timezone: UTC\ntimezone: UTC"), exit: 2, code: "document_refused", where: []string{"open.yaml:9:1", "timezone"}, says: []string{"already set on line 8"}},
	{name: "a list where a text is wanted", given: "timezone: [UTC]", args: publishOpen, files: openWith("timezone: UTC", "timezone: [UTC]"), exit: 2, code: "document_refused", where: []string{"open.yaml:8:11"}, says: []string{"want", "found"}},
	{name: "a number where a text is wanted: YAML reads 2000 so", given: "id: 2000", args: publishOpen, files: openWith("id: flex-open", "id: 2000"), exit: 2, code: "document_refused", where: []string{"open.yaml:2:5"}, says: []string{"want", "found"}},
	{name: "NO where a text is wanted: YAML reads it as text here", given: "rules: NO", args: publishOpen, files: openWith("rules: punchledger/v1", "rules: NO"), exit: 2, code: "document_refused", where: []string{"open.yaml:1:8", "NO"}, says: []string{"not possible here"}},
	{name: "an octal number", given: "rate: 0777", args: publishOpen, files: openWith(`rate: "1.00"`, "rate: 0777"), exit: 2, code: "document_refused", where: []string{"open.yaml:24:28"}, says: []string{"want"}},
	{name: "a time without quotation marks, which YAML 1.1 counts in sixties", given: "cut: 25:61", args: publishOpen, files: openWith(`cut: "04:00"`, "cut: 25:61"), exit: 2, code: "document_refused", where: []string{"open.yaml:12:12", "25:61"}, says: []string{"not possible here", "want"}},
	{name: "a length beyond 64 bits", given: "dedupe: 99999999999999999999h", args: publishOpen, files: openWith("dedupe: 1m", "dedupe: 99999999999999999999h"), exit: 2, code: "document_refused", where: []string{"open.yaml:17:"}, says: []string{"want"}},
	{name: "a number beyond floats", given: "dedupe: 1e400", args: publishOpen, files: openWith("dedupe: 1m", "dedupe: 1e400"), exit: 2, code: "document_refused", where: []string{"open.yaml:17:"}, says: []string{"want"}},
	{name: "a date that is not there", given: `effective: "2000-02-30"`, args: publishOpen, files: openWith(`effective: "2000-01-01"`, `effective: "2000-02-30"`), exit: 2, code: "document_refused", where: []string{"open.yaml:7:12", "2000-02-30"}, says: []string{"want a date such as"}},
	{name: "a zone that is not known, in a document", given: "timezone: Europe/Atlantis", args: lintOpen, files: openWith("timezone: UTC", "timezone: Europe/Atlantis"), exit: 1, where: []string{"open.yaml:8:", "Europe/Atlantis"}, says: []string{"the zone archive has no"}},
	{name: "a shift that is not there, in a plan", given: "mon: X", args: lintOpen, files: openWith("mon: O,", "mon: X,"), exit: 1, where: []string{"open.yaml:14:", "X"}, says: []string{"there is no shift"}},
	{name: "an anchor and an alias", given: "a: &x UTC … *x", args: publishOpen, files: openWith("timezone: UTC", "timezone: &x UTC"), exit: 2, code: "document_refused", where: []string{"open.yaml:8:", "&x"}, says: []string{"anchors", "write the value out"}},
	{name: "a bomb of anchors", given: "a: &a [x,x,…] b: &b [*a,*a,…] …", args: publishOpen, files: documentOf("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"), exit: 2, code: "document_refused", where: []string{"open.yaml:1:"}, says: []string{"anchors", "write the value out"}},
	{name: "a merge", given: "<<: {id: x}", args: publishOpen, files: openWith("timezone: UTC", "timezone: UTC\n<<: {id: x}"), exit: 2, code: "document_refused", where: []string{"open.yaml:9:"}, says: []string{"merges", "write the keys out"}},
	{name: "a tag", given: "id: !!python/object x", args: publishOpen, files: openWith("id: flex-open", "id: !!python/object x"), exit: 2, code: "document_refused", where: []string{"open.yaml:2:"}, says: []string{"tags"}},
	{name: "two documents in a file", given: "… --- …", args: publishOpen, files: openWith("examples:", "---\nexamples:"), exit: 2, code: "document_refused", where: []string{"open.yaml:"}, says: []string{"second document"}},
	{name: "tabs before keys", given: "day:\\n\\tcut: …", args: publishOpen, files: openWith(`day: {cut: "04:00"}`, "day:\n\tcut: \"04:00\""), exit: 2, code: "document_refused", where: []string{"open.yaml:13:"}, says: []string{"cannot be read"}},
	{name: "a quotation mark that is not closed", given: `effective: "2000-01-01`, args: publishOpen, files: documentOf("rules: punchledger/v1\nid: \"flex\n"), exit: 2, code: "document_refused", where: []string{"open.yaml:2:"}, says: []string{"cannot be read"}},
	{name: "an empty document", args: publishOpen, files: documentOf(""), exit: 2, code: "document_refused", where: []string{"open.yaml:1:1"}, says: []string{"is empty"}},
	{name: "a document of comments", args: publishOpen, files: documentOf("# later\n"), exit: 2, code: "document_refused", where: []string{"open.yaml:1:1"}, says: []string{"is empty"}},
	{name: "a list as a document", args: publishOpen, files: documentOf("- rules\n"), exit: 2, code: "document_refused", where: []string{"open.yaml:1:1"}, says: []string{"mapping"}},
	{name: "a binary file as a document", args: publishOpen, files: documentOf("\x7fELF\x02\x01\x01\x00\x00\x00\xff"), exit: 2, code: "document_refused", where: []string{"open.yaml:1:"}, says: []string{"not UTF-8"}},
	{name: "a document in UTF-16", args: publishOpen, files: documentOf("\xff\xfer\x00u\x00l\x00e\x00s\x00"), exit: 2, code: "document_refused", where: []string{"open.yaml:1:"}, says: []string{"not UTF-8"}},
	{name: "a document beyond the limit", given: "300,000 bytes", args: publishOpen, files: documentOf("rules: punchledger/v1\n# " + strings.Repeat("x", 300_000)), exit: 2, code: "document_refused", where: []string{"open.yaml:1:1", "262144"}, says: []string{"too many bytes"}},
	{name: "a line beyond the limit", given: "id: xxx…", args: publishOpen, files: documentOf("id: " + strings.Repeat("x", 10_000)), exit: 2, code: "document_refused", where: []string{"open.yaml:1:4097"}, says: []string{"a line of more than 4096"}},
	{name: "nesting of 100,000 levels", given: "[[[[…", args: publishOpen, files: documentOf("a: " + strings.Repeat("[", 100_000)), exit: 2, code: "document_refused", where: []string{"open.yaml:1:"}, says: []string{"nested more than 64"}},
	{name: "JSON nested 100,000 levels deep", given: `{"a":[[[[…`, args: publishOpen, files: documentOf(`{"a":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}"), exit: 2, code: "document_refused", where: []string{"open.yaml:1:"}, says: []string{"nested more than 64"}},
	{name: "JSON with a key twice", args: publishOpen, files: documentOf(`{"rules": "punchledger/v1", "rules": "punchledger/v2"}`), exit: 2, code: "document_refused", where: []string{"open.yaml:1:29", "rules"}, says: []string{"already set"}},
	{name: "JSON that is cut off", args: publishOpen, files: documentOf(`{"rules": "punchledger/v1", "id": `), exit: 2, code: "document_refused", where: []string{"open.yaml:1:"}, says: []string{"cannot be read"}},
	{name: "a key with an escape sequence", given: "\"\\e[31m\": 1", args: publishOpen, files: openWith("timezone: UTC", "timezone: UTC\n\"\\e[31m\": 1"), exit: 2, code: "document_refused", where: []string{"open.yaml:9:"}, says: []string{"unknown key"}},
	{name: "a document of a later version", given: "rules: punchledger/v2", args: publishOpen, files: openWith("punchledger/v1", "punchledger/v2"), exit: 2, code: "document_refused", where: []string{"open.yaml:1:8", "punchledger/v2"}, says: []string{"not possible here"}},
	{name: "rules that name a calendar that is not there", given: "calendar: atlantis", args: publishOpen, files: openWith("precision: second", "precision: second\ncalendar: atlantis"), exit: 2, code: "unknown_calendar", where: []string{"atlantis"}, says: []string{"no such calendar"}},
	{name: "rules that govern until before they begin", args: say("rules publish flex-open --from 2026-10-01 --until 2026-09-01"), exit: 2, code: "invalid_value", where: []string{"--until", "2026-09-01"}, says: []string{"before the start"}},
	{name: "rules from a date that is not there", args: say("rules publish flex-open --from 2026-02-30"), exit: 2, code: "invalid_value", where: []string{"--from"}, says: []string{"want a date"}},
	{name: "rules for the past of a governed group, without a replay", given: "cn-bj-office with another grace", args: say("rules publish office.yaml --from 2026-10-01"), files: officeWith("grace: 5m", "grace: 9m"), kept: "the draft, which governs nothing", exit: 2, code: "replay_required", says: []string{"already governed", "punchledger replay"}},
	{name: "a version to withdraw that is not there", args: say("rules withdraw cn-bj-office 7 --reason mistake"), exit: 2, code: "unknown_version", where: []string{"7"}, says: []string{"no such version"}},
	{name: "a version to show that is not there", args: say("rules show cn-bj-office@7"), exit: 2, code: "unknown_version", where: []string{"cn-bj-office", "7"}, says: []string{"no such version"}},
	{name: "a pack to show that is not there", args: say("rules show cn-xx-office"), exit: 2, code: "unknown_rules", where: []string{"cn-xx-office"}, says: []string{"no such rules"}},
	{name: "two documents to compare, one not there", args: say("rules diff flex-open nowhere.yaml"), exit: 2, code: "unknown_rules", where: []string{"nowhere.yaml"}, says: []string{"no such rules"}},
	{name: "an example that does not hold", given: `REG: "8:31"`, args: say("rules test open.yaml"), files: openWith(`REG: "8:30"`, `REG: "8:31"`), exit: 1, where: []string{"8:31"}, says: []string{"8:30"}},
}

// officeWith is the pack that governs the ledger, with one change and without its examples.
func officeWith(old, changed string) map[string]string {
	source, _ := ruleset.PackSource("cn-bj-office")
	if !strings.Contains(string(source), old) {
		panic("the document does not hold " + old)
	}
	text, _, _ := strings.Cut(strings.ReplaceAll(string(source), old, changed), "\nexamples:\n") // which are of the rules as shipped
	return map[string]string{"office.yaml": text + "\n"}
}

// yearOf is a year of a calendar with these days.
func yearOf(head, days string) map[string]string {
	return map[string]string{"year.yaml": "calendar: punchledger/v1\nid: here\ntitle: {en: Here}\njurisdiction: CN\n" + head +
		"\nsource: {title: An announcement, issued: \"2025-11-04\"}\ndays:\n" + days}
}

var publishYear = say("calendars publish year.yaml")

// calendarCases are years of calendars that cannot be used.
var calendarCases = []badInput{
	{name: "a year that is no number", given: "year: next", args: publishYear, files: yearOf("year: next", "  statutory: []\n"), exit: 2, code: "document_refused", where: []string{"year.yaml:5:7"}, says: []string{"want"}},
	{name: "a year of five digits", given: "year: 20260", args: publishYear, files: yearOf("year: 20260", "  statutory: []\n"), exit: 2, code: "document_refused", where: []string{"year.yaml:5:7"}, says: []string{"want"}},
	{name: "a year before the first one", given: "year: -1", args: publishYear, files: yearOf("year: -1", "  statutory: []\n"), exit: 2, code: "document_refused", where: []string{"year.yaml:5:7"}, says: []string{"want"}},
	{name: "a holiday on 30 February", given: `date: "02-30"`, args: publishYear, files: yearOf("year: 2026", "  statutory:\n    - {date: \"02-30\", name: Never}\n"), exit: 2, code: "document_refused", where: []string{"year.yaml:9:7", "02-30"}, says: []string{"is no date of 2026"}},
	{name: "a leap day of a common year", given: `date: "02-29"`, args: publishYear, files: yearOf("year: 2026", "  statutory:\n    - {date: \"02-29\", name: Never}\n"), exit: 2, code: "document_refused", where: []string{"year.yaml:9:7", "02-29"}, says: []string{"is no date of 2026"}},
	{name: "days that go backwards", given: `date: "05-03..05-01"`, args: publishYear, files: yearOf("year: 2026", "  rest:\n    - {date: \"05-03..05-01\", name: May}\n"), exit: 2, code: "document_refused", where: []string{"year.yaml:9:7"}, says: []string{"goes backwards"}},
	{name: "a day of two kinds", given: "05-01 twice", args: publishYear, files: yearOf("year: 2026", "  statutory:\n    - {date: \"05-01\", name: May}\n  makeup:\n    - {date: \"05-01\", name: May}\n"), exit: 2, code: "document_refused", where: []string{"year.yaml:11:7", "2026-05-01"}, says: []string{"already said at"}},
	{name: "a kind of day that is not known", given: "bridge:", args: publishYear, files: yearOf("year: 2026", "  bridge:\n    - {date: \"05-01\", name: May}\n"), exit: 2, code: "document_refused", where: []string{"year.yaml:8:3", "bridge"}, says: []string{"unknown key"}},
	{name: "rules as a calendar", given: "a rules document", args: say("calendars publish open.yaml"), files: openWith("UTC", "UTC"), exit: 2, code: "document_refused", where: []string{"open.yaml:"}, says: []string{"unknown key"}},
	{name: "an empty calendar", args: publishYear, files: map[string]string{"year.yaml": ""}, exit: 2, code: "document_refused", where: []string{"year.yaml:1:1"}, says: []string{"is empty"}},
	{name: "a calendar that is neither file nor shipped", args: say("calendars publish atlantis"), exit: 2, code: "unknown_calendar", where: []string{"atlantis"}, says: []string{"no such calendar"}},
	{name: "a title in a calendar with a control character", given: `title: "\u0007"`, args: publishYear, files: yearOf("year: 2026", "  statutory:\n    - {date: \"05-01\", name: \"\\u0007\"}\n"), exit: 2, code: "invalid_field", where: []string{"days.name"}, says: []string{"control character"}},
}

// requested runs a command before the one that is refused.
func requested(args ...string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		a := inFolder(t, dir, nil, args...)
		require.Zero(t, a.exit, a.messages)
	}
}

// inLedger does something to a file of the ledger.
func inLedger(name string, change func(path string) error) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		require.NoError(t, change(filepath.Join(dir, name)))
	}
}

// replaced puts something else in the place of a file.
func replaced(name, content string) func(*testing.T, string) {
	return inLedger(name, func(path string) error { return os.WriteFile(path, []byte(content), 0o600) })
}

// removed takes a file away.
func removed(name string) func(*testing.T, string) { return inLedger(name, os.Remove) }

// folder puts a folder in the place of a file.
func folder(name string) func(*testing.T, string) {
	return inLedger(name, func(path string) error {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		return os.Mkdir(path, 0o700)
	})
}
