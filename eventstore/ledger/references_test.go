package ledger_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// key is the public key of a device.
func key(device string) string { return signedtest.New("", device, "").PublicKey }

// settled is founded, with a thing of every kind that commands may name.
func settled(t *testing.T) *office {
	t.Helper()
	o := founded(t)
	o.must(people.RegisterEmployer{Employer: "acme", Name: "Acme", Jurisdiction: "cn"})
	o.must(people.DefinePayGroup{PayGroup: "monthly", Title: "Monthly", Employer: "acme"})
	o.must(place.OpenSite{Site: "plant", Name: "Plant", TZ: "Europe/Berlin"})
	o.must(place.CloseSite{Site: "plant", From: date(t, "2026-12-01")})
	o.must(place.EnrolDevice{Device: "phone", Kind: place.Phone, PublicKey: key("phone"), Site: "plant"})
	o.must(people.CreateGroup{Group: "empty", Title: "Empty"})
	return o
}

func TestWhatACommandNamesMustExist(t *testing.T) {
	o := settled(t)
	terms := func(change func(*people.Terms)) people.RegisterEmployee {
		c := hire("e2", "2026-04-01", "office")
		change(&c.Terms)
		return c
	}
	word := func(s string) *string { return &s }
	moved := func(c people.TermsChange) people.ChangeAssignment {
		return people.ChangeAssignment{Emp: "e1", EffectiveOn: date(t, "2026-11-02"), Change: c}
	}
	day := func(emp, shift, site string) schedule.ChangeRosterDay {
		return schedule.ChangeRosterDay{
			Emp: emp, Date: date(t, "2026-11-03"), After: schedule.Slot{Shift: shift, Site: site}, Reason: "planned", AnnouncedAt: o.now, Today: date(t, "2026-10-08"),
		}
	}
	credit := func(emp, on, request string) timecard.CreditDay {
		return timecard.CreditDay{
			Emp: emp, Credit: "c1", Date: date(t, on), Seconds: domain.Hour, Code: "REG", ActorID: "boss",
			Grounds: timecard.Grounds{ReasonCode: "granted", Request: request},
		}
	}
	rows := []place.UnknownPunch{{
		Row: "row1", Badge: "4711", BadgeMAC: mac4711, ClaimedAt: "2026-10-08T08:58:10", EffectiveAt: o.now, TimeSource: "declared", Dir: "in", Line: 1, Why: "unknown_person",
	}}
	for _, c := range []struct {
		name, code string
		command    ledger.Command
	}{
		{"a new employee's zone", "unknown_tz", terms(func(t *people.Terms) { t.WorkTZ = "Mars/Base" })},
		{"a new employee's group", "unknown_group", terms(func(t *people.Terms) { t.Group = "nowhere" })},
		{"a new employee's site", "unknown_site", terms(func(t *people.Terms) { t.Site = "nowhere" })},
		{"a new employee's employer", "unknown_employer", terms(func(t *people.Terms) { t.Employer = "nobody" })},
		{"a new employee's pay group", "unknown_pay_group", terms(func(t *people.Terms) { t.PayGroup = "weekly" })},
		{"a zone that somebody moves to", "unknown_tz", moved(people.TermsChange{WorkTZ: word("Mars/Base")})},
		{"a group that somebody moves to", "unknown_group", moved(people.TermsChange{Group: word("nowhere")})},
		{"a site that somebody moves to", "unknown_site", moved(people.TermsChange{Site: word("nowhere")})},
		{"an employer that somebody moves to", "unknown_employer", moved(people.TermsChange{Employer: word("nobody")})},
		{"a pay group that somebody moves to", "unknown_pay_group", moved(people.TermsChange{PayGroup: word("weekly")})},
		{"the device of a badge", "unknown_device", people.AssignBadge{Emp: "e1", Badge: "1", BadgeMAC: mac4711, Device: "nothing", From: date(t, "2026-10-01")}},
		{"the organisation's zone", "unknown_tz", people.DescribeOrganisation{Name: "Acme", TZ: "Mars/Base", Lang: "en"}},
		{"the employer of a pay group", "unknown_employer", people.DefinePayGroup{PayGroup: "weekly", Title: "Weekly", Employer: "nobody"}},
		{"the rules of a group", "unknown_ruleset", people.BindRuleset{Group: "empty", Ruleset: "nothing", From: date(t, "2026-01-01")}},
		{"a site's zone", "unknown_tz", place.OpenSite{Site: "base", Name: "Base", TZ: "Mars/Base"}},
		{"a site's calendar", "unknown_calendar", place.OpenSite{Site: "base", Name: "Base", TZ: "Europe/Berlin", Calendar: "mars"}},
		{"a device's zone", "unknown_tz", place.EnrolDevice{Device: "d2", Kind: place.Phone, TZ: "Mars/Base"}},
		{"a device's site", "unknown_site", place.EnrolDevice{Device: "d2", Kind: place.Phone, Site: "nowhere"}},
		{"the batch whose lines a clock stamped", "unknown_batch", place.CorrectDeviceClock{Device: "gate", Evidence: "photo", Fix: place.ClockFix{Fix: "f1", Batch: "b1", SeqFrom: 1, SeqTo: 2, OffsetMS: 1000}}},
		{"the device of a batch", "unknown_device", place.RecordImportBatch{Batch: "b1", Device: "nothing", FileSHA256: mac4711, FileName: "a.csv", Format: "csv", Zone: "Asia/Shanghai", ReceivedAt: o.now}},
		{"the zone of a batch", "unknown_tz", place.RecordImportBatch{Batch: "b1", Device: "gate", FileSHA256: mac4711, FileName: "a.csv", Format: "csv", Zone: "Mars/Base", ReceivedAt: o.now}},
		{"the device of unknown punches", "unknown_device", place.QuarantinePunches{Device: "nothing", ReceivedAt: o.now, Rows: rows}},
		{"the person whose punches they are", "unknown_employee", place.AttributePunches{Device: "gate", ReceivedOn: date(t, "2026-10-08"), Rows: []string{"row1"}, Emp: "e9"}},
		{"the person who is rostered", "unknown_employee", day("e9", "D", "")},
		{"the shift that is rostered", "unknown_shift", day("e1", "Q", "")},
		{"the site that is rostered", "unknown_site", day("e1", "D", "nowhere")},
		{"the person who swaps", "unknown_employee", schedule.SwapDays{Emp: "e9", WorkDate: date(t, "2026-11-03"), RestDate: date(t, "2026-11-07"), AgreedOn: date(t, "2026-10-20"), Kind: schedule.SwapAfter}},
		{"the zone whose day is over", "unknown_tz", schedule.TurnDay{TZ: "Mars/Base", Date: date(t, "2026-10-01"), Now: o.now}},
		{"somebody employed, for a credit", "not_employed", credit("e1", "2026-02-28", "")},
		{"a request that was approved, for a credit", "not_approved", credit("e1", "2026-10-07", "r1")},
	} {
		t.Run(c.name, func(t *testing.T) { o.refuses(c.code, c.command) })
	}
	t.Run("and where all of it does, it is done", func(t *testing.T) {
		o.must(terms(func(t *people.Terms) {
			t.WorkTZ, t.Site, t.Employer, t.PayGroup = "Asia/Tokyo", "plant", "acme", "monthly"
		}))
		o.must(moved(people.TermsChange{WorkTZ: word("Asia/Tokyo"), Group: word("office"), Site: word("plant"), Employer: word("acme"), PayGroup: word("monthly")}))
		require.Equal(t, []string{"Asia/Shanghai", "Asia/Tokyo", "Europe/Berlin"}, o.Directory().Zones())
		o.must(people.AssignBadge{Emp: "e1", Badge: "1", BadgeMAC: mac4711, Device: "gate", From: date(t, "2026-10-01")})
		o.must(people.DescribeOrganisation{Name: "Acme", TZ: "Asia/Tokyo", Lang: "en"})
		o.must(people.DescribeOrganisation{Name: "Acme Ltd", Lang: "en"})
		o.must(people.DefinePayGroup{PayGroup: "weekly", Title: "Weekly", Employer: "acme"})
		o.must(people.BindRuleset{Group: "empty", Ruleset: "cn-bj-office", From: date(t, "2026-01-01")})
		o.must(place.EnrolDevice{Device: "d2", Kind: place.Phone, PublicKey: key("d2"), TZ: "Asia/Tokyo", Site: "plant"})
		o.must(day("e1", "D", "plant"))
		o.must(credit("e1", "2026-10-07", ""))
	})
	t.Run("a key belongs to one device", func(t *testing.T) {
		_, err := o.try(place.EnrolDevice{Device: "d3", Kind: place.Phone, PublicKey: key("phone")})
		requireCode(t, "key_reused", err)
		wrong, _ := errors.AsType[*domain.Error](err)
		require.Equal(t, "phone", wrong.Args["device"])
		o.must(place.EnrolDevice{Device: "d3", Kind: place.Phone})
		o.must(place.EnrolDevice{Device: "d4", Kind: place.Phone})
	})
	t.Run("a site that will be closed then is none", func(t *testing.T) {
		late := day("e1", "D", "plant")
		late.Date = date(t, "2026-12-01")
		o.refuses("unknown_site", late)
	})
	t.Run("a shift of a date without rules is none", func(t *testing.T) {
		early := day("e1", "D", "")
		early.Date = date(t, "2026-02-03")
		o.refuses("unknown_shift", early)
	})
}

