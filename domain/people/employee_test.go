package people_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/people"
)

type employeeCase = decidertest.Case[people.EmployeeCommand, people.EmployeeFacts, people.EmployeeEvent]

var (
	everything = people.EmployeeFacts{
		ZoneKnown: true, GroupLive: true, SiteOpen: true, EmployerKnown: true, PayGroupKnown: true, DeviceKnown: true,
	}
	terms = people.Terms{
		WorkTZ: "Asia/Shanghai", Group: "bj-office", Site: "bj-hq", Employer: "acme_cn", PayGroup: "cn",
		Tags: []string{"female"}, Punching: people.PunchingRequired,
	}
	registered = people.EmployeeRegistered{
		Emp: "e1", Name: domain.NewSecret(domain.ClassIdentity, "李雷"), HiredOn: day("2026-03-01"), Terms: terms,
	}
	mac = strings.Repeat("0f", 32)
)

func given(e ...people.EmployeeEvent) []people.EmployeeEvent {
	return append([]people.EmployeeEvent{registered}, e...)
}

func then(e ...people.EmployeeEvent) []people.EmployeeEvent { return e }

func TestDecideRegisterEmployee(t *testing.T) {
	register := people.RegisterEmployee{Emp: "e1", Name: "李雷", HiredOn: day("2026-03-01"), Terms: terms}
	with := func(change func(*people.RegisterEmployee)) people.RegisterEmployee {
		c := register
		change(&c)
		return c
	}
	without := func(change func(*people.EmployeeFacts)) people.EmployeeFacts {
		f := everything
		change(&f)
		return f
	}
	bad := func(name string, change func(*people.RegisterEmployee)) employeeCase {
		return employeeCase{Name: name, When: with(change), Facts: everything, Err: "invalid_field"}
	}
	tidied := registered
	tidied.Tags = []string{"a", "b"}
	decidertest.Run(t, people.DecideEmployee, people.EvolveEmployee, []employeeCase{
		{Name: "an employee is registered", When: register, Facts: everything, Then: given()},
		{
			Name: "punching is required unless said otherwise", Facts: everything, Then: given(),
			When: with(func(c *people.RegisterEmployee) { c.Terms.Punching = "" }),
		},
		{
			Name: "tags are kept in order and once", Facts: everything, Then: then(tidied),
			When: with(func(c *people.RegisterEmployee) { c.Terms.Tags = []string{"b", "a", "b"} }),
		},
		{Name: "an employee is registered once", Given: given(), When: register, Facts: everything, Err: "employee_exists"},
		{Name: "the zone exists", When: register, Facts: without(func(f *people.EmployeeFacts) { f.ZoneKnown = false }), Err: "unknown_tz"},
		{Name: "the group is live", When: register, Facts: without(func(f *people.EmployeeFacts) { f.GroupLive = false }), Err: "unknown_group"},
		{Name: "the site is open", When: register, Facts: without(func(f *people.EmployeeFacts) { f.SiteOpen = false }), Err: "unknown_site"},
		{
			Name: "the employer exists", When: register,
			Facts: without(func(f *people.EmployeeFacts) { f.EmployerKnown = false }), Err: "unknown_employer",
		},
		{
			Name: "the pay group exists", When: register,
			Facts: without(func(f *people.EmployeeFacts) { f.PayGroupKnown = false }), Err: "unknown_pay_group",
		},
		bad("an id has no capital letters", func(c *people.RegisterEmployee) { c.Emp = "E1" }),
		bad("an employee has a name", func(c *people.RegisterEmployee) { c.Name = " " }),
		bad("a name has no line breaks", func(c *people.RegisterEmployee) { c.Name = "李\n雷" }),
		bad("a name is not endless", func(c *people.RegisterEmployee) { c.Name = strings.Repeat("李", 201) }),
		bad("an employee is hired on a date", func(c *people.RegisterEmployee) { c.HiredOn = 0 }),
		bad("an employee is hired in a year the zones know", func(c *people.RegisterEmployee) { c.HiredOn = day("1066-10-14") }),
		bad("an employee has a group", func(c *people.RegisterEmployee) { c.Terms.Group = "" }),
		bad("nobody manages themselves", func(c *people.RegisterEmployee) { c.Terms.Manager = "e1" }),
		bad("punching has one of two values", func(c *people.RegisterEmployee) { c.Terms.Punching = "sometimes" }),
		bad("a contract has a kind", func(c *people.RegisterEmployee) { c.Terms.Contract.Days = 5 }),
		bad("a week has seven days", func(c *people.RegisterEmployee) {
			c.Terms.Contract = people.Contract{Kind: people.Hourly, Days: 8}
		}),
		bad("payroll ids name consumers", func(c *people.RegisterEmployee) { c.Terms.PayrollIDs = map[string]string{"": "1"} }),
	})
}

