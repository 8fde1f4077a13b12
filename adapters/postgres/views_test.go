package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/adapters/postgres/cluster"
	"github.com/punchledger/punchledger/projections/viewtest"
)

// server is the PostgreSQL of all tests of the package; each test has a schema of its own.
var server *cluster.Cluster

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if server, err = cluster.Start(context.Background(), "fsync=off", "full_page_writes=off"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		code := m.Run()
		if err := server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return code
	}())
}

var schemas atomic.Int64

// schema returns the address of a schema that nothing is in yet.
func schema() string {
	return fmt.Sprintf("%s&search_path=views_%d", server.Address("postgres"), schemas.Add(1))
}

func viewsAt(tb testing.TB, address string) *postgres.Views {
	tb.Helper()
	v, err := postgres.Open(tb.Context(), postgres.Options{Address: address, Shape: "engine 1", Ledger: "ours"})
	require.NoError(tb, err)
	tb.Cleanup(func() {
		// Whatever a test did, the marks are those of the rows.
		require.NoError(tb, errors.Join(v.Check(context.WithoutCancel(tb.Context())), v.Close()))
	})
	return v
}

// used are addresses of schemas that tests have emptied: making one takes longer than most tests.
var used = make(chan string, 100)

func views(tb testing.TB) viewtest.Store {
	tb.Helper()
	address := ""
	select {
	case address = <-used:
	default:
		address = schema()
	}
	tb.Cleanup(func() {
		select {
		case used <- address:
		default:
		}
	})
	v := viewsAt(tb, address)
	require.NoError(tb, v.Drop(tb.Context()))
	return v
}

func TestViews(t *testing.T) { viewtest.Run(t, views) }

func TestViewsAreDurable(t *testing.T) {
	address := schema()
	viewtest.RunDurable(t, func(tb testing.TB, _ string) (viewtest.Store, func()) {
		tb.Helper()
		v, err := postgres.Open(tb.Context(), postgres.Options{Address: address, Shape: "engine 1", Ledger: "ours"})
		require.NoError(tb, err)
		return v, func() { require.NoError(tb, v.Close()) }
	})
}

func TestEvaluation(t *testing.T) { viewtest.RunEvaluation(t, views) }

func TestViewsOfAKilledProjector(t *testing.T) { viewtest.RunKilled(t, views, 31) }

func TestDividedViews(t *testing.T) {
	viewtest.RunDivided(t, func(tb testing.TB, shards int) viewtest.DividedStore {
		tb.Helper()
		v := viewsAt(tb, schema())
		require.NoError(tb, v.Divide(tb.Context(), shards))
		return v
	})
}
