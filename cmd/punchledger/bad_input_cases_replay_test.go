package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// aDay is the line of a day that another build wrote.
const aDay = `{"emp":"e1","date":"2026-10-12","rows":{"REG":{"seconds":28800}},"result_hash":"00"}` + "\n"

// yearHere is a year of a calendar that the ledger does not have.
var yearHere = yearOf("year: 2026", "  holiday:\n    - {date: \"05-01\", name: May}\n")

func daysFile(content string) map[string]string { return map[string]string{"days.jsonl": content} }

// keptReport keeps a report with days that differ.
func keptReport(t *testing.T, dir string) {
	t.Helper()
	a := inFolder(t, dir, nil, say("replay --rules flex-open --group office --from 2026-10-01 --to 2026-10-16 -o json")...)
	require.Zero(t, a.exit, a.messages)
	require.Contains(t, a.out, `"traces"`)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "report.json"), []byte(a.out), 0o600))
}

// stoppedReplay stops a replay of cn-bj-office after its first person, and keeps that one.
func stoppedReplay(t *testing.T, dir string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	code := run(ctx, invocation{
		Args: say("replay --rules cn-bj-office --from 2026-10-01 --resume part.jsonl --progress --data ledger"), Dir: dir,
		Getenv: func(string) string { return "" }, In: eof{}, Out: io.Discard, Err: &stopping{stop: stop}, Now: badInputNow,
	})
	require.Equal(t, exitUsage, code)
	require.FileExists(t, filepath.Join(dir, "part.jsonl"))
}

// damagedReplay is stoppedReplay with somebody nobody knows in the place of the first person.
func damagedReplay(t *testing.T, dir string) {
	t.Helper()
	stoppedReplay(t, dir)
	path := filepath.Join(dir, "part.jsonl")
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	head, _, _ := strings.Cut(string(kept), "\n")
	require.NoError(t, os.WriteFile(path, []byte(head+"\n{\"found\":[]}\n"), 0o600))
}

// recordedReplay is the id of a replay that toBeAdopted makes.
var recordedReplay = "r" + strings.ReplaceAll((&writer{}).repeatable("r1").newID(), "-", "")[:12]

// toBeAdopted records a replay, and does more to it.
func toBeAdopted(then ...string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		requested(say("replay --rules cn-bj-office --from 2026-10-01 --record --request-id r1")...)(t, dir)
		for _, line := range then {
			requested(say(line)...)(t, dir)
		}
	}
}

// partial is toBeAdopted with a replay that asks for something else than rules of everybody.
func partial(flags string) func(*testing.T, string) {
	return requested(say("replay --from 2026-10-01 --record --request-id r1 " + flags)...)
}

