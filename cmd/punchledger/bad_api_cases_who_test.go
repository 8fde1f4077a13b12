package main

import (
	"fmt"
	"strings"

	"github.com/stretchr/testify/require"
)

const (
	unknownCaller = "http_not_signed_in"
	notAuthorised = "not_authorised"
	crossOrigin   = "http_cross_origin"
)

// stranger sends a head by which nobody is known.
func stranger(what string, header ...string) badRequest {
	return badRequest{name: what, path: "/v1/employees/e1", header: header, status: 401, code: unknownCaller}
}

// forbidden is an act of somebody who may not do it.
func forbidden(what, as, method, path, body string) badRequest {
	return badRequest{name: what, as: as, method: method, path: path, body: body, status: 403, code: notAuthorised}
}

const groupBody = `{"title":"New"}`

var apiWhoCases = []badRequest{
	stranger("no token"),
	stranger("an empty token", "Authorization", "Bearer "),
	stranger("a token that is none", "Authorization", "Bearer nonsense"),
	stranger("a token of another scheme", "Authorization", "Basic cGVyc29ubmVsOng="),
	stranger("two tokens", "Authorization", "Bearer a", "Authorization", "Bearer b"),
	stranger("a token of 8,000 characters", "Authorization", "Bearer "+strings.Repeat("a", 8000)),
	stranger("a token with SQL", "Authorization", "Bearer ' OR '1'='1"),
	stranger("a token with bytes that are no text", "Authorization", "Bearer \xff\xfe"),
	stranger("a token without a signature", "Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJib3NzIn0."),
	stranger("the name of somebody for a token", "Authorization", "Bearer personnel"),
	stranger("a session that is none", "Cookie", "__Host-session=nonsense"),
	stranger("a session under another name", "Cookie", "session=nonsense; Session=x"),
	stranger("a header that a proxy could set", "X-Forwarded-User", "personnel", "X-Remote-User", "personnel", "Remote-User", "personnel"),
	{
		name: "a token of which the last character is another", path: "/v1/employees/e1", status: 401, code: unknownCaller,
		before: func(b *badAPI) {
			t := b.tokens["personnel"]
			b.tokens["altered"] = t[:len(t)-1] + string(t[len(t)-1]^1)
		}, as: "altered",
	},
	{
		name: "a token in a cookie", path: "/v1/employees/e1", status: 401, code: unknownCaller,
		before: func(b *badAPI) { b.kept["cookie"] = b.tokens["personnel"] }, as: "", header: []string{"Cookie", "__Host-session=KEPT:cookie"},
	},
	{name: "a token that has ended", as: "ended", path: "/v1/employees/e1", status: 401, code: unknownCaller},
	{name: "a token and a session that is none", as: "personnel", path: "/v1/employees/e1", header: []string{"Cookie", "__Host-session=nonsense"}, status: 200},
	forbidden("a token that is not made for it", "narrow", "GET", "/v1/employees/e1", ""),
	forbidden("the file of somebody else", "e2", "GET", "/v1/employees/e1", ""),
	forbidden("somebody who is not there, asked by who may not know", "e2", "GET", "/v1/employees/e99", ""),
	forbidden("a punch for oneself", "e1", "POST", "/v1/employees/e1/punches", `{"at":"2026-10-13T09:00","dir":"in","reason":"forgotten"}`),
	forbidden("the raw events, asked by an employee", "e1", "GET", "/v1/log/events", ""),
	forbidden("a right for oneself, by token", "boss", "POST", "/v1/principals/boss/grants", `{"role":"hr","purpose":"more","to":"2026-12-01"}`),
	forbidden("an invitation, by token", "personnel", "POST", "/v1/principals/e1/login/invitation", `{}`),
	forbidden("a token by a token", "personnel", "POST", "/v1/me/tokens", `{"name":"more","actions":["day.read"]}`),
	{
		name: "a page of another site", as: "personnel", path: "/v1/groups/new", header: []string{"Sec-Fetch-Site", "cross-site"}, body: groupBody,
		status: 403, code: crossOrigin,
	},
	{name: "another origin", as: "personnel", path: "/v1/groups/new", header: []string{"Origin", "https://elsewhere.example"}, body: groupBody, status: 403, code: crossOrigin},
	{name: "no origin, by a page that hides it", as: "personnel", path: "/v1/groups/new", header: []string{"Origin", "null"}, body: groupBody, status: 403, code: crossOrigin},
	{name: "an origin of the same name and another port", as: "personnel", path: "/v1/groups/new", header: []string{"Origin", "http://127.0.0.1:1"}, body: groupBody, status: 403, code: crossOrigin},
	{name: "a neighbour of the same site", as: "personnel", path: "/v1/groups/new", header: []string{"Sec-Fetch-Site", "same-site", "Origin", "http://evil.127.0.0.1.nip.example"}, body: groupBody, status: 403, code: crossOrigin},
	{name: "an origin that is none", as: "personnel", path: "/v1/groups/new", header: []string{"Origin", "://"}, body: groupBody, status: 403, code: crossOrigin},
	{
		name: "what a browser asks before it sends from another site", method: "OPTIONS", path: "/v1/groups/new", status: 204,
		header: []string{"Origin", "https://elsewhere.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization"},
		check: func(b *badAPI, a apiAnswer) {
			for name := range a.header {
				require.NotContains(b.t, name, "Access-Control")
			}
		},
	},
	{
		name: "a name of a host that leads here (DNS rebinding)", as: "", path: "/v1/employees/e1", header: []string{"Host", "evil.example"}, status: 401, code: unknownCaller,
	},
	{
		name: "a page of a host that leads here, with an origin of its own", as: "", path: "/v1/login/password", header: []string{"Host", "evil.example", "Origin", "http://evil.example"},
		body: `{"login":"e1","password":"a long wrong password"}`, status: 403, code: "login_refused",
	},
	{name: "another host in a header", as: "personnel", path: "/v1/employees/e1", header: []string{"X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example"}, status: 200, check: func(b *badAPI, a apiAnswer) { require.NotContains(b.t, string(a.body), "evil") }},
	{name: "a login that says it came over a proxy", path: "/v1/login/password", header: []string{"X-Forwarded-For", "203.0.113.9"}, body: `{"login":"e1","password":"a long wrong password"}`, status: 403, code: "http_in_clear"},
	{name: "a login that says it came over TLS", path: "/v1/login/password", header: []string{"X-Forwarded-Proto", "https"}, body: `{"login":"e1","password":"a long wrong password"}`, status: 403, code: "http_in_clear"},
	{name: "a wrong password", path: "/v1/login/password", body: `{"login":"e2","password":"a long wrong password"}`, status: 403, code: "login_refused"},
	{name: "the password of somebody who is not there", path: "/v1/login/password", body: `{"login":"nobody","password":"a long wrong password"}`, status: 403, code: "login_refused"},
	{name: "a login that is SQL", path: "/v1/login/password", body: `{"login":"e1' --","password":"x"}`, status: 403, code: "login_refused"},
	{name: "a password of 513 characters", given: `{"password":"aaa…"}`, path: "/v1/login/password", body: `{"login":"e1","password":"` + strings.Repeat("a", 513) + `"}`, status: 422, code: invalid, fault: "/password too_long"},
	{name: "an invitation that there is not", path: "/v1/login/invitation", body: `{"code":"ABCD-EFGH-JKLM"}`, status: 403, code: "invitation_refused"},
	{name: "an invitation of emoji", path: "/v1/login/invitation", body: `{"code":"😀😀😀😀"}`, status: 403, code: "invitation_refused"},
	{name: "a second factor without a first", path: "/v1/login/second-factor", body: `{"ceremony":"nonsense","code":"000000"}`, status: 409, code: "ceremony_gone"},
	{name: "a passkey without a ceremony", path: "/v1/login/passkey", body: `{"ceremony":"nonsense","answer":{"id":"x"}}`, status: 409, code: "no_origin"},
	{name: "a state that no provider was given", path: "/v1/login/provider/callback?state=x&code=y", status: 409, code: "ceremony_gone"},
	{name: "an end of a session that is none", method: "POST", path: "/v1/logout", header: []string{"Cookie", "__Host-session=nonsense"}, status: 204},
}

