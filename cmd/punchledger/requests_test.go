package main

import (
	"bytes"
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/request"
)

// newRequestShop is a ledger with two employees of one group, on Wednesday, 2026-10-14, at noon in Shanghai.
func newRequestShop(t *testing.T) *clockShop {
	t.Helper()
	s := newClockShop(t)
	s.must("people", "add", "--id", "e2", "--name", "Li", "--group", "office", "--hired", "2026-10-12", "--badge", "43")
	return s
}

// asks submits a request and returns its id.
func (s *clockShop) asks(args ...string) string {
	s.t.Helper()
	out := s.must(append([]string{"requests", "submit", "-o", "json"}, args...)...)
	var x struct {
		Request string `json:"request"`
	}
	require.NoError(s.t, json.Unmarshal([]byte(out), &x), out)
	return x.Request
}

// own is what tells one employee's figures from another's.
var own = regexp.MustCompile(`"(employee|emp|name|row_id|row_hash|sources|position|input_hash|result_hash|id|event|events|punch|request|by|key)":("[^"]*"|\[[^\]]*\]|\d+),?|"[0-9a-f-]{36}"|"[0-9a-f]{64}"`)

func TestAnApprovalCountsAlikeWhereverItWasDecided(t *testing.T) {
	for _, kind := range [][]string{
		{"overtime", "2026-10-12T18:30", "2026-10-12T20:00", "--settle", "pay"},
		{"leave", "2026-10-12T13:00", "2026-10-12T18:00", "--type", "annual"},
		{"trip", "2026-10-12T00:00", "2026-10-13T00:00"},
		{"outing", "2026-10-12T13:00", "2026-10-12T18:00"},
		{"remote", "2026-10-12T09:00", "2026-10-12T18:00"},
		{"field", "2026-10-12T09:00", "2026-10-12T18:00"},
	} {
		t.Run(kind[0], func(t *testing.T) {
			s := newRequestShop(t)
			var dump strings.Builder
			for _, badge := range []string{"42", "43"} {
				dump.WriteString(badge + "\t2026-10-12 08:58:10\t1\t0\t1\t0\n" + badge + "\t2026-10-12 20:10:00\t1\t1\t1\t0\n")
			}
			s.write("clock.dat", []byte(dump.String()))
			s.must("import", "punches", "clock.dat", "--format", "attlog", "--layout", "usb", "--device", "gate", "--timezone", "Asia/Shanghai")
			figures := func(emp string) string {
				days := s.must("days", "-o", "json", "--employee", emp, "--from", "2026-10-12", "--to", "2026-10-12")
				rows := s.must("rows", "-o", "json", "--employee", emp, "--from", "2026-10-12", "--to", "2026-10-12")
				return own.ReplaceAllString(days+rows, "")
			}
			before := figures("e1")
			require.Equal(t, before, figures("e2"))
			s.must(append([]string{"approve", "e1", kind[0], kind[1], kind[2]}, kind[3:]...)...)
			id := s.asks(append([]string{kind[0], "e2", "--from", kind[1], "--to", kind[2]}, kind[3:]...)...)
			require.Equal(t, before, figures("e2"), "nothing changes before it is approved")
			s.must("requests", "decide", "approve", id, "--as", "hr1")
			require.Equal(t, figures("e1"), figures("e2"))
			s.must("requests", "revoke", id, "--reason", "cancelled", "--as", "hr1")
			require.Equal(t, before, figures("e2"))
		})
	}
}

func TestAnApprovalThatWasInterruptedIsCarriedOutByTheNextCommand(t *testing.T) {
	s := newRequestShop(t)
	id := s.asks("correction", "e1", "--at", "2026-10-13T18:05", "--dir", "out", "--as", "e1")
	ctx, stop := context.WithCancel(t.Context())
	out := &stopAfter{left: 1, stop: stop}
	run(ctx, invocation{
		Args: []string{"requests", "decide", "approve", id, "--as", "hr1", "--receipts", "--data", "ledger"}, Dir: s.dir, Now: s.now,
		Getenv: func(string) string { return "" }, In: eof{}, Out: out, Err: &bytes.Buffer{},
	})
	stop()
	require.Contains(t, out.String(), "RequestApproved")
	require.Contains(t, s.must("requests", "list", "--status", "approved", "-o", "json"), id, "approved, and nothing came of it yet")
	s.must("requests", "escalate")
	require.Contains(t, s.must("requests", "list", "--status", "applied", "-o", "json"), id)
	require.Contains(t, s.must("days", "--employee", "e1", "--from", "2026-10-13", "--to", "2026-10-13"), "18:05")
	s.must("verify")
}

