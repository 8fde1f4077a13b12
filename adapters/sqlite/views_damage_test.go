package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/directory"
	"github.com/punchledger/punchledger/projections/payroll"
)

const allViews = "views"

// workedDays are days of an employee with all that a day may have.
func workedDays(tx projections.Tx, emp string, seconds domain.Seconds, dates ...domain.Date) error {
	var days []daily.Row
	var raised []anomaly.Row
	var parts []payroll.Part
	for _, d := range dates {
		days = append(days, daily.Row{Day: attendance.Day{Employee: emp, Date: d, Zone: "UTC", Counted: seconds, Settled: true}, Carry: []byte("carry")})
		raised = append(raised, anomaly.Row{Employee: emp, Date: d, Anomaly: attendance.Anomaly{ID: "punch.missing_out", Of: "p1", Severity: "low", State: "open"}})
		parts = append(parts, payroll.Part{Employee: emp, Day: d, Row: attendance.Row{Date: d, Code: "WORK", Class: "base", Rate: "1.00", Seconds: seconds}})
	}
	from, to := dates[0], dates[len(dates)-1]
	return errors.Join(
		tx.ReplaceDays(context.Background(), emp, from, to, days),
		tx.ReplaceAnomalies(context.Background(), emp, from, to, raised),
		tx.ReplaceParts(context.Background(), emp, from, to, parts),
		tx.PutFact(context.Background(), emp, "month-202610", fmt.Appendf(nil, `{"worked":%d}`, seconds)),
		tx.PutPerson(context.Background(), directory.Person{Employee: emp, Group: "office"}),
	)
}

// filledViews writes views with rows in every table and closes them.
func filledViews(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "views.db")
	v, err := sqlite.OpenViews(t.Context(), path, "engine 1")
	require.NoError(t, err)
	steps := []func(tx projections.Tx) error{
		func(tx projections.Tx) error { return workedDays(tx, "e1", 100, 20000, 20001, 20002) },
		func(tx projections.Tx) error { return workedDays(tx, "e2", 200, 20000, 20001) },
		func(tx projections.Tx) error { return workedDays(tx, "e1", 300, 20001, 20002) },
	}
	var from projections.Checkpoint
	for _, step := range steps {
		to := projections.Checkpoint{Cursor: 1, Position: 1}
		require.NoError(t, v.Update(t.Context(), allViews, from, to, step))
		from = to
	}
	require.NoError(t, v.Check(t.Context()))
	require.NoError(t, v.Close())
	return path
}

// readEverything reads what any command reads: every view, facts and carries.
func readEverything(ctx context.Context, v *sqlite.Views) error {
	_, _, err := projections.Fingerprint(ctx, v)
	return errors.Join(
		err,
		v.People(ctx, func(directory.Person) error { return nil }),
		v.Read(ctx, func(tx projections.Tx) error {
			_, fact := tx.Fact(ctx, "e1", "month-202610")
			_, carry := tx.CarryBefore(ctx, "e1", 20002)
			_, carries := tx.Carries(ctx, "e1", 0)
			return errors.Join(fact, carry, carries)
		}),
	)
}

func TestADamagedRowOfTheViewsIsNamedByWhoReadsIt(t *testing.T) {
	for name, statement := range map[string]string{
		"a figure of a day changed":     "UPDATE day SET data = CAST(replace(CAST(data AS TEXT), '300', '301') AS BLOB) WHERE emp = 'e1' AND date = 20001",
		"the date of a day changed":     "UPDATE day SET date = 20003 WHERE emp = 'e1' AND date = 20002",
		"a day given to another person": "UPDATE day SET emp = 'e3' WHERE emp = 'e1' AND date = 20002",
		"a day in the place of another": "UPDATE day SET data = (SELECT data FROM day WHERE date = 20000) WHERE emp = 'e1' AND date = 20001",
		"a day cut off":                 "UPDATE day SET data = x'7b7d' WHERE emp = 'e1' AND date = 20001",
		"a carry changed":               "UPDATE day SET carry = CAST('CARRY' || substr(carry, 6) AS BLOB) WHERE emp = 'e1' AND date = 20001",
		"a fact changed":                "UPDATE fact SET data = CAST(replace(CAST(data AS TEXT), '300', '301') AS BLOB) WHERE emp = 'e1'",
		"an exception changed":          "UPDATE anomaly SET data = CAST(replace(CAST(data AS TEXT), 'low', 'LOW') AS BLOB) WHERE emp = 'e1'",
		"the kind of an exception":      "UPDATE anomaly SET id = 'punch.missing_in' WHERE emp = 'e1'",
		"seconds of payroll changed":    "UPDATE payroll_part SET data = CAST(replace(CAST(data AS TEXT), '300', '900') AS BLOB) WHERE emp = 'e1'",
		"the code of payroll changed":   "UPDATE payroll_part SET code = 'NIGHT' WHERE emp = 'e1' AND day = 20001",
		"the date of payroll changed":   "UPDATE payroll_part SET date = 20005 WHERE emp = 'e1' AND day = 20001",
		"a person changed":              "UPDATE person SET data = CAST(replace(CAST(data AS TEXT), 'office', 'OFFICE') AS BLOB) WHERE emp = 'e1'",
		"a column of another type":      "UPDATE day SET data = 7 WHERE emp = 'e1' AND date = 20001",
		"a table that is gone":          "DROP TABLE anomaly",
	} {
		t.Run(name, func(t *testing.T) {
			path := filledViews(t)
			alter(t, path, statement)
			v, err := sqlite.OpenViews(t.Context(), path, "engine 1")
			require.NoError(t, err)
			for _, err := range []error{readEverything(t.Context(), v), v.Check(t.Context())} {
				damaged, ok := errors.AsType[*sqlite.DamagedError](err)
				require.True(t, ok, "got %v", err)
				require.Equal(t, path, damaged.Path)
				require.Equal(t, "views", damaged.Kind)
			}
			require.NoError(t, v.Close())
			requireReplaced(t, path)
		})
	}
}

