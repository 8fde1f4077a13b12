package timecard

import (
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// Head is how far the chain of a device has come: what is needed to judge its next punch without reading the log. The zero value is
// a device that has not punched.
type Head struct {
	N        int64  // the greatest order number
	Hash     string // of the signed bytes with that number
	Boot     string
	MonoMS   int64
	Wall     domain.Instant // what the device's clock showed
	OffsetMS int64          // how wrong it was when it was last measured
	Broken   bool           // a link before it does not hold: what comes after is held too
	Since    int64          // first number of the present chain
	Gaps     []Gap          // numbers below N that never came, in their order
}

// Gap is a run of order numbers that are missing, with the hashes of the punches at its ends where they are known.
type Gap struct {
	From, To int64
	Before   string // hash of the punch From-1
	After    string // what the punch To+1 names as its prev: the hash of To
}

// maxGaps is how many gaps a head keeps; the oldest are forgotten, and a punch of one counts as a number used twice.
const maxGaps = 64

// The reasons that a chain gives.
const (
	ReasonChainGap      = "chain_gap"      // numbers before it are missing; a label only
	ReasonChainLate     = "chain_late"     // it fills a gap; a label only
	ReasonChainBroken   = "chain_broken"   // it does not follow from the one before, or that one did not
	ReasonChainFork     = "chain_fork"     // another punch has its number
	ReasonClockRollback = "clock_rollback" // the clock shows less than for the punch before
	ReasonClockChanged  = "clock_changed"  // between two punches the clock was set by more than five seconds
	ReasonMonoRollback  = "mono_rollback"  // what never goes back went back
	ReasonRebooted      = "rebooted"       // the monotonic clock began anew since the punch before; a label only
)

// Link says how a punch stands in its device's chain.
type Link struct {
	Reasons []string
	Hold    bool // a person has to look at it
	Review  bool // its time cannot be trusted: class T3
}

func (l *Link) add(reason string, hold, review bool) {
	l.Reasons = append(l.Reasons, reason)
	l.Hold = l.Hold || hold
	l.Review = l.Review || review
}

// Follows reports whether a punch is simply the next one: nobody can have seen it before.
func (h *Head) Follows(s *Signed) bool { return s.N > h.N }

// Judge says how a punch stands to the chain before it. From is the first number of the key that signs it: a new key begins a new
// chain.
func (h *Head) Judge(s *Signed, from int64) Link {
	var l Link
	broken := h.Broken && from <= h.Since
	switch {
	case s.N > h.N:
		if h.N >= from && s.N == h.N+1 && s.Prev != h.Hash {
			broken = true
		}
		if s.N > max(h.N, from-1)+1 {
			l.add(ReasonChainGap, false, false)
		}
		h.clocks(s, &l)
	case h.gapOf(s.N) >= 0:
		g := h.Gaps[h.gapOf(s.N)]
		if s.N == g.From && g.Before != "" && s.Prev != g.Before || s.N == g.To && g.After != "" && s.Hash != g.After {
			l.add(ReasonChainBroken, true, true)
			return l
		}
		l.add(ReasonChainLate, false, false)
		return l
	default:
		l.add(ReasonChainFork, true, true)
		return l
	}
	if broken {
		l.add(ReasonChainBroken, true, true)
	}
	return l
}

// clocks compares the clocks of two punches that follow each other.
func (h *Head) clocks(s *Signed, l *Link) {
	wall, err := s.wall()
	if h.N == 0 || err != nil {
		return
	}
	at := domain.InstantOf(wall)
	back := at < h.Wall
	if s.Boot != h.Boot {
		l.add(ReasonRebooted, false, false)
	} else if s.MonoMS < h.MonoMS {
		l.add(ReasonMonoRollback, false, true)
	} else if jump := int64(at-h.Wall) - (s.MonoMS - h.MonoMS); max(jump, -jump) > clockTolerance {
		l.add(ReasonClockChanged, false, false)
	}
	if back {
		l.add(ReasonClockRollback, false, true)
	}
}

// Next returns the head after a punch was recorded. From is as in Judge, broken what its link came to.
func (h Head) Next(s *Signed, from int64, l Link, offsetMS int64) Head {
	if i := h.gapOf(s.N); s.N <= h.N && i >= 0 {
		h.Gaps = fill(h.Gaps, i, s)
		return h
	}
	if s.N <= h.N {
		return h
	}
	if from > h.Since { // a new key: what was missing before it stays missing
		h.Since, h.Broken = from, false
	}
	if first := max(h.N, from-1) + 1; s.N > first {
		g := Gap{From: first, To: s.N - 1, After: s.Prev}
		if first == h.N+1 {
			g.Before = h.Hash
		}
		h.Gaps = append(slices.Clip(h.Gaps), g)
		h.Gaps = h.Gaps[max(0, len(h.Gaps)-maxGaps):]
	}
	h.Broken = h.Broken || slices.Contains(l.Reasons, ReasonChainBroken)
	h.N, h.Hash, h.Boot, h.MonoMS, h.OffsetMS = s.N, s.Hash, s.Boot, s.MonoMS, offsetMS
	if wall, err := s.wall(); err == nil {
		h.Wall = domain.InstantOf(wall)
	}
	return h
}

func (h *Head) gapOf(n int64) int {
	return slices.IndexFunc(h.Gaps, func(g Gap) bool { return g.From <= n && n <= g.To })
}

// fill takes a number out of a gap, which may leave two.
func fill(gaps []Gap, i int, s *Signed) []Gap {
	g := gaps[i]
	out := slices.Clone(gaps[:i])
	if g.From < s.N {
		out = append(out, Gap{From: g.From, To: s.N - 1, Before: g.Before, After: s.Prev})
	}
	if s.N < g.To {
		out = append(out, Gap{From: s.N + 1, To: g.To, Before: s.Hash, After: g.After})
	}
	return append(out, gaps[i+1:]...)
}

// Missing returns the numbers that never came, as ranges.
func (h *Head) Missing() []Gap { return h.Gaps }

// Apply returns the head after a recorded punch, as the log has it: what Next makes of it when it is recorded.
func (h Head) Apply(d *PunchDetails, from int64) Head {
	if d.Signed == "" || slices.Contains(d.Reasons, ReasonBadSignature) || slices.Contains(d.Reasons, ReasonChainFork) {
		return h
	}
	raw, err := unbase64("signed", d.Signed, MaxBody)
	if err != nil {
		return h
	}
	body, err := DecodeBody(raw)
	if err != nil {
		return h
	}
	return h.Next(&Signed{Body: body, Hash: d.Hash}, from, Link{Reasons: d.Reasons}, d.OffsetMS)
}
