package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// badRequest is a request that cannot be done as it stands, what it is answered, and what is recorded all the same.
type badRequest struct {
	name   string // a sentence
	given  string // for the table, where the request itself says too little or too much
	as     string // whose token it brings; nobody's when empty
	method string // POST where there is a body, GET else
	path   string
	header []string // names and values
	kind   string   // content type; JSON when empty
	body   string
	make   func(b *badAPI) string // the body, where it depends on the ledger
	before func(b *badAPI)        // what the case needs; what it records counts as there before
	wire   string                 // the bytes on the wire, instead of all above; the answer may be that the line is cut
	early  bool                   // sent before the first case, as the server takes its time to lose patience

	status int
	code   string   // of the problem; empty where there is none
	fault  string   // the first of its faults: where it stands, a blank, the problem
	says   []string // in English
	stored []string // types of the events that are recorded all the same
	once   bool     // a second time, in Chinese, would not be answered the same
	check  func(b *badAPI, a apiAnswer)
}

// apiAnswer is what a request was answered. Status 0: the line was cut without a word.
type apiAnswer struct {
	status  int
	header  http.Header
	body    []byte
	problem struct {
		Title, Detail, Code, Type string
		Errors                    []struct{ In, Pointer, Problem, Detail string }
	}
	events []string
}

// badAPIFamilies are the parts of the table.
var badAPIFamilies = []struct {
	title string
	cases []badRequest
}{
	{"Bodies that are not JSON", apiSyntaxCases},
	{"Bodies that are not as described", apiShapeCases},
	{"Texts and ids", apiTextCases},
	{"Parameters", apiParameterCases},
	{"Paths and methods", apiPathCases},
	{"Heads and lines", apiWireCases},
	{"Who asks, and from where", apiWhoCases},
	{"The same again", apiAgainCases},
	{"Signed punches", apiPunchCases},
	{"Photos and files", apiFileCases},
}

// TestBadInputOfTheAPI sends the served ledger what it cannot use. Each is answered with a status, a code and words in both languages,
// the log gains exactly what the case says, no file appears, and a good request is answered as before. docs/bad-input-api.md is the
// table of what was answered.
func TestBadInputOfTheAPI(t *testing.T) {
	b := newBadAPI(t)
	late := map[string]<-chan apiAnswer{}
	for _, family := range badAPIFamilies {
		for i := range family.cases {
			if c := &family.cases[i]; c.early {
				late[c.name] = b.whenever(c)
			}
		}
	}
	rows := map[string]apiAnswer{}
	for _, family := range badAPIFamilies {
		for i := range family.cases {
			c := &family.cases[i]
			t.Run(c.name, func(t *testing.T) {
				b.t, b.served.t = t, t
				require.NotContains(t, rows, c.name, "two cases have this name")
				rows[c.name] = b.run(c, late[c.name])
			})
		}
	}
	b.t, b.served.t = t, t
	if t.Failed() {
		return
	}
	require.GreaterOrEqual(t, len(rows), 200)
	b.stop()
	require.Equal(t, b.head, b.events(), "the log is sound and holds what the cases say")
	path := "../../docs/bad-input-api.md"
	want := badAPITable(rows)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "make golden writes it anew")
}

// badAPI is the ledger that is sent bad input: one office, a site with a fence, people with phones.
type badAPI struct {
	*served
	t      *testing.T
	steps  *atomic.Int64 // requests so far: the clock of the ledger moves on by a quarter of a second with each
	tokens map[string]string
	phones map[string]*signedtest.Phone
	origin string
	good   []byte // what a good request is answered
	head   int    // events in the log
	files  []string
	kept   map[string]string // what an earlier case leaves for a later one
}

const badAPIStep = 250 * time.Millisecond

// badAPIPeople are who asks: people, and who has a right over all of them.
var badAPIRoles = map[string]access.Role{
	"personnel": access.HR, "audit": access.Auditor, "payer": access.Payroll, "boss": access.Owner, "rules": access.RulesAdmin,
}

