package schedule

import "github.com/punchledger/punchledger/domain"

// RosterCommand is a wish about the roster of an employee and month.
//
//sumtype:decl
type RosterCommand interface {
	Stream() string
	rosterCommand()
}

// SetRosterMonth asks for RosterMonthSet. Today is the date at the place of work when it is announced.
type SetRosterMonth struct {
	Emp         string
	Month       string // 202610
	Days        []RosterDay
	Source      string
	AnnouncedAt domain.Instant
	Today       domain.Date
}

// ChangeRosterDay asks for RosterDayChanged. An empty After gives the date back to the plan of the week.
type ChangeRosterDay struct {
	Emp         string
	Date        domain.Date
	After       Slot
	Reason      string
	AnnouncedAt domain.Instant
	Today       domain.Date
}

// SwapDays asks for DaySwapped, which is kept in the month of WorkDate.
type SwapDays struct {
	Emp      string
	WorkDate domain.Date
	RestDate domain.Date
	AgreedOn domain.Date
	Kind     SwapKind
}

// RevokeSwap asks for DaySwapRevoked.
type RevokeSwap struct {
	Emp      string
	WorkDate domain.Date
	RestDate domain.Date
	Reason   string
}

// Stream returns the target stream.
func (c SetRosterMonth) Stream() string { return "roster-" + c.Emp + "-" + c.Month }

// Stream returns the target stream.
func (c ChangeRosterDay) Stream() string { return "roster-" + c.Emp + "-" + c.Date.YearMonth() }

// Stream returns the target stream.
func (c SwapDays) Stream() string { return "roster-" + c.Emp + "-" + c.WorkDate.YearMonth() }

// Stream returns the target stream.
func (c RevokeSwap) Stream() string { return "roster-" + c.Emp + "-" + c.WorkDate.YearMonth() }

func (SetRosterMonth) rosterCommand()  {}
func (ChangeRosterDay) rosterCommand() {}
func (SwapDays) rosterCommand()        {}
func (RevokeSwap) rosterCommand()      {}
