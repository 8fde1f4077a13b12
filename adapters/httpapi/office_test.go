package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// office is a company on a log in memory, served over a real listener of this machine. Its people are
//
//	e1, led by e2 until the end of September 2026 and by e3 from then on; e2; e3; e4 in another group;
//	personnel, of everybody; hr, of the group office alone; audit and owner of everything; nobody, who was granted nothing.
//
// A token is the name of its principal.
type office struct {
	t      *testing.T
	ledger *ledger.Ledger
	store  eventstore.Store
	api    *httpapi.Server
	url    string
	client *http.Client
	log    *safeBuffer
	views  *heldViews
	moves  *moves
	now    domain.Instant
	ids    int
}

func newOffice(t *testing.T, change ...func(*httpapi.Options)) *office {
	t.Helper()
	o := makeOffice(t, change...)
	o.serve()
	return o
}

// makeOffice is an office that is not served yet.
func makeOffice(t *testing.T, change ...func(*httpapi.Options)) *office {
	t.Helper()
	o := &office{t: t, store: memory.New(), now: instant(t, "2026-10-08T01:00:00Z"), log: &safeBuffer{}, moves: &moves{next: make(chan httpapi.Change)}}
	clock := func() time.Time { return o.now.Time() }
	random := rand.NewChaCha8([32]byte{1})
	epoch, err := vault.NewEpochKey(random, 1)
	require.NoError(t, err)
	keys, err := vault.New(t.Context(), &vault.Memory{}, epoch, vault.Options{Create: true, Rand: random, Now: clock})
	require.NoError(t, err)
	codec := ledger.NewCodec()
	o.ledger, err = ledger.Open(t.Context(), ledger.Options{Store: o.store, Codec: codec, Sealer: keys, Now: clock})
	require.NoError(t, err)
	o.found()
	o.views = &heldViews{o: o, codec: codec}
	options := httpapi.Options{
		Open: func(ctx context.Context, stream, eventType string, s domain.Secret) ([]byte, error) {
			return keys.Open(ctx, stream, eventType, s)
		},
		Ledger: o.ledger, Views: o.views, Identity: nameTokens{}, Names: plainNames{}, Changes: o.moves, Logins: namedLogins{o.now}, Kiosks: &namedKiosks{}, Acts: heldActs{o},
		Evidence: noFiles{}, Requests: stories{o.store, codec}, Payroll: noRows{}, Trials: noTrials{}, Events: o.views, Now: clock,
		Log: slog.New(slog.NewTextHandler(o.log, nil)),
	}
	for _, f := range change {
		f(&options)
	}
	o.api = httpapi.New(options)
	return o
}

// found writes the people.
func (o *office) found() {
	o.must(people.CreateLedger{Origin: "punchledger/test"})
	o.must(people.CreateGroup{Group: "office", Title: "Office"})
	o.must(people.CreateGroup{Group: "plant", Title: "Plant"})
	for emp, group := range map[string]string{"e2": "office", "e3": "office", "e4": "plant"} {
		o.must(hire(o.t, emp, group, ""))
	}
	o.must(hire(o.t, "e1", "office", "e2"))
	next := "e3"
	o.must(people.ChangeAssignment{Emp: "e1", EffectiveOn: date(o.t, "2026-10-01"), Change: people.TermsChange{Manager: &next}})
	for principal, role := range map[string]access.Role{"audit": access.Auditor, "owner": access.Owner, "hr": access.HR, "personnel": access.HR, "rules": access.RulesAdmin} {
		scope := access.Scope{}
		if principal == "hr" {
			scope.Groups = []string{"office"}
		}
		o.must(access.GrantAccess{
			Principal: principal, Grant: "g1", Role: role, Scope: scope, From: date(o.t, "2026-01-01"), To: date(o.t, "2027-01-01"),
			Purpose: "test", ActorID: "boss", AtMachine: true,
		})
	}
}

func hire(t *testing.T, emp, group, manager string) people.RegisterEmployee {
	t.Helper()
	return people.RegisterEmployee{
		Emp: emp, Name: "Name of " + emp, HiredOn: date(t, "2026-03-01"), Terms: people.Terms{Group: group, Manager: manager},
	}
}