func newBadAPI(t *testing.T) *badAPI {
	t.Helper()
	b := &badAPI{t: t, steps: &atomic.Int64{}, tokens: map[string]string{}, phones: map[string]*signedtest.Phone{}, kept: map[string]string{}}
	b.served = newServed(t, func(s *served) {
		s.now = func() time.Time { return goodTime.Add(time.Duration(b.steps.Load()) * badAPIStep) }
		for i, emp := range []string{"e2", "e3", "e4"} {
			s.must("people", "add", "--id", emp, "--name", "Li", "--group", "office", "--hired", "2026-10-01", "--badge", fmt.Sprint(100+i))
		}
		s.must("people", "assign", "e1", "--from", "2026-10-12", "--manager", "e3")
		s.must("punch", "add", "e1", "2026-10-13T08:58", "in")
		s.must("people", "terminate", "e4", "--last-day", "2026-10-09")
		s.writing(func(c *console, w *writer) {
			for _, cmd := range []ledger.Command{
				place.OpenSite{Site: "hq", Name: "HQ", TZ: "Asia/Shanghai"},
				place.SetFences{Site: "hq", Version: 1, Precision: place.PrecisionVerdict, Fences: []place.Fence{
					{ID: "main", Shape: place.Circle, CRS: place.WGS84, Points: []place.Point{{Lat: 39.9, Lon: 116.4}}, RadiusM: 150},
				}},
			} {
				_, err := w.do(c, cmd)
				require.NoError(t, err)
			}
		})
		for principal, role := range badAPIRoles {
			if principal != "personnel" {
				s.tokenOf(principal, role)
			}
			b.tokens[principal] = s.tokenFor(principal, tokenActions()...)
		}
		for _, emp := range []string{"e1", "e2", "e3"} {
			b.tokens[emp] = s.tokenFor(emp, tokenActions()...)
		}
		b.tokens["narrow"] = s.tokenFor("personnel", access.DayRead)
		s.atMachine("personnel2", access.HR, func(*identity.Service) {})
		b.tokens["personnel2"] = s.tokenFor("personnel2", tokenActions()...)
		b.tokens["ended"] = s.endedToken("personnel")
	})
	var keys struct{ Origin string }
	_, answer := b.send("", "GET", "/v1/keys", "", "")
	require.NoError(t, json.Unmarshal(answer, &keys), "%s", answer)
	b.origin = keys.Origin
	for _, emp := range []string{"e1", "e2"} {
		b.phone(emp)
	}
	b.head, b.good, b.files = b.headNow(), b.goodAnswer(), b.fileNames()
	return b
}

// endedToken is a token that was good for a minute, an hour ago.
func (s *served) endedToken(principal string) (token string) {
	s.t.Helper()
	now := s.now
	s.now = func() time.Time { return now().Add(-time.Hour) }
	defer func() { s.now = now }()
	s.writing(func(_ *console, w *writer) {
		who, err := w.identity()
		require.NoError(s.t, err)
		secret, _, err := who.CreateToken(s.t.Context(), identity.TokenRequest{
			Principal: principal, Name: "ended", Lifetime: time.Minute, By: "admin", Actions: tokenActions(),
		})
		require.NoError(s.t, err)
		token = secret.Reveal()
	})
	return token
}

// tokenActions are all that a token can be made for.
func tokenActions() []access.Action {
	return slices.DeleteFunc(access.Actions(), func(a access.Action) bool { return slices.Contains(access.NotByToken(), a) })
}

// phone is enrolled by its owner and confirmed by personnel.
func (b *badAPI) phone(emp string) *signedtest.Phone {
	b.t.Helper()
	p := signedtest.New(b.origin, "phone."+emp, emp)
	p.BootedAt, p.Zone = domain.InstantOf(goodTime)-3600_000, "Asia/Shanghai"
	path := "/v1/employees/" + emp + "/devices/" + p.Device
	b.must(b.tokens[emp], "POST", path, fmt.Sprintf(`{"kind":"phone","public_key":%q}`, p.PublicKey))
	b.must(b.tokens["personnel"], "POST", path+"/confirm", `{"how":"in_person"}`)
	b.phones[emp] = p
	return p
}

// must sends a good request.
func (b *badAPI) must(token, method, path, body string) []byte {
	b.t.Helper()
	b.steps.Add(1)
	resp, answer := b.send(token, method, path, "application/json", body)
	require.Less(b.t, resp.StatusCode, 300, "%s %s: %s", method, path, answer)
	return answer
}

