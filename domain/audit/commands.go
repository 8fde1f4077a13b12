package audit

import "github.com/punchledger/punchledger/domain"

// Command is a wish to write down a read.
//
//sumtype:decl
type Command interface {
	Stream() string
	auditCommand()
}

// RecordRead asks for RecordsRead.
type RecordRead struct {
	Reader     string
	Query      string
	Purpose    string
	Case       string
	Subjects   []string
	Class      Class
	Rows       int
	ResultHash string
	Position   uint64
	At         domain.Instant
}

// RecordTrace asks for TraceServed.
type RecordTrace struct {
	Reader     string
	Emp        string
	Date       domain.Date
	Purpose    string
	Case       string
	ResultHash string
	At         domain.Instant
}

// Stream returns the target stream.
func (c RecordRead) Stream() string { return Stream(c.Reader, c.At) }

// Stream returns the target stream.
func (c RecordTrace) Stream() string { return Stream(c.Reader, c.At) }

func (RecordRead) auditCommand()  {}
func (RecordTrace) auditCommand() {}
