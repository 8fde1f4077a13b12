package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/projections/rowmark"
)

// State keeps credentials, sessions, tokens and invitations in PostgreSQL: an identity.Store that several processes may have open. What
// was stored is on the disk when a call returns. Nothing is kept in memory, so what one process ends is ended for all at once.
//
// What is removed is out of the table, and in its file, the write-ahead log and their copies until the database overwrites those.
type State struct{ *kept }

// OpenState opens the state of a ledger.
func OpenState(ctx context.Context, o KeptOptions) (*State, error) {
	k, err := openKept(ctx, stateKind, o)
	if err != nil {
		return nil, err
	}
	s := &State{k}
	if o.Ledger != "" && !o.ReadOnly {
		if err := k.claim(ctx, o.Ledger); err != nil {
			k.pool.Close()
			return nil, err
		}
	}
	return s, nil
}

const entryColumns = "kind, key, principal, expires_at, version, body, marks"

// Get returns the entry of a kind with a key, and false where there is none.
func (s *State) Get(ctx context.Context, kind access.EntryKind, key string) (access.Entry, bool, error) {
	found, err := s.read(ctx, "WHERE kind = $1 AND key = $2", string(kind), key)
	if err != nil || len(found) == 0 {
		return access.Entry{}, false, err
	}
	return found[0], true, nil
}

// List returns the entries of a kind in the order of their keys: those of one principal, or all where principal is empty.
func (s *State) List(ctx context.Context, kind access.EntryKind, principal string) ([]access.Entry, error) {
	if principal == "" {
		return s.read(ctx, "WHERE kind = $1 ORDER BY key", string(kind))
	}
	return s.read(ctx, "WHERE kind = $1 AND principal = $2 ORDER BY key", string(kind), principal)
}

// All returns every entry of one moment, in the order of kinds and keys.
func (s *State) All(ctx context.Context) ([]access.Entry, error) {
	return s.read(ctx, "ORDER BY kind, key")
}

func (s *State) read(ctx context.Context, which string, args ...any) ([]access.Entry, error) {
	rows, err := s.pool.Query(ctx, "SELECT "+entryColumns+" FROM state_entry "+which, args...)
	if err != nil {
		return nil, s.failed(ctx, "read the state", false, err)
	}
	out, err := pgx.CollectRows(rows, s.scan)
	return out, s.failed(ctx, "read the state", false, err)
}

func (s *State) scan(row pgx.CollectableRow) (access.Entry, error) {
	var e access.Entry
	var kind string
	var expires int64
	var marks []byte
	if err := row.Scan(&kind, &e.Key, &e.Principal, &expires, &e.Version, &e.Body, &marks); err != nil {
		return e, err
	}
	e.Kind, e.ExpiresAt = access.EntryKind(kind), domain.Instant(expires)
	if string(marks) != string(entryMark(e)) {
		return e, &AlteredError{s.name, s.where, fmt.Sprintf("the %s entry %s is not what was written", e.Kind, e.Key)}
	}
	return e, nil
}

// entryMark binds what an entry holds to its place and to all that is said of it.
func entryMark(e access.Entry) []byte {
	place := rowmark.Place("state_entry", string(e.Kind), e.Key, e.Principal, int64(e.ExpiresAt), e.Version)
	mark := rowmark.Of(place, e.Body)
	return mark[:]
}

// Put stores an entry durably if what is stored still has its version, and reports whether it did. Version 0 stands for an entry that is
// not there yet. Where the database was lost meanwhile the error is an *UnavailableError that says Unknown, and whoever puts the same
// version again learns by false that it, or somebody else, was first.
func (s *State) Put(ctx context.Context, e access.Entry) (bool, error) {
	const insert = "INSERT INTO state_entry (" + entryColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"
	const update = "UPDATE state_entry SET principal = $3, expires_at = $4, version = $5, body = $6, marks = $7 " +
		"WHERE kind = $1 AND key = $2 AND version = $5 - 1"
	statement := update
	if e.Version == 0 {
		statement = insert
	}
	e.Version++
	return s.write(ctx, "store an entry", statement,
		string(e.Kind), e.Key, e.Principal, int64(e.ExpiresAt), e.Version, solid(e.Body), entryMark(e))
}

// Delete removes an entry and reports whether it was there.
func (s *State) Delete(ctx context.Context, kind access.EntryKind, key string) (bool, error) {
	return s.write(ctx, "remove an entry", "DELETE FROM state_entry WHERE kind = $1 AND key = $2", string(kind), key)
}

// Forget removes all entries of some kinds.
func (s *State) Forget(ctx context.Context, kinds ...access.EntryKind) error {
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = string(kind)
	}
	_, err := s.write(ctx, "remove entries", "DELETE FROM state_entry WHERE kind = ANY ($1)", names)
	return err
}

// Purge removes what has expired at an instant, that instant included.
func (s *State) Purge(ctx context.Context, at domain.Instant) error {
	_, err := s.write(ctx, "remove what has expired", "DELETE FROM state_entry WHERE expires_at > 0 AND expires_at <= $1", int64(at))
	return err
}

// Import fills a state that has no entries, in one transaction, with entries as they are, and reports whether it did: a state that has
// some stays as it is.
func (s *State) Import(ctx context.Context, entries []access.Entry) (imported bool, err error) {
	err = s.transact(ctx, "fill the state", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "LOCK TABLE state_entry IN SHARE ROW EXCLUSIVE MODE"); err != nil {
			return err
		}
		var filled bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM state_entry)").Scan(&filled); err != nil || filled {
			return err
		}
		imported = true
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"state_entry"},
			[]string{"kind", "key", "principal", "expires_at", "version", "body", "marks"},
			pgx.CopyFromSlice(len(entries), func(i int) ([]any, error) {
				e := entries[i]
				return []any{string(e.Kind), e.Key, e.Principal, int64(e.ExpiresAt), e.Version, solid(e.Body), entryMark(e)}, nil
			}))
		return err
	})
	return imported && err == nil, err
}

// Check reads every entry and its mark, with whatever the database checks by itself. It does not see that entries are missing.
func (s *State) Check(ctx context.Context) error {
	_, err := s.All(ctx)
	return err
}
