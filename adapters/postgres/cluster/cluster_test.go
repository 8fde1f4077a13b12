package cluster_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/postgres/cluster"
)

func TestAClusterServesUntilItIsStopped(t *testing.T) {
	c, err := cluster.Start(t.Context(), "max_connections=20")
	require.NoError(t, err)
	require.NotEmpty(t, c.Version())
	address, err := c.Create(t.Context(), "some where")
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	var limit string
	require.NoError(t, conn.QueryRow(t.Context(), "SHOW max_connections").Scan(&limit))
	require.Equal(t, "20", limit)
	require.NoError(t, c.Stop(), "although somebody is connected")
	require.Error(t, conn.Ping(t.Context()))
	_, err = c.Connect(t.Context())
	require.Error(t, err)
}
