package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/punchledger/punchledger/adapters/metrics"
	"github.com/punchledger/punchledger/domain"
)

// metricsFlags say where a process that has no HTTP API answers for its metrics.
type metricsFlags struct {
	MetricsListen string `help:"Address of /livez and /metrics, such as 127.0.0.1:9101; nobody is asked there." placeholder:"ADDRESS"`
}

// Times that whoever asks for metrics has.
const (
	metricsWithin     = 10 * time.Second
	metricsStopWithin = time.Second
)

// answer answers for metrics until the function that it returns is called; that returns what went wrong meanwhile.
func (f *metricsFlags) answer(c *console, counts *metrics.Metrics) (end func() error, err error) {
	if f.MetricsListen == "" {
		return func() error { return nil }, nil
	}
	if _, _, err := net.SplitHostPort(f.MetricsListen); err != nil {
		return nil, wrongValue("--metrics-listen", f.MetricsListen, "not_an_address")
	}
	door, err := new(net.ListenConfig).Listen(c.ctx, "tcp", f.MetricsListen)
	if err != nil {
		return nil, domain.NewError(domain.Conflict, "address_not_free", "address", f.MetricsListen, "problem", err.Error())
	}
	server := &http.Server{
		Handler: counts.Handler(), ReadHeaderTimeout: metricsWithin, ReadTimeout: metricsWithin, WriteTimeout: metricsWithin, MaxHeaderBytes: 4 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(door) }()
	c.say("cli.metrics_listening", "url", fmt.Sprintf("http://%s/metrics", door.Addr()))
	if addr, err := netip.ParseAddrPort(door.Addr().String()); err == nil && !addr.Addr().IsLoopback() {
		c.say("cli.metrics_ask_nobody")
	}
	return func() error {
		within, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), metricsStopWithin)
		defer cancel()
		if server.Shutdown(within) != nil { // somebody does not take the answer
			_ = server.Close()
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("answer for metrics at %s: %w", f.MetricsListen, err)
		}
		return nil
	}, nil
}