// lifeCases are shadows, adoptions and undone publications that cannot be.
var lifeCases = []badInput{
	{name: "a shadow of a group that is not there", args: say("groups shadow nowhere --rules flex-open --from 2026-10-01"), exit: 2, code: "unknown_group", where: []string{"nowhere"}, says: []string{"no such attendance group"}},
	{name: "a shadow of rules that are not there", args: say("groups shadow office --rules nowhere.yaml --from 2026-10-01"), exit: 2, code: "unknown_rules", where: []string{"nowhere.yaml"}, says: []string{"no such rules"}},
	{name: "a shadow of a version that is not there", args: say("groups shadow office --rules cn-bj-office@9 --from 2026-10-01"), exit: 2, code: "unknown_version", where: []string{"cn-bj-office", "9"}, says: []string{"no such version"}},
	{name: "a shadow from a date that is not there", args: say("groups shadow office --rules flex-open --from 2026-02-30"), exit: 2, code: "invalid_value", where: []string{"--from", "2026-02-30"}, says: []string{"date of the calendar"}},
	{name: "a shadow that ends before it begins", args: say("groups shadow office --rules flex-open --from 2026-10-02 --until 2026-10-01"), exit: 2, code: "invalid_value", where: []string{"--until", "2026-10-01"}, says: []string{"before the start"}},
	{name: "a shadow without a first date", args: say("groups shadow office --rules flex-open"), exit: 2, code: "usage_missing", where: []string{"--from"}, says: []string{"lacks"}},
	{name: "a shadow of a document that cannot be read", args: say("groups shadow office --rules open.yaml --from 2026-10-01"), files: map[string]string{"open.yaml": "rules: punchledger/v1\n"}, exit: 2, code: "document_refused", where: []string{"open.yaml"}, says: []string{"missing"}},
	{name: "a second shadow on the same dates", args: say("groups shadow office --rules flex-open --from 2026-10-05"), prepare: requested(say("groups shadow office --rules cn-bj-office@1 --from 2026-10-01")...), kept: "the first shadow", exit: 2, code: "shadow_overlap", where: []string{"cn-bj-office", "2026-10-01"}, says: []string{"already", "groups unshadow"}},
	{name: "an end of a shadow that is not there", args: say("groups unshadow office --from 2026-10-01"), exit: 2, code: "no_shadow", where: []string{"office", "2026-10-01"}, says: []string{"does not run"}},
	{name: "an end of a shadow of a group that is not there", args: say("groups unshadow nowhere --from 2026-10-01"), exit: 2, code: "unknown_group", where: []string{"nowhere"}, says: []string{"no such attendance group"}},
	{name: "an end of a shadow on no date", args: say("groups unshadow office --from soon"), exit: 2, code: "invalid_value", where: []string{"--from", "soon"}, says: []string{"date of the calendar"}},

	{name: "a replay to look at again that is not there", args: say("replay adopt r000000000000 --dry-run"), exit: 2, code: "unknown_replay", where: []string{"r000000000000"}, says: []string{"no such replay"}},
	{name: "a replay to adopt and publish that is not there", args: say("replay adopt r000000000000 --publish"), exit: 2, code: "unknown_replay", where: []string{"r000000000000"}, says: []string{"no such replay"}},
	{name: "a replay to adopt with an id that is none", args: []string{"replay", "adopt", "R 1"}, exit: 2, code: "unknown_replay", where: []string{"R 1"}, says: []string{"no such replay"}},
	{name: "an adoption from a date that is not there", args: say("replay adopt " + recordedReplay + " --from 2026-02-30"), prepare: toBeAdopted(), kept: "the replay", exit: 2, code: "invalid_value", where: []string{"--from", "2026-02-30"}, says: []string{"date of the calendar"}},
	{name: "an adoption by somebody who is nobody", args: []string{"replay", "adopt", recordedReplay, "--approver", "a b"}, prepare: toBeAdopted(), kept: "the replay", exit: 2, code: "invalid_field", where: []string{"approvers"}, says: []string{"not an id"}},
	{name: "a replay to adopt twice", args: say("replay adopt " + recordedReplay + " --publish"), prepare: toBeAdopted("replay adopt " + recordedReplay), kept: "the replay and its adoption", exit: 2, code: "replay_closed", where: []string{recordedReplay, "adopted"}, says: []string{"finished or discarded"}},
	{name: "a replay to look at again that was discarded", args: say("replay adopt " + recordedReplay + " --dry-run"), prepare: toBeAdopted("replay discard " + recordedReplay), kept: "the replay and its end", exit: 2, code: "replay_closed", where: []string{recordedReplay, "discarded"}, says: []string{"finished or discarded"}},
	{name: "a replay to adopt that left people out", args: say("replay adopt " + recordedReplay), prepare: partial("--rules cn-bj-office -e e1"), kept: "the replay", exit: 2, code: "replay_partial", says: []string{"--employee"}},
	{name: "a replay to adopt that judged punches again", args: say("replay adopt " + recordedReplay + " --dry-run"), prepare: partial("--rules cn-bj-office --intake rejudge"), kept: "the replay", exit: 2, code: "replay_not_rules", where: []string{recordedReplay}, says: []string{"tried more than rules", "punches rejudge"}},
	{name: "a replay to adopt alone where two are needed", args: say("replay adopt " + recordedReplay), prepare: toBeAdopted("policy set dual_control on"), kept: "the replay and the policy", exit: 2, code: "second_approver_needed", where: []string{recordedReplay}, says: []string{"second person"}},
	{name: "a replay to discard that was adopted", args: say("replay discard " + recordedReplay), prepare: toBeAdopted("replay adopt " + recordedReplay), kept: "the replay and its adoption", exit: 2, code: "replay_closed", where: []string{recordedReplay, "adopted"}, says: []string{"finished or discarded"}},

	{name: "rules to undo without a version", args: say("rules undo cn-bj-office"), exit: 2, code: "invalid_value", where: []string{"VERSION", "cn-bj-office"}, says: []string{"such as cn-bj-office@2"}},
	{name: "rules to undo of a version that is no number", args: say("rules undo cn-bj-office@two"), exit: 2, code: "invalid_value", where: []string{"VERSION", "cn-bj-office@two"}, says: []string{"such as cn-bj-office@2"}},
	{name: "rules to undo of a version that is not there", args: say("rules undo cn-bj-office@9"), exit: 2, code: "unknown_version", where: []string{"cn-bj-office", "9"}, says: []string{"no such version"}},
	{name: "rules to undo that are not there", args: say("rules undo nowhere@1"), exit: 2, code: "unknown_version", where: []string{"nowhere", "1"}, says: []string{"no such version"}},
	{name: "rules to undo before which nothing governed", args: say("rules undo cn-bj-office@1"), exit: 2, code: "nothing_before", where: []string{"1"}, says: []string{"rules withdraw"}},
	{name: "rules to undo with fewer than no days listed", args: say("rules undo cn-bj-office@1 --days=-1 --dry-run"), exit: 2, code: "invalid_value", where: []string{"--days", "-1"}, says: []string{"out of range"}},
}

