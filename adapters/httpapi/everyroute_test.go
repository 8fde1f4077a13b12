package httpapi_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// actsAs are tried one after the other until one may do what a route does.
var actsAs = []string{"hr.all", "rules.all", "owner.all", "auditor.all", "payroll.all", plain, "e3"}

// attempt sends the least that a route can read as everybody by turns; the first answer that is no refusal is the last.
func (m *matrix) attempt(r row, key string) reply {
	m.o.t.Helper()
	method, path, body := m.doc.operation(r.id).request(m.o.t, cell{row: r, subject: plain})
	var out reply
	for _, who := range actsAs {
		out = m.o.as(who, method, path, body, "Idempotency-Key", key+who)
		if out.StatusCode < 300 {
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
	o := makeCompany(t, func() error { return nil })
	return &matrix{o, documentOf(t, o.api)}
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
		method, path, body := op.request(t, cell{row: rows[d.ID], subject: plain})
		sign := "?"
		if strings.Contains(path, "?") {
			sign = "&"
		}
		r := m.o.as(plain, method, path+sign+"not_before_position=999999", body, "Prefer", "wait=0")
		require.Equal(t, "http_views_behind", r.problem(t).Code, d.ID)
	}
}

// Every answer to who is known says how much of the ledger it knows; what a write has written is among it. A write that comes again
// under its key is carried out once.
func TestEveryAnswerSaysWhatItKnows(t *testing.T) {
	m, rows := writableCompany(t), readRows(t)
	read, wrote := 0, 0
	for _, d := range m.o.api.Routes() {
		if d.Scope == httpapi.Public || d.ID == "stream" {
			continue
		}
		before, err := m.o.store.Head(t.Context())
		require.NoError(t, err)
		r := m.attempt(rows[d.ID], d.ID)
		require.NotEqual(t, http.StatusInternalServerError, r.StatusCode, "%s: %s", d.ID, r.body)
		if r.StatusCode >= 300 {
			continue
		}
		after, err := m.o.store.Head(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, after, r.position(t), "%s from %d", d.ID, before)
		if d.Method == http.MethodGet {
			read++
			continue
		}
		again := m.attempt(rows[d.ID], d.ID)
		require.Less(t, again.StatusCode, 300, "%s again: %s", d.ID, again.body)
		still, err := m.o.store.Head(t.Context())
		require.NoError(t, err)
		require.Equal(t, after, still, "%s was carried out twice", d.ID)
		require.EqualValues(t, after, again.position(t), d.ID)
		if after > before {
			wrote++
		}
	}
	t.Logf("%d reads and %d writes", read, wrote)
	require.Greater(t, read, 40)
	require.Greater(t, wrote, 10)
}

// What needs no name is told nothing of the ledger's growth.
func TestWhoIsNotKnownIsNotToldHowFarTheLedgerIs(t *testing.T) {
	m := newMatrix(t)
	require.Empty(t, m.o.as("", http.MethodPost, "/v1/logout", "").Header.Get("Ledger-Position"))
	require.Empty(t, m.o.as("", http.MethodGet, "/v1/keys", "").Header.Get("Ledger-Position"))
}

// A deputy sees for whom they stand in, and stops by themselves; nobody else does it for them.
func TestADeputyStandsInNoMore(t *testing.T) {
	o := makeCompany(t, func() error { return nil })
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
