package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"path"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// note is what the parts of a request tell the log of requests.
type note struct{ principal string }

type noteKey struct{}

func noteOf(r *http.Request) *note {
	if n, ok := r.Context().Value(noteKey{}).(*note); ok {
		return n
	}
	return &note{}
}

// around puts everything that all requests have in common around the routes.
func (s *Server) around(routes *http.ServeMux) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.writeProblem(w, problemOf(textOf(r), domain.NewError(domain.Forbidden, codeCrossOrigin)))
	}))
	inner := guard.Handler(s.routed(routes))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := &note{}
		r = r.WithContext(context.WithValue(r.Context(), noteKey{}, n))
		a := &answer{ResponseWriter: w, request: r}
		began := s.o.Now()
		defer func() {
			s.recovered(a, r, recover())
			took := s.o.Now().Sub(began)
			s.o.Answered(a.pattern, a.status, took)
			s.o.Log.Info("request", "method", method(r), "route", a.pattern, "status", a.status, "bytes", a.bytes,
				"ms", took.Milliseconds(), "principal", n.principal)
		}()
		s.secure(a.Header(), r)
		if wait, ok := s.networks.take(s.networkOf(r)); !ok {
			s.writeProblem(a, tooMany(textOf(r), wait))
			return
		}
		inner.ServeHTTP(a, r)
		a.finish()
	})
}

// recovered answers where a handler panicked. What was sent already cannot be taken back: then the connection is cut.
func (s *Server) recovered(a *answer, r *http.Request, p any) {
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	s.o.Log.Error("a handler panicked", "route", a.pattern, "panic", saidOf(p), "stack", string(debug.Stack()))
	if a.sent {
		panic(http.ErrAbortHandler)
	}
	a.held, a.holding, a.status = bytes.Buffer{}, false, 0
	s.writeProblem(a, s.internal(textOf(r), errors.New("a handler panicked")))
}

// saidOf is what the log may say of a panic: what the runtime says of an index or a type, and of anything else its type alone, as it may
// hold what was sent. The stack says where it was.
func saidOf(p any) string {
	if e, ok := p.(runtime.Error); ok {
		return e.Error()
	}
	return fmt.Sprintf("%T", p)
}

// secure sets the headers that every answer has.
func (s *Server) secure(h http.Header, r *http.Request) {
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept-Language, Authorization, Cookie")
	if s.overTLS(r) {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// methods are those that some route may have.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

func method(r *http.Request) string {
	for _, m := range append(methods, http.MethodOptions) {
		if r.Method == m {
			return m
		}
	}
	return "other"
}

// routed answers requests for which there is no route in our words, and hands on the others. A path with dots or empty parts is no
// path of ours, and is not led to one.
func (s *Server) routed(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse := func(code string, kind domain.Kind) {
			s.writeProblem(w, problemOf(textOf(r), domain.NewError(kind, code)))
		}
		if p := r.URL.Path; !strings.HasPrefix(p, "/") || path.Clean(p) != p || r.Method == http.MethodConnect {
			refuse(codeNoPath, domain.NotFound)
			return
		}
		_, pattern := mux.Handler(r)
		if a, ok := w.(*answer); ok {
			a.pattern = pattern
		}
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		allowed := s.allowed(mux, r)
		if allowed == "" {
			refuse(codeNoPath, domain.NotFound)
			return
		}
		w.Header().Set("Allow", allowed)
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		refuse(codeNoMethod, domain.Invalid)
	})
}

// allowed lists the methods that the path of a request has; nothing when there is no such path.
func (s *Server) allowed(mux *http.ServeMux, r *http.Request) string {
	var out []string
	for _, m := range methods {
		as := *r
		as.Method = m
		if _, pattern := mux.Handler(&as); pattern != "" {
			out = append(out, m)
		}
	}
	if out != nil {
		out = append(out, http.MethodOptions)
	}
	return strings.Join(out, ", ")
}

// mostHeld is the longest answer that is held back for its ETag.
const mostHeld = 8 << 20

// answer notes what is sent. Answers of reads are held until they are whole, so that they have an ETag, and one that the client has
// already is not sent again.
type answer struct {
	http.ResponseWriter
	request *http.Request
	pattern string
	status  int
	bytes   int
	sent    bool
	holding bool
	held    bytes.Buffer
}

// Unwrap lets http.ResponseController find the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.status != 0 {
		return
	}
	a.status = status
	read := a.request.Method == http.MethodGet || a.request.Method == http.MethodHead
	if read && status == http.StatusOK && a.Header().Get("Content-Type") == jsonType && a.Header().Get("ETag") == "" {
		a.holding = true
		return
	}
	a.sent = true
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.holding && a.held.Len()+len(p) <= mostHeld {
		return a.held.Write(p)
	}
	if a.holding {
		a.release()
	}
	n, err := a.ResponseWriter.Write(p)
	a.bytes += n
	return n, err
}

// release sends what was held.
func (a *answer) release() {
	a.holding, a.sent = false, true
	a.ResponseWriter.WriteHeader(a.status)
	n, _ := a.ResponseWriter.Write(a.held.Bytes()) // the one who asked has gone away
	a.bytes += n
	a.held = bytes.Buffer{}
}

// finish sends what is still held, with its ETag, or says that the client has it.
func (a *answer) finish() {
	if !a.holding {
		return
	}
	sum := sha256.Sum256(a.held.Bytes())
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`
	a.Header().Set("ETag", tag)
	a.Header().Set("Cache-Control", "private, no-cache")
	if has(a.request.Header.Get("If-None-Match"), tag) {
		a.status, a.held = http.StatusNotModified, bytes.Buffer{}
		a.Header().Del("Content-Type")
	}
	a.release()
}

func has(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			return true
		}
	}
	return false
}
