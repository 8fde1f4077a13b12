package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Where the tables are when the address names no search_path. The views have a schema of their own, so that who drops it to have them
// built again drops no keys.
const (
	VaultSchema = "punchledger_vault"
	StateSchema = "punchledger_state"
)

// KeptOptions say which vault or which state is opened.
type KeptOptions struct {
	Address  string // URL of the database; search_path names the schema
	Ledger   string // tells this ledger from every other; empty while the ledger begins
	Create   bool   // makes the tables where there are none; without it that is an *AbsentError
	ReadOnly bool   // changes nothing; whatever writes is ErrKeptReadOnly
}

// ErrKeptReadOnly refuses writes to a vault or a state that was opened for reading.
var ErrKeptReadOnly = errors.New("it is open for reading only")

// UnavailableError says that the database of a vault or a state does not answer, or takes nobody in. Unknown says that it was lost while
// it was told to write: what was asked for may be done or not. Whoever asks again, with what is stored then, does it once.
type UnavailableError struct {
	Kind, Where string
	Unknown     bool
	Err         error
}

func (e *UnavailableError) Error() string {
	if e.Unknown {
		return fmt.Sprintf("the %s in %s was lost while it was written, which may be done or not: %v", e.Kind, e.Where, e.Err)
	}
	return fmt.Sprintf("the %s in %s: %v", e.Kind, e.Where, e.Err)
}

// Is reports what the caller did: that a socket is not there, which the system says like of a file, is no news of tables.
func (e *UnavailableError) Is(target error) bool {
	return (target == context.Canceled || target == context.DeadlineExceeded) && errors.Is(e.Err, target)
}

// AbsentError says that a database has no vault or no state. It says fs.ErrNotExist, as of a file.
type AbsentError struct{ Kind, Where string }

func (e *AbsentError) Error() string { return fmt.Sprintf("there is no %s in %s", e.Kind, e.Where) }

// Unwrap returns fs.ErrNotExist.
func (*AbsentError) Unwrap() error { return fs.ErrNotExist }

// OwnedError says that a schema has the vault or the state of another ledger, which is not touched.
type OwnedError struct{ Kind, Where string }

func (e *OwnedError) Error() string {
	return fmt.Sprintf("%s has the %s of another ledger; name another schema, such as search_path=other in the address", e.Where, e.Kind)
}

// AlteredError says that a row of a vault or a state is not what was written.
type AlteredError struct{ Kind, Where, Problem string }

func (e *AlteredError) Error() string {
	return fmt.Sprintf("the %s in %s is damaged: %s", e.Kind, e.Where, e.Problem)
}

// NewerError says that a newer build has changed the form of the tables.
type NewerError struct {
	Kind, Where   string
	Format, Known int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("the %s in %s has format %d, and this build knows formats up to %d", e.Kind, e.Where, e.Format, e.Known)
}

// NotDurableError says that a database answers before what it was told is on its disk.
type NotDurableError struct{ Where string }

func (e *NotDurableError) Error() string {
	return fmt.Sprintf("the server of %s runs with fsync=off: a power cut would lose what it has acknowledged", e.Where)
}

// keptKind tells the tables of a vault from those of a state.
type keptKind struct {
	name   string
	schema string
	folder string
	meta   string
	format int
}

var (
	vaultKind = keptKind{"vault", VaultSchema, vaultTables, "vault_meta", 1}
	stateKind = keptKind{"state", StateSchema, stateTables, "state_meta", 1}
)

// kept are tables of facts that nothing else has: what was written is on the disk when a call returns.
type kept struct {
	keptKind
	pool     *pgxpool.Pool
	where    string // the address without its password
	ledger   string // whose it is; empty: nobody's yet
	readOnly bool
}

// connectWithin ends an attempt to reach a server that does not answer, where the address does not say otherwise.
const connectWithin = 10 * time.Second

func openKept(ctx context.Context, kind keptKind, o KeptOptions) (*kept, error) {
	k := &kept{keptKind: kind, where: Where(o.Address), readOnly: o.ReadOnly}
	config, err := configure(o.Address, kind.schema)
	if err != nil {
		return nil, &UnavailableError{Kind: kind.name, Where: k.where, Err: err}
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectWithin
	}
	params := config.ConnConfig.RuntimeParams
	if params["synchronous_commit"] != "remote_apply" { // which waits for more
		params["synchronous_commit"] = "on"
	}
	if o.ReadOnly {
		params["default_transaction_read_only"] = "on"
	} else {
		config.AfterConnect = k.durable
	}
	if k.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, k.failed(ctx, "connect", false, err)
	}
	if err := k.prepare(ctx, config.ConnConfig, schemaOf(config), o); err != nil {
		k.pool.Close()
		if _, away := errors.AsType[*UnavailableError](err); away || k.spoken(err) || ctx.Err() != nil {
			return nil, err
		}
		return nil, &UnavailableError{Kind: kind.name, Where: k.where, Err: err} // it does not let us do what we must
	}
	return k, nil
}

