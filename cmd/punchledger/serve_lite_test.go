package main

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/adapters/lite"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
)

// surfer is a browser without scripts, which keeps its cookies.
type surfer struct {
	s       *served
	cookies map[string]string
	lang    string
}

func newSurfer(s *served) *surfer { return &surfer{s: s, cookies: map[string]string{}, lang: "en"} }

// sitePage is a page.
type sitePage struct {
	*http.Response
	text string
}

var formField = regexp.MustCompile(`name="form" value="([^"]*)"`)

func (p sitePage) form() string {
	if m := formField.FindStringSubmatch(p.text); m != nil {
		return html.UnescapeString(m[1])
	}
	return ""
}

func (b *surfer) send(method, path, body string, header ...string) sitePage {
	t := b.s.t
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, b.s.url+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Accept-Language", b.lang)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	for _, c := range resp.Cookies() {
		require.True(t, c.Secure && c.HttpOnly, "%v", c)
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") && resp.StatusCode != http.StatusSeeOther {
		b.plain(resp, string(raw))
	}
	if resp.StatusCode == http.StatusSeeOther && method == http.MethodPost {
		return b.get(resp.Header.Get("Location"))
	}
	return sitePage{resp, string(raw)}
}

// plain asserts what every page is: small, without scripts, and allowed none.
func (b *surfer) plain(resp *http.Response, page string) {
	t := b.s.t
	t.Helper()
	require.Less(t, len(page), lite.MaxPage)
	require.NotContains(t, page, "<script")
	page = strings.ReplaceAll(page, ` xmlns="http://www.w3.org/2000/svg"`, "")
	require.NotRegexp(t, `(?i)\son[a-z]+=|javascript:|https?://|lite\.[a-z]`, page)
	policy := resp.Header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.NotContains(t, policy, "unsafe")
	require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
}

func (b *surfer) get(path string) sitePage { b.s.t.Helper(); return b.send(http.MethodGet, path, "") }

// press sends the form of a page; fields are names and values by turns.
func (b *surfer) press(on sitePage, path string, fields ...string) sitePage {
	b.s.t.Helper()
	values := url.Values{"form": {on.form()}}
	for i := 0; i+1 < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return b.send(http.MethodPost, path, values.Encode())
}

func TestADayWithoutScripts(t *testing.T) {
	s, codes := invitedServer(t)
	s.enrol(codes["e1"])
	b := newSurfer(s)
	page := b.get("/lite")
	require.Contains(t, page.text, "Log in")
	page = b.press(page, "/lite/login", "login", "e1", "password", "wrong one here")
	require.Equal(t, http.StatusForbidden, page.StatusCode)
	require.Contains(t, page.text, "That does not log anybody in.")
	page = b.press(page, "/lite/login", "login", "e1", "password", aPassword)
	require.Equal(t, http.StatusOK, page.StatusCode)
	require.Contains(t, page.text, "No punches.")
	require.Contains(t, page.text, "Without network nothing is recorded.")

	in := b.press(page, "/lite/punch", "dir", "in", "note", "from <the> page")
	require.Equal(t, http.StatusOK, in.StatusCode, in.text)
	require.Contains(t, in.text, "no device has signed it")
	require.Contains(t, in.text, "punchledger receipt v1")
	require.Contains(t, in.text, "time_source server")
	again := b.press(page, "/lite/punch", "dir", "in")
	require.Contains(t, again.text, "recorded already")
	require.Equal(t, receiptShown(in.text), receiptShown(again.text))
	other := b.press(page, "/lite/punch", "dir", "out")
	require.Equal(t, http.StatusConflict, other.StatusCode, "one form is one act")

	page = b.get("/lite")
	require.Equal(t, 1, strings.Count(page.text, "/lite/receipt?punch="))
	link := regexp.MustCompile(`/lite/receipt\?punch=[a-z0-9]+`).FindString(page.text)
	require.Equal(t, receiptShown(in.text), receiptShown(b.get(link).text))
	require.Equal(t, http.StatusNotFound, b.get("/lite/receipt?punch=none").StatusCode)
	b.get("/lite/lang?to=zh-CN")
	page = b.get("/lite")
	require.Contains(t, page.text, "最近几天")
	require.Contains(t, page.text, "没有设备签名")

	session := b.cookies["__Host-session"]
	out := b.press(page, "/lite/logout")
	require.Contains(t, out.text, "登录")
	require.Empty(t, b.cookies["__Host-session"])
	browser{s: s, cookie: session}.get("/v1/me").must(http.StatusUnauthorized)
	require.Equal(t, http.StatusForbidden, b.press(page, "/lite/punch", "dir", "in").StatusCode, "a form of a login that is over")
}

func TestALoginThatNobodyHasVouchedForPunchesAndIsHeld(t *testing.T) {
	var code string
	s := newServed(t, func(s *served) {
		s.atMachine("boss", access.Owner, func(who *identity.Service) {
			secret, _, err := who.Invite(t.Context(), identity.InvitationRequest{Principal: "e1", By: "admin", Confirm: true})
			require.NoError(t, err)
			code = secret.Reveal()
		})
	})
	b := newSurfer(s)
	b.cookies["__Host-session"] = s.enrol(code).cookie
	page := b.get("/lite")
	require.Contains(t, page.text, "not see a list")
	in := b.press(page, "/lite/punch", "dir", "in")
	require.Equal(t, http.StatusOK, in.StatusCode, in.text)
	require.Contains(t, in.text, "waits until somebody has looked at it")
	require.Contains(t, in.text, "nobody has vouched for the login yet")
}

