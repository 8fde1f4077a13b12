package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// State keeps credentials, sessions, tokens and invitations in one file beside the log: they are personal, change often and are
// no facts that anybody proves. It implements identity.Store.
//
// What is removed is overwritten in the file and cut from the write-ahead log.
type State struct {
	fail     *failure
	readOnly bool

	mu                                   sync.Mutex
	conn                                 *conn // nil once closed
	get, list, all, every                *stmt
	insert, update, remove, purge, count *stmt
	forget                               *stmt
	writes                               int

	puts   gather[storing]
	recent recent
}

// StateOptions change how a state is opened and written.
type StateOptions struct {
	// Create makes the file where there is none; without it a missing file is an error that says os.ErrNotExist.
	Create bool
	// ReadOnly changes nothing. Whatever writes is ErrStateReadOnly.
	ReadOnly bool
	// Fatal is called once, with a *FailedError, when a write ends in an unexpected error; the state then refuses all further
	// writes. Nil prints the error and ends the process with exit status 70. Anything else is for tests.
	Fatal func(error)
}

// ErrStateReadOnly refuses writes to a state that was opened for reading.
var ErrStateReadOnly = errors.New("the state is open for reading only")

// OpenState opens the state at path, conventionally state.db in the data folder.
func OpenState(path string, opts StateOptions) (*State, error) {
	if opts.Create && !opts.ReadOnly {
		if err := createPrivate(path); err != nil {
			return nil, err
		}
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open the state: %w", err)
	}
	open := stateSchema.openToWrite
	if opts.ReadOnly {
		open = stateSchema.openToRead
	}
	c, err := open(path)
	if err != nil {
		return nil, err
	}
	s := &State{fail: newFailure(path, opts.Fatal), conn: c, readOnly: opts.ReadOnly}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(damaged(path, stateSchema.name, err), c.close())
	}
	return s, nil
}

func (s *State) prepare() (err error) {
	const columns = "SELECT kind, key, principal, expires_at, version, body FROM entries "
	for _, p := range []struct {
		stmt **stmt
		sql  string
	}{
		{&s.get, columns + "WHERE kind = ? AND key = ?"},
		{&s.list, columns + "WHERE kind = ? AND principal = ? ORDER BY key"},
		{&s.all, columns + "WHERE kind = ? ORDER BY key"},
		{&s.every, columns + "ORDER BY kind, key"},
		{&s.insert, "INSERT INTO entries (kind, key, principal, expires_at, version, body) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"},
		{&s.update, "UPDATE entries SET principal = ?, expires_at = ?, version = version + 1, body = ? WHERE kind = ? AND key = ? AND version = ?"},
		{&s.remove, "DELETE FROM entries WHERE kind = ? AND key = ?"},
		{&s.forget, "DELETE FROM entries WHERE kind = ?"},
		{&s.purge, "DELETE FROM entries WHERE expires_at > 0 AND expires_at <= ?"},
		{&s.count, "SELECT count(*) FROM entries WHERE expires_at > 0 AND expires_at <= ?"},
	} {
		if *p.stmt, err = s.conn.prepare(p.sql); err != nil {
			return err
		}
	}
	return nil
}

