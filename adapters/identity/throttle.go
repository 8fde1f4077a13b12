package identity

import (
	"strconv"
	"sync"
	"time"

	"github.com/punchledger/punchledger/domain"
)

// Guessing is slowed down for each account and for each network, and nobody is locked out for ever: after some free attempts the
// next one must wait, twice as long each time and at most longestWait. Attempts that are refused do not count, so that somebody who
// keeps trying does not make the owner wait longer. Passkeys and the identity provider are not throttled: there is nothing to guess.
const (
	freeAttempts        = 5  // of an account, before it waits
	freeNetworkAttempts = 25 // of a network: an office has one address
	attemptWindow       = 15 * time.Minute
	firstWait           = time.Minute
	longestWait         = time.Hour
	mostThrottled       = 100_000 // accounts and networks that are remembered at once
)

// guesses are the attempts of one account or network that did not succeed.
type guesses struct {
	count   int
	last    time.Time
	blocked time.Time // until then nothing is tried
}

type throttle struct {
	mu   sync.Mutex
	seen map[string]*guesses
}

func newThrottle() *throttle { return &throttle{seen: map[string]*guesses{}} }

// guess is something that can be guessed, and how often before it waits.
type guess struct {
	key  string
	free int
}

func (g *guesses) wait(free int) time.Duration {
	if g.count < free {
		return 0
	}
	return min(firstWait<<min(g.count-free, 10), longestWait)
}

// forgotten reports whether an entry has no effect any more.
func (g *guesses) forgotten(now time.Time, free int) bool {
	return now.Sub(g.last) > attemptWindow+2*g.wait(free)
}

// try counts an attempt before it is looked at, so that many at once are not free, and refuses it while one of the keys must wait.
func (t *throttle) try(now time.Time, on ...guess) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var until time.Time
	for _, g := range on {
		seen := t.seen[g.key]
		if seen != nil && seen.forgotten(now, g.free) {
			delete(t.seen, g.key)
		} else if seen != nil && seen.blocked.After(until) {
			until = seen.blocked
		}
	}
	if wait := until.Sub(now); wait > 0 {
		seconds := int64((wait + time.Second - 1) / time.Second)
		return domain.NewError(domain.Forbidden, "too_many_attempts", "seconds", strconv.FormatInt(seconds, 10))
	}
	for _, g := range on {
		seen := t.seen[g.key]
		if seen == nil {
			t.makeRoom(now)
			seen = &guesses{}
			t.seen[g.key] = seen
		}
		seen.count++
		seen.last = now
		seen.blocked = now.Add(seen.wait(g.free))
	}
	return nil
}

// succeeded takes an attempt back: of the account all, of a network the one.
func (t *throttle) succeeded(account guess, shared ...guess) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.seen, account.key)
	for _, g := range shared {
		if seen := t.seen[g.key]; seen != nil {
			seen.count--
			seen.blocked = seen.last.Add(seen.wait(g.free))
			if seen.count <= 0 {
				delete(t.seen, g.key)
			}
		}
	}
}

// forget lets an account try again at once.
func (t *throttle) forget(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.seen, key)
}

// makeRoom drops what has no effect any more, or one that waits for the shortest time.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.seen) < mostThrottled {
		return
	}
	var least string
	for key, g := range t.seen {
		if now.Sub(g.last) > attemptWindow+2*longestWait {
			delete(t.seen, key)
			continue
		}
		if least == "" || g.blocked.Before(t.seen[least].blocked) {
			least = key
		}
	}
	if len(t.seen) >= mostThrottled {
		delete(t.seen, least)
	}
}

func accountGuess(purpose, login string) guess {
	return guess{purpose + ":" + login, freeAttempts}
}

func networkGuess(network string) guess { return guess{"network:" + network, freeNetworkAttempts} }
