package httpapi_test

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain/access"
)

// row is what a person has written down of a route: testdata/routes.txt.
type row struct {
	id, object, kind string
	scope            httpapi.Scope
	action           access.Action
	mark             string
}

func readRows(t *testing.T) map[string]row {
	t.Helper()
	file, err := os.ReadFile("testdata/routes.txt")
	require.NoError(t, err)
	out := map[string]row{}
	for line := range strings.Lines(string(file)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSuffix(line, "\n"), " | ")
		require.Len(t, f, 6, line)
		r := row{f[0], f[1], f[2], httpapi.Scope(f[3]), access.Action(strings.TrimPrefix(f[4], "-")), strings.TrimPrefix(f[5], "-")}
		require.NotContains(t, out, r.id)
		out[r.id] = r
	}
	return out
}

// cell is one question: somebody asks a route about somebody, now or about September.
type cell struct {
	row
	who     actor
	subject string
	then    bool
	nowhere bool // about a punch that is not there
}

func (c cell) name() string {
	when := "now"
	if c.then {
		when = "then"
	}
	return strings.Join([]string{c.id, c.who.name, c.subject, when}, " ")
}

// may is what the table says of a cell.
func (c cell) may() bool {
	standings := c.who.nobody
	switch about := c.who.now; {
	case c.scope == httpapi.Public || c.scope == httpapi.Known:
		return true
	case c.scope == httpapi.OfSelf:
		standings = nil
		if slices.Contains(c.who.nobody, access.Standing{Role: access.Employee, Relation: access.NoOne}) {
			standings = by(access.Employee, access.Self)
		}
	case c.scope != httpapi.OfNobody && c.scope != httpapi.OfMachine:
		if c.then {
			about = c.who.then
		}
		standings = about[c.subject]
	}
	action := c.action
	if c.ofHolder() {
		action = access.HolderEdit
	}
	_, ok := access.Allowed(action, standings)
	return ok
}

// ofHolder reports whether the act is about the login of somebody who holds a right. It takes another action besides that of its
// route, so a token for the latter alone is not enough.
func (c cell) ofHolder() bool {
	return c.mark == "holder" && (c.subject == holder || c.subject == almighty)
}

// itself marks routes on which a kiosk speaks for itself: nobody else is anybody there.
const itself = "of the kiosk itself"

// cells are all questions about a route. A subject is asked about where there is one; September where the route takes dates.
func cells(r row, dated bool) []cell {
	var out []cell
	for _, who := range actors() {
		switch r.scope {
		case httpapi.OfOne, httpapi.OfEachRow:
			subjects := []string{plain, holder, almighty}
			if r.scope == httpapi.OfEachRow {
				subjects = []string{markedSubject(r.mark)}
			}
			if r.mark == itself {
				subjects = []string{kiosk}
			}
			for _, s := range subjects {
				out = append(out, cell{row: r, who: who, subject: s})
				if dated {
					out = append(out, cell{row: r, who: who, subject: s, then: true})
				}
			}
		default:
			out = append(out, cell{row: r, who: who})
		}
	}
	return out
}

// markedSubject is of whom the mark of a list tells.
func markedSubject(mark string) string {
	for _, s := range []string{plain, holder, almighty} {
		if strings.Contains(mark, `"`+s+`"`) {
			return s
		}
	}
	return plain
}

// outcome is what the server says: whether it allows the act, or shows the row.
func (m *matrix) outcome(c cell, as string) bool {
	t := m.o.t
	t.Helper()
	status, body := m.ask(c, as)
	name := c.name() + " as " + as
	if c.id == "ready" { // the company's clock is wrong, so that nothing is written; everybody is told that it is not ready
		return status == http.StatusServiceUnavailable
	}
	require.NotContains(t, []int{401, 405, 408, 413, 415, 429, 500, 503}, status, "%s: %s", name, body)
	code := codeOf(body)
	require.NotContains(t, []string{"http_invalid_request", "http_malformed_body", "http_no_such_path"}, code, "%s: %s", name, body)
	if code == "not_authorised" {
		require.Equal(t, http.StatusForbidden, status, name)
		return false
	}
	if code == "unknown_punch" || code == "unknown_request" { // all that are asked about are there: it is hidden
		require.Equal(t, http.StatusNotFound, status, name)
		return false
	}
	if c.scope == httpapi.OfEachRow && c.mark != "" {
		require.Equal(t, http.StatusOK, status, "%s: %s", name, body)
		if refusal, ok := strings.CutPrefix(c.mark, "no "); ok {
			return !strings.Contains(body, refusal)
		}
		return strings.Contains(body, c.mark)
	}
	return true
}

func codeOf(body string) string {
	var p struct{ Code string }
	if json.Unmarshal([]byte(body), &p) != nil {
		return ""
	}
	return p.Code
}

