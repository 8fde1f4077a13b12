package main

import (
	"strings"
)

// newcomerPath is where the bodies go that say who begins to work.
const newcomerPath = "/v1/employees/e9"

const (
	malformed = "http_malformed_body"
	invalid   = "http_invalid_request"
)

// syntax is a body that is not JSON (RFC 8259), or more than that.
func syntax(name, body, fault string) badRequest {
	return badRequest{name: name, as: "personnel", path: newcomerPath, body: body, status: 400, code: malformed, fault: fault, says: []string{"not JSON"}}
}

// newcomerWith is a newcomer of whom one part is as given.
func newcomerWith(name string) string {
	return `{"name":` + name + `,"hired_on":"2026-10-12","terms":{"group":"office"}}`
}

// apiSyntaxCases follow the kinds of JSONTestSuite: what a parser must not take.
var apiSyntaxCases = []badRequest{
	syntax("a body that ends in an object", `{"name":"Li"`, " not_json"),
	syntax("a body that ends in a name", `{"na`, " not_json"),
	syntax("a body that ends in a text", `{"name":"Li`, "/name not_json"),
	syntax("a body that ends in an escape", `{"name":"Li\u00`, "/name not_json"),
	syntax("a body of one brace", `{`, " not_json"),
	syntax("a body of a closing brace", `}`, " not_json"),
	syntax("a body of blanks", "  \t\r\n", " not_json"),
	syntax("a comma behind the last member", `{"name":"Li",}`, " not_json"),
	syntax("two commas", `{"name":"Li",,"hired_on":"2026-10-12"}`, " not_json"),
	syntax("no comma between members", `{"name":"Li" "hired_on":"2026-10-12"}`, " not_json"),
	syntax("a comma behind the last item", newcomerWith(`["Li",]`), "/name not_json"),
	syntax("no colon", `{"name" "Li"}`, "/name not_json"),
	syntax("a name without quotation marks", `{name:"Li"}`, " not_json"),
	syntax("texts in single quotation marks", `{'name':'Li'}`, " not_json"),
	syntax("a comment", `{"name":"Li" /* new */}`, " not_json"),
	syntax("a byte order mark", "\ufeff"+newcomerWith(`"Li"`), " not_json"),
	syntax("UTF-16 with its mark", "\xff\xfe{\x00}\x00", " not_json"),
	syntax("bytes that are not UTF-8", newcomerWith("\"\xff\""), "/name not_json"),
	syntax("an overlong encoding", newcomerWith("\"\xc0\xaf\""), "/name not_json"),
	syntax("a surrogate as bytes", newcomerWith("\"\xed\xa0\x80\""), "/name not_json"),
	syntax("a lone high surrogate", newcomerWith(`"\ud800"`), "/name not_json"),
	syntax("a lone low surrogate", newcomerWith(`"\udc00x"`), "/name not_json"),
	syntax("surrogates in the wrong order", newcomerWith(`"\udc00\ud800"`), "/name not_json"),
	syntax("an escape that is not known", newcomerWith(`"\x41"`), "/name not_json"),
	syntax("an escape of three digits", newcomerWith(`"\u123"`), "/name not_json"),
	syntax("NUL in a text, as a byte", newcomerWith("\"a\x00b\""), "/name not_json"),
	syntax("a line end in a text, as a byte", newcomerWith("\"a\nb\""), "/name not_json"),
	syntax("a number that begins with zero", newcomerWith(`012`), " not_json"),
	syntax("a number with a plus sign", newcomerWith(`+1`), "/name not_json"),
	syntax("a number without digits before its point", newcomerWith(`.5`), "/name not_json"),
	syntax("a number without digits behind its point", newcomerWith(`5.`), "/name not_json"),
	syntax("a hexadecimal number", newcomerWith(`0x1f`), " not_json"),
	syntax("a number in full width digits", newcomerWith(`１２`), "/name not_json"),
	syntax("NaN", newcomerWith(`NaN`), "/name not_json"),
	syntax("Infinity", newcomerWith(`-Infinity`), "/name not_json"),
	syntax("a word in capitals", newcomerWith(`TRUE`), "/name not_json"),
	syntax("two documents", newcomerWith(`"Li"`)+newcomerWith(`"Wu"`), " not_json"),
	syntax("a document and NUL behind it", newcomerWith(`"Li"`)+"\x00", " not_json"),
	syntax("a name twice", `{"name":"Li","name":"Wu","hired_on":"2026-10-12","terms":{"group":"office"}}`, "/name twice"),
	syntax("a name twice, once with an escape", `{"name":"Li","n\u0061me":"Wu","hired_on":"2026-10-12","terms":{"group":"office"}}`, "/name twice"),
	syntax("a name twice in an inner object", `{"name":"Li","hired_on":"2026-10-12","terms":{"group":"office","group":"other"}}`, "/terms/group twice"),
	{
		name: "a million things that are wrong", given: `{"fences":[1,1,1…]}`, as: "personnel", path: "/v1/sites/hq/fences",
		body: fences(strings.TrimSuffix(strings.Repeat("1,", 400_000), ",")), status: 422, code: invalid, fault: "/fences too_many",
	},
	{
		name: "a name of a member of 500 kB", given: `{"aaaa…":1}`, as: "personnel", path: newcomerPath,
		body: `{"` + strings.Repeat("a", 500_000) + `":1}`, status: 422, code: invalid,
	},
	{
		name: "100,000 arrays in one another", given: "[[[[…", as: "personnel", path: newcomerPath, body: strings.Repeat("[", 100_000),
		status: 400, code: malformed, says: []string{"not JSON"},
	},
	{
		name: "50,000 objects in one another", given: `{"a":{"a":…`, as: "personnel", path: newcomerPath,
		body: strings.Repeat(`{"a":`, 50_000) + "1" + strings.Repeat("}", 50_000), status: 400, code: malformed, says: []string{"not JSON"},
	},
	{name: "no body", as: "personnel", method: "POST", path: newcomerPath, status: 400, code: malformed},
	{name: "XML", as: "personnel", path: newcomerPath, kind: "application/xml", body: `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>`, status: 415, code: "http_wrong_content_type", says: []string{"application/json"}},
	{name: "a form", as: "personnel", path: newcomerPath, kind: "application/x-www-form-urlencoded", body: "name=Li&hired_on=2026-10-12", status: 415, code: "http_wrong_content_type", says: []string{"application/json"}},
	{name: "JSON as plain text, as a page of another site could send it", as: "personnel", path: newcomerPath, kind: "text/plain", body: newcomerWith(`"Li"`), status: 415, code: "http_wrong_content_type"},
	{name: "JSON as parts of a form", as: "personnel", path: newcomerPath, kind: "multipart/form-data; boundary=x", body: "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{}\r\n--x--\r\n", status: 415, code: "http_wrong_content_type"},
	{name: "a content type that is none", as: "personnel", path: newcomerPath, kind: "json;;;=", body: newcomerWith(`"Li"`), status: 415, code: "http_wrong_content_type"},
	{name: "a body that says it is packed, and is not", as: "personnel", path: newcomerPath, header: []string{"Content-Encoding", "gzip"}, body: newcomerWith(`"Li"`), status: 415, code: "http_packed_body"},
	{name: "a body in another encoding of characters", as: "personnel", path: newcomerPath, kind: "application/json; charset=utf-16", body: newcomerWith(`"Li"`), status: 415, code: "http_wrong_content_type"},
	{name: "a body of more than 1 MiB", given: `{"name":"aaaa…`, as: "personnel", path: newcomerPath, body: newcomerWith(`"` + strings.Repeat("a", 1<<20) + `"`), status: 413, code: "http_body_too_large"},
	{name: "an act on one punch with a body of more than 64 KiB", given: `{"reason":"aaaa…`, as: "personnel", path: "/v1/employees/e1/punches/m1/release", body: `{"reason":"` + strings.Repeat("a", 64<<10) + `"}`, status: 413, code: "http_body_too_large"},
}

