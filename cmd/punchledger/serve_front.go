package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/netip"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// front is how the HTTP API is reached.
type front struct {
	address string // empty: there is none
	tls     *tls.Config
	proxies []netip.Prefix
}

// noFront is the address that stands for no HTTP API.
const noFront = "off"

// front checks the settings before anything is opened.
func (cmd *serveCmd) front(c *console) (*front, error) {
	f := &front{address: cmd.Listen}
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

// listen opens the address; there is no listener where there is no HTTP API.
func (f *front) listen(ctx context.Context) (net.Listener, error) {
	if f.address == "" {
		return nil, nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", f.address)
	if err != nil {
		return nil, domain.NewError(domain.Conflict, "address_not_free", "address", f.address, "problem", err.Error())
	}
	return l, nil
}

// announce says where the API is, and when others could read along.
func (f *front) announce(c *console, l net.Listener) {
	if l == nil {
		return
	}
	scheme := "http"
	if f.tls != nil {
		scheme = "https"
	}
	c.say("cli.listening", "url", fmt.Sprintf("%s://%s", scheme, l.Addr()))
	addr, err := netip.ParseAddrPort(l.Addr().String())
	if err == nil && !addr.Addr().IsLoopback() && f.tls == nil && len(f.proxies) == 0 {
		c.say("cli.listening_in_clear")
	}
}

// api makes the HTTP API of an open ledger.
func (f *front) api(c *console, w *writer, r *reader, moved *milestone, who httpapi.Identity) *httpapi.Server {
	views := &apiViews{c: c, r: r, w: w, moved: moved, past: make(chan struct{}, 1)}
	return httpapi.New(httpapi.Options{
		Ledger: w.ledger, Views: views, Names: views, Events: views, Changes: &changes{views},
		Intake: func() (*ledger.Intake, error) { return w.taking(c) }, Open: w.openEvidence,
		Identity: who, Writable: w.ledger.CheckClock, Refusal: known, Now: c.Now,
		Log: slog.New(slog.NewTextHandler(c.Err, nil)), TLS: f.tls, TrustedProxies: f.proxies,
	})
}

// known is refusal for errors that have a code; the others are nobody's to read but the operator's.
func known(err error) *domain.Error {
	if e := refusal(err); e.Code != "unexpected" && e.Code != "interrupted" {
		return e
	}
	return nil
}
