package timecard

import "github.com/punchledger/punchledger/domain"

// Event is an event of a timecard.
//
//sumtype:decl
type Event interface {
	domain.Event
	timecardEvent()
}

// PunchAccepted records a punch that counts from the start. Written when a device, page, terminal or import hands in
// a punch.
type PunchAccepted struct {
	PunchDetails
}

// PunchHeld records a punch that waits for a person to release or refuse it. Its reasons say why.
type PunchHeld struct {
	PunchDetails
}

// PunchRejected records a punch that does not count because identity or integrity is broken. It can be admitted later.
type PunchRejected struct {
	PunchDetails
}

// PunchReleased ends a hold: the punch counts. Written by a manager or HR, never by the employee.
type PunchReleased struct {
	Emp      string    `json:"emp"`
	Punch    string    `json:"punch"`
	Reason   string    `json:"reason"`
	Rejudged *Rejudged `json:"rejudged,omitempty"`
}

// Rejudged says that a punch was judged again, because a fence or a rule was wrong: what the verdict was, what it is, and by what.
type Rejudged struct {
	From     string   `json:"from"`                // held, rejected
	To       string   `json:"to"`                  // accepted
	Reasons  []string `json:"reasons,omitempty"`   // that the new verdict gives
	RuleCase string   `json:"rule_case,omitempty"` // JSON pointer of the intake case that decided now
	Ruleset  string   `json:"ruleset,omitempty"`   // stream@revision
	Site     string   `json:"site,omitempty"`      // stream@revision
}

// PunchRefused ends a hold: the punch does not count. Written by a manager or HR, never by the employee.
type PunchRefused struct {
	Emp    string `json:"emp"`
	Punch  string `json:"punch"`
	Reason string `json:"reason"`
}

// PunchAdmitted lets a rejected or refused punch count after all. Written by HR or by the adoption of a replay.
type PunchAdmitted struct {
	Emp    string `json:"emp"`
	Punch  string `json:"punch"`
	Reason string `json:"reason"`

	Rejudged *Rejudged `json:"rejudged,omitempty"`
}

// PunchAppealed asks for another look at a punch that does not count. Written by the employee, once for each punch; it changes
// nothing by itself.
type PunchAppealed struct {
	Emp   string        `json:"emp"`
	Punch string        `json:"punch"`
	Text  domain.Secret `json:"text"`
}

// PunchIdentified records that what a passkey said of a punch was verified after the punch had been recorded: because the passkey
// was registered later, or could not be looked up before. It changes no outcome; a punch that waits may be judged again.
type PunchIdentified struct {
	Emp       string       `json:"emp"`
	Punch     string       `json:"punch"`
	Assurance string       `json:"assurance"` // from now on
	Check     PasskeyCheck `json:"check"`
}

// Grounds are what stands behind a privileged act: a reason code always, the request that it carries out, and the
// second person where it moves pay of a closed period.
type Grounds struct {
	ReasonCode string `json:"reason_code"`
	Request    string `json:"request,omitempty"`
	Approver   string `json:"approver,omitempty"`
}

// PunchAdded enters a punch that no device recorded. Written by HR or by an approved correction.
type PunchAdded struct {
	Emp         string         `json:"emp"`
	Punch       string         `json:"punch"`
	EffectiveAt domain.Instant `json:"effective_at"`
	Dir         Direction      `json:"dir"`
	Grounds
	Site string        `json:"site,omitempty"`
	Job  string        `json:"job,omitempty"`
	Cost string        `json:"cost,omitempty"`
	Note domain.Secret `json:"note,omitzero"`
}

// PunchVoided takes a punch out of the count; what was recorded stays. A batch is named when the punch was voided
// because its whole import was: such a line may be imported again.
type PunchVoided struct {
	Emp   string `json:"emp"`
	Punch string `json:"punch"`
	Grounds
	Batch string `json:"batch,omitempty"`
}

// PunchRetimed moves a punch to another instant, at most 36 h from the one first recorded. Previous_at is what
// counted until then; clock_fix names the correction of a device clock that asked for it.
type PunchRetimed struct {
	Emp         string         `json:"emp"`
	Punch       string         `json:"punch"`
	EffectiveAt domain.Instant `json:"effective_at"`
	PreviousAt  domain.Instant `json:"previous_at"`
	Grounds
	ClockFix string `json:"clock_fix,omitempty"`
}

