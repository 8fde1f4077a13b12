package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/stretchr/testify/require"
)

// nameOf is a text that is unusual and a name all the same: it is kept as it came, and read back as it was kept.
func nameOf(what, name string) badRequest {
	id := "t" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, what)
	quoted, _ := json.Marshal(name)
	path := "/v1/employees/" + id[:min(len(id), 60)]
	return badRequest{
		name: what, as: "personnel", path: path, body: newcomerWith(string(quoted)), status: 201, stored: []string{"EmployeeRegistered"},
		check: func(b *badAPI, _ apiAnswer) {
			var read struct{ Name string }
			require.NoError(b.t, json.Unmarshal(b.must(b.tokens["personnel"], "GET", path, ""), &read))
			require.Equal(b.t, name, read.Name, "%s", b.must(b.tokens["personnel"], "GET", path, ""))
		},
	}
}

// wished is a text of a request, which its decider reads back.
func wished(what, emp, on, said string) badRequest {
	quoted, _ := json.Marshal(said)
	return badRequest{
		name: what, as: emp, path: "/v1/employees/" + emp + "/requests", status: 201, stored: []string{"RequestSubmitted"},
		body: `{"kind":"correction","at":"` + on + `T19:00","dir":"out","reason":"forgotten","text":` + string(quoted) + `}`,
		check: func(b *badAPI, a apiAnswer) {
			var filed struct{ Request string }
			require.NoError(b.t, json.Unmarshal(a.body, &filed))
			var read ledgerStory
			require.NoError(b.t, json.Unmarshal(b.must(b.tokens["personnel"], "GET", "/v1/employees/"+emp+"/requests/"+filed.Request, ""), &read))
			require.Equal(b.t, said, read.History[0].Text)
		},
	}
}

// refusedName is a name that is not taken.
func refusedName(what, quoted, problem string) badRequest {
	return badRequest{name: what, as: "personnel", path: newcomerPath, body: newcomerWith(quoted), status: 422, code: "invalid_field", says: []string{problem}}
}

// misnamed is a path with an id that is none.
func misnamed(what, id string) badRequest {
	return badRequest{
		name: what, as: "personnel", path: "/v1/employees/" + url.PathEscape(id), body: newcomerWith(`"Li"`), status: 422, code: invalid,
		fault: "emp not_an_id",
	}
}