func TestADayThatTheCalendarOfThePlaceOfWorkNamesIsNotSwapped(t *testing.T) {
	o := founded(t)
	for _, id := range []string{"cn-mainland", "jp"} {
		c, ok := ruleset.Calendar(id)
		require.True(t, ok)
		y := c.Years[2026]
		o.must(schedule.PublishCalendarYear{Calendar: id, Year: 2026, Version: 1, Days: y.Days, Source: y.Source})
	}
	o.must(place.OpenSite{Site: "tokyo", Name: "Tokyo", TZ: "Asia/Tokyo", Calendar: "jp"})
	there := hire("e2", "2026-03-01", "office")
	there.Terms.Site = "tokyo"
	o.must(there)
	swap := func(emp, work string) schedule.SwapDays {
		return schedule.SwapDays{Emp: emp, WorkDate: date(t, work), RestDate: date(t, "2026-11-04"), AgreedOn: date(t, "2026-09-20"), Kind: schedule.SwapAfter}
	}
	o.refuses("swap_not_ordinary", swap("e1", "2026-10-01"))
	o.must(swap("e2", "2026-10-01"))
	o.must(swap("e1", "2026-11-03"))
	o.refuses("swap_not_ordinary", swap("e2", "2026-11-03"))
}

func TestAGroupThatSomebodyIsInIsNotArchived(t *testing.T) {
	o := settled(t)
	group := func(id string) *string { return &id }
	o.refuses("group_in_use", people.ArchiveGroup{Group: "office"})
	o.must(hire("e2", "2026-03-01", "empty"))
	o.refuses("group_in_use", people.ArchiveGroup{Group: "empty"})
	o.must(people.ChangeAssignment{Emp: "e2", EffectiveOn: date(t, "2026-05-01"), Change: people.TermsChange{Group: group("office")}})
	o.must(people.ArchiveGroup{Group: "empty"})
	o.must(people.CreateGroup{Group: "plant", Title: "Plant"})
	o.must(hire("e3", "2026-03-01", "plant"))
	o.must(people.TerminateEmployee{Emp: "e3", LastDay: date(t, "2026-09-30"), ReasonCode: "resigned"})
	o.must(people.ArchiveGroup{Group: "plant"})
}

