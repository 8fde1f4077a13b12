package lite

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// What one form leads to is told on the page after it, so that loading that page again sends nothing twice. Both cookies end with the
// browser and hold no secret: a sentence of ours, and digits that are there to be read out.
const (
	saidCookie   = "__Host-lite-said"
	digitsCookie = "__Host-lite-digits"
)

// said is what the form before has led to; it is told once.
func (v *visit) said() string {
	key := cookieOf(v.r, saidCookie)
	if key == "" || v.r.Method != http.MethodGet {
		return ""
	}
	v.setCookie(saidCookie, "", -1)
	if !slices.Contains([]string{"password_set", "password_short", "pin_set"}, key) {
		return ""
	}
	return key
}

// invitation shows the field for the code. The link has the code behind #, which browsers keep to themselves: it is in no log.
func (s *Site) invitation(v *visit) { v.show(http.StatusOK, "invitation", view{}) }

// redeem uses an invitation up; the page for the first password follows.
func (s *Site) redeem(v *visit) {
	code := v.field("code")
	if _, behind, ok := strings.Cut(code, "#"); ok { // the whole link
		code = behind
	}
	if status, refused := v.ask(http.MethodPost, "/v1/login/invitation", map[string]string{"code": code}, nil); refused != nil {
		v.show(max(status, http.StatusBadRequest), "invitation", view{Problem: refused, Code: code})
		return
	}
	v.setCookie(digitsCookie, "", -1)
	v.away(accountPage)
}

// session is the session of this browser. Where the API does not tell of it, nothing is hidden: the API refuses what it may not do.
func (v *visit) session() *own {
	var list struct{ Items []own }
	_, _ = v.ask(http.MethodGet, "/v1/me/sessions", nil, &list)
	for _, s := range list.Items {
		if s.Current {
			return &s
		}
	}
	return &own{Confirmed: true}
}

// account shows the forms for one's own password and PIN.
func (s *Site) account(v *visit) {
	if who, ok := v.whoAmI(); ok {
		v.own(http.StatusOK, who, nil, "")
	}
}

func (v *visit) own(status int, who *me, refused *problem, notice string) {
	what := view{Me: who, Problem: refused, Notice: notice, Session: v.session()}
	if !what.Session.Confirmed {
		what.Digits = v.digits(who.Principal)
	}
	v.show(status, "account", what)
}

// setPassword sets the first password, which ends the invitation, or another one.
func (s *Site) setPassword(v *visit) {
	who, ok := v.whoAmI()
	if !ok {
		return
	}
	password := v.r.PostForm.Get("password")
	if password != v.r.PostForm.Get("again") {
		v.own(http.StatusUnprocessableEntity, who, nil, "differ")
		return
	}
	var out struct {
		Confirmation string
		Weak         bool
		SignedIn     *struct{} `json:"signed_in"`
	}
	status, refused := v.ask(http.MethodPost, "/v1/me/password", map[string]string{"password": password}, &out)
	if refused != nil {
		v.refusedOwn(status, who, refused)
		return
	}
	said := "password_set"
	if out.Weak {
		said = "password_short"
	}
	v.setCookie(saidCookie, said, 0)
	if out.Confirmation != "" {
		v.setCookie(digitsCookie, out.Confirmation+"."+url.QueryEscape(who.Principal), 0)
	}
	if out.SignedIn != nil { // it was the first
		v.away("/lite")
		return
	}
	v.away(accountPage)
}

// setPIN sets one's PIN for kiosks.
func (s *Site) setPIN(v *visit) {
	who, ok := v.whoAmI()
	if !ok {
		return
	}
	pin := v.field("pin")
	if pin != v.field("again") {
		v.own(http.StatusUnprocessableEntity, who, nil, "differ")
		return
	}
	if status, refused := v.ask(http.MethodPost, "/v1/me/pin", map[string]string{"pin": pin}, nil); refused != nil {
		v.refusedOwn(status, who, refused)
		return
	}
	v.setCookie(saidCookie, "pin_set", 0)
	v.away(accountPage)
}

// refusedOwn says why a password or a PIN was not taken. Where the last login is too long ago, logging in leads back here.
func (v *visit) refusedOwn(status int, who *me, refused *problem) {
	if refused.Code == "prove_again" {
		v.show(max(status, http.StatusBadRequest), "login", view{Problem: refused, Login: who.Principal, Next: accountPage})
		return
	}
	v.own(max(status, http.StatusBadRequest), who, refused, "")
}

var sixDigits = regexp.MustCompile(`^[0-9]{6}$`)

// digits are what somebody who is logged in has to tell who vouches for them, as this browser was given them.
func (v *visit) digits(principal string) string {
	digits, of, _ := strings.Cut(cookieOf(v.r, digitsCookie), ".")
	if of != url.QueryEscape(principal) || !sixDigits.MatchString(digits) {
		return ""
	}
	return digits
}
