package main

import (
	"maps"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/bank"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// holder is somebody to whom the company gives a right.
type holder struct {
	id, name string
	role     access.Role
	scope    access.Scope
	purpose  string
}

// demoHolders are all that hold a right; who leads whom needs none.
var demoHolders = []holder{
	{"founder", "Marta Lindqvist", access.Owner, access.Scope{}, "runs the company"},
	{"hr_cn", "梁静怡", access.HR, access.Scope{Employers: []string{"cn"}}, "personnel of the Chinese company"},
	{"hr_us", "Denise Okafor", access.HR, access.Scope{Employers: []string{"us"}}, "personnel of the Californian company"},
	{"hr_de", "Birgit Sedlmeier", access.HR, access.Scope{Employers: []string{"de"}}, "personnel of the German company"},
	{"hr_jp", "岡田由紀子", access.HR, access.Scope{Employers: []string{"jp"}}, "personnel of the Japanese company"},
	{"rules_desk", "Piet Vermeer", access.RulesAdmin, access.Scope{}, "writes and tries rules"},
	{"payroll_desk", "Ingrid Solheim", access.Payroll, access.Scope{}, "pays everybody"},
	{"outside_audit", "Tomasz Zieliński", access.Auditor, access.Scope{}, "audit of the year"},
	{"works_council", "Alois Hirtreiter", access.Representative, access.Scope{Employers: []string{"de"}}, "works council of the plant"},
	{"privacy_desk", "Noémie Garnier", access.PrivacyOfficer, access.Scope{}, "answers who has read what"},
}

// empower gives all rights. The owner's comes first and stays; the others end a year after the story.
func (s *sample) empower() error {
	for _, h := range demoHolders {
		give := access.GrantAccess{
			Principal: h.id, Grant: "grant_" + h.id, Role: h.role, Scope: h.scope, Purpose: h.purpose, To: s.until.AddMonths(12),
			ActorID: s.c.cfg.As, AtMachine: true,
		}
		if h.role == access.Owner {
			give.To = 0
		}
		for _, c := range []command{give, access.NamePrincipal{Principal: h.id, Name: h.name}} {
			if _, err := s.w.do(s.c, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// fence draws a circle around an office; of a place only the verdict is kept.
func (o *office) fence() place.SetFences {
	return place.SetFences{Site: o.site, Version: 1, Precision: place.PrecisionVerdict, Fences: []place.Fence{
		{ID: "building", Shape: place.Circle, CRS: place.WGS84, Points: []place.Point{o.stands}, RadiusM: 150},
	}}
}

// leaveBank is the bank of the annual leave that the rules of Tokyo have here beside those that are shipped.
const leaveBank = "ANNUAL"

// withLeaveBank returns rules in which leave is taken from a bank; what is above a week goes at the end of the year.
func withLeaveBank(shipped *ruleset.Document, code string) *ruleset.Document {
	doc := *shipped
	doc.Banks = maps.Clone(doc.Banks)
	if doc.Banks == nil {
		doc.Banks = map[string]ruleset.Bank{}
	}
	doc.Banks[leaveBank] = ruleset.Bank{
		Take: []string{code}, Carry: &ruleset.Carry{On: "12-31", Cap: ruleset.Duration(40 * domain.Hour)}, OnExpiry: "forfeit",
		Title: ruleset.Text{"en": "Annual leave", "zh": "年休假", "ja": "年次有給休暇"},
	}
	return &doc
}

// openBank enters the leave that a person brings along.
func (s *sample) openBank(p *person) error {
	if p.office.banked == "" {
		return nil
	}
	hours := 20 + s.draw(p.number, 3).IntN(100)
	return s.do(hr(p.office), bank.Post{
		Post: "opening_" + p.id, Bank: leaveBank, Emp: p.id, Date: p.hired, Seconds: domain.Seconds(hours) * domain.Hour, Kind: bank.Opening,
		Reason: "brought_forward", Source: "manual", ActorID: p.office.hr,
	})
}
