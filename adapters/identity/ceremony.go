package identity

import (
	"sync"
	"time"

	"github.com/punchledger/punchledger/domain"
)

// A ceremony is a proof that takes two requests. What the first one left is kept here, in memory, under the hash of what the
// second one must show, for a few minutes and for one use. A restart ends those under way.

const (
	ceremonyFor    = 5 * time.Minute
	mostCeremonies = 20_000 // some 10 MB; more logins than that at once push the oldest out
)

type ceremonyKind string

const (
	registering  ceremonyKind = "register a passkey"
	passkeyLogin ceremonyKind = "log in with a passkey"
	secondFactor ceremonyKind = "give the second factor"
	totpSetup    ceremonyKind = "set up one-time codes"
	oidcLogin    ceremonyKind = "log in at the provider"
)

type ceremony struct {
	kind  ceremonyKind
	until time.Time
	data  any
}

type ceremonies struct {
	mu    sync.Mutex
	open  map[string]ceremony
	order []string // keys, the oldest first; some may be used already
}

func newCeremonies() *ceremonies { return &ceremonies{open: map[string]ceremony{}} }

func (c *ceremonies) add(now time.Time, key string, kind ceremonyKind, data any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.order) > 0 {
		oldest, there := c.open[c.order[0]]
		if there && now.Before(oldest.until) && len(c.order) < mostCeremonies {
			break
		}
		delete(c.open, c.order[0])
		c.order = c.order[1:]
	}
	c.open[key] = ceremony{kind, now.Add(ceremonyFor), data}
	c.order = append(c.order, key)
}

// take returns what a ceremony left, and ends it: a second try begins anew.
func (c *ceremonies) take(now time.Time, key string, kind ceremonyKind) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.open[key]
	if !ok || found.kind != kind {
		return nil, false
	}
	delete(c.open, key)
	return found.data, now.Before(found.until)
}

// look returns what a ceremony left, and leaves it.
func (c *ceremonies) look(now time.Time, key string, kind ceremonyKind) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.open[key]
	return found.data, ok && found.kind == kind && now.Before(found.until)
}

// begin opens a ceremony and returns what its second request must show.
func (s *Service) begin(kind ceremonyKind, data any) (Secret, error) {
	id, err := s.opaque()
	if err != nil {
		return id, err
	}
	s.pending.add(s.now(), digest("ceremony", id.clear), kind, data)
	return id, nil
}

// resume ends a ceremony and returns what its first request left.
func resume[T any](s *Service, kind ceremonyKind, id string) (T, error) {
	data, ok := s.pending.take(s.now(), digest("ceremony", id), kind)
	v, is := data.(T)
	if !ok || !is {
		return v, domain.NewError(domain.Conflict, "ceremony_gone")
	}
	return v, nil
}
