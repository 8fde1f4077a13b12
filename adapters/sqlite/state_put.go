package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/punchledger/punchledger/domain/access"
)

// storing is an entry on its way into the file, and what came of it.
type storing struct {
	entry  access.Entry
	stored bool
	err    error
}

// Put stores an entry durably if what is stored still has its version, and reports whether it did. Version 0 stands for an entry
// that is not there yet. Entries that are put at the same time share one fsync: at the start of a shift everybody's session is used
// again.
func (s *State) Put(ctx context.Context, e access.Entry) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	p := &storing{entry: e}
	s.puts.join(p, s.store)
	return p.stored, p.err
}

// store makes entries durable together.
func (s *State) store(all []*storing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.writable(context.Background())
	if err == nil {
		before := s.writes / checkpointEvery
		err = s.write(all)
		if err == nil && s.writes/checkpointEvery > before { // outside of the transaction
			err = s.conn.checkpoint("PASSIVE")
		}
		if err != nil {
			err = s.fail.raise(fmt.Errorf("change the state: %w", err))
		}
	}
	for _, p := range all {
		s.recent.drop(p.entry.Kind, p.entry.Key)
		p.stored, p.err = p.stored && err == nil, err
	}
}

func (s *State) write(all []*storing) (err error) {
	if len(all) > 1 {
		if err := s.conn.exec("BEGIN IMMEDIATE"); err != nil {
			return err
		}
		defer func() {
			if err == nil {
				err = s.conn.exec("COMMIT")
			} else {
				err = errors.Join(err, s.conn.exec("ROLLBACK"))
			}
		}()
	}
	for _, p := range all {
		if p.stored, err = s.putOne(p.entry); err != nil {
			return err
		}
		s.writes++
	}
	return nil
}

func (s *State) putOne(e access.Entry) (bool, error) {
	if e.Version == 0 {
		e.Version = 1
		return s.add(e)
	}
	return changed(s.update.exec(e.Principal, int64(e.ExpiresAt), stored(e.Body), string(e.Kind), e.Key, e.Version))
}

// add stores an entry, version included, where there is none.
func (s *State) add(e access.Entry) (bool, error) {
	return changed(s.insert.exec(string(e.Kind), e.Key, e.Principal, int64(e.ExpiresAt), e.Version, stored(e.Body)))
}

// Import adds entries as they are, versions included, all of them or none. It is for a state that has none of them.
func (s *State) Import(ctx context.Context, entries []access.Entry) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(ctx); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = s.fail.raise(fmt.Errorf("fill the state: %w", err))
		}
	}()
	if err := s.conn.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, e := range entries {
		added, err := s.add(e)
		if err == nil && !added {
			err = fmt.Errorf("there is a %s entry %s already", e.Kind, e.Key)
		}
		if err != nil {
			return errors.Join(err, s.conn.exec("ROLLBACK"))
		}
	}
	return s.conn.exec("COMMIT")
}

// recentEntries bounds the sessions and tokens that are kept in memory, some tens of megabytes.
const recentEntries = 1 << 15

// recent are sessions and tokens that were read lately: each request asks for one. Whoever writes the file is the only one who does,
// so they are what the file holds; a change drops them before it is answered.
type recent struct {
	mu      sync.RWMutex
	entries map[recentKey]access.Entry
}

type recentKey struct {
	kind access.EntryKind
	key  string
}

func (r *recent) get(kind access.EntryKind, key string) (access.Entry, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	e, ok := r.entries[recentKey{kind, key}]
	e.Body = slices.Clone(e.Body)
	return e, ok
}

// keep remembers an entry that was read, in place of any other one when there are too many.
func (r *recent) keep(e access.Entry) {
	if e.Kind != access.SessionEntry && e.Kind != access.TokenEntry {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.entries == nil {
		r.entries = map[recentKey]access.Entry{}
	}
	if len(r.entries) >= recentEntries {
		for other := range r.entries {
			delete(r.entries, other)
			break
		}
	}
	e.Body = slices.Clone(e.Body)
	r.entries[recentKey{e.Kind, e.Key}] = e
}

func (r *recent) drop(kind access.EntryKind, key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.entries, recentKey{kind, key})
}

func (r *recent) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.entries)
}
