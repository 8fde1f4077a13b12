package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
)

var esdbAddress = regexp.MustCompile(`esdb://\S+`)

// official connects the official client of EventStoreDB.
func official(t *testing.T, address string) *client.Client {
	t.Helper()
	config, err := client.ParseConnectionString(address)
	require.NoError(t, err)
	config.Logger = client.NoopLogging()
	db, err := client.NewClient(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// listed returns the events of a stream as the official client sees them.
func listed(t *testing.T, db *client.Client, stream string) []*client.RecordedEvent {
	t.Helper()
	in, err := db.ReadStream(t.Context(), stream, client.ReadStreamOptions{}, 1000)
	require.NoError(t, err)
	defer in.Close()
	var out []*client.RecordedEvent
	for {
		e, err := in.Recv()
		if errors.Is(err, io.EOF) {
			return out
		}
		require.NoError(t, err)
		out = append(out, e.OriginalEvent())
	}
}

func TestTheOfficialClientListsAPersonsMonthThroughServe(t *testing.T) {
	s := newServed(t, func(s *served) {
		s.must("punch", "add", "e1", "2026-10-13T09:00", "in")
		s.must("punch", "add", "e1", "2026-10-13T18:00", "out")
		s.flags = []string{"--esdb-listen", "127.0.0.1:0"}
	})
	db := official(t, esdbAddress.FindString(s.log.String()))
	month := listed(t, db, "timecard-e1-202610")
	require.Len(t, month, 2)
	require.Equal(t, "PunchAdded", month[0].EventType)

	stored, err := sqlite.OpenReader(filepath.Join(s.dir, "ledger", logFile))
	require.NoError(t, err)
	defer stored.Close()
	n := 0
	for r, err := range stored.ReadStream(t.Context(), "timecard-e1-202610", 0) {
		require.NoError(t, err)
		seen := month[n]
		got := eventstore.Event{ID: seen.EventID, Type: seen.EventType, Metadata: seen.UserMetadata, Data: seen.Data}
		require.Equal(t, r.Commitment, eventstore.Commit(seen.StreamID, eventstore.Revision(seen.EventNumber+1), got),
			"what a client reads has the commitment that the ledger proves")
		m, err := r.DecodeMetadata()
		require.NoError(t, err)
		require.Equal(t, m.RecordedAt.String(), seen.CreatedDate.Format("2006-01-02T15:04:05.000Z"))
		n++
	}

	sub, err := db.SubscribeToStream(t.Context(), "timecard-e1-202610", client.SubscribeToStreamOptions{From: client.End{}})
	require.NoError(t, err)
	defer sub.Close()
	require.NotNil(t, sub.Recv().CaughtUp)
	s.must("punch", "add", "e1", "2026-10-14T09:00", "in")
	require.Equal(t, uint64(2), sub.Recv().EventAppeared.OriginalEvent().EventNumber)

	_, err = db.AppendToStream(t.Context(), "timecard-e1-202610", client.AppendToStreamOptions{ExpectedRevision: client.Any{}},
		client.EventData{EventType: "PunchAccepted", ContentType: client.ContentTypeJson, Data: []byte(`{}`)})
	require.ErrorContains(t, err, "PermissionDenied")
	_, err = db.TombstoneStream(t.Context(), "timecard-e1-202610", client.TombstoneStreamOptions{ExpectedRevision: client.Any{}})
	require.ErrorContains(t, err, "PermissionDenied")
	require.Len(t, listed(t, db, "timecard-e1-202610"), 3)
	s.stop()
	s.must("verify")
}

// TestTheNodeClientListsAPersonsMonthThroughServe is what a program of somebody else sees of a person's month.
func TestTheNodeClientListsAPersonsMonthThroughServe(t *testing.T) {
	s := newServed(t, func(s *served) {
		s.must("punch", "add", "e1", "2026-10-13T09:00", "in")
		s.must("punch", "add", "e1", "2026-10-13T18:00", "out")
		s.flags = []string{"--esdb-listen", "127.0.0.1:0"}
	})
	address := strings.TrimSuffix(strings.TrimPrefix(esdbAddress.FindString(s.log.String()), "esdb://"), "?tls=false")
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("../../adapters/esdb/testdata/node")))
	node := func(name string, args ...string) []byte {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = dir
		out, err := cmd.Output()
		require.NoError(t, err, "%s: Node.js 20 or later and npm are needed", name)
		return out
	}
	node("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	var month []struct {
		Type     string `json:"type"`
		Revision int    `json:"revision"`
		Data     struct {
			Dir string `json:"dir"`
		} `json:"data"`
	}
	require.NoError(t, json.Unmarshal(node("node", "check.mjs", "list", address, "timecard-e1-202610"), &month))
	require.Len(t, month, 2)
	for n, dir := range []string{"in", "out"} {
		require.Equal(t, "PunchAdded", month[n].Type)
		require.Equal(t, n, month[n].Revision)
		require.Equal(t, dir, month[n].Data.Dir)
	}
}

