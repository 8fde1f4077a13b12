package place

import (
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// DeviceFacts are what a decision about a device needs from elsewhere. Those about a thing that the command does not name are not
// looked at.
type DeviceFacts struct {
	ZoneKnown   bool   // the zone is in the archive
	SiteOpen    bool   // the site is open
	KeyUsedBy   string // the device that ever had the public key
	BatchKnown  bool   // the batch whose lines a fix names was recorded
	DualControl bool   // the policy of the organisation

	EmployeeKnown  bool   // BindDevice: the employee is registered
	DevicesOf      int    // BindDevice: how many devices are the employee's now
	DeviceLimit    int    // BindDevice: how many may be; 0 is no limit
	SuccessorKnown bool   // HandOver: the device that follows is enrolled and not retired
	Origin         string // of the ledger, which stands in what devices sign
	LastN          int64  // the greatest order number that the ledger has of the device, and its hash
	LastHash       string
}

// DecideDevice decides a command about a device.
func DecideDevice(s DeviceState, c DeviceCommand, f DeviceFacts) ([]DeviceEvent, error) {
	if _, enrols := c.(EnrolDevice); !enrols && !s.Exists() {
		return nil, domain.NewError(domain.NotFound, "unknown_device", "stream", c.Stream())
	}
	switch c := c.(type) {
	case EnrolDevice:
		return enrol(s, c, f)
	case SetTrust:
		return setTrust(s, c)
	case CorrectDeviceClock:
		return correctClock(s, c, f)
	case RecordOutage:
		return recordOutage(s, c)
	case RetireDevice:
		if s.Retired {
			return nil, domain.NewError(domain.Conflict, "device_retired", "device", s.ID)
		}
		return []DeviceEvent{DeviceRetired(c)}, nil
	case BindDevice:
		return bind(s, c, f)
	case UnbindDevice:
		return unbind(s, c)
	case ConfirmDevice:
		return confirm(s, c)
	case RotateKey:
		return rotateKey(s, c, f)
	case HandOver:
		return handOver(s, c, f)
	}
	panic(fmt.Sprintf("place: no case for %T", c))
}

func enrol(s DeviceState, c EnrolDevice, f DeviceFacts) ([]DeviceEvent, error) {
	var is fields
	is.ID("device", c.Device)
	is.OneOf("kind", string(c.Kind), string(Terminal), string(Phone), string(Web), string(Kiosk), string(Import))
	is.OptionalText("public_key", c.PublicKey, maxName)
	is.OptionalText("attestation.provider", c.Attestation.Provider, maxWord)
	is.OptionalText("attestation.verdict", c.Attestation.Verdict, maxWord)
	is.OptionalText("model", c.Model, maxWord)
	is.OptionalDocument("site", c.Site)
	if is.First == nil && c.PublicKey != "" && c.Kind.Signs() {
		_, is.First = ParseKey(c.PublicKey)
	}
	if is.First != nil {
		return nil, is.First
	}
	switch {
	case s.Retired:
		return nil, domain.NewError(domain.Conflict, "device_retired", "device", c.Device)
	case s.Exists():
		return nil, domain.NewError(domain.Conflict, "device_exists", "device", c.Device)
	case c.TZ != "" && !f.ZoneKnown:
		return nil, domain.NewError(domain.Invalid, "unknown_tz", "tz", c.TZ)
	case c.Site != "" && !f.SiteOpen:
		return nil, domain.NewError(domain.Invalid, "unknown_site", "site", c.Site)
	case c.PublicKey != "" && f.KeyUsedBy != "":
		return nil, domain.NewError(domain.Conflict, "key_reused", "device", f.KeyUsedBy)
	}
	return []DeviceEvent{DeviceEnrolled(c)}, nil
}

func setTrust(s DeviceState, c SetTrust) ([]DeviceEvent, error) {
	var is fields
	is.OneOf("level", string(c.Level), string(Trusted), string(Limited), string(Blocked))
	is.Text("reason", c.Reason, maxName)
	if is.First != nil {
		return nil, is.First
	}
	if s.Retired {
		return nil, domain.NewError(domain.Conflict, "device_retired", "device", s.ID)
	}
	is.That(c.Since == 0 || c.Level == Blocked, "since", "not_with_level")
	if is.First != nil {
		return nil, is.First
	}
	if s.Trust == c.Level && s.BlockedSince == c.Since {
		return nil, domain.NewError(domain.Conflict, "no_change")
	}
	return []DeviceEvent{DeviceTrustChanged(c)}, nil
}

func correctClock(s DeviceState, c CorrectDeviceClock, f DeviceFacts) ([]DeviceEvent, error) {
	var is fields
	is.clockFix(c.Fix)
	is.Text("evidence", c.Evidence, maxName)
	for _, a := range c.Approvers {
		is.ID("approvers", a)
	}
	if is.First != nil {
		return nil, is.First
	}
	if c.Fix.Batch != "" && !f.BatchKnown {
		return nil, domain.NewError(domain.NotFound, "unknown_batch", "batch", c.Fix.Batch)
	}
	if c.Fix.Undoes != "" && !slices.ContainsFunc(s.Fixes, func(x ClockFix) bool { return x.Fix == c.Fix.Undoes }) {
		return nil, domain.NewError(domain.NotFound, "unknown_fix", "fix", c.Fix.Undoes)
	}
	for _, x := range s.Fixes {
		if x.Fix == c.Fix.Fix || c.Fix.Undoes == "" && x.overlaps(c.Fix) {
			return nil, domain.NewError(domain.Conflict, "clock_fix_overlap", "fix", x.Fix)
		}
	}
	approvers := slices.Compact(slices.Sorted(slices.Values(c.Approvers)))
	others := slices.DeleteFunc(slices.Clone(approvers), func(a string) bool { return a == c.ActorID })
	if f.DualControl && len(others) < 2 {
		return nil, domain.NewError(domain.Forbidden, "second_approver_needed")
	}
	return []DeviceEvent{DeviceClockCorrected{
		Device: s.ID, ClockFix: c.Fix, Evidence: c.Evidence, Approvers: approvers, SingleControl: len(others) < 2,
	}}, nil
}

func recordOutage(s DeviceState, c RecordOutage) ([]DeviceEvent, error) {
	var is fields
	is.That(c.From > 0, "from", "missing")
	is.That(c.From < c.To, "to", "not_after_from")
	if is.First != nil {
		return nil, is.First
	}
	for _, x := range s.Outages {
		if x.From < c.To && c.From < x.To {
			return nil, domain.NewError(domain.Conflict, "outage_overlap", "from", x.From.String(), "to", x.To.String())
		}
	}
	return []DeviceEvent{DeviceOutageRecorded(c)}, nil
}
