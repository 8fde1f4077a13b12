package lite

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A form carries a text that only this server can have made, for this browser and this login, minutes ago. It also names the act, so
// that pressing a button twice is one act.

const (
	bindingCookie = "__Host-lite"
	sessionCookie = "__Host-session" // the API's
	kioskCookie   = "__Host-kiosk"
)

// formFor is how long a form is good. A page that was left open does not punch with the press of a button that stands for another act.
const formFor = 15 * time.Minute

var b64 = base64.RawURLEncoding

func (s *Site) nonce() (string, error) {
	b := make([]byte, 16)
	_, err := io.ReadFull(s.random, b)
	return b64.EncodeToString(b), err
}

func cookieOf(r *http.Request, name string) string {
	if c, err := r.Cookie(name); err == nil {
		return c.Value
	}
	return ""
}

// binding finds what the forms of this browser are bound to, and makes it on the first visit.
func (v *visit) binding() error {
	if v.lite = cookieOf(v.r, bindingCookie); v.lite != "" {
		return nil
	}
	var err error
	v.lite, err = v.s.nonce()
	v.setCookie(bindingCookie, v.lite, 0)
	return err
}

// setCookie sets a cookie for this host, as long as the browser runs where seconds is 0; a negative number takes it away.
func (v *visit) setCookie(name, value string, seconds int) {
	http.SetCookie(v.w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: seconds, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// form returns the text for a new form.
func (v *visit) form() string {
	nonce, err := v.s.nonce()
	if err != nil {
		return "" // such a form is refused
	}
	made := strconv.FormatInt(v.s.now().Unix(), 10)
	return nonce + "." + made + "." + v.seal(nonce, made)
}

func (v *visit) seal(nonce, made string) string {
	h := hmac.New(sha256.New, v.s.key)
	for _, part := range []string{nonce, made, v.lite, cookieOf(v.r, sessionCookie), cookieOf(v.r, kioskCookie)} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return b64.EncodeToString(h.Sum(nil))
}

// genuine reports whether a form is one that this browser was given lately, for the login that it has now.
func (v *visit) genuine(form string) bool {
	parts := strings.Split(form, ".")
	if len(parts) != 3 || !hmac.Equal([]byte(parts[2]), []byte(v.seal(parts[0], parts[1]))) {
		return false
	}
	made, err := strconv.ParseInt(parts[1], 10, 64)
	return err == nil && v.s.now().Sub(time.Unix(made, 0)) <= formFor
}

// act names what the button of this form does.
func (v *visit) act() string {
	nonce, _, _ := strings.Cut(v.r.PostForm.Get("form"), ".")
	return "lite." + nonce
}

// taken remembers what became of forms of kiosks, which cannot be sent twice: a PIN that is checked again would be another punch.
type taken struct {
	mu   sync.Mutex
	seen map[string]*turn
	keys []string // of the forms that are done, the oldest first
}

// turn is a form that is being dealt with, and then what became of it.
type turn struct {
	done chan struct{}
	outcome
}

type outcome struct {
	view   view
	status int
}

const mostTaken = 2000

func newTaken() *taken { return &taken{seen: map[string]*turn{}} }

// once runs do for a form, or returns what it returned before. Whoever sends a form that is being dealt with waits for it, and nobody
// else does: checking one PIN does not hold up another kiosk. What was refused may be tried again.
func (t *taken) once(form string, do func() outcome) outcome {
	t.mu.Lock()
	if p, ok := t.seen[form]; ok {
		t.mu.Unlock()
		<-p.done
		return p.outcome
	}
	p := &turn{done: make(chan struct{}), outcome: outcome{view{Kiosk: true, Notice: "broken"}, http.StatusInternalServerError}}
	t.seen[form] = p
	t.mu.Unlock()
	defer t.end(form, p) // also where do panics: who waits gets an answer
	p.outcome = do()
	return p.outcome
}

// end keeps what was recorded, of the last forms, and forgets what was not.
func (t *taken) end(form string, p *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(p.done)
	if p.view.Answer == nil {
		delete(t.seen, form)
		return
	}
	if t.keys = append(t.keys, form); len(t.keys) > mostTaken {
		delete(t.seen, t.keys[0])
		t.keys = t.keys[1:]
	}
}