// since lists the types of the events after a position.
func (b *badAPI) since(position int) (types []string) {
	b.t.Helper()
	var page struct{ Items []struct{ Type string } }
	answer := b.must(b.tokens["audit"], "GET", fmt.Sprintf("/v1/log/events?limit=1000&after=%d", position), "")
	require.NoError(b.t, json.Unmarshal(answer, &page))
	for _, e := range page.Items {
		types = append(types, e.Type)
	}
	return types
}

func (b *badAPI) headNow() int { b.t.Helper(); return b.head + len(b.since(b.head)) }

// goodAnswer is what a request that is as it should be is answered.
func (b *badAPI) goodAnswer() []byte {
	b.t.Helper()
	return b.must(b.tokens["personnel"], "GET", "/v1/employees/e1", "")
}

// fileNames are all files of the ledger and of the folder around it; those that SQLite makes as it likes are left out.
func (b *badAPI) fileNames() (names []string) {
	b.t.Helper()
	require.NoError(b.t, filepath.WalkDir(b.dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && !madeAnew.MatchString(path) {
			names = append(names, path)
		}
		return err
	}))
	return names
}

// madeAnew are files that SQLite and the guard of the log make as they like.
var madeAnew = regexp.MustCompile(`(-wal|-shm|-journal)$|ledger\.head`)

// run sends a case and holds what became of it against what the case says.
func (b *badAPI) run(c *badRequest, late <-chan apiAnswer) apiAnswer {
	t := b.t
	t.Helper()
	if c.before != nil {
		c.before(b)
		b.head, b.files = b.headNow(), b.fileNames()
	}
	var a apiAnswer
	if late != nil {
		a = <-late
	} else {
		a = b.answer(c, "en")
	}
	a.events = b.since(b.head)
	b.head += len(a.events)
	about := fmt.Sprintf("%s %s\n%d %v\n%.2000s", c.method, c.path, a.status, a.header, a.body)
	require.Equal(t, c.status, a.status, about)
	require.Equal(t, c.code, a.problem.Code, about)
	if c.code != "" {
		b.inWords(c, &a, about)
	}
	require.Equal(t, c.stored, a.events, about)
	if c.check != nil {
		c.check(b, a)
	}
	files := b.fileNames()
	if !slices.Contains(c.stored, "EvidenceStored") {
		require.Equal(t, b.files, files, "no file appears: %s", about)
	}
	b.files = files
	require.JSONEq(t, string(b.good), string(b.goodAnswer()), "the server answers as before: %s", about)
	if c.code == "" || c.once || late != nil {
		return a
	}
	again := b.answer(c, text.Chinese)
	require.Equal(t, c.status, again.status, "%s", again.body)
	require.Equal(t, c.code, again.problem.Code)
	if len(again.body) > 0 {
		require.True(t, strings.ContainsFunc(again.problem.Title, func(r rune) bool { return unicode.Is(unicode.Han, r) }), "%s", again.body)
	}
	require.Empty(t, b.since(b.head), "%s", again.body)
	return a
}

// inWords holds a problem against what is asked of every one.
func (b *badAPI) inWords(c *badRequest, a *apiAnswer, about string) {
	t := b.t
	t.Helper()
	require.Contains(t, a.header.Get("Content-Type"), "application/problem+json", about)
	require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"), about)
	require.Equal(t, "urn:punchledger:errors:"+c.code, a.problem.Type)
	require.NotEqual(t, http.StatusInternalServerError, a.status, about)
	for _, words := range []string{a.problem.Title, a.problem.Detail} {
		require.NotEmpty(t, words, about)
		plain(t, words, about)
	}
	require.Less(t, len(a.body), longestAnswer, about)
	for _, f := range a.problem.Errors {
		plain(t, f.Detail+f.Pointer, about)
		require.NotEmpty(t, f.Detail, about)
	}
	if c.fault != "" {
		require.NotEmpty(t, a.problem.Errors, about)
		require.Equal(t, c.fault, a.problem.Errors[0].Pointer+" "+a.problem.Errors[0].Problem, about)
	}
	for _, s := range c.says {
		require.Contains(t, a.problem.Title+" "+a.problem.Detail, s, about)
	}
}