var receiptText = regexp.MustCompile(`(?s)<pre>(.*)</pre>`)

func receiptShown(page string) string {
	if m := receiptText.FindStringSubmatch(page); m != nil {
		return m[1]
	}
	return ""
}

func TestAFormFromElsewhereDoesNothing(t *testing.T) {
	s, codes := invitedServer(t)
	s.enrol(codes["e1"])
	b := newSurfer(s)
	page := b.press(b.get("/lite"), "/lite/login", "login", "e1", "password", aPassword)
	form := url.Values{"form": {page.form()}, "dir": {"in"}}.Encode()
	for name, send := range map[string]func() sitePage{
		"no form":        func() sitePage { return b.send(http.MethodPost, "/lite/punch", "dir=in") },
		"a made-up form": func() sitePage { return b.send(http.MethodPost, "/lite/punch", "dir=in&form=a.1.b") },
		"an altered form": func() sitePage {
			return b.send(http.MethodPost, "/lite/punch", strings.Replace(form, "form=", "form=A", 1))
		},
		"another site":     func() sitePage { return b.send(http.MethodPost, "/lite/punch", form, "Sec-Fetch-Site", "cross-site") },
		"a sister site":    func() sitePage { return b.send(http.MethodPost, "/lite/punch", form, "Sec-Fetch-Site", "same-site") },
		"another origin":   func() sitePage { return b.send(http.MethodPost, "/lite/punch", form, "Origin", "https://evil.example") },
		"a reading method": func() sitePage { return b.send(http.MethodGet, "/lite/punch?"+form, "") },
		"another browser": func() sitePage {
			other := newSurfer(s)
			other.cookies["__Host-session"] = b.cookies["__Host-session"]
			other.cookies["__Host-lite"] = "theirs"
			return other.send(http.MethodPost, "/lite/punch", form)
		},
		"too long": func() sitePage {
			return b.send(http.MethodPost, "/lite/punch", form+"&note="+strings.Repeat("a", 9<<10))
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, []int{http.StatusForbidden, http.StatusMethodNotAllowed}, send().StatusCode)
		})
	}
	require.Contains(t, b.get("/lite").text, "No punches.")
	require.Equal(t, http.StatusOK, b.send(http.MethodPost, "/lite/punch", form, "Sec-Fetch-Site", "same-origin").StatusCode)
}

func TestAKioskPageWithoutScripts(t *testing.T) {
	var pin string
	s := newServed(t, func(s *served) {
		s.atMachine("boss", access.Owner, func(who *identity.Service) {
			secret, _, err := who.IssuePIN(t.Context(), "e1", "admin")
			require.NoError(t, err)
			pin = secret.Reveal()
		})
		s.writing(func(c *console, w *writer) {
			_, err := w.do(c, place.OpenSite{Site: "hq", Name: "HQ", TZ: "Asia/Shanghai"})
			require.NoError(t, err)
			for _, cmd := range []place.DeviceCommand{
				place.EnrolDevice{Device: "k1", Kind: place.Kiosk, PublicKey: signedtest.New("", "k1", "").PublicKey, Site: "hq"},
				place.ConfirmDevice{Device: "k1", By: "admin", How: "in_person", Now: 1},
			} {
				_, err := w.do(c, cmd)
				require.NoError(t, err)
			}
		})
	})
	b := newSurfer(s)
	page := b.get("/lite/kiosk")
	require.Contains(t, page.text, "Pair this browser")
	page = b.press(page, "/lite/kiosk/pair", "code", "AAAA-BBBB")
	require.Contains(t, page.text, "does not prove a kiosk")
	code := strings.Fields(s.must("kiosk", "pair", "k1"))[0]
	page = b.press(page, "/lite/kiosk/pair", "code", code)
	require.Contains(t, page.text, "Punch here")
	screen := b.get("/lite/kiosk/screen").text
	require.Contains(t, screen, "plk1:k1:")
	require.Contains(t, screen, "<svg")

	bad := b.press(page, "/lite/kiosk/punch", "number", "e1", "pin", "9"+pin, "dir", "in")
	require.Equal(t, http.StatusForbidden, bad.StatusCode)
	require.Contains(t, bad.text, "do not go together")
	bad = b.press(bad, "/lite/kiosk/punch", "number", "e1", "dir", "in")
	require.Equal(t, http.StatusForbidden, bad.StatusCode, "a number alone says nothing")
	in := b.press(bad, "/lite/kiosk/punch", "number", "e1", "pin", pin, "dir", "in")
	require.Equal(t, http.StatusOK, in.StatusCode, in.text)
	require.Contains(t, in.text, `http-equiv="refresh"`)
	require.NotContains(t, in.text, pin)
	again := b.press(bad, "/lite/kiosk/punch", "number", "e1", "pin", pin, "dir", "in")
	require.Equal(t, http.StatusOK, again.StatusCode)
	require.Equal(t, 1, strings.Count(s.must("log", "-o", "json"), `"device":"k1","channel":"kiosk"`), "pressed twice is once")

	open := b.get("/lite/kiosk")
	s.must("kiosk", "end", "k1")
	out := b.press(open, "/lite/kiosk/punch", "number", "e1", "pin", pin, "dir", "out")
	require.Equal(t, http.StatusUnauthorized, out.StatusCode)
	require.Contains(t, out.text, "Pair this browser")
	require.Contains(t, b.get("/lite/kiosk").text, "Pair this browser")
}
