package people

import (
	"fmt"
	"maps"
	"slices"
)

// OrgState is the organisation as its stream tells it.
type OrgState struct {
	Origin      string
	Predecessor string
	VaultCheck  string
	Name        string
	TZ          string
	Lang        string
	Policies    map[string]string
	PayGroups   map[string]PayGroup
	SealKeys    []SealKeyRotated // in their order; the last one signs
	Units       map[string]OrgUnit
}

// OrgUnit is a department or team; Parent is the unit that it is part of.
type OrgUnit struct {
	Title  string
	Parent string
}

// UnitsAbove returns a unit and those that it is part of, from the inner to the outer one; nothing for no unit. One that is not
// defined stands for itself.
func (s OrgState) UnitsAbove(unit string) []string {
	var out []string
	for unit != "" && !slices.Contains(out, unit) {
		out = append(out, unit)
		unit = s.Units[unit].Parent
	}
	return out
}

// PayGroup is a set of people of one employer who are paid together.
type PayGroup struct {
	Title    string
	Employer string
}

// Created reports whether the ledger has its first event.
func (s OrgState) Created() bool { return s.Origin != "" }

// DualControl reports whether acts that need two people must have them. It is off until it is set.
func (s OrgState) DualControl() bool { return s.Policies[DualControl] == On }

// EvolveOrg applies one event.
func EvolveOrg(s OrgState, e OrgEvent) OrgState {
	switch e := e.(type) {
	case LedgerCreated:
		s.Origin, s.Predecessor, s.VaultCheck = e.Origin, e.Predecessor, e.VaultCheck
		return s
	case OrganisationDescribed:
		s.Name, s.TZ, s.Lang = e.Name, e.TZ, e.Lang
		return s
	case PolicySet:
		s.Policies = with(s.Policies, e.Policy, e.Value)
		return s
	case PayGroupDefined:
		s.PayGroups = with(s.PayGroups, e.PayGroup, PayGroup{Title: e.Title, Employer: e.Employer})
		return s
	case SealKeyRotated:
		s.SealKeys = append(slices.Clip(s.SealKeys), e)
		return s
	case OrgUnitDefined:
		s.Units = with(s.Units, e.Unit, OrgUnit{Title: e.Title, Parent: e.Parent})
		return s
	}
	panic(fmt.Sprintf("people: no case for %T", e))
}

// with returns a copy of m in which k is v.
func with[K comparable, V any](m map[K]V, k K, v V) map[K]V {
	c := maps.Clone(m)
	if c == nil {
		c = map[K]V{}
	}
	c[k] = v
	return c
}
