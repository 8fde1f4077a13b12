package lite

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// shownDays is how many dates before today a list shows.
const shownDays = 6

// whoAmI is who is logged in in this browser; a page to log in is shown where nobody is.
func (v *visit) whoAmI() (*me, bool) {
	if cookieOf(v.r, sessionCookie) == "" {
		v.show(http.StatusOK, "login", view{Next: v.next()})
		return nil, false
	}
	who := &me{}
	status, refused := v.ask(http.MethodGet, "/v1/me", nil, who)
	switch {
	case status == http.StatusUnauthorized:
		v.show(http.StatusOK, "login", view{Notice: "signed_out", Next: v.next()})
		return nil, false
	case refused != nil:
		v.refuse(status, refused)
		return nil, false
	}
	return who, true
}

func (s *Site) home(v *visit) {
	if who, ok := v.whoAmI(); ok {
		v.day(http.StatusOK, who, nil, "")
	}
}

// day shows the form and the last days.
func (v *visit) day(status int, who *me, refused *problem, notice string) {
	what := view{Me: who, Problem: refused, Notice: notice}
	var list struct{ Items []row }
	today, err := time.Parse(time.DateOnly, who.Today)
	if err != nil {
		today = v.s.now()
	}
	from := today.AddDate(0, 0, -shownDays).Format(time.DateOnly)
	path := "/v1/employees/" + url.PathEscape(who.Principal) + "/punches?from=" + from + "&to=" + today.Format(time.DateOnly)
	if _, hidden := v.ask(http.MethodGet, path, nil, &list); hidden != nil {
		what.Session = v.session()
		if what.Session.Enrolling {
			v.away(accountPage)
			return
		}
		what.Hidden = true // a login for which nobody has vouched may punch, and see nothing yet
		what.Digits = v.digits(who.Principal)
	}
	slices.Reverse(list.Items)
	what.Outlook, what.Why = v.outlook(what.Session, list.Items)
	what.Punches = list.Items[:min(len(list.Items), mostRows)]
	for i := range what.Punches {
		p := &what.Punches[i]
		p.At = local(p.EffectiveAt, who.Zone).Format("01-02 15:04")
		p.Reasons = v.plain(p.Reasons[:min(len(p.Reasons), mostReasons)])
	}
	v.show(status, "home", what)
}

// What a page may show at most: it stays below MaxPage.
const (
	mostRows    = 20
	mostReasons = 3
)

// refuse shows why something was refused.
func (v *visit) refuse(status int, p *problem) {
	v.show(max(status, http.StatusBadRequest), "problem", view{Problem: p})
}

// stale answers a form that is too old, from elsewhere, or of another login. Nothing was done.
func (v *visit) stale() {
	what := view{Notice: "stale", Kiosk: strings.HasPrefix(v.r.URL.Path, "/lite/kiosk")}
	if cookieOf(v.r, bindingCookie) == "" {
		what.Notice = "no_cookies"
	}
	v.show(http.StatusForbidden, "problem", what)
}

func (v *visit) field(name string) string { return strings.TrimSpace(v.r.PostForm.Get(name)) }

func (s *Site) login(v *visit) {
	var out struct {
		SecondFactor string `json:"second_factor"`
	}
	login, next := v.field("login"), v.next()
	status, refused := v.ask(http.MethodPost, "/v1/login/password", map[string]string{
		"login": login, "password": v.r.PostForm.Get("password"),
	}, &out)
	switch {
	case refused != nil:
		v.show(max(status, http.StatusBadRequest), "login", view{Problem: refused, Login: login, Next: next})
	case status == http.StatusAccepted:
		v.show(http.StatusOK, "code", view{Ceremony: out.SecondFactor, Login: login, Next: next})
	default:
		v.away(cmp.Or(next, "/lite"))
	}
}

func (s *Site) secondFactor(v *visit) {
	next := v.next()
	status, refused := v.ask(http.MethodPost, "/v1/login/second-factor", map[string]string{
		"ceremony": v.field("ceremony"), "code": v.field("code"),
	}, nil)
	if refused != nil { // a wrong code ends the login
		v.show(max(status, http.StatusBadRequest), "login", view{Problem: refused, Login: v.field("login"), Next: next})
		return
	}
	v.away(cmp.Or(next, "/lite"))
}

// next is where a login leads to that a page asked for; empty for the punch page, and for what is no page of somebody's own.
func (v *visit) next() string {
	path := v.r.URL.Path
	if path == accountPage || path == "/lite/password" || path == "/lite/pin" || v.field("next") == accountPage {
		return accountPage
	}
	return ""
}

func (s *Site) logout(v *visit) {
	if status, refused := v.ask(http.MethodPost, "/v1/logout", nil, nil); refused != nil {
		v.refuse(status, refused)
		return
	}
	v.setCookie(digitsCookie, "", -1)
	v.away("/lite")
}

// punch records a punch once for each form, however often its button is pressed.
func (s *Site) punch(v *visit) {
	who, ok := v.whoAmI()
	if !ok {
		return
	}
	body := map[string]string{"dir": v.field("dir")}
	for _, name := range []string{"site", "code", "note"} {
		if s := v.field(name); s != "" {
			body[name] = s
		}
	}
	out := &answer{Dir: body["dir"]}
	status, refused := v.ask(http.MethodPost, "/v1/me/punches", body, out, "Idempotency-Key", v.act())
	if refused != nil {
		v.day(max(status, http.StatusBadRequest), who, refused, "")
		return
	}
	out.At, out.Reasons = clock(out.EffectiveAt, who.Zone), v.plain(out.Reasons)
	v.show(http.StatusOK, "answer", view{Me: who, Answer: out})
}

func (s *Site) receipt(v *visit) {
	who, ok := v.whoAmI()
	if !ok {
		return
	}
	out := &answer{}
	path := "/v1/employees/" + url.PathEscape(who.Principal) + "/punches/" + url.PathEscape(v.r.URL.Query().Get("punch")) + "/receipt"
	if status, refused := v.ask(http.MethodGet, path, nil, out); refused != nil {
		v.refuse(status, refused)
		return
	}
	out.At, out.Repeated = clock(out.EffectiveAt, who.Zone), false
	v.show(http.StatusOK, "answer", view{Me: who, Answer: out})
}
