package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections/directory"
)

// fleet is servers with folders of their own on one log in PostgreSQL.
type fleet struct {
	t      *testing.T
	dir    string
	log    string // address of the log
	server string // address of another database beside it

	database string // name of that of the log
	nodes    []*node
	people   []string // each has a client with a token
	tokens   []string
	clients  []*puncher
}

// node is a server in a process of its own.
type node struct {
	t       *testing.T
	data    string
	address string
	env     []string
	cmd     *exec.Cmd
	said    *spoken
}

// spoken keeps what a process says.
type spoken struct {
	mu  sync.Mutex
	all strings.Builder
}

func (s *spoken) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.Write(p)
}

func (s *spoken) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

// newFleet writes the sample company into a log in PostgreSQL, lets so many clients enter punches of one person each, and copies the
// folder for every server.
func newFleet(t *testing.T, servers, clients int) *fleet {
	t.Helper()
	f := &fleet{t: t, dir: t.TempDir()}
	db := newDatabase(t)
	address, err := db.create(t.Context())
	require.NoError(t, err)
	config, err := pgx.ParseConfig(address)
	require.NoError(t, err)
	f.database = config.Database
	f.log, f.server = address, db.cluster.Address("postgres")
	first := filepath.Join(f.dir, "node0")
	demo := exec.CommandContext(t.Context(), "punchledger", "demo", "--people", fmt.Sprint(max(12, clients+clients/4)), "--days", "14", "--data", first, "--log", f.log)
	out, err := demo.CombinedOutput()
	require.NoError(t, err, "%s", out)
	f.welcome(first, clients)
	for i := range servers {
		n := &node{t: t, data: filepath.Join(f.dir, fmt.Sprintf("node%d", i)), address: freeAddress(t)}
		n.env = []string{
			"PUNCHLEDGER_DATA=" + n.data, "PUNCHLEDGER_KEK=" + first + ".kek", "PUNCHLEDGER_SIGN_KEY=" + first + ".sign", "PUNCHLEDGER_LOG=" + f.log,
			"PUNCHLEDGER_LISTEN=" + n.address,
		}
		if i > 0 {
			require.NoError(t, os.CopyFS(n.data, os.DirFS(first)))
		}
		f.nodes = append(f.nodes, n)
		t.Cleanup(n.kill)
	}
	return f
}

// freeAddress is one that nobody listened on a moment ago: a server keeps its address when it is started again.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

// welcome gives clients their rights and tokens.
func (f *fleet) welcome(data string, clients int) {
	c := &console{
		invocation: invocation{Dir: f.dir, Err: io.Discard, Out: io.Discard, Now: time.Now}, ctx: f.t.Context(), text: text.Lookup("en"),
		cfg: &Config{Data: data, KEK: data + ".kek", SignKey: data + ".sign", LogAt: f.log, As: "admin"},
	}
	require.NoError(f.t, c.reading(func(r *reader) error {
		return r.views.People(f.t.Context(), func(p directory.Person) error {
			if p.LastDay == 0 && p.HiredOn < domain.NewDate(2026, 10, 20) && len(f.people) < clients {
				f.people = append(f.people, p.Employee)
			}
			return nil
		})
	}))
	require.Len(f.t, f.people, clients)
	w, err := openWriter(c)
	require.NoError(f.t, err)
	defer func() { require.NoError(f.t, w.Close()) }()
	who, err := w.identity()
	require.NoError(f.t, err)
	today := w.ledger.Directory().Today()
	for i := range clients {
		principal := fmt.Sprintf("clerk%d", i)
		_, err := w.do(c, access.GrantAccess{
			Principal: principal, Grant: "g1", Role: access.HR, From: today - 1, To: today + 90, Purpose: "test", ActorID: "admin", AtMachine: true,
		})
		require.NoError(f.t, err)
		secret, _, err := who.CreateToken(f.t.Context(), identity.TokenRequest{
			Principal: principal, Name: "test", Lifetime: 30 * 24 * time.Hour, By: "admin", Actions: []access.Action{access.PunchEnter},
		})
		require.NoError(f.t, err)
		f.tokens = append(f.tokens, secret.Reveal())
		f.clients = append(f.clients, &puncher{emp: f.people[i], token: f.tokens[i], client: &http.Client{Transport: &http.Transport{}}})
	}
}

// start begins to serve, or to stand by.
func (n *node) start() {
	n.t.Helper()
	n.said = &spoken{}
	n.cmd = exec.CommandContext(n.t.Context(), "punchledger", "serve")
	n.cmd.Env, n.cmd.Stderr = append(n.cmd.Environ(), n.env...), n.said
	require.NoError(n.t, n.cmd.Start())
}

// kill ends the server as a power cut does.
func (n *node) kill() {
	if n.cmd == nil {
		return
	}
	_, _ = n.cmd.Process.Kill(), n.cmd.Wait()
	n.cmd = nil
}

// stop lets the server end, once it has begun to serve or to stand by.
func (n *node) stop() {
	n.t.Helper()
	n.until(func() bool {
		said := n.said.String()
		return strings.Contains(said, "Serving ") || strings.Contains(said, "Standing by")
	})
	require.NoError(n.t, n.cmd.Process.Signal(os.Interrupt))
	require.NoError(n.t, n.cmd.Wait(), "%s", n.said)
	n.cmd = nil
}

