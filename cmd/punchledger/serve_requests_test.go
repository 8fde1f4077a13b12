package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

func TestAMissedPunchIsCorrectedWithAPhotoAndChangesTheDay(t *testing.T) {
	var own, hr, other string
	s := newServed(t, func(s *served) {
		s.must("people", "add", "--id", "e9", "--name", "Zhao", "--group", "office", "--hired", "2026-10-01")
		own = s.tokenFor("e1", access.RequestFile, access.RequestRead, access.DayRead, access.EvidenceRead, access.ReadsRead, access.InboxRead)
		hr = s.tokenFor("personnel", access.RequestDecide, access.RequestRead, access.EvidenceRead, access.DayRead, access.InboxRead)
		other = s.tokenFor("e9", access.RequestFile, access.RequestRead, access.EvidenceRead, access.ReadsRead, access.DayRead)
	})
	as := func(token, method, path, body string, into any) {
		t.Helper()
		resp, b := s.send(token, method, path, "application/json", body)
		require.Less(t, resp.StatusCode, 300, "%s", b)
		require.NoError(t, json.Unmarshal(b, into), "%s", b)
	}
	var photo bytes.Buffer
	require.NoError(t, png.Encode(&photo, image.NewRGBA(image.Rect(0, 0, 8, 8))))
	resp, b := s.send(own, "POST", "/v1/employees/e1/evidence", "image/png", photo.String())
	require.Equal(t, http.StatusCreated, resp.StatusCode, "%s", b)
	var stored httpapi.StoredEvidence
	require.NoError(t, json.Unmarshal(b, &stored))
	require.Equal(t, "image/png", stored.MIME)

	wish := `{"kind":"correction","at":"2026-10-13T18:05","dir":"out","reason":"forgotten","text":"the door was open","evidence":["` + stored.Reference + `"]}`
	var tried, filed, decided httpapi.RequestOutcome
	as(own, "POST", "/v1/employees/e1/requests?dry_run=true", wish, &tried)
	require.Equal(t, request.StatusOpen, tried.Status)
	require.Nil(t, tried.Receipt)
	as(own, "POST", "/v1/employees/e1/requests", wish, &filed)
	require.Equal(t, request.RoleHR, filed.Turn.Role)

	var waits struct{ Items []struct{ ID string } }
	as(hr, "GET", "/v1/inbox?not_before_position="+position(filed.Receipt), "", &waits)
	require.Equal(t, filed.Request, waits.Items[0].ID)
	as(own, "GET", "/v1/inbox", "", &waits)
	require.Empty(t, waits.Items)
	var shown ledgerStory
	as(hr, "GET", "/v1/employees/e1/requests/"+filed.Request, "", &shown)
	require.Equal(t, "the door was open", shown.History[0].Text)
	require.Equal(t, []string{stored.Reference}, shown.History[0].Evidence)

	path := "/v1/employees/e1/evidence/" + stored.Reference
	resp, b = s.send(hr, "GET", path+"?request="+filed.Request, "", "")
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", b)
	require.Equal(t, "image/png", resp.Header.Get("Content-Type"))
	require.Contains(t, resp.Header.Get("Content-Disposition"), "attachment")
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "sandbox")
	require.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
	resp, b = s.send(hr, "GET", path+"?original=true", "", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, photo.Bytes(), b, "as it was handed in")
	var reads httpapi.List[ledger.Read]
	as(own, "GET", "/v1/employees/e1/reads", "", &reads)
	require.Len(t, reads.Items, 2)
	require.Equal(t, "personnel", reads.Items[0].Reader)
	require.Equal(t, filed.Request, reads.Items[1].Case)
	for _, forbidden := range []string{
		path, "/v1/employees/e1/evidence", "/v1/employees/e1/reads", "/v1/employees/e1/requests/" + filed.Request, "/v1/employees/e1/slots",
		"/v1/employees/e1/months/2026-10",
	} {
		resp, _ = s.send(other, "GET", forbidden, "", "")
		require.Equal(t, http.StatusForbidden, resp.StatusCode, forbidden)
	}

	var list struct {
		Items []struct{ Status, Request string }
	}
	as(other, "GET", "/v1/requests", "", &list)
	require.Empty(t, list.Items)

	decide := "/v1/employees/e1/requests/" + filed.Request + "/decide"
	for _, token := range []string{own, other} {
		resp, _ = s.send(token, "POST", decide, "application/json", `{"verdict":"approve"}`)
		require.Equal(t, http.StatusForbidden, resp.StatusCode)
	}
	as(hr, "POST", decide, `{"verdict":"approve"}`, &decided)
	require.Equal(t, request.StatusApproved, decided.Status)
	s.applied(own, filed.Request, decided.Receipt.Position)
	as(own, "GET", "/v1/employees/e1/requests?status=applied", "", &list)
	require.Equal(t, filed.Request, list.Items[0].Request)
	as(own, "GET", "/v1/requests?as_of="+position(filed.Receipt), "", &list)
	require.Equal(t, "open", list.Items[0].Status, "as it was then")
	var days struct {
		Items []struct{ Punches []struct{ ID string } }
	}
	as(own, "GET", "/v1/days?emp=e1&from=2026-10-13&to=2026-10-13", "", &days)
	require.Equal(t, filed.Request, days.Items[0].Punches[0].ID)
}

