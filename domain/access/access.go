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

// Relation is how the one who acts stands to the subject of an act on the date that it is about.
type Relation string

// The relations. Of an act that has no subject the relation is Nobody's.
const (
	Self     Relation = "self"      // the subject
	Team     Relation = "team"      // manager of the subject on that date
	Deputy   Relation = "deputy"    // for such a manager, by delegation
	InScope  Relation = "in_scope"  // by a grant whose scope covers the subject on that date
	Outside  Relation = "outside"   // none of these: another unit, another company, a manager of former times
	NoOne    Relation = "no_one"    // the act has no subject
	AtDevice Relation = "at_device" // a device about a person who uses it
)

// Relations returns all relations in the order of the table.
func Relations() []Relation { return []Relation{Self, Team, Deputy, InScope, Outside, NoOne, AtDevice} }

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

// Actions returns every action, sorted.
func Actions() []Action {
	out := make([]Action, 0, len(table))
	for a := range table {
		out = append(out, a)
	}
	slices.Sort(out)
	return out
}