func TestDecideChangeAssignment(t *testing.T) {
	night, other, none := "night", "acme_de", ""
	change := func(date string, c people.TermsChange) people.ChangeAssignment {
		return people.ChangeAssignment{Emp: "e1", EffectiveOn: day(date), Change: c}
	}
	toNight := people.TermsChange{Group: &night}
	changed := people.AssignmentChanged{Emp: "e1", EffectiveOn: day("2026-08-01"), TermsChange: toNight}
	retro, named := changed, people.AssignmentChanged{
		Emp: "e1", EffectiveOn: day("2026-08-01"), Name: domain.NewSecret(domain.ClassIdentity, "李磊"),
	}
	retro.Retro = true
	closed := everything
	closed.PeriodClosed = true
	left := people.EmployeeTerminated{Emp: "e1", LastDay: day("2026-07-31"), ReasonCode: "resigned"}
	decidertest.Run(t, people.DecideEmployee, people.EvolveEmployee, []employeeCase{
		{Name: "a group changes", Given: given(), When: change("2026-08-01", toNight), Facts: everything, Then: then(changed)},
		{
			Name: "a name changes", Given: given(), Facts: everything, Then: then(named),
			When: people.ChangeAssignment{Emp: "e1", EffectiveOn: day("2026-08-01"), Name: "李磊"},
		},
		{Name: "only who is registered changes", When: change("2026-08-01", toNight), Facts: everything, Err: "unknown_employee"},
		{Name: "nothing changes before the hire", Given: given(), When: change("2026-02-28", toNight), Facts: everything, Err: "before_hire"},
		{Name: "nothing changes after the last day", Given: given(left), When: change("2026-08-01", toNight), Facts: everything, Err: "not_employed"},
		{Name: "the new group is live", Given: given(), When: change("2026-08-01", toNight), Err: "unknown_group"},
		{Name: "a change changes something", Given: given(), When: change("2026-08-01", people.TermsChange{}), Facts: everything, Err: "invalid_field"},
		{
			Name: "a group is never taken away", Given: given(), Facts: everything, Err: "invalid_field",
			When: change("2026-08-01", people.TermsChange{Group: &none}),
		},
		{
			Name: "another employer is another employment", Given: given(), Facts: everything, Err: "employer_fixed",
			When: change("2026-08-01", people.TermsChange{Employer: &other}),
		},
		{Name: "a closed period is not changed by accident", Given: given(), When: change("2026-08-01", toNight), Facts: closed, Err: "period_closed"},
		{
			Name: "a closed period is changed when meant", Given: given(), Facts: closed, Then: then(retro),
			When: people.ChangeAssignment{Emp: "e1", EffectiveOn: day("2026-08-01"), Change: toNight, Retro: true},
		},
		{
			Name: "retro is not written where no period is closed", Given: given(), Facts: everything, Then: then(changed),
			When: people.ChangeAssignment{Emp: "e1", EffectiveOn: day("2026-08-01"), Change: toNight, Retro: true},
		},
	})
}