// PunchRedirected changes the direction of a punch.
type PunchRedirected struct {
	Emp   string    `json:"emp"`
	Punch string    `json:"punch"`
	Dir   Direction `json:"dir"`
	Grounds
}

// DayCredited adds counted time to a date without punches: an interval [from, to), or a number of seconds. Backed by
// an approved request or granted by HR.
type DayCredited struct {
	Emp     string         `json:"emp"`
	Credit  string         `json:"credit"`
	Date    domain.Date    `json:"date"`
	From    domain.Instant `json:"from,omitzero"`
	To      domain.Instant `json:"to,omitzero"`
	Seconds domain.Seconds `json:"seconds,omitempty"`
	Code    string         `json:"code"`
	Grounds
}

// DayCreditRevoked takes a credit back.
type DayCreditRevoked struct {
	Emp    string `json:"emp"`
	Credit string `json:"credit"`
	Grounds
}

// AnomalyAcknowledged says that somebody has seen an anomaly; it stays open.
type AnomalyAcknowledged struct {
	Emp  string      `json:"emp"`
	Date domain.Date `json:"date"`
	Key  string      `json:"key"` // id of the anomaly and its discriminator
}

// AnomalyWaived closes an anomaly by decision, until a date (exclusive) where one is named.
type AnomalyWaived struct {
	Emp    string      `json:"emp"`
	Date   domain.Date `json:"date"`
	Key    string      `json:"key"`
	Reason string      `json:"reason"`
	Until  domain.Date `json:"until,omitzero"`
}

// DayAttested is the employee's own word on the result of a day: agree or dispute.
type DayAttested struct {
	Emp        string        `json:"emp"`
	Date       domain.Date   `json:"date"`
	ResultHash string        `json:"result_hash"`
	Statement  Statement     `json:"statement"`
	Note       domain.Secret `json:"note,omitzero"`
}

// Statement is what an employee says of a result.
type Statement string

// The statements.
const (
	Agree   Statement = "agree"
	Dispute Statement = "dispute"
)

// The stored names of the events.
func (PunchAccepted) EventType() string       { return "PunchAccepted" }
func (PunchHeld) EventType() string           { return "PunchHeld" }
func (PunchRejected) EventType() string       { return "PunchRejected" }
func (PunchReleased) EventType() string       { return "PunchReleased" }
func (PunchRefused) EventType() string        { return "PunchRefused" }
func (PunchAdmitted) EventType() string       { return "PunchAdmitted" }
func (PunchAppealed) EventType() string       { return "PunchAppealed" }
func (PunchIdentified) EventType() string     { return "PunchIdentified" }
func (PunchAdded) EventType() string          { return "PunchAdded" }
func (PunchVoided) EventType() string         { return "PunchVoided" }
func (PunchRetimed) EventType() string        { return "PunchRetimed" }
func (PunchRedirected) EventType() string     { return "PunchRedirected" }
func (DayCredited) EventType() string         { return "DayCredited" }
func (DayCreditRevoked) EventType() string    { return "DayCreditRevoked" }
func (AnomalyAcknowledged) EventType() string { return "AnomalyAcknowledged" }
func (AnomalyWaived) EventType() string       { return "AnomalyWaived" }
func (DayAttested) EventType() string         { return "DayAttested" }

func (PunchAccepted) timecardEvent()       {}
func (PunchHeld) timecardEvent()           {}
func (PunchRejected) timecardEvent()       {}
func (PunchReleased) timecardEvent()       {}
func (PunchRefused) timecardEvent()        {}
func (PunchAdmitted) timecardEvent()       {}
func (PunchAppealed) timecardEvent()       {}
func (PunchIdentified) timecardEvent()     {}
func (PunchAdded) timecardEvent()          {}
func (PunchVoided) timecardEvent()         {}
func (PunchRetimed) timecardEvent()        {}
func (PunchRedirected) timecardEvent()     {}
func (DayCredited) timecardEvent()         {}
func (DayCreditRevoked) timecardEvent()    {}
func (AnomalyAcknowledged) timecardEvent() {}
func (AnomalyWaived) timecardEvent()       {}
func (DayAttested) timecardEvent()         {}
