package people

import "github.com/punchledger/punchledger/domain"

// EmployeeCommand is a wish about an employee.
//
//sumtype:decl
type EmployeeCommand interface {
	Stream() string
	employeeCommand()
}

// RegisterEmployee asks for EmployeeRegistered. An empty Punching means that punches are required.
type RegisterEmployee struct {
	Emp         string
	ExternalRef string `mac:"secret"`
	Name        string `mac:"secret"`
	HiredOn     domain.Date
	Terms       Terms
	Person      string
}

// ChangeAssignment asks for AssignmentChanged. Empty ExternalRef and Name stay as they are.
type ChangeAssignment struct {
	Emp         string
	EffectiveOn domain.Date
	ExternalRef string `mac:"secret"`
	Name        string `mac:"secret"`
	Change      TermsChange
	Retro       bool
}

// SuspendEmployee asks for EmployeeSuspended.
type SuspendEmployee struct {
	Emp  string
	From domain.Date
}

// ResumeEmployee asks for EmployeeResumed.
type ResumeEmployee struct {
	Emp  string
	From domain.Date
}

// TerminateEmployee asks for EmployeeTerminated. NeverBegan takes an employment back that was recorded by mistake: its last day is
// then the day before its first.
type TerminateEmployee struct {
	Emp        string
	LastDay    domain.Date
	ReasonCode string
	NeverBegan bool
}

// RehireEmployee asks for EmployeeRehired.
type RehireEmployee struct {
	Emp  string
	From domain.Date
}

// AcknowledgeNotice asks for NoticeAcknowledged.
type AcknowledgeNotice struct {
	Emp     string
	Notice  string
	Version int
}

// RecordConsent asks for ConsentRecorded.
type RecordConsent struct {
	Emp     string
	Purpose string
	Version int
	Given   bool
}

// RatePer is the time that a wage rate pays.
type RatePer string

// The values of RatePer.
const (
	PerHour  RatePer = "hour"
	PerDay   RatePer = "day"
	PerMonth RatePer = "month"
	PerYear  RatePer = "year"
)

// SetWageRate asks for WageRateSet. Rate is a decimal such as 31.25.
type SetWageRate struct {
	Emp      string
	From     domain.Date
	Rate     string `mac:"secret"`
	Per      RatePer
	Currency string
}

// RecordEarning asks for EarningRecorded. Amount is a decimal; a negative one takes back.
type RecordEarning struct {
	Emp           string
	Date          domain.Date
	Code          string
	Amount        string `mac:"secret"`
	InRegularRate bool
}

// AssignBadge asks for BadgeAssigned. BadgeMAC is 64 hexadecimal digits.
type AssignBadge struct {
	Emp      string
	Badge    string `mac:"secret"`
	BadgeMAC string
	Device   string
	From     domain.Date
	To       domain.Date
}

func employeeStream(emp string) string { return "employee-" + emp }

// SetDelegation asks for DelegationSet. AtMachine says that the command comes from whoever owns the files of the ledger; only the
// command line sets it. A zero From is Today.
type SetDelegation struct {
	Emp        string
	Delegation string
	Delegate   string
	Kinds      []string
	From, To   domain.Date
	WhileAway  bool
	Reason     string
	ActorID    string
	AtMachine  bool
	Today      domain.Date
}

// EndDelegation asks for DelegationEnded. The delegate may ask for it too.
type EndDelegation struct {
	Emp        string
	Delegation string
	Reason     string
	ActorID    string
	AtMachine  bool
}

// Stream returns the target stream.
func (c RegisterEmployee) Stream() string { return employeeStream(c.Emp) }

// Stream returns the target stream.
func (c ChangeAssignment) Stream() string { return employeeStream(c.Emp) }

// Stream returns the target stream.
func (c SuspendEmployee) Stream() string { return employeeStream(c.Emp) }

// Stream returns the target stream.
func (c ResumeEmployee) Stream() string { return employeeStream(c.Emp) }

// Stream returns the target stream.
func (c TerminateEmployee) Stream() string { return employeeStream(c.Emp) }

// Stream returns the target stream.
func (c RehireEmployee) Stream() string { return employeeStream(c.Emp) }

// Stream returns the target stream.
func (c AcknowledgeNotice) Stream() string { return employeeStream(c.Emp) }

// Stream returns the target stream.
func (c RecordConsent) Stream() string { return employeeStream(c.Emp) }

// Stream returns the target stream.
func (c SetWageRate) Stream() string { return employeeStream(c.Emp) }

// Stream returns the target stream.
func (c RecordEarning) Stream() string { return employeeStream(c.Emp) }

// Stream returns the target stream.
func (c AssignBadge) Stream() string { return employeeStream(c.Emp) }

// Stream returns the target stream.
func (c SetDelegation) Stream() string { return "employee-" + c.Emp }

// Stream returns the target stream.
func (c EndDelegation) Stream() string { return "employee-" + c.Emp }

func (RegisterEmployee) employeeCommand()  {}
func (ChangeAssignment) employeeCommand()  {}
func (SuspendEmployee) employeeCommand()   {}
func (ResumeEmployee) employeeCommand()    {}
func (TerminateEmployee) employeeCommand() {}
func (RehireEmployee) employeeCommand()    {}
func (AcknowledgeNotice) employeeCommand() {}
func (RecordConsent) employeeCommand()     {}
func (SetWageRate) employeeCommand()       {}
func (RecordEarning) employeeCommand()     {}
func (AssignBadge) employeeCommand()       {}
func (SetDelegation) employeeCommand()     {}
func (EndDelegation) employeeCommand()     {}
