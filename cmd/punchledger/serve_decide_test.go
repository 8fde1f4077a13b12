package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/access"
)

// labRules let managers decide, and have employees sign what others file for them.
const labRules = `rules: punchledger/v1
id: lab-rules
title: {en: Lab, zh: 实验室}
effective: "2026-01-01"
timezone: Asia/Shanghai
precision: minute
week: {starts: mon}
day: {cut: "05:00"}
schedule: {weekly: {mon: D, tue: D, wed: D, thu: D, fri: D}}
shifts:
  D: {kind: fixed, work: [["09:00", "18:00"]], window: {before: 4h, after: 8h}}
punch: {pair: first_last, dedupe: 1m}
count: {early: never, late: approved, off: approved}
breaks: {mode: planned}
overtime: {approval: {mode: none}, rules: []}
leave: {annual: {code: ANNUAL}}
corrections: {chain: [{role: manager}], both: true}
requests: {outing: {chain: [{role: manager}]}}
pay_codes:
  REG: {class: base, rate: "1.00"}
  ANNUAL: {class: leave, rate: "1.00"}
`

// lab is a served ledger whose m1 leads w1, w2 and w3; d1 leads nobody. Each has a token; hr is personnel.
func lab(t *testing.T) map[string]browser {
	t.Helper()
	tokens := map[string]string{}
	s := newServed(t, func(s *served) {
		s.write("lab.yaml", []byte(labRules))
		s.must("rules", "publish", "lab.yaml", "--from", "2026-01-01")
		s.must("groups", "add", "lab")
		s.must("groups", "bind", "lab", "lab-rules", "--from", "2026-01-01")
		for _, emp := range []string{"m1", "d1", "w1", "w2", "w3"} {
			s.must("people", "add", "--id", emp, "--name", emp, "--group", "lab", "--hired", "2026-10-01")
			tokens[emp] = s.tokenFor(emp, access.RequestFile, access.RequestRead, access.RequestDecide, access.InboxRead, access.PersonRead,
				access.DelegationSet, access.DelegationLeave, access.DayRead)
		}
		for _, emp := range []string{"w1", "w2", "w3"} {
			s.must("people", "assign", emp, "--from", "2026-10-02", "--manager", "m1")
		}
		tokens["hr"] = s.tokenFor("personnel", access.RequestFile, access.RequestRead, access.RequestDecide, access.RequestReassign, access.RequestRevoke)
	})
	out := map[string]browser{}
	for who, token := range tokens {
		out[who] = browser{s: s, bearer: token}
	}
	return out
}

const outing = `{"kind":"outing","from":"2026-10-13T13:00","to":"2026-10-13T15:00","reason":"customer"}`

// whoseTurn is whose turn an answer or a request says it is.
func whoseTurn(t *testing.T, a said) string {
	t.Helper()
	turn, ok := a.body["turn"].(map[string]any)
	require.True(t, ok, "%v", a.body)
	approver, _ := turn["approver"].(string)
	return approver
}

// requestPath is where an act on a request is asked for.
func requestPath(emp, request, act string) string {
	return "/v1/employees/" + emp + "/requests/" + request + act
}

func TestManyRequestsAreDecidedEachForItself(t *testing.T) {
	as := lab(t)
	q1 := as["w1"].post("/v1/employees/w1/requests", outing).must(http.StatusCreated).text("request")
	q2 := as["w2"].post("/v1/employees/w2/requests", outing).must(http.StatusCreated).text("request")
	of := func(who, ids string) []any {
		got := as[who].post("/v1/requests/decide", `{"requests":[`+ids+`],"verdict":"approve"}`).must(http.StatusOK)
		var words []any
		for _, x := range got.body["items"].([]any) {
			item := x.(map[string]any)
			word := item["code"]
			if word == nil {
				word = item["status"]
			}
			words = append(words, word)
		}
		return words
	}
	require.Equal(t, []any{"not_authorised", "not_authorised"}, of("d1", `"`+q1+`","`+q2+`"`), "who leads nobody decides nothing")
	require.Equal(t, []any{"approved", "not_authorised", "approved"}, of("m1", `"`+q1+`","nothing","`+q2+`"`))
	require.Equal(t, []any{"already_decided"}, of("m1", `"`+q1+`"`))
	as["m1"].post(requestPath("w1", q1, "/revoke"), `{"reason":"cancelled"}`).must(http.StatusForbidden)
	require.Equal(t, "revoked", as["hr"].post(requestPath("w1", q1, "/revoke"), `{"reason":"cancelled"}`).must(http.StatusOK).text("status"))
	require.Equal(t, "revoked", as["w1"].get(requestPath("w1", q1, "")).must(http.StatusOK).text("status"))
}