func TestACreditMayRestOnAnApproval(t *testing.T) {
	o := founded(t)
	decide := func(outcome request.Outcome) {
		o.must(request.RecordExternalDecision{
			Request: "r1", Emp: "e1", System: "oa", ExternalID: "x1", Kind: request.Outing, Outcome: outcome, DecidedBy: "boss", DecidedAt: o.now,
			Target: request.Target{Date: date(t, "2026-10-07"), From: instant(t, "2026-10-07T01:00:00Z"), To: instant(t, "2026-10-07T03:00:00Z")},
		})
	}
	credit := func(id string) timecard.CreditDay {
		return timecard.CreditDay{
			Emp: "e1", Credit: id, Date: date(t, "2026-10-07"), Seconds: domain.Hour, Code: "REG" + strings.ToUpper(id), ActorID: "boss",
			Grounds: timecard.Grounds{ReasonCode: "granted", Request: "r1"},
		}
	}
	decide(request.Approved)
	o.must(credit("c1"))
	decide(request.Revoked)
	o.refuses("not_approved", credit("c2"))
}

func TestAnApprovalOverNewYearOverlapsOneOfTheOtherYear(t *testing.T) {
	o := founded(t)
	ask := func(id string, kind request.Kind, on, from, to string) request.RecordExternalDecision {
		return request.RecordExternalDecision{
			Request: id, Emp: "e1", System: "oa", ExternalID: id, Kind: kind, Outcome: request.Approved, DecidedBy: "boss", DecidedAt: o.now,
			Target: request.Target{Date: date(t, on), From: instant(t, from), To: instant(t, to)},
		}
	}
	o.must(ask("r1", request.Trip, "2026-12-30", "2026-12-30T00:00:00Z", "2027-01-03T00:00:00Z"))
	o.refuses("overlaps_request", ask("r2", request.Trip, "2027-01-02", "2027-01-02T00:00:00Z", "2027-01-04T00:00:00Z"))
	o.must(ask("r3", request.Remote, "2027-01-02", "2027-01-02T00:00:00Z", "2027-01-04T00:00:00Z"))
	o.must(ask("r4", request.Trip, "2027-01-03", "2027-01-03T00:00:00Z", "2027-01-04T00:00:00Z"))
	o.must(ask("r5", request.Outing, "2027-01-04", "2027-01-04T00:00:00Z", "2027-01-05T00:00:00Z"))
	o.must(ask("r6", request.Outing, "2026-12-31", "2026-12-31T00:00:00Z", "2027-01-04T00:00:00Z"))
	o.refuses("unknown_tz", func() ledger.Command {
		c := ask("r7", request.Trip, "2026-11-02", "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z")
		c.Target.TZ = "Mars/Base"
		return c
	}())
	o.refuses("not_employed", ask("r8", request.Trip, "2026-02-28", "2026-02-28T00:00:00Z", "2026-02-28T03:00:00Z"))
}