// durable refuses a server that does not write to its disk. It is asked by every connection: the server may have been started anew.
func (k *kept) durable(ctx context.Context, conn *pgx.Conn) error {
	var fsync string
	if err := conn.QueryRow(ctx, "SHOW fsync").Scan(&fsync); err != nil {
		return err
	}
	if fsync != "on" {
		return &NotDurableError{k.where}
	}
	return nil
}

// prepare makes the tables where that is asked for, and refuses those of another ledger.
func (k *kept) prepare(ctx context.Context, config *pgx.ConnConfig, schema string, o KeptOptions) error {
	err := k.known(ctx, o.Ledger)
	if unprepared(err) && o.Create && !o.ReadOnly {
		if err = k.reach(ctx); err == nil {
			err = migrate(ctx, config, schema, k.folder)
		}
		if err == nil {
			err = k.known(ctx, o.Ledger)
		}
	}
	if unprepared(err) {
		return &AbsentError{k.name, k.where}
	}
	return k.failed(ctx, "open it", false, err)
}

// reach makes a connection: one that may not be used says so before anything is made.
func (k *kept) reach(ctx context.Context) error {
	conn, err := k.pool.Acquire(ctx)
	if err == nil {
		conn.Release()
	}
	return err
}

// known reads of which form the tables are, and whose.
func (k *kept) known(ctx context.Context, ledger string) error {
	var format int
	if err := k.pool.QueryRow(ctx, "SELECT format, ledger FROM "+k.meta).Scan(&format, &k.ledger); err != nil {
		return err
	}
	if format > k.format {
		return &NewerError{k.name, k.where, format, k.format}
	}
	if k.ledger != "" && k.ledger != ledger {
		return &OwnedError{k.name, k.where}
	}
	return nil
}

// claim notes whose the tables are where nobody has done so.
func (k *kept) claim(ctx context.Context, ledger string) error {
	if k.ledger == ledger {
		return nil
	}
	if _, err := k.write(ctx, "claim the "+k.name, "UPDATE "+k.meta+" SET ledger = $1 WHERE ledger = ''", ledger); err != nil {
		return err
	}
	return k.failed(ctx, "open the "+k.name, false, k.known(ctx, ledger))
}

// write runs one statement, which is a transaction of its own, and reports whether it changed anything.
func (k *kept) write(ctx context.Context, tried, statement string, args ...any) (bool, error) {
	if k.readOnly {
		return false, ErrKeptReadOnly
	}
	conn, err := k.pool.Acquire(ctx)
	if err != nil {
		return false, k.failed(ctx, tried, false, err)
	}
	defer conn.Release()
	done, err := conn.Exec(ctx, statement, args...)
	return err == nil && done.RowsAffected() > 0, k.failed(ctx, tried, true, err)
}

// transact runs f in a transaction and commits it where f has no error.
func (k *kept) transact(ctx context.Context, tried string, f func(pgx.Tx) error) error {
	if k.readOnly {
		return ErrKeptReadOnly
	}
	conn, err := k.pool.Acquire(ctx)
	if err != nil {
		return k.failed(ctx, tried, false, err)
	}
	defer conn.Release()
	committing := false
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		err := f(tx)
		committing = err == nil
		return err
	})
	return k.failed(ctx, tried, committing, err)
}

// failed says what was tried and where. Sent says that the database may have been told to commit: where it did not answer, nobody knows
// whether it did.
func (k *kept) failed(ctx context.Context, tried string, sent bool, err error) error {
	if err == nil {
		return nil
	}
	if k.spoken(err) {
		return err
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.SeverityUnlocalized == "ERROR" && e.Code != "40003" { // completion unknown
		sent = false
	}
	if sent && !pgconn.SafeToRetry(err) {
		return &UnavailableError{Kind: k.name, Where: k.where, Unknown: true, Err: err}
	}
	if stopped := ctx.Err(); stopped != nil {
		return fmt.Errorf("%s: %s: %w", k.where, tried, stopped)
	}
	if unreachable(err) {
		return &UnavailableError{Kind: k.name, Where: k.where, Err: err}
	}
	return fmt.Errorf("%s: %s: %w", k.where, tried, err)
}

// spoken reports that an error says already what and where.
func (k *kept) spoken(err error) bool {
	_, absent := errors.AsType[*AbsentError](err)
	_, owned := errors.AsType[*OwnedError](err)
	_, altered := errors.AsType[*AlteredError](err)
	_, newer := errors.AsType[*NewerError](err)
	_, weak := errors.AsType[*NotDurableError](err)
	return absent || owned || altered || newer || weak
}

// Close closes all connections.
func (k *kept) Close() error {
	k.pool.Close()
	return nil
}