func TestDecideEmployment(t *testing.T) {
	suspended := people.EmployeeSuspended{Emp: "e1", From: day("2026-05-01")}
	resumed := people.EmployeeResumed{Emp: "e1", From: day("2026-06-01")}
	left := people.EmployeeTerminated{Emp: "e1", LastDay: day("2026-07-31"), ReasonCode: "resigned"}
	back := people.EmployeeRehired{Emp: "e1", From: day("2026-10-01")}
	suspendOn := func(s string) people.SuspendEmployee { return people.SuspendEmployee{Emp: "e1", From: day(s)} }
	resumeOn := func(s string) people.ResumeEmployee { return people.ResumeEmployee{Emp: "e1", From: day(s)} }
	decidertest.Run(t, people.DecideEmployee, people.EvolveEmployee, []employeeCase{
		{Name: "an employee is suspended", Given: given(), When: suspendOn("2026-05-01"), Then: then(suspended)},
		{Name: "a suspended employee is not suspended again", Given: given(suspended), When: suspendOn("2026-05-02"), Err: "already_suspended"},
		{Name: "suspensions do not overlap", Given: given(suspended, resumed), When: suspendOn("2026-04-01"), Err: "already_suspended"},
		{Name: "a suspension is within an employment", Given: given(left), When: suspendOn("2026-09-01"), Err: "not_employed"},
		{Name: "a suspension has a date", Given: given(), When: people.SuspendEmployee{Emp: "e1"}, Err: "invalid_field"},
		{Name: "an employee resumes", Given: given(suspended), When: resumeOn("2026-06-01"), Then: then(resumed)},
		{Name: "only a suspended employee resumes", Given: given(), When: resumeOn("2026-06-01"), Err: "not_suspended"},
		{Name: "nobody resumes before the suspension", Given: given(suspended), When: resumeOn("2026-05-01"), Err: "not_suspended"},
		{Name: "leaving ends a suspension", Given: given(suspended, left), When: resumeOn("2026-09-01"), Err: "not_suspended"},
		{Name: "resuming has a date", Given: given(suspended), When: people.ResumeEmployee{Emp: "e1"}, Err: "invalid_field"},
		{Name: "an employee leaves", Given: given(), When: people.TerminateEmployee{Emp: "e1", LastDay: left.LastDay, ReasonCode: left.ReasonCode}, Then: then(left)},
		{Name: "an employee leaves once", Given: given(left), When: people.TerminateEmployee{Emp: "e1", LastDay: left.LastDay, ReasonCode: left.ReasonCode}, Err: "already_terminated"},
		{
			Name: "the last day is not before the first", Given: given(),
			When: people.TerminateEmployee{Emp: "e1", LastDay: day("2026-02-28"), ReasonCode: "x"}, Err: "before_hire",
		},
		{
			Name: "an employment that never began ends the day before", Given: given(),
			When: people.TerminateEmployee{Emp: "e1", LastDay: day("2026-02-28"), ReasonCode: "x", NeverBegan: true},
			Then: then(people.EmployeeTerminated{Emp: "e1", LastDay: day("2026-02-28"), ReasonCode: "x"}),
		},
		{
			Name: "and on no other day", Given: given(),
			When: people.TerminateEmployee{Emp: "e1", LastDay: day("2026-02-27"), ReasonCode: "x", NeverBegan: true}, Err: "before_hire",
		},
		{
			Name: "the last day of a second employment is not before its first", Given: given(left, back),
			When: people.TerminateEmployee{Emp: "e1", LastDay: day("2026-09-30"), ReasonCode: "x"}, Err: "before_hire",
		},
		{Name: "leaving has a reason", Given: given(), When: people.TerminateEmployee{Emp: "e1", LastDay: day("2026-07-31")}, Err: "invalid_field"},
		{Name: "an employee comes back", Given: given(left), When: people.RehireEmployee(back), Then: then(back)},
		{Name: "only who has left comes back", Given: given(), When: people.RehireEmployee(back), Err: "still_employed"},
		{
			Name: "nobody comes back before the last day is over", Given: given(left),
			When: people.RehireEmployee{Emp: "e1", From: day("2026-07-31")}, Err: "still_employed",
		},
		{Name: "coming back has a date", Given: given(left), When: people.RehireEmployee{Emp: "e1"}, Err: "invalid_field"},
	})
}

