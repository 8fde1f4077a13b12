package main

import (
	"strings"

	"github.com/stretchr/testify/require"
)

const (
	noPath   = "http_no_such_path"
	noMethod = "http_method_not_allowed"
)

// asked is a path that is asked for as it stands.
func asked(what, method, path string, status int, code string) badRequest {
	return badRequest{name: what, as: "personnel", method: method, path: path, status: status, code: code}
}

var apiPathCases = []badRequest{
	asked("a path that is not there", "GET", "/v1/nothing", 404, noPath),
	asked("the root", "GET", "/", 404, noPath),
	asked("an older version", "GET", "/v0/me", 404, noPath),
	asked("a path in capitals", "GET", "/V1/ME", 404, noPath),
	asked("a slash at the end", "GET", "/v1/me/", 404, noPath),
	asked("a dot at the end", "GET", "/v1/me/.", 404, noPath),
	asked("a name of a file behind the path", "GET", "/v1/me.json", 404, noPath),
	asked("two slashes", "GET", "/v1//me", 404, noPath),
	asked("a path that climbs", "GET", "/v1/../v1/me", 404, noPath),
	asked("a path that climbs, with escapes", "GET", "/v1/%2e%2e/v1/me", 404, noPath),
	asked("a path that climbs out of the server", "GET", "/../../../../etc/passwd", 404, noPath),
	asked("a path that climbs out of the server, with escapes", "GET", "/v1/employees/..%2f..%2f..%2fetc%2fpasswd", 404, noPath),
	asked("a path that climbs, escaped twice", "GET", "/v1/employees/%252e%252e%252fe1", 422, invalid),
	asked("a slash that is escaped", "GET", "/v1/employees%2fe1", 404, noPath),
	asked("a backslash", "GET", `/v1/employees/..\e1`, 422, invalid),
	asked("NUL behind the path", "GET", "/v1/me%00", 404, noPath),
	asked("NUL and another end of the path", "GET", "/v1/employees/e1%00.json", 422, invalid),
	asked("a parameter of a path", "GET", "/v1/me;jsessionid=1", 404, noPath),
	asked("a file of the ledger", "GET", "/ledger/ledger.db", 404, noPath),
	asked("a file of a version control", "GET", "/.git/config", 404, noPath),
	asked("a page of a debugger", "GET", "/debug/pprof/heap", 404, noPath),
	asked("an empty part of a path", "GET", "/v1/employees//punches", 404, noPath),
	asked("a path of 10,000 parts", "GET", strings.Repeat("/a", 5_000), 404, noPath),
	asked("a reference that is none", "GET", "/v1/employees/e1/evidence/..", 404, noPath),
	asked("a reference to a file of the ledger", "GET", "/v1/employees/e1/evidence/vault.db", 404, "unknown_evidence"),
	asked("a reference to a file of somebody else", "GET", "/v1/employees/e1/evidence/e2.202610.0123", 404, "unknown_evidence"),
	asked("the id of a punch that climbs", "GET", "/v1/employees/e1/punches/..%2f..%2fx/receipt", 404, noPath),
	asked("a method that the path does not have", "DELETE", "/v1/employees/e1", 405, noMethod),
	asked("a method that there is not", "BREW", "/v1/me", 405, noMethod),
	asked("a method in small letters", "get", "/v1/me", 405, noMethod),
	asked("TRACE", "TRACE", "/v1/me", 405, noMethod),
	asked("a method of WebDAV", "PROPFIND", "/v1/employees/e1", 405, noMethod),
	asked("PATCH", "PATCH", "/v1/employees/e1", 405, noMethod),
	{
		name: "OPTIONS of a path", method: "OPTIONS", path: "/v1/employees/e1", status: 204,
		check: func(b *badAPI, a apiAnswer) {
			require.Equal(b.t, "GET, HEAD, POST, OPTIONS", a.header.Get("Allow"))
			require.Empty(b.t, a.header.Get("Access-Control-Allow-Origin"))
		},
	},
	{name: "OPTIONS of a path that is not there", method: "OPTIONS", path: "/v1/nothing", status: 404, code: noPath},
	{name: "HEAD of a path that is not there", method: "HEAD", path: "/v1/nothing", status: 404, check: func(b *badAPI, a apiAnswer) { require.Empty(b.t, a.body) }},
	{name: "HEAD without a token", method: "HEAD", path: "/v1/employees/e1", status: 401, check: func(b *badAPI, a apiAnswer) { require.Empty(b.t, a.body) }},
	{
		name: "another method in a header", as: "personnel", path: "/v1/employees/e1", header: []string{"X-HTTP-Method-Override", "DELETE", "X-Method-Override", "POST"}, status: 200,
		check: func(b *badAPI, a apiAnswer) { require.JSONEq(b.t, string(b.good), string(a.body)) },
	},
	{name: "another method in a parameter", as: "personnel", path: "/v1/employees/e1?_method=DELETE", status: 422, code: invalid, fault: "_method unknown_member"},
	{name: "another path in a header", as: "e2", path: "/v1/me", header: []string{"X-Original-URL", "/v1/log/events", "X-Rewrite-URL", "/v1/log/events"}, status: 200, check: func(b *badAPI, a apiAnswer) { require.Contains(b.t, string(a.body), `"principal":"e2"`) }},
	{name: "a body with a read", as: "personnel", method: "GET", path: "/v1/employees/e1", body: `{"emp":"e2"}`, status: 200, check: func(b *badAPI, a apiAnswer) { require.JSONEq(b.t, string(b.good), string(a.body)) }},
	{name: "a body with a removal", as: "personnel", method: "DELETE", path: "/v1/employees/e1/deputies/d1", body: `{"all":true}`, status: 404, code: "unknown_delegation"},
}

