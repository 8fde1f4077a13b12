// Package lite serves pages without any script, for browsers that are old or have none: log in, punch, see what became of it; and a
// page for kiosks.
//
// It has no authority and no state of the ledger: every page asks the HTTP API in the name of the browser that asks it, through the
// same routes, limits and table of access as any client.
package lite

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/punchledger/punchledger/domain/text"
)

// Options are what the pages work with.
type Options struct {
	Random io.Reader
	Now    func() time.Time
}

// Site serves the pages.
type Site struct {
	v1     http.Handler
	random io.Reader
	now    func() time.Time
	key    []byte // of forms; a restart makes those before invalid
	mux    *http.ServeMux
	taken  *taken
}

// MaxPage is how long a page may be, in bytes.
const MaxPage = 15_000

// Pages to which links and other pages lead.
const (
	kioskPage      = "/lite/kiosk"
	invitationPage = "/lite/invitation"
	accountPage    = "/lite/account"
)

// maxForm is how long a form may be, in bytes.
const maxForm = 8 << 10

//go:embed pages.html
var pagesHTML string

//go:embed style.css
var style string

var pages = template.Must(template.New("pages").Parse(pagesHTML))

// policy lets a page have its own style and forms to this server, and nothing else.
var policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
		base64.StdEncoding.EncodeToString(sum[:]))
}()

// New returns the pages over an HTTP API.
func New(v1 http.Handler, o Options) (*Site, error) {
	s := &Site{v1: v1, random: o.Random, now: o.Now, key: make([]byte, 32), mux: http.NewServeMux(), taken: newTaken()}
	if _, err := io.ReadFull(o.Random, s.key); err != nil {
		return nil, fmt.Errorf("draw the key of forms: %w", err)
	}
	for pattern, h := range map[string]func(*visit){
		"GET /lite": s.home, "POST /lite/login": s.login, "POST /lite/code": s.secondFactor, "POST /lite/punch": s.punch,
		"GET /lite/invitation": s.invitation, "POST /lite/invitation": s.redeem, "GET /lite/account": s.account,
		"POST /lite/password": s.setPassword, "POST /lite/pin": s.setPIN, "GET /lite/receipt": s.receipt, "POST /lite/logout": s.logout, "GET /lite/lang": s.language,
		"GET /lite/kiosk": s.kiosk, "GET /lite/kiosk/screen": s.screen, "POST /lite/kiosk/pair": s.pair, "POST /lite/kiosk/punch": s.kioskPunch,
	} {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, h) })
	}
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "same-origin") // without any, older browsers send forms from nowhere
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	s.mux.ServeHTTP(w, r)
}

// visit is one request for a page.
type visit struct {
	w    http.ResponseWriter
	r    *http.Request
	s    *Site
	text *text.Catalogue
	lite string // what the forms of this browser are bound to
}

func (s *Site) serve(w http.ResponseWriter, r *http.Request, h func(*visit)) {
	v := &visit{w: w, r: r, s: s, text: languageOf(r)}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := v.binding(); err != nil {
		v.show(http.StatusInternalServerError, "problem", view{})
		return
	}
	if r.Method == http.MethodPost && (r.ParseForm() != nil || !v.genuine(r.PostForm.Get("form"))) {
		v.stale()
		return
	}
	h(v)
}

// view is what a page shows.
type view struct {
	Problem  *problem
	Notice   string // a key of texts
	Ceremony string
	Login    string // as it was typed
	Code     string // of an invitation, as it was typed
	Next     string // where a login leads to, where that is not the punch page
	Digits   string // to be told to who vouches for this login
	Session  *own
	Outlook  string // what will become of a punch from here: a key of texts
	Why      []string
	Me       *me
	Punches  []row
	Hidden   bool // the list is not shown to this login
	Answer   *answer
	Kiosk    bool
	Reset    bool // go back to the beginning after a while
	Screen   *screen
}

// page is a view with what every page has.
type page struct {
	view
	Lang, Other, OtherName string
	Style                  template.CSS
	Form, Back, Here, Now  string
	text                   *text.Catalogue
}

// T is a text of the pages.
func (p *page) T(key string) string { return p.text.Text("lite."+key, nil) }

// Label is a word for a state or a direction.
func (p *page) Label(kind, word string) string { return p.text.Text("labels."+kind+"."+word, nil) }

// show writes a page.
func (v *visit) show(status int, name string, what view) {
	what.Login, what.Code = shortened(what.Login), shortened(what.Code)
	if what.Notice == "" && what.Problem == nil {
		what.Notice = v.said()
	}
	p := &page{view: what, Lang: v.text.Lang(), Style: template.CSS(style), Form: v.form(), text: v.text, Back: "/lite"} //nolint:gosec // our own file
	p.Other, p.OtherName = text.Chinese, "中文"
	if p.Lang == text.Chinese {
		p.Other, p.OtherName = text.English, "English"
	}
	if what.Kiosk {
		p.Back = kioskPage
	}
	if p.Here = p.Back; name == "invitation" || name == "account" {
		p.Here = "/lite/" + name
	}
	if what.Next != "" {
		p.Here = what.Next
	}
	zone := ""
	if what.Me != nil {
		zone = what.Me.Zone
	}
	p.Now = clock(v.s.now(), zone)
	b, err := p.draw(name)
	for err == nil && b.Len() > MaxPage && len(p.Punches) > 0 { // long reasons: the newest punches stay
		p.Punches = p.Punches[:len(p.Punches)/2]
		b, err = p.draw(name)
	}
	if err == nil && b.Len() > MaxPage {
		p.Why = nil
		b, err = p.draw(name)
	}
	if err != nil {
		http.Error(v.w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Content-Language", p.Lang)
	v.w.WriteHeader(status)
	_, _ = v.w.Write(b.Bytes()) // the one who asked has gone away
}

// mostTyped is how many characters a page gives back of what was typed into a field.
const mostTyped = 100

func shortened(s string) string {
	if r := []rune(s); len(r) > mostTyped {
		return string(r[:mostTyped])
	}
	return s
}

func (p *page) draw(name string) (*bytes.Buffer, error) {
	var b bytes.Buffer
	err := pages.ExecuteTemplate(&b, name, p)
	return &b, err
}

// away sends the browser to another page.
func (v *visit) away(to string) { http.Redirect(v.w, v.r, to, http.StatusSeeOther) }

// languageCookie keeps the language that somebody has chosen.
const languageCookie = "lite-lang"

func languageOf(r *http.Request) *text.Catalogue {
	if c, err := r.Cookie(languageCookie); err == nil {
		return text.Lookup(c.Value)
	}
	return text.Lookup(r.Header.Get("Accept-Language"))
}

// language changes the language. It changes nothing else, so no form is needed.
func (s *Site) language(v *visit) {
	http.SetCookie(v.w, &http.Cookie{
		Name: languageCookie, Value: text.Lookup(v.r.URL.Query().Get("to")).Lang(), Path: "/lite", MaxAge: 365 * 24 * 3600, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: true,
	})
	to := "/lite"
	if back := v.r.URL.Query().Get("back"); slices.Contains([]string{kioskPage, invitationPage, accountPage}, back) {
		to = back
	}
	v.away(to)
}
