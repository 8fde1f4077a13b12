package viewtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/directory"
	"github.com/punchledger/punchledger/projections/payroll"
)

const name = "attendance"

// at returns the checkpoint at a position.
func at(n int) projections.Checkpoint {
	if n == 0 {
		return projections.Checkpoint{}
	}
	return projections.Checkpoint{
		Cursor: eventstore.Cursor(3 * n), Position: eventstore.Position(n), RecordedAt: domain.Instant(1000 * n),
	}
}

func update(t *testing.T, s Store, from, to projections.Checkpoint, change func(projections.Tx) error) {
	t.Helper()
	require.NoError(t, s.Update(t.Context(), name, from, to, change))
}

func requireAt(t *testing.T, s Store, want projections.Checkpoint) {
	t.Helper()
	got, err := s.Checkpoint(t.Context(), name)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func day(emp string, date domain.Date, flags ...string) daily.Row {
	return daily.Row{
		Day:   attendance.Day{Employee: emp, Date: date, Zone: "UTC", Flags: flags, Settled: true},
		Carry: fmt.Appendf(nil, "carry of %s", date),
	}
}

func raised(emp string, date domain.Date, id, of string) anomaly.Row {
	return anomaly.Row{Employee: emp, Date: date, Anomaly: attendance.Anomaly{ID: id, Of: of, Severity: "low", State: "open"}}
}

// part is what the attendance day gives to a row of date.
func part(emp string, attended, date domain.Date, code string, s domain.Seconds) payroll.Part {
	return payroll.Part{Employee: emp, Day: attended, Row: attendance.Row{Date: date, Code: code, Class: "base", Rate: "1.00", Seconds: s}}
}

// fill writes something into every table.
func fill(tx projections.Tx) error {
	ctx := context.Background()
	return errors.Join(
		tx.PutFact(ctx, "e1", "month-202610", []byte("{}")),
		tx.ReplaceDays(ctx, "e1", 10, 12, []daily.Row{day("e1", 10), day("e1", 11, "late")}),
		tx.ReplaceAnomalies(ctx, "e1", 10, 12, []anomaly.Row{raised("e1", 11, "late", "in")}),
		tx.ReplaceParts(ctx, "e1", 10, 12, []payroll.Part{part("e1", 10, 10, "REG", 60), part("e1", 11, 12, "REG", 120)}),
		tx.PutPerson(ctx, directory.Person{Employee: "e1", Group: "office"}),
		fillBrief(ctx, tx),
	)
}

// dump writes all that a reader sees, a line a row.
func dump(t testing.TB, s Store) []string {
	t.Helper()
	out := rowsOf(t, s)
	require.NoError(t, s.People(t.Context(), func(p directory.Person) error {
		out = append(out, "person "+text(t, p))
		return nil
	}))
	return append(out, briefOf(t, s)...)
}

func testNoCheckpoint(t *testing.T, s Store) {
	requireAt(t, s, projections.Checkpoint{})
	require.Empty(t, dump(t, s))
}

func testTogether(t *testing.T, s Store) {
	update(t, s, at(0), at(4), fill)
	requireAt(t, s, at(4))
	require.Len(t, dump(t, s), 12)
}

func testRollback(t *testing.T, s Store) {
	update(t, s, at(0), at(4), fill)
	want := dump(t, s)
	wrong := errors.New("wrong")
	err := s.Update(t.Context(), name, at(4), at(5), func(tx projections.Tx) error {
		require.NoError(t, tx.ReplaceDays(t.Context(), "e1", 1, 99, nil))
		require.NoError(t, tx.PutFact(t.Context(), "e1", "month-202611", []byte("{}")))
		require.NoError(t, tx.PutPerson(t.Context(), directory.Person{Employee: "e2"}))
		return wrong
	})
	require.ErrorIs(t, err, wrong)
	requireAt(t, s, at(4))
	requireSame(t, want, dump(t, s), "")
	update(t, s, at(4), at(5), func(tx projections.Tx) error {
		parts, err := tx.FactParts(t.Context(), "e1", "")
		require.Equal(t, []string{"month-202610"}, parts)
		return err
	})
}

func testMoved(t *testing.T, s Store) {
	update(t, s, at(0), at(4), fill)
	want := dump(t, s)
	for _, from := range []projections.Checkpoint{at(0), at(3), {Cursor: 12, Position: 4}, at(5)} {
		err := s.Update(t.Context(), name, from, at(6), func(projections.Tx) error {
			require.Fail(t, "the change ran")
			return nil
		})
		require.ErrorIs(t, err, projections.ErrMoved)
	}
	requireAt(t, s, at(4))
	requireSame(t, want, dump(t, s), "")
}

func testNames(t *testing.T, s Store) {
	update(t, s, at(0), at(4), fill)
	other, err := s.Checkpoint(t.Context(), "directory")
	require.NoError(t, err)
	require.Zero(t, other)
	require.NoError(t, s.Update(t.Context(), "directory", at(0), at(2), func(projections.Tx) error { return nil }))
	requireAt(t, s, at(4))
}

func testOwnWrites(t *testing.T, s Store) {
	ctx := t.Context()
	update(t, s, at(0), at(1), func(tx projections.Tx) error {
		require.NoError(t, fill(tx))
		data, err := tx.Fact(ctx, "e1", "month-202610")
		require.NoError(t, err)
		require.Equal(t, "{}", string(data))
		carry, err := tx.CarryBefore(ctx, "e1", 11)
		require.NoError(t, err)
		require.Equal(t, day("e1", 10).Carry, carry)
		p, known, err := tx.Person(ctx, "e1")
		require.True(t, known)
		require.Equal(t, "office", p.Group)
		return err
	})
}

func testMoment(t *testing.T, s Store) {
	update(t, s, at(0), at(1), fill)
	require.NoError(t, s.Read(t.Context(), func(tx projections.Tx) error {
		parts, err := tx.FactParts(t.Context(), "e1", "month-")
		require.Equal(t, []string{"month-202610"}, parts)
		return err
	}))
	wrong := errors.New("wrong")
	require.ErrorIs(t, s.Read(t.Context(), func(projections.Tx) error { return wrong }), wrong)
	requireAt(t, s, at(1))
}

func testFacts(t *testing.T, s Store) {
	ctx := t.Context()
	update(t, s, at(0), at(1), func(tx projections.Tx) error {
		for _, p := range []string{"roster-202610", "person", "month-202611", "month-202609", "month-202610"} {
			require.NoError(t, tx.PutFact(ctx, "e1", p, []byte(p)))
		}
		require.NoError(t, tx.PutFact(ctx, "e0", "month-202610", []byte("another's")))
		require.NoError(t, tx.PutFact(ctx, "", "version", []byte("9")))
		return tx.PutFact(ctx, "e1", "person", []byte("replaced"))
	})
	require.NoError(t, s.Read(ctx, func(tx projections.Tx) error {
		for prefix, want := range map[string][]string{
			"month-": {"month-202609", "month-202610", "month-202611"},
			"":       {"month-202609", "month-202610", "month-202611", "person", "roster-202610"},
			"none":   nil,
		} {
			got, err := tx.FactParts(ctx, "e1", prefix)
			require.NoError(t, err)
			require.Equal(t, want, got, "prefix %q", prefix)
		}
		data, err := tx.Fact(ctx, "e1", "person")
		require.NoError(t, err)
		require.Equal(t, "replaced", string(data))
		data, err = tx.Fact(ctx, "e2", "person")
		require.NoError(t, err)
		require.Nil(t, data)
		all, err := tx.Employees(ctx)
		require.Equal(t, []string{"e0", "e1"}, all)
		return err
	}))
}

func testDays(t *testing.T, s Store) {
	ctx := t.Context()
	update(t, s, at(0), at(1), func(tx projections.Tx) error {
		return errors.Join(
			tx.ReplaceDays(ctx, "e2", 1, 99, []daily.Row{day("e2", 11)}),
			tx.ReplaceDays(ctx, "e1", 1, 99, []daily.Row{day("e1", 9), day("e1", 10), day("e1", 11), day("e1", 12)}),
			tx.ReplaceDays(ctx, "e1", 10, 11, []daily.Row{day("e1", 11, "new")}),
		)
	})
	for _, c := range []struct {
		query daily.Query
		want  []string
	}{
		{daily.Query{}, []string{"e1 9 []", "e1 11 [new]", "e1 12 []", "e2 11 []"}},
		{daily.Query{Employee: "e1"}, []string{"e1 9 []", "e1 11 [new]", "e1 12 []"}},
		{daily.Query{From: 11, To: 11}, []string{"e1 11 [new]", "e2 11 []"}},
		{daily.Query{From: 12}, []string{"e1 12 []"}},
		{daily.Query{Employee: "e1", To: 9}, []string{"e1 9 []"}},
		{daily.Query{Employee: "e3"}, nil},
	} {
		var got []string
		require.NoError(t, s.Days(ctx, c.query, func(d daily.Row) error {
			got = append(got, fmt.Sprintf("%s %d %v", d.Employee, d.Date, d.Flags))
			return nil
		}))
		require.Equal(t, c.want, got, "%+v", c.query)
	}
}

func testCarries(t *testing.T, s Store) {
	ctx := t.Context()
	update(t, s, at(0), at(1), func(tx projections.Tx) error {
		return errors.Join(
			tx.ReplaceDays(ctx, "e2", 1, 99, []daily.Row{day("e2", 11)}),
			tx.ReplaceDays(ctx, "e1", 1, 99, []daily.Row{day("e1", 9), day("e1", 12)}),
		)
	})
	require.NoError(t, s.Read(ctx, func(tx projections.Tx) error {
		for before, want := range map[domain.Date][]byte{9: nil, 10: day("e1", 9).Carry, 12: day("e1", 9).Carry, 40: day("e1", 12).Carry} {
			got, err := tx.CarryBefore(ctx, "e1", before)
			require.NoError(t, err)
			require.Equal(t, want, got, "before %d", before)
		}
		got, err := tx.Carries(ctx, "e1", 10)
		require.Equal(t, map[domain.Date][]byte{12: day("e1", 12).Carry}, got)
		return err
	}))
}

func testAnomalies(t *testing.T, s Store) {
	ctx := t.Context()
	update(t, s, at(0), at(1), func(tx projections.Tx) error {
		return errors.Join(
			tx.ReplaceAnomalies(ctx, "e2", 1, 99, []anomaly.Row{raised("e2", 11, "late", "in")}),
			tx.ReplaceAnomalies(ctx, "e1", 1, 99, []anomaly.Row{
				raised("e1", 12, "late", "in"), raised("e1", 11, "late", "in"), raised("e1", 11, "absent", ""), raised("e1", 11, "late", "a"),
			}),
			tx.ReplaceAnomalies(ctx, "e1", 12, 12, nil),
		)
	})
	for _, c := range []struct {
		query anomaly.Query
		want  []string
	}{
		{anomaly.Query{}, []string{"e1 11 absent ", "e1 11 late a", "e1 11 late in", "e2 11 late in"}},
		{anomaly.Query{ID: "late", Employee: "e1"}, []string{"e1 11 late a", "e1 11 late in"}},
		{anomaly.Query{From: 12}, nil},
		{anomaly.Query{To: 11, Employee: "e2"}, []string{"e2 11 late in"}},
	} {
		var got []string
		require.NoError(t, s.Anomalies(ctx, c.query, func(a anomaly.Row) error {
			got = append(got, fmt.Sprintf("%s %d %s %s", a.Employee, a.Date, a.ID, a.Of))
			return nil
		}))
		require.Equal(t, c.want, got, "%+v", c.query)
	}
}

func testParts(t *testing.T, s Store) {
	ctx := t.Context()
	update(t, s, at(0), at(1), func(tx projections.Tx) error {
		return errors.Join(
			tx.ReplaceParts(ctx, "e1", 1, 99, []payroll.Part{
				part("e1", 10, 10, "REG", 1), part("e1", 10, 11, "REG", 2), part("e1", 11, 11, "REG", 3), part("e1", 11, 11, "OT", 4),
				part("e1", 12, 12, "REG", 5),
			}),
			tx.ReplaceParts(ctx, "e2", 1, 99, []payroll.Part{part("e2", 11, 11, "REG", 6)}),
			tx.ReplaceParts(ctx, "e1", 12, 12, []payroll.Part{part("e1", 12, 13, "REG", 7), part("e1", 12, 12, "OT", 8)}),
		)
	})
	for _, c := range []struct {
		query payroll.Query
		want  []string
	}{
		{payroll.Query{Employee: "e1"}, []string{"10 10 REG 1", "11 11 OT 4", "10 11 REG 2", "11 11 REG 3", "12 12 OT 8", "12 13 REG 7"}},
		{payroll.Query{From: 11, To: 11}, []string{"11 11 OT 4", "10 11 REG 2", "11 11 REG 3", "11 11 REG 6"}},
		{payroll.Query{From: 13}, []string{"12 13 REG 7"}},
	} {
		var got []string
		require.NoError(t, s.Parts(ctx, c.query, func(p payroll.Part) error {
			got = append(got, fmt.Sprintf("%d %d %s %d", p.Day, p.Date, p.Code, p.Seconds))
			return nil
		}))
		require.Equal(t, c.want, got, "%+v", c.query)
	}
	var rows []string
	require.NoError(t, payroll.Rows(ctx, s, payroll.Query{Employee: "e1", From: 11, To: 12}, func(r payroll.Row) error {
		rows = append(rows, fmt.Sprintf("%d %s %d", r.Date, r.Code, r.Seconds))
		return nil
	}))
	require.Equal(t, []string{"11 OT 4", "11 REG 5", "12 OT 8"}, rows)
}

func testPeople(t *testing.T, s Store) {
	ctx := t.Context()
	update(t, s, at(0), at(1), func(tx projections.Tx) error {
		for _, p := range []directory.Person{{Employee: "e2"}, {Employee: "e1"}, {Employee: "e2", Group: "plant"}} {
			require.NoError(t, tx.PutPerson(ctx, p))
		}
		_, known, err := tx.Person(ctx, "e3")
		require.False(t, known)
		return err
	})
	var got []string
	require.NoError(t, s.People(ctx, func(p directory.Person) error {
		got = append(got, p.Employee+" "+p.Group)
		return nil
	}))
	require.Equal(t, []string{"e1 ", "e2 plant"}, got)
}

func testStop(t *testing.T, s Store) {
	update(t, s, at(0), at(1), fill)
	enough := errors.New("enough")
	n := 0
	require.ErrorIs(t, s.Days(t.Context(), daily.Query{}, func(daily.Row) error { n++; return enough }), enough)
	require.Equal(t, 1, n)
}

func testDrop(t *testing.T, s Store) {
	update(t, s, at(0), at(1), fill)
	require.NoError(t, s.Drop(t.Context()))
	requireAt(t, s, at(0))
	require.Empty(t, dump(t, s))
	update(t, s, at(0), at(1), func(tx projections.Tx) error {
		parts, err := tx.FactParts(t.Context(), "e1", "")
		require.Empty(t, parts)
		return err
	})
}

func testRace(t *testing.T, s Store) {
	var all sync.WaitGroup
	won := make(chan int, 8)
	for n := range cap(won) {
		all.Go(func() {
			err := s.Update(t.Context(), name, at(0), at(n+1), func(tx projections.Tx) error {
				return tx.PutPerson(t.Context(), directory.Person{Employee: fmt.Sprint("e", n)})
			})
			if err == nil {
				won <- n
				return
			}
			if !errors.Is(err, projections.ErrMoved) {
				t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	require.Len(t, won, 1)
	winner := <-won
	requireAt(t, s, at(winner+1))
	require.Len(t, dump(t, s), 1)
}
