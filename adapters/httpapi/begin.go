package httpapi

import (
	"cmp"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/google/uuid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
)

// begin finds out who asks and makes the call, before anything of the body is read.
func (s *Server) begin(r Route, scope Scope) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		req, _ := humago.Unwrap(ctx)
		now := domain.InstantOf(s.o.Now())
		c := &Call{Text: textOf(req), Now: now, Today: s.today(now), s: s, route: r, client: req.UserAgent(), secure: s.private(req), header: ctx.SetHeader}
		var err error
		c.here = fromHere(req)
		if scope == Public || scope == OfMachine && c.here {
			c.credential, _ = s.credentialOf(req)
		} else {
			err = s.authenticate(c, req)
		}
		if err == nil {
			err = sends(req, r)
		}
		if err == nil {
			err = c.identify(req)
		}
		if err == nil {
			err = c.match(req)
		}
		if err == nil {
			err = c.wait(req)
		}
		if err != nil {
			p, ok := errors.AsType[*Problem](err)
			if !ok {
				p = s.problemFrom(c.Text, err)
			}
			s.refuse(ctx, p)
			return
		}
		next(huma.WithValue(ctx, callKey{}, c))
	}
}

// authenticate finds out who asks, or says why it is nobody.
func (s *Server) authenticate(c *Call, r *http.Request) error {
	credential, ok := s.credentialOf(r)
	if !ok {
		return domain.NewError(domain.Forbidden, codeUnknownCaller)
	}
	who, err := s.o.Identity.Who(r.Context(), credential)
	if errors.Is(err, ErrNobody) {
		return domain.NewError(domain.Forbidden, codeUnknownCaller)
	}
	if err != nil {
		return err
	}
	c.Who, c.credential = who, credential
	c.address, _ = s.addressOf(r)
	noteOf(r).principal = who.Principal
	if wait, ok := s.principals.take(who.Principal); !ok {
		return tooMany(c.Text, wait)
	}
	return nil
}

// sends refuses a body that is not of the type which the route reads, or says that it is too long.
func sends(r *http.Request, route Route) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.ContentLength == 0 {
		return nil
	}
	if r.ContentLength > route.MaxBody {
		return domain.NewError(domain.Invalid, codeTooLarge)
	}
	if packed := r.Header.Get("Content-Encoding"); packed != "" && !strings.EqualFold(packed, "identity") {
		return domain.NewError(domain.Invalid, codePacked)
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	readable := err == nil && (params["charset"] == "" || strings.EqualFold(params["charset"], "utf-8"))
	if want := cmp.Or(route.Accepts, jsonType); !readable || !slices.Contains(strings.Split(want, ", "), kind) {
		return domain.NewError(domain.Invalid, codeMediaType, "want", want)
	}
	return nil
}

// longestKey is how long an Idempotency-Key may be.
const longestKey = 128

// identify makes the id of the request from who asks and the key; a request without a key is one of its own.
func (c *Call) identify(r *http.Request) error {
	key := r.Header.Get("Idempotency-Key")
	if key == "" || r.Method == http.MethodGet || r.Method == http.MethodHead {
		c.request = uuid.New()
		return nil
	}
	if all := r.Header.Values("Idempotency-Key"); len(all) > 1 {
		return domain.NewError(domain.Invalid, "invalid_value", "field", "Idempotency-Key", "value", strings.Join(all, ", "), "problem", "twice")
	}
	if len(key) > longestKey {
		return domain.NewError(domain.Invalid, "invalid_value", "field", "Idempotency-Key", "value", key, "problem", "too_long")
	}
	c.request = uuid.NewSHA1(uuid.Nil, []byte("punchledger/http/"+c.Who.Principal+"/"+key))
	if !c.s.keys.same(c.request, r.Method+" "+r.URL.Path) {
		return domain.NewError(domain.Conflict, "idempotency_conflict", "id", key)
	}
	return nil
}

// match reads the revision that what is written to must still have, as reads show it.
func (c *Call) match(r *http.Request) error {
	tag := r.Header.Get("If-Match")
	if tag == "" || tag == "*" {
		return nil
	}
	n, err := strconv.ParseUint(strings.Trim(tag, `"`), 10, 64)
	if err != nil || n == 0 {
		return domain.NewError(domain.Invalid, "invalid_value", "field", "If-Match", "value", tag, "problem", "not_a_position")
	}
	c.revision = eventstore.Revision(n)
	return nil
}

// today is the date where the organisation is.
func (s *Server) today(now domain.Instant) domain.Date {
	z, err := zone.Embedded().Zone(s.o.Ledger.Directory().Zone("", now))
	if err != nil {
		return domain.DateOfUnix(now.Seconds())
	}
	return z.DateOf(now.Seconds())
}
