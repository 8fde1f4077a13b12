package main

import (
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
)

// maxAhead is how far the clock may be ahead of the last event before somebody has to say that it is right: longer than a quarter,
// after which some hand in their clock files, and shorter than most slips of a month or a year.
const maxAhead = 100 * 24 * domain.Hour

// behindSays is how far the clock may be behind the last event before that is said: less are the corrections of a time service.
const behindSays = time.Hour

// sampleOrigin begins the origin of sample companies. Their story is at another time than ours, so every clock is right for them.
const sampleOrigin = "punchledger/demo/"

// checkClock refuses a command under a clock that leaps far ahead, unless its user believes it, and speaks of one that is behind.
func (w *writer) checkClock(c *console) error {
	sample := strings.HasPrefix(w.ledger.Directory().Org().Origin, sampleOrigin)
	if c.cfg.ClockIsRight || sample {
		w.ledger.BelieveClock()
	}
	if by, last := w.ledger.Behind(); by > behindSays && !sample {
		c.say("cli.clock_behind", "now", domain.InstantOf(c.Now()).String(), "last", last.String())
	}
	return w.ledger.CheckClock()
}
