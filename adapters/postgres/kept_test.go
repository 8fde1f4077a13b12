package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/adapters/postgres/cluster"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// durable is a PostgreSQL that writes to its disk, which a vault and a state insist on; the first test that needs it starts it.
var durable struct {
	once    sync.Once
	cluster *cluster.Cluster
	err     error
}

func stopDurable() error {
	if durable.cluster == nil {
		return nil
	}
	return durable.cluster.Stop()
}

// keptAt returns the address of a schema that nothing is in yet.
func keptAt(t *testing.T) string {
	t.Helper()
	durable.once.Do(func() { durable.cluster, durable.err = cluster.Start(t.Context()) })
	require.NoError(t, durable.err)
	return fmt.Sprintf("%s&search_path=kept_%d", durable.cluster.Address("postgres"), schemas.Add(1))
}

func openVault(t *testing.T, o postgres.KeptOptions) *postgres.Vault {
	t.Helper()
	v, err := postgres.OpenVault(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	return v
}

func openState(t *testing.T, o postgres.KeptOptions) *postgres.State {
	t.Helper()
	s, err := postgres.OpenState(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// ours are the options of a ledger that makes what is missing.
func ours(address string) postgres.KeptOptions {
	return postgres.KeptOptions{Address: address, Ledger: "ours", Create: true}
}

// opened opens what a kind is, and closes it.
func opened(ctx context.Context, kind string, o postgres.KeptOptions) (err error) {
	var c io.Closer
	if kind == "vault" {
		c, err = postgres.OpenVault(ctx, o)
	} else {
		c, err = postgres.OpenState(ctx, o)
	}
	if err != nil {
		return err
	}
	return c.Close()
}

var keptKinds = []string{"vault", "state"}

func TestWhatIsNotThereIsMissingAsAFileIs(t *testing.T) {
	for _, kind := range keptKinds {
		address := keptAt(t)
		for _, o := range []postgres.KeptOptions{
			{Address: address, Ledger: "ours"}, {Address: address, Ledger: "ours", ReadOnly: true}, {Address: address, Ledger: "ours", ReadOnly: true, Create: true},
		} {
			err := opened(t.Context(), kind, o)
			require.ErrorIs(t, err, os.ErrNotExist, kind)
			require.ErrorAs(t, err, new(*postgres.AbsentError), kind)
		}
		require.NoError(t, opened(t.Context(), kind, ours(address)))
		require.NoError(t, opened(t.Context(), kind, postgres.KeptOptions{Address: address, Ledger: "ours", ReadOnly: true}))
	}
}

func TestWhatBelongsToAnotherLedgerIsNotTouched(t *testing.T) {
	address := keptAt(t)
	v := openVault(t, postgres.KeptOptions{Address: address, Create: true})
	require.NoError(t, opened(t.Context(), "vault", ours(address)), "it is nobody's yet")
	require.NoError(t, v.Claim(t.Context(), "ours"))
	require.NoError(t, v.Claim(t.Context(), "ours"))
	openState(t, ours(address))
	for _, kind := range keptKinds {
		for _, ledger := range []string{"theirs", ""} {
			for _, readOnly := range []bool{true, false} {
				err := opened(t.Context(), kind, postgres.KeptOptions{Address: address, Ledger: ledger, Create: true, ReadOnly: readOnly})
				require.ErrorAs(t, err, new(*postgres.OwnedError), "%s of %q", kind, ledger)
			}
		}
		require.NoError(t, opened(t.Context(), kind, ours(address)))
	}
	other := openVault(t, postgres.KeptOptions{Address: keptAt(t), Create: true})
	require.NoError(t, other.Claim(t.Context(), "theirs"))
	require.ErrorAs(t, other.Claim(t.Context(), "ours"), new(*postgres.OwnedError))
}

func TestViewsAVaultAndAStateShareASchema(t *testing.T) {
	address := keptAt(t)
	v, s := openVault(t, ours(address)), openState(t, ours(address))
	views := viewsAt(t, address)
	_, err := v.Put(t.Context(), keyOf("k1"))
	require.NoError(t, err)
	putEntry(t, s, access.CredentialEntry, "c1", "{}")
	require.NoError(t, views.Drop(t.Context()))
	require.NoError(t, errors.Join(v.Check(t.Context()), s.Check(t.Context())))
	_, there, err := v.Get(t.Context(), "k1")
	require.NoError(t, err)
	require.True(t, there, "views are dropped, keys are not")
}

func TestAServerThatDoesNotWriteToItsDiskIsRefused(t *testing.T) {
	for _, kind := range keptKinds {
		err := opened(t.Context(), kind, ours(schema()))
		var weak *postgres.NotDurableError
		require.ErrorAs(t, err, &weak, kind)
		require.ErrorContains(t, err, "fsync=off")
	}
}

func TestTablesOfANewerBuildAreRefused(t *testing.T) {
	for _, kind := range keptKinds {
		address := keptAt(t)
		require.NoError(t, opened(t.Context(), kind, ours(address)))
		alter(t, address, "UPDATE "+kind+"_meta SET format = 9")
		var newer *postgres.NewerError
		require.ErrorAs(t, opened(t.Context(), kind, ours(address)), &newer)
		require.Equal(t, 9, newer.Format)
	}
}

func TestADatabaseThatIsAwaySaysSo(t *testing.T) {
	for _, kind := range keptKinds {
		for _, address := range []string{
			"postgres://me:secret@127.0.0.1:1/db", "postgres:///db?host=" + t.TempDir(), "postgres://me:secret@127.0.0.1:port/db",
			"postgres://127.0.0.1:1/db?user=me&password=secret",
		} {
			err := opened(t.Context(), kind, ours(address))
			var away *postgres.UnavailableError
			require.ErrorAs(t, err, &away, address)
			require.False(t, away.Unknown)
			require.NotErrorIs(t, err, os.ErrNotExist, "a socket that is not there is no news of tables")
			require.NotContains(t, err.Error(), "secret")
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, kind := range keptKinds {
		require.ErrorIs(t, opened(gone, kind, ours("postgres://127.0.0.1:1/db")), context.Canceled)
	}
}

func TestReadersWriteNothing(t *testing.T) {
	address := keptAt(t)
	openVault(t, ours(address))
	openState(t, ours(address))
	o := postgres.KeptOptions{Address: address, Ledger: "ours", ReadOnly: true}
	v, s := openVault(t, o), openState(t, o)
	_, err := v.Put(t.Context(), keyOf("k1"))
	require.ErrorIs(t, err, postgres.ErrKeptReadOnly)
	require.ErrorIs(t, v.Import(t.Context(), "ours", nil), postgres.ErrKeptReadOnly)
	_, err = s.Put(t.Context(), access.Entry{Kind: access.SessionEntry, Key: "k"})
	require.ErrorIs(t, err, postgres.ErrKeptReadOnly)
	_, err = s.Import(t.Context(), nil)
	require.ErrorIs(t, err, postgres.ErrKeptReadOnly)
}

// A change that is not ours is seen at the next reading, and by a check.
func TestAChangedRowIsRefused(t *testing.T) {
	for statement, read := range map[string]func(*postgres.Vault, *postgres.State) error{
		"UPDATE vault_key SET wrapped = wrapped || '\\x00'": func(v *postgres.Vault, _ *postgres.State) error { return v.Check(t.Context()) },
		"UPDATE vault_key SET state = 'erased'": func(v *postgres.Vault, _ *postgres.State) error {
			_, _, err := v.Get(t.Context(), "k1")
			return err
		},
		"UPDATE vault_key SET created_at = 0": func(v *postgres.Vault, _ *postgres.State) error {
			_, err := v.Put(t.Context(), keyOf("k1"))
			return err
		},
		"UPDATE state_entry SET principal = 'boss'": func(_ *postgres.Vault, s *postgres.State) error {
			_, err := s.List(t.Context(), access.CredentialEntry, "")
			return err
		},
		"UPDATE state_entry SET version = 7": func(_ *postgres.Vault, s *postgres.State) error { return s.Check(t.Context()) },
		"UPDATE state_entry SET body = '{}'": func(_ *postgres.Vault, s *postgres.State) error {
			_, _, err := s.Get(t.Context(), access.CredentialEntry, "c1")
			return err
		},
	} {
		t.Run(statement, func(t *testing.T) {
			address := keptAt(t)
			v, s := openVault(t, ours(address)), openState(t, ours(address))
			_, err := v.Put(t.Context(), keyOf("k1"))
			require.NoError(t, err)
			putEntry(t, s, access.CredentialEntry, "c1", `{"n":1}`)
			require.NoError(t, errors.Join(v.Check(t.Context()), s.Check(t.Context())))
			alter(t, address, statement)
			require.ErrorAs(t, read(v, s), new(*postgres.AlteredError))
		})
	}
}

func keyOf(id string) vault.Key {
	return vault.Key{
		ID: id, Subject: "e1", Class: domain.ClassText, Period: id, Epoch: 1, Wrapped: []byte("wrapped key bytes of " + id), State: vault.Active,
		CreatedAt: 1_790_000_000_123,
	}
}

func putEntry(t *testing.T, s *postgres.State, kind access.EntryKind, key, body string) {
	t.Helper()
	stored, err := s.Put(t.Context(), access.Entry{Kind: kind, Key: key, Principal: "e1", Body: []byte(body)})
	require.NoError(t, err)
	require.True(t, stored)
}

// wire passes on what is said between a client and the server, and can be cut so that an answer never arrives.
type wire struct {
	listener net.Listener
	socket   string
	mu       sync.Mutex
	conns    []net.Conn
	mute     bool // what the server answers is swallowed, and the connection ends
}

// wired returns an address that leads to the same schema through a wire.
func wired(t *testing.T, address string) (*wire, string) {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	query := u.Query()
	w := &wire{socket: filepath.Join(query.Get("host"), ".s.PGSQL.5432")}
	var lc net.ListenConfig
	w.listener, err = lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	query.Del("host")
	query.Set("sslmode", "disable")
	u.Host, u.RawQuery = w.listener.Addr().String(), query.Encode()
	var passing sync.WaitGroup
	passing.Go(func() {
		for {
			client, err := w.listener.Accept()
			if err != nil {
				return
			}
			passing.Go(func() { w.pass(client) })
		}
	})
	t.Cleanup(func() {
		require.NoError(t, w.listener.Close())
		w.cut()
		passing.Wait()
	})
	return w, u.String()
}

func (w *wire) pass(client net.Conn) {
	server, err := (&net.Dialer{}).Dial("unix", w.socket)
	if err != nil {
		_ = client.Close()
		return
	}
	w.mu.Lock()
	w.conns = append(w.conns, client, server)
	w.mu.Unlock()
	var asked sync.WaitGroup
	asked.Go(func() { _, _ = io.Copy(server, client) })
	buffer := make([]byte, 64<<10)
	for {
		n, err := server.Read(buffer)
		w.mu.Lock()
		mute := w.mute
		w.mu.Unlock()
		if err != nil || mute {
			break
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			break
		}
	}
	_, _ = client.Close(), server.Close()
	asked.Wait()
}

func (w *wire) silence(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mute = on
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
}

// TestAnAnswerThatIsLostIsNotTakenForDone loses the answer to writes that were carried out: the caller is told that nobody knows, and the
// same write again neither fails nor is done twice.
func TestAnAnswerThatIsLostIsNotTakenForDone(t *testing.T) {
	address := keptAt(t)
	openVault(t, ours(address))
	openState(t, ours(address))
	w, through := wired(t, address)
	unknown := func(err error) {
		t.Helper()
		var away *postgres.UnavailableError
		require.ErrorAs(t, err, &away)
		require.True(t, away.Unknown, "%v", err)
		require.ErrorContains(t, err, "may be done or not")
	}

	s := openState(t, ours(through))
	e := access.Entry{Kind: access.CredentialEntry, Key: "c1", Principal: "e1", Body: []byte(`{"n":1}`)}
	putEntry(t, s, access.CredentialEntry, "c0", "{}") // the statement is prepared: nothing but the answer to its execution is lost
	w.silence(true)
	_, err := s.Put(t.Context(), e)
	unknown(err)
	w.silence(false)
	stored, err := s.Put(t.Context(), e)
	require.NoError(t, err)
	require.False(t, stored, "it was there: nobody is told twice that an invitation is theirs")
	got, _, err := s.Get(t.Context(), e.Kind, e.Key)
	require.NoError(t, err)
	require.EqualValues(t, 1, got.Version)

	v := openVault(t, ours(through))
	_, err = v.Put(t.Context(), keyOf("k0"))
	require.NoError(t, err)
	w.silence(true)
	_, err = v.Put(t.Context(), keyOf("k1"))
	unknown(err)
	w.silence(false)
	again := keyOf("k1")
	again.ID = "another"
	won, err := v.Put(t.Context(), again)
	require.NoError(t, err)
	require.Equal(t, "k1", won.ID, "there is one key")
}

// TestWritersGoOnWhenTheirConnectionsEnd ends the connections again and again while entries are counted up: every count that was
// acknowledged is there, and none that was not asked for.
func TestWritersGoOnWhenTheirConnectionsEnd(t *testing.T) {
	address := keptAt(t)
	s := openState(t, ours(address))
	super, err := durable.cluster.Connect(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, super.Close(context.WithoutCancel(t.Context()))) }()
	acknowledged, lost := int64(0), 0
	for round := range 60 {
		e, _, err := s.Get(t.Context(), access.SessionEntry, "counter")
		if round%3 == 0 {
			_, err := super.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'punchledger'")
			require.NoError(t, err)
		}
		if err == nil {
			var stored bool
			stored, err = s.Put(t.Context(), access.Entry{Kind: access.SessionEntry, Key: "counter", Version: e.Version, Body: fmt.Append(nil, e.Version+1)})
			if stored {
				acknowledged++
			}
		}
		if err != nil {
			require.ErrorAs(t, err, new(*postgres.UnavailableError))
			lost++
		}
	}
	e, _, err := s.Get(t.Context(), access.SessionEntry, "counter")
	for err != nil { // the last connections may have been ended too
		require.ErrorAs(t, err, new(*postgres.UnavailableError))
		e, _, err = s.Get(t.Context(), access.SessionEntry, "counter")
	}
	require.Equal(t, fmt.Sprint(e.Version), string(e.Body))
	require.GreaterOrEqual(t, e.Version, acknowledged)
	require.LessOrEqual(t, e.Version, acknowledged+int64(lost))
	t.Logf("acknowledged %d, stored %d, %d errors", acknowledged, e.Version, lost)
}

// A database that takes nobody in is away, whatever it says: workers and servers try again.
func TestADatabaseThatTakesNobodyInIsAway(t *testing.T) {
	o := ours(keptAt(t))
	name := fmt.Sprintf("closed_%d", schemas.Add(1))
	address, err := durable.cluster.Create(t.Context(), name)
	require.NoError(t, err)
	o.Address = address
	s := openState(t, o)
	v, err := postgres.Open(t.Context(), postgres.Options{Address: address, Shape: "engine 1", Ledger: "ours"})
	require.NoError(t, err)
	defer func() { require.NoError(t, v.Close()) }()
	leases := v.NewLeases(0)
	super := connect(t, durable.cluster.Address("postgres"))
	set := func(statements ...string) {
		for _, statement := range statements {
			_, err := super.Exec(t.Context(), statement)
			require.NoError(t, err)
		}
	}
	set("ALTER DATABASE "+name+" ALLOW_CONNECTIONS false", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'")
	for range 10 { // the first ones may find a connection that has ended
		_, _, err := s.Get(t.Context(), access.SessionEntry, "k")
		require.ErrorAs(t, err, new(*postgres.UnavailableError))
		_, err = leases.Held(t.Context())
		require.ErrorAs(t, err, new(*postgres.UnreachableError))
	}
	set("ALTER DATABASE " + name + " ALLOW_CONNECTIONS true")
	_, _, err = s.Get(t.Context(), access.SessionEntry, "k")
	require.NoError(t, err)
	_, err = leases.Held(t.Context())
	require.NoError(t, err)
	require.NoError(t, leases.Close(t.Context()))
}
