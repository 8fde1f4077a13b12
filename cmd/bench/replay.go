package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/jackc/pgx/v5"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
)

// replayPeople is how many people's year is computed in memory and by the database.
const replayPeople = 1000

const postgresPunches = `CREATE TABLE punch (emp int NOT NULL, at bigint NOT NULL, PRIMARY KEY (emp, at))`

// workedTime sums, per person and day that begins at 04:00 in Shanghai, the time between each odd punch and the next.
const workedTime = `
SELECT emp, day, coalesce(sum(next - at) FILTER (WHERE n % 2 = 1), 0)
FROM (SELECT emp, (at + 28800 - 14400) / 86400 AS day, at, row_number() OVER w AS n, lead(at) OVER w AS next
      FROM punch WINDOW w AS (PARTITION BY emp, (at + 28800 - 14400) / 86400 ORDER BY at)) AS p
GROUP BY emp, day`

// replays computes a year of a company under rules, from facts in memory, beside a window query over the same punches, which
// can only sum worked time. Both give the same hours, which is checked before anything is measured.
func (b *bench) replays(ctx context.Context) error {
	const plain, full = "worked time of a year from memory, all cores", "full rules over a year from memory, all cores"
	if !b.only.MatchString(plain) && !b.only.MatchString(full) {
		return nil
	}
	open, err := newWork(openHours, replayPeople, true)
	if err != nil {
		return err
	}
	for _, f := range open.people { // these rules leave the zone to the people
		f.Assignments[0].Zone = "Asia/Shanghai"
		for i := range f.Punches {
			f.Punches[i].At -= 8 * domain.Hour
		}
	}
	open.book.Turned["Asia/Shanghai"] = open.to
	query, err := b.querying(ctx, open)
	if err != nil {
		return err
	}
	anchor := "PostgreSQL, window query over the same punches"
	err = b.hold(ctx, contest{name: plain, unit: "employee-day", goal: "≥ 50", anchor: anchor, us: onAllCores(open), them: query})
	if err != nil {
		return err
	}
	rules, err := newWork("cn-bj-office", replayPeople, true)
	if err != nil {
		return err
	}
	err = b.hold(ctx, contest{name: full, unit: "employee-day", goal: "≥ 4", anchor: anchor + " (worked time only)", us: onAllCores(rules), them: query})
	if err != nil {
		return err
	}
	return b.hold(ctx, contest{
		name: "full rules over a year from memory, two cores against one", unit: "employee-day", goal: "≥ 1.8", anchor: "the same on one core",
		us: onAllCores(rules), them: evaluating(rules, 1),
	})
}

func onAllCores(w *work) side {
	return func(context.Context, string) (attempt, error) {
		return attempt{run: func() (float64, error) { return w.evaluate(runtime.NumCPU(), nil) }}, nil
	}
}

// querying loads the punches into PostgreSQL, makes sure that both ways agree on every day, and returns the query as a side.
// Its unit is the employee-day of the year, also of days without punches, as those of evaluation are.
func (b *bench) querying(ctx context.Context, w *work) (_ side, err error) {
	pg, err := b.database(ctx)
	if err != nil {
		return nil, err
	}
	c, err := pg.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close(ctx)) }()
	for _, statement := range []string{"DROP TABLE IF EXISTS punch", postgresPunches} {
		if _, err := c.Exec(ctx, statement); err != nil {
			return nil, err
		}
	}
	var rows [][]any
	for person, f := range w.people {
		for i := range f.Punches {
			rows = append(rows, []any{int32(person), int64(f.Punches[i].At)})
		}
	}
	if _, err := c.CopyFrom(ctx, pgx.Identifier{"punch"}, []string{"emp", "at"}, pgx.CopyFromRows(rows)); err != nil {
		return nil, err
	}
	if _, err := c.Exec(ctx, "VACUUM ANALYZE punch"); err != nil {
		return nil, err
	}
	theirs, err := queryWorked(ctx, c)
	if err != nil {
		return nil, err
	}
	ours, err := w.worked()
	if err != nil {
		return nil, err
	}
	if digest(ours) != digest(theirs) {
		return nil, fmt.Errorf("the query and the engine disagree: %d and %d days with work", len(theirs), len(ours))
	}
	b.note("the window query and the engine agree on all %d days with work of %d people, %d punches", len(ours), len(w.people), len(rows))
	return func(ctx context.Context, _ string) (attempt, error) {
		c, err := pg.Connect(ctx)
		if err != nil {
			return attempt{}, err
		}
		return attempt{
			run: func() (float64, error) {
				_, err := queryWorked(ctx, c)
				return float64(len(w.people)) * float64(w.to-w.from), err
			},
			done: func() error { return c.Close(ctx) },
		}, nil
	}, nil
}

// worked are the days with work, as evaluated.
func (w *work) worked() ([]worked, error) {
	lists := make([][]worked, len(w.people))
	_, err := w.evaluate(runtime.NumCPU(), func(person int, d *attendance.Day) {
		if d.Counted > 0 {
			lists[person] = append(lists[person], worked{person, d.Date, d.Counted})
		}
	})
	var out []worked
	for _, l := range lists {
		out = append(out, l...)
	}
	return out, err
}

func queryWorked(ctx context.Context, c *pgx.Conn) (out []worked, err error) {
	rows, err := c.Query(ctx, workedTime)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var person int32
		var day, seconds int64
		if err := rows.Scan(&person, &day, &seconds); err != nil {
			return nil, err
		}
		out = append(out, worked{int(person), domain.DateOfUnix(domain.Seconds(day) * domain.Day), domain.Seconds(seconds)})
	}
	return out, rows.Err()
}
