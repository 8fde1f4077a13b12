package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// naive is a reader that goes on from the greatest number that it saw.
type naive struct {
	conn *pgx.Conn
	last int64
	seen []string
}

func (n *naive) read(ctx context.Context) error {
	rows, err := n.conn.Query(ctx, "SELECT position, data FROM naive WHERE position > $1 ORDER BY position", n.last)
	if err != nil {
		return err
	}
	var data string
	_, err = pgx.ForEachRow(rows, []any{&n.last, &data}, func() error {
		n.seen = append(n.seen, data)
		return nil
	})
	return err
}

// naiveInsert is a transaction that takes a number; it is not committed yet.
func naiveInsert(ctx context.Context, c *pgx.Conn, data string) (pgx.Tx, error) {
	tx, err := c.Begin(ctx)
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, "INSERT INTO naive (data) VALUES ($1)", data)
	return tx, err
}

// TestTheNaiveReaderLosesEvents is why there is one writer: where every transaction takes the next number by itself and they are
// committed in another order, whoever reads on from the last number that it saw never sees the one that came late.
func TestTheNaiveReaderLosesEvents(t *testing.T) {
	n := &naive{conn: connect(t, server.Address("postgres"))}
	one, two := connect(t, server.Address("postgres")), connect(t, server.Address("postgres"))
	_, err := one.Exec(t.Context(), "DROP TABLE IF EXISTS naive; CREATE TABLE naive (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, data text)")
	require.NoError(t, err)
	slow, err := naiveInsert(t.Context(), one, "slow")
	require.NoError(t, err)
	quick, err := naiveInsert(t.Context(), two, "quick")
	require.NoError(t, err)
	require.NoError(t, quick.Commit(t.Context()))
	require.NoError(t, n.read(t.Context()))
	require.NoError(t, slow.Commit(t.Context()))
	require.NoError(t, n.read(t.Context()))
	require.Equal(t, []string{"quick"}, n.seen, "the slow one is committed and is never read")

	const writers, each = 16, 50
	group, ctx := errgroup.WithContext(t.Context())
	for w := range writers {
		conn := connect(t, server.Address("postgres"))
		group.Go(func() error {
			for i := range each {
				tx, err := naiveInsert(ctx, conn, fmt.Sprintf("%d-%d", w, i))
				if err == nil && i%20 == w { // one of twenty pauses before it is committed, as they do
					_, err = tx.Exec(ctx, "SELECT pg_sleep(0.003)")
				}
				if err == nil {
					err = tx.Commit(ctx)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	ended := make(chan error, 1)
	go func() { ended <- group.Wait() }()
	for err, done := error(nil), false; !done; {
		select {
		case err = <-ended:
			done = true
		default:
		}
		require.NoError(t, errors.Join(err, n.read(t.Context())))
	}
	stored := 2 + writers*each
	fmt.Printf("naive reader: %d writers, %d events committed, %d never read\n", writers, stored, stored-len(n.seen))
	require.Less(t, len(n.seen), stored)
}
