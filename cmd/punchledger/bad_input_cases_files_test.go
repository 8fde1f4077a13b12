package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
)

// csvFile is a clock export.
func csvFile(text string) map[string]string { return map[string]string{"x.csv": text} }

var (
	importCSV    = say("import punches x.csv --format csv --device gate --timezone Asia/Shanghai")
	importATTLOG = say("import punches x.csv --format attlog --device gate --timezone Asia/Shanghai")
	importJSONL  = say("import punches x.csv --format jsonl --device gate --timezone Asia/Shanghai")
)

func with(args []string, more ...string) []string {
	return append(append([]string{}, args...), more...)
}

const recorded = "the batch, and the line that is in order"

// importCases are clock exports with lines that cannot be read.
var importCases = []badInput{
	{name: "an empty export", args: importCSV, files: csvFile(""), exit: 2, code: "no_header", says: []string{"no header row", "--format"}},
	{name: "an export of blank lines", args: importCSV, files: csvFile("\n\r\n  \n"), exit: 2, code: "no_header", says: []string{"no header row"}},
	{name: "a header without a time", args: importCSV, files: csvFile("badge,when\n1001,2026-10-13 09:00\n"), exit: 2, code: "missing_column", where: []string{"time", "badge | when", "--columns"}, says: []string{"names the column", "nearest name"}},
	{name: "a header with a column twice", args: importCSV, files: csvFile("badge,time,badge\n1001,2026-10-13 09:00,1001\n"), exit: 2, code: "ambiguous_column", where: []string{"badge", "1"}, says: []string{"twice", "different names"}},
	{name: "a column of ours that is not known", args: with(importCSV, "--columns", "who=badge"), files: csvFile("badge,time\n"), exit: 2, code: "bad_option", where: []string{"--columns", "who"}, says: []string{"cannot be", "badge, emp, time"}},
	{name: "a column of theirs that is not there", args: with(importCSV, "--columns", "badge=工号;time=打卡时间"), files: csvFile("姓名,打卡时间\n陈洁,2026-10-13 09:00\n"), exit: 2, code: "missing_column", where: []string{"工号", "姓名 | 打卡时间"}, says: []string{"names the column"}},
	{name: "a word for a direction that leads nowhere", args: with(importCSV, "--dir-map", "签到=enter"), files: csvFile("badge,time\n"), exit: 2, code: "bad_option", where: []string{"--dir-map", "签到=enter", "break_out"}, says: []string{"cannot be"}},
	{name: "a delimiter of two characters", args: with(importCSV, "--delimiter", "||"), files: csvFile("badge,time\n"), exit: 2, code: "bad_option", where: []string{"--delimiter", "||"}, says: []string{"cannot be"}},
	{name: "a delimiter that is a letter", args: with(importCSV, "--delimiter", "x"), files: csvFile("badge,time\n"), exit: 2, code: "bad_option", where: []string{"--delimiter", "x"}, says: []string{"cannot be"}},
	{name: "a floor that is no date", args: with(importCSV, "--min-date", "2005-02-30"), files: csvFile("badge,time\n"), exit: 2, code: "bad_option", where: []string{"--min-date", "2005-02-30"}, says: []string{"cannot be"}},
	{name: "a zone of a clock that is not known", args: say("import punches x.csv --format csv --device gate9 --timezone Mars/Olympus"), files: csvFile("badge,time\n1001,2026-10-13 09:00\n"), exit: 2, code: "unknown_tz", where: []string{"Mars/Olympus"}, says: []string{"not known"}},
	{name: "another zone than the clock's", args: say("import punches x.csv --format csv --device gate --timezone UTC"), files: csvFile("badge,time\n1001,2026-10-13 09:00\n"), exit: 2, code: "zone_differs", where: []string{"gate", "Asia/Shanghai", "UTC"}, says: []string{"runs in"}},
	{name: "a clock whose id is no id", args: say("import punches x.csv --format csv --device Gate! --timezone UTC"), files: csvFile("badge,time\n1001,2026-10-13 09:00\n"), exit: 2, code: "invalid_field", where: []string{"device"}, says: []string{"not an id"}},
	{name: "UTF-16", args: importCSV, given: "FF FE, then two bytes a character", files: csvFile("\xff\xfeb\x00a\x00d\x00g\x00e\x00"), exit: 2, code: "encoding_unsupported", where: []string{"utf-16"}, says: []string{"not read", "Save it as UTF-8"}},
	{name: "an ATTLOG file of something else", args: importATTLOG, files: csvFile("Dear Sir or Madam,\nplease find attached\n"), exit: 2, code: "layout_unknown", says: []string{"looks like a record of a clock", "--format"}},
	{name: "a binary file as an export", args: importCSV, given: "PNG", files: csvFile("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00"), exit: 2, code: "missing_column", where: []string{"--columns"}, says: []string{"names the column"}},
	{name: "dates and times that are not there", args: importCSV, files: csvFile("badge,time\n1001,2026-02-30 09:00\n1001,2026-10-13 30:00\n1001,0000-01-01 09:00\n1001,10000-01-01 09:00\n1001,2026-10-13 09:00\n"), kept: recorded, exit: 0, where: []string{"x.csv:2:6", "x.csv:3:6", "x.csv:4:6", "x.csv:5:6"}, says: []string{"is no date", "is no time of day"}},
	{name: "a date of which the order is not known", args: importCSV, files: csvFile("badge,time\n1001,10/08/2026 09:00\n"), kept: "the batch", exit: 0, where: []string{"x.csv:2:6"}, says: []string{"10/08/2026"}},
	{name: "ragged lines", args: importCSV, files: csvFile("badge,time,dir\n1001\n1001,2026-10-13 09:00,in,extra\n1001,2026-10-13 09:00,in\n"), kept: recorded, exit: 0, where: []string{"x.csv:2", "x.csv:3:"}, says: []string{"fields"}},
	{name: "a quotation mark that is not closed, in a line", args: importCSV, files: csvFile("badge,time,name\n1001,2026-10-13 09:00,\"Chen\n1001,2026-10-13 18:00,Chen\n"), kept: recorded, exit: 0, where: []string{"x.csv:2:23"}, says: []string{"quot"}},
	{name: "control characters, NUL and bytes that are no text", args: importCSV, given: "ESC, NUL, FF", files: csvFile("badge,time\n1001\x1b[31m,2026-10-13 09:00\n10\x0001,2026-10-13 09:01\n1001\xff,2026-10-13 09:02\n1001,2026-10-13 09:03\n"), kept: recorded, exit: 0, where: []string{"x.csv:2:5", "x.csv:3:3", "x.csv:4:5"}, says: []string{"U+001B"}},
	{name: "GB18030 that is cut in the middle of a character", args: with(importCSV, "--encoding", "gb18030"), given: "B3 C2 BD", files: csvFile("badge,time,name\n1001,2026-10-13 09:00,\xb3\xc2\xbd\xe0\n1001,2026-10-13 18:00,\xb3\xc2\xbd"), kept: recorded, exit: 0, where: []string{"x.csv:3:"}, says: []string{"GB18030"}},
	{name: "a last line without its end, after carriage returns", args: importCSV, files: csvFile("\ufeffbadge,time\r\n1001,2026-10-13 09:00\r\n1001,2026-10-13 25:00"), kept: recorded, exit: 0, where: []string{"x.csv:3:6"}, says: []string{"is no time of day"}},
	{name: "carriage returns alone", args: importCSV, given: "badge,time\\r1001,…", files: csvFile("badge,time\r1001,2026-10-13 09:00\r"), exit: 2, code: "no_header", says: []string{"no header row"}},
	{name: "a line of 100,000 bytes", args: importCSV, given: "1001,000…", files: csvFile("badge,time\n1001," + strings.Repeat("0", 100_000) + "\n1001,2026-10-13 09:00\n"), kept: recorded, exit: 0, where: []string{"x.csv:2", "65536"}, says: []string{"longer than"}},
	{name: "a badge of 1,000 digits", args: importCSV, given: "999…", files: csvFile("badge,time\n" + strings.Repeat("9", 1000) + ",2026-10-13 09:00\n"), kept: "the batch", exit: 0, where: []string{"x.csv:2:1"}, says: []string{"longer than"}},
	{name: "a word for a direction that is not known", args: importCSV, files: csvFile("badge,time,dir\n1001,2026-10-13 09:00,sideways\n"), kept: "the batch", exit: 0, where: []string{"x.csv:2:23", "sideways"}, says: []string{"direction"}},
	{name: "an override of the direction of writing in a cell", args: importCSV, files: csvFile("badge,time,dir\n1001,2026-10-13 09:00,in\u202efdp\n"), kept: "the batch", exit: 0, where: []string{"x.csv:2:23", `\u202e`}, says: []string{"direction"}},
	{name: "a line that the ledger has with another direction", args: importCSV, files: csvFile("badge,time,dir\n1001,2026-10-12 08:55:00,out\n"), kept: "the batch", exit: 0, where: []string{"x.csv:2:"}, says: []string{"with other content"}},
	{name: "lines of a clock that had lost its time", args: importCSV, files: csvFile("badge,time\n1001,2000-01-01 00:00:11\n"), kept: "the batch", exit: 0, where: []string{"x.csv:2:6", "2005-01-01"}, says: []string{"clock"}},
	{name: "JSON lines that are none", args: importJSONL, files: csvFile("{\"badge\":\"1001\",\"at\":\"2026-10-13T09:00:00\"\nnull\n[1]\n{\"badge\":\"1001\",\"at\":\"2026-10-13T09:00:00\"}\n"), kept: recorded, exit: 0, where: []string{"x.csv:1:", "x.csv:2:", "x.csv:3:"}, says: []string{"one complete JSON object"}},
	{name: "JSON lines with numbers and keys that cannot be", args: importJSONL, files: csvFile("{\"badge\":true,\"at\":\"2026-10-13T09:00:00\"}\n{\"badge\":\"1001\",\"badge\":\"1002\",\"at\":\"2026-10-13T09:00:00\"}\n{\"badge\":\"1001\",\"at\":1760000000}\n{\"badge\":\"1001\",\"at\":\"2026-10-13T09:00:00\"}\n"), kept: recorded, exit: 0, where: []string{"x.csv:1:10", "x.csv:2:17", "x.csv:3:22"}, says: []string{"not possible here", "stands there twice"}},
	{name: "a JSON line nested 10,000 levels deep", args: importJSONL, given: `{"badge":[[[…`, files: csvFile(`{"badge":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "}\n"), kept: "the batch", exit: 0, where: []string{"x.csv:1:"}, says: []string{"badge", "not possible here"}},
	{name: "an ATTLOG line with a negative time", args: with(importATTLOG, "--layout", "usb"), files: csvFile("1001\t1971--10--29 -23:-6:-18\t0\t1\t0\t0\n1001\t2026-10-13 09:00:00\t0\t1\t0\t0\n"), kept: recorded, exit: 0, where: []string{"x.csv:1:"}, says: []string{"is no date"}},
}

// peopleFile is a list of people.
func peopleFile(text string) map[string]string { return map[string]string{"people.csv": text} }

var importPeople = say("people import people.csv")

// peopleFileCases are lists of people with lines that are refused.
var peopleFileCases = []badInput{
	{name: "a list with a column that is not known", args: importPeople, files: peopleFile("name,group,hired,salary\nX,office,2026-10-01,1\n"), kept: "the person; the column is not used, as the header line says", exit: 0, where: []string{"hired=hired"}, says: []string{"columns name=name, group=group, hired=hired"}},
	{name: "a list without a column that is needed", args: importPeople, files: peopleFile("name,group\nX,office\n"), exit: 2, code: "missing_column", where: []string{"1", "hired"}, says: []string{"names the column"}},
	{name: "a list with a column twice", args: importPeople, files: peopleFile("name,group,hired,name\nX,office,2026-10-01,Y\n"), exit: 2, code: "ambiguous_column", where: []string{"name", "1"}, says: []string{"twice"}},
	{name: "an empty list of people", args: importPeople, files: peopleFile(""), exit: 2, code: "no_header", says: []string{"no header row"}},
	{name: "lines of people that are refused", args: importPeople, files: peopleFile("name,group,hired\nA,office,2026-02-30\nB,offices,2026-10-01\n,office,2026-10-01\nC,office\nD,office,2026-10-01\n"), kept: "the line that is in order", exit: 1, where: []string{"people.csv:2", "people.csv:3", "people.csv:4", "people.csv:5", "offices"}, says: []string{"no such attendance group"}},
	{name: "a list with a quotation mark that is not closed", args: importPeople, files: peopleFile("name,group,hired\n\"A,office,2026-10-01\nB,office,2026-10-01\n"), kept: "the other line", exit: 1, where: []string{"people.csv:2"}, says: []string{"quotation mark"}},
}

// fileCases are paths behind which is no file that can be read.
var fileCases = []badInput{
	{name: "an export that is not there", args: say("import punches nowhere.csv --format csv --device gate --timezone UTC"), exit: 2, code: "file_missing", where: []string{"nowhere.csv"}, says: []string{"There is no file", "Check the name"}},
	{name: "a list of people that is not there", args: say("people import nowhere.csv"), exit: 2, code: "file_missing", where: []string{"nowhere.csv"}, says: []string{"There is no file"}},
	{name: "a folder as an export", args: importCSV, prepare: folder("x.csv"), exit: 2, code: "file_is_folder", where: []string{"x.csv"}, says: []string{"is a folder", "Name a file"}},
	{name: "a folder as rules", args: publishOpen, prepare: folder("open.yaml"), exit: 2, code: "file_is_folder", where: []string{"open.yaml"}, says: []string{"is a folder"}},
	{name: "a folder as a list of people", args: importPeople, prepare: folder("people.csv"), exit: 2, code: "file_is_folder", where: []string{"people.csv"}, says: []string{"is a folder"}},
	{name: "a pipe as an export", args: importCSV, prepare: pipe("x.csv"), exit: 2, code: "file_not_regular", where: []string{"x.csv"}, says: []string{"is a pipe", "Save what it holds"}},
	{name: "a pipe as rules", args: publishOpen, prepare: pipe("open.yaml"), exit: 2, code: "file_not_regular", where: []string{"open.yaml"}, says: []string{"is a pipe"}},
	{name: "a pipe as a list of people", args: importPeople, prepare: pipe("people.csv"), exit: 2, code: "file_not_regular", where: []string{"people.csv"}, says: []string{"is a pipe"}},
	{name: "a device without an end", args: say("rules lint /dev/zero"), exit: 2, code: "file_not_regular", where: []string{"/dev/zero"}, says: []string{"a device"}},
	{name: "links in a circle", args: importCSV, prepare: link("x.csv", "x.csv"), exit: 2, code: "file_link_loop", where: []string{"x.csv"}, says: []string{"in a circle", "Name the file itself"}},
	{name: "a link that leads nowhere", args: importCSV, prepare: link("nowhere.csv", "x.csv"), exit: 2, code: "file_missing", where: []string{"x.csv"}, says: []string{"There is no file"}},
	{name: "a file below a file", args: say("rules publish open.yaml/rules.yaml"), files: openWith("UTC", "UTC"), given: "open.yaml is a file", exit: 2, code: "file_not_in_folder", where: []string{"open.yaml/rules.yaml"}, says: []string{"leads through a file"}},
	{name: "a name of 300 characters", given: "xxx….csv", args: say("people import " + strings.Repeat("x", 300)), exit: 2, code: "file_name_too_long", where: []string{"xxxx"}, says: []string{"longer than the system allows"}},
	{name: "a file name with NUL", args: []string{"people", "import", "a\x00b"}, exit: 2, code: "file_name_invalid", where: []string{`a\u0000b`}, says: []string{"cannot be the name of a file"}},
	{name: "a file of somebody else", args: importCSV, guest: true, prepare: closed("x.csv"), exit: 2, code: "file_forbidden", where: []string{"x.csv"}, says: []string{"may not be opened", "rights"}},
	{name: "rules of somebody else", args: publishOpen, guest: true, prepare: closed("open.yaml"), exit: 2, code: "file_forbidden", where: []string{"open.yaml"}, says: []string{"may not be opened"}},
}

func pipe(name string) func(*testing.T, string) {
	return inLedger(name, func(path string) error { return syscall.Mkfifo(path, 0o644) })
}

func link(to, name string) func(*testing.T, string) {
	return inLedger(name, func(path string) error { return os.Symlink(to, path) })
}

// keyPipe puts a pipe in the place of the key file.
func keyPipe(t *testing.T, dir string) {
	t.Helper()
	removed("ledger.kek")(t, dir)
	pipe("ledger.kek")(t, dir)
}

// closed writes a file that the guest may not read, in a folder that everybody may enter.
func closed(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		public(t, dir)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, guestMode(0o600, 0)))
	}
}

// ledgerCases are ledgers that cannot be opened.
var ledgerCases = []badInput{
	{name: "no ledger", args: say("days --data elsewhere"), exit: 2, code: "unknown_ledger", where: []string{"elsewhere"}, says: []string{"no ledger here", "punchledger init"}},
	{name: "a file as the folder", args: say("days --data data"), files: map[string]string{"data": "x"}, exit: 2, code: "file_not_in_folder", where: []string{"data"}, says: []string{"leads through a file"}},
	{name: "a new ledger in a folder that holds something", args: say("init"), exit: 2, code: "folder_not_empty", where: []string{"ledger"}, says: []string{"not empty", "--data"}},
	{name: "a new ledger below a file", args: say("init --data data"), files: map[string]string{"data": "x"}, exit: 2, code: "file_not_in_folder", where: []string{"data"}, says: []string{"leads through a file"}},
	{name: "a new ledger with the key of another", args: say("init --data new --kek ledger.kek"), exit: 2, code: "key_file_exists", where: []string{"ledger.kek"}, says: []string{"already exists", "--kek"}},
	{name: "a new ledger with a zone that is not known", args: say("init --data new --tz Mars/Olympus"), exit: 2, code: "unknown_tz", where: []string{"Mars/Olympus"}, says: []string{"not known", "Nothing is in"}},
	{name: "a new ledger whose path is longer than the system allows", given: "--data xxx…/xxx…", args: []string{"init", "--data", strings.Repeat("x", 300)}, exit: 2, code: "file_name_too_long", where: []string{"xxxx"}, says: []string{"longer than the system allows"}},
	{name: "a second process that writes", args: say("groups add g2"), prepare: heldByAnother, exit: 2, code: "ledger_locked", where: []string{"ledger"}, says: []string{"Another process writes", "Wait until it has ended"}},
	{name: "a second server", args: say("serve"), prepare: heldByAnother, exit: 2, code: "ledger_locked", where: []string{"ledger"}, says: []string{"Another process writes"}},
	{name: "ledger.db missing", args: say("days"), prepare: removed("ledger/ledger.db"), torn: true, exit: 2, code: "lost_log", where: []string{"ledger.db", "ledger.head"}, says: []string{"is missing", "backup"}},
	{name: "ledger.db empty", args: say("groups add g2"), prepare: replaced("ledger/ledger.db", ""), torn: true, exit: 2, code: "log_shortened", where: []string{"ledger.db", "ledger.head"}, says: []string{"lost records", "restore the newest backup"}},
	{name: "ledger.db of something else", args: say("days"), prepare: replaced("ledger/ledger.db", strings.Repeat("not a database ", 100)), torn: true, exit: 2, code: "foreign_file", where: []string{"ledger.db"}, says: []string{"damaged", "newest backup"}},
	{name: "ledger.db a folder", args: say("days"), prepare: folder("ledger/ledger.db"), torn: true, exit: 2, code: "file_is_folder", where: []string{"ledger.db"}, says: []string{"is a folder", "backup"}},
	{name: "ledger.db a database of something else", args: say("days"), prepare: query("ledger/ledger.db", "PRAGMA application_id = 7"), torn: true, exit: 2, code: "foreign_file", where: []string{"ledger.db"}, says: []string{"no file of a ledger"}},
	{name: "ledger.db of a newer build", args: say("days"), prepare: query("ledger/ledger.db", "PRAGMA user_version = 99"), torn: true, exit: 2, code: "newer_file", where: []string{"ledger.db", "99"}, says: []string{"knows formats up to", "newer build"}},
	{name: "ledger.db of a newer build, verified", args: say("verify"), prepare: query("ledger/ledger.db", "PRAGMA user_version = 99"), torn: true, exit: 2, code: "newer_file", where: []string{"ledger.db"}, says: []string{"newer build"}},
	{name: "vault.db of a newer build", args: say("groups add g2"), prepare: query("ledger/vault.db", "PRAGMA user_version = 99"), torn: true, exit: 2, code: "newer_file", where: []string{"vault.db", "99"}, says: []string{"newer build"}},
	{name: "an event of a newer build", args: say("groups add g2"), prepare: foreignEvent, torn: true, exit: 2, code: "newer_event", where: []string{"GroupDissolved"}, says: []string{"does not know", "newer build"}},
	{name: "an event of a newer build, verified", args: say("verify"), prepare: foreignEvent, torn: true, exit: 1, where: []string{"GroupDissolved"}, says: []string{"does not know the event", "newer"}},
	{name: "the head guard cut off", args: say("groups add g2"), prepare: replaced("ledger/ledger.head", `{"cursor":`), torn: true, exit: 2, code: "guard_damaged", where: []string{"ledger.head"}, says: []string{"cannot be read", "remove the guard"}},
	{name: "a head guard of another log", args: say("verify"), prepare: replaced("ledger/ledger.head", `{"cursor":3,"commitment":"`+strings.Repeat("A", 44)+`"}`), torn: true, exit: 1, where: []string{"ledger.head"}, says: []string{"lost records"}},
	{name: "vault.db missing", args: say("groups add g2"), prepare: removed("ledger/vault.db"), torn: true, exit: 2, code: "lost_vault", where: []string{"vault.db"}, says: []string{"missing", "Put back vault.db"}},
	{name: "vault.db a folder", args: say("groups add g2"), prepare: folder("ledger/vault.db"), torn: true, exit: 2, code: "file_is_folder", where: []string{"vault.db"}, says: []string{"is a folder"}},
	{name: "vault.db of something else", args: say("groups add g2"), prepare: replaced("ledger/vault.db", strings.Repeat("not a database ", 100)), torn: true, exit: 2, code: "foreign_file", where: []string{"vault.db"}, says: []string{"damaged"}},
	{name: "views.db of something else", args: say("days"), prepare: replaced("ledger/views.db", strings.Repeat("not a database ", 100)), torn: true, exit: 2, code: "damaged_views", where: []string{"views.db"}, says: []string{"Build the views again", "punchledger rebuild"}},
	{name: "views.db a folder", args: say("days"), prepare: folder("ledger/views.db"), torn: true, exit: 2, code: "file_is_folder", where: []string{"views.db"}, says: []string{"is a folder"}},
	{name: "the key file missing", args: say("groups add g2"), prepare: removed("ledger.kek"), torn: true, exit: 2, code: "key_missing", where: []string{"ledger.kek", "--kek"}, says: []string{"is missing", "Put it back"}},
	{name: "the key file empty", args: say("groups add g2"), prepare: replaced("ledger.kek", ""), torn: true, exit: 2, code: "key_damaged", where: []string{"ledger.kek"}, says: []string{"damaged", "backup"}},
	{name: "the key file too short", args: say("groups add g2"), prepare: replaced("ledger.kek", "punchledger-epoch-key-v1\nepoch 1\nAAAA\n"), torn: true, exit: 2, code: "key_damaged", where: []string{"ledger.kek"}, says: []string{"damaged"}},
	{name: "the key file with an epoch that is no number", args: say("groups add g2"), prepare: replaced("ledger.kek", "punchledger-epoch-key-v1\nepoch one\n"+strings.Repeat("A", 43)+"\n"), torn: true, exit: 2, code: "key_damaged", where: []string{"ledger.kek"}, says: []string{"damaged"}},
	{name: "the key file of another ledger", args: say("groups add g2"), prepare: replaced("ledger.kek", "punchledger-epoch-key-v1\nepoch 1\n"+strings.Repeat("A", 43)+"\n"), torn: true, exit: 2, code: "key_of_another_vault", where: []string{"--kek"}, says: []string{"not the one of this vault"}},
	{name: "the key file open to others", args: say("groups add g2"), prepare: inLedger("ledger.kek", func(path string) error { return os.Chmod(path, 0o644) }), torn: true, exit: 2, code: "key_open_to_others", where: []string{"ledger.kek"}, says: []string{"may be read by others", "chmod 600"}},
	{name: "the key file a folder", args: say("groups add g2"), prepare: folder("ledger.kek"), torn: true, exit: 2, code: "key_damaged", where: []string{"ledger.kek"}, says: []string{"no key file"}},
	{name: "the key file a pipe", args: say("groups add g2"), prepare: keyPipe, torn: true, exit: 2, code: "key_damaged", where: []string{"ledger.kek"}, says: []string{"no key file"}},
	{name: "a ledger of somebody else", args: say("days"), guest: true, prepare: private, exit: 2, code: "file_forbidden", where: []string{"ledger"}, says: []string{"may not be opened", "rights"}},
	{name: "a ledger in a folder that may not be written", args: say("groups add g2 --kek own.kek"), guest: true, prepare: readable, exit: 2, code: "file_forbidden", where: []string{"ledger"}, says: []string{"may not be"}},
	{name: "a new ledger where nothing may be made", args: say("init --data new"), guest: true, prepare: unwritable, exit: 2, code: "file_forbidden", where: []string{"new"}, says: []string{"may not be"}},
}

// guestMode is the mode that keeps a guest out: another user, where the test can become one, else the owner.
func guestMode(other, own os.FileMode) os.FileMode {
	if os.Getuid() == 0 {
		return other
	}
	return own
}

// private is a ledger that the guest may not enter.
func private(t *testing.T, dir string) {
	t.Helper()
	public(t, dir)
	require.NoError(t, os.Chmod(filepath.Join(dir, "ledger"), guestMode(0o700, 0)))
}

// unwritable is a folder in which the guest may make nothing.
func unwritable(t *testing.T, dir string) {
	t.Helper()
	public(t, dir)
	require.NoError(t, os.Chmod(dir, 0o555))
}

// readable is a ledger that everybody may read and nobody else may write.
func readable(t *testing.T, dir string) {
	t.Helper()
	public(t, dir)
	files, err := os.ReadDir(filepath.Join(dir, "ledger"))
	require.NoError(t, err)
	for _, f := range files {
		require.NoError(t, os.Chmod(filepath.Join(dir, "ledger", f.Name()), 0o444))
	}
	require.NoError(t, os.Chmod(filepath.Join(dir, "ledger"), 0o555))
}

// heldByAnother takes the writer's lock as another process would.
func heldByAnother(t *testing.T, dir string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, "ledger", "ledger.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	require.NoError(t, err)
	require.NoError(t, f.Truncate(0))
	_, err = fmt.Fprint(f, `{"pid":4711,"since":"2026-11-15T11:00:00Z"}`)
	require.NoError(t, err)
	require.NoError(t, syscall.Flock(int(f.Fd()), syscall.LOCK_EX))
	t.Cleanup(func() { require.NoError(t, f.Close()) })
}

// foreignEvent appends an event that this build does not know, as a newer one would.
func foreignEvent(t *testing.T, dir string) {
	t.Helper()
	log, err := sqlite.OpenLog(filepath.Join(dir, "ledger", "ledger.db"), sqlite.LogOptions{})
	require.NoError(t, err)
	var last eventstore.Record
	for rec, err := range log.ReadStream(t.Context(), "group-office", 0) {
		require.NoError(t, err)
		last = rec
	}
	_, err = log.Append(t.Context(), last.Stream, last.Revision, eventstore.Event{
		ID: eventstore.EventID(last.Stream, "newer", 0), Type: "GroupDissolved", Metadata: last.Metadata, Data: []byte("{}"),
	})
	require.NoError(t, err)
	require.NoError(t, log.Close())
}

// query changes a database as a tool of somebody else would.
func query(name, statement string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, name))
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
		require.NoError(t, db.Close())
	}
}
