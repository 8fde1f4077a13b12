package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// Vault keeps the wrapped keys of personal evidence in one file. It implements vault.Keys.
//
// Erased keys are overwritten in the file, but what a disk or a backup still holds of them is only as safe as their epoch key.
type Vault struct {
	fail     *failure
	readOnly bool

	mu                     sync.Mutex
	conn                   *conn // nil once closed
	get, find, put, erased *stmt
	all                    *stmt
	puts                   int

	putting gather[putting]
}

var _ vault.Keys = (*Vault)(nil)

// VaultOptions change how a vault is opened and written.
type VaultOptions struct {
	// Create makes the file where there is none; without it a missing file is an error that says os.ErrNotExist.
	Create bool
	// ReadOnly changes nothing, also not the format of the file, and works in a folder that may not be written. Put and Erase
	// are ErrVaultReadOnly.
	ReadOnly bool
	// Fatal is called once, with a *FailedError, when a write ends in an unexpected error; the vault then refuses all further
	// writes. Nil prints the error and ends the process with exit status 70. Anything else is for tests.
	Fatal func(error)
}

// ErrVaultReadOnly refuses writes to a vault that was opened for reading.
var ErrVaultReadOnly = errors.New("the vault is open for reading only")

// OpenVault opens the keys at path, conventionally vault.db in the data folder.
func OpenVault(path string, opts VaultOptions) (*Vault, error) {
	open := vaultSchema.openToWrite
	if opts.ReadOnly {
		open = vaultSchema.openToRead
	} else if opts.Create {
		if err := createPrivate(path); err != nil {
			return nil, err
		}
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open the vault: %w", err)
	}
	c, err := open(path)
	if err != nil {
		return nil, err
	}
	v := &Vault{fail: newFailure(path, opts.Fatal), conn: c, readOnly: opts.ReadOnly}
	if err := v.prepare(); err != nil {
		return nil, errors.Join(damaged(path, vaultSchema.name, err), c.close())
	}
	return v, nil
}

// createPrivate makes an empty file that only its owner may read, where there is none. A file that is there is not opened: the
// close would drop the locks that SQLite holds on it for others in this process.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// openToWrite opens a small file that is written beside the log: it is brought to this build's format and checked whole.
func (s schema) openToWrite(path string) (*conn, error) {
	if err := renewWAL(osDisk{}, path); err != nil {
		return nil, err
	}
	c, err := s.open(path, readWrite, 4)
	if err != nil {
		return nil, err
	}
	// Before anything is changed: the file may be somebody else's.
	if _, err := s.version(c); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if err := c.useWAL(); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if err := errors.Join(c.exec("PRAGMA secure_delete = ON"), s.migrate(c), c.checkpoint("TRUNCATE")); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), c.close())
	}
	// An index that has lost an entry would let a second one be made: another key of a subject, a session that was ended.
	if err := s.checkBeforeWriting(c); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// openToRead opens such a file beside its writer and changes nothing.
