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
	Overlaps    string // a live request of the same kind, kept in the stream of a neighbouring year, that the target overlaps

	Policy      Policy
	Used        int           // requests of the kind that count in the cycle and are kept in the stream of another year
	Today       domain.Date   // at the place of work
	UnknownType bool          // leave: the rules of the date do not name the type
	Unswappable *domain.Error // swap: why the roster would not take it
	Seat        Seat          // who takes the step that comes next: the first, the one after, the one above, or the one named
	Gone        bool          // EscalateDue: the approver has left
	Approver    bool          // DecideStep: the one who acts has the turn, or holds its role
	DelegateFor string        // DecideStep: whom the one who acts stands for
	Self        bool          // DecideStep: the one who acts is the employee, under another id perhaps
	NotActive   bool          // ReassignStep: nobody of that id is there
}
