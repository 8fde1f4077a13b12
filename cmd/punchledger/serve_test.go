package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/text"
)

// served is a ledger that a server answers for, with a token of somebody who is HR of everybody.
type served struct {
	clockShop
	t          *testing.T
	url, token string
	flags      []string   // of serve, beside where it listens
	out, log   *addressed // what the server printed and logged
	stop       func()     // ends the server before the test does
}

// addressed writes messages on and tells the address of the API when it comes by.
type addressed struct {
	mu  sync.Mutex
	all strings.Builder
	url chan string
}

var apiAddress = regexp.MustCompile(`https?://[0-9.:]+`)

func (a *addressed) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if m := apiAddress.Find(p); m != nil {
		a.url <- string(m)
	}
	return a.all.Write(p)
}

func (a *addressed) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.all.String()
}

// newServed serves a ledger to which others have done something before.
func newServed(t *testing.T, before ...func(*served)) *served {
	t.Helper()
	s := &served{clockShop: *newClockShop(t), t: t}
	s.now = func() time.Time { return goodTime }
	s.token = s.tokenOf("personnel", access.HR)
	for _, f := range before {
		f(s)
	}
	messages := &addressed{url: make(chan string, 1)}
	s.out, s.log = &addressed{url: make(chan string, 8)}, messages
	ctx, stop := context.WithCancel(context.Background()) //nolint:usetesting // it ends before the test does
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, invocation{
			Args: append([]string{"serve", "--listen", "127.0.0.1:0"}, s.flags...), Dir: s.dir, Getenv: func(name string) string {
				return map[string]string{"PUNCHLEDGER_DATA": "ledger"}[name]
			}, In: eof{}, Out: s.out, Err: messages, Now: s.now,
		})
	}()
	select {
	case s.url = <-messages.url:
	case code := <-ended:
		stop()
		require.FailNow(t, "the server did not start", "%d %s", code, messages)
	}
	s.stop = sync.OnceFunc(func() {
		stop()
		require.Equal(t, exitDone, <-ended, messages.String())
		require.Contains(t, messages.String(), "Stopped.")
		require.NotContains(t, messages.String(), "Wang", "the log of requests names nobody")
	})
	t.Cleanup(s.stop)
	return s
}

// tokenOf grants a role over everybody and makes a token for what it may do.
func (s *served) tokenOf(principal string, role access.Role) string {
	s.t.Helper()
	s.atMachine(principal, role, func(*identity.Service) {})
	return s.tokenFor(principal, access.PersonRead, access.DayRead, access.PunchEnter, access.RosterEdit, access.RosterRead, access.PersonEdit)
}

// atMachine grants a role over everybody at the machine of the ledger, before the server begins, and does more there.
func (s *served) atMachine(principal string, role access.Role, more func(*identity.Service)) {
	s.t.Helper()
	s.writing(func(c *console, w *writer) {
		_, err := w.do(c, access.GrantAccess{
			Principal: principal, Grant: "g1", Role: role, From: domain.NewDate(2026, 1, 1), To: domain.NewDate(2027, 1, 1), Purpose: "test",
			ActorID: "admin", AtMachine: true,
		})
		require.NoError(s.t, err)
		who, err := w.identity()
		require.NoError(s.t, err)
		more(who)
	})
}

// tokenFor makes a token for some actions.
func (s *served) tokenFor(principal string, actions ...access.Action) (token string) {
	s.t.Helper()
	s.writing(func(_ *console, w *writer) {
		who, err := w.identity()
		require.NoError(s.t, err)
		secret, _, err := who.CreateToken(s.t.Context(), identity.TokenRequest{
			Principal: principal, Name: "test", Lifetime: 30 * 24 * time.Hour, By: "admin", Actions: actions,
		})
		require.NoError(s.t, err)
		token = secret.Reveal()
	})
	return token
}

// writing opens the ledger while it is not served.
func (s *served) writing(f func(*console, *writer)) {
	s.t.Helper()
	c := &console{
		invocation: invocation{Dir: s.dir, Err: io.Discard, Out: io.Discard, Now: s.now}, ctx: s.t.Context(), text: text.Lookup("en"),
		cfg: &Config{Data: s.dir + "/ledger", KEK: s.dir + "/ledger.kek", As: "admin"},
	}
	w, err := openWriter(c)
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, w.Close()) }()
	f(c, w)
}