// askAgain is how often tests look for what they wait for.
const askAgain = 10 * time.Millisecond

// until looks until it is so; the server that is waited for must live meanwhile.
func (n *node) until(is func() bool) {
	n.t.Helper()
	look := time.NewTicker(askAgain)
	defer look.Stop()
	for !is() {
		select {
		case <-look.C:
		case <-n.t.Context().Done():
			require.FailNow(n.t, "it did not come", "%s", n.said)
		}
	}
}

// await waits until the server has said something.
func (n *node) await(words string) {
	n.t.Helper()
	n.until(func() bool { return strings.Contains(n.said.String(), words) })
}

// get asks a server; 0 where it does not answer.
func (n *node) get(path string) (status int, body string) {
	r, err := http.NewRequestWithContext(n.t.Context(), http.MethodGet, "http://"+n.address+path, http.NoBody)
	require.NoError(n.t, err)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, ""
	}
	return resp.StatusCode, string(b)
}

// leader waits for the server that is ready to write.
func (f *fleet) leader() (leader *node) {
	f.t.Helper()
	f.nodes[0].until(func() bool {
		for _, n := range f.nodes {
			if n.cmd == nil {
				continue
			}
			if status, _ := n.get("/readyz"); status == http.StatusOK {
				leader = n
			}
		}
		return leader != nil
	})
	return leader
}

// endSession ends the writer's session in the database.
func (f *fleet) endSession() {
	f.t.Helper()
	f.super(`SELECT pg_terminate_backend(l.pid, 10000) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE l.locktype = 'advisory' AND l.granted AND d.datname = $1`)
}

// shut ends all sessions in the database of the log and lets nobody in, or lets them in again.
func (f *fleet) shut(out bool) {
	f.t.Helper()
	f.super("UPDATE pg_database SET datallowconn = $2 WHERE datname = $1", !out)
	if out {
		f.super("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1")
	}
}

// super does something about the database of the log, whose name is the first parameter.
func (f *fleet) super(statement string, more ...any) {
	f.t.Helper()
	conn, err := pgx.Connect(f.t.Context(), f.server)
	require.NoError(f.t, err)
	_, err = conn.Exec(f.t.Context(), statement, append([]any{f.database}, more...)...)
	require.NoError(f.t, err)
	require.NoError(f.t, conn.Close(f.t.Context()))
}

// records reads the log.
func (f *fleet) records() (out []eventstore.Record) {
	f.t.Helper()
	l, err := openLogToRead(f.t.Context(), "", f.log)
	require.NoError(f.t, err)
	defer func() { require.NoError(f.t, l.Close()) }()
	for r, err := range l.ReadAll(f.t.Context(), 0) {
		require.NoError(f.t, err)
		out = append(out, r)
	}
	return out
}

// puncher is a client that enters one punch after the other, each until a server has acknowledged it.
type puncher struct {
	emp, token string
	client     *http.Client
	node       int
	acks       []acknowledgement
}

// acknowledgement is what a server says of a punch.
type acknowledgement struct {
	Stream     string                `json:"stream"`
	Revision   eventstore.Revision   `json:"revision"`
	Position   eventstore.Position   `json:"position"`
	Commitment eventstore.Commitment `json:"commitment"`
	Repeated   bool                  `json:"repeated"`
	EventIDs   []uuid.UUID           `json:"event_ids"`
}

// errElsewhere says that another server, or the same one later, is to be asked again.
var errElsewhere = errors.New("ask elsewhere")

// enter asks a server to enter a punch.
func (n *node) enter(ctx context.Context, p *puncher, body, key string) (a acknowledgement, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+n.address+"/v1/employees/"+p.emp+"/punches", strings.NewReader(body))
	if err != nil {
		return a, err
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", key)
	resp, err := p.client.Do(r)
	if err != nil {
		return a, fmt.Errorf("%w: %w", errElsewhere, err)
	}
	defer resp.Body.Close()
	var answer struct {
		acknowledgement
		Code string `json:"code"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return a, fmt.Errorf("%w: %w", errElsewhere, err) // it was killed while it answered
	}
	switch resp.StatusCode {
	case http.StatusCreated:
		return answer.acknowledgement, nil
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return a, fmt.Errorf("%w: %s", errElsewhere, answer.Code)
	}
	return a, fmt.Errorf("%d %s", resp.StatusCode, answer.Code)
}

// insist enters a punch, with one key, until a server has acknowledged it.
func (f *fleet) insist(p *puncher, body, key string) (acknowledgement, error) {
	again := time.NewTicker(2 * askAgain)
	defer again.Stop()
	for {
		ack, err := f.nodes[p.node].enter(f.t.Context(), p, body, key)
		if !errors.Is(err, errElsewhere) {
			return ack, err
		}
		p.node = (p.node + 1) % len(f.nodes)
		select {
		case <-again.C:
		case <-f.t.Context().Done():
			return ack, f.t.Context().Err()
		}
	}
}
