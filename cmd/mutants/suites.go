package main

import "slices"

// suite is the tests of one package, or those that a regular expression names, or all others.
type suite struct {
	pkg        string
	only, skip string
	// random says that the package's properties draw their inputs; they then get a fixed seed, so that a run can be repeated.
	random bool
	// children says that tests start the program as a process, whose lines no coverage shows.
	children bool
}

// name tells suites apart.
func (s suite) name() string {
	switch {
	case s.only != "":
		return s.pkg + " " + s.only
	case s.skip != "":
		return s.pkg + " without " + s.skip
	}
	return s.pkg
}

// slowOfSqlite are its tests that take seconds each: views of drawn events, crashes.
const slowOfSqlite = "^(TestEvaluation|TestViewsOfAKilledProjector|TestTortureCrashStates|TestTheTortureNoticesAMissingSync)$"

var (
	attendanceTests = suite{pkg: "domain/attendance", random: true}
	eventstoreTests = suite{pkg: "eventstore"}
	memoryTests     = suite{pkg: "eventstore/memory"}
	ledgerTests     = suite{pkg: "eventstore/ledger"}
	vaultTests      = suite{pkg: "eventstore/vault"}
	sqliteTests     = suite{pkg: "adapters/sqlite", skip: slowOfSqlite, children: true}
	slowSqliteTests = suite{pkg: "adapters/sqlite", only: slowOfSqlite, children: true}
	projectorTests  = suite{pkg: "projections"}
	payrollTests    = suite{pkg: "projections/payroll"}
	clockTests      = suite{pkg: "projections/process"}
	scriptTests     = suite{pkg: "cmd/punchledger", only: "^(TestScripts|TestVectors)$", children: true}
)

// plan says which tests may kill the mutants of a package, quick ones first. Its own come first of all.
var plan = []struct {
	pkg    string
	suites []suite
}{
	{"domain/attendance", []suite{attendanceTests, payrollTests, projectorTests, scriptTests}},
	{"eventstore", []suite{eventstoreTests, memoryTests, ledgerTests, sqliteTests, scriptTests}},
	{"eventstore/ledger", []suite{ledgerTests, clockTests, scriptTests}},
	{"eventstore/memory", []suite{memoryTests, ledgerTests, projectorTests}},
	{"eventstore/vault", []suite{vaultTests, ledgerTests, sqliteTests, scriptTests}},
	{"adapters/sqlite", []suite{sqliteTests, slowSqliteTests, scriptTests}},
}

// targets returns the packages that are changed.
func targets() []string {
	var out []string
	for _, p := range plan {
		out = append(out, p.pkg)
	}
	return out
}

func suitesOf(pkg string) []suite {
	return plan[slices.Index(targets(), pkg)].suites
}
