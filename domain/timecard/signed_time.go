package timecard

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/zone"
)

// The classes of time, from best to worst: how well the time of a punch is proven.
const (
	T0 = "t0" // sent at once: the server's clock
	T1 = "t1" // kept, with a fresh ticket, in one run of a clock that nobody sets
	T2 = "t2" // kept: the device's word, inside what is proven
	T3 = "t3" // outside of what is proven, set back, or a number used twice: a person has to look
)

// The levels of assurance: how well person and device are proven.
const (
	L0 = "l0" // entered by somebody else, a signature that does not hold, or the ledger alone as a witness
	L1 = "l1" // the device's key
	L2 = "l2" // and a passkey with user verification over the punch, which may have copies
	L3 = "l3" // and one that cannot leave its device, in a chain without a break
)

// The reasons that the time of a punch gives. All but time_unbelievable are labels.
const (
	ReasonTicketStale    = "ticket_stale"      // older than it may be when the punch was made
	ReasonTicketInvalid  = "ticket_invalid"    // not the ledger's, or somebody else's
	ReasonBeforeTicket   = "before_ticket"     // says that it was made before its own ticket was issued
	ReasonClocksDisagree = "clocks_disagree"   // the clock that is set and the one that is not tell different ages
	ReasonClockOff       = "clock_off"         // the device's clock was wrong by more than five minutes; corrected
	ReasonUnbelievable   = "time_unbelievable" // its time is impossible; the instant of receipt stands in its place
	ReasonZoneMismatch   = "zone_mismatch"     // the offset is not the one of the zone
)

const (
	clockTolerance  = 5_000              // ms that two clocks may differ
	onlineWithin    = 60_000             // ms from punch to receipt of one that is sent at once
	driftPerMS      = 5_000              // a device's quartz is wrong by at most 200 ms in 1,000,000
	monotonicError  = 500                // ms for the way
	adjustedError   = 2_000              // ms: the clock may have been set between punch and sending by less than we notice
	claimedError    = 15 * 60 * 1000     // ms: nothing is known
	wrongClock      = 5 * 60 * 1000      // ms from which on a device's clock is flagged
	oldestClaim     = 45 * 24 * 3600_000 // ms: a mere claim that is older is not believed
	oldestMeasured  = 400 * 24 * 3600_000
	futureClaim     = 36 * 3600_000
	defaultMaxSkew  = 2 * domain.Minute
	signedMaxSkewMS = int64(defaultMaxSkew) * 1000
)

// timing is what is known of a punch's time.
type timing struct {
	at          domain.Instant
	source      TimeSource
	uncertainty int64
	offset      int64
	notBefore   domain.Instant
	class       string
	reasons     []string
	impossible  bool
}

func (t *timing) flag(reason string) { t.reasons = append(t.reasons, reason) }

// timeOf finds when a punch was made, from the best there is: the time that ran on the device until it was sent, the time that ran
// since its ticket was issued, its clock corrected by what is known of it, its clock as it is. Ticket is nil where none holds.
func timeOf(s *Signed, receivedAt domain.Instant, ticket *Ticket) timing {
	wallTime, _ := s.wall()
	wall := domain.InstantOf(wallTime)
	t := timing{class: T2}
	measured := false
	if s.SentWall != "" {
		sent, _ := parseWall(s.SentWall)
		t.offset, measured = int64(receivedAt-domain.InstantOf(sent)), true
	}
	if ticket != nil {
		t.notBefore = ticket.IssuedAt
	}
	adjusted := wall + domain.Instant(t.offset)
	atOnce := false
	switch {
	case s.SentMonoMS != nil && s.SentBoot == s.Boot && *s.SentMonoMS >= s.MonoMS:
		age := *s.SentMonoMS - s.MonoMS
		t.at, t.source, t.uncertainty = receivedAt-domain.Instant(age), Monotonic, monotonicError+age/driftPerMS
		atOnce = age <= onlineWithin
	case ticket != nil && ticket.Boot != "" && ticket.Boot == s.Boot && s.MonoMS >= ticket.MonoMS:
		ran := s.MonoMS - ticket.MonoMS
		t.at, t.source, t.uncertainty = ticket.IssuedAt+domain.Instant(ran), Monotonic, monotonicError+ran/driftPerMS
	case measured:
		t.at, t.source = adjusted, WallAdjusted
		t.uncertainty = adjustedError + max(0, int64(receivedAt-adjusted))/driftPerMS
	default:
		t.at, t.source, t.uncertainty = wall, WallClaimed, claimedError
	}
	if s.SentMonoMS != nil && s.SentBoot == s.Boot && *s.SentMonoMS < s.MonoMS {
		t.flag(ReasonMonoRollback)
		t.class = T3
	}
	if t.source == Monotonic && measured {
		if d := abs(int64(t.at - adjusted)); d > max(t.uncertainty, clockTolerance) {
			t.flag(ReasonClocksDisagree)
			t.uncertainty = d
		}
	}
	if measured && abs(t.offset) > wrongClock {
		t.flag(ReasonClockOff)
	}
	t.prove(s, receivedAt, ticket, atOnce)
	return t
}

// prove sets the class of the time, and puts the receipt in the place of what is impossible.
func (t *timing) prove(s *Signed, receivedAt domain.Instant, ticket *Ticket, atOnce bool) {
	oldest := domain.Instant(oldestMeasured)
	if t.source == WallClaimed {
		oldest = oldestClaim
	}
	stale := ticket != nil && t.at > ticket.ExpiresAt
	if stale {
		t.flag(ReasonTicketStale)
	}
	switch {
	case t.at > receivedAt+futureClaim || t.at < receivedAt-oldest || t.at <= 0:
		t.flag(ReasonUnbelievable)
		t.at, t.uncertainty, t.class, t.impossible = receivedAt, claimedError, T3, true
	case t.at > receivedAt+domain.Instant(signedMaxSkewMS):
		t.class = T3
	case t.notBefore > 0 && t.at < t.notBefore-domain.Instant(max(t.uncertainty, clockTolerance)):
		t.flag(ReasonBeforeTicket)
		t.class = T3
	case t.class == T3:
	case atOnce:
		t.class = T0
	case t.source == Monotonic && ticket != nil && !stale:
		t.class = T1
	}
	if !zoneAgrees(s) {
		t.flag(ReasonZoneMismatch)
	}
}

// zoneAgrees reports whether the offset of the device's clock is the one of its zone; of a zone that nobody knows it is not.
func zoneAgrees(s *Signed) bool {
	wall, err := s.wall()
	if err != nil {
		return false
	}
	z, err := zone.Embedded().Zone(s.Zone)
	if err != nil {
		return false
	}
	_, offset := wall.Zone()
	return z.Offset(domain.Seconds(wall.Unix())) == domain.Seconds(offset)
}

func abs(n int64) int64 { return max(n, -n) }

// Times returns the instants near which a punch that arrives now may have been recorded when it came before: what its clock showed,
// that corrected, and the age that the device measured.
func (s *Signed) Times(receivedAt domain.Instant) []domain.Instant {
	out := []domain.Instant{receivedAt}
	wall, err := s.wall()
	if err != nil {
		return out
	}
	out = append(out, domain.InstantOf(wall))
	if sent, err := parseWall(s.SentWall); err == nil {
		out = append(out, domain.InstantOf(wall)+receivedAt-domain.InstantOf(sent))
	}
	if s.SentMonoMS != nil && *s.SentMonoMS >= s.MonoMS {
		out = append(out, receivedAt-domain.Instant(*s.SentMonoMS-s.MonoMS))
	}
	return out
}
