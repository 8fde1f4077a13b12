package main

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/esdb"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// logServer starts a server that keeps an empty log and answers over the EventStoreDB protocol, until the test ends. It returns its address.
func logServer(t testing.TB) string {
	t.Helper()
	log, err := sqlite.OpenLog(filepath.Join(t.TempDir(), "log.db"), sqlite.LogOptions{MaxAppendBytes: esdb.StoreBytes})
	require.NoError(t, err)
	owns := ledger.NewCodec().Owns
	server, err := esdb.New(esdb.Options{Log: esdb.FromStore(log, owns, time.Now), Now: time.Now})
	require.NoError(t, err)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
		require.NoError(t, log.Close())
	})
	return "esdb://" + l.Addr().String() + "?tls=false"
}

// scriptLogServer is the command logserver NAME of scripts.
func scriptLogServer(t testing.TB) func(*testscript.TestScript, bool, []string) {
	t.Helper()
	return func(s *testscript.TestScript, _ bool, args []string) {
		want(s, args, 1)
		s.Setenv(args[0], logServer(t))
	}
}
