package timecard_test

import (
	"testing"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
)

var second = timecard.Facts{SecondPersonNeeded: true}

func TestAddPunch(t *testing.T) {
	note := domain.NewSecret(domain.ClassText, "was at the dentist")
	add := timecard.AddPunch{
		Emp: emp, Punch: "p1", EffectiveAt: noon, Dir: timecard.Out, Grounds: ground, Site: "plant-2", Note: note, ActorID: hr, Now: noon + 1,
	}
	added := timecard.PunchAdded{Emp: emp, Punch: "p1", EffectiveAt: noon, Dir: timecard.Out, Grounds: ground, Site: "plant-2", Note: note}
	change := func(f func(*timecard.AddPunch)) timecard.AddPunch { c := add; f(&c); return c }
	approved := ground
	approved.Approver = "emp_3"
	addedByTwo := added
	addedByTwo.Grounds = approved
	run(t, []Case{
		{Name: "HR adds a forgotten punch", When: add, Then: Events{added}},
		{Name: "an id is used once", Given: Events{added}, When: add, Err: "punch_exists"},
		{Name: "nobody adds their own punch", When: change(func(c *timecard.AddPunch) { c.ActorID = emp }), Err: "self_approval"},
		{Name: "nobody adds a punch in the future", When: change(func(c *timecard.AddPunch) { c.Now = noon - 1 }), Err: "future_target"},
		{Name: "nobody adds a punch of a stranger", When: add, Facts: timecard.Facts{NotEmployed: true}, Err: "not_employed"},
		{Name: "adding a punch has a reason", When: change(func(c *timecard.AddPunch) { c.Grounds.ReasonCode = "" }), Err: "invalid_field"},
		{Name: "pay of a closed period takes two people", When: add, Facts: second, Err: "second_approver_needed"},
		{
			Name: "the second person is another one", Facts: second, Err: "second_approver_needed",
			When: change(func(c *timecard.AddPunch) { c.Grounds.Approver = hr }),
		},
		{
			Name: "the second person is not the employee", Facts: second, Err: "second_approver_needed",
			When: change(func(c *timecard.AddPunch) { c.Grounds.Approver = emp }),
		},
		{
			Name: "two people add a punch in a closed period", Facts: second,
			When: change(func(c *timecard.AddPunch) { c.Grounds = approved }), Then: Events{addedByTwo},
		},
	})
}

func TestVoidPunch(t *testing.T) {
	d := details("p1", noon)
	d.Batch = "b1"
	void := timecard.VoidPunch{Card: card, Punch: "p1", Grounds: ground, ActorID: hr}
	voided := timecard.PunchVoided{Emp: emp, Punch: "p1", Grounds: ground}
	whole, wholeVoided := void, voided
	whole.Batch, wholeVoided.Batch = "b1", "b1"
	other, own := void, void
	other.Batch, own.ActorID = "b2", emp
	accepted := Events{timecard.PunchAccepted{d}}
	run(t, []Case{
		{Name: "HR voids a punch", Given: accepted, When: void, Then: Events{voided}},
		{Name: "a held punch can be voided", Given: Events{timecard.PunchHeld{d}}, When: void, Then: Events{voided}},
		{Name: "an import is voided as a whole", Given: accepted, When: whole, Then: Events{wholeVoided}},
		{Name: "a punch of another import stays", Given: accepted, When: other, Err: "not_in_batch"},
		{Name: "a punch is voided once", Given: append(accepted, voided), When: void, Err: "already_voided"},
		{Name: "a rejected punch never counted", Given: Events{timecard.PunchRejected{d}}, When: void, Err: "not_counted"},
		{Name: "an unknown punch cannot be voided", When: void, Err: "unknown_punch"},
		{Name: "nobody voids their own punch", Given: accepted, When: own, Err: "self_approval"},
	})
}

