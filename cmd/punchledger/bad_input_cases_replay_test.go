package main

// aDay is the line of a day that another build wrote.
const aDay = `{"emp":"e1","date":"2026-10-12","rows":{"REG":{"seconds":28800}},"result_hash":"00"}` + "\n"

// yearHere is a year of a calendar that the ledger does not have.
var yearHere = yearOf("year: 2026", "  holiday:\n    - {date: \"05-01\", name: May}\n")

func daysFile(content string) map[string]string { return map[string]string{"days.jsonl": content} }

// replayCases are replays that cannot be made as they are asked for.
var replayCases = []badInput{
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
	{name: "a replay of a calendar that is to be recorded", args: say("replay --calendar year.yaml --from 2026-10-01 --record"), exit: 2, code: "usage_not_together", where: []string{"--record", "--calendar"}, says: []string{"does not go with"}},
	{name: "a file to go on from that is something else", args: say("replay --rules cn-bj-office --from 2026-10-01 --resume list.txt"), files: map[string]string{"list.txt": "buy milk\n"}, exit: 2, code: "resume_unreadable", where: []string{"list.txt", "1"}, says: []string{"cannot be used to go on", "Remove the file"}},
	{name: "a file to go on from that knew another position", args: say("replay --rules cn-bj-office --from 2026-10-01 --resume part.jsonl"), files: map[string]string{"part.jsonl": `{"form":"punchledger/replay-in-part/v1","question":"00","as_of":3}` + "\n"}, exit: 2, code: "resume_moved", where: []string{"part.jsonl", "3"}, says: []string{"gone on since", "--as-of 3"}},
	{name: "a report to show that is not there", args: say("replay show report.json"), exit: 2, code: "file_missing", where: []string{"report.json"}, says: []string{"no file"}},
	{name: "a report to show that is no JSON", args: say("replay show report.json"), files: map[string]string{"report.json": "<html>"}, exit: 2, code: "report_unreadable", where: []string{"report.json"}, says: []string{"not a report", "one complete JSON"}},
	{name: "a report to show that is something else", args: say("replay show report.json"), files: map[string]string{"report.json": `{"emp":"e1"}`}, exit: 2, code: "report_unreadable", where: []string{"report.json"}, says: []string{"no hash"}},
	{name: "a report to show with other figures than its hash", args: say("replay show report.json"), files: map[string]string{"report.json": `{"report_hash":"00","header":{},"summary":{"persons":1}}`}, exit: 2, code: "report_changed", where: []string{"report.json", "00"}, says: []string{"was changed", "Make the report again"}},
}