// requireReplaced proves that the views can be begun anew.
func requireReplaced(t *testing.T, path string) {
	t.Helper()
	v, err := sqlite.ReplaceViews(t.Context(), path, "engine 1")
	require.NoError(t, err)
	at, err := v.Checkpoint(t.Context(), allViews)
	require.NoError(t, err)
	require.Zero(t, at)
	require.NoError(t, v.Update(t.Context(), allViews, at, projections.Checkpoint{Cursor: 1}, func(tx projections.Tx) error {
		return workedDays(tx, "e1", 100, 20000, 20001)
	}))
	require.NoError(t, errors.Join(readEverything(t.Context(), v), v.Check(t.Context()), v.Close()))
}

func TestRowsOfTheViewsThatAreMissingOrOldAreFound(t *testing.T) {
	for name, statement := range map[string]string{
		"a day is missing":          "DELETE FROM day WHERE emp = 'e1' AND date = 20001",
		"all days are missing":      "DELETE FROM day",
		"an exception is missing":   "DELETE FROM anomaly WHERE emp = 'e2'",
		"payroll rows are missing":  "DELETE FROM payroll_part WHERE emp = 'e1' AND day = 20002",
		"a fact is missing":         "DELETE FROM fact WHERE emp = 'e2'",
		"a person is missing":       "DELETE FROM person WHERE emp = 'e2'",
		"a row of an earlier time":  "UPDATE state SET data = (SELECT data FROM earlier); DROP TABLE earlier",
		"an index without its rows": "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'payroll_part_date') WHERE name = 'day_date'",
		"another declaration":       "CREATE TABLE more (a)",
	} {
		t.Run(name, func(t *testing.T) {
			path := filledViews(t)
			if name == "a row of an earlier time" {
				alter(t, path, "CREATE TABLE earlier AS SELECT data FROM state")
				v, err := sqlite.OpenViews(t.Context(), path, "engine 1")
				require.NoError(t, err)
				at := projections.Checkpoint{Cursor: 1, Position: 1}
				require.NoError(t, v.Update(t.Context(), allViews, at, at, func(tx projections.Tx) error { return workedDays(tx, "e1", 500, 20001) }))
				require.NoError(t, v.Close())
			}
			alter(t, path, statement)
			v, err := sqlite.OpenViews(t.Context(), path, "engine 1")
			require.NoError(t, err)
			err = v.Check(t.Context())
			_, ok := errors.AsType[*sqlite.DamagedError](err)
			require.True(t, ok, "got %v", err)
			require.NoError(t, v.Close())
			requireReplaced(t, path)
		})
	}
}

func TestALostCheckpointIsNotTheBeginning(t *testing.T) {
	for name, statement := range map[string]string{
		"missing": "DELETE FROM state",
		"changed": "UPDATE state SET data = CAST(replace(CAST(data AS TEXT), '\"position\":1', '\"position\":0') AS BLOB)",
		"empty":   "UPDATE state SET data = x''",
	} {
		t.Run(name, func(t *testing.T) {
			path := filledViews(t)
			alter(t, path, statement)
			v, err := sqlite.OpenViews(t.Context(), path, "engine 1")
			require.NoError(t, err)
			_, reading := v.Checkpoint(t.Context(), allViews)
			writing := v.Update(t.Context(), allViews, projections.Checkpoint{}, projections.Checkpoint{Cursor: 1}, func(projections.Tx) error { return nil })
			for _, err := range []error{reading, writing} {
				_, ok := errors.AsType[*sqlite.DamagedError](err)
				require.True(t, ok, "got %v", err)
			}
			require.NoError(t, v.Close())
			requireReplaced(t, path)
		})
	}
}

func TestViewsInAnyStateAreReplaced(t *testing.T) {
	for name, damage := range map[string]func(whole []byte) []byte{
		"no database":            func([]byte) []byte { return []byte("Dear diary, today the clock was late again.") },
		"an empty file":          func([]byte) []byte { return nil },
		"half a file":            func(b []byte) []byte { return b[:len(b)/2] },
		"a header of zeroes":     func(b []byte) []byte { return append(make([]byte, 100), b[100:]...) },
		"a page full of nothing": func(b []byte) []byte { return append(append(b[:8192:8192], make([]byte, 4096)...), b[12288:]...) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filledViews(t)
			whole, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, damage(whole), 0o600))
			requireReplaced(t, path)
		})
	}
}

func TestDamagedViewsAreNotReplacedUnderAWriter(t *testing.T) {
	path := filledViews(t)
	l := open(t, filepath.Dir(path))
	require.NoError(t, os.WriteFile(path, []byte("Dear diary, today the clock was late again."), 0o600))
	_, err := sqlite.ReplaceViews(t.Context(), path, "engine 1")
	var locked *sqlite.LockedError
	require.ErrorAs(t, err, &locked)
	require.NoError(t, l.Close())
	requireReplaced(t, path)
}
