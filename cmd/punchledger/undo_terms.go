package main

import (
	"reflect"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// termsUndone compares the terms of an employee with what they would be had an act, and all that were undone before it, not been.
type termsUndone struct {
	is, was people.EmployeeState
	changed people.TermsChange // what the act touched
	named   bool               // it gave a name
	from    domain.Date        // of the first change of the act; zero when it has none
}

// apply folds an event: one of the act, or one of a change that was undone or that undid one.
func (u *termsUndone) apply(e people.EmployeeEvent, mine, undone bool) {
	u.is = people.EvolveEmployee(u.is, e)
	change, ok := e.(people.AssignmentChanged)
	if !ok || !mine && !undone {
		u.was = people.EvolveEmployee(u.was, e)
	}
	if !ok || !mine {
		return
	}
	if u.from == 0 || change.EffectiveOn < u.from {
		u.from = change.EffectiveOn
	}
	x := &u.changed
	for _, f := range []struct{ into, from **string }{
		{&x.Group, &change.Group}, {&x.WorkTZ, &change.WorkTZ}, {&x.Site, &change.Site}, {&x.StaffNo, &change.StaffNo},
	} {
		if *f.from != nil {
			*f.into = *f.from
		}
	}
	if change.Tags != nil {
		x.Tags = change.Tags
	}
	u.named = u.named || !change.Name.IsZero()
}

// dates are those on which terms begin, before or after, from the first change of the act on.
func (u *termsUndone) dates() []domain.Date {
	out := []domain.Date{u.from}
	for _, s := range []people.EmployeeState{u.is, u.was} {
		for _, a := range s.Assignments() {
			if a.From > u.from {
				out = append(out, a.From)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// difference returns what of the terms that the act touched must change on a date, and whether anything must.
func (u *termsUndone) difference(date domain.Date) (people.TermsChange, bool) {
	is, _ := u.is.AssignmentOn(date)
	was, _ := u.was.AssignmentOn(date)
	var out people.TermsChange
	for _, f := range []struct {
		touched *string
		is, was string
		into    **string
	}{
		{u.changed.Group, is.Group, was.Group, &out.Group},
		{u.changed.WorkTZ, is.WorkTZ, was.WorkTZ, &out.WorkTZ},
		{u.changed.Site, is.Site, was.Site, &out.Site},
		{u.changed.StaffNo, is.StaffNo, was.StaffNo, &out.StaffNo},
	} {
		if f.touched != nil && f.is != f.was {
			*f.into = &f.was
		}
	}
	if u.changed.Tags != nil && !slices.Equal(is.Tags, was.Tags) {
		out.Tags = &was.Tags
	}
	return out, !reflect.ValueOf(out).IsZero()
}

// termsBack returns the changes that restore the terms at each date at which they would be others without the act: a later change, or
// the undoing of one, may have given again what the act gave.
func (w *writer) termsBack(c *console, u *termsUndone) ([]ledger.Command, error) {
	if u.from == 0 {
		return nil, nil
	}
	var out []ledger.Command
	for _, date := range u.dates() {
		back := people.ChangeAssignment{Emp: u.is.Emp, EffectiveOn: date}
		var differs bool
		back.Change, differs = u.difference(date)
		if u.named && date == u.from && !reflect.DeepEqual(u.is.Name, u.was.Name) {
			var err error
			if back.Name, err = w.nameOf(c, u.was); err != nil {
				return nil, err
			}
		}
		if !differs && back.Name == "" {
			continue
		}
		u.is = people.EvolveEmployee(u.is, people.AssignmentChanged{Emp: back.Emp, EffectiveOn: date, TermsChange: back.Change})
		out = append(out, back)
	}
	return out, nil
}
