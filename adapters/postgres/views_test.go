package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/adapters/postgres/cluster"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/payroll"
	"github.com/punchledger/punchledger/projections/presence"
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
		if err := errors.Join(server.Stop(), stopDurable()); err != nil {
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

func TestViewsOfAnotherEngineAreReplaced(t *testing.T) {
	address := schema()
	one := projections.Checkpoint{Cursor: 1, Position: 1}
	for _, step := range []struct {
		shape string
		want  projections.Checkpoint
	}{{"engine 1", projections.Checkpoint{}}, {"engine 1", one}, {"engine 2", projections.Checkpoint{}}, {"engine 2", one}} {
		v, err := postgres.Open(t.Context(), postgres.Options{Address: address, Shape: step.shape, Ledger: "ours"})
		require.NoError(t, err)
		at, err := v.Checkpoint(t.Context(), projections.AllViews)
		require.NoError(t, err)
		require.Equal(t, step.want, at, step.shape)
		require.NoError(t, v.Update(t.Context(), projections.AllViews, at, one, func(projections.Tx) error { return nil }))
		require.NoError(t, v.Close())
	}
}

func TestAProcessOfAnEarlierFormWritesNoMore(t *testing.T) {
	address := schema()
	old := viewsAt(t, address)
	change := func(projections.Tx) error { return nil }
	for name, begin := range map[string]func(){
		"another build": func() {
			v, err := postgres.Open(t.Context(), postgres.Options{Address: address, Shape: "engine 2", Ledger: "ours"})
			require.NoError(t, err)
			require.NoError(t, v.Close())
		},
		"other shards": func() { require.NoError(t, viewsAt(t, address).Divide(t.Context(), 3)) },
	} {
		begin()
		err := old.Update(t.Context(), projections.AllViews, projections.Checkpoint{}, projections.Checkpoint{Cursor: 1}, change)
		require.ErrorIs(t, err, postgres.ErrReplaced, name)
	}
}

func TestAnotherLedgersViewsAreLeftAlone(t *testing.T) {
	address := schema()
	ours := viewsAt(t, address)
	one := projections.Checkpoint{Cursor: 1, Position: 1}
	require.NoError(t, ours.Update(t.Context(), projections.AllViews, projections.Checkpoint{}, one, func(projections.Tx) error { return nil }))
	_, err := postgres.Open(t.Context(), postgres.Options{Address: address, Shape: "engine 1", Ledger: "theirs"})
	_, ok := errors.AsType[*postgres.ForeignError](err)
	require.True(t, ok, "got %v", err)
	at, err := ours.Checkpoint(t.Context(), projections.AllViews)
	require.NoError(t, err)
	require.Equal(t, one, at)
}

func TestManyProcessesMayBeginAtOnce(t *testing.T) {
	address := schema()
	var all errgroup.Group
	for range 6 {
		all.Go(func() error {
			v, err := postgres.Open(t.Context(), postgres.Options{Address: address, Shape: "engine 1", Ledger: "ours"})
			if err != nil {
				return err
			}
			return v.Close()
		})
	}
	require.NoError(t, all.Wait())
}

func TestAnAddressThatDoesNotAnswerSaysSoWithoutItsPassword(t *testing.T) {
	for _, address := range []string{"postgres://me:secret@127.0.0.1:1/db?connect_timeout=1", "postgres://me:secret@%zz/db"} {
		_, err := postgres.Open(t.Context(), postgres.Options{Address: address})
		_, ok := errors.AsType[*postgres.UnreachableError](err)
		require.True(t, ok, "got %v", err)
		require.NotContains(t, err.Error(), "secret")
	}
}

// alter changes rows as somebody with a database client does.
func alter(t *testing.T, address, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	tag, err := conn.Exec(t.Context(), statement)
	require.NoError(t, err)
	require.NotZero(t, tag.RowsAffected())
	require.NoError(t, conn.Close(t.Context()))
}

func TestARowThatWasChangedIsDamaged(t *testing.T) {
	for name, statement := range map[string]string{
		"what it holds":     "UPDATE day SET data = replace(data::text, '\"UTC\"', '\"UTX\"')::json",
		"its key":           "UPDATE day SET date = date + 1",
		"its mark":          "UPDATE day SET marks = '\\x00'",
		"another one's":     "UPDATE payroll_part SET code = 'OT'",
		"a packed row":      "UPDATE presence SET data = data || '\\x00'",
		"what carries over": "UPDATE day SET carry = '\\x'",
	} {
		t.Run(name, func(t *testing.T) {
			address := schema()
			v, err := postgres.Open(t.Context(), postgres.Options{Address: address, Shape: "engine 1", Ledger: "ours"})
			require.NoError(t, err)
			err = v.Update(t.Context(), projections.AllViews, projections.Checkpoint{}, projections.Checkpoint{Cursor: 1}, func(tx projections.Tx) error {
				day := daily.Row{Day: attendance.Day{Employee: "e1", Date: 10, Zone: "UTC"}, Carry: []byte("carry")}
				part := payroll.Part{Employee: "e1", Day: 10, Row: attendance.Row{Date: 10, Code: "REG"}}
				return errors.Join(
					tx.ReplaceDays(t.Context(), "e1", 1, 20, []daily.Row{day}), tx.ReplaceParts(t.Context(), "e1", 1, 20, []payroll.Part{part}),
					tx.PutPresence(t.Context(), presence.Row{Employee: "e1"}),
				)
			})
			require.NoError(t, err)
			require.NoError(t, v.Check(t.Context()))
			alter(t, address, statement)
			damaged, ok := errors.AsType[*postgres.DamagedError](v.Check(t.Context()))
			require.True(t, ok)
			require.Contains(t, damaged.Problem, "is not what was written")
			require.NoError(t, v.Drop(t.Context()))
			require.NoError(t, errors.Join(v.Check(t.Context()), v.Close()))
		})
	}
}

func TestShardsAreSharedOutAmongTheWorkersThatAreThere(t *testing.T) {
	v := viewsAt(t, schema())
	require.NoError(t, v.Divide(t.Context(), 5))
	one, two := v.NewLeases(0), v.NewLeases(0)
	held := func(l *postgres.Leases) []int {
		out, err := l.Held(t.Context())
		require.NoError(t, err)
		return out
	}
	require.Equal(t, []int{0, 1, 2, 3, 4}, held(one))
	require.Empty(t, held(two), "the first has not looked again")
	require.Equal(t, []int{0, 1, 2}, held(one))
	require.Equal(t, []int{3, 4}, held(two))
	require.NoError(t, one.Close(t.Context()))
	require.Equal(t, []int{0, 1, 2, 3, 4}, held(two), "the first is gone")
	alter(t, server.Address("postgres"), "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
	_, err := two.Held(t.Context())
	_, away := errors.AsType[*postgres.UnreachableError](err)
	require.True(t, away, "got %v", err)
	require.Equal(t, []int{0, 1, 2, 3, 4}, held(two), "it connects again")
	require.NoError(t, two.Close(t.Context()))
}

func TestShardsStandStillUntilAMomentIsTaken(t *testing.T) {
	v := viewsAt(t, schema())
	require.NoError(t, v.Divide(t.Context(), 2))
	nothing := func(projections.Tx) error { return nil }
	one, two := projections.Checkpoint{Cursor: 1, Position: 1}, projections.Checkpoint{Cursor: 2, Position: 2}
	require.NoError(t, v.Part(0).Update(t.Context(), projections.AllViews, projections.Checkpoint{}, one, nothing))
	least, most, err := v.Reach(t.Context())
	require.NoError(t, err)
	require.Equal(t, []projections.Checkpoint{{}, one}, []projections.Checkpoint{least, most})
	moved := make(chan error, 1)
	require.NoError(t, v.Still(t.Context(), func(still *postgres.Still) error {
		go func() { moved <- v.Part(0).Update(t.Context(), projections.AllViews, one, two, nothing) }()
		err := still.Part(1).Update(t.Context(), projections.AllViews, projections.Checkpoint{}, one, nothing)
		require.NoError(t, err)
		return still.Moment(t.Context(), projections.AllViews, func(_ projections.AllReader, _ projections.Tx, at projections.Checkpoint) error {
			require.Equal(t, one, at)
			require.NoError(t, <-moved, "who waited goes on")
			return nil
		})
	}))
	least, most, err = v.Reach(t.Context())
	require.NoError(t, err)
	require.Equal(t, []projections.Checkpoint{one, two}, []projections.Checkpoint{least, most})
}
