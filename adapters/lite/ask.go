package lite

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/zone"
)

// problem is what the API says when it refuses.
type problem struct {
	Title, Detail, Code string
	Errors              []struct{ Detail string }
}

// faulty is the code for what was entered in a form that the API does not take; what is wrong stands beside it, fault by fault.
const faulty = "http_invalid_request"

// me is who is logged in.
type me struct {
	Principal, Today, Zone string
	Person                 *struct{ Name string }
}

// answer is what became of a punch.
type answer struct {
	Punch, Outcome, Receipt string
	EffectiveAt             time.Time `json:"effective_at"`
	Repeated                bool
	Reasons                 []reason
	At                      string `json:"-"`
	Name                    string `json:"-"`
	Dir                     string `json:"-"`
}

// row is a punch in a list.
type row struct {
	Punch, State, Dir, Date string
	EffectiveAt             time.Time `json:"effective_at"`
	Device                  string
	RecordedAs              string `json:"recorded_as"`
	Reasons                 []reason
	At                      string `json:"-"`
}

// reason is why a punch waits or does not count, and the rule that says so.
type reason struct{ Code, Rule, Text string }

// own is a session of who is logged in.
type own struct{ Current, Enrolling, Confirmed bool }

// reply is what the API answered.
type reply struct {
	head   http.Header
	body   bytes.Buffer
	status int
	outer  http.ResponseWriter
}

// Header implements http.ResponseWriter.
func (r *reply) Header() http.Header { return r.head }

// Write implements http.ResponseWriter.
func (r *reply) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.body.Write(b)
}

// WriteHeader implements http.ResponseWriter.
func (r *reply) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Unwrap lets http.ResponseController find the connection.
func (r *reply) Unwrap() http.ResponseWriter { return r.outer }

// ask asks the API in the name of this browser: with its session, or with the kiosk's where a header says so. Out may be nil. A refusal
// is returned; the status is 0 where the API could not be understood.
func (v *visit) ask(method, path string, body, out any, header ...string) (status int, refused *problem) {
	sent := []byte(nil)
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			return 0, &problem{Title: v.text.Text("lite.broken", nil)}
		}
	}
	inner, err := http.NewRequestWithContext(v.r.Context(), method, path, bytes.NewReader(sent))
	if err != nil {
		return 0, &problem{Title: v.text.Text("lite.broken", nil)}
	}
	inner.RemoteAddr, inner.TLS, inner.Host, inner.RequestURI = v.r.RemoteAddr, v.r.TLS, v.r.Host, path
	for _, name := range []string{"User-Agent", "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"} {
		inner.Header[name] = v.r.Header.Values(name)
	}
	for name, values := range inner.Header {
		if len(values) == 0 {
			delete(inner.Header, name)
		}
	}
	inner.Header.Set("Accept-Language", v.text.Lang())
	if body != nil {
		inner.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		inner.Header.Set(header[i], header[i+1])
	}
	if session := cookieOf(v.r, sessionCookie); session != "" && inner.Header.Get("Authorization") == "" {
		inner.AddCookie(&http.Cookie{Name: sessionCookie, Value: session})
	}
	r := &reply{head: http.Header{}, outer: v.w}
	v.s.v1.ServeHTTP(r, inner)
	return v.read(r, out)
}

func (v *visit) read(r *reply, out any) (int, *problem) {
	if strings.HasPrefix(r.head.Get("Content-Type"), "application/problem+json") || r.status >= http.StatusBadRequest {
		p := &problem{}
		if json.Unmarshal(r.body.Bytes(), p) != nil || p.Title == "" {
			p.Title = v.text.Text("lite.broken", nil)
		}
		if p.Code == faulty && len(p.Errors) > 0 { // its own words send programmers to the description of the API
			p.Title, p.Detail = v.text.Text("lite.faulty", nil), p.Errors[0].Detail
		}
		if after := r.head.Get("Retry-After"); after != "" {
			v.w.Header().Set("Retry-After", after)
		}
		return r.status, p
	}
	for _, c := range r.head.Values("Set-Cookie") { // a session begins or ends
		v.w.Header().Add("Set-Cookie", c)
	}
	if out != nil && json.Unmarshal(r.body.Bytes(), out) != nil {
		return 0, &problem{Title: v.text.Text("lite.broken", nil)}
	}
	return r.status, nil
}

// clock writes a time as a watch shows it, where somebody works.
func clock(at time.Time, zone string) string {
	return local(at, zone).Format("2006-01-02 15:04 (-07:00)")
}

func local(at time.Time, name string) time.Time {
	z, err := zone.Embedded().Zone(name)
	if err != nil {
		return at.UTC()
	}
	return at.In(time.FixedZone("", int(z.Offset(domain.Seconds(at.Unix())))))
}
