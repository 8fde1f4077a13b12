package main

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain/access"
)

var digitsShown = regexp.MustCompile(`class="digits">([0-9]{6})<`)

func TestAnInvitedPersonGetsInAndPunchesWithoutScripts(t *testing.T) {
	s, _ := invitedServer(t)
	var out struct{ URL, Code string }
	require.NoError(t, json.Unmarshal([]byte(s.must("users", "invite", "e1", "--confirm", "--url", s.url, "-o", "json")), &out))
	path, behind, found := strings.Cut(strings.TrimPrefix(out.URL, s.url), "#")
	require.True(t, found)
	require.Equal(t, out.Code, behind)

	b := newSurfer(s)
	page := b.get(path)
	require.Equal(t, http.StatusOK, page.StatusCode, "the printed link works")
	bad := b.press(page, "/lite/invitation", "code", "0000-1111")
	require.Equal(t, http.StatusForbidden, bad.StatusCode)
	require.Contains(t, bad.text, "This code is not good")
	require.Contains(t, bad.text, `value="0000-1111"`, "what was mistyped can be corrected")
	page = b.press(bad, "/lite/invitation", "code", strings.ToLower(out.URL))
	require.Equal(t, http.StatusOK, page.StatusCode, page.text)
	require.Contains(t, page.text, "Choose a password")
	require.Contains(t, page.text, "<b>e1</b>", "the login is told")
	require.NotContains(t, page.text, "/lite/pin")
	require.Equal(t, "/lite/account", b.get("/lite").Header.Get("Location"), "who comes back is led to the password")

	weak := b.press(page, "/lite/password", "password", "password", "again", "password")
	require.Equal(t, http.StatusUnprocessableEntity, weak.StatusCode)
	require.Contains(t, weak.text, "This password cannot be taken")
	long := b.press(weak, "/lite/password", "password", strings.Repeat("x", 600), "again", strings.Repeat("x", 600))
	require.Equal(t, http.StatusUnprocessableEntity, long.StatusCode)
	require.Contains(t, long.text, "What was entered cannot be taken.")
	require.NotContains(t, long.text, "openapi")
	differ := b.press(weak, "/lite/password", "password", aPassword, "again", aPassword+"x")
	require.Equal(t, http.StatusUnprocessableEntity, differ.StatusCode)
	require.Contains(t, differ.text, "The two entries differ.")
	page = b.press(differ, "/lite/password", "password", aPassword, "again", aPassword)
	require.Equal(t, http.StatusOK, page.StatusCode, page.text)
	require.Contains(t, page.text, "Your password is set.")
	require.Contains(t, page.text, "Nobody has vouched for your login yet")
	digits := digitsShown.FindStringSubmatch(page.text)
	require.NotNil(t, digits, page.text)
	again := b.get("/lite").text
	require.Contains(t, again, digits[1], "loading the page again does not lose them")
	require.NotContains(t, again, "Your password is set.", "told once")
	require.Contains(t, b.get("/lite/account").text, "once somebody has vouched")
	in := b.press(page, "/lite/punch", "dir", "in")
	require.Contains(t, in.text, "waits until somebody has looked at it")

	s.must("users", "confirm", "e1", digits[1])
	b = newSurfer(s)
	page = b.press(b.get("/lite"), "/lite/login", "login", "e1", "password", aPassword)
	require.NotRegexp(t, digitsShown, page.text)
	require.Contains(t, page.text, "Expect the same of the next one.")
	require.Equal(t, http.StatusForbidden, b.press(b.get("/lite/invitation"), "/lite/invitation", "code", out.Code).StatusCode, "once")
}

func TestWhoIsLoggedInChangesPasswordAndPINWithoutScripts(t *testing.T) {
	var minutes atomic.Int64
	var code string
	s := newServed(t, func(s *served) {
		s.now = func() time.Time { return goodTime.Add(time.Duration(minutes.Load()) * time.Minute) }
		s.atMachine("boss", access.Owner, func(who *identity.Service) {
			secret, _, err := who.Invite(t.Context(), identity.InvitationRequest{Principal: "e1", By: "admin"})
			require.NoError(t, err)
			code = secret.Reveal()
		})
	})
	s.enrol(code)
	const another = "fünf andere Wörter ohne Sinn"
	b := newSurfer(s)
	page := b.get("/lite/account")
	require.Contains(t, page.text, "Log in")
	bad := b.press(page, "/lite/login", "login", "e1", "password", "wrong one here", "next", "/lite/account")
	require.Contains(t, bad.text, `name="login" value="e1"`, "the number stays")
	require.Contains(t, bad.text, `name="next" value="/lite/account"`)
	page = b.press(bad, "/lite/login", "login", "e1", "password", aPassword, "next", "/lite/account")
	require.Contains(t, page.text, "Another password")

	weak := b.press(page, "/lite/pin", "pin", "1234", "again", "1234")
	require.Equal(t, http.StatusUnprocessableEntity, weak.StatusCode)
	require.Contains(t, weak.text, "This PIN cannot be taken")
	require.Contains(t, b.press(page, "/lite/pin", "pin", "830652", "again", "830651").text, "The two entries differ.")
	page = b.press(page, "/lite/pin", "pin", "830652", "again", "830652")
	require.Equal(t, http.StatusOK, page.StatusCode, page.text)
	require.Contains(t, page.text, "Your PIN is set.")
	require.NotContains(t, page.text, "830652")
	page = b.press(page, "/lite/password", "password", another, "again", another)
	require.Contains(t, page.text, "Your password is set.")

	minutes.Store(11)
	late := b.press(b.get("/lite/account"), "/lite/pin", "pin", "830652", "again", "830652")
	require.Equal(t, http.StatusForbidden, late.StatusCode)
	require.Contains(t, late.text, "This needs a fresh proof")
	page = b.press(late, "/lite/login", "login", "e1", "password", another, "next", "https://evil.example")
	require.Equal(t, "/lite", page.Request.URL.Path)
	b.lang = "zh-CN"
	require.Contains(t, b.get("/lite/account").text, "更换密码")
}

func TestAPunchPageSaysBeforehandWhatWillBecomeOfAPunch(t *testing.T) {
	s, codes := invitedServer(t)
	s.enrol(codes["e1"])
	b := newSurfer(s)
	page := b.press(b.get("/lite"), "/lite/login", "login", "e1", "password", aPassword)
	require.Contains(t, page.text, "A page cannot show where you are by satellite")
	in := b.press(page, "/lite/punch", "dir", "in")
	page = b.get("/lite")
	require.NotContains(t, page.text, "/intake/", "pointers are for those who write rules")
	if strings.Contains(in.text, "It counts.") {
		require.Contains(t, page.text, "counted at once")
	} else {
		require.Contains(t, page.text, "Expect the same of the next one.")
	}
}
