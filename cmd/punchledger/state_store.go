package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/eventstore"
)

// stateStore keeps credentials, sessions, tokens and endpoints: in a file of the ledger's folder, or in PostgreSQL.
type stateStore interface {
	identity.Store
	entries
	Check(ctx context.Context) error
	io.Closer
}

// entries are what backups and restores need of a state.
type entries interface {
	All(ctx context.Context) ([]access.Entry, error)
	Forget(ctx context.Context, kinds ...access.EntryKind) error
}

// openStateToWrite opens the state of a ledger, and makes it where there is none.
func openStateToWrite(ctx context.Context, data, address string, log eventstore.Store) (stateStore, error) {
	if err := statePart.right(data, address); err != nil {
		return nil, err
	}
	if address == "" {
		return stateIn(sqlite.OpenState(filepath.Join(data, stateFile), sqlite.StateOptions{Create: true}))
	}
	origin, err := originOf(ctx, log)
	if err != nil {
		return nil, err
	}
	at, err := statePart.noted(data)
	if err != nil {
		return nil, err
	}
	// A database that the folder names has the state; another one in its place would be a new one.
	s, err := stateIn(postgres.OpenState(ctx, postgres.KeptOptions{Address: address, Ledger: origin, Create: at == ""}))
	if err != nil {
		return nil, statePart.missing(address, err)
	}
	if err := statePart.keepNote(data, address); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openStateToRead opens the state beside whoever writes it. Where nobody was invited yet, there is none: os.ErrNotExist.
func openStateToRead(ctx context.Context, data, address string, log eventstore.Store) (stateStore, error) {
	if err := statePart.right(data, address); err != nil {
		return nil, err
	}
	if address == "" {
		return stateIn(sqlite.OpenState(filepath.Join(data, stateFile), sqlite.StateOptions{ReadOnly: true}))
	}
	origin, err := originOf(ctx, log)
	if err != nil {
		return nil, err
	}
	s, err := stateIn(postgres.OpenState(ctx, postgres.KeptOptions{Address: address, Ledger: origin, ReadOnly: true}))
	if at, noting := statePart.noted(data); noting != nil || at != "" {
		err = errors.Join(statePart.missing(address, err), noting)
	}
	return s, err
}

// openState opens the state of this command's ledger for reading.
func (c *console) openState() (stateStore, error) {
	if c.cfg.State == "" {
		return openStateToRead(c.ctx, c.cfg.Data, "", nil)
	}
	log, err := openLogToRead(c.ctx, c.cfg.Data, c.cfg.LogAt)
	if err != nil {
		return nil, err
	}
	s, err := openStateToRead(c.ctx, c.cfg.Data, c.cfg.State, log)
	if closing := log.Close(); closing != nil && err == nil {
		return nil, errors.Join(closing, s.Close())
	}
	return s, err
}

// stateIn keeps a state that did not open from looking like one that did.
func stateIn[S stateStore](s S, err error) (stateStore, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// beginState makes the tables of a ledger that begins, whose state is to be in a database.
func beginState(ctx context.Context, data, address string) error {
	if address == "" {
		return nil
	}
	s, err := postgres.OpenState(ctx, postgres.KeptOptions{Address: address, Create: true})
	if err != nil {
		return err
	}
	return errors.Join(s.Close(), statePart.keepNote(data, address))
}

// hasState reports whether the ledger has a state: one in which nobody was invited may have none.
func (c *console) hasState() (bool, error) {
	if c.cfg.State == "" {
		_, err := os.Stat(filepath.Join(c.cfg.Data, stateFile))
		return err == nil, nil
	}
	s, err := c.openState()
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, s.Close()
}

// copyStateTo writes the state as a file, from wherever it is kept.
func (c *console) copyStateTo(beside string, w io.Writer) error {
	ctx := c.ctx
	if c.cfg.State == "" {
		return sqlite.CopyState(ctx, filepath.Join(c.cfg.Data, stateFile), w)
	}
	from, err := c.openState()
	if err != nil {
		return err
	}
	all, err := from.All(ctx)
	if err = errors.Join(err, from.Close()); err != nil {
		return err
	}
	return inPassing(beside, stateFile, func(file string) error {
		to, err := sqlite.OpenState(file, sqlite.StateOptions{Create: true, Fatal: notOurs})
		if err != nil {
			return err
		}
		if err := errors.Join(to.Import(ctx, all), to.Close()); err != nil {
			return err
		}
		return sqlite.CopyState(ctx, file, w)
	})
}

// stateIntoDatabase moves a restored state from its file, where the backup had one, into a database. A state of this ledger that is there
// already is newer and stays; what may have ended since is forgotten in any case.
func stateIntoDatabase(ctx context.Context, dir, address, ledger string) (err error) {
	file := filepath.Join(dir, stateFile)
	var all []access.Entry
	from, err := sqlite.OpenState(file, sqlite.StateOptions{ReadOnly: true})
	if err == nil {
		all, err = from.All(ctx)
		err = errors.Join(err, from.Close())
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	to, err := postgres.OpenState(ctx, postgres.KeptOptions{Address: address, Ledger: ledger, Create: true})
	if err != nil {
		return err
	}
	_, err = to.Import(ctx, all)
	if err == nil {
		err = forget(ctx, to)
	}
	if err = errors.Join(err, to.Close()); err != nil {
		return err
	}
	return errors.Join(statePart.keepNote(dir, address), removeDatabaseFile(file))
}
