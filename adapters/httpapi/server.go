package httpapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"golang.org/x/net/netutil"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// Times that a client has: for the head of a request, for all of it, for taking the answer, and between two requests.
const (
	headWithin  = 5 * time.Second
	readWithin  = 15 * time.Second
	writeWithin = 30 * time.Second
	idleFor     = 60 * time.Second
	stopWithin  = 20 * time.Second
)

// maxHead is how long the head of a request may be, in bytes. The standard library allows 4 KiB on top.
const maxHead = 16<<10 - 4<<10

// Version is that of the API, as its document says it.
const Version = "1"

// Options are what a Server is made of.
type Options struct {
	Ledger    *ledger.Ledger
	Views     Views
	Identity  Identity
	Logins    Logins                                // how people prove who they are
	Kiosks    Kiosks                                // how kiosks do, and people before them
	Acts      Acts                                  // the register of privileged acts
	Standings func(ledger.Asking) []access.Standing // how somebody stands to a person; the ledger's directory when nil
	Changes   Changes
	Events    Log
	Intake    func() (*ledger.Intake, error) // takes signed punches; the error says why none can be taken now
	Open      ledger.Opener                  // opens what a punch that is judged again rests on
	Writable  func() error                   // why nothing can be written now, such as a clock that is wrong; nil: all is well
	Ready     func(context.Context) error    // why nothing more should be sent here, such as a disk that is nearly full
	Refusal   func(error) *domain.Error      // errors of other packages in our codes; nil for what it does not know
	Names     Names
	Evidence  Evidence
	Requests  Requests
	Payroll   Payroll
	Lite      func(v1 http.Handler) http.Handler // pages without scripts below /lite, which ask v1 as any client does; nil: none
	Trials    Trials                             // of rules on recorded days
	Metrics   func(context.Context) (text []byte, contentType string, err error)
	Answered  func(route string, status int, took time.Duration) // is told of each request; the route is empty where there is none
	Log       *slog.Logger
	Now       func() time.Time

	TrustedProxies []netip.Prefix
	TLS            *tls.Config // nil serves in clear, for a proxy or this machine
	Connections    int         // at once; 10,000 when 0
	PerPrincipal   Rate        // 50 a second, 200 at once when zero
	PerNetwork     Rate        // 5,000 a second, 20,000 at once when zero
}

// Server answers over HTTP.
type Server struct {
	o       Options
	api     huma.API
	mux     *http.ServeMux
	routes  []Declared
	handler http.Handler

	principals, networks *limiters
	keys                 *keys
	hub                  *hub
	started              time.Time
	reading              chan struct{} // who reads the whole log
}

// Bounds of what is remembered of clients.
const (
	rememberedClients = 16384
	rememberedKeys    = 16384
)

// New declares all routes. It panics on one that does not say who may use it.
func New(o Options) *Server {
	o = withDefaults(o)
	s := &Server{
		o: o, mux: http.NewServeMux(), hub: newHub(), started: o.Now(), reading: make(chan struct{}, 1),
		principals: newLimiters(o.PerPrincipal, rememberedClients, o.Now),
		networks:   newLimiters(o.PerNetwork, rememberedClients, o.Now),
		keys:       newKeys(rememberedKeys),
	}
	config := huma.DefaultConfig("punchledger", Version)
	config.CreateHooks, config.OpenAPIPath, config.DocsPath, config.SchemasPath = nil, "", "", ""
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	config.Formats = map[string]huma.Format{jsonType: strictJSON, "json": strictJSON}
	config.DefaultFormat = jsonType
	config.Transformers = []huma.Transformer{s.inOurWords}
	s.api = humago.New(s.mux, config)
	s.describe()
	for _, declare := range []func(){
		s.healthRoutes, s.meRoutes, s.peopleRoutes, s.groupRoutes, s.shadowRoutes, s.placeRoutes, s.ruleRoutes, s.draftRoutes,
		s.draftReportRoutes, s.releaseRoutes, s.trialRoutes, s.calendarRoutes, s.rosterRoutes, s.dayRoutes, s.punchRoutes, s.intakeRoutes, s.witnessRoutes, s.kioskRoutes, s.kioskCareRoutes,
		s.toldRoutes, s.deviceRoutes, s.siteRoutes,
		s.approvalRoutes, s.requestRoutes, s.decideRoutes, s.evidenceRoutes,
		s.readRequestRoutes, s.boardRoutes, s.dayActRoutes, s.bankRoutes, s.deputyRoutes, s.payrollRoutes, s.logRoutes, s.streamRoutes,
		s.loginRoutes, s.ceremonyRoutes, s.ownLoginRoutes, s.factorRoutes, s.pinRoutes, s.tokenRoutes, s.principalRoutes, s.grantRoutes, s.unitRoutes, s.registerRoutes,
	} {
		declare()
	}
	if o.Lite != nil {
		pages := o.Lite(s.mux)
		s.mux.Handle("/lite", pages)
		s.mux.Handle("/lite/", pages)
	}
	delete(s.api.OpenAPI().Components.Schemas.Map(), foreignProblem)
	s.handler = s.around(s.mux)
	return s
}

func withDefaults(o Options) Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Standings == nil {
		o.Standings = func(a ledger.Asking) []access.Standing { return o.Ledger.Directory().StandingsFor(a) }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Writable == nil {
		o.Writable = func() error { return nil }
	}
	if o.Ready == nil {
		o.Ready = func(context.Context) error { return nil }
	}
	if o.Metrics == nil {
		o.Metrics = func(context.Context) ([]byte, string, error) { return nil, "text/plain; charset=utf-8", nil }
	}
	if o.Answered == nil {
		o.Answered = func(string, int, time.Duration) {}
	}
	if o.Connections == 0 {
		o.Connections = 10_000
	}
	if o.PerPrincipal == (Rate{}) {
		o.PerPrincipal = Rate{50, 200}
	}
	if o.PerNetwork == (Rate{}) {
		o.PerNetwork = Rate{5000, 20000}
	}
	return o
}

// Handler is the whole API, for a server of somebody else's.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve answers on l until ctx ends. Then it accepts nothing more, ends streams, and finishes the requests under way.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	base, endStreams := context.WithCancel(context.WithoutCancel(ctx))
	defer endStreams()
	server := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: headWithin, ReadTimeout: readWithin, WriteTimeout: writeWithin, IdleTimeout: idleFor,
		MaxHeaderBytes: maxHead, TLSConfig: s.o.TLS, ErrorLog: slog.NewLogLogger(s.o.Log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return context.WithValue(base, stoppingKey{}, ctx) },
	}
	l = netutil.LimitListener(l, s.o.Connections)
	if s.o.TLS != nil {
		l = tls.NewListener(l, s.o.TLS)
	}
	following := make(chan error, 1)
	go func() { following <- s.follow(ctx) }()
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		within, cancel := context.WithTimeout(base, stopWithin)
		defer cancel()
		err := server.Shutdown(within)
		if err != nil { // somebody does not take the answer
			err = server.Close()
		}
		stopped <- err
	})
	err := server.Serve(l)
	if !errors.Is(err, http.ErrServerClosed) {
		stop()
		return fmt.Errorf("serve HTTP on %s: %w", l.Addr(), err)
	}
	return errors.Join(<-stopped, <-following)
}

// stoppingKey finds the context that ends when the server is told to stop: streams end with it, requests do not.
type stoppingKey struct{}

func stopping(ctx context.Context) <-chan struct{} {
	if c, ok := ctx.Value(stoppingKey{}).(context.Context); ok {
		return c.Done()
	}
	return nil
}
