package ledger

import (
	"context"
	"slices"
	"sync"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
)

// Presented is what a kiosk hands in as who used it: For is the hash of the punch, and an identification is good for one.
type Presented struct{ Nonce, Emp, Device, For string }

// Persons says by what somebody has shown a kiosk who they are; nothing where that is not so, is too long ago, or was used for another
// punch.
type Persons func(ctx context.Context, who Presented) ([]timecard.Proof, error)

// AtKiosks lets people show at kiosks who they are. Without it nobody has.
func (in *Intake) AtKiosks(p Persons) { in.persons = p }

// presence says who was seen at a kiosk when it signed a punch. Other devices are somebody's.
func (in *Intake) presence(ctx context.Context, s *timecard.Signed, d place.DeviceState) (timecard.Presence, error) {
	if d.Kind != place.Kiosk || s.Identification == "" || in.persons == nil {
		return timecard.Presence{}, nil
	}
	proofs, err := in.persons(ctx, Presented{Nonce: s.Identification, Emp: s.Emp, Device: s.Body.Device, For: s.Hash})
	return timecard.Presence{Proofs: proofs, Proven: in.ledger.dir.ProvesPerson(proofs)}, err
}

// ProvesPerson reports whether what somebody showed at a kiosk is as much as the organisation asks for: a PIN, or a badge alone where
// the policy kiosk_proof says so.
func (d *Directory) ProvesPerson(proofs []timecard.Proof) bool {
	badge := d.Org().Policies[people.KioskProof] == people.ByBadge
	return slices.ContainsFunc(proofs, func(p timecard.Proof) bool {
		return p.Proof == timecard.ProofPIN || badge && p.Proof == timecard.ProofBadge
	})
}

// Witness records a punch that no key signs: of who is logged in on a page, or of who has shown a kiosk's page who they are. Its time
// is now. The same id again gives the first receipt again.
func (in *Intake) Witness(ctx context.Context, h Handed, w timecard.Witnessed) Answer {
	out := Answer{Punch: w.ID}
	dir := in.ledger.dir
	if out.Err = dir.CatchUp(ctx); out.Err != nil {
		return out
	}
	w.At = domain.InstantOf(in.ledger.Now())
	w.Offset, w.Network = dir.zoneOf(w.Emp, w.At).Offset(w.At.Seconds()), h.Network
	if w.Device != "" {
		out.Err = dir.atKiosk(&w)
	} else if dir.Org().Policies[people.UnsignedPunches] == people.Hold {
		w.Hold = append(w.Hold, timecard.ReasonUnsignedHeld)
	}
	if out.Err != nil {
		return out
	}
	receipt, err := in.ledger.Do(ctx, Request{ID: w.ID, Command: w.Command(), Actor: h.Actor})
	if err == nil && len(receipt.Events) == 0 {
		err = domain.NewError(domain.Conflict, "idempotency_conflict", "id", w.ID)
	}
	if err != nil {
		out.Err = err
		return out
	}
	out.Repeated, out.Receipt = receipt.Repeated, in.receipt(receipt.Events[0].Event, receipt)
	return in.signed(out)
}

// atKiosk says of a punch what is to be said of the kiosk whose page took it.
func (d *Directory) atKiosk(w *timecard.Witnessed) error {
	k := d.Device(w.Device)
	if k.Kind != place.Kiosk || !k.Accepts() || k.Retired {
		return domain.NewError(domain.Forbidden, "device_may_not_punch", "device", w.Device)
	}
	w.Channel, w.Site = timecard.ChannelKiosk, k.Site
	if !k.Confirmed && d.unconfirmed() == timecard.Hold {
		w.Hold = append(w.Hold, timecard.ReasonDeviceUnconfirmed)
	}
	if !d.ProvesPerson(w.Proofs) {
		w.Hold = append(w.Hold, timecard.ReasonPersonUnproven)
	}
	return nil
}

// KioskCodePrefix begins what the screen of a kiosk shows: PREFIX DEVICE ":" CODE.
const KioskCodePrefix = "plk1:"

// KioskCode returns what the screen of a kiosk shows at an instant, and how long it still does.
func (l *Ledger) KioskCode(device string, at domain.Instant) (text string, left domain.Seconds, err error) {
	d := l.dir.Device(device)
	if !showsCode(&d) {
		return "", 0, domain.NewError(domain.Conflict, "no_kiosk_code", "device", device)
	}
	code := kioskCode.CodeAt(kioskCodeKey(l.sealer.MAC, &d), at)
	return KioskCodePrefix + device + ":" + code, place.CodeStep - at.Seconds()%place.CodeStep, nil
}

var kioskCode = place.SiteCode{Step: place.CodeStep}

// showsCode reports whether the code of a kiosk proves anything.
func showsCode(d *place.DeviceState) bool {
	return d.Kind == place.Kiosk && d.Accepts() && d.Confirmed && !d.Retired && d.Site != "" && len(d.Keys) > 0
}

// kioskCodeKey is the key of a kiosk's code: another one as soon as the kiosk has another key of its own.
func kioskCodeKey(mac func(...[]byte) []byte, d *place.DeviceState) []byte {
	return mac([]byte("punchledger/kioskcode/v1"), []byte(d.ID), []byte(d.Keys[len(d.Keys)-1].PublicKey))
}

// codeUse is a code that a person has handed in: one step of one screen.
type codeUse struct {
	emp, screen string
	step        int64
}

// codesUsed remembers for which punch a code was used, as long as it could be used again.
type codesUsed struct {
	mu   sync.Mutex
	seen map[codeUse]codeSpent
}

type codeSpent struct {
	punch string
	at    domain.Instant
}

// rememberCodes is how long a used code is remembered: longer than it is good for.
const rememberCodes = 10 * domain.Minute

// spend reports whether a person may use a code for a punch: it was used for none, or for this one.
func (c *codesUsed) spend(use codeUse, punch string, at domain.Instant) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if spent, ok := c.seen[use]; ok {
		return spent.punch == punch
	}
	if c.seen == nil {
		c.seen = map[codeUse]codeSpent{}
	}
	for old, spent := range c.seen {
		if at-spent.at > rememberCodes.Instant() {
			delete(c.seen, old)
		}
	}
	c.seen[use] = codeSpent{punch, at}
	return true
}