// replayCases are replays that cannot be made as they are asked for.
var replayCases = []badInput{
	{name: "a report to show as a folder", args: say("replay show report"), prepare: folder("report"), exit: 2, code: "file_is_folder", where: []string{"report"}, says: []string{"is a folder"}},
	{name: "a report to show on a page in a folder that is not there", args: say("replay show report.json --html nowhere/page.html"), prepare: keptReport, given: "a report of e1", exit: 2, code: "file_missing", where: []string{"nowhere/page.html"}, says: []string{"no file"}},
	{name: "a day of a report without its date", args: say("replay show report.json e1"), prepare: keptReport, given: "a report of e1", exit: 2, code: "usage_missing", where: []string{"DATE"}, says: []string{"lacks"}},
	{name: "a day of a report on a date that is not there", args: say("replay show report.json e1 2026-02-30"), prepare: keptReport, given: "a report of e1", exit: 2, code: "invalid_value", where: []string{"DATE", "2026-02-30"}, says: []string{"date of the calendar"}},
	{name: "a day of a report that it does not have", args: say("replay show report.json nobody 2026-10-12"), prepare: keptReport, given: "a report of e1", exit: 2, code: "traces_missing", where: []string{"report.json", "nobody", "2026-10-12"}, says: []string{"does not have both computations", "punchledger why nobody 2026-10-12 --diff flex-open --from 2026-10-01"}},
	{name: "a day of a report as a page", args: say("replay show report.json e1 2026-10-12 --html page.html"), prepare: keptReport, given: "a report of e1", exit: 2, code: "usage_not_together", where: []string{"--html", "EMPLOYEE DATE"}, says: []string{"does not go with"}},
	{name: "a day of a report for representatives", args: say("replay show report.json e1 2026-10-12 --collective"), prepare: keptReport, given: "a report of e1", exit: 2, code: "usage_not_together", where: []string{"--collective", "EMPLOYEE DATE"}, says: []string{"does not go with"}},

	{name: "a replay of nothing", args: say("replay --from 2026-10-01"), exit: 2, code: "usage_missing", where: []string{"--rules", "--calendar", "--against"}, says: []string{"lacks", "Add it"}},
	{name: "a comparison in which one candidate is not there", args: say("replay --rules cn-bj-office --rules nowhere --from 2026-10-01"), exit: 2, code: "unknown_rules", where: []string{"nowhere"}, says: []string{"no such rules"}},
	{name: "a comparison in which one candidate is for nobody", args: say("replay --rules cn-bj-office --rules flex-open --from 2026-10-01"), exit: 2, code: "population_empty", where: []string{"flex-open"}, says: []string{"Nobody is in"}},
	{name: "a page in a folder that is not there", args: say("replay --rules cn-bj-office --from 2026-10-01 --html nowhere/page.html"), exit: 2, code: "file_missing", where: []string{"nowhere/page.html"}, says: []string{"no file"}},
	{name: "a page in the place of a folder", args: say("replay --rules cn-bj-office --from 2026-10-01 --html ledger"), exit: 2, code: "file_is_folder", where: []string{"ledger"}, says: []string{"folder"}},
	{name: "a calendar to try that is not there", args: say("replay --calendar nowhere.yaml --from 2026-10-01"), exit: 2, code: "file_missing", where: []string{"nowhere.yaml"}, says: []string{"no file"}},
	{name: "a calendar to try that the ledger does not have", args: say("replay --calendar year.yaml --from 2026-10-01"), files: yearHere, given: "a year of the calendar “here”", exit: 2, code: "unknown_calendar", where: []string{"here"}, says: []string{"no such calendar"}},
	{name: "a calendar to try twice", args: say("replay --calendar year.yaml --calendar year.yaml --from 2026-10-01"), files: yearHere, given: "a year of the calendar “here”", exit: 2, code: "invalid_value", where: []string{"--calendar", "year.yaml"}, says: []string{"twice"}},
	{name: "a calendar to try with a day that is not there", args: say("replay --calendar year.yaml --from 2026-10-01"), files: yearOf("year: 2026", "  holiday:\n    - {date: \"02-30\", name: Never}\n"), given: `date: "02-30"`, exit: 2, code: "document_refused", where: []string{"year.yaml:9:7", "02-30"}, says: []string{"is no date of 2026"}},
	{name: "zone data that is no archive", args: say("replay --zone zones.zip --from 2026-10-01"), files: map[string]string{"zones.zip": "PK"}, exit: 2, code: "zones_unreadable", where: []string{"zones.zip"}, says: []string{"not an archive of time zones", "zoneinfo.zip"}},
	{name: "zone data that is not there", args: say("replay --zone zones.zip --from 2026-10-01"), exit: 2, code: "file_missing", where: []string{"zones.zip"}, says: []string{"no file"}},
	{name: "days of another engine that are not there", args: say("replay --against days.jsonl --from 2026-10-01"), exit: 2, code: "file_missing", where: []string{"days.jsonl"}, says: []string{"no file"}},
	{name: "no days of another engine", args: say("replay --against days.jsonl --from 2026-10-01"), files: daysFile(""), exit: 2, code: "days_unreadable", where: []string{"days.jsonl", "1"}, says: []string{"cannot be compared", "--days-out"}},
	{name: "days that are no JSON", args: say("replay --against days.jsonl --from 2026-10-01"), files: daysFile(aDay + "e1,2026-10-13\n"), given: "e1,2026-10-13", exit: 2, code: "days_unreadable", where: []string{"days.jsonl", "2"}, says: []string{"want a day as JSON"}},
	{name: "a day with neither rows nor a hash", args: say("replay --against days.jsonl --from 2026-10-01"), files: daysFile(`{"emp":"e1","date":"2026-10-12"}` + "\n"), exit: 2, code: "days_unreadable", where: []string{"days.jsonl", "1"}, says: []string{"rows or result_hash"}},
	{name: "a day on a date that is not there", args: say("replay --against days.jsonl --from 2026-10-01"), files: daysFile(`{"emp":"e1","date":"2026-02-30","rows":{}}` + "\n"), exit: 2, code: "days_unreadable", where: []string{"days.jsonl", "1"}, says: []string{"want a day as JSON"}},
	{name: "a day twice", args: say("replay --against days.jsonl --from 2026-10-01"), files: daysFile(aDay + aDay), given: "the same line twice", exit: 2, code: "days_unreadable", where: []string{"days.jsonl", "2"}, says: []string{"in the order of their dates"}},
	{name: "days of somebody who is not there", args: say("replay --against days.jsonl --from 2026-10-01"), files: daysFile(`{"emp":"nobody","date":"2026-10-12","rows":{}}` + "\n"), exit: 2, code: "unknown_employee", where: []string{"nobody", "days.jsonl"}, says: []string{"no such employee"}},
	{name: "the days of several candidates in one file", args: say("replay --rules cn-bj-office --rules flex-open --from 2026-10-01 --days-out days.jsonl"), exit: 2, code: "usage_not_together", where: []string{"--days-out", "--rules"}, says: []string{"does not go with"}},
	{name: "a replay of a calendar to record that the ledger does not have", args: say("replay --calendar year.yaml --from 2026-10-01 --record"), files: yearHere, given: "a year of the calendar “here”", exit: 2, code: "unknown_calendar", where: []string{"here"}, says: []string{"no such calendar"}},
	{name: "a comparison that is to be recorded", args: say("replay --rules cn-bj-office --rules flex-open --from 2026-10-01 --record"), exit: 2, code: "usage_not_together", where: []string{"--record", "--rules"}, says: []string{"does not go with"}},
	{name: "days of another engine that are to be recorded", args: say("replay --rules cn-bj-office --against days.jsonl --from 2026-10-01 --record"), exit: 2, code: "usage_not_together", where: []string{"--record", "--against"}, says: []string{"does not go with"}},
	{name: "a replay to record that tries nothing", args: say("replay --days-out days.jsonl --from 2026-10-01 --record"), exit: 2, code: "usage_not_together", where: []string{"--record", "--days-out"}, says: []string{"does not go with"}},
	{name: "a way to treat intake that is none", args: say("replay --intake never --from 2026-10-01"), exit: 2, code: "usage_choice", where: []string{"--intake", "never"}, says: []string{"keep, rejudge"}},
	{name: "traces of fewer than no days", args: say("replay --rules cn-bj-office --from 2026-10-01 --traces=-1"), exit: 2, code: "invalid_value", where: []string{"--traces", "-1"}, says: []string{"out of range"}},
	{name: "a folder of days of another engine", args: say("replay --against days --from 2026-10-01"), prepare: folder("days"), exit: 2, code: "file_is_folder", where: []string{"days"}, says: []string{"is a folder"}},
	{name: "days of another engine that are not text", args: say("replay --against days.jsonl --from 2026-10-01"), files: daysFile("\x00\xff\xfe\n"), given: "three bytes that are no text", exit: 2, code: "days_unreadable", where: []string{"days.jsonl", "1"}, says: []string{"want a day as JSON"}},
	{name: "days of another engine of which one is out of order", args: say("replay --against days.jsonl --from 2026-10-01"), files: daysFile(aDay + strings.Replace(aDay, "e1", "e2", 1) + strings.Replace(aDay, "10-12", "10-13", 1)), given: "e1, e2, e1", exit: 2, code: "days_unreadable", where: []string{"days.jsonl", "3"}, says: []string{"in the order of their dates"}},
	{name: "a folder to go on from", args: say("replay --rules cn-bj-office --from 2026-10-01 --resume part"), prepare: folder("part"), exit: 2, code: "file_is_folder", where: []string{"part"}, says: []string{"is a folder"}},
	{name: "a file to go on from in a folder that is not there", args: say("replay --rules cn-bj-office --from 2026-10-01 --resume nowhere/part.jsonl"), exit: 2, code: "file_missing", where: []string{"nowhere/part.jsonl"}, says: []string{"no file"}},
	{name: "a file to go on from of another question", args: say("replay --rules flex-open --group office --from 2026-10-01 --resume part.jsonl"), prepare: stoppedReplay, given: "people of a replay of cn-bj-office", exit: 2, code: "resume_other", where: []string{"part.jsonl"}, says: []string{"belongs to another replay"}},
	{name: "a file to go on from with a line that is damaged", args: say("replay --rules cn-bj-office --from 2026-10-01 --resume part.jsonl"), prepare: damagedReplay, given: "a person without an id", exit: 2, code: "resume_unreadable", where: []string{"part.jsonl", "2"}, says: []string{"cannot be used to go on"}},
	{name: "days out beside a file to go on from", args: say("replay --rules cn-bj-office --from 2026-10-01 --resume part.jsonl --days-out days.jsonl"), exit: 2, code: "usage_not_together", where: []string{"--days-out", "--resume"}, says: []string{"does not go with"}},
	{name: "a file to go on from that is something else", args: say("replay --rules cn-bj-office --from 2026-10-01 --resume list.txt"), files: map[string]string{"list.txt": "buy milk\n"}, exit: 2, code: "resume_unreadable", where: []string{"list.txt", "1"}, says: []string{"cannot be used to go on", "Remove the file"}},
	{name: "a file to go on from that knew another position", args: say("replay --rules cn-bj-office --from 2026-10-01 --resume part.jsonl"), files: map[string]string{"part.jsonl": `{"form":"punchledger/replay-in-part/v1","question":"00","as_of":3}` + "\n"}, exit: 2, code: "resume_moved", where: []string{"part.jsonl", "3"}, says: []string{"gone on since", "--as-of 3"}},
	{name: "a report to show that is not there", args: say("replay show report.json"), exit: 2, code: "file_missing", where: []string{"report.json"}, says: []string{"no file"}},
	{name: "a report to show that is no JSON", args: say("replay show report.json"), files: map[string]string{"report.json": "<html>"}, exit: 2, code: "report_unreadable", where: []string{"report.json"}, says: []string{"not a report", "one complete JSON"}},
	{name: "a report to show that is something else", args: say("replay show report.json"), files: map[string]string{"report.json": `{"emp":"e1"}`}, exit: 2, code: "report_unreadable", where: []string{"report.json"}, says: []string{"no hash"}},
	{name: "a report to show with other figures than its hash", args: say("replay show report.json"), files: map[string]string{"report.json": `{"report_hash":"00","header":{},"summary":{"persons":1}}`}, exit: 2, code: "report_changed", where: []string{"report.json", "00"}, says: []string{"was changed", "Make the report again"}},
}
