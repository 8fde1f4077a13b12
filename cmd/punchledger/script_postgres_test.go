package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/postgres/cluster"
)

// database is a PostgreSQL of the tests, started by the first that asks for one.
type database struct {
	settings []string

	once    sync.Once
	cluster *cluster.Cluster
	err     error

	mu   sync.Mutex
	made int
}

// newDatabase returns one that is stopped when t and what runs in it has ended. It does not wait for its disk.
func newDatabase(t *testing.T) *database {
	t.Helper()
	return databaseWith(t, "fsync=off", "full_page_writes=off")
}

// databaseWith returns one with settings.
func databaseWith(t *testing.T, settings ...string) *database {
	t.Helper()
	d := &database{settings: settings}
	t.Cleanup(func() {
		if d.cluster != nil {
			require.NoError(t, d.cluster.Stop())
		}
	})
	return d
}

// create makes an empty database and returns its address.
func (d *database) create(ctx context.Context) (string, error) {
	d.once.Do(func() { d.cluster, d.err = cluster.Start(ctx, d.settings...) })
	if d.err != nil {
		return "", d.err
	}
	d.mu.Lock()
	d.made++
	name := fmt.Sprintf("views_%d", d.made)
	d.mu.Unlock()
	return d.cluster.Create(ctx, name)
}

// script makes an empty database and puts its address into the environment.
func (d *database) script(s *testscript.TestScript, _ bool, args []string) {
	want(s, args, 1)
	address, err := d.create(context.Background())
	s.Check(err)
	s.Setenv(args[0], address)
}

// away ends all connections to a database and takes no new ones; back lets it be reached again.
func (d *database) away(s *testscript.TestScript, _ bool, args []string) {
	d.open(s, args, false)
}

func (d *database) back(s *testscript.TestScript, _ bool, args []string) {
	d.open(s, args, true)
}

func (d *database) open(s *testscript.TestScript, args []string, open bool) {
	want(s, args, 1)
	ctx := context.Background()
	at, err := url.Parse(args[0])
	s.Check(err)
	name := strings.TrimPrefix(at.Path, "/")
	conn, err := d.cluster.Connect(ctx)
	s.Check(err)
	_, err = conn.Exec(ctx, fmt.Sprintf("ALTER DATABASE %s ALLOW_CONNECTIONS %t", pgx.Identifier{name}.Sanitize(), open))
	if err == nil && !open {
		_, err = conn.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
	}
	s.Check(errors.Join(err, conn.Close(ctx)))
}