// line is a request as it stands on the wire; the head names this server and who asks.
func line(what, wire string, status int, code string) badRequest {
	return badRequest{name: what, as: "personnel", wire: wire, given: visibleWire(wire), status: status, code: code, once: status != 200 && code == ""}
}

// unspoken is a request that names no language.
func (c badRequest) unspoken() badRequest { c.once = true; return c }

// visibleWire shows how a request begins.
func visibleWire(wire string) string {
	return strings.NewReplacer("\r\n", `\r\n`, "Authorization: Bearer TOKEN", "…", "Accept-Language: LANG", "…", `\r\n…\r\n…`, `\r\n…`).Replace(wire)
}

const (
	wireHead = "Host: a\r\nAuthorization: Bearer TOKEN\r\nAccept-Language: LANG\r\n"
	wireBody = "Content-Type: application/json\r\n"
	wireGood = `{"name":"Li","hired_on":"2026-10-12","terms":{"group":"office"}}` // 64 bytes
)

var apiWireCases = []badRequest{
	line("no HTTP", "nonsense\r\n\r\n", 400, ""),
	line("a greeting of TLS to a server in clear", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, ""),
	line("HTTP/0.9", "GET /v1/me\r\n\r\n", 400, ""),
	line("HTTP/3.0", "GET /v1/me HTTP/3.0\r\n"+wireHead+"\r\n", 505, ""),
	line("HTTP/1.0", "GET /v1/nothing HTTP/1.0\r\n"+wireHead+"\r\n", 404, noPath),
	line("no host", "GET /v1/me HTTP/1.1\r\n\r\n", 400, ""),
	line("two hosts", "GET /v1/me HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, ""),
	line("a host that is none", "GET /v1/me HTTP/1.1\r\nHost: a b\r\n\r\n", 400, ""),
	line("an escape that is none", "GET /v1/employees/%zz HTTP/1.1\r\n"+wireHead+"\r\n", 400, ""),
	line("a path without a slash", "GET v1/me HTTP/1.1\r\n"+wireHead+"\r\n", 400, ""),
	line("the address of another server", "GET http://elsewhere.example/v1/nothing HTTP/1.1\r\n"+wireHead+"\r\n", 404, noPath),
	line("a tunnel", "CONNECT elsewhere.example:443 HTTP/1.1\r\n"+wireHead+"\r\n", 404, noPath),
	line("a star for a path", "OPTIONS * HTTP/1.1\r\n"+wireHead+"\r\n", 200, ""),
	line("NUL in a path", "GET /v1/me\x00 HTTP/1.1\r\n"+wireHead+"\r\n", 400, ""),
	line("NUL in a header", "GET /v1/me HTTP/1.1\r\n"+wireHead+"X: a\x00b\r\n\r\n", 400, ""),
	line("a blank before a colon", "GET /v1/me HTTP/1.1\r\n"+wireHead+"X : a\r\n\r\n", 400, ""),
	line("a header that goes on in the next line", "GET /v1/nothing HTTP/1.1\r\n"+wireHead+"X: a\r\n b\r\n\r\n", 404, noPath),
	line("a header of 20 KiB", "GET /v1/me HTTP/1.1\r\n"+wireHead+"X: "+strings.Repeat("a", 20<<10)+"\r\n\r\n", 431, ""),
	line("5,000 headers", "GET /v1/me HTTP/1.1\r\n"+wireHead+strings.Repeat("X: a\r\n", 5000)+"\r\n", 431, ""),
	line("a path of 20 KiB", "GET /v1/"+strings.Repeat("a", 20<<10)+" HTTP/1.1\r\n"+wireHead+"\r\n", 431, ""),
	line("a query of 20 KiB", "GET /v1/me?a="+strings.Repeat("a", 20<<10)+" HTTP/1.1\r\n"+wireHead+"\r\n", 431, ""),
	line("two lengths that differ", "POST /v1/employees/e9 HTTP/1.1\r\n"+wireHead+wireBody+"Content-Length: 64\r\nContent-Length: 2\r\n\r\n"+wireGood, 400, ""),
	line("a length with a sign", "POST /v1/employees/e9 HTTP/1.1\r\n"+wireHead+wireBody+"Content-Length: +64\r\n\r\n"+wireGood, 400, ""),
	line("a negative length", "POST /v1/employees/e9 HTTP/1.1\r\n"+wireHead+wireBody+"Content-Length: -1\r\n\r\n", 400, ""),
	line("a length beyond 64 bits", "POST /v1/employees/e9 HTTP/1.1\r\n"+wireHead+wireBody+"Content-Length: 99999999999999999999\r\n\r\n", 400, ""),
	line("a length of 100 GB", "POST /v1/employees/e9 HTTP/1.1\r\n"+wireHead+wireBody+"Content-Length: 100000000000\r\n\r\n"+wireGood, 413, "http_body_too_large"),
	line("a body that ends before its length", "POST /v1/employees/e9 HTTP/1.1\r\n"+wireHead+wireBody+"Content-Length: 65\r\n\r\n"+wireGood, 400, "http_body_cut_short"),
	line("a length and chunks at once", "POST /v1/employees/e9 HTTP/1.1\r\n"+wireHead+wireBody+"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, malformed),
	line("chunks of another kind", "POST /v1/employees/e9 HTTP/1.1\r\n"+wireHead+wireBody+"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, ""),
	line("chunks by a word that looks like it", "POST /v1/employees/e9 HTTP/1.1\r\n"+wireHead+wireBody+"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501, ""),
	line("a chunk whose length is no number", "POST /v1/employees/e9 HTTP/1.1\r\n"+wireHead+wireBody+"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400, "http_body_cut_short"),
	line("a chunk longer than 64 bits", "POST /v1/employees/e9 HTTP/1.1\r\n"+wireHead+wireBody+"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n", 400, "http_body_cut_short"),
	line("chunks without their end", "POST /v1/employees/e9 HTTP/1.1\r\n"+wireHead+wireBody+"Transfer-Encoding: chunked\r\n\r\n40\r\n"+wireGood+"\r\n", 400, "http_body_cut_short"),
	line("a second request in the body of the first", "GET /v1/nothing HTTP/1.1\r\n"+wireHead+"Content-Length: 45\r\n\r\nDELETE /v1/employees/e1 HTTP/1.1\r\nHost: a\r\n\r\n", 404, noPath),
	line("an upgrade to another protocol", "GET /v1/nothing HTTP/1.1\r\n"+wireHead+"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 404, noPath),
	line("HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 404, noPath).unspoken(),
	{name: "a head that does not end", given: `GET /v1/me HTTP/1.1\r\nHost: a`, wire: "GET /v1/me HTTP/1.1\r\nHost: a\r\n", early: true},
	{
		name: "a body that does not come", given: `POST … Content-Length: 64\r\n\r\n{`, as: "personnel", early: true,
		wire: "POST /v1/employees/e9 HTTP/1.1\r\n" + wireHead + wireBody + "Content-Length: 64\r\n\r\n{", status: 408, code: "http_body_too_slow",
	},
}