func TestDecideRecords(t *testing.T) {
	notice := people.NoticeAcknowledged{Emp: "e1", Notice: "privacy", Version: 2}
	consent := people.ConsentRecorded{Emp: "e1", Purpose: "meal_waiver", Version: 1, Given: true}
	rate := people.SetWageRate{Emp: "e1", From: day("2026-03-01"), Rate: "31.25", Per: people.PerHour, Currency: "CNY"}
	bonus := people.RecordEarning{Emp: "e1", Date: day("2026-10-31"), Code: "BONUS", Amount: "-12.5", InRegularRate: true}
	early, odd, negative, late, blank := rate, rate, rate, bonus, bonus
	early.From, odd.Currency, negative.Rate = day("2026-01-01"), "yuan", "-1"
	late.Date, blank.Amount = day("2026-01-01"), "much"
	decidertest.Run(t, people.DecideEmployee, people.EvolveEmployee, []employeeCase{
		{Name: "a notice is acknowledged", Given: given(), When: people.AcknowledgeNotice(notice), Then: then(notice)},
		{Name: "a version is acknowledged once", Given: given(notice), When: people.AcknowledgeNotice(notice), Err: "already_acknowledged"},
		{Name: "a notice has a version", Given: given(), When: people.AcknowledgeNotice{Emp: "e1", Notice: "privacy"}, Err: "invalid_field"},
		{Name: "consent is given", Given: given(), When: people.RecordConsent(consent), Then: then(consent)},
		{Name: "the same consent again changes nothing", Given: given(consent), When: people.RecordConsent(consent), Err: "no_change"},
		{
			Name: "consent is withdrawn", Given: given(consent),
			When: people.RecordConsent{Emp: "e1", Purpose: "meal_waiver", Version: 1},
			Then: then(people.ConsentRecorded{Emp: "e1", Purpose: "meal_waiver", Version: 1}),
		},
		{Name: "consent has a purpose", Given: given(), When: people.RecordConsent{Emp: "e1", Version: 1}, Err: "invalid_field"},
		{
			Name: "a wage rate is set and sealed", Given: given(), When: rate,
			Then: then(people.WageRateSet{
				Emp: "e1", From: rate.From, Rate: domain.NewSecret(domain.ClassWage, "31.25"), Per: people.PerHour, Currency: "CNY",
			}),
		},
		{Name: "there is no wage before the hire", Given: given(), When: early, Err: "before_hire"},
		{Name: "a currency has three letters", Given: given(), When: odd, Err: "invalid_field"},
		{Name: "a wage is not negative", Given: given(), When: negative, Err: "invalid_field"},
		{
			Name: "an earning may take back", Given: given(), When: bonus,
			Then: then(people.EarningRecorded{
				Emp: "e1", Date: bonus.Date, Code: "BONUS", Amount: domain.NewSecret(domain.ClassWage, "-12.5"), InRegularRate: true,
			}),
		},
		{Name: "there is no earning before the hire", Given: given(), When: late, Err: "before_hire"},
		{Name: "an amount is a number", Given: given(), When: blank, Err: "invalid_field"},
	})
}

func TestDecideAssignBadge(t *testing.T) {
	assign := people.AssignBadge{Emp: "e1", Badge: "1042", BadgeMAC: mac, From: day("2026-03-01")}
	assigned := people.BadgeAssigned{
		Emp: "e1", Badge: domain.NewSecret(domain.ClassIdentity, "1042"), BadgeMAC: mac, From: day("2026-03-01"),
	}
	ended, endedEvent, again, gate, wrong := assign, assigned, assign, assign, assign
	ended.To, endedEvent.To = day("2026-08-01"), day("2026-08-01")
	again.From, gate.Device, wrong.BadgeMAC = day("2026-05-01"), "t1", "1042"
	onGate := assigned
	onGate.Device = "t1"
	taken := everything
	taken.BadgeTakenBy = "e2"
	backwards := assign
	backwards.To = day("2026-02-01")
	decidertest.Run(t, people.DecideEmployee, people.EvolveEmployee, []employeeCase{
		{Name: "a badge is assigned", Given: given(), When: assign, Facts: everything, Then: then(assigned)},
		{Name: "a badge is not assigned to two people", Given: given(), When: assign, Facts: taken, Err: "badge_taken"},
		{Name: "a badge for one terminal may differ from the one for all", Given: given(assigned), When: gate, Facts: everything, Then: then(onGate)},
		{Name: "the terminal of a badge is enrolled", Given: given(), When: gate, Err: "unknown_device"},
		{Name: "a badge is ended by assigning it again with an end", Given: given(assigned), When: ended, Facts: everything, Then: then(endedEvent)},
		{Name: "a badge is not held twice at once", Given: given(assigned), When: again, Facts: everything, Err: "badge_overlap"},
		{Name: "a badge may come back", Given: given(endedEvent), When: people.AssignBadge{
			Emp: "e1", Badge: "1042", BadgeMAC: mac, From: day("2026-08-01"),
		}, Facts: everything, Then: then(people.BadgeAssigned{
			Emp: "e1", Badge: domain.NewSecret(domain.ClassIdentity, "1042"), BadgeMAC: mac, From: day("2026-08-01"),
		})},
		{Name: "a badge is matched by its code, not its number", Given: given(), When: wrong, Facts: everything, Err: "invalid_field"},
		{Name: "a badge does not end before it begins", Given: given(), When: backwards, Facts: everything, Err: "invalid_field"},
	})
}

