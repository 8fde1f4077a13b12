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
	Since  domain.Instant // zero: all punches that come from now on, whenever they were made
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

// BindDevice asks for DeviceBound.
type BindDevice struct {
	Device string
	Emp    string
	Now    domain.Instant
}

// UnbindDevice asks for DeviceUnbound.
type UnbindDevice struct {
	Device string
	Reason string
	Now    domain.Instant
}

// ConfirmDevice asks for DeviceConfirmed. By is who confirms: on a second channel that may be the employee's own hand.
type ConfirmDevice struct {
	Device string
	By     string
	How    string
	Now    domain.Instant
}

// RotateKey asks for DeviceKeyRotated.
type RotateKey struct {
	Device    string
	PublicKey string
	FromN     int64
	Signature string // over KeyText, in base64url
}

// HandOver asks for DeviceHandedOver. Without a signature the chain ends broken at the last punch that the ledger has.
type HandOver struct {
	Device    string
	To        string
	LastN     int64
	LastHash  string
	Signature string // over HandOverText, in base64url; empty when the device is lost
	Now       domain.Instant
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

// Stream returns the target stream.
func (c BindDevice) Stream() string { return "device-" + c.Device }

// Stream returns the target stream.
func (c UnbindDevice) Stream() string { return "device-" + c.Device }

// Stream returns the target stream.
func (c ConfirmDevice) Stream() string { return "device-" + c.Device }

// Stream returns the target stream.
func (c RotateKey) Stream() string { return "device-" + c.Device }

// Stream returns the target stream.
func (c HandOver) Stream() string { return "device-" + c.Device }

func (EnrolDevice) deviceCommand()        {}
func (SetTrust) deviceCommand()           {}
func (CorrectDeviceClock) deviceCommand() {}
func (RecordOutage) deviceCommand()       {}
func (RetireDevice) deviceCommand()       {}
func (BindDevice) deviceCommand()         {}
func (UnbindDevice) deviceCommand()       {}
func (ConfirmDevice) deviceCommand()      {}
func (RotateKey) deviceCommand()          {}
func (HandOver) deviceCommand()           {}
