// Package postgres keeps the views of a ledger in PostgreSQL, where several processes may bring them up to date and others read
// them with SQL; a log, where one process writes; and what nothing else has: a vault of keys and a state of logins.
//
// Views never hold facts that are not in the log: what is lost or damaged is built again. A vault and a state cannot be.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
)

// viewsVersion is the shape of the rows. Those of another shape are dropped and built again.
const viewsVersion = 1

// DefaultSchema is where the tables are when the address names no search_path.
const DefaultSchema = "punchledger"

// Options say which views are opened.
type Options struct {
	Address string // URL of the database; search_path names the schema
	Shape   string // what the rows depend on besides the log: the engine and its zone data
	Ledger  string // tells this ledger from every other
}

// Views are the views of one ledger. Updates under one name take turns; reads see what was committed. Every row has marks of its
// key and content, which each read checks: what is not as it was written is a *DamagedError.
//
// What was committed may be lost when the server of the database loses its power; then the views are those of an earlier moment, and
// catch up.
type Views struct {
	pool   *pgxpool.Pool
	moment pgx.Tx // reads see its moment; nil: what is committed when they begin
	where  string // the address without its password
	shape  string
	ledger string
	shards int
	space  int32 // of the advisory locks of the schema
	inside bool  // the gate is ours
}

// ForeignError says that the schema has the views of another ledger, which are not touched.
type ForeignError struct{ Where string }

func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s has the views of another ledger; name another schema, such as search_path=other in the address", e.Where)
}

// UnreachableError says that the database does not answer, or does not let us do what we must.
type UnreachableError struct {
	Where string
	Err   error
}

func (e *UnreachableError) Error() string { return fmt.Sprintf("the views in %s: %v", e.Where, e.Err) }
func (e *UnreachableError) Unwrap() error { return e.Err }

// ErrReplaced says that another process has begun the views anew in another form: with another build, or in other shards.
var ErrReplaced = errors.New("the views were begun anew in another form meanwhile; start this process again")

// Open opens the views and makes what is missing. Rows of another shape are dropped.
func Open(ctx context.Context, o Options) (*Views, error) {
	where := Where(o.Address)
	config, err := configure(o.Address, DefaultSchema)
	if err != nil {
		return nil, &UnreachableError{where, err}
	}
	config.ConnConfig.RuntimeParams["synchronous_commit"] = "off" // what is lost is built again, in order
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, &UnreachableError{where, err}
	}
	v := &Views{
		pool: pool, where: where, shape: fmt.Sprintf("rows %d, %s", viewsVersion, o.Shape), ledger: o.Ledger,
		space: spaceOf(schemaOf(config)),
	}
	if err := v.prepare(ctx, config); err != nil {
		pool.Close()
		if _, ok := errors.AsType[*ForeignError](err); ok || ctx.Err() != nil {
			return nil, err
		}
		return nil, &UnreachableError{where, err}
	}
	return v, nil
}

// Where is an address as it may be shown: without its password.
func Where(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the database"
	}
	if query := u.Query(); query.Has("password") || query.Has("sslpassword") {
		for _, name := range []string{"password", "sslpassword"} {
			if query.Has(name) {
				query.Set(name, "xxxxx")
			}
		}
		u.RawQuery = query.Encode()
	}
	return u.Redacted()
}

func configure(address, schema string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	params := config.ConnConfig.RuntimeParams
	if params["search_path"] == "" {
		params["search_path"] = schema
	}
	if params["application_name"] == "" {
		params["application_name"] = "punchledger"
	}
	params["timezone"] = "UTC"
	// The tables are small when a statement is planned first and large when it runs: rows are always found by their keys.
	params["enable_seqscan"] = "off"
	params["jit"] = "off" // compiling takes longer than any statement of ours
	return config, nil
}

// schemaOf is the first schema of the search path: tables are made there.
func schemaOf(config *pgxpool.Config) string {
	first, _, _ := strings.Cut(config.ConnConfig.RuntimeParams["search_path"], ",")
	return strings.Trim(strings.TrimSpace(first), `"`)
}

func (v *Views) prepare(ctx context.Context, config *pgxpool.Config) error {
	if err := v.known(ctx); !unprepared(err) {
		return err
	}
	if err := migrate(ctx, config.ConnConfig, schemaOf(config), viewsTables); err != nil {
		return err
	}
	_, err := v.pool.Exec(ctx, "INSERT INTO meta VALUES (1, $1, $2, 1) ON CONFLICT DO NOTHING", v.shape, v.ledger)
	if err == nil {
		err = v.known(ctx)
	}
	return err
}

// unprepared reports that there are no tables yet, or nothing that says whose they are.
func unprepared(err error) bool {
	return codeOf(err) == undefinedTable || errors.Is(err, pgx.ErrNoRows)
}

// Codes of errors of the database.
const (
	undefinedTable  = "42P01"
	undefinedColumn = "42703"
)

