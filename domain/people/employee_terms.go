package people

import (
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// Punching says whether an employee has to punch; who has not is credited with the plan (免打卡).
type Punching string

// The values of Punching.
const (
	PunchingRequired    Punching = "required"
	PunchingNotRequired Punching = "not_required"
)

// ContractKind says what pay is owed for.
type ContractKind string

// The kinds of contracts.
const (
	Hourly  ContractKind = "hourly"
	Monthly ContractKind = "monthly"
	Exempt  ContractKind = "exempt"
	Agency  ContractKind = "agency"
)

// Contract is what was agreed on the kind of pay and on the hours and days of an ordinary week.
type Contract struct {
	Kind   ContractKind   `json:"kind"`
	Weekly domain.Seconds `json:"weekly_s,omitempty"`
	Days   int            `json:"days,omitempty"`
}

// Terms are what hold of an employee until something of them is changed.
type Terms struct {
	WorkTZ     string            `json:"work_tz,omitempty"` // time zone of the days; without it the ruleset's
	Group      string            `json:"group"`             // attendance group
	Manager    string            `json:"manager,omitempty"` // an employee id
	Site       string            `json:"site,omitempty"`
	Tags       []string          `json:"tags,omitempty"` // what rules select on
	Cost       string            `json:"cost,omitempty"` // cost centre
	Employer   string            `json:"employer,omitempty"`
	PayGroup   string            `json:"pay_group,omitempty"`
	OrgUnit    string            `json:"org_unit,omitempty"`
	JobTitle   string            `json:"job_title,omitempty"`
	StaffNo    string            `json:"staff_no,omitempty"`
	Contract   Contract          `json:"contract,omitzero"`     // what was agreed
	Punching   Punching          `json:"punching"`              // not_required: the plan is credited
	PayrollIDs map[string]string `json:"payroll_ids,omitempty"` // who the employee is to each consumer of pay rows
}

// TermsChange names the terms that change; what is absent stays, an empty value clears.
type TermsChange struct {
	WorkTZ     *string           `json:"work_tz,omitempty"`
	Group      *string           `json:"group,omitempty"`
	Manager    *string           `json:"manager,omitempty"`
	Site       *string           `json:"site,omitempty"`
	Tags       *[]string         `json:"tags,omitempty"`
	Cost       *string           `json:"cost,omitempty"`
	Employer   *string           `json:"employer,omitempty"`
	PayGroup   *string           `json:"pay_group,omitempty"`
	OrgUnit    *string           `json:"org_unit,omitempty"`
	JobTitle   *string           `json:"job_title,omitempty"`
	StaffNo    *string           `json:"staff_no,omitempty"`
	Contract   *Contract         `json:"contract,omitempty"`
	Punching   *Punching         `json:"punching,omitempty"`
	PayrollIDs map[string]string `json:"payroll_ids,omitempty"` // merged: an empty id removes one
}

// Apply returns t with the changes of c. It shares nothing with t that anybody may write to.
func (t Terms) Apply(c TermsChange) Terms {
	set(&t.WorkTZ, c.WorkTZ)
	set(&t.Group, c.Group)
	set(&t.Manager, c.Manager)
	set(&t.Site, c.Site)
	set(&t.Tags, c.Tags)
	set(&t.Cost, c.Cost)
	set(&t.Employer, c.Employer)
	set(&t.PayGroup, c.PayGroup)
	set(&t.OrgUnit, c.OrgUnit)
	set(&t.JobTitle, c.JobTitle)
	set(&t.StaffNo, c.StaffNo)
	set(&t.Contract, c.Contract)
	set(&t.Punching, c.Punching)
	if len(c.PayrollIDs) > 0 {
		merged := maps.Clone(t.PayrollIDs)
		if merged == nil {
			merged = map[string]string{}
		}
		maps.Copy(merged, c.PayrollIDs)
		maps.DeleteFunc(merged, func(_, id string) bool { return id == "" })
		t.PayrollIDs = merged
	}
	return t
}

func set[T any](field *T, v *T) {
	if v != nil {
		*field = *v
	}
}

func (c TermsChange) isZero() bool {
	return c.WorkTZ == nil && c.Group == nil && c.Manager == nil && c.Site == nil && c.Tags == nil && c.Cost == nil &&
		c.Employer == nil && c.PayGroup == nil && c.OrgUnit == nil && c.JobTitle == nil && c.StaffNo == nil &&
		c.Contract == nil && c.Punching == nil && len(c.PayrollIDs) == 0
}

// terms checks everything about terms that needs no facts.
func (f *fields) terms(emp string, t Terms) {
	f.OptionalText("work_tz", t.WorkTZ, maxWord)
	f.Document("group", t.Group)
	f.OptionalID("manager", t.Manager)
	f.That(t.Manager != emp, "manager", "is_the_employee")
	f.OptionalDocument("site", t.Site)
	for _, tag := range t.Tags {
		f.Text("tags", tag, maxWord)
	}
	f.OptionalText("cost", t.Cost, maxWord)
	f.OptionalID("employer", t.Employer)
	f.OptionalID("pay_group", t.PayGroup)
	f.OptionalText("org_unit", t.OrgUnit, maxName)
	f.OptionalText("job_title", t.JobTitle, maxName)
	f.OptionalText("staff_no", t.StaffNo, maxWord)
	f.contract(t.Contract)
	f.That(t.Punching == PunchingRequired || t.Punching == PunchingNotRequired, "punching", "unknown_value")
	for _, consumer := range slices.Sorted(maps.Keys(t.PayrollIDs)) {
		f.ID("payroll_ids", consumer)
		f.OptionalText("payroll_ids", t.PayrollIDs[consumer], maxWord)
	}
}

func (f *fields) contract(c Contract) {
	if c == (Contract{}) {
		return
	}
	f.That(slices.Contains([]ContractKind{Hourly, Monthly, Exempt, Agency}, c.Kind), "contract.kind", "unknown_value")
	f.That(c.Weekly >= 0 && c.Weekly <= 7*domain.Day, "contract.weekly_s", "out_of_range")
	f.That(c.Days >= 0 && c.Days <= 7, "contract.days", "out_of_range")
}

// tidyTags returns tags in order and each once, so that equal sets are equal bytes.
func tidyTags(tags []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(tags)))
}