func TestAReplayNeedsPeopleAndRulesThatCompile(t *testing.T) {
	ask := func(t *testing.T, c whatif.Candidate) whatif.RequestReplay {
		t.Helper()
		return whatif.RequestReplay{
			Replay: "r1", Candidate: c, Window: whatif.Window{From: date(t, "2026-10-01"), To: date(t, "2026-10-08")}, Purpose: "rule_change", ActorID: boss.ID,
		}
	}
	first := whatif.Candidate{Ruleset: "cn-bj-office", Version: 1, Hash: mac4711}
	t.Run("nobody", func(t *testing.T) {
		o := newOffice(t)
		o.must(people.CreateLedger{Origin: "punchledger/test"})
		o.publish(pack(t, "cn-bj-office"), date(t, "2026-01-01"))
		o.refuses("population_empty", ask(t, first))
	})
	t.Run("one person is enough", func(t *testing.T) { founded(t).must(ask(t, first)) })
	t.Run("rules", func(t *testing.T) {
		o := founded(t)
		o.refuses("candidate_invalid", ask(t, whatif.Candidate{Ruleset: "cn-bj-office", Version: 2, Hash: mac4711}))
		o.refuses("candidate_invalid", ask(t, whatif.Candidate{Ruleset: "nothing", Version: 1, Hash: mac4711}))
		o.publish(edited(t, "cn-bj-office", "late: {grace: 5m", "late: {grace: 10m"), date(t, "2026-11-02"))
		o.must(ruleset.WithdrawRuleset{Ruleset: "cn-bj-office", Version: 2, Reason: "mistake"})
		o.refuses("candidate_invalid", ask(t, whatif.Candidate{Ruleset: "cn-bj-office", Version: 2, Hash: mac4711}))
		broken := edited(t, "cn-bj-office", "weekly: {mon: D", "weekly: {mon: Z")
		data, err := broken.JSON()
		require.NoError(t, err)
		o.refuses("candidate_invalid", ask(t, whatif.Candidate{Doc: json.RawMessage(data)}))
		o.refuses("lint_failed", ruleset.DraftRuleset{Ruleset: broken.ID, Draft: "d1", Doc: data, ActorID: boss.ID})
		o.refuses("schema_invalid", ruleset.DraftRuleset{Ruleset: broken.ID, Draft: "d1", Doc: []byte(`{"rules": "punchledger/v1", "id": "cn-bj-office", "magic": true}`), ActorID: boss.ID})
	})
}

