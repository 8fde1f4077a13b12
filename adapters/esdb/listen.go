package esdb

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/credentials"
)

// preface is how a connection of HTTP/2, and so of gRPC, begins.
const preface = "PRI * HTTP/2.0\r\n"

// greetFor is how long a connection may take to say what it is.
const greetFor = 10 * time.Second

// leaveFor is how long calls that are under way have when the server stops.
const leaveFor = 5 * time.Second

// Serve answers on l until the context ends, gRPC and HTTP alike, and then lets calls that are under way finish.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	groups, stopGroups := context.WithCancel(context.WithoutCancel(ctx)) // what consumers say last still counts
	defer stopGroups()
	if !s.opts.ReadOnly && s.opts.Leader == nil {
		if err := s.groups.start(groups); err != nil {
			return errors.Join(err, l.Close())
		}
	}
	calls, pages := newDoor(l.Addr()), newDoor(l.Addr())
	web := &http.Server{Handler: s.pages(), ReadHeaderTimeout: greetFor}
	var running sync.WaitGroup
	var errs [2]error
	running.Go(func() { errs[0] = s.grpc.Serve(calls) })
	running.Go(func() { errs[1] = web.Serve(pages) })
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	err := s.admit(l, calls, pages)
	if ctx.Err() != nil {
		err = nil
	}
	s.stopOnce.Do(func() { close(s.stopping) })
	forced := time.AfterFunc(leaveFor, s.grpc.Stop) // a client that neither reads nor writes on
	s.grpc.GracefulStop()
	forced.Stop()
	stopGroups()
	s.groups.loops.Wait()
	err = errors.Join(err, web.Close(), l.Close())
	running.Wait()
	for _, e := range errs {
		if e != nil && !errors.Is(e, net.ErrClosed) && !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
	}
	if errors.Is(err, net.ErrClosed) && ctx.Err() != nil {
		err = nil
	}
	return err
}

// admit hands each connection to the door it is for.
func (s *Server) admit(l net.Listener, calls, pages *door) error {
	config := s.tlsConfig()
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			greeted, isGRPC, err := greet(conn, config)
			switch {
			case err != nil:
				_ = conn.Close() // it never said what it wants
			case isGRPC:
				calls.hand(greeted)
			default:
				pages.hand(greeted)
			}
		}()
	}
}

// tlsConfig asks for certificates of users without insisting on them; who shows a wrong one is told so by the call. A client that also
// knows HTTP/1.1 is a browser or curl, and is here for the pages.
func (s *Server) tlsConfig() *tls.Config {
	if s.opts.TLS == nil {
		return nil
	}
	config := s.opts.TLS.Clone()
	config.NextProtos = []string{"h2", "http/1.1"}
	if s.opts.ClientCAs != nil {
		config.ClientAuth = tls.RequestClientCert
	}
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if !slices.Contains(hello.SupportedProtos, "http/1.1") {
			return nil, nil
		}
		forPages := config.Clone()
		forPages.NextProtos = []string{"http/1.1"}
		return forPages, nil
	}
	return config
}

// greet does the handshake and finds out whether a connection speaks gRPC.
func greet(conn net.Conn, config *tls.Config) (*handedConn, bool, error) {
	if err := conn.SetDeadline(time.Now().Add(greetFor)); err != nil {
		return nil, false, err
	}
	out := &handedConn{Conn: conn}
	if config != nil {
		secure := tls.Server(conn, config)
		if err := secure.HandshakeContext(context.Background()); err != nil {
			return nil, false, err
		}
		state := secure.ConnectionState()
		out.Conn, out.info.state = secure, &state
	}
	out.read = bufio.NewReaderSize(out.Conn, len(preface))
	begin, err := out.read.Peek(len(preface))
	if err != nil {
		return nil, false, err
	}
	return out, string(begin) == preface, conn.SetDeadline(time.Time{})
}

// handedConn is a connection of which the beginning was looked at.
type handedConn struct {
	net.Conn
	read *bufio.Reader
	info handedInfo
}

func (c *handedConn) Read(b []byte) (int, error) { return c.read.Read(b) }

// handed are the credentials of connections whose handshake is over: gRPC learns what it showed.
type handed struct{}

// handedInfo is what a connection showed; state is nil without TLS.
type handedInfo struct {
	credentials.CommonAuthInfo
	state *tls.ConnectionState
}

// AuthType implements credentials.AuthInfo.
func (handedInfo) AuthType() string { return "handed" }

// ServerHandshake implements credentials.TransportCredentials.
func (handed) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	c, ok := conn.(*handedConn)
	if !ok {
		return nil, nil, errors.New("a connection came past the door")
	}
	info := c.info
	info.SecurityLevel = credentials.NoSecurity
	if info.state != nil {
		info.SecurityLevel = credentials.PrivacyAndIntegrity
	}
	return c, info, nil
}

// ClientHandshake implements credentials.TransportCredentials.
func (handed) ClientHandshake(context.Context, string, net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return nil, nil, errors.New("these credentials are a server's")
}

// Info implements credentials.TransportCredentials.
func (handed) Info() credentials.ProtocolInfo {
	return credentials.ProtocolInfo{SecurityProtocol: "tls"}
}

// Clone implements credentials.TransportCredentials.
func (handed) Clone() credentials.TransportCredentials { return handed{} }

// OverrideServerName implements credentials.TransportCredentials.
func (handed) OverrideServerName(string) error { return nil }

// door is a listener to which connections are handed.
type door struct {
	addr   net.Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newDoor(addr net.Addr) *door {
	return &door{addr: addr, conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (d *door) hand(c net.Conn) {
	select {
	case d.conns <- c:
	case <-d.closed:
		_ = c.Close() // it came too late
	}
}

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
	select {
	case c := <-d.conns:
		return c, nil
	case <-d.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (d *door) Close() error {
	d.once.Do(func() { close(d.closed) })
	return nil
}

// Addr implements net.Listener.
func (d *door) Addr() net.Addr { return d.addr }
