package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/punchledger/punchledger/domain/access"
)

// storing is an entry on its way into the file, and what came of it.
type storing struct {
	entry  access.Entry
	done   bool
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
	s.queue.Lock()
	s.waiting = append(s.waiting, p)
	s.queue.Unlock()

	s.mu.Lock()
	defer s.mu.Unlock()
	if !p.done { // else whoever was here before has stored it
		s.queue.Lock()
		all := s.waiting
		s.waiting = nil
		s.queue.Unlock()
		s.store(all)
	}
	return p.stored, p.err
}

// store makes entries durable together.
func (s *State) store(all []*storing) {
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
		p.done, p.err = true, err
		p.stored = p.stored && err == nil
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
		return changed(s.insert.exec(string(e.Kind), e.Key, e.Principal, int64(e.ExpiresAt), stored(e.Body)))
	}
	return changed(s.update.exec(e.Principal, int64(e.ExpiresAt), stored(e.Body), string(e.Kind), e.Key, e.Version))
}