func TestVoidPunchesOfAnImport(t *testing.T) {
	d := details("p1", noon)
	d.Batch = "b1"
	second := with(details("p2", noon+60_000), func(d *timecard.PunchDetails) { d.Batch = "b1" })
	foreign := with(details("p3", noon+120_000), func(d *timecard.PunchDetails) { d.Batch = "b2" })
	given := Events{timecard.PunchAccepted{d}, timecard.PunchRejected{second}, timecard.PunchAccepted{foreign}}
	void := func(ids ...string) timecard.VoidPunches {
		return timecard.VoidPunches{Card: card, Punches: ids, Batch: "b1", Grounds: ground, ActorID: hr}
	}
	voided := func(id string) timecard.PunchVoided {
		return timecard.PunchVoided{Emp: emp, Punch: id, Grounds: ground, Batch: "b1"}
	}
	byRepair := timecard.PunchVoided{Emp: emp, Punch: "p1", Grounds: ground}
	entered := timecard.PunchAdded{Emp: emp, Punch: "p1.fixed", EffectiveAt: noon, Dir: timecard.In, Grounds: ground}
	batchless, own := void("p1"), void("p1")
	batchless.Batch, own.ActorID = "", emp
	run(t, []Case{
		{Name: "an import is taken back, also what was rejected", Given: given, When: void("p1", "p2"), Then: Events{voided("p1"), voided("p2")}},
		{Name: "a punch of another import stays", Given: given, When: void("p3"), Then: nil},
		{Name: "a punch is taken back once", Given: append(given, voided("p1")), When: void("p1", "p2", "p2"), Then: Events{voided("p2")}},
		{
			Name:  "what a repair has voided is taken back, and what it entered",
			Given: append(given, entered, byRepair), When: void("p1", "p1.fixed"), Then: Events{voided("p1"), voided("p1.fixed")},
		},
		{Name: "an unknown punch cannot be taken back", When: void("p1"), Err: "unknown_punch"},
		{Name: "nothing is no command", Given: given, When: void(), Err: "batch_size"},
		{Name: "an import has an id", Given: given, When: batchless, Err: "invalid_field"},
		{Name: "nobody takes back their own punches", Given: given, When: own, Err: "self_approval"},
	})
}

func TestRetimePunch(t *testing.T) {
	accepted := Events{timecard.PunchAccepted{details("p1", noon)}}
	hours := func(n domain.Seconds) domain.Instant { return (n * domain.Hour).Instant() }
	to := func(at domain.Instant) timecard.RetimePunch {
		return timecard.RetimePunch{Card: card, Punch: "p1", EffectiveAt: at, Grounds: ground, ClockFix: "fix-1", ActorID: hr}
	}
	moved := func(from, at domain.Instant) timecard.PunchRetimed {
		return timecard.PunchRetimed{Emp: emp, Punch: "p1", EffectiveAt: at, PreviousAt: from, Grounds: ground, ClockFix: "fix-1"}
	}
	own := to(noon + 1)
	own.ActorID = emp
	run(t, []Case{
		{
			Name: "a punch moves, with the old time kept", Given: accepted,
			When: to(noon + hours(1)), Then: Events{moved(noon, noon+hours(1))},
		},
		{
			Name: "a punch moves by 36 hours at most", Given: accepted,
			When: to(noon - hours(36)), Then: Events{moved(noon, noon-hours(36))},
		},
		{Name: "a larger move is a void and an add", Given: accepted, When: to(noon + hours(36) + 1), Err: "retime_too_far"},
		{
			Name:  "small moves do not add up to a large one",
			Given: append(accepted, moved(noon, noon+hours(30))), When: to(noon + hours(40)), Err: "retime_too_far",
		},
		{Name: "moving to where it is changes nothing", Given: accepted, When: to(noon)},
		{
			Name:  "a voided punch does not move",
			Given: append(accepted, timecard.PunchVoided{Emp: emp, Punch: "p1", Grounds: ground}), When: to(noon + 1), Err: "already_voided",
		},
		{Name: "an unknown punch does not move", When: to(noon), Err: "unknown_punch"},
		{Name: "nobody moves their own punch", Given: accepted, When: own, Err: "self_approval"},
	})
}

