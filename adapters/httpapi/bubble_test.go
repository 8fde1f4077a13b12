package httpapi_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
)

func panics(context.Context, *httpapi.Call, *httpapi.Open) (*struct{}, error) {
	panic(errors.New("secret detail"))
}

// bubble is an office whose server listens in memory, so that its clock can be that of a test.
type bubble struct {
	t *testing.T
	l *pipes
}

func newBubble(t *testing.T) *bubble {
	t.Helper()
	o := makeOffice(t)
	b := &bubble{t: t, l: &pipes{next: make(chan net.Conn), closed: make(chan struct{})}}
	ctx, stop := context.WithCancel(context.Background()) //nolint:usetesting // it ends before the test does
	done := make(chan error, 1)
	go func() { done <- o.api.Serve(ctx, b.l) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
	})
	return b
}

func (b *bubble) dial() net.Conn {
	here, there := net.Pipe()
	b.l.next <- there
	return here
}

// pipes is a listener of connections in memory.
type pipes struct {
	next   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.next:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