func TestWhoeverWasGivenAStepDecidesItAndSeesNothingElse(t *testing.T) {
	as := lab(t)
	q1 := as["w1"].post("/v1/employees/w1/requests", outing).must(http.StatusCreated)
	require.Equal(t, "m1", whoseTurn(t, q1))
	one := requestPath("w1", q1.text("request"), "")
	as["d1"].get(one).must(http.StatusForbidden)
	as["m1"].post(one+"/reassign", `{"to":"d1","reason":"away"}`).must(http.StatusForbidden)
	require.Equal(t, "d1", whoseTurn(t, as["hr"].post(one+"/reassign", `{"to":"d1","reason":"away"}`).must(http.StatusOK)))
	as["d1"].get(one).must(http.StatusOK)
	waits := as["d1"].get("/v1/inbox").must(http.StatusOK).body["items"].([]any)
	require.Equal(t, q1.text("request"), waits[0].(map[string]any)["id"])
	as["d1"].get("/v1/employees/w1").must(http.StatusForbidden)
	require.Equal(t, "not_current_step", as["m1"].post(one+"/decide", `{"verdict":"approve","step":2}`).must(http.StatusConflict).text("code"))
	require.Equal(t, "approved", as["d1"].post(one+"/decide", `{"verdict":"approve"}`).must(http.StatusOK).text("status"))
	as["d1"].get(one).must(http.StatusForbidden)

	for _, w := range []string{"w2", "w3"} {
		as[w].post("/v1/employees/"+w+"/requests", outing).must(http.StatusCreated)
	}
	const reassign = `{"approver":"m1","to":"d1","reason":"away"}`
	require.Empty(t, as["m1"].post("/v1/requests/reassign", reassign).body["items"])
	moved := as["hr"].post("/v1/requests/reassign", reassign).must(http.StatusOK)
	require.Len(t, moved.body["items"], 2)
	require.EqualValues(t, 0, moved.body["refused"])
	require.Len(t, as["d1"].get("/v1/inbox").must(http.StatusOK).body["items"], 2)
}

func TestTheEmployeeSignsWhatOthersFile(t *testing.T) {
	as := lab(t)
	filed := as["hr"].post("/v1/employees/w1/requests", `{"kind":"correction","at":"2026-10-13T09:00","dir":"in","reason":"forgotten"}`).must(http.StatusCreated)
	require.Equal(t, "m1", whoseTurn(t, filed))
	one := requestPath("w1", filed.text("request"), "")
	as["m1"].post(one+"/sign", `{"verdict":"approve"}`).must(http.StatusForbidden)
	decided := as["m1"].post(one+"/decide", `{"verdict":"approve"}`).must(http.StatusOK)
	require.Equal(t, "w1", whoseTurn(t, decided), "the employee signs at the end")
	as["w2"].post(one+"/sign", `{"verdict":"approve"}`).must(http.StatusForbidden)
	as["w1"].post(one+"/decide", `{"verdict":"approve"}`).must(http.StatusForbidden)
	signed := as["w1"].post(one+"/sign", `{"verdict":"approve","comment":"so it was"}`).must(http.StatusOK)
	require.Equal(t, "approved", signed.text("status"))
	require.NotEmpty(t, signed.Header.Get("Ledger-Position"))

	filed = as["hr"].post("/v1/employees/w2/requests", `{"kind":"correction","at":"2026-10-13T09:00","dir":"in","reason":"forgotten"}`).must(http.StatusCreated)
	one = requestPath("w2", filed.text("request"), "")
	as["m1"].post(one+"/decide", `{"verdict":"approve"}`).must(http.StatusOK)
	require.Equal(t, "rejected", as["w2"].post(one+"/sign", `{"verdict":"reject","reason":"not_so"}`).must(http.StatusOK).text("status"))
}

func TestADeputyDecidesUntilTheyGiveItBack(t *testing.T) {
	as := lab(t)
	as["m1"].send(http.MethodPut, "/v1/employees/m1/deputies/autumn", `{"delegate":"d1"}`).must(http.StatusOK)
	q1 := as["w1"].post("/v1/employees/w1/requests", outing).must(http.StatusCreated).text("request")
	q2 := as["w2"].post("/v1/employees/w2/requests", outing).must(http.StatusCreated).text("request")
	require.Equal(t, "approved", as["d1"].post(requestPath("w1", q1, "/decide"), `{"verdict":"approve"}`).must(http.StatusOK).text("status"))
	mine := as["d1"].get("/v1/me/deputyships").must(http.StatusOK).body["items"].([]any)[0].(map[string]any)
	require.Equal(t, "m1", mine["emp"])
	as["w1"].post("/v1/me/deputyships/m1/autumn/end", `{}`).must(http.StatusNotFound)
	as["d1"].post("/v1/me/deputyships/m1/autumn/end", `{}`).must(http.StatusOK)
	as["d1"].post(requestPath("w2", q2, "/decide"), `{"verdict":"approve"}`).must(http.StatusForbidden)
	require.Empty(t, as["m1"].get("/v1/employees/m1/deputies").must(http.StatusOK).body["items"])
}