func TestRedirectPunch(t *testing.T) {
	accepted := Events{timecard.PunchAccepted{details("p1", noon)}}
	redirect := timecard.RedirectPunch{Card: card, Punch: "p1", Dir: timecard.Out, Grounds: ground, ActorID: hr}
	redirected := timecard.PunchRedirected{Emp: emp, Punch: "p1", Dir: timecard.Out, Grounds: ground}
	unknown, own := redirect, redirect
	unknown.Dir, own.ActorID = "up", emp
	run(t, []Case{
		{Name: "an in becomes an out", Given: accepted, When: redirect, Then: Events{redirected}},
		{Name: "the same direction again changes nothing", Given: append(accepted, redirected), When: redirect},
		{Name: "the direction is a known one", Given: accepted, When: unknown, Err: "invalid_field"},
		{Name: "an unknown punch has no direction", When: redirect, Err: "unknown_punch"},
		{Name: "nobody redirects their own punch", Given: accepted, When: own, Err: "self_approval"},
	})
}

func TestCredits(t *testing.T) {
	hour := domain.Hour.Instant()
	credit := timecard.CreditDay{Emp: emp, Credit: "c1", Date: date, From: noon, To: noon + 2*hour, Code: "TRAIN", Grounds: ground, ActorID: hr}
	credited := timecard.DayCredited{Emp: emp, Credit: "c1", Date: date, From: noon, To: noon + 2*hour, Code: "TRAIN", Grounds: ground}
	change := func(f func(*timecard.CreditDay)) timecard.CreditDay { c := credit; f(&c); return c }
	amount := func(id, code string) timecard.CreditDay {
		return change(func(c *timecard.CreditDay) { c.Credit, c.From, c.To, c.Seconds, c.Code = id, 0, 0, 3600, code })
	}
	amountCredited := func(id, code string) timecard.DayCredited {
		return timecard.DayCredited{Emp: emp, Credit: id, Date: date, Seconds: 3600, Code: code, Grounds: ground}
	}
	later := change(func(c *timecard.CreditDay) { c.Credit, c.From, c.To = "c2", noon+2*hour, noon+3*hour })
	laterCredited := timecard.DayCredited{Emp: emp, Credit: "c2", Date: date, From: noon + 2*hour, To: noon + 3*hour, Code: "TRAIN", Grounds: ground}
	revoke := timecard.RevokeCredit{Card: card, Credit: "c1", Grounds: ground, ActorID: hr}
	revoked := timecard.DayCreditRevoked{Emp: emp, Credit: "c1", Grounds: ground}
	run(t, []Case{
		{Name: "HR credits an interval", When: credit, Then: Events{credited}},
		{Name: "HR credits an amount", When: amount("c1", "TRAIN"), Then: Events{amountCredited("c1", "TRAIN")}},
		{Name: "a credit without an approved request is refused", When: credit, Facts: timecard.Facts{NotApproved: true}, Err: "not_approved"},
		{Name: "a credit for a day without employment is refused", When: credit, Facts: timecard.Facts{NotEmployed: true}, Err: "not_employed"},
		{Name: "the same hour is credited once", Given: Events{credited}, When: change(func(c *timecard.CreditDay) { c.Credit = "c2" }), Err: "credit_overlap"},
		{Name: "the next hour can be credited", Given: Events{credited}, When: later, Then: Events{laterCredited}},
		{Name: "an amount of one code is credited once a date", Given: Events{amountCredited("c1", "TRAIN")}, When: amount("c2", "TRAIN"), Err: "credit_overlap"},
		{Name: "an amount of another code is another credit", Given: Events{amountCredited("c1", "TRAIN")}, When: amount("c2", "MEET"), Then: Events{amountCredited("c2", "MEET")}},
		{Name: "a credit id is used once", Given: Events{credited, revoked}, When: credit, Err: "credit_exists"},
		{Name: "a revoked hour can be credited again", Given: Events{credited, revoked}, When: amount("c3", "TRAIN"), Then: Events{amountCredited("c3", "TRAIN")}},
		{Name: "a credit has a length", When: change(func(c *timecard.CreditDay) { c.To = c.From }), Err: "invalid_field"},
		{Name: "a credit is an interval or an amount", When: change(func(c *timecard.CreditDay) { c.Seconds = 60 }), Err: "invalid_field"},
		{Name: "nobody credits themselves", When: change(func(c *timecard.CreditDay) { c.ActorID = emp }), Err: "self_approval"},
		{Name: "a credit is revoked", Given: Events{credited}, When: revoke, Then: Events{revoked}},
		{Name: "a credit is revoked once", Given: Events{credited, revoked}, When: revoke, Err: "already_revoked"},
		{Name: "an unknown credit cannot be revoked", When: revoke, Err: "unknown_credit"},
	})
}