var apiTextCases = []badRequest{
	nameOf("a name of emoji that are joined", "👩‍👩‍👧‍👦 🏳️‍🌈 🇨🇳"),
	nameOf("a name from right to left", "محمد بن عبد الله"),
	nameOf("a name with marks of vowels", "שָׁלוֹם"),
	nameOf("a name of many marks on each letter", "Z̸̡̢̛̗̘̙͚͔̿̿̿a̴̧̢̛̺̻͇l̷͓̪̎g̵̨̛͎o̴͇͛"),
	nameOf("a name that is not composed", "Zoe\u0308 Le\u0301ger"),
	nameOf("a name with a rare character", "𠜎𡃁 㐀"),
	nameOf("a name in full width letters", "ＷＡＮＧ"),
	nameOf("a name that is SQL", `Robert'); DROP TABLE events;--`),
	nameOf("a name that is markup", `<script>alert(1)</script><img src=x onerror=alert(1)>`),
	nameOf("a name that is a template", `{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {name}`),
	nameOf("a name that is a formula", `=HYPERLINK("http://example.com","x")`),
	nameOf("a name that is a command", `$(touch /tmp/pwned) & |cat /etc/passwd`),
	nameOf("a name that is a path", `../../../../etc/passwd`),
	nameOf("a name that is a verb of printf", `%s%s%n%d %v %!d(string=x)`),
	nameOf("a name that is a word of a program", `null`),
	nameOf("a name that is a number", `1e999`),
	nameOf("a name with quotation marks and backslashes", `"\"'\\ \u0041`),
	nameOf("a name with blanks of all widths", "Li\u00a0\u2003\u3000Na"),
	nameOf("a name of 200 characters", strings.Repeat("陈", 200)),
	nameOf("an id that is a word of JavaScript", "Constructor"),
	wished("a text of a request that is SQL", "e2", "2026-10-12", `x' OR '1'='1'; DELETE FROM events; --`),
	wished("a text of a request in five scripts", "e2", "2026-10-13", "早く帰った 퇴근 خروج выход 🏃‍♀️"),
	wished("a text of a request with lines, NUL and an escape sequence", "e3", "2026-10-12", "one\n\ttwo\x00\x1b[2J"),
	wished("a text of a request of 2,000 characters", "e3", "2026-10-13", strings.Repeat("长", 2000)),
	nameOf("a name with an override of the direction of writing", "Wang\u202egnaW"),
	nameOf("a name with a character that nobody sees", "Wang\u200bWei"),
	refusedName("a name of characters that nobody sees", "\"\u200b\u200b\u2060\"", "missing"),
	refusedName("a name with NUL, escaped", `"a\u0000b"`, "control character"),
	refusedName("a name with an escape sequence, escaped", `"\u001b[2Jred"`, "control character"),
	refusedName("a name with a line end, escaped", `"a\nb"`, "control character"),
	refusedName("a name of blanks", `" \u3000\u00a0 "`, "missing"),
	{name: "an empty name", as: "personnel", path: newcomerPath, body: newcomerWith(`""`), status: 422, code: invalid, fault: "/name missing"},
	{name: "a name of 201 characters", given: `{"name":"陈陈陈…"}`, as: "personnel", path: newcomerPath, body: newcomerWith(`"` + strings.Repeat("陈", 201) + `"`), status: 422, code: invalid, fault: "/name too_long"},
	{name: "a note of 10,000 characters", given: `{"note":"xxx…"}`, as: "personnel", path: "/v1/employees/e1/punches", body: `{"at":"2026-10-13T09:00","dir":"in","reason":"forgotten","note":"` + strings.Repeat("x", 10_000) + `"}`, status: 422, code: invalid, fault: "/note too_long"},
	{name: "a text of an appeal of blanks", as: "e1", path: "/v1/employees/e1/punches/nothing/appeal", body: `{"text":"   "}`, status: 404, code: "unknown_punch"},
	{name: "a model of a phone with an escape sequence", as: "e2", path: "/v1/employees/e2/devices/phone2", body: `{"kind":"phone","public_key":"x","model":"\u001b[2J"}`, status: 422, code: "invalid_field"},
	{name: "a title of characters that nobody sees", as: "personnel", path: "/v1/groups/night", body: `{"title":"\u202e\u200b"}`, status: 422, code: "invalid_field", says: []string{"missing"}},
	{name: "a site whose name is a line end", as: "personnel", path: "/v1/sites/x", body: `{"name":"\r\n","zone":"UTC"}`, status: 422, code: "invalid_field"},
	misnamed("an id with a capital", "E9"),
	misnamed("an id with a dash, of a person", "e-9"),
	misnamed("an id of emoji", "😀"),
	misnamed("an id with a letter of another script that looks the same", "е9"),
	misnamed("an id with an override of the direction of writing", "e\u202e9"),
	misnamed("an id with a character that nobody sees", "e\u200b9"),
	misnamed("an id with SQL", "e9'--"),
	misnamed("an id with a line end", "e9\r\nX-Injected: 1"),
	misnamed("an id with NUL", "e9\x00"),
	misnamed("an id with a percent sign", "e%s9"),
	misnamed("an id of a star", "*"),
	{name: "an id of bytes that are not UTF-8", as: "personnel", path: "/v1/employees/%c3%28", body: newcomerWith(`"Li"`), status: 422, code: invalid, fault: "emp not_an_id"},
	{name: "an id of 65 characters", as: "personnel", path: "/v1/employees/" + strings.Repeat("e", 65), body: newcomerWith(`"Li"`), status: 422, code: invalid, fault: "emp too_long"},
	{name: "an id of 10,000 characters", given: "POST /v1/employees/eee…", as: "personnel", path: "/v1/employees/" + strings.Repeat("e", 10_000), body: newcomerWith(`"Li"`), status: 422, code: invalid, fault: "emp too_long"},
}