// TestEveryRouteAsksForItsRight asks the server for every route, as everybody, about everybody, and compares with what the table of
// access and the reviewed list of routes say. Lists of which no row is marked answer everybody who is signed in.
func TestEveryRouteAsksForItsRight(t *testing.T) {
	m, rows := newMatrix(t), readRows(t)
	asked, seen := 0, map[string]bool{}
	answers := map[string]map[string]map[string]bool{} // by object and kind, then by question, then by route
	require.Empty(t, unreviewed(m.o.api, rows), "have no row in testdata/routes.txt: who may ask them? Add them once that is looked at")
	for _, d := range m.o.api.Routes() {
		r := rows[d.ID]
		seen[d.ID] = true
		require.Equal(t, row{d.ID, d.Object, kindOf(d), d.Scope, d.Action, r.mark}, r)
		if d.Scope != httpapi.Public {
			status, _ := m.ask(cell{row: r, subject: plain}, "")
			require.Equal(t, http.StatusUnauthorized, status, "%s as nobody at all", d.ID)
			asked++
		}
		for _, c := range cells(r, m.dated(r)) {
			got := m.outcome(c, c.who.name)
			unmarked := c.scope == httpapi.OfEachRow && c.mark == ""
			require.Equal(t, c.may() || unmarked, got, c.name())
			asked++
			if c.scope != httpapi.Public && c.scope != httpapi.Known {
				require.Equal(t, got && !c.ofHolder(), m.outcome(c, c.who.name+":"+string(c.action)), "%s by a token for it", c.name())
				require.False(t, m.outcome(c, c.who.name+":no.such"), "%s by a token for something else", c.name())
				asked += 2
			}
			if !unmarked {
				note(answers, r, c, got)
			}
		}
	}
	for id := range rows {
		require.True(t, seen[id], "testdata/routes.txt has a row for %s, which is no route", id)
	}
	for siblings, questions := range answers {
		for question, said := range questions {
			require.Len(t, slices.Compact(slices.Sorted(maps.Values(bits(said)))), 1, "%s differ for %s: %v", siblings, question, said)
		}
	}
	t.Logf("%d routes, %d people, %d cells", len(seen), len(actors()), asked)
}

// unreviewed returns the routes that nobody has written down, as their rows would be.
func unreviewed(api *httpapi.Server, rows map[string]row) string {
	var out []string
	for _, d := range api.Routes() {
		if _, ok := rows[d.ID]; !ok {
			out = append(out, strings.Join([]string{d.ID, d.Object, kindOf(d), string(d.Scope), cmp.Or(string(d.Action), "-"), "-"}, " | "))
		}
	}
	return strings.Join(out, "\n")
}

func kindOf(d httpapi.Declared) string {
	if d.Method == http.MethodGet {
		return "read"
	}
	return "write"
}

// note remembers an answer beside those of its siblings: routes of one object that all read, or all write.
func note(answers map[string]map[string]map[string]bool, r row, c cell, got bool) {
	siblings := r.object + " " + r.kind
	question := strings.TrimPrefix(c.name(), c.id+" ")
	if answers[siblings] == nil {
		answers[siblings] = map[string]map[string]bool{}
	}
	if answers[siblings][question] == nil {
		answers[siblings][question] = map[string]bool{}
	}
	answers[siblings][question][c.id] = got
}

func bits(said map[string]bool) map[string]string {
	out := map[string]string{}
	for id, ok := range said {
		out[id] = "no"
		if ok {
			out[id] = "yes"
		}
	}
	return out
}

// Whoever may not ask about somebody is not told whether there is such a person.
func TestNobodyLearnsWhoExists(t *testing.T) {
	m, rows := newMatrix(t), readRows(t)
	for _, d := range m.o.api.Routes() {
		if d.Scope != httpapi.OfOne {
			continue
		}
		for _, who := range actors() {
			known, stranger := cell{row: rows[d.ID], who: who, subject: plain}, cell{row: rows[d.ID], who: who, subject: unknown}
			if known.may() || stranger.may() {
				continue
			}
			status, body := m.ask(known, who.name)
			other, otherBody := m.ask(stranger, who.name)
			require.Equal(t, status, other, known.name())
			require.Equal(t, body, otherBody, known.name())
		}
	}
}

// matrix asks questions of a company.
type matrix struct {
	o       *office
	doc     document
	ops     map[string]operation
	punches map[string]string // that are still to be sent, by subject
}

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	o, punches := matrixCompany(t)
	return matrixOf(t, o, punches)
}

func matrixOf(t *testing.T, o *office, punches map[string]string) *matrix {
	t.Helper()
	m := &matrix{o: o, doc: documentOf(t, o.api), ops: map[string]operation{}, punches: punches}
	for _, r := range o.api.Routes() {
		m.ops[r.ID] = m.doc.operation(r.ID)
	}
	return m
}

// dated reports whether a route can be asked about September.
func (m *matrix) dated(r row) bool {
	op := m.ops[r.id]
	return m.make(cell{row: r}).dated || op.has("from") || op.has("on") || strings.Contains(op.path, "{date}")
}

func (m *matrix) ask(c cell, as string) (int, string) {
	t := m.o.t
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	method, path, body, kind := m.ops[c.id].request(t, c, m.make(c))
	r, err := http.NewRequestWithContext(ctx, method, m.o.url+path, strings.NewReader(body))
	require.NoError(t, err)
	if as != "" {
		r.Header.Set("Authorization", "Bearer "+as)
	}
	if body != "" {
		r.Header.Set("Content-Type", kind)
	}
	if c.scope == httpapi.OfMachine { // what has passed a proxy is not from the machine itself
		r.Header.Set("X-Forwarded-For", "198.51.100.7")
	}
	resp, err := m.o.client.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") { // it never ends
		return resp.StatusCode, ""
	}
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(b)
}