func TestPunchesAreJudgedByTheDeviceOfEach(t *testing.T) {
	o := settled(t)
	o.must(place.SetTrust{Device: "phone", Level: place.Blocked, Reason: "stolen"})
	mine, theirs := punch(t, "e1", "p1", "2026-10-08T00:58:10Z"), punch(t, "e1", "p2", "2026-10-08T00:59:10Z")
	theirs.Details.Device = "phone"
	none := punch(t, "e1", "p3", "2026-10-08T01:00:10Z")
	none.Details.Device = ""
	r := o.must(timecard.RecordPunches{Punches: []timecard.RecordPunch{mine, theirs, none}})
	var types []string
	for _, e := range r.Events {
		types = append(types, e.Event.EventType())
	}
	require.Equal(t, []string{"PunchAccepted", "PunchRejected", "PunchAccepted"}, types)
	_, err := o.try(timecard.RecordPunches{})
	require.Error(t, err)
}

func TestTheZoneOfAPersonIsTheirOwnThenThatOfTheRulesThenUTC(t *testing.T) {
	o := founded(t)
	d := o.Directory()
	at := instant(t, "2026-10-08T01:00:00Z")
	require.Equal(t, "Asia/Shanghai", d.Zone("e1", at))
	require.Equal(t, "Asia/Shanghai", d.Zone("e1", instant(t, "2026-02-28T17:00:00Z")), "it is 1 March in Shanghai")
	require.Equal(t, "UTC", d.Zone("e1", instant(t, "2026-02-27T17:00:00Z")))
	require.Equal(t, "UTC", d.Zone("e9", at))
	c := hire("e2", "2026-03-01", "office")
	c.Terms.WorkTZ = "America/Los_Angeles"
	o.must(c)
	require.Equal(t, "America/Los_Angeles", d.Zone("e2", at))

	tokyo := "Asia/Tokyo"
	o.must(people.ChangeAssignment{Emp: "e2", EffectiveOn: date(t, "2026-10-09"), Change: people.TermsChange{WorkTZ: &tokyo}})
	require.Equal(t, "America/Los_Angeles", d.Zone("e2", at), "the zone of the day, not of the next")
	require.Equal(t, "Asia/Tokyo", d.Zone("e2", at+86_400_000))

	o.publish(pack(t, "us-ca-hourly"), date(t, "2026-01-01"))
	o.must(people.CreateGroup{Group: "site", Title: "Site"})
	o.must(people.BindRuleset{Group: "site", Ruleset: "us-ca-hourly", From: date(t, "2026-01-01")})
	site := "site"
	o.must(people.ChangeAssignment{Emp: "e1", EffectiveOn: date(t, "2026-10-09"), Change: people.TermsChange{Group: &site}})
	require.Equal(t, "Asia/Shanghai", d.Zone("e1", at))
	require.Equal(t, "America/Los_Angeles", d.Zone("e1", at+86_400_000))

	o.must(people.ChangeAssignment{Emp: "e2", EffectiveOn: date(t, "2026-10-12"), Change: people.TermsChange{Group: &site}})
	require.Equal(t, "Asia/Tokyo", d.Zone("e2", instant(t, "2026-10-20T01:00:00Z")))
	o.publish(edited(t, "us-ca-hourly", "day: {", "day: {zone: rules, "), date(t, "2026-10-19"))
	require.Equal(t, "America/Los_Angeles", d.Zone("e2", instant(t, "2026-10-20T01:00:00Z")), "the rules have one zone for everybody")
	require.Equal(t, "Asia/Tokyo", d.Zone("e2", instant(t, "2026-10-15T01:00:00Z")))
}

