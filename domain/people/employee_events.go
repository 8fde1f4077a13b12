package people

import "github.com/punchledger/punchledger/domain"

// EmployeeEvent is an event of a stream employee-{emp}.
//
//sumtype:decl
type EmployeeEvent interface {
	domain.Event
	employeeEvent()
}

// EmployeeRegistered brings an employee into the ledger under an opaque id, with the terms that hold from the first day on.
// Written by HR or an import of people.
type EmployeeRegistered struct {
	Emp         string        `json:"emp"`
	ExternalRef domain.Secret `json:"external_ref,omitzero"` // the id in the HR system
	Name        domain.Secret `json:"name"`
	HiredOn     domain.Date   `json:"hired_on"` // first day
	Terms
	Person string `json:"person,omitempty"` // links the employments of one human being
}

// AssignmentChanged changes the terms of an employee from a date on; what it does not name stays, an empty value clears, and later
// changes still hold from their own dates. Name and external reference, where present, are new for every date. Written by HR.
type AssignmentChanged struct {
	Emp         string        `json:"emp"`
	EffectiveOn domain.Date   `json:"effective_on"`
	ExternalRef domain.Secret `json:"external_ref,omitzero"`
	Name        domain.Secret `json:"name,omitzero"`
	TermsChange
	Retro bool `json:"retro,omitempty"` // the date lies in a closed period, as meant: pay follows as an adjustment
}

// EmployeeSuspended interrupts the work of an employee; the employment goes on. Written by HR.
type EmployeeSuspended struct {
	Emp  string      `json:"emp"`
	From domain.Date `json:"from"` // first day without work
}

// EmployeeResumed ends a suspension. Written by HR.
type EmployeeResumed struct {
	Emp  string      `json:"emp"`
	From domain.Date `json:"from"` // first day of work again
}

// EmployeeTerminated ends the employment. Written by HR.
type EmployeeTerminated struct {
	Emp        string      `json:"emp"`
	LastDay    domain.Date `json:"last_day"` // still employed on it
	ReasonCode string      `json:"reason_code"`
}

// EmployeeRehired starts another employment with the same employer, under the terms that held last. Written by HR.
type EmployeeRehired struct {
	Emp  string      `json:"emp"`
	From domain.Date `json:"from"` // first day
}

// NoticeAcknowledged records that the employee has read a version of a notice, such as the privacy notice.
type NoticeAcknowledged struct {
	Emp     string `json:"emp"`
	Notice  string `json:"notice"`
	Version int    `json:"version"`
}

// ConsentRecorded records that the employee gave consent to a purpose, such as meal_waiver, or withdrew it.
type ConsentRecorded struct {
	Emp     string `json:"emp"`
	Purpose string `json:"purpose"`
	Version int    `json:"version"`
	Given   bool   `json:"given"` // false: withdrawn
}

// WageRateSet sets the rate of pay from a date on. It is optional, and used for amounts only, never for hours.
type WageRateSet struct {
	Emp      string        `json:"emp"`
	From     domain.Date   `json:"from"`
	Rate     domain.Secret `json:"rate"` // a decimal such as 31.25
	Per      RatePer       `json:"per"`
	Currency string        `json:"currency"` // ISO 4217
}

// EarningRecorded records other pay of a date, such as a bonus. It is optional, and used for amounts only.
type EarningRecorded struct {
	Emp           string        `json:"emp"`
	Date          domain.Date   `json:"date"`
	Code          string        `json:"code"`
	Amount        domain.Secret `json:"amount"`          // a decimal; a negative one takes back
	InRegularRate bool          `json:"in_regular_rate"` // counts towards the rate from which overtime is paid
}

// BadgeAssigned gives a badge number to the employee. Another one with the same number, device and first date replaces it, which is
// how an open one is ended, and a mistaken one emptied. Written by HR or an import of people.
type BadgeAssigned struct {
	Emp      string        `json:"emp"`
	Badge    domain.Secret `json:"badge"`
	BadgeMAC string        `json:"badge_mac"`        // HMAC of the number under the ledger's key, by which punches are matched
	Device   string        `json:"device,omitempty"` // only on this terminal
	From     domain.Date   `json:"from"`             // first date
	To       domain.Date   `json:"to,omitzero"`      // first date after; without it the badge is held until further notice
}

// DelegationSet names who decides in the place of the employee. Written by the person, their manager or HR. The delegate decides
// nothing about themselves, and passes nothing on.
type DelegationSet struct {
	Emp        string      `json:"emp"`        // whose decisions they are
	Delegation string      `json:"delegation"` // names it
	Delegate   string      `json:"delegate"`
	Kinds      []string    `json:"kinds,omitempty"` // of requests, or punch; without them all
	From       domain.Date `json:"from"`
	To         domain.Date `json:"to,omitzero"`          // first date without it
	WhileAway  bool        `json:"while_away,omitempty"` // only on dates on which the person has approved leave
	Reason     string      `json:"reason"`
	By         string      `json:"by"`
}

// DelegationEnded ends a delegation at once.
type DelegationEnded struct {
	Emp        string `json:"emp"`
	Delegation string `json:"delegation"`
	Reason     string `json:"reason"`
	By         string `json:"by"`
}

// EventType returns the stored name.
func (EmployeeRegistered) EventType() string { return "EmployeeRegistered" }

// EventType returns the stored name.
func (AssignmentChanged) EventType() string { return "AssignmentChanged" }

// EventType returns the stored name.
func (EmployeeSuspended) EventType() string { return "EmployeeSuspended" }

// EventType returns the stored name.
func (EmployeeResumed) EventType() string { return "EmployeeResumed" }

// EventType returns the stored name.
func (EmployeeTerminated) EventType() string { return "EmployeeTerminated" }

// EventType returns the stored name.
func (EmployeeRehired) EventType() string { return "EmployeeRehired" }

// EventType returns the stored name.
func (NoticeAcknowledged) EventType() string { return "NoticeAcknowledged" }

// EventType returns the stored name.
func (ConsentRecorded) EventType() string { return "ConsentRecorded" }

// EventType returns the stored name.
func (WageRateSet) EventType() string { return "WageRateSet" }

// EventType returns the stored name.
func (EarningRecorded) EventType() string { return "EarningRecorded" }

// EventType returns the stored name.
func (BadgeAssigned) EventType() string { return "BadgeAssigned" }

// EventType returns the stored name.
func (DelegationSet) EventType() string { return "DelegationSet" }

// EventType returns the stored name.
func (DelegationEnded) EventType() string { return "DelegationEnded" }

func (EmployeeRegistered) employeeEvent() {}
func (AssignmentChanged) employeeEvent()  {}
func (EmployeeSuspended) employeeEvent()  {}
func (EmployeeResumed) employeeEvent()    {}
func (EmployeeTerminated) employeeEvent() {}
func (EmployeeRehired) employeeEvent()    {}
func (NoticeAcknowledged) employeeEvent() {}
func (ConsentRecorded) employeeEvent()    {}
func (WageRateSet) employeeEvent()        {}
func (EarningRecorded) employeeEvent()    {}
func (BadgeAssigned) employeeEvent()      {}
func (DelegationSet) employeeEvent()      {}
func (DelegationEnded) employeeEvent()    {}
