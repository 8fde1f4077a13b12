package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
)

// viewStore keeps the views of a ledger: in a file, in memory or in PostgreSQL.
type viewStore interface {
	projections.Views
	projections.AllReader
	snapshots
	upkeep
	io.Closer
}

// snapshots read one moment of all views, whatever is written meanwhile.
type snapshots interface {
	Read(ctx context.Context, f func(projections.Tx) error) error
	Moment(ctx context.Context, name string, f func(projections.AllReader, projections.Tx, projections.Checkpoint) error) error
}

// upkeep is what rebuilding and verifying need.
type upkeep interface {
	Drop(ctx context.Context) error
	Check(ctx context.Context) error
}

// checkViewsAddress refuses what is no address of a database.
func checkViewsAddress(address string) error {
	scheme, _, _ := strings.Cut(address, "://")
	if address == "" || scheme == "postgres" || scheme == "postgresql" {
		return nil
	}
	return wrongValue("--views", postgres.Where(address), "not_a_database")
}

// openViews opens views in a file, or in memory, that this build wrote with this zone data; those of another are begun again.
func openViews(ctx context.Context, path string) (*sqlite.Views, error) {
	return sqlite.OpenViews(ctx, path, viewsShape())
}

// openDatabase opens the views of a ledger in a database, likewise.
func openDatabase(ctx context.Context, address string, log eventstore.Store) (*postgres.Views, error) {
	origin, err := originOf(ctx, log)
	if err != nil {
		return nil, err
	}
	return postgres.Open(ctx, postgres.Options{Address: address, Shape: viewsShape(), Ledger: origin})
}

// originOf tells a ledger from every other, and is the same for its copies: the commitment of its first record.
func originOf(ctx context.Context, log eventstore.Store) (string, error) {
	for rec, err := range log.ReadAll(ctx, 0) {
		return rec.Commitment.String(), err
	}
	return "", domain.NewError(domain.NotFound, "empty_ledger")
}

// openViews opens the ledger's views.
func (w *writer) openViews(ctx context.Context) (viewStore, error) {
	if w.database != "" {
		return stored(openDatabase(ctx, w.database, w.log))
	}
	return stored(openViews(ctx, filepath.Join(w.data, viewsFile)))
}

// openViews opens the views; those of a backup, which nothing is written into, are built for this command.
func (r *reader) openViews(ctx context.Context) (err error) {
	switch {
	case isBackup(r.data):
		r.views, err = stored(openViews(ctx, ":memory:"))
		return err
	case r.database != "":
		r.views, err = stored(openDatabase(ctx, r.database, r.log))
		return err
	}
	r.views, err = stored(openViews(ctx, filepath.Join(r.data, viewsFile)))
	if errors.Is(err, sqlite.ErrNotWritable) { // a copy that is only looked at: the views are built for this command
		r.views, err = stored(openViews(ctx, ":memory:"))
	}
	return err
}

// mostShards is into how many parts views can be divided: every shard is asked where it is, each time something happens.
const mostShards = 256

// replaceViews opens empty views, whatever state they are in, divided into so many shards, or as they were for 0.
func (r *reader) replaceViews(ctx context.Context, shards int) (err error) {
	if shards < 0 || shards > mostShards || shards > 0 && r.database == "" {
		return wrongValue("--shards", strconv.Itoa(shards), "not_a_division")
	}
	if r.database == "" {
		r.views, err = stored(sqlite.ReplaceViews(ctx, filepath.Join(r.data, viewsFile), viewsShape()))
		return err
	}
	v, err := openDatabase(ctx, r.database, r.log)
	if err != nil {
		return err
	}
	r.views = v
	if shards > 0 {
		return v.Divide(ctx, shards)
	}
	return v.Drop(ctx)
}

// viewsCalled is how messages call the views.
func (r *reader) viewsCalled() string {
	if r.database != "" {
		return postgres.Where(r.database)
	}
	return viewsFile
}

// stored keeps views that did not open from looking like some that did.
func stored[V viewStore](v V, err error) (viewStore, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}
