package httpapi

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/text"
)

// Problem is every answer that is an error: RFC 9457, with a code that never changes and sentences in the language asked for.
type Problem struct {
	Type     string            `json:"type" example:"urn:punchledger:errors:not_authorised"`
	Title    string            `json:"title" doc:"What happened."`
	Status   int               `json:"status"`
	Detail   string            `json:"detail,omitempty" doc:"What is safe, and what to do."`
	Instance string            `json:"instance,omitempty" doc:"Names this occurrence in the server's log."`
	Code     string            `json:"code" doc:"Stable; programs look at this."`
	Args     map[string]string `json:"args,omitempty" doc:"The values that the sentences name."`
	Errors   []Fault           `json:"errors,omitempty" doc:"What is wrong with the content, place by place."`

	header http.Header
}

// Fault is one thing that is wrong with what was sent.
type Fault struct {
	In      string `json:"in" enum:"body,query,path,header"`
	Pointer string `json:"pointer" doc:"JSON pointer into the body; the name of a parameter elsewhere."`
	Problem string `json:"problem" doc:"Stable."`
	Detail  string `json:"detail"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Code }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// statusOf is the one table from kinds of errors to statuses; byCode has the few errors that HTTP has a status of its own for.
var (
	statusOf = map[domain.Kind]int{
		domain.Invalid: http.StatusUnprocessableEntity, domain.Conflict: http.StatusConflict,
		domain.Forbidden: http.StatusForbidden, domain.NotFound: http.StatusNotFound,
	}
	byCode = map[string]int{
		codeMalformed: http.StatusBadRequest, codeCut: http.StatusBadRequest, codeUnknownCaller: http.StatusUnauthorized, codeNoMethod: http.StatusMethodNotAllowed,
		codeNotAcceptable: http.StatusNotAcceptable, codeSlow: http.StatusRequestTimeout, codeChanged: http.StatusPreconditionFailed,
		codeTooLarge: http.StatusRequestEntityTooLarge, codeMediaType: http.StatusUnsupportedMediaType, codePacked: http.StatusUnsupportedMediaType,
		codeTooMany: http.StatusTooManyRequests, "too_many_attempts": http.StatusTooManyRequests, codeInternal: http.StatusInternalServerError,
		codeBusy: http.StatusServiceUnavailable, codeBehind: http.StatusServiceUnavailable,
		"vault_unreachable": http.StatusServiceUnavailable, "vault_outcome_unknown": http.StatusServiceUnavailable,
		"state_unreachable": http.StatusServiceUnavailable, "state_outcome_unknown": http.StatusServiceUnavailable,
		"log_unreachable": http.StatusServiceUnavailable, "log_in_doubt": http.StatusServiceUnavailable,
		"log_fenced": http.StatusServiceUnavailable, "log_written_by": http.StatusServiceUnavailable,
	}
)

// Codes of errors that only HTTP has.
const (
	codeMalformed     = "http_malformed_body"
	codeInvalid       = "http_invalid_request"
	codeUnknownCaller = "http_not_signed_in"
	codeCrossOrigin   = "http_cross_origin"
	codeInClear       = "http_in_clear"
	codeNoPath        = "http_no_such_path"
	codeNoMethod      = "http_method_not_allowed"
	codeNotAcceptable = "http_not_acceptable"
	codeSlow          = "http_body_too_slow"
	codeCut           = "http_body_cut_short"
	codeChanged       = "http_changed_since"
	codeTooLarge      = "http_body_too_large"
	codeMediaType     = "http_wrong_content_type"
	codePacked        = "http_packed_body"
	codeTooMany       = "http_too_many_requests"
	codeInternal      = "http_internal"
	codeBusy          = "http_busy"
	codeBehind        = "http_views_behind"
)

// problemOf turns an error with a code into an answer. What was sent stands in it shortened, and without characters that nobody sees.
func problemOf(t *text.Catalogue, e *domain.Error) *Problem {
	e = text.ShownError(e)
	status, ok := byCode[e.Code]
	if !ok {
		status, ok = statusOf[e.Kind]
	}
	if !ok {
		status = http.StatusInternalServerError
	}
	m := t.Error(e)
	p := &Problem{
		Type: "urn:punchledger:errors:" + e.Code, Title: m.What, Status: status, Detail: m.Safe + " " + m.Do, Code: e.Code, Args: e.Args,
		header: http.Header{},
	}
	switch status {
	case http.StatusUnauthorized:
		p.header.Set("WWW-Authenticate", `Bearer realm="punchledger"`)
	case http.StatusServiceUnavailable:
		p.header.Set("Retry-After", "1")
	case http.StatusTooManyRequests:
		if seconds := e.Args["seconds"]; seconds != "" {
			p.header.Set("Retry-After", seconds)
		}
	}
	return p
}

// tooMany is the answer to whom the rate limit stops, with how long to wait.
func tooMany(t *text.Catalogue, wait time.Duration) *Problem {
	seconds := strconv.Itoa(int((wait + time.Second - 1) / time.Second))
	return problemOf(t, domain.NewError(domain.Conflict, codeTooMany, "seconds", seconds))
}

// problem turns what a handler returned into an answer. What has no code is logged under an id and told by that id alone.
func (c *Call) problem(err error) error {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	return c.s.problemFrom(c.Text, err)
}

func (s *Server) problemFrom(t *text.Catalogue, err error) *Problem {
	if s.o.Refusal != nil {
		if e := s.o.Refusal(err); e != nil {
			return problemOf(t, e)
		}
	}
	if e, ok := errors.AsType[*domain.Error](err); ok {
		return problemOf(t, e)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return problemOf(t, domain.NewError(domain.Conflict, codeBusy))
	}
	return s.internal(t, err)
}

// internal logs an error that nobody foresaw and answers with its id.
func (s *Server) internal(t *text.Catalogue, err error) *Problem {
	id := uuid.NewString()
	s.o.Log.Error("request failed", "error_id", id, "error", err.Error())
	p := problemOf(t, domain.NewError("", codeInternal, "id", id))
	p.Instance = "urn:uuid:" + id
	return p
}

// writeProblem answers outside of huma.
func (s *Server) writeProblem(w http.ResponseWriter, p *Problem) {
	h := w.Header()
	maps.Copy(h, p.header)
	h.Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = writeJSON(w, p) // the one who asked has gone away
}

// refuse answers inside of huma, before an operation.
func (s *Server) refuse(ctx huma.Context, p *Problem) {
	for name, values := range p.header {
		for _, v := range values {
			ctx.SetHeader(name, v)
		}
	}
	ctx.SetHeader("Content-Type", problemType)
	ctx.SetStatus(p.Status)
	_ = writeJSON(ctx.BodyWriter(), p) // the one who asked has gone away
}