// parameter is a list that is asked for with a parameter that cannot be.
func parameter(what, path, fault string) badRequest {
	return badRequest{name: what, as: "audit", path: path, status: 422, code: invalid, fault: fault}
}

var apiParameterCases = []badRequest{
	parameter("a parameter that the path does not have", "/v1/days?form=2026-10-01", "form unknown_member"),
	parameter("a parameter in other capitals", "/v1/days?From=2026-10-01", "From unknown_member"),
	parameter("a parameter without a name", "/v1/days?=1", " unknown_member"),
	parameter("a parameter with NUL in its name", "/v1/days?fr%00om=1", `fr\u0000om unknown_member`),
	parameter("a name of a parameter of 5,000 characters", "/v1/days?"+strings.Repeat("a", 5000)+"=1", strings.Repeat("a", 300)+"… (5000) unknown_member"),
	parameter("a day of February that is not", "/v1/days?from=2026-02-30", "from not_a_date"),
	parameter("a date in words", "/v1/days?from=yesterday", "from not_a_date"),
	parameter("a date in full width digits", "/v1/days?from="+url.QueryEscape("２０２６-10-01"), "from not_a_date"),
	parameter("a date with SQL", "/v1/days?from="+url.QueryEscape("2026-10-01' OR 1=1"), "from not_a_date"),
	parameter("the year 0", "/v1/days?from=0000-01-01", "from not_a_date"),
	parameter("a last date before the first", "/v1/days?from=2026-10-02&to=2026-10-01", "to before_from"),
	parameter("401 dates", "/v1/days?from=2025-01-01&to=2026-02-05", "to too_many_dates"),
	parameter("no rows", "/v1/days?limit=0", "limit out_of_range"),
	parameter("-1 rows", "/v1/days?limit=-1", "limit out_of_range"),
	parameter("1,001 rows", "/v1/days?limit=1001", "limit out_of_range"),
	parameter("rows in the notation of floats", "/v1/days?limit=1e2", "limit not_a_number"),
	parameter("rows beyond 64 bits", "/v1/days?limit=99999999999999999999", "limit not_a_number"),
	parameter("a hexadecimal number of rows", "/v1/days?limit=0x10", "limit not_a_number"),
	parameter("a cursor that is none", "/v1/days?cursor=nonsense", "cursor not_a_cursor"),
	parameter("a cursor of another version", "/v1/days?cursor=Mgpl", "cursor not_a_cursor"),
	{name: "a cursor of another list", as: "audit", path: "/v1/log/events?cursor=MQp4Cnk", status: 422, code: "invalid_value", says: []string{"MQp4Cnk"}},
	parameter("a cursor of 513 characters", "/v1/days?cursor="+strings.Repeat("a", 513), "cursor too_long"),
	parameter("a language that is not known", "/v1/days?lang=fr", "lang unknown_value"),
	parameter("a truth that is none", "/v1/employees/e1/days/2026-10-13/why?words=maybe", "words wrong_type"),
	parameter("a date in a path that is none", "/v1/employees/e1/days/2026-13-01/why", "date not_a_date"),
	parameter("a month in a path that is none", "/v1/employees/e1/months/2026-13", "calendar_month not_a_month"),
	{name: "a position that is none", as: "audit", path: "/v1/days?not_before_position=never", status: 422, code: "invalid_value", says: []string{"never", "want a position"}},
	parameter("a purpose that is no code", "/v1/employees/e1/evidence/e1.202610.x?purpose=Because%20I%20want", "purpose not_a_code"),
	{name: "a position that the log does not have yet", as: "audit", path: "/v1/days?not_before_position=999999", header: []string{"Prefer", "wait=0"}, status: 503, code: "http_views_behind", says: []string{"999999"}},
	{name: "a position beyond 64 bits", as: "audit", path: "/v1/days?not_before_position=99999999999999999999", status: 422, code: "invalid_value"},
	{name: "a wait that is none", as: "audit", path: "/v1/days?not_before_position=1", header: []string{"Prefer", "wait=forever, wait=-1"}, status: 200},
	{name: "a moment in words", as: "audit", path: "/v1/days?as_of=yesterday", status: 422, code: "invalid_value", says: []string{"want a position"}},
	{name: "a moment before the first", as: "audit", path: "/v1/days?as_of=-5", status: 422, code: "invalid_value"},
	{name: "a moment beyond 64 bits", as: "audit", path: "/v1/days?as_of=99999999999999999999", status: 422, code: "invalid_value"},
	{name: "a moment without an offset", as: "audit", path: "/v1/days?as_of=2026-10-13T00:00:00", status: 422, code: "invalid_value"},
	{name: "a moment that has not been yet", as: "audit", path: "/v1/days?as_of=999999", status: 404, code: "unknown_position", says: []string{"999999"}},
	{name: "a moment that holds an override of the direction of writing", as: "audit", path: "/v1/days?as_of=%E2%80%AE1", status: 422, code: "invalid_value", says: []string{`\u202e`}},
	{name: "a revision that is none", as: "personnel", path: "/v1/employees/e1/assignments", header: []string{"If-Match", "old"}, body: `{"effective_on":"2026-10-14","change":{"cost":"c1"}}`, status: 422, code: "invalid_value", says: []string{"If-Match"}},
	{name: "a revision of zero", as: "personnel", path: "/v1/employees/e1/assignments", header: []string{"If-Match", `"0"`}, body: `{"effective_on":"2026-10-14","change":{"cost":"c1"}}`, status: 422, code: "invalid_value", says: []string{"If-Match"}},
	{name: "a revision that was changed since", as: "personnel", path: "/v1/employees/e1/assignments", header: []string{"If-Match", `"1"`}, body: `{"effective_on":"2026-10-14","change":{"cost":"c1"}}`, status: 412, code: "http_changed_since"},
	{name: "a revision twice", as: "personnel", path: "/v1/employees/e1/assignments", header: []string{"If-Match", `"1", "2"`}, body: `{"effective_on":"2026-10-14","change":{"cost":"c1"}}`, status: 422, code: "invalid_value"},
	{name: "tags that are none", as: "audit", path: "/v1/employees/e1", header: []string{"If-None-Match", `",,,W/"W/"`}, status: 200},
	{name: "a form of answers that there is none of", as: "audit", path: "/v1/employees/e1", header: []string{"Accept", "text/html"}, status: 200},
	{name: "languages that are none", as: "audit", path: "/v1/nothing", header: []string{"Accept-Language", "*;q=x,,;;-"}, status: 404, code: "http_no_such_path", once: true},
	{name: "1,000 languages", given: "Accept-Language: a1,a2,…", as: "audit", path: "/v1/nothing", header: []string{"Accept-Language", manyLanguages()}, status: 404, code: "http_no_such_path", once: true},
	{name: "a position of payroll that has not been yet", as: "payer", path: "/v1/payroll/rows?from=2026-10-01&to=2026-10-31&position=999999", status: 404, code: "unknown_position"},
	{name: "a cursor of payroll that is none", as: "payer", path: "/v1/payroll/rows?cursor=nonsense", status: 422, code: "bad_cursor", says: []string{"nonsense"}},
	{name: "changes since a position that is none", as: "payer", path: "/v1/payroll/changes?since=first", status: 422, code: invalid, fault: "since not_a_number"},
	{name: "a stream of events that is none", as: "audit", path: "/v1/log/events?stream=" + url.QueryEscape("../ledger.db"), status: 200},
	{name: "days of a person who is not there", as: "audit", path: "/v1/days?emp=nobody", status: 200},
	{name: "days of an id that is none", as: "audit", path: "/v1/days?emp=" + url.QueryEscape("e1' OR '1'='1"), status: 422, code: invalid, fault: "emp not_an_id"},
}

func manyLanguages() string {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "a%d,", i%10)
	}
	return b.String()
}
