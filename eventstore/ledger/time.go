package ledger

import (
	"strconv"
	"time"

	"github.com/punchledger/punchledger/domain"
)

// The time of a ledger never goes back: a clock that was set back stands still for it. And it does not follow a clock that leaps
// far ahead of the last event, because nothing that is recorded under it could be dated back.

// Now is the ledger's time: the clock's, never before the last event.
func (l *Ledger) Now() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if domain.InstantOf(now) < l.last {
		return l.last.Time()
	}
	return now
}

// Behind reports how far the clock is behind the last event; zero when it is not.
func (l *Ledger) Behind() (by time.Duration, last domain.Instant) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(0, l.last.Time().Sub(l.now())), l.last
}

// CheckClock refuses, as clock_ahead, a clock that is further ahead of the last event than Options.MaxAhead. Do makes the same
// check before it appends. A ledger without events takes any clock.
func (l *Ledger) CheckClock() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.believed(domain.InstantOf(l.now()))
}

// BelieveClock takes the clock as it is now for right, however far ahead it is: the next events are recorded at this time or later.
func (l *Ledger) BelieveClock() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = max(l.last, domain.InstantOf(l.now()))
}

// stamp returns the present instant, never below the last one it returned.
func (l *Ledger) stamp() (domain.Instant, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := domain.InstantOf(l.now())
	if err := l.believed(now); err != nil {
		return 0, err
	}
	l.last = max(l.last, now)
	return l.last, nil
}

func (l *Ledger) believed(now domain.Instant) error {
	if l.ahead == 0 || l.last == 0 || now-l.last <= l.ahead {
		return nil
	}
	days := int64((now - l.last) / (24 * domain.Hour).Instant())
	// Forbidden and no conflict: followers take a conflict for the last word on what they asked for.
	return domain.NewError(domain.Forbidden, "clock_ahead",
		"now", now.String(), "last", l.last.String(), "days", strconv.FormatInt(days, 10))
}
