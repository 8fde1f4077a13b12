package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore"
)

func TestARequestThatComesAgainIsCarriedOutOnce(t *testing.T) {
	o := newOffice(t)
	body := `{"at":"2026-10-08T08:58:00+08:00","dir":"in","reason":"forgotten"}`
	add := func(who, emp, key, body string) (reply, httpapi.Receipt) {
		r := o.as(who, "POST", "/v1/employees/"+emp+"/punches", body, "Idempotency-Key", key)
		var receipt httpapi.Receipt
		if r.StatusCode < 300 {
			r.into(t, &receipt)
		}
		return r, receipt
	}
	_, first := add("hr", "e1", "k1", body)
	require.NotEmpty(t, first.ID)
	require.False(t, first.Repeated)
	_, again := add("hr", "e1", "k1", body)
	require.True(t, again.Repeated)
	again.Repeated, again.Position = false, first.Position
	require.Equal(t, first, again, "the first receipt")

	r, _ := add("hr", "e1", "k1", strings.Replace(body, "08:58", "09:58", 1))
	require.Equal(t, "idempotency_conflict", r.problem(t).Code, "another content under the same key")
	require.Equal(t, http.StatusConflict, r.StatusCode)
	r, _ = add("hr", "e2", "k1", body)
	require.Equal(t, "idempotency_conflict", r.problem(t).Code, "another path under the same key")
	r, _ = add("hr", "e1", strings.Repeat("k", 129), body)
	require.Equal(t, http.StatusUnprocessableEntity, r.StatusCode)

	_, other := add("hr", "e1", "", strings.Replace(body, "08:58", "18:03", 1))
	require.False(t, other.Repeated)
	require.NotEqual(t, first.ID, other.ID, "without a key a request is one of its own")
}

func TestAPunchIsChangedByHand(t *testing.T) {
	o := newOffice(t)
	var added httpapi.Receipt
	o.as("hr", "POST", "/v1/employees/e1/punches", `{"at":"2026-10-08T08:58:00+08:00","dir":"in","reason":"forgotten"}`).into(t, &added)
	path := "/v1/employees/e1/punches/" + added.ID
	for _, step := range []struct{ act, body, event string }{
		{"/retime", `{"reason":"mistake","at":"2026-10-08T08:50:00+08:00"}`, "PunchRetimed"},
		{"/redirect", `{"reason":"mistake","dir":"out"}`, "PunchRedirected"},
		{"/void", `{"reason":"mistake"}`, "PunchVoided"},
	} {
		var r httpapi.Receipt
		o.as("hr", "POST", path+step.act, step.body).into(t, &r)
		require.Equal(t, []string{step.event}, r.Events)
	}
	require.Equal(t, "unknown_punch", o.as("hr", "POST", "/v1/employees/e2/punches/"+added.ID+"/void", `{"reason":"mistake"}`).problem(t).Code,
		"under the name of another employee there is no such punch")
	for _, who := range []string{"e1", "e3", "e4", "audit", "owner", "nobody"} {
		require.Equal(t, http.StatusForbidden, o.as(who, "POST", path+"/void", `{"reason":"mistake"}`).StatusCode, who)
	}
}

func TestAnAnswerThatTheClientHasIsNotSentAgain(t *testing.T) {
	o := newOffice(t)
	first := o.get("e1", "/v1/employees/e1")
	tag := first.Header.Get("ETag")
	require.NotEmpty(t, tag)
	require.NotEmpty(t, first.Header.Get("Ledger-Position"))
	r := o.get("e1", "/v1/employees/e1", "If-None-Match", `"other", W/`+tag)
	require.Equal(t, http.StatusNotModified, r.StatusCode)
	require.Empty(t, r.body)
	require.Equal(t, http.StatusForbidden, o.get("e4", "/v1/employees/e1", "If-None-Match", tag).StatusCode, "who may not see it learns nothing")
	o.as("hr", "POST", "/v1/employees/e1/end", `{"last_day":"2026-12-31","reason":"resigned"}`)
	require.Equal(t, http.StatusOK, o.get("e1", "/v1/employees/e1", "If-None-Match", tag).StatusCode)
}

func TestAReaderWaitsForWhatItWrote(t *testing.T) {
	o := newOffice(t)
	require.Equal(t, http.StatusOK, o.get("e1", "/v1/days?not_before_position=1").StatusCode)
	o.views.behind = true
	r := o.get("e1", "/v1/days?not_before_position=999", "Prefer", "wait=0")
	require.Equal(t, http.StatusServiceUnavailable, r.StatusCode)
	require.Equal(t, "http_views_behind", r.problem(t).Code)
	require.Equal(t, "1", r.Header.Get("Retry-After"))
	require.Equal(t, http.StatusUnprocessableEntity, o.get("e1", "/v1/days?not_before_position=never").StatusCode)
}