// addNewcomer enters a person under a key of one's own.
func again(what, as, path, key, body string, status int, code string) badRequest {
	return badRequest{name: what, as: as, path: path, header: []string{"Idempotency-Key", key}, body: body, status: status, code: code}
}

const (
	enterPath = "/v1/employees/e2/punches"
	entered   = `{"at":"2026-10-13T08:58","dir":"in","reason":"forgotten"}`
)

// entering has a punch entered under a key before.
func entering(b *badAPI) {
	if b.kept["entered"] == "" {
		b.kept["entered"] = string(b.mustKeyed("personnel", "POST", enterPath, "key.1", entered))
	}
}

func (c badRequest) with(before func(*badAPI)) badRequest { c.before = before; return c }

var apiAgainCases = []badRequest{
	again("the same again", "personnel", enterPath, "key.1", entered, 201, "").with(entering).also(func(b *badAPI, a apiAnswer) {
		require.Contains(b.t, string(a.body), `"repeated":true`)
	}),
	again("another content under the same key", "personnel", enterPath, "key.1", strings.Replace(entered, "08:58", "09:58", 1), 409, "idempotency_conflict").with(entering),
	again("another path under the same key", "personnel", "/v1/employees/e3/punches", "key.1", entered, 409, "idempotency_conflict").with(entering),
	again("another act under the same key", "personnel", "/v1/groups/new", "key.1", groupBody, 409, "idempotency_conflict").with(entering),
	again("the key of somebody else, by who may do the same", "personnel2", enterPath, "key.1", strings.Replace(entered, "08:58", "18:58", 1), 201, "").with(entering).
		storing("PunchAdded").also(func(b *badAPI, a apiAnswer) { require.NotContains(b.t, string(a.body), "repeated") }),
	again("the key of somebody else, by who may not", "e2", enterPath, "key.1", entered, 403, notAuthorised).with(entering),
	again("a key of 129 characters", "personnel", enterPath, strings.Repeat("k", 129), entered, 422, "invalid_value"),
	again("a key with SQL", "personnel", enterPath, "' OR 1=1 --", strings.Replace(entered, "08:58", "12:01", 1), 201, "").storing("PunchAdded"),
	again("a key in other capitals", "personnel", enterPath, "KEY.1", strings.Replace(entered, "08:58", "12:31", 1), 201, "").with(entering).storing("PunchAdded"),
	again("a key of somebody else for a file", "e2", "/v1/employees/e2/punches", "key.1", entered, 403, notAuthorised),
	{
		name: "two keys", as: "personnel", path: enterPath, header: []string{"Idempotency-Key", "a", "Idempotency-Key", "b"},
		body: strings.Replace(entered, "08:58", "12:41", 1), status: 422, code: "invalid_value", says: []string{"Idempotency-Key"},
	},
}

func (c badRequest) also(check func(*badAPI, apiAnswer)) badRequest { c.check = check; return c }
func (c badRequest) storing(types ...string) badRequest             { c.stored = types; return c }

// mustKeyed sends a good request under a key.
func (b *badAPI) mustKeyed(as, method, path, key, body string) []byte {
	b.t.Helper()
	a := b.answer(&badRequest{as: as, method: method, path: path, header: []string{"Idempotency-Key", key}, body: body}, "en")
	require.Less(b.t, a.status, 300, fmt.Sprintf("%s %s: %s", method, path, a.body))
	return a.body
}
