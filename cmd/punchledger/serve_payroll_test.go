package main

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/projections/payroll"
)

func TestPayrollPagesOfAPinnedPositionStayWhileTheLedgerGoesOn(t *testing.T) {
	var pay, hr, own string
	s := newServed(t, func(s *served) {
		s.must("punch", "add", "e1", "2026-10-12T08:58", "in")
		s.must("punch", "add", "e1", "2026-10-12T18:02", "out")
		s.must("punch", "add", "e1", "2026-10-13T08:58", "in")
		s.must("punch", "add", "e1", "2026-10-13T18:02", "out")
		s.tokenOf("payer", access.Payroll)
		pay = s.tokenFor("payer", access.PayRead)
		hr = s.tokenFor("personnel", access.PunchEnter)
		own = s.tokenFor("e1", access.PayRead, access.DayRead)
	})
	get := func(path string) string {
		t.Helper()
		resp, b := s.send(pay, "GET", path, "", "")
		require.Equal(t, http.StatusOK, resp.StatusCode, "%s", b)
		return string(b)
	}
	s.token = pay
	var first, second payroll.Page
	s.ask("GET", "/v1/payroll/rows?from=2026-10-01&to=2026-10-31&limit=1", "", &first)
	require.Len(t, first.Rows, 1)
	require.NotEmpty(t, first.Next)
	next := "/v1/payroll/rows?cursor=" + first.Next
	pinned := "/v1/payroll/rows?from=2026-10-01&to=2026-10-31&position=" + strconv.FormatUint(uint64(first.Position), 10)
	before, all := get(next), get(pinned)

	s.token = hr
	var receipt httpapi.Receipt
	s.ask("POST", "/v1/employees/e1/punches", `{"at":"2026-10-13T20:30","dir":"out","reason":"forgotten"}`, &receipt)
	s.token = pay
	s.ask("GET", "/v1/payroll/rows?from=2026-10-01&to=2026-10-31&not_before_position="+position(&receipt), "", &second)
	require.Greater(t, second.Position, first.Position)
	require.Equal(t, before, get(next), "byte for byte")
	require.Equal(t, all, get(pinned), "byte for byte")

	var changes payroll.Difference
	s.ask("GET", "/v1/payroll/changes?from=2026-10-01&to=2026-10-31&since="+strconv.FormatUint(uint64(first.Position), 10), "", &changes)
	require.NotEmpty(t, len(changes.Added)+len(changes.Changed))
	require.Equal(t, http.StatusNotFound, s.ask("GET", "/v1/payroll/rows?position=999999", "", nil))
	require.Equal(t, http.StatusUnprocessableEntity, s.ask("GET", "/v1/payroll/rows?cursor=nonsense", "", nil))
	s.token = own
	require.Equal(t, http.StatusForbidden, s.ask("GET", next, "", nil))
	require.Equal(t, http.StatusForbidden, s.ask("GET", "/v1/payroll/rows", "", nil))
}

