package people

import (
	"regexp"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

var (
	decimal  = regexp.MustCompile(`^-?[0-9]{1,12}(\.[0-9]{1,6})?$`)
	currency = regexp.MustCompile(`^[A-Z]{3}$`)
)

func acknowledgeNotice(s EmployeeState, c AcknowledgeNotice) ([]EmployeeEvent, error) {
	var is fields
	is.ID("notice", c.Notice)
	is.That(c.Version > 0, "version", "out_of_range")
	if is.First != nil {
		return nil, is.First
	}
	if s.Notices[c.Notice] >= c.Version {
		return nil, domain.NewError(domain.Conflict, "already_acknowledged", "notice", c.Notice)
	}
	return []EmployeeEvent{NoticeAcknowledged{Emp: s.Emp, Notice: c.Notice, Version: c.Version}}, nil
}

func recordConsent(s EmployeeState, c RecordConsent) ([]EmployeeEvent, error) {
	var is fields
	is.ID("purpose", c.Purpose)
	is.That(c.Version > 0, "version", "out_of_range")
	if is.First != nil {
		return nil, is.First
	}
	if s.Consents[c.Purpose] == (Consent{Version: c.Version, Given: c.Given}) {
		return nil, domain.NewError(domain.Conflict, "no_change")
	}
	return []EmployeeEvent{ConsentRecorded{Emp: s.Emp, Purpose: c.Purpose, Version: c.Version, Given: c.Given}}, nil
}

func setWageRate(s EmployeeState, c SetWageRate) ([]EmployeeEvent, error) {
	var is fields
	is.Date("from", c.From)
	is.That(decimal.MatchString(c.Rate) && !strings.HasPrefix(c.Rate, "-"), "rate", "not_a_decimal")
	is.That(slices.Contains([]RatePer{PerHour, PerDay, PerMonth, PerYear}, c.Per), "per", "unknown_value")
	is.That(currency.MatchString(c.Currency), "currency", "unknown_value")
	if is.First != nil {
		return nil, is.First
	}
	if c.From < s.Hired() {
		return nil, beforeHire(s.Hired())
	}
	return []EmployeeEvent{WageRateSet{
		Emp: s.Emp, From: c.From, Rate: domain.NewSecret(domain.ClassWage, c.Rate), Per: c.Per, Currency: c.Currency,
	}}, nil
}

func recordEarning(s EmployeeState, c RecordEarning) ([]EmployeeEvent, error) {
	var is fields
	is.Date("date", c.Date)
	is.Text("code", c.Code, maxWord)
	is.That(decimal.MatchString(c.Amount), "amount", "not_a_decimal")
	if is.First != nil {
		return nil, is.First
	}
	if c.Date < s.Hired() {
		return nil, beforeHire(s.Hired())
	}
	return []EmployeeEvent{EarningRecorded{
		Emp: s.Emp, Date: c.Date, Code: c.Code, Amount: domain.NewSecret(domain.ClassWage, c.Amount), InRegularRate: c.InRegularRate,
	}}, nil
}

func assignBadge(s EmployeeState, c AssignBadge, f EmployeeFacts) ([]EmployeeEvent, error) {
	var is fields
	is.Text("badge", c.Badge, maxWord)
	is.SHA256("badge_mac", c.BadgeMAC)
	is.OptionalID("device", c.Device)
	is.Date("from", c.From)
	is.OptionalDate("to", c.To)
	is.That(c.To.IsZero() || c.From <= c.To, "to", "before_from")
	if is.First != nil {
		return nil, is.First
	}
	if c.Device != "" && !f.DeviceKnown {
		return nil, domain.NewError(domain.Invalid, "unknown_device", "device", c.Device)
	}
	if f.BadgeTakenBy != "" && f.BadgeTakenBy != s.Emp {
		return nil, domain.NewError(domain.Conflict, "badge_taken", "emp", f.BadgeTakenBy)
	}
	for _, b := range s.Badges {
		if b.MAC == c.BadgeMAC && b.Device == c.Device && b.From != c.From && overlaps(b.From, b.To, c.From, c.To) {
			return nil, domain.NewError(domain.Conflict, "badge_overlap", "from", b.From.String(), "to", b.To.String())
		}
	}
	return []EmployeeEvent{BadgeAssigned{
		Emp: s.Emp, Badge: domain.NewSecret(domain.ClassIdentity, c.Badge), BadgeMAC: c.BadgeMAC,
		Device: c.Device, From: c.From, To: c.To,
	}}, nil
}
