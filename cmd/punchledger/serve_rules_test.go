package main

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain/access"
)

// ruled is a served ledger under dual control, with two rules admins, rita and rob, and a representative.
func ruled(t *testing.T) (s *served, rita, rob, council browser) {
	t.Helper()
	var tokens [3]string
	s = newServed(t, func(s *served) {
		s.must("punch", "add", "e1", "2026-10-13T09:07", "in")
		s.must("punch", "add", "e1", "2026-10-13T18:05", "out")
		for i, p := range []string{"rita", "rob", "council"} {
			role := access.RulesAdmin
			if p == "council" {
				role = access.Representative
			}
			s.atMachine(p, role, func(*identity.Service) {})
			tokens[i] = s.tokenFor(p, access.RulesRead, access.RulesEdit, access.RulesReview, access.RulesTry, access.DayRead)
		}
		s.must("policy", "set", "dual_control", "on")
	})
	return s, browser{s: s, bearer: tokens[0]}, browser{s: s, bearer: tokens[1]}, browser{s: s, bearer: tokens[2]}
}

// moreGrace is the pack of a Beijing office with ten minutes in the place of five, as the body of a request.
func moreGrace(t *testing.T, b browser, more string) string {
	t.Helper()
	text := b.get("/v1/packs/cn-bj-office").must(http.StatusOK).text("document")
	text = strings.Replace(text, "late: {grace: 5m,", "late: {grace: 10m,", 1)
	text = regexp.MustCompile(`(?s) *- id: b2.*?flags[^\n]*\n`).ReplaceAllString(text, "")
	body, err := json.Marshal(map[string]string{"document": text})
	require.NoError(t, err)
	return strings.TrimSuffix(string(body), "}") + more + "}"
}

func TestRulesArePublishedByTwo(t *testing.T) {
	s, rita, rob, council := ruled(t)
	const drafts = "/v1/rulesets/cn-bj-office/drafts"
	checked := rita.post("/v1/rules/lint", moreGrace(t, rita, "")).must(http.StatusOK)
	require.Equal(t, true, checked.body["ok"], "%v", checked.body)
	require.NotEmpty(t, checked.body["examples"])
	broken := strings.Replace(moreGrace(t, rita, ""), "grace: 10m", "grase: 10m", 1)
	wrong := rita.post("/v1/rules/lint", broken).must(http.StatusOK)
	require.Equal(t, false, wrong.body["ok"])
	first := wrong.body["problems"].([]any)[0].(map[string]any)
	require.Equal(t, "/presence/late/grase", first["pointer"])
	require.Equal(t, "doc.unknown_key", first["code"])
	require.Positive(t, first["line"])
	refused := rita.post(drafts, broken).must(http.StatusUnprocessableEntity)
	require.Equal(t, "/document/presence/late/grase", refused.body["errors"].([]any)[0].(map[string]any)["pointer"])

	made := rita.post(drafts, moreGrace(t, rita, "")).must(http.StatusCreated)
	draft := drafts + "/" + made.text("id")
	shown := council.get(draft).must(http.StatusOK)
	require.Equal(t, "draft", shown.text("state"))
	changes := rita.post("/v1/rules/diff", `{"before":"cn-bj-office@1","after":"cn-bj-office@`+made.text("id")+`"}`).must(http.StatusOK)
	require.Equal(t, "/presence/late/grace", changes.body["items"].([]any)[0].(map[string]any)["pointer"])
	publish := `{"draft":"` + made.text("id") + `","from":"2026-11-01"}`
	const versions = "/v1/rulesets/cn-bj-office/versions"
	require.Equal(t, "not_reviewed", rita.post(versions, publish).must(http.StatusConflict).text("code"))

	verdict := `{"verdict":"approve","hash":"` + shown.text("hash") + `"`
	require.Equal(t, "author_cannot_review", rita.post(draft+"/review", verdict+"}").must(http.StatusForbidden).text("code"))
	rob.post(draft+"/review", verdict+`,"representative":true}`).must(http.StatusForbidden)
	council.post(draft+"/review", verdict+"}").must(http.StatusOK) // which is not the employer's word
	require.Equal(t, "not_reviewed", rita.post(versions, publish).must(http.StatusConflict).text("code"))
	rob.post(draft+"/review", verdict+"}").must(http.StatusOK)
	council.post(versions, publish).must(http.StatusForbidden)
	done := rita.post(versions, publish, "Idempotency-Key", "p1").must(http.StatusCreated)
	require.EqualValues(t, 2, done.body["version"])
	require.NotContains(t, done.body, "single_control")
	again := rita.post(versions, publish, "Idempotency-Key", "p1").must(http.StatusCreated)
	require.Equal(t, true, again.body["repeated"])
	require.EqualValues(t, 2, again.body["version"])
	require.Equal(t, "already_published", rita.post(versions, publish).must(http.StatusConflict).text("code"))

	tag := council.get(versions + "/2").must(http.StatusOK).Header.Get("ETag")
	require.Equal(t, http.StatusNotModified, council.send(http.MethodGet, versions+"/2", "", "If-None-Match", tag).StatusCode)
	require.Equal(t, []string{"RulesetWithdrawn"}, texts(rita.post(versions+"/2/withdraw", `{"reason":"mistake"}`).must(http.StatusOK).body["events"]))
	require.NotEmpty(t, s.url)
}

