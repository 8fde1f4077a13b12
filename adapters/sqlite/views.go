package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	_ "modernc.org/sqlite" // the driver

	"github.com/punchledger/punchledger/projections"
)

// viewsVersion is the shape of views.db. Views are never migrated: a file of another shape is dropped and rebuilt from the log.
const viewsVersion = 6

const viewsSchema = `
CREATE TABLE IF NOT EXISTS meta (shape TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS fact (emp TEXT NOT NULL, part TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (emp, part)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS day (emp TEXT NOT NULL, date INTEGER NOT NULL, data BLOB NOT NULL, carry BLOB NOT NULL, PRIMARY KEY (emp, date)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS day_date ON day (date);
CREATE TABLE IF NOT EXISTS anomaly (emp TEXT NOT NULL, date INTEGER NOT NULL, id TEXT NOT NULL, of TEXT NOT NULL, data BLOB NOT NULL, about BLOB NOT NULL,
  PRIMARY KEY (emp, date, id, of)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resolved (emp TEXT NOT NULL, date INTEGER NOT NULL, id TEXT NOT NULL, of TEXT NOT NULL, data BLOB NOT NULL, about BLOB NOT NULL,
  PRIMARY KEY (emp, date, id, of)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS payroll_part (emp TEXT NOT NULL, day INTEGER NOT NULL, n INTEGER NOT NULL, date INTEGER NOT NULL, code TEXT NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (emp, day, n)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS payroll_part_date ON payroll_part (emp, date, code, day, n);
CREATE TABLE IF NOT EXISTS month_cells (month INTEGER NOT NULL, emp TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (month, emp)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS month_cells_emp ON month_cells (emp, month);
CREATE TABLE IF NOT EXISTS shadow (emp TEXT NOT NULL, date INTEGER NOT NULL, data BLOB NOT NULL, carry BLOB NOT NULL, PRIMARY KEY (emp, date)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS presence (emp TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS request (emp TEXT NOT NULL, id TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (emp, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS inbox (item TEXT PRIMARY KEY, who TEXT NOT NULL, emp TEXT NOT NULL, data BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS inbox_who ON inbox (who);
CREATE INDEX IF NOT EXISTS inbox_emp ON inbox (emp);
CREATE TABLE IF NOT EXISTS person (emp TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
`

// Views keeps the views of one ledger in one file, which may be deleted at any time. It implements projections.Views and the
// readers of all views. Updates take turns; reads see what was committed.
//
// Every row carries a mark of its key and content, which each read checks: what is not as it was written is a *DamagedError, and
// ReplaceViews begins anew.
type Views struct {
	path  string
	disk  disk
	write *sql.DB
	read  *sql.DB
	from  reading // read, or one moment of it
	pages int64   // of the write-ahead log are too many
}

// OpenViews opens the views in a file and creates what is missing. Shape names what the rows depend on besides the log: the
// engine and its zone data. A file of another shape, of this package's or the caller's, is replaced by an empty one.
// The path :memory: keeps them in memory.
func OpenViews(ctx context.Context, path, shape string) (*Views, error) {
	v, err := openViews(ctx, path, shape)
	if errors.Is(err, errOtherShape) {
		if err := removeViews(path); err != nil {
			return nil, fmt.Errorf("replace the views of another version: %w", err)
		}
		v, err = openViews(ctx, path, shape)
	}
	if unreachable(err) || errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EROFS) {
		err = fmt.Errorf("%w: %w", ErrNotWritable, err)
	}
	if err = damaged(path, viewsKind, err); err != nil {
		return nil, fmt.Errorf("open views %s: %w", path, err)
	}
	return v, nil
}

func removeViews(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// ReplaceViews opens the views in a file and empties them, for a rebuild, whatever state the file is in: one that is so damaged
// that it cannot be emptied is replaced by a new one. That takes the lock of the ledger in the same folder, as who writes there may
// have the file open: while somebody does, it is a *LockedError.
func ReplaceViews(ctx context.Context, path, shape string) (*Views, error) {
	v, err := OpenViews(ctx, path, shape)
	if err == nil {
		if err = errors.Join(v.Drop(ctx), v.Check(ctx)); err == nil {
			return v, nil
		}
		err = errors.Join(err, v.Close())
	}
	if _, ok := errors.AsType[*DamagedError](err); !ok {
		return nil, err
	}
	lock, err := lockFile(filepath.Join(filepath.Dir(path), "ledger.lock"))
	if err != nil {
		return nil, fmt.Errorf("replace the damaged views: %w", err)
	}
	defer lock.Close()
	if err := removeViews(path); err != nil {
		return nil, fmt.Errorf("replace the damaged views: %w", err)
	}
	return OpenViews(ctx, path, shape)
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
	v := &Views{path: path, disk: osDisk{}, pages: viewsPages, write: db, read: db, from: db}
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
	v.from = v.read
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
		empty, err := newViewState().encode()
		if err != nil {
			return err
		}
		_, err = v.write.ExecContext(ctx, fmt.Sprintf("BEGIN IMMEDIATE; %s INSERT OR IGNORE INTO meta SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM meta); "+
			"INSERT OR IGNORE INTO state VALUES (1, ?2); PRAGMA user_version = %d; COMMIT;", viewsSchema, viewsVersion), shape, empty)
		if err != nil {
			return err
		}
	} else if version != viewsVersion {
		return errOtherShape
	}
	var written string // by whoever made the file, perhaps another process at the same moment
	err := v.write.QueryRowContext(ctx, "SELECT shape FROM meta").Scan(&written)
	if errors.Is(err, sql.ErrNoRows) {
		err = &DamagedError{v.path, viewsKind, "it does not say what built it"}
	}
	if err == nil && written != shape {
		err = errOtherShape
	}
	return err
}

