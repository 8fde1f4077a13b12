package request

import "github.com/punchledger/punchledger/domain"

// Command is a wish about a person's requests of one year.
//
//sumtype:decl
type Command interface {
	Stream() string
	requestCommand()
}

// RecordExternalDecision records a decision of another system; its fields are those of the event.
type RecordExternalDecision struct {
	Request    string
	Emp        string
	System     string
	ExternalID string
	Kind       Kind
	Target     Target
	Type       string
	Settle     Settle
	Outcome    Outcome
	DecidedBy  string
	DecidedAt  domain.Instant
	Text       domain.Secret
}

// Stream returns the stream of the employee and the year of the target's date.
func (c RecordExternalDecision) Stream() string { return Stream(c.Emp, c.Target.Date) }

func (RecordExternalDecision) requestCommand() {}

// Facts are what a decision needs from elsewhere. In the zero value nothing stands in the way.
type Facts struct {
	NotEmployed bool   // on the target's date
	ZoneUnknown bool   // the archive does not have the trip's zone
	Overlaps    string // a live approval of the same kind, kept in the stream of a neighbouring year, that the target overlaps
}
