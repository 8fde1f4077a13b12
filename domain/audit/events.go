package audit

import "github.com/punchledger/punchledger/domain"

// Event is an event of a stream audit-{principal}-{yyyymm}.
//
//sumtype:decl
type Event interface {
	domain.Event
	auditEvent()
}

// RecordsRead says that somebody was about to be shown data of others. It is written before the data is given out, by whoever serves it.
type RecordsRead struct {
	Reader     string         `json:"reader"`                // the principal
	Query      string         `json:"query"`                 // what was asked for: a route or command, with its values
	Purpose    string         `json:"purpose"`               // a code, such as request_review or payroll_dispute
	Case       string         `json:"case,omitempty"`        // a request, dispute or audit that it belongs to
	Subjects   []string       `json:"subjects"`              // employees whose data it is, sorted
	Class      Class          `json:"class"`                 // the most personal kind of data in it
	Rows       int            `json:"rows,omitempty"`        // how many rows or files
	ResultHash string         `json:"result_hash,omitempty"` // SHA-256 of what was given out
	Position   uint64         `json:"position,omitempty"`    // of the ledger that was read
	At         domain.Instant `json:"at"`
}

// TraceServed says that the explanation of a day, with punches and rules, was shown to somebody else. Written before it is shown.
type TraceServed struct {
	Reader     string         `json:"reader"`
	Emp        string         `json:"emp"`
	Date       domain.Date    `json:"date"`
	Purpose    string         `json:"purpose"`
	Case       string         `json:"case,omitempty"`
	ResultHash string         `json:"result_hash"` // of the day
	At         domain.Instant `json:"at"`
}

// EventType returns the stored name.
func (RecordsRead) EventType() string { return "RecordsRead" }

// EventType returns the stored name.
func (TraceServed) EventType() string { return "TraceServed" }

func (RecordsRead) auditEvent() {}
func (TraceServed) auditEvent() {}
