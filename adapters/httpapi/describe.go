package httpapi

import (
	"context"
	"net/http"
	"reflect"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/punchledger/punchledger/domain/access"
)

// describe writes what the document says beside the routes.
func (s *Server) describe() {
	doc := s.api.OpenAPI()
	doc.Info.Description = "Every punch, refusal, request and decision is an immutable event; every figure can be explained and replayed. " +
		"Conventions: docs/api.md."
	doc.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	doc.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: CookieName},
		"token":   {Type: "http", Scheme: "bearer"},
	}
	problem := doc.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	doc.OnAddOperation = append(doc.OnAddOperation, func(_ *huma.OpenAPI, op *huma.Operation) {
		for status, r := range op.Responses {
			if r.Content["application/problem+json"] != nil {
				op.Responses[status].Content["application/problem+json"].Schema = problem
			}
		}
	})
}

// OpenAPI returns the document of the API as YAML.
func (s *Server) OpenAPI() ([]byte, error) { return s.api.OpenAPI().YAML() }

// foreignProblem is the name of huma's own form of errors, in whose place ours stands.
const foreignProblem = "V2ErrorModel"

type documentOut struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

type liveOut struct {
	Body struct {
		Status string `json:"status" enum:"ok"`
	}
}

type readyOut struct {
	Seen
	Body struct {
		Status string `json:"status" enum:"ready"`
		Build  string `json:"build,omitempty"`
		Uptime int64  `json:"uptime_s"`
	}
}

// healthRoutes say whether the process lives, whether it can answer, and what it can be asked.
func (s *Server) healthRoutes() {
	document := sync.OnceValues(s.api.OpenAPI().MarshalJSON)
	Handle(s, Route{Method: http.MethodGet, Path: "/livez", ID: "live", Object: "server", Summary: "Does the process live?"},
		func(context.Context, *Call, *Open) (*liveOut, error) {
			out := &liveOut{}
			out.Body.Status = "ok"
			return out, nil
		})
	Handle(s, Route{Method: http.MethodGet, Path: "/readyz", ID: "ready", Object: "server", Summary: "Can it read and write?"}, s.ready)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/metrics", ID: "metrics", Action: access.LedgerCheck, Object: "metrics",
		Summary: "Counters and gauges for Prometheus. On the machine itself nobody is asked who they are.",
	}, func(ctx context.Context, _ *Call, _ *Machine) (*documentOut, error) {
		text, kind, err := s.o.Metrics(ctx)
		return &documentOut{ContentType: kind, Body: text}, err
	})
	Handle(s, Route{Method: http.MethodGet, Path: "/v1/openapi.json", ID: "openapi", Object: "server", Summary: "This document."},
		func(context.Context, *Call, *Open) (*documentOut, error) {
			doc, err := document()
			return &documentOut{ContentType: jsonType, Body: doc}, err
		})
}

// ready answers with the problem where nothing can be written, where the views cannot be read, and where that is to be expected soon. Also
// then it says how far the views are, where that is known.
func (s *Server) ready(ctx context.Context, c *Call, _ *Open) (*readyOut, error) {
	out := &readyOut{}
	m, err := s.o.Views.At(ctx, "", "")
	if err == nil {
		out.Position = m.Position
		m.Close()
	}
	for _, fit := range []func() error{s.o.Writable, func() error { return s.o.Ready(ctx) }} {
		if err == nil {
			err = fit()
		}
	}
	if err != nil {
		p := s.problemFrom(c.Text, err)
		p.Status = http.StatusServiceUnavailable
		p.header.Set("Retry-After", "1")
		p.header.Set("Ledger-Position", strconv.FormatUint(uint64(out.Position), 10))
		return nil, p
	}
	out.Body.Status, out.Body.Uptime = "ready", int64(s.o.Now().Sub(s.started)/time.Second)
	if info, ok := debug.ReadBuildInfo(); ok {
		out.Body.Build = info.Main.Version
	}
	return out, nil
}
