package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"syscall"

	_ "modernc.org/sqlite" // the driver

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
)

// viewsVersion is the shape of views.db. Views are never migrated: a file of another shape is dropped and rebuilt from the log.
const viewsVersion = 2

const viewsSchema = `
CREATE TABLE IF NOT EXISTS meta (shape TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS checkpoint (name TEXT PRIMARY KEY, cursor INTEGER NOT NULL, position INTEGER NOT NULL, recorded_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fact (emp TEXT NOT NULL, part TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (emp, part)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS day (emp TEXT NOT NULL, date INTEGER NOT NULL, data BLOB NOT NULL, carry BLOB NOT NULL, PRIMARY KEY (emp, date)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS day_date ON day (date);
CREATE TABLE IF NOT EXISTS anomaly (emp TEXT NOT NULL, date INTEGER NOT NULL, id TEXT NOT NULL, of TEXT NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (emp, date, id, of)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS payroll_part (emp TEXT NOT NULL, day INTEGER NOT NULL, n INTEGER NOT NULL, date INTEGER NOT NULL, code TEXT NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (emp, day, n)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS payroll_part_date ON payroll_part (emp, date, code, day, n);
CREATE TABLE IF NOT EXISTS person (emp TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
`

// Views keeps the views of one ledger in one file, which may be deleted at any time. It implements projections.Views and the
// readers of all views. Updates take turns; reads see what was committed.
type Views struct {
	path  string
	disk  disk
	write *sql.DB
	read  *sql.DB
	pages int64 // of the write-ahead log are too many
}

// OpenViews opens the views in a file and creates what is missing. Shape names what the rows depend on besides the log: the
// engine and its zone data. A file of another shape, of this package's or the caller's, is replaced by an empty one.
// The path :memory: keeps them in memory.
func OpenViews(ctx context.Context, path, shape string) (*Views, error) {
	v, err := openViews(ctx, path, shape)
	if errors.Is(err, errOtherShape) {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, fmt.Errorf("replace the views of another version: %w", err)
			}
		}
		v, err = openViews(ctx, path, shape)
	}
	if unreachable(err) || errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EROFS) {
		err = fmt.Errorf("%w: %w", ErrNotWritable, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open views %s: %w", path, err)
	}
	return v, nil
}

// ErrNotWritable says that a file, or what SQLite keeps beside it, cannot be written in its folder.
var ErrNotWritable = errors.New("the folder may not be written")

var errOtherShape = errors.New("the views have another shape")

const inMemory = ":memory:"

// viewsName returns the name under which the driver opens views, with their settings.
func viewsName(path, txlock string) (string, error) {
	q := url.Values{
		"_pragma": {"busy_timeout(120000)", "journal_mode(WAL)", "synchronous(NORMAL)", "wal_autocheckpoint(0)", "temp_store(MEMORY)", "cache_size(-65536)"},
		"_txlock": {txlock},
	}
	if path == inMemory {
		return path + "?" + q.Encode(), nil
	}
	return fileURI(path, create, q)
}

func openViews(ctx context.Context, path, shape string) (*Views, error) {
	if path != inMemory {
		if err := createPrivate(path); err != nil {
			return nil, err
		}
	}
	// A writer takes its turn when it begins: one that had read before it waited would find that another has moved on.
	name, err := viewsName(path, "immediate")
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	v := &Views{path: path, disk: osDisk{}, pages: viewsPages, write: db, read: db}
	if err := v.prepareSchema(ctx, shape); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	if path == inMemory {
		return v, nil
	}
	if name, err = viewsName(path, "deferred"); err == nil {
		v.read, err = sql.Open("sqlite", name)
	}
	if err != nil {
		return nil, errors.Join(err, v.Close())
	}
	v.read.SetMaxOpenConns(4)
	return v, nil
}

func (v *Views) prepareSchema(ctx context.Context, shape string) error {
	var version, tables int
	if err := v.write.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if err := v.write.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	if tables == 0 {
		_, err := v.write.ExecContext(ctx, fmt.Sprintf("BEGIN IMMEDIATE; %s INSERT OR IGNORE INTO meta SELECT ? WHERE NOT EXISTS (SELECT 1 FROM meta); "+
			"PRAGMA user_version = %d; COMMIT;", viewsSchema, viewsVersion), shape)
		if err != nil {
			return err
		}
	} else if version != viewsVersion {
		return errOtherShape
	}
	var written string // by whoever made the file, perhaps another process at the same moment
	err := v.write.QueryRowContext(ctx, "SELECT shape FROM meta").Scan(&written)
	if err == nil && written != shape {
		err = errOtherShape
	}
	return err
}

// Close closes the file.
func (v *Views) Close() error {
	if v.read == v.write || v.read == nil {
		return v.write.Close()
	}
	err := v.read.Close() // first: a reader would keep the write-ahead log from being emptied
	return errors.Join(err, v.settleLast(), v.write.Close())
}

// Drop empties all views and checkpoints, for a rebuild.
func (v *Views) Drop(ctx context.Context) error {
	_, err := v.write.ExecContext(ctx, `BEGIN;
DELETE FROM checkpoint; DELETE FROM fact; DELETE FROM day; DELETE FROM anomaly; DELETE FROM payroll_part; DELETE FROM person; COMMIT;`)
	if err != nil {
		return fmt.Errorf("drop the views: %w", err)
	}
	return v.settle(ctx, v.pages)
}

// Checkpoint implements projections.Views.
func (v *Views) Checkpoint(ctx context.Context, name string) (projections.Checkpoint, error) {
	return checkpoint(ctx, v.read, name)
}

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func checkpoint(ctx context.Context, q querier, name string) (projections.Checkpoint, error) {
	var cursor, position, recorded int64
	err := q.QueryRowContext(ctx, "SELECT cursor, position, recorded_at FROM checkpoint WHERE name = ?", name).Scan(&cursor, &position, &recorded)
	if errors.Is(err, sql.ErrNoRows) {
		return projections.Checkpoint{}, nil
	}
	return projections.Checkpoint{
		Cursor: eventstore.Cursor(cursor), Position: eventstore.Position(position), RecordedAt: domain.Instant(recorded),
	}, err
}

// Update implements projections.Views.
func (v *Views) Update(ctx context.Context, name string, from, to projections.Checkpoint, change func(projections.Tx) error) (err error) {
	tx, err := v.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreDone(tx.Rollback()))
		}
	}()
	now, err := checkpoint(ctx, tx, name)
	if err != nil {
		return fmt.Errorf("read the checkpoint: %w", err)
	}
	if now != from {
		return projections.ErrMoved
	}
	if err := change(&viewTx{tx: tx, stmts: map[string]*sql.Stmt{}}); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?)", name, int64(to.Cursor), int64(to.Position), int64(to.RecordedAt))
	if err != nil {
		return fmt.Errorf("move the checkpoint: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return v.settle(ctx, v.pages)
}

// Read runs f in a transaction that sees one moment of all views and writes nothing.
func (v *Views) Read(ctx context.Context, f func(projections.Tx) error) error {
	tx, err := v.read.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return errors.Join(f(&viewTx{tx: tx, stmts: map[string]*sql.Stmt{}}), ignoreDone(tx.Rollback()))
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}