func TestWhatPeopleSayOfTheirDays(t *testing.T) {
	var own, hr, boss, other string
	s := newServed(t, func(s *served) {
		for _, emp := range []string{"e8", "e9"} {
			s.must("people", "add", "--id", emp, "--name", "Zhao", "--group", "office", "--hired", "2026-10-01")
		}
		s.must("people", "assign", "e1", "--from", "2026-10-12", "--manager", "e9")
		s.must("punch", "add", "e1", "2026-10-13T08:58", "in")
		acts := []access.Action{access.AnomalyEdit, access.DayAttest, access.DayRead, access.BankRead, access.BankPost, access.DelegationSet}
		own, boss, other = s.tokenFor("e1", acts...), s.tokenFor("e9", acts...), s.tokenFor("e8", acts...)
		hr = s.tokenFor("personnel", acts...)
	})
	status := func(token, method, path, body string, into any) int {
		t.Helper()
		s.token = token
		return s.ask(method, path, body, into)
	}
	var days struct {
		Items []struct {
			ResultHash string `json:"result_hash"`
		}
	}
	status(own, "GET", "/v1/days?from=2026-10-13&to=2026-10-13", "", &days)
	said := `{"statement":"dispute","note":"the clock was wrong","result_hash":"` + days.Items[0].ResultHash + `"}`
	day := "/v1/employees/e1/days/2026-10-13/"
	require.Equal(t, http.StatusForbidden, status(boss, "POST", day+"attest", said, nil))
	var receipt httpapi.Receipt
	status(own, "POST", day+"attest", said, &receipt)
	stale := `{"statement":"agree","result_hash":"` + "0000000000000000000000000000000000000000000000000000000000000000" + `"}`
	require.Equal(t, http.StatusConflict, status(own, "POST", day+"attest", stale, nil))

	var list struct{ Items []struct{ ID, Of string } }
	status(boss, "GET", "/v1/anomalies?from=2026-10-13&to=2026-10-13&not_before_position="+position(&receipt), "", &list)
	key := strings.TrimSuffix(list.Items[0].ID+":"+list.Items[0].Of, ":")
	missing := `{"key":"` + key + `","reason":"seen"}`
	require.Equal(t, http.StatusForbidden, status(own, "POST", day+"waive", missing, nil))
	require.Equal(t, http.StatusForbidden, status(other, "POST", day+"waive", missing, nil))
	require.Equal(t, http.StatusConflict, status(boss, "POST", day+"waive", `{"key":"no.such","reason":"seen"}`, nil))
	require.Equal(t, http.StatusOK, status(boss, "POST", day+"acknowledge", `{"key":"`+key+`"}`, nil))

	deputy := `{"delegate":"e8","kinds":["punch"],"from":"2026-10-14"}`
	require.Equal(t, http.StatusForbidden, status(other, "PUT", "/v1/employees/e9/deputies/d1", deputy, nil))
	status(boss, "PUT", "/v1/employees/e9/deputies/d1", deputy, &receipt)
	require.Equal(t, http.StatusOK, status(other, "POST", day+"waive?not_before_position="+position(&receipt), missing, nil), "in the place of e9")
	var deputies struct{ Items []struct{ Delegate string } }
	status(boss, "GET", "/v1/employees/e9/deputies", "", &deputies)
	require.Equal(t, "e8", deputies.Items[0].Delegate)
	require.Equal(t, http.StatusOK, status(boss, "DELETE", "/v1/employees/e9/deputies/d1", "", nil))
	status(boss, "GET", "/v1/employees/e9/deputies", "", &deputies)
	require.Empty(t, deputies.Items)

	post := `{"kind":"opening","seconds":28800,"date":"2026-10-12","reason":"brought_in"}`
	require.Equal(t, http.StatusForbidden, status(own, "POST", "/v1/employees/e1/banks/TOIL/postings", post, nil))
	status(hr, "POST", "/v1/employees/e1/banks/TOIL/postings", post, &receipt)
	var banks struct {
		Items []struct {
			Bank    string
			Balance int
		}
	}
	status(own, "GET", "/v1/employees/e1/banks", "", &banks)
	require.Equal(t, 28800, banks.Items[0].Balance)
	require.Equal(t, http.StatusForbidden, status(other, "GET", "/v1/employees/e1/banks", "", nil))
	taken := `{"kind":"taken","seconds":-36000,"reason":"day_off"}`
	require.Equal(t, http.StatusConflict, status(hr, "POST", "/v1/employees/e1/banks/TOIL/postings", taken, nil), "more than there is")
	require.Equal(t, http.StatusOK, status(hr, "POST", "/v1/employees/e1/banks/TOIL/postings/"+receipt.ID+"/void", `{"reason":"mistake"}`, nil))
	require.Equal(t, http.StatusNotFound, status(own, "GET", "/v1/employees/e1/banks/none", "", nil))
}