func texts(list any) []string {
	var out []string
	for _, v := range list.([]any) {
		out = append(out, v.(string))
	}
	return out
}

func TestRulesForThePastAreTriedFirst(t *testing.T) {
	_, rita, rob, _ := ruled(t)
	const replays = "/v1/rulesets/cn-bj-office/replays"
	tried := rita.post(replays, moreGrace(t, rita, `,"from":"2026-10-12"`)).must(http.StatusOK)
	require.NotContains(t, tried.body, "replay", "nothing was written")
	summary := tried.body["summary"].(map[string]any)
	require.EqualValues(t, 1, summary["persons"])
	require.EqualValues(t, 1, summary["days_changed"], "seven minutes late are in time now")
	require.Empty(t, tried.body["days"], "who makes rules sees nobody's days")
	require.EqualValues(t, 1, tried.body["hidden"])

	record := moreGrace(t, rita, `,"from":"2026-10-12","record":true`)
	kept := rita.post(replays, record, "Idempotency-Key", "r1").must(http.StatusOK)
	require.Equal(t, tried.text("report_hash"), kept.text("report_hash"))
	require.Equal(t, kept.text("replay"), rita.post(replays, record, "Idempotency-Key", "r1").must(http.StatusOK).text("replay"))
	replay := "/v1/replays/" + kept.text("replay")
	require.Equal(t, "completed", rob.get(replay).must(http.StatusOK).text("state"))
	require.Equal(t, "second_approver_needed", rita.post(replay+"/adopt", `{"approvers":["rob"]}`).must(http.StatusForbidden).text("code"))
	rob.post(replay+"/adopt", `{"approvers":["hana"]}`).must(http.StatusOK)
	require.Equal(t, "adopted", rob.get(replay).must(http.StatusOK).text("state"))

	made := rita.post("/v1/rulesets/cn-bj-office/drafts", moreGrace(t, rita, "")).must(http.StatusCreated)
	draft := "/v1/rulesets/cn-bj-office/drafts/" + made.text("id")
	hash := rob.get(draft).must(http.StatusOK).text("hash")
	rob.post(draft+"/review", `{"verdict":"approve","hash":"`+hash+`"}`).must(http.StatusOK)
	const versions = "/v1/rulesets/cn-bj-office/versions"
	need := rita.post(versions, moreGrace(t, rita, `,"from":"2026-10-12"`)).must(http.StatusConflict)
	require.Equal(t, "replay_required", need.text("code"))
	done := rita.post(versions, moreGrace(t, rita, `,"from":"2026-10-12","replay":"`+kept.text("replay")+`"`)).must(http.StatusCreated)
	require.EqualValues(t, 2, done.body["version"])
}