func TestAReturnedRequestExpiresWhenItsTimeIsOver(t *testing.T) {
	s := newRequestShop(t)
	id := s.asks("correction", "e1", "--at", "2026-10-13T18:05", "--dir", "out", "--as", "e1")
	s.must("requests", "decide", "return", id, "--reason", "which_door", "--as", "hr1")
	s.at = s.at.Add(13 * 24 * time.Hour)
	s.must("groups", "add", "other")
	require.Contains(t, s.must("requests", "list", "--status", "returned", "-o", "json"), id)
	s.at = s.at.Add(25 * time.Hour)
	s.must("groups", "add", "another")
	require.Contains(t, s.must("requests", "list", "--status", "expired", "-o", "json"), id)
}

func TestManagersDeputiesAndTheClockMoveARequestOn(t *testing.T) {
	s := newClockShop(t)
	for _, emp := range []string{"m1", "m2", "d1"} {
		s.must("people", "add", "--id", emp, "--name", emp, "--group", "office", "--hired", "2026-10-01")
	}
	s.must("people", "assign", "e1", "--from", "2026-10-12", "--manager", "m1")
	s.must("people", "assign", "m1", "--from", "2026-10-12", "--manager", "m2")
	turnOf := func(id string) (approver, why string) {
		var x struct {
			Status string
			Turn   *request.Turn
		}
		require.NoError(t, json.Unmarshal([]byte(s.must("requests", "show", id, "-o", "json")), &x))
		if x.Turn == nil {
			return x.Status, ""
		}
		return x.Turn.Approver, string(x.Turn.Why)
	}
	first := s.asks("correction", "e1", "--at", "2026-10-13T18:05", "--dir", "out", "--as", "e1")
	code, _, messages := s.run("requests", "decide", "approve", first, "--as", "d1")
	require.Equal(t, exitUsage, code)
	require.NotEmpty(t, messages)
	s.must("people", "delegate", "m1", "d1", "--from", "2026-10-14", "--as", "m1")
	s.must("requests", "decide", "approve", first, "--as", "d1")
	approver, _ := turnOf(first)
	require.Equal(t, "applied", approver)
	require.Contains(t, s.must("requests", "show", first, "-o", "json"), `"delegate_for": "m1"`)

	second := s.asks("correction", "e1", "--at", "2026-10-12T18:05", "--dir", "out", "--as", "e1")
	approver, _ = turnOf(second)
	require.Equal(t, "m1", approver)
	s.at = s.at.AddDate(0, 0, 6)
	s.must("groups", "add", "other") // any command that writes
	approver, _ = turnOf(second)
	require.Equal(t, "m1", approver, "48 working hours are more than four days")
	s.at = s.at.AddDate(0, 0, 3)
	s.must("groups", "add", "another")
	approver, why := turnOf(second)
	require.Equal(t, "m2", approver)
	require.Equal(t, "sla", why)
	s.must("requests", "reassign", "d1", "--all", "--approver", "m2", "--reason", "on_leave", "--punches-until", "2026-12-01", "--as", "hr1")
	require.Contains(t, s.must("people", "deputies", "-o", "json"), `"kinds":["punch"],"from":"2026-10-23","to":"2026-12-01"`)
	s.must("requests", "decide", "approve", second, "--as", "d1")
	approver, _ = turnOf(second)
	require.Equal(t, "applied", approver)
	require.Contains(t, s.must("days", "--employee", "e1", "--from", "2026-10-12", "--to", "2026-10-12"), "18:05")
}
