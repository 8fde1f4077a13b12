package people

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// EvolveEmployee applies one event.
func EvolveEmployee(s EmployeeState, e EmployeeEvent) EmployeeState {
	switch e := e.(type) {
	case EmployeeRegistered:
		return EmployeeState{
			Emp: e.Emp, Person: e.Person, Name: e.Name, ExternalRef: e.ExternalRef, First: e.Terms,
			Employment: []Span{{From: e.HiredOn}},
		}
	case AssignmentChanged:
		return s.changed(e)
	case EmployeeSuspended:
		s.Suspensions = append(slices.Clone(s.Suspensions), Suspension{From: e.From})
		return s
	case EmployeeResumed:
		s.Suspensions = slices.Clone(s.Suspensions)
		s.Suspensions[len(s.Suspensions)-1].Until = e.From
		return s
	case EmployeeTerminated:
		return s.terminated(e.LastDay)
	case EmployeeRehired:
		s.Employment = append(slices.Clone(s.Employment), Span{From: e.From})
		return s
	case NoticeAcknowledged:
		s.Notices = with(s.Notices, e.Notice, e.Version)
		return s
	case ConsentRecorded:
		s.Consents = with(s.Consents, e.Purpose, Consent{Version: e.Version, Given: e.Given})
		return s
	case WageRateSet:
		s.Wages = append(slices.Clone(s.Wages), Wage{From: e.From, Rate: e.Rate, Per: e.Per, Currency: e.Currency})
		slices.SortStableFunc(s.Wages, func(a, b Wage) int { return cmp.Compare(a.From, b.From) })
		return s
	case EarningRecorded:
		s.Earnings = append(slices.Clone(s.Earnings), Earning{
			Date: e.Date, Code: e.Code, Amount: e.Amount, InRegularRate: e.InRegularRate,
		})
		return s
	case BadgeAssigned:
		return s.badged(e)
	case DelegationSet:
		return s.delegated(e)
	case DelegationEnded:
		return s.undelegated(e.Delegation)
	}
	panic(fmt.Sprintf("people: no case for %T", e))
}

func (s EmployeeState) changed(e AssignmentChanged) EmployeeState {
	if !e.Name.IsZero() {
		s.Name = e.Name
	}
	if !e.ExternalRef.IsZero() {
		s.ExternalRef = e.ExternalRef
	}
	i := len(s.Changes)
	for i > 0 && s.Changes[i-1].From > e.EffectiveOn {
		i--
	}
	s.Changes = slices.Insert(slices.Clone(s.Changes), i, Change{From: e.EffectiveOn, TermsChange: e.TermsChange})
	return s
}

func (s EmployeeState) terminated(last domain.Date) EmployeeState {
	s.Employment = slices.Clone(s.Employment)
	s.Employment[len(s.Employment)-1].Last = last
	kept := make([]Suspension, 0, len(s.Suspensions))
	for _, x := range s.Suspensions {
		if x.From > last {
			continue
		}
		if x.Until.IsZero() || x.Until > last+1 {
			x.Until = last + 1
		}
		kept = append(kept, x)
	}
	s.Suspensions = kept
	return s
}

func (s EmployeeState) badged(e BadgeAssigned) EmployeeState {
	b := Badge{Number: e.Badge, MAC: e.BadgeMAC, Device: e.Device, From: e.From, To: e.To}
	s.Badges = slices.Clone(s.Badges)
	for i, was := range s.Badges {
		if was.MAC == b.MAC && was.Device == b.Device && was.From == b.From {
			s.Badges[i] = b
			return s
		}
	}
	s.Badges = append(s.Badges, b)
	return s
}
