package place

import "github.com/punchledger/punchledger/domain"

// DeviceCommand is a wish about a device.
//
//sumtype:decl
type DeviceCommand interface {
	Stream() string
	deviceCommand()
}

// EnrolDevice asks for DeviceEnrolled.
type EnrolDevice struct {
	Device      string
	Kind        DeviceKind
	PublicKey   string
	Attestation Attestation
	Model       string
	TZ          string
	Site        string
}

// SetTrust asks for DeviceTrustChanged.
type SetTrust struct {
	Device string
	Level  TrustLevel
	Reason string
}

// CorrectDeviceClock asks for DeviceClockCorrected. Under dual control it needs two approvers beside the one who acts.
type CorrectDeviceClock struct {
	Device    string
	Fix       ClockFix
	Evidence  string
	Approvers []string
	ActorID   string `mac:"none"`
}

// RecordOutage asks for DeviceOutageRecorded.
type RecordOutage struct {
	Device   string
	From, To domain.Instant
}

// RetireDevice asks for DeviceRetired.
type RetireDevice struct {
	Device string
}

// Stream returns the target stream.
func (c EnrolDevice) Stream() string { return "device-" + c.Device }

// Stream returns the target stream.
func (c SetTrust) Stream() string { return "device-" + c.Device }

// Stream returns the target stream.
func (c CorrectDeviceClock) Stream() string { return "device-" + c.Device }

// Stream returns the target stream.
func (c RecordOutage) Stream() string { return "device-" + c.Device }

// Stream returns the target stream.
func (c RetireDevice) Stream() string { return "device-" + c.Device }

func (EnrolDevice) deviceCommand()        {}
func (SetTrust) deviceCommand()           {}
func (CorrectDeviceClock) deviceCommand() {}
func (RecordOutage) deviceCommand()       {}
func (RetireDevice) deviceCommand()       {}
