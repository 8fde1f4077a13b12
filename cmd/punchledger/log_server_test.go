package main

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/esdb"
	"github.com/punchledger/punchledger/adapters/kurrent"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/storetest"
)

// bareLogServer serves an empty log in a file over the EventStoreDB protocol until the test ends. It returns its address.
func bareLogServer(t testing.TB) string {
	t.Helper()
	log, err := sqlite.OpenLog(filepath.Join(t.TempDir(), servedLogFile), sqlite.LogOptions{MaxAppendBytes: esdb.StoreBytes})
	require.NoError(t, err)
	server, err := esdb.New(esdb.Options{Log: esdb.FromStore(log, ledger.Owns, time.Now), Owns: ledger.Owns, Now: time.Now})
	require.NoError(t, err)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background()) //nolint:usetesting // the server outlives the test's context until it is stopped
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, errors.Join(<-ended, log.Close()))
	})
	return "esdb://" + l.Addr().String() + "?tls=false"
}

// overProtocol is a log in a file behind the protocol, as a ledger uses it.
func overProtocol(t *testing.T) *kurrent.Log {
	t.Helper()
	l, err := kurrent.Open(t.Context(), kurrent.Options{Connection: bareLogServer(t)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

// Streams of the contract are not the ledger's here, so that what others store is tried too; those of the ledger go through the scripts.
func TestTheProtocolKeepsThePromisesOfALog(t *testing.T) {
	storetest.Run(t, func(t *testing.T) eventstore.Store { t.Helper(); return overProtocol(t) })
}

// scriptLogServer is the command logserver NAME of scripts.
func scriptLogServer(t testing.TB) func(*testscript.TestScript, bool, []string) {
	t.Helper()
	return func(s *testscript.TestScript, _ bool, args []string) {
		want(s, args, 1)
		s.Setenv(args[0], bareLogServer(t))
	}
}