// codeOf is the code of an error of the database, empty for all others.
func codeOf(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// known reads what the views are, and begins them anew where another build has written them.
func (v *Views) known(ctx context.Context) error {
	var shape, ledger string
	if err := v.pool.QueryRow(ctx, "SELECT shape, ledger, shards FROM meta").Scan(&shape, &ledger, &v.shards); err != nil {
		return err
	}
	if ledger != v.ledger {
		return &ForeignError{v.where}
	}
	if shape != v.shape {
		return v.Divide(ctx, v.shards)
	}
	return nil
}

// Close closes all connections.
func (v *Views) Close() error {
	v.pool.Close()
	return nil
}

// Shards is into how many parts the views are divided; each has a checkpoint of its own and is brought up to date by itself.
func (v *Views) Shards() int { return v.shards }

// Drop empties all views and checkpoints, for a rebuild.
func (v *Views) Drop(ctx context.Context) error { return v.Divide(ctx, v.shards) }

// Divide empties all views and checkpoints and divides them into so many shards. Who reads one moment sees it to its end.
func (v *Views) Divide(ctx context.Context, shards int) error {
	err := pgx.BeginFunc(ctx, v.pool, func(tx pgx.Tx) error {
		// The one lock that everybody else takes first, then the rest: nobody waits for us who holds what we wait for.
		if _, err := tx.Exec(ctx, "LOCK TABLE checkpoint IN ACCESS EXCLUSIVE MODE"); err != nil {
			return err
		}
		all := []string{"checkpoint"}
		for _, t := range tables {
			all = append(all, t.name)
		}
		if _, err := tx.Exec(ctx, "TRUNCATE "+strings.Join(all, ", ")); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE meta SET shape = $1, shards = $2", v.shape, shards)
		return err
	})
	if err == nil {
		v.shards = shards
	}
	return v.wrap(ctx, "drop the views", err)
}

// Checkpoint implements projections.Views. Of what is divided it is that of the shard that is behind the others.
func (v *Views) Checkpoint(ctx context.Context, name string) (projections.Checkpoint, error) {
	if v.moment != nil {
		return v.least(ctx, v.moment, name)
	}
	return v.least(ctx, v.pool, name)
}

func (v *Views) least(ctx context.Context, q querier, name string) (least projections.Checkpoint, err error) {
	rows, err := q.Query(ctx, "SELECT cursor, position, recorded_at FROM checkpoint WHERE name = $1", name)
	if err != nil {
		return least, v.wrap(ctx, "read the checkpoint", err)
	}
	all, err := pgx.CollectRows(rows, scanCheckpoint)
	if err != nil {
		return least, v.wrap(ctx, "read the checkpoint", err)
	}
	if name == projections.AllViews && len(all) < v.shards {
		return least, nil // one has not begun
	}
	for i, at := range all {
		if i == 0 || at.Cursor < least.Cursor {
			least = at
		}
	}
	return least, nil
}

func scanCheckpoint(r pgx.CollectableRow) (projections.Checkpoint, error) {
	var at projections.Checkpoint
	var cursor, position int64
	err := r.Scan(&cursor, &position, &at.RecordedAt)
	at.Cursor, at.Position = eventstore.Cursor(cursor), eventstore.Position(position)
	return at, err
}

// Moment runs f on views that show one moment, whatever is written meanwhile, with the transaction in which they read and where the
// projector of that name was. They must not be used after f.
func (v *Views) Moment(
	ctx context.Context, name string, f func(projections.AllReader, projections.Tx, projections.Checkpoint) error,
) error {
	return v.reading(ctx, func(then *Views, tx *viewTx) error {
		at, err := then.Checkpoint(ctx, name)
		if err != nil {
			return err
		}
		return f(then, tx, at)
	})
}

// Read runs f in a transaction that sees one moment of all views and writes nothing.
func (v *Views) Read(ctx context.Context, f func(projections.Tx) error) error {
	return v.reading(ctx, func(_ *Views, tx *viewTx) error { return f(tx) })
}

// reading begins a moment. Its lock comes before its snapshot, so that Divide waits for it or it sees what Divide has left.
func (v *Views) reading(ctx context.Context, f func(*Views, *viewTx) error) error {
	begin := pgx.TxOptions{BeginQuery: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE checkpoint IN ACCESS SHARE MODE"}
	tx, err := v.pool.BeginTx(ctx, begin)
	if err != nil {
		return v.wrap(ctx, "begin", err)
	}
	then := *v
	then.moment = tx
	err = f(&then, newViewTx(&then, tx, anyShard))
	return errors.Join(err, v.end(ctx, tx))
}

// end gives a transaction up.
func (v *Views) end(ctx context.Context, tx pgx.Tx) error {
	if err := tx.Rollback(context.WithoutCancel(ctx)); !errors.Is(err, pgx.ErrTxClosed) && ctx.Err() == nil {
		return v.wrap(ctx, "end a transaction", err)
	}
	return nil
}

func (v *Views) wrap(ctx context.Context, tried string, err error) error {
	return wrap(ctx, v.where, tried, err)
}

// wrap says what was tried and where; what the caller has given up says so.
func wrap(ctx context.Context, where, tried string, err error) error {
	if err == nil {
		return nil
	}
	if stopped := ctx.Err(); stopped != nil && !errors.Is(err, stopped) {
		err = errors.Join(err, stopped)
	}
	if unreachable(err) {
		return &UnreachableError{where, err}
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Detail != "" {
		return fmt.Errorf("%s: %s: %w (%s)", where, tried, err, e.Detail)
	}
	return fmt.Errorf("%s: %s: %w", where, tried, err)
}

// unreachable reports that there is no talking to the database now; later there may be.
func unreachable(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok { // whatever the server says: it takes nobody in
		return true
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(e.Code, "57P") || strings.HasPrefix(e.Code, "08") || e.Code == "53300" // it stops, starts, or is full
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