func TestAChangeOfWhatWasChangedMeanwhileIsRefused(t *testing.T) {
	o := newOffice(t)
	var seen struct{ Revision int }
	o.get("hr", "/v1/employees/e1").into(t, &seen)
	tag := strconv.Quote(strconv.Itoa(seen.Revision))
	change := `{"effective_on":"2026-11-01","change":{"cost":"c1"}}`
	require.Equal(t, http.StatusOK, o.as("hr", "POST", "/v1/employees/e1/assignments", change, "If-Match", tag).StatusCode)
	r := o.as("hr", "POST", "/v1/employees/e1/assignments", strings.Replace(change, "c1", "c2", 1), "If-Match", tag)
	require.Equal(t, http.StatusPreconditionFailed, r.StatusCode)
	require.Equal(t, "http_changed_since", r.problem(t).Code)
	require.Equal(t, http.StatusUnprocessableEntity, o.as("hr", "POST", "/v1/employees/e1/assignments", change, "If-Match", "old").StatusCode)
}

// stream reads server-sent events.
type stream struct {
	t    *testing.T
	resp *http.Response
	in   *bufio.Scanner
}

func (o *office) listen(ctx context.Context, who, after string) *stream {
	o.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, o.url+"/v1/stream", http.NoBody)
	require.NoError(o.t, err)
	r.Header.Set("Authorization", "Bearer "+who)
	if after != "" {
		r.Header.Set("Last-Event-ID", after)
	}
	resp, err := o.client.Do(r) //nolint:bodyclose // close does
	require.NoError(o.t, err)
	require.Equal(o.t, "text/event-stream", resp.Header.Get("Content-Type"))
	return &stream{t: o.t, resp: resp, in: bufio.NewScanner(resp.Body)}
}

func (s *stream) close() { _ = s.resp.Body.Close() } // it was only read

// next returns the kind, id and employee of the next event.
func (s *stream) next() string {
	s.t.Helper()
	var kind, id string
	var c httpapi.Change
	for s.in.Scan() {
		name, value, _ := strings.Cut(s.in.Text(), ": ")
		switch name {
		case "event":
			kind = value
		case "id":
			id = value
		case "data":
			require.NoError(s.t, json.Unmarshal([]byte(value), &c))
		case "":
			if kind != "" {
				return strings.TrimSpace(kind + " " + id + " " + c.Emp)
			}
		}
	}
	return "end"
}

func TestTheStreamTellsWhatOneMaySee(t *testing.T) {
	o := newOffice(t)
	head, err := o.store.Head(t.Context())
	require.NoError(t, err)
	on := date(t, "2026-10-07")
	manager, colleague := o.listen(t.Context(), "e3", ""), o.listen(t.Context(), "e4", "")
	defer manager.close()
	defer colleague.close()
	hello := "hello " + strconv.FormatUint(uint64(head), 10)
	require.Equal(t, hello, manager.next())
	require.Equal(t, hello, colleague.next())
	for i, emp := range []string{"e1", "e4", "e2", "e1"} {
		o.moves.next <- httpapi.Change{Position: eventstore.Position(101 + i), Kind: "timecard", Emp: emp, From: on, To: on}
	}
	require.Equal(t, "change 101 e1", manager.next())
	require.Equal(t, "change 104 e1", manager.next())
	require.Equal(t, "change 102 e4", colleague.next())

	back := o.listen(t.Context(), "e3", "101")
	defer back.close()
	require.Equal(t, hello, back.next())
	require.Equal(t, "change 104 e1", back.next(), "what was missed")
	old := o.listen(t.Context(), "e3", "7")
	defer old.close()
	require.Equal(t, "reset "+strconv.FormatUint(uint64(head), 10), old.next(), "what is not kept any more is read anew")
}

func TestAStreamKeepsTheLastChangesInTheirOrder(t *testing.T) {
	o := newOffice(t)
	on := date(t, "2026-10-07")
	const kept, last = 8192, 3 * 8192 / 2
	for i := 1; i <= last; i++ {
		o.moves.next <- httpapi.Change{Position: eventstore.Position(i), Kind: "timecard", Emp: "e1", From: on, To: on}
	}
	o.moves.next <- httpapi.Change{Position: last + 1, Kind: "timecard", Emp: "e9", From: on, To: on} // the one before is published
	back := o.listen(t.Context(), "e3", strconv.Itoa(last-kept+1))
	defer back.close()
	require.Regexp(t, "^hello ", back.next())
	for i := last - kept + 2; i <= last; i++ {
		require.Equal(t, fmt.Sprintf("change %d e1", i), back.next())
	}
	gone := o.listen(t.Context(), "e3", strconv.Itoa(last-kept-1))
	defer gone.close()
	require.Regexp(t, "^reset ", gone.next())
}

func TestAStreamGoesOnAndEndsWithTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t)
		conn := b.dial()
		defer conn.Close()
		_, err := conn.Write([]byte("GET /v1/stream HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer e1\r\n\r\n"))
		require.NoError(t, err)
		in := bufio.NewReader(conn)
		for line := ""; !strings.HasPrefix(line, "event: hello"); {
			line, err = in.ReadString('\n')
			require.NoError(t, err)
		}
		began := time.Now()
		for beats := 0; beats < 4; { // longer than any other answer may take
			line, err := in.ReadString('\n')
			require.NoError(t, err)
			beats += strings.Count(line, "still here")
		}
		require.GreaterOrEqual(t, time.Since(began), time.Minute)
		go func() { _, _ = in.WriteTo(discard{}) }()
	})
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func TestWhoIAm(t *testing.T) {
	o := newOffice(t)
	var me struct {
		Principal string
		Roles     []string
		May       []string
		Person    *struct{ Name string }
	}
	o.get("e1", "/v1/me").into(t, &me)
	require.Equal(t, "e1", me.Principal)
	require.Equal(t, "Name of e1", me.Person.Name)
	require.Contains(t, me.May, "day.read")
	require.NotContains(t, me.May, "punch.enter")
	me.Person = nil
	o.get("audit", "/v1/me").into(t, &me)
	require.Equal(t, []string{"auditor"}, me.Roles)
	require.Nil(t, me.Person)
}

func TestWhoMayAddAPerson(t *testing.T) {
	o := newOffice(t)
	o.must(people.DefineOrgUnit{Unit: "sales", Title: "Sales"})
	o.must(people.DefineOrgUnit{Unit: "north", Title: "North", Parent: "sales"})
	o.grant("hr.sales", access.HR, access.Scope{Units: []string{"sales"}}, "2027-01-01")
	add := func(who, emp, terms string) int {
		return o.as(who, "POST", "/v1/employees/"+emp, `{"name":"Somebody new","hired_on":"2026-10-12","terms":`+terms+`}`).StatusCode
	}
	for _, c := range []struct {
		name, who, terms string
		want             int
	}{
		{"HR of everybody, anywhere", "personnel", `{"group":"plant"}`, http.StatusCreated},
		{"HR of a group, to that group", "hr", `{"group":"office"}`, http.StatusCreated},
		{"HR of a group, to another one", "hr", `{"group":"plant"}`, http.StatusForbidden},
		{"HR of a group, to none", "hr", `{}`, http.StatusForbidden},
		{"HR of a unit, to a unit below", "hr.sales", `{"group":"plant","org_unit":"north"}`, http.StatusCreated},
		{"HR of a unit, to no unit", "hr.sales", `{"group":"plant"}`, http.StatusForbidden},
		{"a manager", "e3", `{"group":"office","manager":"e3"}`, http.StatusForbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, add(c.who, "new"+strconv.Itoa(len(o.ledger.Directory().IDs("employee"))), c.terms))
		})
	}
	require.Equal(t, "employee_exists", o.as("personnel", "POST", "/v1/employees/e1", newcomer).problem(t).Code)
	require.Equal(t, http.StatusForbidden, add("hr", "e4", `{"group":"office"}`), "who is elsewhere is not taken from there")

	var r httpapi.Receipt
	o.as("hr", "POST", "/v1/employees/e1/assignments", `{"effective_on":"2026-11-01","change":{"site":""}}`).into(t, &r)
	require.Equal(t, domain.Actor{Kind: domain.ActorHR, ID: "hr"}, o.lastActor())
	move := `{"effective_on":"2026-11-02","change":{"group":"plant"}}`
	require.Equal(t, http.StatusForbidden, o.as("hr", "POST", "/v1/employees/e1/assignments", move).StatusCode, "and nobody is put there")
	require.Equal(t, http.StatusOK, o.as("personnel", "POST", "/v1/employees/e1/assignments", move).StatusCode)
}

func TestTheEventsAreReadPageByPage(t *testing.T) {
	o := newOffice(t)
	head, err := o.store.Head(t.Context())
	require.NoError(t, err)
	var positions []uint64
	next := ""
	for {
		var page struct {
			Items []struct{ Position uint64 }
			Next  string
		}
		o.get("audit", "/v1/log/events?limit=4&after=1&cursor="+next).into(t, &page)
		for _, e := range page.Items {
			positions = append(positions, e.Position)
		}
		if next = page.Next; next == "" {
			break
		}
	}
	require.Len(t, positions, int(head)-1)
	require.IsIncreasing(t, positions)
	require.EqualValues(t, 2, positions[0])
	require.Equal(t, http.StatusForbidden, o.get("hr", "/v1/log/events").StatusCode)
	var v httpapi.Verified
	o.get("audit", "/v1/log/verification").into(t, &v)
	require.True(t, v.OK)
}
