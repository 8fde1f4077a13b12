package place

import "github.com/punchledger/punchledger/domain"

// DeviceEvent is an event of a stream device-{id}.
//
//sumtype:decl
type DeviceEvent interface {
	domain.Event
	deviceEvent()
}

// DeviceKind says what a device is.
type DeviceKind string

// The kinds of devices. An import is a source of files, such as a clock whose USB dumps are read.
const (
	Terminal DeviceKind = "terminal"
	Phone    DeviceKind = "phone"
	Web      DeviceKind = "web"
	Kiosk    DeviceKind = "kiosk"
	Import   DeviceKind = "import"
)

// Attestation is what a platform says of a device.
type Attestation struct {
	Provider string `json:"provider"`
	Verdict  string `json:"verdict"`
}

// DeviceEnrolled brings a device into the ledger, trusted. Written by an administrator. An import is a source of files.
type DeviceEnrolled struct {
	Device      string      `json:"device"`
	Kind        DeviceKind  `json:"kind"`
	PublicKey   string      `json:"public_key,omitempty"` // by which it signs, in base64; terminals and imports have none
	Attestation Attestation `json:"attestation,omitzero"` // what its platform says of it
	Model       string      `json:"model,omitempty"`
	TZ          string      `json:"tz,omitempty"` // zone of its clock; without it its site's
	Site        string      `json:"site,omitempty"`
}

// TrustLevel says how far punches of a device are believed.
type TrustLevel string

// The levels of trust: rules may hold punches of a limited device, those of a blocked one are rejected.
const (
	Trusted TrustLevel = "trusted"
	Limited TrustLevel = "limited"
	Blocked TrustLevel = "blocked"
)

// DeviceTrustChanged changes how far punches of the device are believed from now on: rules may hold those of a limited one, those of
// a blocked one are rejected. Written by an administrator.
type DeviceTrustChanged struct {
	Device string     `json:"device"`
	Level  TrustLevel `json:"level"`
	Reason string     `json:"reason"`

	Since domain.Instant `json:"since,omitzero"` // punches made before it are believed as before: when the phone was lost
}

// ClockFix says how wrong a device clock was, and for which punches: a range of order numbers, which are lines of a batch when one
// is named, or a range of the times that the clock gave. One that undoes another has neither range nor offset.
type ClockFix struct {
	Fix       string         `json:"fix"`                 // by which the punches name it
	Batch     string         `json:"batch,omitempty"`     // whose lines the numbers are; without it those of the device
	SeqFrom   int64          `json:"seq_from,omitempty"`  // first order number
	SeqTo     int64          `json:"seq_to,omitempty"`    // last order number
	From      domain.Instant `json:"from,omitzero"`       // first time
	To        domain.Instant `json:"to,omitzero"`         // first time after
	OffsetMS  int64          `json:"offset_ms"`           // added to the time that the clock gave
	DriftPPM  int64          `json:"drift_ppm,omitempty"` // added as well: microseconds for each second since drift_from
	DriftPPB  int64          `json:"drift_ppb,omitempty"` // the same, finer: nanoseconds for each second, beside drift_ppm
	DriftFrom domain.Instant `json:"drift_from,omitzero"`
	Undoes    string         `json:"undoes,omitempty"` // the fix that is taken back: its punches get their times again
}

// DeviceClockCorrected records how wrong the clock of the device was. A process moves each punch that it covers by PunchRetimed,
// which names the fix. Written by an administrator.
type DeviceClockCorrected struct {
	Device string `json:"device"`
	ClockFix
	Evidence      string   `json:"evidence"`                 // how it is known
	Approvers     []string `json:"approvers,omitempty"`      // the people behind it
	SingleControl bool     `json:"single_control,omitempty"` // fewer than two were enough, as dual control was off
}

// DeviceOutageRecorded says that the device took no punches for a time, so that missing ones are explained. Written by an
// administrator.
type DeviceOutageRecorded struct {
	Device string         `json:"device"`
	From   domain.Instant `json:"from"`
	To     domain.Instant `json:"to"` // first instant after
}