func TestWaitingPunchesAreThoseOfNobodyAndOfNoVoidedBatch(t *testing.T) {
	o := founded(t)
	row := func(id, mac, batch string, second int) place.UnknownPunch {
		return place.UnknownPunch{
			Row: id, Badge: "4711", BadgeMAC: mac, ClaimedAt: "2026-10-08T08:58:10", EffectiveAt: o.now + domain.Instant(second*1000), TimeSource: "declared", Dir: "in",
			Batch: batch, Line: 1, Why: "unknown_person",
		}
	}
	other := strings.Repeat("48", 32)
	for _, b := range []string{"b1", "b2"} {
		o.must(place.RecordImportBatch{Batch: b, Device: "gate", FileSHA256: mac4711, FileName: "a.csv", Format: "csv", Zone: "Asia/Shanghai", ReceivedAt: o.now})
	}
	o.must(place.QuarantinePunches{Device: "gate", ReceivedAt: o.now, Rows: []place.UnknownPunch{
		row("r3", mac4711, "b1", 2), row("r2", other, "b1", 1), row("r1", mac4711, "b1", 2), row("r4", mac4711, "b2", 0),
	}})
	waiting := func(mac string) (out []string) {
		for _, p := range o.Directory().Waiting(mac) {
			out = append(out, p.Row)
		}
		return out
	}
	require.Equal(t, []string{"r4", "r2", "r1", "r3"}, waiting(""), "by time, then by row")
	require.Equal(t, []string{"r4", "r1", "r3"}, waiting(mac4711))
	o.must(place.VoidImportBatch{Device: "gate", ReceivedOn: domain.DateOfUnix(o.now.Seconds()), Batch: "b2", Reason: "wrong_file"})
	require.Equal(t, []string{"r1", "r3"}, waiting(mac4711))
	_, ok := o.Directory().Quarantined("r9")
	require.False(t, ok)
	o.must(place.CorrectDeviceClock{Device: "gate", Evidence: "photo", Fix: place.ClockFix{Fix: "f1", Batch: "b1", SeqFrom: 1, SeqTo: 2, OffsetMS: 1000}})
}

func TestIDsAreThoseOfTheCategoryInOrder(t *testing.T) {
	o := settled(t)
	o.must(hire("e2", "2026-03-01", "office"))
	require.Equal(t, []string{"e1", "e2"}, o.Directory().IDs("employee"))
	require.True(t, slices.IsSorted(o.Directory().IDs("device")))
	require.Empty(t, o.Directory().IDs("timecard"), "timecards are not folded")
}

func TestADirectoryThatIsOnlyReadIsThatOfTheLedger(t *testing.T) {
	o := settled(t)
	d, err := ledger.OpenDirectory(t.Context(), o.store, o.codec)
	require.NoError(t, err)
	require.Equal(t, o.Directory().Employee("e1"), d.Employee("e1"))
	require.Equal(t, o.Directory().Zones(), d.Zones())
	o.must(hire("e2", "2026-03-01", "office"))
	require.False(t, d.Employee("e2").Exists())
	require.NoError(t, d.CatchUp(t.Context()))
	require.False(t, d.Employee("e2").Exists(), "it does not know that there is more")
	d.Refresh()
	require.NoError(t, d.CatchUp(t.Context()))
	require.True(t, d.Employee("e2").Exists())
}