// ledgerStory is a request with what happened to it.
type ledgerStory struct {
	Status  string
	History []struct {
		Event, Text string
		Evidence    []string
	}
}

func position(r *httpapi.Receipt) string { return strconv.FormatUint(uint64(r.Position), 10) }

func TestWhatCanBeAskedForAndWhatItWouldChange(t *testing.T) {
	var own, boss string
	s := newServed(t, func(s *served) {
		s.must("people", "add", "--id", "e9", "--name", "Zhao", "--group", "office", "--hired", "2026-10-01")
		s.must("people", "assign", "e1", "--from", "2026-10-12", "--manager", "e9")
		s.must("punch", "add", "e1", "2026-10-13T08:58", "in")
		own = s.tokenFor("e1", access.RequestRead, access.DayRead, access.TeamRead, access.InboxRead)
		boss = s.tokenFor("e9", access.RequestRead, access.DayRead, access.TeamRead)
	})
	var slots struct {
		Items []struct {
			Date  string
			Slots []struct{ Dir string }
		}
	}
	s.token = own
	s.ask("GET", "/v1/employees/e1/slots?from=2026-10-13&to=2026-10-13", "", &slots)
	require.Equal(t, "2026-10-13", slots.Items[0].Date)
	var preview struct {
		Days []struct {
			Date    string
			Changed bool
		}
	}
	s.ask("POST", "/v1/employees/e1/preview", `{"kind":"correction","at":"2026-10-13T18:05","dir":"out","reason":"forgotten"}`, &preview)
	require.Equal(t, "2026-10-13", preview.Days[0].Date)
	require.True(t, preview.Days[0].Changed)
	require.Equal(t, http.StatusUnprocessableEntity, s.ask("POST", "/v1/employees/e1/preview", `{"kind":"leave","reason":"sick"}`, nil))
	var month struct {
		Days []struct {
			Date   string
			Result *json.RawMessage
		}
		Sums struct{ Days int }
	}
	s.ask("GET", "/v1/employees/e1/months/2026-10", "", &month)
	require.Len(t, month.Days, 31)
	require.Equal(t, http.StatusUnprocessableEntity, s.ask("GET", "/v1/employees/e1/months/2026-13", "", nil))
	var team struct{ People []struct{ Emp string } }
	var in struct {
		Items []struct{ Emp, State string }
	}
	s.ask("GET", "/v1/team/2026-10", "", &team)
	require.Empty(t, team.People, "nobody leads themselves")
	s.token = boss
	s.ask("GET", "/v1/team/2026-10", "", &team)
	require.Equal(t, "e1", team.People[0].Emp)
	s.ask("GET", "/v1/presence?at=2026-10-13T02:00:00Z", "", &in)
	require.Equal(t, "e1", in.Items[0].Emp)
	s.ask("GET", "/v1/employees/e1/months/2026-10", "", &month)
	require.Nil(t, month.Days[7].Result, "before one led them")
	var groups struct{ Items []json.RawMessage }
	s.ask("GET", "/v1/anomalies/groups?from=2026-10-01", "", &groups)
	require.NotEmpty(t, groups.Items)
}

// applied waits until what a request asked for is in the views. The server carries it out by itself, at once.
func (s *served) applied(token, id string, after eventstore.Position) {
	s.t.Helper()
	resp, b := s.send(token, "GET", "/v1/days?not_before_position="+strconv.FormatUint(uint64(after)+2, 10), "", "")
	require.Equal(s.t, http.StatusOK, resp.StatusCode, "%s %s", id, b)
}