func (o *office) must(c ledger.Command) {
	o.t.Helper()
	o.ids++
	_, err := o.ledger.Do(o.t.Context(), ledger.Request{
		ID: fmt.Sprintf("c%d", o.ids), Command: c, Actor: domain.Actor{Kind: domain.ActorAdmin, ID: "boss"},
	})
	require.NoError(o.t, err, "%T", c)
}

// lastActor is who wrote the last event.
func (o *office) lastActor() domain.Actor {
	o.t.Helper()
	var last eventstore.Record
	for r, err := range o.store.ReadAll(o.t.Context(), 0) {
		require.NoError(o.t, err)
		last = r
	}
	m, err := last.DecodeMetadata()
	require.NoError(o.t, err)
	return m.Actor
}

// serve starts the server; it is stopped, and must stop, when the test ends.
func (o *office) serve() {
	var lc net.ListenConfig
	l, err := lc.Listen(o.t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(o.t, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- o.api.Serve(ctx, l) }()
	o.url, o.client = "http://"+l.Addr().String(), &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	o.t.Cleanup(func() {
		o.client.CloseIdleConnections()
		stop()
		require.NoError(o.t, <-done)
	})
}

// reply is an answer that was read to its end.
type reply struct {
	*http.Response
	body []byte
}

func (r reply) problem(t *testing.T) httpapi.Problem {
	t.Helper()
	require.Equal(t, "application/problem+json", r.Header.Get("Content-Type"), "%s", r.body)
	var p httpapi.Problem
	require.NoError(t, json.Unmarshal(r.body, &p))
	require.Equal(t, r.StatusCode, p.Status)
	return p
}

func (r reply) into(t *testing.T, v any) {
	t.Helper()
	require.Less(t, r.StatusCode, 300, "%s", r.body)
	require.NoError(t, json.Unmarshal(r.body, v), "%s", r.body)
}

// as sends a request as somebody; header holds names and values by turns.
func (o *office) as(principal, method, path, body string, header ...string) reply {
	o.t.Helper()
	r, err := http.NewRequestWithContext(o.t.Context(), method, o.url+path, strings.NewReader(body))
	require.NoError(o.t, err)
	if principal != "" {
		r.Header.Set("Authorization", "Bearer "+principal)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return o.send(r)
}

func (o *office) send(r *http.Request) reply {
	o.t.Helper()
	resp, err := o.client.Do(r)
	require.NoError(o.t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(o.t, err)
	return reply{resp, b}
}

func (o *office) get(principal, path string, header ...string) reply {
	o.t.Helper()
	return o.as(principal, http.MethodGet, path, "", header...)
}

// nameTokens believe whoever names himself: the token, or the session, is the principal. "stranger" is nobody, "kiosk.k1" the device k1.
type nameTokens struct{}

func (nameTokens) Who(_ context.Context, c httpapi.Credential) (httpapi.Who, error) {
	if c.Kiosk != "" {
		return httpapi.Who{Principal: c.Kiosk, Device: c.Kiosk, Session: "s-" + c.Kiosk}, nil
	}
	name := c.Bearer + c.Session
	if name == "stranger" {
		return httpapi.Who{}, httpapi.ErrNobody
	}
	who := httpapi.Who{Principal: name, Session: "s-" + name, Token: c.Bearer != ""}
	if principal, action, ok := strings.Cut(name, ":"); ok {
		who.Principal, who.Permits = principal, func(a access.Action) bool { return string(a) == action }
	}
	if device, ok := strings.CutPrefix(who.Principal, "kiosk."); ok {
		who.Device = device
	}
	return who, nil
}

type plainNames struct{}

func (plainNames) Name(_ context.Context, emp string) (string, error) { return "Name of " + emp, nil }

// moves are changes that a test makes.
type moves struct{ next chan httpapi.Change }

func (m *moves) Follow(ctx context.Context, yield func(httpapi.Change) error) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case c := <-m.next:
			if err := yield(c); err != nil {
				return err
			}
		}
	}
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func instant(t testing.TB, s string) domain.Instant {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	require.NoError(t, err)
	return domain.InstantOf(at)
}

func date(t testing.TB, s string) domain.Date {
	t.Helper()
	d, err := domain.ParseDate(s)
	require.NoError(t, err)
	return d
}
