package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/projections/relay"
)

// restoredState is what is forgotten of.
type restoredState interface {
	relay.State
	Forget(ctx context.Context, kinds ...access.EntryKind) error
}

// take moves what is to be in databases out of the restored files.
func (p keptParts) take(ctx context.Context, staging string) error {
	if p == (keptParts{}) {
		return nil
	}
	log, err := sqlite.OpenReader(filepath.Join(staging, logFile))
	if err != nil {
		return err
	}
	origin, err := originOf(ctx, log)
	if err = errors.Join(err, log.Close()); err != nil {
		return err
	}
	if p.vault != "" {
		err = vaultIntoDatabase(ctx, staging, p.vault, origin)
	}
	if err == nil && p.state != "" {
		err = stateIntoDatabase(ctx, staging, p.state, origin)
	}
	return err
}
