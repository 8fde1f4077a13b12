package place

import (
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// Binding says whose a device is from an instant to another one; a zero To is open.
type Binding struct {
	Emp      string
	From, To domain.Instant
}

// DeviceKey is a public key with the first order number that it signs.
type DeviceKey struct {
	PublicKey string
	FromN     int64
}

// End is how the chain of a device ended.
type End struct {
	To       string // the device that took its place
	LastN    int64
	LastHash string
	Broken   bool
}

// Signs reports whether devices of a kind sign what they hand in.
func (k DeviceKind) Signs() bool { return k == Phone || k == Web || k == Kiosk }

// BoundTo returns whose the device is now; a kiosk is nobody's.
func (s DeviceState) BoundTo() string {
	if n := len(s.Bindings); n > 0 && s.Bindings[n-1].To == 0 {
		return s.Bindings[n-1].Emp
	}
	return ""
}

// BoundAt reports whether the device was an employee's at an instant.
func (s DeviceState) BoundAt(emp string, at domain.Instant) bool {
	return slices.ContainsFunc(s.Bindings, func(b Binding) bool {
		return b.Emp == emp && b.From <= at && (b.To == 0 || at < b.To)
	})
}

// EverBoundTo reports whether the device is or was an employee's.
func (s DeviceState) EverBoundTo(emp string) bool {
	return slices.ContainsFunc(s.Bindings, func(b Binding) bool { return b.Emp == emp })
}

// KeyFor returns the key that signs the punch of an order number, and the first number of its chain.
func (s DeviceState) KeyFor(n int64) (key DeviceKey, ok bool) {
	for _, k := range slices.Backward(s.Keys) {
		if k.FromN <= n {
			return k, true
		}
	}
	return DeviceKey{}, false
}

// AcceptsAt reports whether punches made at an instant are believed: those of a blocked device are, if they were made before.
func (s DeviceState) AcceptsAt(at domain.Instant) bool {
	return s.Accepts() || s.Exists() && s.BlockedSince != 0 && at < s.BlockedSince
}

// HandOverText is what a device signs when another one takes its place.
func HandOverText(origin, device, to string, lastN int64, lastHash string) []byte {
	return fmt.Appendf(nil, "punchledger handover v1\n%s\n%s\n%s\n%d\n%s\n", origin, device, to, lastN, lastHash)
}

// KeyText is what a device signs with its present key to say which one comes after it.
func KeyText(origin, device, publicKey string, fromN int64) []byte {
	return fmt.Appendf(nil, "punchledger key v1\n%s\n%s\n%s\n%d\n", origin, device, publicKey, fromN)
}

// KioskText is what a kiosk signs to speak for itself.
func KioskText(origin, device, challenge string) []byte {
	return fmt.Appendf(nil, "punchledger kiosk v1\n%s\n%s\n%s\n", origin, device, challenge)
}

// MayOpen reports whether a kiosk may speak for itself: it is confirmed, in use and not blocked.
func (s DeviceState) MayOpen() bool {
	return s.Kind == Kiosk && s.Confirmed && s.Accepts() && !s.Retired && s.End == nil && len(s.Keys) > 0
}

// signed reports whether the device's present key signed a text.
func (s DeviceState) signed(text []byte, signature string) bool {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(signature)
	if err != nil || len(s.Keys) == 0 {
		return false
	}
	key, err := ParseKey(s.Keys[len(s.Keys)-1].PublicKey)
	return err == nil && key.Verify(text, raw)
}

func bind(s DeviceState, c BindDevice, f DeviceFacts) ([]DeviceEvent, error) {
	var is fields
	is.ID("emp", c.Emp)
	is.That(c.Now > 0, "now", "missing")
	if is.First != nil {
		return nil, is.First
	}
	switch bound := s.BoundTo(); {
	case s.Retired:
		return nil, domain.NewError(domain.Conflict, "device_retired", "device", s.ID)
	case !s.Kind.Signs() || s.Kind == Kiosk:
		return nil, domain.NewError(domain.Conflict, "device_not_personal", "device", s.ID, "kind", string(s.Kind))
	case !f.EmployeeKnown:
		return nil, domain.NewError(domain.Invalid, "unknown_employee", "emp", c.Emp)
	case bound == c.Emp:
		return nil, domain.NewError(domain.Conflict, "no_change")
	case bound != "":
		return nil, domain.NewError(domain.Conflict, "device_bound_elsewhere", "device", s.ID)
	case f.DeviceLimit > 0 && f.DevicesOf >= f.DeviceLimit:
		return nil, domain.NewError(domain.Conflict, "device_limit", "emp", c.Emp, "limit", fmt.Sprint(f.DeviceLimit))
	}
	return []DeviceEvent{DeviceBound{Device: s.ID, Emp: c.Emp, At: c.Now}}, nil
}

func unbind(s DeviceState, c UnbindDevice) ([]DeviceEvent, error) {
	var is fields
	is.Code("reason", c.Reason)
	is.That(c.Now > 0, "now", "missing")
	if is.First != nil {
		return nil, is.First
	}
	emp := s.BoundTo()
	if emp == "" {
		return nil, domain.NewError(domain.Conflict, "device_not_bound", "device", s.ID)
	}
	return []DeviceEvent{DeviceUnbound{Device: s.ID, Emp: emp, Reason: c.Reason, At: c.Now}}, nil
}

func confirm(s DeviceState, c ConfirmDevice) ([]DeviceEvent, error) {
	var is fields
	is.Document("by", c.By)
	is.Code("how", c.How)
	is.That(c.Now > 0, "now", "missing")
	if is.First != nil {
		return nil, is.First
	}
	switch {
	case s.Retired:
		return nil, domain.NewError(domain.Conflict, "device_retired", "device", s.ID)
	case !s.Kind.Signs():
		return nil, domain.NewError(domain.Conflict, "device_not_personal", "device", s.ID, "kind", string(s.Kind))
	case s.Confirmed:
		return nil, domain.NewError(domain.Conflict, "no_change")
	}
	return []DeviceEvent{DeviceConfirmed{Device: s.ID, By: c.By, How: c.How, At: c.Now}}, nil
}

func rotateKey(s DeviceState, c RotateKey, f DeviceFacts) ([]DeviceEvent, error) {
	if _, err := ParseKey(c.PublicKey); err != nil {
		return nil, err
	}
	var is fields
	is.That(c.FromN > 0 && c.FromN <= maxOrder, "from_n", "out_of_range")
	is.OptionalText("signature", c.Signature, maxName)
	if is.First != nil {
		return nil, is.First
	}
	switch n := len(s.Keys); {
	case s.Retired:
		return nil, domain.NewError(domain.Conflict, "device_retired", "device", s.ID)
	case n == 0:
		return nil, domain.NewError(domain.Conflict, "device_not_personal", "device", s.ID, "kind", string(s.Kind))
	case f.KeyUsedBy != "":
		return nil, domain.NewError(domain.Conflict, "key_reused", "device", f.KeyUsedBy)
	case c.FromN <= max(s.Keys[n-1].FromN, f.LastN):
		return nil, domain.NewError(domain.Conflict, "order_number_taken", "n", fmt.Sprint(c.FromN), "last", fmt.Sprint(f.LastN))
	case c.Signature != "" && !s.signed(KeyText(f.Origin, s.ID, c.PublicKey, c.FromN), c.Signature):
		return nil, domain.NewError(domain.Invalid, "bad_signature", "device", s.ID)
	}
	return []DeviceEvent{DeviceKeyRotated(c)}, nil
}

func handOver(s DeviceState, c HandOver, f DeviceFacts) ([]DeviceEvent, error) {
	var is fields
	is.Document("to", c.To)
	is.That(c.Now > 0, "now", "missing")
	is.That(c.LastN >= 0 && c.LastN <= maxOrder, "last_n", "out_of_range")
	is.OptionalText("last_hash", c.LastHash, maxWord)
	is.OptionalText("signature", c.Signature, maxName)
	is.That(c.To != c.Device, "to", "itself")
	if is.First != nil {
		return nil, is.First
	}
	switch {
	case s.End != nil:
		return nil, domain.NewError(domain.Conflict, "device_handed_over", "device", s.ID, "to", s.End.To)
	case len(s.Keys) == 0:
		return nil, domain.NewError(domain.Conflict, "device_not_personal", "device", s.ID, "kind", string(s.Kind))
	case !f.SuccessorKnown:
		return nil, unknownDevice(c.To)
	}
	e := DeviceHandedOver{Device: s.ID, To: c.To, LastN: f.LastN, LastHash: f.LastHash, Broken: true, At: c.Now}
	if c.Signature == "" {
		return []DeviceEvent{e}, nil
	}
	if !s.signed(HandOverText(f.Origin, s.ID, c.To, c.LastN, c.LastHash), c.Signature) {
		return nil, domain.NewError(domain.Invalid, "bad_signature", "device", s.ID)
	}
	if c.LastN < f.LastN {
		return nil, domain.NewError(domain.Conflict, "order_number_taken", "n", fmt.Sprint(c.LastN), "last", fmt.Sprint(f.LastN))
	}
	e.LastN, e.LastHash, e.Signature, e.Broken = c.LastN, c.LastHash, c.Signature, false
	return []DeviceEvent{e}, nil
}

// maxOrder is the greatest order number of a punch: what a JSON number of every language can hold.
const maxOrder = 1<<53 - 1