func (s schema) openToRead(path string) (*conn, error) {
	c, err := s.open(path, readOnly, 4)
	if err != nil {
		return nil, err
	}
	version, err := s.version(c)
	if err == nil && version == 0 {
		err = &ForeignFileError{path, s.name, "it is empty"}
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// unreachable reports whether SQLite could not open or create a file that it needs.
func unreachable(err error) bool {
	e, ok := errors.AsType[*modernc.Error](err)
	return ok && (e.Code()&0xff == sqlite3.SQLITE_CANTOPEN || e.Code()&0xff == sqlite3.SQLITE_READONLY)
}

func (v *Vault) prepare() (err error) {
	const columns = "SELECT id, subject, class, period, epoch, wrapped, state, created_at FROM keys "
	for _, p := range []struct {
		stmt **stmt
		sql  string
	}{
		{&v.get, columns + "WHERE id = ?"},
		{&v.find, columns + "WHERE subject = ? AND class = ? AND period = ?"},
		{&v.all, columns + "ORDER BY id"},
		{&v.put, "INSERT INTO keys (id, subject, class, period, epoch, wrapped, state, created_at) " +
			"VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"},
		{&v.erased, "UPDATE keys SET wrapped = x'', state = 'erased' WHERE id = ?"},
	} {
		if *p.stmt, err = v.conn.prepare(p.sql); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the vault.
func (v *Vault) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.conn == nil {
		return nil
	}
	err := v.fail.check()
	if err == nil && !v.readOnly {
		err = v.conn.checkpoint("TRUNCATE")
	}
	err = errors.Join(err, v.conn.close())
	v.conn = nil
	return err
}

// Get implements vault.Keys.
func (v *Vault) Get(ctx context.Context, id string) (vault.Key, bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.ready(ctx); err != nil {
		return vault.Key{}, false, err
	}
	return v.read(v.get, id)
}

// Find implements vault.Keys.
func (v *Vault) Find(
	ctx context.Context, subject string, class domain.SecretClass, period string,
) (vault.Key, bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.ready(ctx); err != nil {
		return vault.Key{}, false, err
	}
	return v.read(v.find, subject, string(class), period)
}

// All implements vault.Keys.
func (v *Vault) All(ctx context.Context, yield func(vault.Key) error) error {
	keys, err := v.list(ctx)
	if err != nil {
		return damaged(v.fail.path, vaultSchema.name, err)
	}
	for _, k := range keys {
		if err := yield(k); err != nil {
			return err
		}
	}
	return nil
}

func (v *Vault) list(ctx context.Context) (keys []vault.Key, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.ready(ctx); err != nil {
		return nil, err
	}
	rows, err := v.all.query()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	dest := make([]driver.Value, keyColumns)
	for {
		if err := rows.Next(dest); errors.Is(err, io.EOF) {
			return keys, nil
		} else if err != nil {
			return nil, err
		}
		k, err := keyOf(dest)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
}

// Check reads the whole file behind the keys: its pages, its declarations, and that its index has exactly the entries of the keys.
// What it finds is a *DamagedError. Whether a key is the one that was stored shows when it is used.
func (v *Vault) Check(ctx context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.ready(ctx); err != nil {
		return err
	}
	return vaultSchema.checkFile(v.conn)
}

// read returns the key that s finds.
func (v *Vault) read(s *stmt, args ...driver.Value) (vault.Key, bool, error) {
	k, ok, err := readKey(s, args...)
	return k, ok, damaged(v.fail.path, vaultSchema.name, err)
}

// Erase implements vault.Keys.
func (v *Vault) Erase(ctx context.Context, id string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.writable(ctx); err != nil {
		return err
	}
	result, err := v.erased.exec(id)
	if err == nil {
		// The write-ahead log still holds the key until it is copied into the file and cut off.
		err = v.conn.checkpoint("TRUNCATE")
	}
	if err != nil {
		return v.fail.raise(fmt.Errorf("erase key %s: %w", id, err))
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, &vault.UnknownKeyError{Key: id})
	}
	return nil
}

func (v *Vault) ready(ctx context.Context) error {
	if v.conn == nil {
		return ErrClosed
	}
	return ctx.Err()
}

func (v *Vault) writable(ctx context.Context) error {
	if v.readOnly {
		return ErrVaultReadOnly
	}
	return errors.Join(v.ready(ctx), v.fail.check())
}

// readKey returns the key that s finds.
func readKey(s *stmt, args ...driver.Value) (vault.Key, bool, error) {
	dest := make([]driver.Value, keyColumns)
	found, err := s.row(dest, args...)
	if err != nil || !found {
		return vault.Key{}, false, err
	}
	k, err := keyOf(dest)
	return k, err == nil, err
}

const keyColumns = 8

// keyOf returns the key in a row.
func keyOf(dest []driver.Value) (vault.Key, error) {
	var texts [6]string
	for i, column := range []int{0, 1, 2, 3, 6, 7} {
		texts[i], _ = dest[column].(string)
	}
	epoch, _ := dest[4].(int64)
	wrapped, _ := dest[5].([]byte)
	k := vault.Key{
		ID: texts[0], Subject: texts[1], Class: domain.SecretClass(texts[2]), Period: texts[3],
		Epoch: int(epoch), Wrapped: wrapped, State: vault.State(texts[4]),
	}
	if err := k.CreatedAt.UnmarshalText([]byte(texts[5])); err != nil {
		return vault.Key{}, fmt.Errorf("key %s is damaged: %w", k.ID, err)
	}
	return k, nil
}
