// Package access says who may do what about whom: roles that grants give, relations that people have to each other on a date, and
// one table of what is allowed. What is not in the table is forbidden.
//
// It is pure: who stands where on a date is gathered by eventstore/ledger from the small streams; who somebody is, is proven elsewhere.
package access

import "slices"

// Role is in which capacity somebody acts.
type Role string

// The roles. Everybody who is employed is an employee, and who leads people on a date is their manager; both need no grant. A device
// is a terminal or kiosk that proves itself by its key. All others are granted.
const (
	Employee       Role = "employee"
	Manager        Role = "manager"
	HR             Role = "hr"
	RulesAdmin     Role = "rules"
	Payroll        Role = "payroll"
	Auditor        Role = "auditor"
	Representative Role = "representative" // works council, union
	PrivacyOfficer Role = "privacy"
	Owner          Role = "owner"
	Device         Role = "device"
)

// Roles returns all roles in the order of the table.
func Roles() []Role {
	return []Role{Employee, Manager, HR, RulesAdmin, Payroll, Auditor, Representative, PrivacyOfficer, Owner, Device}
}

// Granted reports whether the role is given by a grant.
func (r Role) Granted() bool { return r != Employee && r != Manager && r != Device }

// TakesTwo reports whether the role lets somebody change or see what is other people's, so that under dual control a second person
// has to confirm a grant of it. A representative sees the rules and the register only.
func (r Role) TakesTwo() bool { return r.Granted() && r != Representative }

// Conflicting reports whether nobody may hold both roles at a time: who makes the rules does not settle the pay, and who audits
// does not write.
func Conflicting(a, b Role) bool {
	if a == Auditor || b == Auditor {
		return a != b && a != Representative && b != Representative
	}
	return a == RulesAdmin && b == Payroll || a == Payroll && b == RulesAdmin
}

// Relation is how the one who acts stands to the subject of an act on the date that it is about.
type Relation string

// The relations. An act without a subject has NoOne and Whole: whatever concerns everybody asks for the latter.
const (
	Self     Relation = "self"      // the subject
	Team     Relation = "team"      // manager of the subject on that date
	Deputy   Relation = "deputy"    // for such a manager, by delegation
	InScope  Relation = "in_scope"  // by a grant whose scope covers the subject on that date
	Outside  Relation = "outside"   // none of these: another unit, another company, a manager of former times
	NoOne    Relation = "no_one"    // the act has no subject; by any grant of the role, however narrow
	Whole    Relation = "whole"     // the act has no subject and concerns everybody; by a grant that nothing bounds
	AtDevice Relation = "at_device" // a device about a person who uses it
)

// Relations returns all relations in the order of the table.
func Relations() []Relation {
	return []Relation{Self, Team, Deputy, InScope, Outside, NoOne, Whole, AtDevice}
}

// Standing is a role together with a relation.
type Standing struct {
	Role     Role
	Relation Relation
}

// Allowed returns the first of the standings that the table lets carry out the action; false means that it is forbidden. Of an
// action that nobody may do about themselves, a standing as the subject takes every other away.
func Allowed(a Action, standings []Standing) (Standing, bool) {
	rule, known := table[a]
	if !known {
		return Standing{}, false
	}
	if rule.notSelf && slices.ContainsFunc(standings, func(s Standing) bool { return s.Relation == Self }) {
		return Standing{}, false
	}
	for _, s := range standings {
		if slices.Contains(rule.allow, s) {
			return s, true
		}
	}
	return Standing{}, false
}

// Permitted returns the standings that may carry out an action, in the order in which they are tried, and whether nobody may do it
// about themselves.
func Permitted(a Action) (standings []Standing, notSelf bool) {
	return slices.Clone(table[a].allow), table[a].notSelf
}

// Actions returns every action, sorted.
func Actions() []Action {
	out := make([]Action, 0, len(table))
	for a := range table {
		out = append(out, a)
	}
	slices.Sort(out)
	return out
}

// View is whom a list may show: everybody, or the employees it names, sorted.
type View struct {
	Everybody bool
	Employees []string
}

// Has reports whether the list may show an employee.
func (v View) Has(emp string) bool {
	if v.Everybody {
		return true
	}
	_, found := slices.BinarySearch(v.Employees, emp)
	return found
}
