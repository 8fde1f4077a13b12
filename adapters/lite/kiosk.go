package lite

import (
	"html/template"
	"net/http"
	"strings"
)

// kiosk shows the form for number and PIN, or how to pair this browser.
func (s *Site) kiosk(v *visit) {
	if cookieOf(v.r, kioskCookie) == "" {
		v.show(http.StatusOK, "pair", view{Kiosk: true})
		return
	}
	if status, _ := v.ask(http.MethodGet, "/v1/me", nil, nil, v.asKiosk()...); status == http.StatusUnauthorized {
		v.setCookie(kioskCookie, "", -1)
		v.show(http.StatusOK, "pair", view{Kiosk: true})
		return
	}
	v.show(http.StatusOK, "kiosk", view{Kiosk: true})
}

// screen is what phones read off a kiosk, until the page asks for the next one.
type screen struct {
	Text    string
	Picture template.HTML
	Seconds int
}

// screen shows the code of the kiosk, and loads itself again when the next one is due.
func (s *Site) screen(v *visit) {
	var out struct {
		Text, SVG string
		Left      int `json:"seconds_left"`
	}
	status, refused := v.ask(http.MethodGet, "/v1/kiosk/code?picture=svg", nil, &out, v.asKiosk()...)
	switch {
	case status == http.StatusUnauthorized:
		v.away("/lite/kiosk")
	case refused != nil:
		v.show(max(status, http.StatusBadRequest), "problem", view{Kiosk: true, Problem: refused})
	default:
		picture := template.HTML(out.SVG) //nolint:gosec // drawn by this server
		v.show(http.StatusOK, "screen", view{Kiosk: true, Screen: &screen{out.Text, picture, out.Left + 1}})
	}
}

// pairedFor is how long the browser keeps what it was paired with; the ledger ends it at the same time, or earlier.
const pairedFor = 30 * 24 * 3600

func (s *Site) pair(v *visit) {
	var out struct{ Token string }
	status, refused := v.ask(http.MethodPost, "/v1/kiosk/session", map[string]string{"code": v.field("code")}, &out)
	if refused != nil {
		v.show(max(status, http.StatusBadRequest), "pair", view{Kiosk: true, Problem: refused})
		return
	}
	v.setCookie(kioskCookie, strings.TrimPrefix(out.Token, kioskPrefix), pairedFor)
	v.away("/lite/kiosk")
}

// kioskPrefix begins the token of a kiosk.
const kioskPrefix = "plk_"

// kioskPunch checks who stands there and records the punch, once for each form.
func (s *Site) kioskPunch(v *visit) {
	o := s.taken.once(v.r.PostForm.Get("form"), func() outcome { return v.atKiosk() })
	name := "kiosk"
	switch {
	case o.view.Answer != nil:
		name = "answer"
	case o.status == http.StatusUnauthorized:
		v.setCookie(kioskCookie, "", -1)
		name = "pair"
	}
	v.show(o.status, name, o.view)
}

// asKiosk is the header by which the kiosk of this browser speaks.
func (v *visit) asKiosk() []string {
	return []string{"Authorization", "Bearer " + kioskPrefix + cookieOf(v.r, kioskCookie)}
}

func (v *visit) atKiosk() outcome {
	as := v.asKiosk()
	shown := map[string]string{}
	for _, name := range []string{"number", "pin", "badge"} {
		if s := v.field(name); s != "" {
			shown[name] = s
		}
	}
	var who struct{ Identification, Name string }
	status, refused := v.ask(http.MethodPost, "/v1/kiosk/identifications", shown, &who, as...)
	out := &answer{Dir: v.field("dir"), Name: who.Name}
	if refused == nil {
		status, refused = v.ask(http.MethodPost, "/v1/kiosk/punches", map[string]string{"dir": out.Dir, "identification": who.Identification}, out, as...)
	}
	if refused != nil {
		return outcome{view{Kiosk: true, Problem: refused}, max(status, http.StatusBadRequest)}
	}
	var site struct{ Zone string }
	_, _ = v.ask(http.MethodGet, "/v1/me", nil, &site, as...) // without it the time is UTC
	out.At = clock(out.EffectiveAt, site.Zone)
	return outcome{view{Kiosk: true, Answer: out, Reset: true}, http.StatusOK}
}
