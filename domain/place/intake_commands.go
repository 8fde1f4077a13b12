package place

import (
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// IntakeCommand is a wish about what a device handed in on one UTC date.
//
//sumtype:decl
type IntakeCommand interface {
	Stream() string
	intakeCommand()
}

// RecordImportBatch asks for ImportBatchRecorded. Bad may hold any number of rows; the event keeps the first of them.
type RecordImportBatch struct {
	Batch      string
	Device     string
	FileSHA256 string
	FileName   string `mac:"secret"`
	Format     string
	Zone       string
	ReceivedAt domain.Instant
	Counts     map[string]int
	Bad        []BadRow
	BadTotal   int
}

// VoidImportBatch asks for ImportBatchVoided. ReceivedOn is the UTC date on which the batch was received.
type VoidImportBatch struct {
	Device     string
	ReceivedOn domain.Date
	Batch      string
	Reason     string
}

// MaxRows is the most rows that one command may quarantine or attribute: one append must stay below the limit of every log.
const MaxRows = 500

// QuarantinePunches asks for one PunchQuarantined a row, all or none.
type QuarantinePunches struct {
	Device     string
	ReceivedAt domain.Instant
	Rows       []UnknownPunch
}

// UnknownPunch is a punch as it was read. Row must not tell the badge; the hash of the punch's identity does not.
type UnknownPunch struct {
	Row           string
	DeviceSeq     int64
	Badge         string `mac:"secret"`
	BadgeMAC      string
	ClaimedAt     string // 2026-10-24T21:50:00
	ClaimedOffset domain.Seconds
	EffectiveAt   domain.Instant
	TimeSource    string
	Dir           string
	Batch         string
	Line          int
	Status        *int
	Verify        *int
	WorkCode      *int
	Note          domain.Secret
	Reasons       []string // flags that the punch carries already, as of PunchAccepted
	Why           string
}

// AttributePunches asks for one PunchAttributed a row, all or none. ReceivedOn is the UTC date on which they were received.
type AttributePunches struct {
	Device     string
	ReceivedOn domain.Date
	Rows       []string
	Emp        string
}

// RequeuePunches asks for PunchQuarantined of rows that were attributed, as they were, so that they wait again: whoever they were
// attributed to was the wrong one. ReceivedOn is the UTC date on which they were received.
type RequeuePunches struct {
	Device     string
	ReceivedOn domain.Date
	Rows       []string
}

// ReceiveOfflineBatch asks for OfflineBatchReceived; one that was received already gives no event.
type ReceiveOfflineBatch struct {
	Batch      string
	Device     string
	ReceivedAt domain.Instant
	SeqFrom    int64
	SeqTo      int64
	Count      int
	ChainHead  string
	Gaps       []SeqRange
	Counts     map[string]int
}

// IntakeStream returns the stream of a device and the UTC date of receipt.
func IntakeStream(device string, receivedOn domain.Date) string {
	return "intake-" + device + "-" + strings.ReplaceAll(receivedOn.String(), "-", "")
}

func receivedOn(at domain.Instant) domain.Date { return domain.DateOfUnix(at.Seconds()) }

// Stream returns the target stream.
func (c RecordImportBatch) Stream() string { return IntakeStream(c.Device, receivedOn(c.ReceivedAt)) }

// Stream returns the target stream.
func (c VoidImportBatch) Stream() string { return IntakeStream(c.Device, c.ReceivedOn) }

// Stream returns the target stream.
func (c QuarantinePunches) Stream() string { return IntakeStream(c.Device, receivedOn(c.ReceivedAt)) }

// Stream returns the target stream.
func (c AttributePunches) Stream() string { return IntakeStream(c.Device, c.ReceivedOn) }

// Stream returns the target stream.
func (c RequeuePunches) Stream() string { return IntakeStream(c.Device, c.ReceivedOn) }

// Stream returns the target stream.
func (c ReceiveOfflineBatch) Stream() string { return IntakeStream(c.Device, receivedOn(c.ReceivedAt)) }

func (RecordImportBatch) intakeCommand()   {}
func (VoidImportBatch) intakeCommand()     {}
func (QuarantinePunches) intakeCommand()   {}
func (AttributePunches) intakeCommand()    {}
func (RequeuePunches) intakeCommand()      {}
func (ReceiveOfflineBatch) intakeCommand() {}