func TestAssignmentsAreSparseChangesInOrderOfTheirDates(t *testing.T) {
	night, site, tags := "night", "sh-plant", []string{"minor"}
	s := decidertest.Fold(people.EvolveEmployee, given(
		people.AssignmentChanged{Emp: "e1", EffectiveOn: day("2026-08-01"), TermsChange: people.TermsChange{Group: &night}},
		people.AssignmentChanged{Emp: "e1", EffectiveOn: day("2026-06-01"), TermsChange: people.TermsChange{Site: &site, Tags: &tags}},
		people.AssignmentChanged{Emp: "e1", EffectiveOn: day("2026-08-01"), TermsChange: people.TermsChange{
			PayrollIDs: map[string]string{"adp": "17"},
		}},
		people.AssignmentChanged{Emp: "e1", EffectiveOn: day("2026-09-01"), TermsChange: people.TermsChange{
			PayrollIDs: map[string]string{"adp": "", "sap": "4"},
		}},
	)...)
	all := s.Assignments()
	require.Equal(t, []domain.Date{day("2026-03-01"), day("2026-06-01"), day("2026-08-01"), day("2026-09-01")},
		[]domain.Date{all[0].From, all[1].From, all[2].From, all[3].From})
	require.Equal(t, []string{"bj-office", "bj-office", "night", "night"}, []string{all[0].Group, all[1].Group, all[2].Group, all[3].Group})
	require.Equal(t, []string{"bj-hq", "sh-plant", "sh-plant", "sh-plant"}, []string{all[0].Site, all[1].Site, all[2].Site, all[3].Site})
	require.Equal(t, map[string]string{"adp": "17"}, all[2].PayrollIDs)
	require.Equal(t, map[string]string{"sap": "4"}, all[3].PayrollIDs)
	for _, want := range all {
		got, ok := s.AssignmentOn(want.From)
		require.True(t, ok)
		require.Equal(t, want, got)
	}
	_, ok := s.AssignmentOn(day("2026-02-28"))
	require.False(t, ok)
}

func TestEmploymentSpans(t *testing.T) {
	s := decidertest.Fold(people.EvolveEmployee, given(
		people.EmployeeSuspended{Emp: "e1", From: day("2026-05-01")},
		people.EmployeeResumed{Emp: "e1", From: day("2026-06-01")},
		people.EmployeeSuspended{Emp: "e1", From: day("2026-07-15")},
		people.EmployeeTerminated{Emp: "e1", LastDay: day("2026-07-31"), ReasonCode: "resigned"},
		people.EmployeeRehired{Emp: "e1", From: day("2026-10-01")},
	)...)
	require.Equal(t, []people.Span{{From: day("2026-03-01"), Last: day("2026-07-31")}, {From: day("2026-10-01")}}, s.Employment)
	require.Equal(t, []people.Span{
		{From: day("2026-03-01"), Last: day("2026-04-30")},
		{From: day("2026-06-01"), Last: day("2026-07-14")},
		{From: day("2026-10-01")},
	}, s.Active())
	for date := day("2026-02-20"); date < day("2026-11-01"); date++ {
		active := slices.ContainsFunc(s.Active(), func(x people.Span) bool {
			return date >= x.From && (x.Last.IsZero() || date <= x.Last)
		})
		require.Equal(t, active, s.ActiveOn(date), date)
	}
	require.True(t, s.EmployedOn(day("2026-05-10")), "a suspension does not end an employment")
	require.False(t, s.EmployedOn(day("2026-08-01")))
}

func TestBadgeOnPrefersTheTerminalsOwn(t *testing.T) {
	s := decidertest.Fold(people.EvolveEmployee, given(
		people.BadgeAssigned{Emp: "e1", BadgeMAC: mac, From: day("2026-03-01"), To: day("2026-09-01")},
		people.BadgeAssigned{Emp: "e1", BadgeMAC: mac, Device: "t1", From: day("2026-03-01")},
	)...)
	b, ok := s.BadgeOn(mac, "t1", day("2026-04-01"))
	require.True(t, ok)
	require.Equal(t, "t1", b.Device)
	b, ok = s.BadgeOn(mac, "t2", day("2026-04-01"))
	require.True(t, ok)
	require.Empty(t, b.Device)
	_, ok = s.BadgeOn(mac, "t2", day("2026-09-01"))
	require.False(t, ok)

	require.True(t, s.HoldsBadge(mac, "", day("2026-08-01"), 0))
	require.False(t, s.HoldsBadge(mac, "", day("2026-09-01"), 0))
	require.True(t, s.HoldsBadge(mac, "t1", day("2030-01-01"), day("2030-01-02")))
	require.False(t, s.HoldsBadge(mac, "t2", day("2026-04-01"), 0))
}