// Get returns the entry of a kind with a key, and false where there is none.
func (s *State) Get(ctx context.Context, kind access.EntryKind, key string) (access.Entry, bool, error) {
	if e, ok := s.recent.get(kind, key); ok {
		return e, true, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(ctx); err != nil {
		return access.Entry{}, false, err
	}
	found, err := s.read(s.get, string(kind), key)
	if err != nil || len(found) == 0 {
		return access.Entry{}, false, err
	}
	if !s.readOnly { // else somebody else writes it
		s.recent.keep(found[0]) // while nobody can change it
	}
	return found[0], true, nil
}

// List returns the entries of a kind in the order of their keys: those of one principal, or all where principal is empty.
func (s *State) List(ctx context.Context, kind access.EntryKind, principal string) ([]access.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	if principal == "" {
		return s.read(s.all, string(kind))
	}
	return s.read(s.list, string(kind), principal)
}

// All returns every entry, in the order of kinds and keys.
func (s *State) All(ctx context.Context) ([]access.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	return s.read(s.every)
}

// Delete removes an entry and reports whether it was there. Nothing of it is left in the files.
func (s *State) Delete(ctx context.Context, kind access.EntryKind, key string) (bool, error) {
	gone := func() { s.recent.drop(kind, key) }
	return s.change(ctx, gone, func() (driver.Result, error) {
		result, err := s.remove.exec(string(kind), key)
		if err == nil && kind == access.CredentialEntry {
			// The write-ahead log still holds it until it is copied into the file and cut off. Of other kinds that has time.
			err = s.conn.checkpoint("TRUNCATE")
		}
		return result, err
	})
}

// Forget removes all entries of some kinds.
func (s *State) Forget(ctx context.Context, kinds ...access.EntryKind) error {
	for _, kind := range kinds {
		if _, err := s.change(ctx, s.recent.clear, func() (driver.Result, error) { return s.forget.exec(string(kind)) }); err != nil {
			return err
		}
	}
	return nil
}

// Purge removes what has expired at an instant.
func (s *State) Purge(ctx context.Context, at domain.Instant) error {
	// Looked at first, as it is called often and finds nothing mostly.
	s.mu.Lock()
	err := s.ready(ctx)
	dest := make([]driver.Value, 1)
	if err == nil {
		_, err = s.count.row(dest, int64(at))
	}
	s.mu.Unlock()
	if n, _ := dest[0].(int64); err != nil || n == 0 {
		return err
	}
	_, err = s.change(ctx, s.recent.clear, func() (driver.Result, error) { return s.purge.exec(int64(at)) })
	return err
}

// change runs one statement, and reports whether it changed anything. Gone takes out of memory what it may have removed.
func (s *State) change(ctx context.Context, gone func(), run func() (driver.Result, error)) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(ctx); err != nil {
		return false, err
	}
	defer gone()
	did, err := changed(run())
	if s.writes++; err == nil && s.writes%checkpointEvery == 0 {
		err = s.conn.checkpoint("PASSIVE")
	}
	if err != nil {
		return false, s.fail.raise(fmt.Errorf("change the state: %w", err))
	}
	return did, nil
}

// changed reports whether a statement changed anything.
func changed(result driver.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

func (s *State) writable(ctx context.Context) error {
	if s.readOnly {
		return ErrStateReadOnly
	}
	return errors.Join(s.ready(ctx), s.fail.check())
}

// Check reads the whole file: its pages, its declarations and its indexes. What it finds is a *DamagedError.
func (s *State) Check(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(ctx); err != nil {
		return err
	}
	return stateSchema.checkFile(s.conn)
}

// Close ends the state.
func (s *State) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return nil
	}
	err := s.fail.check()
	if err == nil && !s.readOnly {
		err = s.conn.checkpoint("TRUNCATE")
	}
	err = errors.Join(err, s.conn.close())
	s.conn = nil
	s.recent.clear()
	return err
}

func (s *State) ready(ctx context.Context) error {
	if s.conn == nil {
		return ErrClosed
	}
	return ctx.Err()
}

const entryColumns = 6

// read returns the entries that a statement finds.
func (s *State) read(find *stmt, args ...driver.Value) (out []access.Entry, err error) {
	defer func() { err = damaged(s.fail.path, stateSchema.name, err) }()
	rows, err := find.query(args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	dest := make([]driver.Value, entryColumns)
	for {
		if err := rows.Next(dest); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, err
		}
		out = append(out, entryOf(dest))
	}
}

// entryOf returns the entry in a row.
func entryOf(dest []driver.Value) access.Entry {
	kind, _ := dest[0].(string)
	key, _ := dest[1].(string)
	principal, _ := dest[2].(string)
	expires, _ := dest[3].(int64)
	version, _ := dest[4].(int64)
	body, _ := dest[5].([]byte)
	return access.Entry{
		Kind: access.EntryKind(kind), Key: key, Principal: principal, ExpiresAt: domain.Instant(expires), Version: version,
		Body: append([]byte{}, body...),
	}
}
