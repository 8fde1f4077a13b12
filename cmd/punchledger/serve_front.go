package main

import (
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/adapters/lite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// front is how the HTTP API is reached.
type front struct {
	address string       // empty: there is none
	door    net.Listener // once it is open
	tls     *tls.Config
	proxies []netip.Prefix
	pages   string // first origin, without a slash at its end; empty where it is not known

	condition *condition

	feed *feed // nil: the EventStoreDB protocol is not served

	origins  []string
	provider *identity.ProviderConfig // nil: there is none
}

// noFront is the address that stands for no HTTP API.
const noFront = "off"

// front checks the settings before anything is opened.
func (cmd *serveCmd) front(c *console) (*front, error) {
	f := &front{address: cmd.Listen}
	var err error
	if f.feed, err = cmd.check(c, cmd.TLSCert, cmd.TLSKey); err != nil {
		return nil, err
	}
	if f.address == noFront {
		f.address = ""
		return f, nil
	}
	if _, _, err := net.SplitHostPort(f.address); err != nil {
		return nil, wrongValue("--listen", f.address, "not_an_address")
	}
	for _, s := range cmd.TrustedProxy {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			addr, other := netip.ParseAddr(s)
			if other != nil {
				return nil, wrongValue("--trusted-proxy", s, "not_a_network")
			}
			p = netip.PrefixFrom(addr, addr.BitLen())
		}
		f.proxies = append(f.proxies, p.Masked())
	}
	if err := cmd.logins(c, f); err != nil {
		return nil, err
	}
	if cmd.TLSCert == "" && cmd.TLSKey == "" {
		return f, nil
	}
	pair, err := tls.LoadX509KeyPair(c.path(cmd.TLSCert), c.path(cmd.TLSKey))
	if err != nil {
		return nil, domain.NewError(domain.Invalid, "certificate_unreadable", "file", cmd.TLSCert, "problem", err.Error())
	}
	f.tls = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	return f, nil
}

// open opens the address and makes the HTTP API of an open ledger; nil where there is to be none.
func (f *front) open(c *console, w *writer, r *reader, moved *milestone) (*httpapi.Server, error) {
	if f.address == "" {
		return nil, nil
	}
	f.trust(c, w)
	who, err := w.identity()
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	if f.door, err = lc.Listen(c.ctx, "tcp", f.address); err != nil {
		return nil, domain.NewError(domain.Conflict, "address_not_free", "address", f.address, "problem", err.Error())
	}
	views := &apiViews{c: c, r: r, w: w, moved: moved, past: make(chan struct{}, 1)}
	return httpapi.New(httpapi.Options{
		Ledger: w.ledger, Views: views, Names: views, Events: views, Changes: &changes{views},
		Intake: func() (*ledger.Intake, error) { return w.taking(c) }, Open: w.openEvidence,
		Evidence: apiEvidence{w.keeper()}, Requests: apiRequests{r, w}, Payroll: views.payroll(),
		Identity: proven{who}, Logins: logins{who, f.pages, w.identifyOwn(c)}, Kiosks: kiosks{who}, Acts: views, Trials: views, Lite: f.lite(c),
		Writable: w.writable, Ready: f.condition.ready, Metrics: f.condition.counts.Text, Answered: f.condition.counts.Answered,
		Refusal: known, Now: c.Now,
		Log: slog.New(slog.NewTextHandler(c.Err, nil)), TLS: f.tls, TrustedProxies: f.proxies,
	}), nil
}

// lite makes the pages without scripts over the API.
func (f *front) lite(c *console) func(http.Handler) http.Handler {
	return func(v1 http.Handler) http.Handler {
		pages, err := lite.New(v1, lite.Options{Random: rand.Reader, Now: c.Now})
		if err != nil { // nothing else works without random numbers either
			return http.NotFoundHandler()
		}
		return pages
	}
}

// announce says where the API is, and when others could read along.
func (f *front) announce(c *console) {
	if f.feed != nil {
		f.feed.announce(c)
	}
	if f.door == nil {
		return
	}
	scheme := "http"
	if f.tls != nil {
		scheme = "https"
	}
	c.say("cli.listening", "url", fmt.Sprintf("%s://%s", scheme, f.door.Addr()))
	addr, err := netip.ParseAddrPort(f.door.Addr().String())
	if err == nil && !addr.Addr().IsLoopback() && f.tls == nil && len(f.proxies) == 0 {
		c.say("cli.listening_in_clear")
	}
}

// known is refusal for errors that have a code; the others are nobody's to read but the operator's.
func known(err error) *domain.Error {
	if e := refusal(err); e.Code != "unexpected" && e.Code != "interrupted" {
		return e
	}
	return nil
}