func TestAnomalies(t *testing.T) {
	const key = "punch.missing_out/out"
	ack := timecard.AcknowledgeAnomaly{Emp: emp, Date: date, Key: key, ActorID: emp}
	acked := timecard.AnomalyAcknowledged{Emp: emp, Date: date, Key: key}
	waive := timecard.WaiveAnomaly{Emp: emp, Date: date, Key: key, Reason: "seen_on_site", Until: date + 7, ActorID: hr}
	waived := timecard.AnomalyWaived{Emp: emp, Date: date, Key: key, Reason: "seen_on_site", Until: date + 7}
	longer, longerWaived, own, past := waive, waived, waive, waive
	longer.Until, longerWaived.Until, own.ActorID, past.Until = date+9, date+9, emp, date
	gone := timecard.Facts{NoSuchAnomaly: true}
	run(t, []Case{
		{Name: "the employee acknowledges an anomaly", When: ack, Then: Events{acked}},
		{Name: "acknowledging again changes nothing", Given: Events{acked}, When: ack},
		{Name: "what is gone cannot be acknowledged", When: ack, Facts: gone, Err: "no_such_anomaly"},
		{Name: "an acknowledgement names the anomaly", When: timecard.AcknowledgeAnomaly{Emp: emp, Date: date, ActorID: emp}, Err: "invalid_field"},
		{Name: "HR waives an acknowledged anomaly", Given: Events{acked}, When: waive, Then: Events{waived}},
		{Name: "the same waiver again changes nothing", Given: Events{waived}, When: waive},
		{Name: "a longer waiver replaces the first", Given: Events{waived}, When: longer, Then: Events{longerWaived}},
		{Name: "what is gone cannot be waived", When: waive, Facts: gone, Err: "no_such_anomaly"},
		{Name: "nobody waives their own anomaly", When: own, Err: "self_approval"},
		{Name: "a waiver ends after its date", When: past, Err: "invalid_field"},
	})
}

func TestAttestDay(t *testing.T) {
	attest := timecard.AttestDay{Emp: emp, Date: date, ResultHash: sum, Statement: timecard.Agree, ActorID: emp}
	agreed := timecard.DayAttested{Emp: emp, Date: date, ResultHash: sum, Statement: timecard.Agree}
	dispute, disputed := attest, agreed
	dispute.Statement, disputed.Statement = timecard.Dispute, timecard.Dispute
	dispute.Note, disputed.Note = domain.NewSecret(domain.ClassText, "I left at 18:00"), domain.NewSecret(domain.ClassText, "I left at 18:00")
	byHR, short := attest, attest
	byHR.ActorID, short.ResultHash = hr, "abc"
	run(t, []Case{
		{Name: "the employee agrees with a day", When: attest, Then: Events{agreed}},
		{Name: "the employee disputes a day that they agreed with", Given: Events{agreed}, When: dispute, Then: Events{disputed}},
		{Name: "the same word again changes nothing", Given: Events{agreed}, When: attest},
		{Name: "nobody attests for somebody else", When: byHR, Err: "not_self"},
		{Name: "a result that has changed is not attested", When: attest, Facts: timecard.Facts{StaleResult: true}, Err: "stale_result"},
		{Name: "an attestation names a result", When: short, Err: "invalid_field"},
	})
}