func (s *served) ask(method, path, body string, into any) (status int) {
	s.t.Helper()
	resp, answer := s.send(s.token, method, path, "application/json", body)
	if into != nil {
		require.Less(s.t, resp.StatusCode, 300, "%s", answer)
		require.NoError(s.t, json.Unmarshal(answer, into), "%s", answer)
	}
	return resp.StatusCode
}

// sentBack is an answer whose body was read.
type sentBack struct {
	StatusCode int
	Header     http.Header
}

// send sends a body of a content type with a token.
func (s *served) send(token, method, path, kind, body string) (sentBack, []byte) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", kind)
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	return sentBack{resp.StatusCode, resp.Header}, b
}

func TestAPunchByHandOverHTTPIsSeenAndExplained(t *testing.T) {
	s := newServed(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/v1/stream", http.NoBody)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+s.token)
	stream, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer stream.Body.Close()
	lines := bufio.NewScanner(stream.Body)
	line := func(prefix string) string {
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), prefix) {
				return lines.Text()
			}
		}
		return "the stream has ended"
	}
	line("event: hello")

	var receipt struct {
		ID       string
		Position uint64
	}
	s.ask("POST", "/v1/employees/e1/punches", `{"at":"2026-10-13T08:58","dir":"in","reason":"forgotten","note":"canary"}`, &receipt)
	line("event: change")
	require.Contains(t, line("data: "), `"emp":"e1"`)
	var days struct {
		Items []struct {
			Date    string
			Punches []struct{ ID string }
		}
	}
	s.ask("GET", "/v1/days?emp=e1&from=2026-10-13&to=2026-10-13", "", &days)
	require.Equal(t, receipt.ID, days.Items[0].Punches[0].ID, "what the stream told can be read")
	var why struct {
		Match  bool
		Story  string
		Inputs []struct{ Place struct{ Position int } }
	}
	s.ask("GET", "/v1/employees/e1/days/2026-10-13/why?words=true&lang=en", "", &why)
	require.True(t, why.Match)
	require.Contains(t, why.Story, "08:58")
	require.Contains(t, why.Story, "Wang")
	var beside struct {
		Pinned []struct{ What, ID string }
		Diff   struct {
			Same  bool
			First *struct{ Stage int }
		}
		Story string
	}
	path := "/v1/employees/e1/days/2026-10-13/why?words=true&lang=en"
	s.ask("GET", fmt.Sprintf("%s&as_of=%d&diff=now", path, why.Inputs[0].Place.Position-1), "", &beside)
	require.False(t, beside.Diff.Same)
	require.Equal(t, 1, beside.Diff.First.Stage)
	require.Contains(t, beside.Story, "as known now")
	s.ask("GET", path+"&diff="+beside.Pinned[2].ID, "", &beside)
	require.True(t, beside.Diff.Same, beside.Story)
	require.Equal(t, http.StatusNotFound, s.ask("GET", path+"&diff=unheard_of@1", "", nil))

	var before struct{ Items []json.RawMessage }
	s.ask("GET", "/v1/days?emp=e1&from=2026-10-13&to=2026-10-13&as_of=5", "", &before)
	require.Empty(t, before.Items, "of a time before anybody was there")
	var people struct{ Items []struct{ Emp, Name string } }
	s.ask("GET", "/v1/employees", "", &people)
	require.Equal(t, "Wang", people.Items[0].Name)
	require.Equal(t, http.StatusForbidden, s.ask("GET", "/v1/log/events", "", nil), "the token is not for it")
	s.token = "no token"
	require.Equal(t, http.StatusUnauthorized, s.ask("GET", "/v1/employees", "", nil))
}

func TestAnAddressThatCannotBeListenedOn(t *testing.T) {
	s := newClockShop(t)
	for _, c := range []struct{ flag, value, want string }{
		{"--listen", "8088", "127.0.0.1:8088"},
		{"--listen", "192.0.2.1:8088", "cannot be listened on"},
		{"--trusted-proxy", "everybody", "10.0.0.0/8"},
		{"--tls-cert", "missing.crt", "cannot be used"},
	} {
		code, _, messages := s.run("serve", c.flag, c.value)
		require.Equal(t, exitUsage, code, c.value)
		require.Contains(t, messages, c.want)
	}
}
