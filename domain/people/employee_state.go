package people

import "github.com/punchledger/punchledger/domain"

// EmployeeState is an employee as the stream tells it.
type EmployeeState struct {
	Emp         string
	Person      string
	Name        domain.Secret
	ExternalRef domain.Secret
	First       Terms        // from the first day on
	Changes     []Change     // by From, of one date in the order they were recorded
	Employment  []Span       // by From, without overlap
	Suspensions []Suspension // by From, without overlap
	Notices     map[string]int
	Consents    map[string]Consent
	Wages       []Wage    // by From; of one date the last counts
	Earnings    []Earning // in the order they were recorded
	Badges      []Badge   // in the order they were first assigned
	Delegations []Delegation
}

// Change is a change of terms from a date on.
type Change struct {
	From domain.Date
	TermsChange
}

// Span is an employment with its last day; a zero Last is open.
type Span struct {
	From, Last domain.Date
}

// Suspension interrupts work on the dates [From, Until); a zero Until is open.
type Suspension struct {
	From, Until domain.Date
}

// Consent is the last word of an employee on a purpose.
type Consent struct {
	Version int
	Given   bool
}

// Wage is a rate of pay from a date on.
type Wage struct {
	From     domain.Date
	Rate     domain.Secret
	Per      RatePer
	Currency string
}

// Earning is other pay of a date.
type Earning struct {
	Date          domain.Date
	Code          string
	Amount        domain.Secret
	InRegularRate bool
}

// Badge is a badge number held on the dates [From, To); a zero To is open, an empty Device means every device.
type Badge struct {
	Number   domain.Secret
	MAC      string
	Device   string
	From, To domain.Date
}

// Assignment is the terms that hold from a date on.
type Assignment struct {
	From domain.Date
	Terms
}

// Exists reports whether the employee is registered.
func (s EmployeeState) Exists() bool { return s.Emp != "" }

// Hired returns the first day of the first employment.
func (s EmployeeState) Hired() domain.Date {
	if len(s.Employment) == 0 {
		return 0
	}
	return s.Employment[0].From
}

// EmployedOn reports whether date lies in an employment; a suspension does not end one.
func (s EmployeeState) EmployedOn(date domain.Date) bool {
	for _, x := range s.Employment {
		if date >= x.From && (x.Last.IsZero() || date <= x.Last) {
			return true
		}
	}
	return false
}

// SuspendedOn reports whether work is interrupted on date.
func (s EmployeeState) SuspendedOn(date domain.Date) bool {
	for _, x := range s.Suspensions {
		if date.Covers(x.From, x.Until) {
			return true
		}
	}
	return false
}

// ActiveOn reports whether the employee is employed and not suspended on date.
func (s EmployeeState) ActiveOn(date domain.Date) bool {
	return s.EmployedOn(date) && !s.SuspendedOn(date)
}

// Active returns the spans in which the employee is employed and not suspended, by From.
func (s EmployeeState) Active() []Span {
	var out []Span
	for _, e := range s.Employment {
		from := e.From
		for _, x := range s.Suspensions {
			if x.From < from || !e.Last.IsZero() && x.From > e.Last {
				continue
			}
			if from < x.From {
				out = append(out, Span{From: from, Last: x.From - 1})
			}
			if from = x.Until; from.IsZero() {
				break
			}
		}
		if !from.IsZero() && (e.Last.IsZero() || from <= e.Last) {
			out = append(out, Span{From: from, Last: e.Last})
		}
	}
	return out
}

// Assignments returns the terms by the date from which they hold, one entry a date. The first is of the first day of
// employment; the last one goes on past the end of employment, for the work that ends after it.
func (s EmployeeState) Assignments() []Assignment {
	if !s.Exists() {
		return nil
	}
	out := make([]Assignment, 1, len(s.Changes)+1)
	out[0] = Assignment{From: s.Hired(), Terms: s.First}
	for _, c := range s.Changes {
		last := out[len(out)-1]
		next := Assignment{From: c.From, Terms: last.Terms.Apply(c.TermsChange)}
		if last.From == c.From {
			out[len(out)-1] = next
			continue
		}
		out = append(out, next)
	}
	return out
}

// AssignmentOn returns the terms that hold on date; there are none before the first day of employment.
func (s EmployeeState) AssignmentOn(date domain.Date) (Assignment, bool) {
	if !s.Exists() || date < s.Hired() {
		return Assignment{}, false
	}
	a := Assignment{From: s.Hired(), Terms: s.First}
	for _, c := range s.Changes {
		if c.From > date {
			break
		}
		a = Assignment{From: c.From, Terms: a.Terms.Apply(c.TermsChange)}
	}
	return a, true
}

// BadgeOn returns the badge by which a punch on a device on a date is this employee's: one for the device before one for every device.
func (s EmployeeState) BadgeOn(mac, device string, date domain.Date) (Badge, bool) {
	best, found := Badge{}, false
	for _, b := range s.Badges {
		if b.MAC != mac || !date.Covers(b.From, b.To) || b.Device != "" && b.Device != device {
			continue
		}
		if !found || b.Device != "" {
			best, found = b, true
		}
	}
	return best, found
}

// HoldsBadge reports whether the employee holds the badge for just this device, or for every device when device is empty, on
// one of the dates [from, to). The ledger asks it of everybody else before a badge is assigned.
func (s EmployeeState) HoldsBadge(mac, device string, from, to domain.Date) bool {
	for _, b := range s.Badges {
		if b.MAC == mac && b.Device == device && overlaps(b.From, b.To, from, to) {
			return true
		}
	}
	return false
}

func (s EmployeeState) openSuspension() (Suspension, bool) {
	if n := len(s.Suspensions); n > 0 && s.Suspensions[n-1].Until.IsZero() {
		return s.Suspensions[n-1], true
	}
	return Suspension{}, false
}

// employer returns the legal entity that employs, once it is known. It never changes: work for another one is registered
// under another employee id, and Person links the two.
func (s EmployeeState) employer() string {
	employer := s.First.Employer
	for _, c := range s.Changes {
		if employer == "" && c.Employer != nil {
			employer = *c.Employer
		}
	}
	return employer
}
