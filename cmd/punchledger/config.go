package main

import (
	"strings"

	"github.com/alecthomas/kong"
)

// Config is every setting and command. A flag comes before the environment (PUNCHLEDGER_DATA and so on), which comes before the
// default.
type Config struct {
	// Data is the folder of the ledger: log, views, keys.
	Data string `help:"Folder of the ledger." default:"./punchledger-data" type:"string" placeholder:"DIR"`
	// KEK is the file of the epoch key, which opens all other keys. It lies outside the data folder, so that a copy of the
	// folder shows nobody's name.
	KEK string `name:"kek" help:"File of the epoch key (default: beside the data folder, DIR.kek)." placeholder:"FILE"`
	// SignKey is the file of the key by which the ledger signs receipts and tickets. It lies outside the data folder, as the epoch key.
	SignKey string `name:"sign-key" help:"File of the signing key (default: beside the data folder, DIR.sign)." placeholder:"FILE"`
	// LogAt says where the log is, when not in the data folder: in PostgreSQL, on EventStoreDB or KurrentDB. A password is better kept in
	// the environment.
	LogAt string `name:"log" env:"PUNCHLEDGER_LOG" help:"Server of the log, postgres://… or esdb://…; a file in the data folder when left out." placeholder:"ADDRESS"`
	// Views says where the views are, when not in the data folder: several processes may share those of a database. A password is better
	// kept in the environment, where others do not see it.
	Views string `help:"Database of the views, postgres://…; a file in the data folder when left out." placeholder:"ADDRESS"`
	// Vault and State say where keys and logins are, when not in the data folder. Unlike views they are facts: the database is to be durable.
	Vault string `help:"Database of the vault, postgres://…; a file in the data folder when left out." placeholder:"ADDRESS"`
	State string `help:"Database of logins and endpoints, postgres://…; a file in the data folder when left out." placeholder:"ADDRESS"`
	// Lang is the language of tables and messages.
	Lang string `help:"Language: en or zh-CN." default:"en" enum:"en,zh-CN,zh"`
	// Output is the form of results on standard output.
	Output string `short:"o" help:"Output: table, json or csv." default:"table" enum:"table,json,csv"`
	// As is the id of the one who acts; it is written into every event.
	As string `help:"Who acts: the id written into every event." default:"admin" placeholder:"ID"`
	// RequestID makes the ids of a command's work, so that the ledger recognises the command when it comes again.
	RequestID string `name:"request-id" help:"Makes the command repeatable: the same id does its work once." placeholder:"ID"`
	// Receipts shows what is durable while a command is still at work.
	Receipts bool `help:"Print each receipt as a line of JSON as soon as it is durable, before the result."`
	// ClockIsRight lets a writing command go on where the clock is far ahead of the last event.
	ClockIsRight bool `help:"Believe this machine's clock although it is far ahead of the last event."`

	Init       initCmd       `cmd:"" help:"Create a ledger."`
	Demo       demoCmd       `cmd:"" help:"Write a sample company through the real commands."`
	Serve      serveCmd      `cmd:"" help:"Keep views up to date, turn days and take other commands through a socket."`
	Import     importCmd     `cmd:"" help:"Bring in clock exports."`
	People     peopleCmd     `cmd:"" help:"Employees, their groups and badges."`
	Units      unitsCmd      `cmd:"" help:"Departments and teams."`
	Access     accessCmd     `cmd:"" help:"Who may do what: rights that were given, and whom they reach."`
	Users      usersCmd      `cmd:"" help:"Who can log in: invite, reset, log out."`
	Tokens     tokensCmd     `cmd:"" help:"API tokens: list, create, revoke."`
	Groups     groupsCmd     `cmd:"" help:"Attendance groups and the rules that bind them."`
	Rules      rulesCmd      `cmd:"" help:"Rules documents: check, test, compare, publish."`
	Policy     policyCmd     `cmd:"" help:"Policies of the organisation: whether acts need two people."`
	Calendars  calendarsCmd  `cmd:"" help:"Calendars: list and publish."`
	Sites      sitesCmd      `cmd:"" help:"Places of work."`
	Devices    devicesCmd    `cmd:"" help:"Clocks and other devices."`
	Kiosk      kioskCmd      `cmd:"" help:"Shared devices: pair a browser, show the code of the screen, end sessions."`
	Roster     rosterCmd     `cmd:"" help:"Plans of single employees."`
	Undo       undoCmd       `cmd:"" help:"Undo the last bulk act: an import, a list of people or balances, a mapping of badges, a clock repair."`
	Punch      punchCmd      `cmd:"" help:"Add or void a punch by hand; sign one and hand it in."`
	Punches    punchesCmd    `cmd:"" help:"Punches that wait or do not count: judge, appeal, judge again."`
	Receipt    receiptCmd    `cmd:"" help:"Signed receipts of punches, and the key that verifies them."`
	Approve    approveCmd    `cmd:"" help:"Record an approval of overtime, leave, trip, outing, remote or field work."`
	Evidence   evidenceCmd   `cmd:"" help:"Photos and files that people hand in."`
	Reads      readsCmd      `cmd:"" help:"Who was shown a person's evidence, places and days."`
	Banks      banksCmd      `cmd:"" help:"What people have saved up: leave, time off in lieu, running accounts."`
	Requests   requestsCmd   `cmd:"" help:"Ask for corrections, leave, trips, overtime and so on; decide what was asked for."`
	Days       daysCmd       `cmd:"" help:"Daily attendance."`
	Anomalies  anomaliesCmd  `cmd:"" help:"What deviates and needs a look."`
	Rows       rowsCmd       `cmd:"" help:"Payroll-ready rows."`
	Presence   presenceCmd   `cmd:"" help:"Who is in, who is expected and who has left."`
	Month      monthCmd      `cmd:"" help:"One person's month, with everything that belongs to it."`
	Team       teamCmd       `cmd:"" help:"A month of many people, a cell a day."`
	Inbox      inboxCmd      `cmd:"" help:"What waits for whom."`
	Slots      slotsCmd      `cmd:"" help:"Which punches can be corrected, and between which times."`
	Spread     spreadCmd     `cmd:"" help:"How time off of one length lies over several dates; nothing is written."`
	Preview    previewCmd    `cmd:"" help:"What days would come to if a request were approved; nothing is written."`
	Why        whyCmd        `cmd:"" help:"Explain one day, second by second."`
	Replay     replayCmd     `cmd:"" help:"Try other rules on recorded days; nothing is written."`
	Register   registerCmd   `cmd:"" help:"Acts that changed somebody's pay, evidence, rights or device."`
	Relay      relayCmd      `cmd:"" help:"What goes out to webhooks and brokers, and decisions that come in."`
	Logd       logdCmd       `cmd:"" help:"Serve a bare log over the EventStoreDB protocol, without views and commands."`
	ESDBUser   esdbUserCmd   `cmd:"" name:"esdb-user" help:"Add a user of the EventStoreDB protocol; the password is printed once."`
	Worker     workerCmd     `cmd:"" help:"Bring a share of the views in a database up to date, beside a server and other workers."`
	Log        logCmd        `cmd:"" help:"The raw events."`
	Verify     verifyCmd     `cmd:"" help:"Check the whole ledger."`
	Rebuild    rebuildCmd    `cmd:"" help:"Drop the views and build them again from the log."`
	MigrateLog migrateLogCmd `cmd:"" name:"migrate-log" help:"Move the log to a server, or back into the data folder."`
	Backup     backupCmd     `cmd:"" help:"Copy the ledger to a new folder, also while it is written."`
	Restore    restoreCmd    `cmd:"" help:"Put a backup into an empty folder and verify it."`
	Probe      probeCmd      `cmd:"" help:"Ask a server whether it is ready, or lives."`
	Drill      drillCmd      `cmd:"" help:"Back up, restore and compare, to see what a loss would cost."`
}

// environment resolves flags from PUNCHLEDGER_ and the flag's name in capitals.
func environment(getenv func(string) string) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		v := getenv("PUNCHLEDGER_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_")))
		if v == "" {
			return nil, nil
		}
		return v, nil
	})
}
