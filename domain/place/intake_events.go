package place

import "github.com/punchledger/punchledger/domain"

// IntakeEvent is an event of a stream intake-{device}-{yyyymmdd}; the date is the UTC date of receipt.
//
//sumtype:decl
type IntakeEvent interface {
	domain.Event
	intakeEvent()
}

// BadRow is a row of a file that could not be read.
type BadRow struct {
	Line   int    `json:"line"`             // from 1
	Column int    `json:"column,omitempty"` // field, from 1; without it the whole row
	Reason string `json:"reason"`           // a code; never what the row held
}

// ImportBatchRecorded closes the import of one file: what it was, and what became of its rows. Written by an import.
type ImportBatchRecorded struct {
	Batch      string         `json:"batch"`
	Device     string         `json:"device"`
	FileSHA256 string         `json:"file_sha256"`
	FileName   domain.Secret  `json:"file_name,omitzero"`
	Format     string         `json:"format"` // csv, attlog, jsonl
	Zone       string         `json:"zone"`   // time zone in which its clocks were read
	ReceivedAt domain.Instant `json:"received_at"`
	Counts     map[string]int `json:"counts"`              // rows by verdict
	Bad        []BadRow       `json:"bad,omitempty"`       // the first 1000 rows that could not be read
	BadTotal   int            `json:"bad_total,omitempty"` // how many could not be read
}

// ImportBatchVoided takes an import back: a process voids its punches, and its rows in quarantine wait for nobody any more. Written
// by HR or an administrator.
type ImportBatchVoided struct {
	Batch  string `json:"batch"`
	Device string `json:"device"`
	Reason string `json:"reason"`
}

// PunchQuarantined keeps a punch until somebody says whose it is. Written by an import or a terminal's upload.
type PunchQuarantined struct {
	Row           string         `json:"row"` // identity of the punch: a hash that the same punch has again
	Device        string         `json:"device"`
	DeviceSeq     int64          `json:"device_seq,omitempty"` // order number of the device
	Badge         domain.Secret  `json:"badge"`
	BadgeMAC      string         `json:"badge_mac"`      // HMAC of the number under the ledger's key, by which an assignment is found
	ClaimedAt     string         `json:"claimed_at"`     // wall clock of the device: 2026-10-24T21:50:00
	ClaimedOffset domain.Seconds `json:"claimed_offset"` // seconds east of UTC that it was read with
	ReceivedAt    domain.Instant `json:"received_at"`
	EffectiveAt   domain.Instant `json:"effective_at"`          // the instant that will count
	TimeSource    string         `json:"time_source,omitempty"` // as of PunchAccepted
	Dir           string         `json:"dir"`                   // as of PunchAccepted
	Batch         string         `json:"batch,omitempty"`       // import or upload
	Line          int            `json:"line,omitempty"`        // in the batch, from 1
	Status        *int           `json:"status,omitempty"`      // the terminal's own code, as the two below
	Verify        *int           `json:"verify,omitempty"`
	WorkCode      *int           `json:"work_code,omitempty"`
	Note          domain.Secret  `json:"note,omitzero"`     // what the file says beside it
	Reasons       []string       `json:"reasons,omitempty"` // flags that the punch will carry, as of PunchAccepted
	Why           string         `json:"why"`               // what is not known, as a code: unknown_badge
}

// PunchAttributed says whose a punch in quarantine is; a process then records it on the employee's timecard. Written when a badge is
// assigned, or by a person who knows.
type PunchAttributed struct {
	Row    string `json:"row"`
	Device string `json:"device"`
	Emp    string `json:"emp"`
}

// SeqRange is a run of order numbers, both ends in it.
type SeqRange struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// OfflineBatchReceived says that a device handed in punches that it had kept. Each of them is recorded on a timecard; the numbers
// that are missing between them stand in gaps, so that nobody wonders later. Written when the upload is received.
type OfflineBatchReceived struct {
	Batch      string         `json:"batch"`
	Device     string         `json:"device"`
	ReceivedAt domain.Instant `json:"received_at"`
	SeqFrom    int64          `json:"seq_from"` // least order number
	SeqTo      int64          `json:"seq_to"`   // greatest
	Count      int            `json:"count"`
	ChainHead  string         `json:"chain_head"`       // hash of the punch with the greatest number
	Gaps       []SeqRange     `json:"gaps,omitempty"`   // numbers that neither the upload nor the ledger has; the first 1000
	Counts     map[string]int `json:"counts,omitempty"` // punches by what became of them
}

// EventType returns the stored name.
func (OfflineBatchReceived) EventType() string { return "OfflineBatchReceived" }

// EventType returns the stored name.
func (ImportBatchRecorded) EventType() string { return "ImportBatchRecorded" }

// EventType returns the stored name.
func (ImportBatchVoided) EventType() string { return "ImportBatchVoided" }

// EventType returns the stored name.
func (PunchQuarantined) EventType() string { return "PunchQuarantined" }

// EventType returns the stored name.
func (PunchAttributed) EventType() string { return "PunchAttributed" }

func (ImportBatchRecorded) intakeEvent()  {}
func (ImportBatchVoided) intakeEvent()    {}
func (PunchQuarantined) intakeEvent()     {}
func (PunchAttributed) intakeEvent()      {}
func (OfflineBatchReceived) intakeEvent() {}
