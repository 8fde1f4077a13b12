package httpapi_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// actsAs are tried one after the other until one may do what a route does.
var actsAs = []string{"hr.all", "rules.all", "owner.all", "auditor.all", "payroll.all", plain, "e3"}

// asked is a request that does something, where the least that a route can read does not.
type asked struct{ who, path, body string }

// deeds are such requests, by route.
func deeds(t *testing.T) map[string]asked {
	t.Helper()
	source, ok := ruleset.PackSource("cn-sh-rnd")
	require.True(t, ok)
	document, err := json.Marshal(map[string]string{"document": string(source)})
	require.NoError(t, err)
	public, _, err := ed25519.GenerateKey(rand.NewChaCha8([32]byte{2}))
	require.NoError(t, err)
	spki, err := x509.MarshalPKIXPublicKey(public)
	require.NoError(t, err)
	key := base64.StdEncoding.EncodeToString(spki)
	return map[string]asked{
		"register-employee": {"hr.all", "/v1/employees/e99", `{"name":"New","hired_on":"2026-10-05","terms":{"group":"office"}}`},
		"change-employee":   {"hr.all", "/v1/employees/e1/assignments", `{"effective_on":"2026-11-01","change":{"cost":"c9"}}`},
		"end-employment":    {"hr.all", "/v1/employees/e5/end", `{"last_day":"2026-12-31","reason":"resigned"}`},
		"create-group":      {"hr.all", "/v1/groups/warehouse", `{"title":"Warehouse"}`},
		"publish-rules":     {"rules.all", "/v1/rulesets/cn-bj-office/versions", `{"from":"2026-01-01"}`},
		"bind-ruleset":      {"hr.all", "/v1/groups/office/bindings", `{"ruleset":"cn-bj-office","from":"2026-03-01"}`},
		"bind-shadow":       {"rules.all", "/v1/groups/office/shadows", `{"ruleset":"cn-bj-office","version":1,"from":"2026-10-01"}`},
		"draft-rules":       {"rules.all", "/v1/rulesets/cn-sh-rnd/drafts", string(document)},
		"replay-rules":      {"rules.all", "/v1/rulesets/cn-bj-office/replays", `{"from":"2026-10-01","to":"2026-10-05","record":true}`},
		"plan-day":          {"e3", "/v1/employees/e1/days/2026-10-20/roster", `{"shift":"rest","reason":"planned"}`},
		"add-punch":         {"hr.all", "/v1/employees/e1/punches", `{"at":"2026-10-07T08:58:00+08:00","dir":"in","reason":"forgotten"}`},
		"enrol-device":      {plain, "/v1/employees/e1/devices/phone.e1", `{"kind":"phone","public_key":"` + key + `"}`},
		"confirm-device":    {"e3", "/v1/employees/e1/devices/phone.e1/confirm", `{"how":"in_person"}`},
		"trust-device":      {"e3", "/v1/employees/e1/devices/phone.e1/trust", `{"level":"limited","reason":"old"}`},
		"set-fences": {"hr.all", "/v1/sites/office/fences", `{"from":"always","precision":"verdict","fences":[
			{"id":"main","shape":"circle","crs":"wgs84","points":[{"lat":39.9087,"lon":116.3975}],"radius_m":150}]}`},
		"set-networks":      {"hr.all", "/v1/sites/office/networks", `{"from":"always","ip":["203.0.113.0/24"]}`},
		"give-grant":        {"owner.all", "/v1/principals/e1/grants", `{"role":"hr","purpose":"people","to":"2026-12-31"}`},
		"revoke-grant":      {"owner.all", "/v1/principals/rules.office/grants/g1/revoke", `{"reason":"over"}`},
		"set-deputy":        {"e3", "/v1/employees/e3/deputies/d9", `{"delegate":"e4"}`},
		"end-deputy":        {"e3", "/v1/employees/e3/deputies/d1", ""},
		"submit-request":    {plain, "/v1/employees/e1/requests", `{"kind":"outing","from":"2026-10-09T13:00","to":"2026-10-09T15:00","reason":"bank"}`},
		"reassign-requests": {"hr.all", "/v1/requests/reassign", `{"approver":"e3","to":"e5","reason":"away"}`},
		"record-approval":   {"hr.all", "/v1/employees/e1/approvals", `{"kind":"outing","from":"2026-10-06T13:00","to":"2026-10-06T15:00","system":"oa"}`},
	}
}

// attempt does what a route does, or sends the least that it can read as everybody by turns until one may.
func (m *matrix) attempt(r row, key string, does map[string]asked) reply {
	m.o.t.Helper()
	c := cell{row: r, subject: plain}
	method, path, body, kind := m.ops[r.id].request(m.o.t, c, m.make(c))
	if d, ok := does[r.id]; ok {
		return m.o.as(d.who, method, d.path, d.body, "Idempotency-Key", key)
	}
	var out reply
	for _, who := range actsAs {
		if out = m.o.as(who, method, path, body, "Idempotency-Key", key+who, "Content-Type", kind); out.StatusCode != http.StatusForbidden {
			break
		}
	}
	return out
}

// position is what an answer says that it knows; 0 where it says nothing.
func (r reply) position(t *testing.T) uint64 {
	t.Helper()
	text := r.Header.Get("Ledger-Position")
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err)
	return n
}

