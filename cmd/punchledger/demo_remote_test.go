package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/request"
)

// requestLine is a line of the list of requests.
type requestLine struct {
	Kind, Status string
	Target       struct{ Date string }
}

// request returns the status of the request of a story, by its kind and date.
func (s shell) request(x tourNote, kind request.Kind) string {
	s.t.Helper()
	for _, r := range lines[requestLine](s, "requests", "--all", "--employee", x.Employee, "--kind", string(kind)) {
		if r.Target.Date == x.Date {
			return r.Status
		}
	}
	return ""
}

// waitingLine is a line of the list of punches that do not count.
type waitingLine struct {
	Punch, State string
	Reasons      []string
	Appealed     bool
}

// held returns the punches of a day that do not count.
func (s shell) held(x tourNote) []waitingLine {
	s.t.Helper()
	return lines[waitingLine](s, "punches", "--employee", x.Employee, "--from", x.Date, "--to", x.Date)
}

// remoteSights are what one sees of stories about phones and requests.
var remoteSights = map[string]func(s shell, x tourNote){
	"remote": func(s shell, x tourNote) {
		require.Equal(s.t, "applied", s.request(x, request.Remote))
		require.Empty(s.t, s.held(x))
		require.Equal(s.t, map[string]string{"REG": "8:00"}, s.pay(x))
	},
	"offline": func(s shell, x tourNote) {
		require.Empty(s.t, s.day(x, "--as-of", "2026-10-16T00:00:00Z").Punches, "nothing is known before the upload")
		require.Empty(s.t, s.held(x))
		require.Equal(s.t, map[string]string{"REG": "8:00"}, s.pay(x))
		require.Contains(s.t, s.types("intake-phone_"+x.Employee+"-20261016"), "OfflineBatchReceived")
	},
	"held_released": func(s shell, x tourNote) {
		require.Empty(s.t, s.pay(x, "--as-of", "2026-10-21T00:00:00Z"))
		require.Empty(s.t, s.held(x))
		require.Equal(s.t, map[string]string{"REG": "8:00"}, s.pay(x))
	},
	"held_refused": func(s shell, x tourNote) {
		require.Len(s.t, s.held(x), 2)
		for _, p := range s.held(x) {
			require.Equal(s.t, "refused", p.State)
			require.True(s.t, p.Appealed)
			require.Equal(s.t, []string{"outside_fence"}, p.Reasons)
		}
		require.Empty(s.t, s.pay(x))
	},
	"held_waiting": func(s shell, x tourNote) {
		require.Len(s.t, s.held(x), 2)
		for _, p := range s.held(x) {
			require.Equal(s.t, "held", p.State)
			require.Contains(s.t, s.must("punch", "reasons", x.Employee, p.Punch), "/intake/office")
		}
		require.Contains(s.t, s.exceptions(x), "punch.held")
	},
	"request_open": func(s shell, x tourNote) {
		require.Equal(s.t, "open", s.request(x, request.Correction))
		require.Contains(s.t, s.exceptions(x), "punch.missing_out")
	},
	"request_correction": func(s shell, x tourNote) {
		require.Equal(s.t, "applied", s.request(x, request.Correction))
		require.Empty(s.t, s.pay(x, "--as-of", "2026-10-19T01:00:00Z"))
		require.Equal(s.t, map[string]string{"REG": "8:00"}, s.pay(x))
		require.Len(s.t, lines[struct{ Emp string }](s, "evidence", "list", "-e", x.Employee), 1)
	},
	"request_leave": func(s shell, x tourNote) {
		require.Equal(s.t, "applied", s.request(x, request.Leave))
		require.Equal(s.t, map[string]string{"LEAVE_ANNUAL": "8:00"}, s.pay(x))
	},
	"request_trip": func(s shell, x tourNote) {
		require.Equal(s.t, "applied", s.request(x, request.Trip))
		require.Equal(s.t, map[string]string{"REG": "8:00"}, s.pay(x))
	},
	"request_deputy": func(s shell, x tourNote) {
		require.Equal(s.t, "applied", s.request(x, request.Outing))
		require.Len(s.t, lines[struct{ Emp string }](s, "people", "deputies"), 1)
		require.Contains(s.t, s.must("log", "tail", "-n", "1000", "--stream", "request-"+x.Employee+"-2026", "-o", "json"), `"delegate_for"`)
	},
	"request_overtime": func(s shell, x tourNote) {
		require.Equal(s.t, "applied", s.request(x, request.Overtime))
		require.Equal(s.t, map[string]string{"REG": "8:00", "OT_150": "2:30"}, s.pay(x))
	},
	"request_swap": func(s shell, x tourNote) {
		require.Equal(s.t, "applied", s.request(x, request.Swap))
		require.Equal(s.t, map[string]string{"REG": "8:00"}, s.pay(x))
		require.Empty(s.t, s.exceptions(tourNote{Employee: x.Employee, Date: "2026-10-30"}), "nobody misses them on the day off")
	},
	"request_rejected":  func(s shell, x tourNote) { require.Equal(s.t, "rejected", s.request(x, request.Field)) },
	"request_withdrawn": func(s shell, x tourNote) { require.Equal(s.t, "withdrawn", s.request(x, request.Overtime)) },
	"request_revoked": func(s shell, x tourNote) {
		require.Equal(s.t, "revoked", s.request(x, request.Trip))
		require.NotEmpty(s.t, s.day(x).Punches, "the day was an ordinary one")
	},
	"request_expired": func(s shell, x tourNote) { require.Equal(s.t, "expired", s.request(x, request.Leave)) },
	"request_returned": func(s shell, x tourNote) {
		require.Equal(s.t, "returned", s.request(tourNote{Employee: x.Employee, Date: "2026-11-05"}, request.Leave))
	},
}

func everyKind(t *testing.T, s shell) {
	t.Helper()
	kinds, states := map[string]bool{}, map[string]bool{}
	for _, r := range lines[requestLine](s, "requests", "--all") {
		kinds[r.Kind], states[r.Status] = true, true
	}
	require.Len(t, kinds, 8)
	for _, want := range []string{"open", "returned", "applied", "rejected", "withdrawn", "expired", "revoked"} {
		require.True(t, states[want], want)
	}
}

func everyRight(t *testing.T, s shell) {
	t.Helper()
	held := map[access.Role]bool{}
	for _, g := range lines[grantShown](s, "access", "list") {
		held[g.Role] = true
	}
	for _, role := range access.Roles() {
		require.Equal(t, role.Granted(), held[role], role)
	}
	opened := map[string]bool{}
	for _, b := range lines[struct{ Bank string }](s, "banks", "show", "--on", "2026-10-31") {
		opened[b.Bank] = true
	}
	require.True(t, opened[leaveBank])
}