// DeviceRetired takes the device out of use for ever; punches that it still holds may be handed in, and its clock be corrected.
// Written by an administrator.
type DeviceRetired struct {
	Device string `json:"device"`
}

// DeviceBound gives a device to one employee, who alone punches with it from then on. Written when a person enrols a device.
type DeviceBound struct {
	Device string         `json:"device"`
	Emp    string         `json:"emp"`
	At     domain.Instant `json:"at"`
}

// DeviceUnbound takes a device from its employee; punches made before may still be handed in. Written by the employee or HR.
type DeviceUnbound struct {
	Device string         `json:"device"`
	Emp    string         `json:"emp"`
	Reason string         `json:"reason"`
	At     domain.Instant `json:"at"`
}

// DeviceConfirmed says that the enrolment was seen on a second channel: until then punches of the device are held, or flagged, as
// the policy unconfirmed_devices says. Written by whoever confirmed it.
type DeviceConfirmed struct {
	Device string         `json:"device"`
	By     string         `json:"by"`  // who confirmed it
	How    string         `json:"how"` // the channel: a code such as in_person, mail, other_device
	At     domain.Instant `json:"at"`
}

// DeviceKeyRotated gives the device another key. Punches from order number from_n on are signed by it, and begin a new chain; those
// before are still believed under the key before. One that the key before did not sign has to be confirmed again.
type DeviceKeyRotated struct {
	Device    string `json:"device"`
	PublicKey string `json:"public_key"`
	FromN     int64  `json:"from_n"`
	Signature string `json:"signature,omitempty"` // by the key before, over KeyText, in base64url
}

// DeviceHandedOver ends the chain of a device, because another one takes its place. Signed by the device when it could still sign;
// else broken, because it was lost: what it may still hold is not known.
type DeviceHandedOver struct {
	Device    string         `json:"device"`
	To        string         `json:"to"`                  // the device that takes its place
	LastN     int64          `json:"last_n"`              // order number of the last punch
	LastHash  string         `json:"last_hash"`           // hash of its signed bytes
	Broken    bool           `json:"broken,omitempty"`    // nobody signed that it was the last
	Signature string         `json:"signature,omitempty"` // over HandOverText, in base64url
	At        domain.Instant `json:"at"`
}

// EventType returns the stored name.
func (DeviceEnrolled) EventType() string { return "DeviceEnrolled" }

// EventType returns the stored name.
func (DeviceTrustChanged) EventType() string { return "DeviceTrustChanged" }

// EventType returns the stored name.
func (DeviceClockCorrected) EventType() string { return "DeviceClockCorrected" }

// EventType returns the stored name.
func (DeviceOutageRecorded) EventType() string { return "DeviceOutageRecorded" }

// EventType returns the stored name.
func (DeviceRetired) EventType() string { return "DeviceRetired" }

// EventType returns the stored name.
func (DeviceBound) EventType() string { return "DeviceBound" }

// EventType returns the stored name.
func (DeviceUnbound) EventType() string { return "DeviceUnbound" }

// EventType returns the stored name.
func (DeviceConfirmed) EventType() string { return "DeviceConfirmed" }

// EventType returns the stored name.
func (DeviceKeyRotated) EventType() string { return "DeviceKeyRotated" }

// EventType returns the stored name.
func (DeviceHandedOver) EventType() string { return "DeviceHandedOver" }

func (DeviceEnrolled) deviceEvent()       {}
func (DeviceTrustChanged) deviceEvent()   {}
func (DeviceClockCorrected) deviceEvent() {}
func (DeviceOutageRecorded) deviceEvent() {}
func (DeviceRetired) deviceEvent()        {}
func (DeviceBound) deviceEvent()          {}
func (DeviceUnbound) deviceEvent()        {}
func (DeviceConfirmed) deviceEvent()      {}
func (DeviceKeyRotated) deviceEvent()     {}
func (DeviceHandedOver) deviceEvent()     {}
