package people

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/punchledger/punchledger/domain"
)

// OrgFacts are what a decision about the organisation needs from elsewhere.
type OrgFacts struct {
	ZoneKnown     bool // the zone that the command names is in the archive
	EmployerKnown bool // the employer that the command names is registered
}

// The policies and their values.
const (
	DualControl = "dual_control"
	On          = "on"
	Off         = "off"

	DeviceLimit        = "device_limit"        // how many devices one person may punch with
	UnconfirmedDevices = "unconfirmed_devices" // what becomes of punches of a device that nobody confirmed
	Hold               = "hold"
	Label              = "label"

	UnsignedPunches = "unsigned_punches" // what becomes of punches that no key signed
	KioskProof      = "kiosk_proof"      // what a person shows at a kiosk for the punch to count
	ByPIN           = "pin"
	ByBadge         = "badge" // or a PIN
)

// DefaultDeviceLimit is the limit while no policy sets another.
const DefaultDeviceLimit = 3

var policies = map[string][]string{
	DualControl: {On, Off}, UnconfirmedDevices: {Hold, Label}, UnsignedPunches: {Hold, Label}, KioskProof: {ByPIN, ByBadge},
	DeviceLimit: {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"},
}

// DecideOrg decides a command about the organisation.
func DecideOrg(s OrgState, c OrgCommand, f OrgFacts) ([]OrgEvent, error) {
	if _, creates := c.(CreateLedger); !creates && !s.Created() {
		return nil, domain.NewError(domain.NotFound, "unknown_ledger")
	}
	switch c := c.(type) {
	case CreateLedger:
		return createLedger(s, c)
	case DescribeOrganisation:
		return describeOrganisation(c, f)
	case SetPolicy:
		return setPolicy(s, c)
	case DefinePayGroup:
		return definePayGroup(s, c, f)
	case RotateSealKey:
		return rotateSealKey(s, c)
	case DefineOrgUnit:
		return defineOrgUnit(s, c)
	}
	panic(fmt.Sprintf("people: no case for %T", c))
}

func createLedger(s OrgState, c CreateLedger) ([]OrgEvent, error) {
	var is fields
	is.Text("origin", c.Origin, maxName)
	// The origin becomes a key name of signed notes, which may hold neither blanks nor plus signs.
	is.That(!strings.ContainsFunc(c.Origin, unicode.IsSpace) && !strings.Contains(c.Origin, "+"), "origin", "blank_or_plus")
	is.OptionalText("predecessor", c.Predecessor, maxName)
	if c.VaultCheck != "" {
		is.SHA256("vault_check", c.VaultCheck)
	}
	if is.First != nil {
		return nil, is.First
	}
	if s.Created() {
		return nil, domain.NewError(domain.Conflict, "ledger_exists", "origin", s.Origin)
	}
	return []OrgEvent{LedgerCreated(c)}, nil
}

func describeOrganisation(c DescribeOrganisation, f OrgFacts) ([]OrgEvent, error) {
	var is fields
	is.Text("name", c.Name, maxName)
	is.OptionalText("lang", c.Lang, maxWord)
	if is.First != nil {
		return nil, is.First
	}
	if c.TZ != "" && !f.ZoneKnown {
		return nil, domain.NewError(domain.Invalid, "unknown_tz", "tz", c.TZ)
	}
	return []OrgEvent{OrganisationDescribed(c)}, nil
}

func setPolicy(s OrgState, c SetPolicy) ([]OrgEvent, error) {
	values, ok := policies[c.Policy]
	if !ok {
		return nil, domain.NewError(domain.Invalid, "unknown_policy", "policy", c.Policy)
	}
	var is fields
	is.That(slices.Contains(values, c.Value), "value", "unknown_value")
	for _, a := range c.Approvers {
		is.ID("approvers", a)
	}
	if is.First != nil {
		return nil, is.First
	}
	if s.Policies[c.Policy] == c.Value {
		return nil, domain.NewError(domain.Conflict, "no_change")
	}
	if c.Policy == DualControl && s.DualControl() && !twoOthers(c.Approvers, c.ActorID) {
		return nil, domain.NewError(domain.Forbidden, "second_approver_needed")
	}
	return []OrgEvent{PolicySet{Policy: c.Policy, Value: c.Value, Approvers: slices.Clone(c.Approvers)}}, nil
}

// twoOthers reports whether two people approve beside the one who acts.
func twoOthers(approvers []string, actor string) bool {
	others := slices.Compact(slices.Sorted(slices.Values(approvers)))
	return len(slices.DeleteFunc(others, func(a string) bool { return a == actor })) >= 2
}

func definePayGroup(s OrgState, c DefinePayGroup, f OrgFacts) ([]OrgEvent, error) {
	var is fields
	is.ID("pay_group", c.PayGroup)
	is.Text("title", c.Title, maxName)
	is.ID("employer", c.Employer)
	if is.First != nil {
		return nil, is.First
	}
	if !f.EmployerKnown {
		return nil, domain.NewError(domain.Invalid, "unknown_employer", "employer", c.Employer)
	}
	was, ok := s.PayGroups[c.PayGroup]
	if ok && was.Employer != c.Employer {
		return nil, domain.NewError(domain.Conflict, "pay_group_exists", "pay_group", c.PayGroup, "employer", was.Employer)
	}
	if ok && was.Title == c.Title {
		return nil, domain.NewError(domain.Conflict, "no_change")
	}
	return []OrgEvent{PayGroupDefined(c)}, nil
}

func rotateSealKey(s OrgState, c RotateSealKey) ([]OrgEvent, error) {
	var is fields
	is.Code("key_id", c.KeyID)
	is.Text("public_key", c.PublicKey, maxName)
	if is.First != nil {
		return nil, is.First
	}
	previous := ""
	if n := len(s.SealKeys); n > 0 {
		previous = s.SealKeys[n-1].KeyID
	}
	if slices.ContainsFunc(s.SealKeys, func(k SealKeyRotated) bool { return k.PublicKey == c.PublicKey }) {
		return nil, domain.NewError(domain.Conflict, "key_reused", "device", c.KeyID)
	}
	return []OrgEvent{SealKeyRotated{KeyID: c.KeyID, PublicKey: c.PublicKey, Previous: previous}}, nil
}

func defineOrgUnit(s OrgState, c DefineOrgUnit) ([]OrgEvent, error) {
	var is fields
	is.Document("unit", c.Unit)
	is.Text("title", c.Title, maxName)
	is.OptionalDocument("parent", c.Parent)
	if is.First != nil {
		return nil, is.First
	}
	if _, known := s.Units[c.Parent]; c.Parent != "" && c.Parent != c.Unit && !known {
		return nil, domain.NewError(domain.Invalid, "unknown_unit", "unit", c.Parent)
	}
	if c.Parent == c.Unit || slices.Contains(s.UnitsAbove(c.Parent), c.Unit) {
		return nil, domain.NewError(domain.Conflict, "unit_cycle", "unit", c.Unit, "parent", c.Parent)
	}
	if s.Units[c.Unit] == (OrgUnit{Title: c.Title, Parent: c.Parent}) {
		return nil, domain.NewError(domain.Conflict, "no_change")
	}
	return []OrgEvent{OrgUnitDefined(c)}, nil
}