// shape is a body that is JSON, and not what the path wants.
func shape(name, body, fault string) badRequest {
	return badRequest{name: name, as: "personnel", path: newcomerPath, body: body, status: 422, code: invalid, fault: fault, says: []string{"not as the description"}}
}

// apiShapeCases are JSON of the wrong shape.
var apiShapeCases = []badRequest{
	shape("an array for an object", `[{"name":"Li"}]`, " wrong_type"),
	shape("a text for an object", `"Li"`, " wrong_type"),
	shape("null for an object", `null`, " wrong_type"),
	shape("an object without its members", `{}`, "/hired_on missing"),
	shape("a member too many", `{"name":"Li","hired_on":"2026-10-12","terms":{"group":"office"},"salary":1}`, "/salary unknown_member"),
	shape("a member in other capitals", `{"Name":"Li","hired_on":"2026-10-12","terms":{"group":"office"}}`, "/Name unknown_member"),
	shape("a member in full width letters", `{"ｎame":"Li","name":"Li","hired_on":"2026-10-12","terms":{"group":"office"}}`, "/ｎame unknown_member"),
	shape("a member of JavaScript's objects", `{"__proto__":{"admin":true},"name":"Li","hired_on":"2026-10-12","terms":{"group":"office"}}`, "/__proto__ unknown_member"),
	shape("a number for a text", newcomerWith(`1`), "/name wrong_type"),
	shape("null for a text", newcomerWith(`null`), "/name wrong_type"),
	shape("an object for a text", newcomerWith(`{"$gt":""}`), "/name wrong_type"),
	shape("an array for a text", newcomerWith(`["Li"]`), "/name wrong_type"),
	shape("a text for an inner object", `{"name":"Li","hired_on":"2026-10-12","terms":"office"}`, "/terms wrong_type"),
	shape("a date with a time", `{"name":"Li","hired_on":"2026-10-12T00:00:00Z","terms":{"group":"office"}}`, "/hired_on not_a_date"),
	shape("a day that February does not have, hired", `{"name":"Li","hired_on":"2026-02-30","terms":{"group":"office"}}`, "/hired_on not_a_date"),
	shape("a date as a number", `{"name":"Li","hired_on":20261012,"terms":{"group":"office"}}`, "/hired_on wrong_type"),
	{name: "a truth as a text", as: "personnel", path: "/v1/punches/rejudge", body: `{"reason":"fence_wrong","dry_run":"true"}`, status: 422, code: invalid, fault: "/dry_run wrong_type"},
	{name: "a number as a text", as: "personnel", path: "/v1/sites/hq/code", body: `{"step_s":"15"}`, status: 422, code: invalid, fault: "/step_s wrong_type"},
	{name: "a number with a fraction for a whole one", as: "personnel", path: "/v1/sites/hq/code", body: `{"step_s":15.5}`, status: 422, code: invalid, fault: "/step_s wrong_type"},
	{name: "a number beyond 64 bits of floats", as: "personnel", path: "/v1/sites/hq/code", body: `{"step_s":1e999}`, status: 422, code: invalid, fault: "/step_s out_of_range"},
	{name: "a number beyond 64 bits", as: "personnel", path: "/v1/sites/hq/code", body: `{"step_s":99999999999999999999}`, status: 422, code: invalid, fault: "/step_s out_of_range"},
	{name: "a negative number", as: "personnel", path: "/v1/sites/hq/code", body: `{"step_s":-1}`, status: 422, code: invalid, fault: "/step_s out_of_range"},
	{name: "a direction that is not known", as: "personnel", path: "/v1/employees/e1/punches", body: `{"at":"2026-10-13T09:00","dir":"sideways","reason":"forgotten"}`, status: 422, code: invalid, fault: "/dir unknown_value"},
	{name: "a direction in capitals", as: "personnel", path: "/v1/employees/e1/punches", body: `{"at":"2026-10-13T09:00","dir":"IN","reason":"forgotten"}`, status: 422, code: invalid, fault: "/dir unknown_value"},
	{name: "a reason that is no code", as: "personnel", path: "/v1/employees/e1/punches", body: `{"at":"2026-10-13T09:00","dir":"in","reason":"Left it at home"}`, status: 422, code: invalid, fault: "/reason not_a_code"},
	{name: "a time of 30 o'clock", as: "personnel", path: "/v1/employees/e1/punches", body: `{"at":"2026-10-13T30:00","dir":"in","reason":"forgotten"}`, status: 422, code: "invalid_value", says: []string{"2026-10-13T30:00", "want a local time"}},
	{name: "a punch in the future", as: "personnel", path: "/v1/employees/e1/punches", body: `{"at":"2027-10-13T09:00","dir":"in","reason":"forgotten"}`, status: 422, code: "future_target"},
	{name: "a punch before the day of hire", as: "personnel", path: "/v1/employees/e1/punches", body: `{"at":"2020-10-13T09:00","dir":"in","reason":"forgotten"}`, status: 409, code: "not_employed"},
	{name: "a punch of somebody who is not there", as: "personnel", path: "/v1/employees/nobody/punches", body: `{"at":"2026-10-13T09:00","dir":"in","reason":"forgotten"}`, status: 409, code: "not_employed"},
	{name: "an end of employment before its beginning", as: "personnel", path: "/v1/employees/e1/end", body: `{"last_day":"2026-09-01","reason":"resigned"}`, status: 409, code: "before_hire"},
	{name: "a person whose id is taken", as: "personnel", path: "/v1/employees/e1", body: newcomerWith(`"Li"`), status: 409, code: "employee_exists", says: []string{"taken"}},
	{name: "a person in a group that is not there", as: "personnel", path: newcomerPath, body: `{"name":"Li","hired_on":"2026-10-12","terms":{"group":"offices"}}`, status: 422, code: "unknown_group", says: []string{"no such attendance group"}},
	{name: "a person without a group", as: "personnel", path: newcomerPath, body: `{"name":"Li","hired_on":"2026-10-12","terms":{}}`, status: 422, code: "invalid_field"},
	{name: "a manager of oneself", as: "personnel", path: "/v1/employees/e1/assignments", body: `{"effective_on":"2026-10-14","change":{"manager":"e1"}}`, status: 422, code: "invalid_field"},
	{name: "a site in a zone that leads out of the archive", as: "personnel", path: "/v1/sites/x", body: `{"name":"X","zone":"../../etc/passwd"}`, status: 422, code: "unknown_tz", says: []string{"not known"}},
	{name: "a fence north of the pole", as: "personnel", path: "/v1/sites/hq/fences", body: fences(`{"id":"a","shape":"circle","crs":"wgs84","points":[{"lat":90.1,"lon":0}],"radius_m":150}`), status: 422, code: "invalid_coordinate"},
	{name: "a fence at NaN", as: "personnel", path: "/v1/sites/hq/fences", body: fences(`{"id":"a","shape":"circle","crs":"wgs84","points":[{"lat":NaN,"lon":0}],"radius_m":150}`), status: 400, code: malformed},
	{name: "a fence at 1e999", as: "personnel", path: "/v1/sites/hq/fences", body: fences(`{"id":"a","shape":"circle","crs":"wgs84","points":[{"lat":1e999,"lon":0}],"radius_m":150}`), status: 422, code: invalid, fault: "/fences/0/points/0/lat out_of_range"},
	{name: "a fence at a text", as: "personnel", path: "/v1/sites/hq/fences", body: fences(`{"id":"a","shape":"circle","crs":"wgs84","points":[{"lat":"NaN","lon":0}],"radius_m":150}`), status: 422, code: invalid, fault: "/fences/0/points/0/lat wrong_type"},
	{name: "a fence of -5 m", as: "personnel", path: "/v1/sites/hq/fences", body: fences(`{"id":"a","shape":"circle","crs":"wgs84","points":[{"lat":39.9,"lon":116.4}],"radius_m":-5}`), status: 422, code: "radius_invalid"},
	{name: "a fence as large as a country", as: "personnel", path: "/v1/sites/hq/fences", body: fences(`{"id":"a","shape":"circle","crs":"wgs84","points":[{"lat":39.9,"lon":116.4}],"radius_m":500000}`), status: 422, code: "radius_invalid"},
	{name: "a polygon that crosses itself", as: "personnel", path: "/v1/sites/hq/fences", body: fences(`{"id":"a","shape":"polygon","crs":"wgs84","points":[{"lat":39.90,"lon":116.40},{"lat":39.91,"lon":116.41},{"lat":39.90,"lon":116.41},{"lat":39.91,"lon":116.40}]}`), status: 422, code: "polygon_invalid"},
	{name: "a fence without a datum", as: "personnel", path: "/v1/sites/hq/fences", body: fences(`{"id":"a","shape":"circle","points":[{"lat":39.9,"lon":116.4}],"radius_m":150}`), status: 422, code: invalid},
	{name: "201 fences", given: `{"from":"always","fences":[…]}`, as: "personnel", path: "/v1/sites/hq/fences", body: fences(strings.TrimSuffix(strings.Repeat(`{"id":"a","shape":"circle","crs":"wgs84","points":[{"lat":39.9,"lon":116.4}],"radius_m":150},`, 201), ",")), status: 422, code: invalid, fault: "/fences too_many"},
	{name: "a network that is none", as: "personnel", path: "/v1/sites/hq/networks", body: `{"from":"always","ip":["10.0.0.0/33"]}`, status: 422, code: "cidr_invalid"},
	{name: "overtime that ends before it begins", as: "personnel", path: "/v1/employees/e1/requests", body: `{"kind":"overtime","from":"2026-10-13T20:00","to":"2026-10-13T18:00","reason":"release","settle":"pay"}`, status: 422, code: "invalid_field"},
	{name: "a kind of request that is not known", as: "e1", path: "/v1/employees/e1/requests", body: `{"kind":"holiday","reason":"x"}`, status: 422, code: invalid, fault: "/kind unknown_value"},
	{name: "21 files for one request", given: `{"kind":"correction",…,"evidence":["a",…]}`, as: "e1", path: "/v1/employees/e1/requests", body: `{"kind":"correction","at":"2026-10-13T09:00","dir":"in","reason":"x","evidence":[` + strings.TrimSuffix(strings.Repeat(`"a",`, 21), ",") + `]}`, status: 422, code: invalid, fault: "/evidence too_many"},
	{name: "a file of somebody else for a request", as: "e1", path: "/v1/employees/e1/requests", body: `{"kind":"correction","at":"2026-10-13T09:00","dir":"in","reason":"x","evidence":["e2.202610.0123456789abcdef"]}`, status: 404, code: "unknown_evidence"},
	{name: "a verdict that is not known", as: "personnel", path: "/v1/employees/e1/requests/r1/decide", body: `{"verdict":"perhaps"}`, status: 422, code: invalid, fault: "/verdict unknown_value"},
	{name: "a balance beyond 64 bits", as: "personnel", path: "/v1/employees/e1/banks/TOIL/postings", body: `{"kind":"opening","seconds":9223372036854775808,"date":"2026-10-12","reason":"brought_in"}`, status: 422, code: invalid},
	{name: "a balance that no life could earn", as: "personnel", path: "/v1/employees/e1/banks/TOIL/postings", body: `{"kind":"opening","seconds":9223372036854775807,"date":"2026-10-12","reason":"brought_in"}`, status: 422, code: "invalid_field"},
}

func fences(of string) string { return `{"from":"always","fences":[` + of + `]}` }
