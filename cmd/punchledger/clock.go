package main

import (
	"time"

	"github.com/punchledger/punchledger/domain"
)

// maxAhead is how far the clock may be ahead of the last event before somebody has to say that it is right: longer than a quarter,
// after which some hand in their clock files, and shorter than most slips of a month or a year.
const maxAhead = 100 * 24 * domain.Hour

// behindSays is how far the clock may be behind the last event before that is said: less are the corrections of a time service.
const behindSays = time.Hour

// checkClock refuses a command under a clock that leaps far ahead, unless its user believes it, and speaks of one that is behind.
func (w *writer) checkClock(c *console) error {
	if c.cfg.ClockIsRight {
		w.ledger.BelieveClock()
	}
	if by, last := w.ledger.Behind(); by > behindSays {
		c.say("cli.clock_behind", "now", domain.InstantOf(c.Now()).String(), "last", last.String())
	}
	return w.ledger.CheckClock()
}
