package relay_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/projections/relay"
)

const leave = `{"specversion":"1.0","id":"m1","source":"/oa","type":"punchledger.decision.v1","time":"2026-10-01T08:00:00Z","data":` +
	`{"emp":"e1","external_id":"OA-1","kind":"leave","type":"annual","from":"2026-10-12T09:00","to":"2026-10-12T18:00",` +
	`"outcome":"approved","decided_by":"boss","note":"Canary"}}`

// decisions are the events of e1's requests.
func (h *house) decisions() (out []request.ExternalDecisionRecorded) {
	h.t.Helper()
	for _, rec := range h.log() {
		if rec.Type == "ExternalDecisionRecorded" {
			d, err := h.codec.DecodeRecord(rec)
			require.NoError(h.t, err)
			out = append(out, d.Event.(request.ExternalDecisionRecorded))
		}
	}
	return out
}

func TestADecisionOfAnotherSystemIsTakenOnce(t *testing.T) {
	h := newHouse(t)
	in := relay.Intake{Door: h.door, Endpoint: "oa-in", System: "oa"}
	for range 3 {
		require.NoError(t, in.Take(t.Context(), []byte(leave)))
	}
	got := h.decisions()
	require.Len(t, got, 1)
	require.Equal(t, []any{"e1", "oa", "OA-1", request.Leave, "annual", request.Approved, "boss", "2026-10-01T08:00:00.000Z"},
		[]any{got[0].Emp, got[0].System, got[0].ExternalID, got[0].Kind, got[0].Type, got[0].Outcome, got[0].DecidedBy, got[0].DecidedAt.String()})
	require.Equal(t, "2026-10-12", got[0].Target.Date.String())

	again := strings.Replace(leave, `"m1"`, `"m2"`, 1)
	require.NoError(t, in.Take(t.Context(), []byte(again)), "another message that says the same changes nothing")
	require.Len(t, h.decisions(), 1)

	revoked := strings.NewReplacer(`"m1"`, `"m3"`, `"approved"`, `"revoked"`).Replace(leave)
	require.NoError(t, in.Take(t.Context(), []byte(revoked)))
	got = h.decisions()
	require.Len(t, got, 2)
	require.Equal(t, got[0].Request, got[1].Request, "the same external id is the same request")
	require.Equal(t, request.Revoked, got[1].Outcome)
}

func TestABadMessageIsNamedAsSuch(t *testing.T) {
	h := newHouse(t)
	in := relay.Intake{Door: h.door, Endpoint: "oa-in", System: "oa"}
	require.NoError(t, in.Take(t.Context(), []byte(leave)))
	for _, c := range []struct{ name, old, with, says string }{
		{"it is no JSON", `{"specversion"`, `specversion`, "invalid"},
		{"it is of another version", `"1.0"`, `"0.3"`, "not 1.0"},
		{"it has no id", `"m1"`, `""`, "id"},
		{"it is of another type", `decision.v1`, `decision.v9`, "type"},
		{"it has a misspelt member", `"emp"`, `"employee"`, "employee"},
		{"it is about nobody who is known", `"e1"`, `"e9"`, "e9"},
		{"its time is none", `2026-10-12T09:00`, `next Monday`, "not_a_local_time"},
		{"its end is before its begin", `2026-10-12T18:00`, `2026-10-12T08:00`, "not after from"},
		{"its kind is none", `"leave"`, `"holiday"`, "not a kind"},
		{"it overlaps another one", `OA-1`, `OA-2`, "overlaps_request"},
		{"its id was another message's", `"boss"`, `"chief"`, "idempotency_conflict"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := leave
			if c.says != "idempotency_conflict" {
				text = strings.Replace(text, `"m1"`, fmt.Sprintf("%q", c.name), 1)
			}
			if c.old == `"m1"` {
				text = leave
			}
			err := in.Take(t.Context(), []byte(strings.Replace(text, c.old, c.with, 1)))
			_, bad := errors.AsType[*relay.BadMessageError](err)
			require.True(t, bad, "%v", err)
			require.ErrorContains(t, err, c.says)
		})
	}
	require.Len(t, h.decisions(), 1)
}