// writableCompany is the company of the matrix, in which what is asked for is done.
func writableCompany(t *testing.T) *matrix {
	t.Helper()
	o, punches := makeCompany(t, func() error { return nil })
	return matrixOf(t, o, punches)
}

// Every route waits for the position that a reader names, before it does anything.
func TestEveryRouteWaitsForWhatAReaderHasWritten(t *testing.T) {
	m, rows := newMatrix(t), readRows(t)
	m.o.views.behind = true
	for _, d := range m.o.api.Routes() {
		op := m.doc.operation(d.ID)
		require.True(t, op.has("not_before_position"), d.ID)
		if d.Raw {
			continue
		}
		c := cell{row: rows[d.ID], subject: plain}
		method, path, body, kind := op.request(t, c, m.make(c))
		sign := "?"
		if strings.Contains(path, "?") {
			sign = "&"
		}
		r := m.o.as(plain, method, path+sign+"not_before_position=999999", body, "Prefer", "wait=0", "Content-Type", kind)
		require.Equal(t, "http_views_behind", r.problem(t).Code, d.ID)
	}
}

// Every answer to who is known says how much of the ledger it knows; what a write has written is among it. A write that comes again
// under its key is carried out once.
func TestEveryAnswerSaysWhatItKnows(t *testing.T) {
	m, rows, does := writableCompany(t), readRows(t), deeds(t)
	read, wrote := 0, map[string]bool{}
	for range 2 { // what needs something else first is done the second time
		read = 0
		for _, d := range m.o.api.Routes() {
			if d.Scope == httpapi.Public || d.Scope == httpapi.OfMachine || d.ID == "stream" || d.Object == "ticket" || wrote[d.ID] { // tickets take a signing key
				continue
			}
			before := m.head()
			r := m.attempt(rows[d.ID], d.ID, does)
			require.NotEqual(t, http.StatusInternalServerError, r.StatusCode, "%s: %s", d.ID, r.body)
			if r.StatusCode >= 300 {
				continue
			}
			if d.Object == "payroll" { // pinned to a position of the past
				require.Positive(t, r.position(t), d.ID)
				continue
			}
			after := m.head()
			require.Equal(t, after, r.position(t), "%s from %d", d.ID, before)
			if d.Method == http.MethodGet {
				read++
				continue
			}
			again := m.attempt(rows[d.ID], d.ID, does)
			require.Less(t, again.StatusCode, 300, "%s again: %s", d.ID, again.body)
			require.Equal(t, after, m.head(), "%s was carried out twice", d.ID)
			require.Equal(t, after, again.position(t), d.ID)
			if after > before {
				wrote[d.ID] = true
			}
		}
	}
	for id := range does {
		require.True(t, wrote[id], "%s wrote nothing: %s", id, m.attempt(rows[id], "why", does).body)
	}
	t.Logf("%d reads and %d writes", read, len(wrote))
	require.Greater(t, read, 40)
}

// head is the position of the last event of the ledger.
func (m *matrix) head() uint64 {
	m.o.t.Helper()
	at, err := m.o.store.Head(m.o.t.Context())
	require.NoError(m.o.t, err)
	return uint64(at)
}

// What needs no name is told nothing of the ledger's growth.
func TestWhoIsNotKnownIsNotToldHowFarTheLedgerIs(t *testing.T) {
	m := newMatrix(t)
	require.Empty(t, m.o.as("", http.MethodPost, "/v1/logout", "").Header.Get("Ledger-Position"))
	require.Empty(t, m.o.as("", http.MethodGet, "/v1/keys", "").Header.Get("Ledger-Position"))
}

// A deputy sees for whom they stand in, and stops by themselves; nobody else does it for them.
func TestADeputyStandsInNoMore(t *testing.T) {
	o, _ := makeCompany(t, func() error { return nil })
	var list httpapi.List[struct{ Emp, Delegation, Delegate string }]
	o.get("e6", "/v1/me/deputyships").into(t, &list)
	require.Len(t, list.Items, 1)
	require.Equal(t, "e3", list.Items[0].Emp)
	const end = "/v1/me/deputyships/e3/d1/end"
	require.Equal(t, "unknown_delegation", o.as(plain, http.MethodPost, end, `{}`).problem(t).Code)
	require.Equal(t, http.StatusOK, o.get("e6", "/v1/employees/e1").StatusCode)
	var r httpapi.Receipt
	o.as("e6", http.MethodPost, end, `{"reason":"back"}`).into(t, &r)
	require.Equal(t, []string{"DelegationEnded"}, r.Events)
	require.Equal(t, domain.Actor{Kind: domain.ActorEmployee, ID: "e6"}, o.lastActor())
	require.Equal(t, http.StatusForbidden, o.get("e6", "/v1/employees/e1").StatusCode)
	o.get("e6", "/v1/me/deputyships").into(t, &list)
	require.Empty(t, list.Items)
	require.Equal(t, http.StatusForbidden, o.get("auditor.all", "/v1/me/deputyships").StatusCode, "who is not employed stands in for nobody")
	_, may := access.Allowed(access.DelegationLeave, by(access.Manager, access.Deputy))
	require.False(t, may)
}