// damaged names the file in an error that comes from its damage.
func (v *Views) damaged(err error) error { return damaged(v.path, viewsKind, err) }

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
	empty, err := newViewState().encode()
	if err != nil {
		return err
	}
	tx, err := v.write.BeginTx(ctx, nil)
	if err == nil {
		_, err = tx.ExecContext(ctx, `DELETE FROM state; DELETE FROM fact; DELETE FROM day; DELETE FROM anomaly; DELETE FROM payroll_part;
DELETE FROM resolved; DELETE FROM month_cells; DELETE FROM shadow; DELETE FROM presence; DELETE FROM inbox;
DELETE FROM request; DELETE FROM person; INSERT INTO state VALUES (1, ?)`, empty)
		if err == nil {
			err = tx.Commit()
		} else {
			err = errors.Join(err, ignoreDone(tx.Rollback()))
		}
	}
	if err != nil {
		return v.damaged(fmt.Errorf("drop the views: %w", err))
	}
	return v.settle(ctx, v.pages)
}

// Checkpoint implements projections.Views.
func (v *Views) Checkpoint(ctx context.Context, name string) (projections.Checkpoint, error) {
	s, err := v.state(ctx, v.read)
	if err != nil {
		return projections.Checkpoint{}, v.damaged(err)
	}
	return s.checkpoint(name), nil
}

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// reading is what rows are read from.
type reading interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Moment runs f on views that show one moment, whatever is written meanwhile, with the transaction in which they read and where the
// projector of that name was. They must not be used after f.
func (v *Views) Moment(ctx context.Context, name string, f func(projections.AllReader, projections.Tx, projections.Checkpoint) error) error {
	tx, err := v.read.BeginTx(ctx, nil)
	if err != nil {
		return v.damaged(fmt.Errorf("begin: %w", err))
	}
	then := *v
	then.from = tx
	state, err := v.state(ctx, tx)
	if err == nil {
		err = f(&then, v.transaction(tx, newViewState()), state.checkpoint(name))
	}
	return v.damaged(errors.Join(err, ignoreDone(tx.Rollback())))
}

func (v *Views) state(ctx context.Context, q querier) (*viewState, error) {
	var blob []byte
	err := q.QueryRowContext(ctx, "SELECT data FROM state WHERE id = 1").Scan(&blob)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read the state of the views: %w", err)
	}
	return decodeViewState(v.path, blob)
}

// Update implements projections.Views.
func (v *Views) Update(ctx context.Context, name string, from, to projections.Checkpoint, change func(projections.Tx) error) (err error) {
	tx, err := v.write.BeginTx(ctx, nil)
	if err != nil {
		return v.damaged(fmt.Errorf("begin: %w", err))
	}
	defer func() {
		if err != nil { // with the context's own error: the end of a transaction that was given up reads like a defect
			err = v.damaged(errors.Join(err, ignoreDone(tx.Rollback()), ctx.Err()))
		}
	}()
	state, err := v.state(ctx, tx)
	if err != nil {
		return err
	}
	if state.checkpoint(name) != from {
		return projections.ErrMoved
	}
	if err := change(v.transaction(tx, state)); err != nil {
		return err
	}
	state.Checkpoints[name] = storedCheckpoint(to)
	blob, err := state.encode()
	if err != nil {
		return err
	}
	if _, err = tx.ExecContext(ctx, "UPDATE state SET data = ? WHERE id = 1", blob); err != nil {
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
		return v.damaged(fmt.Errorf("begin: %w", err))
	}
	err = f(v.transaction(tx, newViewState()))
	if err != nil {
		err = errors.Join(err, ctx.Err())
	}
	return v.damaged(errors.Join(err, ignoreDone(tx.Rollback())))
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}
