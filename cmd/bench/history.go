package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the anchor asks the same library that the views are kept with

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/evaluate"
	"github.com/punchledger/punchledger/projections/facts"
)

// historyPeople is how many people's time the real program writes; the others of a history have the same under other ids.
const historyPeople = 50

// history is the punch cache of a company over some years, as what-if reads it.
type history struct {
	years    int
	office   *office
	keeper   *facts.Keeper
	from, to domain.Date // both included
	sets     map[int]*staffed
}

// staffed is a history of so many people.
type staffed struct {
	*history
	views   *sqlite.Views
	people  []string
	days    float64 // employee-days
	punches int
}

// workingDays are those of a year that has no holidays.
const workingDays = 261

// historyFrom are Mondays so long ago that the calendar of the rules knows the years and nothing lies ahead.
var historyFrom = map[int]domain.Date{1: domain.NewDate(2025, time.January, 6), 3: domain.NewDate(2023, time.January, 2)}

// theHistory returns the history of so many years, and builds it when it is asked for first.
func (b *bench) theHistory(ctx context.Context, years, people int) (*staffed, error) {
	h := b.histories[years]
	if h == nil {
		from := historyFrom[years]
		o, err := b.newOffice(ctx, fmt.Sprintf("history-%d", years), staffing{historyPeople, years * workingDays, from})
		if err != nil {
			return nil, err
		}
		h = &history{
			years: years, office: o, from: from, to: from + domain.Date(365*years-1), sets: map[int]*staffed{},
			keeper: facts.NewKeeper(o.codec, zone.Embedded(), "bench"),
		}
		b.histories[years] = h
	}
	if h.sets[people] == nil {
		s, err := h.staff(ctx, people)
		if err != nil {
			return nil, err
		}
		h.sets[people] = s
		b.noteWhatIf("a history of %d people and %d days: %d punches in %d MiB of views; the time of %d of them, written by the program, stands under %d ids",
			people, h.to-h.from+1, s.punches, s.size()>>20, historyPeople, people)
	}
	return h.sets[people], nil
}

// staff builds the views from the log and gives the facts of each person to more.
func (h *history) staff(ctx context.Context, people int) (*staffed, error) {
	dir := filepath.Join(h.office.dir, strconv.Itoa(people))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	v, err := h.office.build(ctx, dir)
	if err != nil {
		return nil, err
	}
	s := &staffed{history: h, views: v, days: float64(people) * float64(h.to-h.from+1)}
	var originals []*facts.Person
	err = v.Read(ctx, func(tx projections.Tx) error {
		employees, err := tx.Employees(ctx)
		for _, employee := range employees {
			if err != nil {
				return err
			}
			var p *facts.Person
			p, err = facts.ReadPerson(ctx, tx, employee, 1)
			originals = append(originals, p)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for n := range people {
		s.people = append(s.people, employee(n))
	}
	for first := len(originals); first < people; first += 500 {
		if err := s.copy(ctx, originals, s.people[first:min(first+500, people)]); err != nil {
			return nil, err
		}
	}
	return s, s.count(ctx)
}

// copy gives the facts of the originals, in turn, to other ids. The checkpoint stays where it is.
func (s *staffed) copy(ctx context.Context, originals []*facts.Person, others []string) error {
	at, err := s.views.Checkpoint(ctx, projections.AllViews)
	if err != nil {
		return err
	}
	return s.views.Update(ctx, projections.AllViews, at, at, func(tx projections.Tx) error {
		for i, other := range others {
			err := originals[i%len(originals)].PartsExcept(ctx, originals[i%len(originals)].Employee, "", "", func(part string, data []byte) error {
				return tx.PutFact(ctx, other, part, data)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *staffed) count(ctx context.Context) error {
	return s.each(ctx, 1, func(_ int, p *facts.Person) error {
		f, err := s.keeper.Load(ctx, p, p.Employee, s.from-1)
		s.punches += len(f.Punches)
		return err
	})
}

func (s *staffed) size() int64 {
	info, err := os.Stat(filepath.Join(s.office.dir, strconv.Itoa(len(s.people)), "views.db"))
	if err != nil {
		return 0
	}
	return info.Size()
}

func (s *staffed) projector() *evaluate.Projector {
	return evaluate.New(s.office.codec, zone.Embedded(), "bench")
}

// table writes the same punches into a table of SQLite and returns it, open for one reader.
func (s *staffed) table(ctx context.Context, path string) (db *sql.DB, err error) {
	if db, err = sql.Open("sqlite", path); err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	for _, statement := range []string{
		"PRAGMA synchronous = OFF", "PRAGMA journal_mode = OFF", "PRAGMA cache_size = -262144", "PRAGMA temp_store = MEMORY",
		"CREATE TABLE punch (emp INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (emp, at)) WITHOUT ROWID",
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	err = s.each(ctx, 1, func(n int, p *facts.Person) error {
		f, err := s.keeper.Load(ctx, p, p.Employee, s.from-1)
		if err != nil || len(f.Punches) == 0 {
			return err
		}
		var values strings.Builder
		for i := range f.Punches {
			fmt.Fprintf(&values, ",(%d,%d)", n, f.Punches[i].At)
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO punch VALUES "+values.String()[1:])
		return err
	})
	if err == nil {
		err = tx.Commit()
	}
	if err == nil {
		_, err = db.ExecContext(ctx, "ANALYZE")
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
