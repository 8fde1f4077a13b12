package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/projections/register"
)

// The register says what acts gained and lost, also by what followed from them.
func TestTheRegisterSaysWhatActsGainedAndLost(t *testing.T) {
	var token string
	s := newServed(t, func(s *served) {
		s.must("punch", "add", "e1", "2026-10-12T08:58", "in")
		out := strings.TrimSpace(s.must("punch", "add", "e1", "2026-10-12T18:02", "out"))
		s.must("punch", "add", "e1", "2026-10-13T09:00", "in")
		id := s.asks("correction", "e1", "--at", "2026-10-13T18:05", "--dir", "out", "--as", "e1")
		s.must("requests", "decide", "approve", id, "--as", "hr1")
		s.at = s.at.AddDate(0, 0, 1)
		s.must("punch", "void", "e1", out, "--reason", "mistake")
		var got []string
		for line := range strings.Lines(s.must("register", "--effect", "--about", "e1", "-o", "json")) {
			var a register.Act
			require.NoError(t, json.Unmarshal([]byte(line), &a))
			if a.Touches == register.Pay {
				require.NotNil(t, a.Effect)
				got = append(got, strings.Join([]string{a.Act, a.Effect.Gained.HM(), a.Effect.Lost.HM()}, " "))
			}
		}
		require.Equal(t, []string{
			"PunchAdded 0:00 0:00", "PunchAdded 8:00 0:00", "PunchAdded 0:00 0:00", "RequestApproved 8:00 0:00", "PunchVoided 0:00 8:00",
		}, got)
		require.Contains(t, s.must("register", "totals", "--effect", "-o", "csv"), "admin,PunchVoided,pay,1,1,,,,-28800")
		s.atMachine("aud", access.Auditor, func(*identity.Service) {})
		token = s.tokenFor("aud", access.RegisterRead)
	})
	aud := browser{s: s, bearer: token}
	page := aud.get("/v1/register?about=e1&effect=true").must(http.StatusOK)
	last := page.body["items"].([]any)
	require.Equal(t, map[string]any{"gained": 0.0, "lost": 28800.0, "changes": []any{
		map[string]any{"date": "2026-10-12", "code": "REG", "before": 28800.0, "after": 0.0},
	}}, last[len(last)-1].(map[string]any)["effect"])
	require.NotEmpty(t, aud.get("/v1/register/totals?about=e1").must(http.StatusOK).body["items"])
}

func TestAPunchIsMovedAndTurnedAtTheMachine(t *testing.T) {
	s := newClockShop(t)
	id := strings.TrimSpace(s.must("punch", "add", "e1", "2026-10-13T08:58", "in"))
	s.must("punch", "retime", "e1", id, "2026-10-13T18:05")
	s.must("punch", "redirect", "e1", id, "out")
	acts := s.must("register", "--about", "e1", "-o", "csv")
	require.Contains(t, acts, "PunchRetimed,pay,e1,2026-10-13T10:05:00.000Z,mistake,32820")
	require.Contains(t, acts, "PunchRedirected,pay,e1,")
	code, _, _ := s.run("punch", "retime", "e1", "nothing", "2026-10-13T18:05")
	require.Equal(t, exitUsage, code)
}
