package timecard

import "github.com/punchledger/punchledger/domain"

// Presence is how somebody showed at a kiosk who they are. Proven says that it is as much as the organisation asks for.
type Presence struct {
	Proofs []Proof
	Proven bool
}

// presenceAge is how old a punch of a kiosk may be at its receipt for what the person showed to be about it: a PIN proves who stands
// there now, not who did an hour ago.
const presenceAge = 2 * domain.Minute

// The proofs that somebody shows at a kiosk.
const (
	ProofPIN   = "pin"
	ProofBadge = "badge"
)

// The reasons of punches of kiosks and of pages without a key.
const (
	ReasonPersonUnproven     = "person_unproven"     // at a kiosk, which says for whom it is; nobody has seen who that was
	ReasonUnsigned           = "unsigned"            // no key signed it: the ledger's word alone; a label
	ReasonUnsignedHeld       = "unsigned_held"       // the same, where the organisation wants somebody to look
	ReasonSessionUnconfirmed = "session_unconfirmed" // by a login for which nobody has vouched yet
)

// Witnessed is a punch that no key signs: the ledger itself saw who asked for it, and when. It is made now, never later.
type Witnessed struct {
	ID      string
	Emp     string
	Dir     Direction
	At      domain.Instant // when the ledger was asked
	Offset  domain.Seconds // east of UTC, where the person works
	Channel Channel
	Device  string // kiosk; empty for a page of one's own
	Site    string // where the kiosk stands
	Proofs  []Proof
	Network domain.Secret
	Note    domain.Secret
	Hold    []string // reasons why somebody has to look at it, whatever its place is worth
}

// witnessError is how long an answer may have been under way, in milliseconds.
const witnessError = 2_000

// Command returns what asks the ledger to record the punch. Its assurance is the lowest there is: a server could have made it up.
func (w *Witnessed) Command() RecordPunch {
	c := RecordPunch{MaxSkew: defaultMaxSkew, Details: PunchDetails{
		Emp: w.Emp, Punch: w.ID, Dir: w.Dir, ClaimedAt: WallOf(w.At, w.Offset)[:len(wallLayout)], ClaimedOffset: w.Offset, ReceivedAt: w.At,
		EffectiveAt: w.At, TimeSource: ServerTime, UncertaintyMS: witnessError, NotAfter: w.At, TimeClass: T0, Assurance: L0, Device: w.Device,
		Channel: w.Channel, Facts: PunchFacts{Site: w.Site, Proofs: w.Proofs}, Reasons: []string{ReasonUnsigned},
		Sealed: Evidence{Network: w.Network, Note: w.Note},
	}}
	for _, reason := range w.Hold {
		c.hold(reason)
	}
	return c
}
