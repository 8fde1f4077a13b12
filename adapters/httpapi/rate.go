package httpapi

import (
	"container/list"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate is how often something may be done: Each second, and Burst at once.
type Rate struct {
	Each  float64
	Burst int
}

// limiters keep one bucket for each key that was seen lately. Beyond their bound the one that was longest unseen is forgotten, so
// that a flood of new keys costs no memory.
type limiters struct {
	rate  Rate
	bound int
	now   func() time.Time

	mu     sync.Mutex
	byKey  map[string]*list.Element
	recent *list.List // of *bucket, the last seen first
}

type bucket struct {
	key     string
	limiter *rate.Limiter
}

func newLimiters(r Rate, bound int, now func() time.Time) *limiters {
	return &limiters{rate: r, bound: bound, now: now, byKey: map[string]*list.Element{}, recent: list.New()}
}

// take reports whether key may act now; otherwise how long it has to wait.
func (l *limiters) take(key string) (wait time.Duration, ok bool) {
	now := l.now()
	r := l.bucket(key).ReserveN(now, 1)
	if !r.OK() {
		return time.Second, false
	}
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return wait, false
	}
	return 0, true
}

func (l *limiters) bucket(key string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.byKey[key]; ok {
		l.recent.MoveToFront(e)
		return e.Value.(*bucket).limiter
	}
	b := &bucket{key: key, limiter: rate.NewLimiter(rate.Limit(l.rate.Each), l.rate.Burst)}
	l.byKey[key] = l.recent.PushFront(b)
	if l.recent.Len() > l.bound {
		last := l.recent.Remove(l.recent.Back()).(*bucket)
		delete(l.byKey, last.key)
	}
	return b.limiter
}

// networkOf names the network that a request comes from: the /24 of an IPv4 address, the /64 of an IPv6 one. The address is that of
// the connection, or the last one that a trusted proxy has added.
func (s *Server) networkOf(r *http.Request) string {
	addr, ok := s.addressOf(r)
	if !ok {
		return "unknown"
	}
	bits := 64
	if addr.Is4() {
		bits = 24
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return p.String()
}

// addressOf is the address that a request comes from.
func (s *Server) addressOf(r *http.Request) (netip.Addr, bool) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}, false
	}
	return s.behindProxies(addr.Unmap(), r.Header.Values("X-Forwarded-For")), true
}

// behindProxies walks back through the proxies that are trusted; what others claim is not looked at.
func (s *Server) behindProxies(addr netip.Addr, forwarded []string) netip.Addr {
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusts(addr); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return addr
		}
		addr = next.Unmap()
	}
	return addr
}

func (s *Server) trusts(addr netip.Addr) bool {
	for _, p := range s.o.TrustedProxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// overTLS reports whether the client speaks TLS, to this server or to a trusted proxy.
func (s *Server) overTLS(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	addr, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && s.trusts(addr.Addr().Unmap()) && r.Header.Get("X-Forwarded-Proto") == "https"
}

// private reports whether nobody reads along between the client and here: it speaks TLS, or runs on this machine. A proxy that is not
// trusted may stand between, so what has passed one is not from this machine.
func (s *Server) private(r *http.Request) bool {
	if s.overTLS(r) {
		return true
	}
	return fromHere(r)
}

// fromHere reports whether a request comes from this machine itself.
func fromHere(r *http.Request) bool {
	addr, err := netip.ParseAddrPort(r.RemoteAddr)
	forwarded := len(r.Header.Values("X-Forwarded-For"))+len(r.Header.Values("Forwarded"))+len(r.Header.Values("X-Forwarded-Proto")) > 0
	return err == nil && addr.Addr().Unmap().IsLoopback() && !forwarded
}
