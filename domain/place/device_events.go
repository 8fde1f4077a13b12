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

func (DeviceEnrolled) deviceEvent()       {}
func (DeviceTrustChanged) deviceEvent()   {}
func (DeviceClockCorrected) deviceEvent() {}
func (DeviceOutageRecorded) deviceEvent() {}
func (DeviceRetired) deviceEvent()        {}