// certificate writes a certificate that is its own authority, and its key.
func (s shell) certificate() (certFile, keyFile string) {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(s.t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(s.t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(s.t, err)
	s.write("node.crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	s.write("node.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	return "node.crt", "node.key"
}

// logServer runs logd until the test, or what it returns, ends it.
func logServer(t *testing.T, s *shell, flags ...string) (address string, stop func()) {
	t.Helper()
	said := &awaited{want: esdbAddress, found: make(chan string, 1)}
	ctx, cancel := context.WithCancel(context.Background()) //nolint:usetesting // it ends before the test does
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, invocation{
			Args: append([]string{"logd", "--data", "served", "--esdb-listen", "127.0.0.1:0"}, flags...), Dir: s.dir,
			Getenv: func(string) string { return "" }, In: eof{}, Out: io.Discard, Err: said, Now: s.now,
		})
	}()
	select {
	case address = <-said.found:
	case code := <-ended:
		cancel()
		require.FailNow(t, "the log server did not start", "%d %s", code, said)
	}
	done := false
	stop = func() {
		if !done {
			done = true
			cancel()
			require.Equal(t, exitDone, <-ended, said.String())
		}
	}
	t.Cleanup(stop)
	return address, stop
}

// awaited tells the first match in what is written to it.
type awaited struct {
	addressed
	want  *regexp.Regexp
	found chan string
}

func (a *awaited) Write(p []byte) (int, error) {
	if m := a.want.Find(p); m != nil {
		a.found <- string(m)
	}
	return a.all.Write(p)
}

func TestALogServerKeepsWhatItWasGiven(t *testing.T) {
	s := newClockShop(t)
	address, stop := logServer(t, &s.shell)
	db := official(t, address)
	event := client.EventData{EventType: "GateOpened", ContentType: client.ContentTypeJson, Data: []byte(`{"n":1}`)}
	_, err := db.AppendToStream(t.Context(), "gate-1", client.AppendToStreamOptions{ExpectedRevision: client.NoStream{}}, event)
	require.NoError(t, err)
	stop()
	address, _ = logServer(t, &s.shell)
	got := listed(t, official(t, address), "gate-1")
	require.Len(t, got, 1)
	require.Equal(t, event.Data, got[0].Data)
}

func TestALogServerAsksWhoCalls(t *testing.T) {
	s := newClockShop(t)
	certFile, keyFile := s.certificate()
	password := map[string]string{}
	for _, role := range []string{"reader", "ledger"} {
		password[role] = strings.TrimSpace(s.must("esdb-user", role, "--file", "users", "--role", role))
	}
	address, _ := logServer(t, &s.shell, "--tls-cert", certFile, "--tls-key", keyFile, "--esdb-users", "users")
	as := func(user, password string) *client.Client {
		return official(t, strings.Replace(address, "esdb://", "esdb://"+user+":"+password+"@", 1)+"&tlsVerifyCert=false")
	}
	event := client.EventData{
		EventType: "PunchAccepted", ContentType: client.ContentTypeJson, Data: []byte(`{}`), Metadata: []byte(`{"recorded_at":"2026-10-14T01:00:00Z"}`),
	}
	put := func(db *client.Client) error {
		_, err := db.AppendToStream(t.Context(), "timecard-e1-202610", client.AppendToStreamOptions{ExpectedRevision: client.Any{}}, event)
		return err
	}
	require.ErrorContains(t, put(as("reader", password["reader"])), "PermissionDenied")
	require.ErrorContains(t, put(as("reader", "guess")), "Unauthenticated")
	require.NoError(t, put(as("ledger", password["ledger"])))
	require.Len(t, listed(t, as("reader", password["reader"]), "timecard-e1-202610"), 1)
}

func TestServersOfTheProtocolThatDoNotStart(t *testing.T) {
	s := newClockShop(t)
	s.write("users", []byte("reader reader 00\n"))
	s.write("empty", nil)
	certFile, keyFile := s.certificate()
	s.must("esdb-user", "reader", "--file", "good", "--role", "reader,ledger")
	for _, c := range []struct {
		says string
		args []string
	}{
		{"lacks --esdb-listen", []string{"logd"}},
		{"want an address and a port", []string{"logd", "--esdb-listen", "2113"}},
		{"Without TLS", []string{"logd", "--esdb-listen", "0.0.0.0:0"}},
		{"Without TLS", []string{"serve", "--esdb-listen", "0.0.0.0:0"}},
		{"there is no file of users", []string{"logd", "--esdb-listen", "0.0.0.0:0", "--tls-cert", certFile, "--tls-key", keyFile}},
		{"1: the hash is not one", []string{"logd", "--esdb-listen", "0.0.0.0:0", "--tls-cert", certFile, "--tls-key", keyFile, "--esdb-users", "users"}},
		{"cannot be used", []string{"logd", "--esdb-listen", "0.0.0.0:0", "--tls-cert", "empty", "--tls-key", keyFile, "--esdb-users", "good"}},
		{
			"no certificate is in it",
			[]string{"logd", "--esdb-listen", "0.0.0.0:0", "--tls-cert", certFile, "--tls-key", keyFile, "--esdb-users", "good", "--esdb-client-ca", "empty"},
		},
		{"cannot be listened on", []string{"serve", "--listen", "off", "--esdb-listen", "127.0.0.1:99999"}},
		{"is the folder of a ledger", []string{"logd", "--esdb-listen", "127.0.0.1:0"}},
		{"has a user reader already", []string{"esdb-user", "reader", "--file", "good", "--role", "reader"}},
		{"is no name of a user", []string{"esdb-user", "Ann Lee", "--file", "good", "--role", "reader"}},
		{"is no role", []string{"esdb-user", "ann", "--file", "good", "--role", "Boss"}},
	} {
		code, _, messages := s.run(c.args...)
		require.Equal(t, exitUsage, code, c.args)
		require.Contains(t, messages, c.says, c.args)
	}
}
