package attendance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

// scene is a person under one ruleset, whose facts a test changes at will.
type scene struct {
	t     *testing.T
	rules *ruleset.Rules
	book  *attendance.Rulebook
	facts *attendance.Facts
}

func newScene(t *testing.T, id string, changes ...string) *scene {
	t.Helper()
	r := pack(t, id, changes...)
	v := &vector{Rules: id}
	return &scene{t, r, bookOf(t, r), facts(t, v, zoneOf(t, r.Doc.Timezone))}
}

// punch adds punches given as in a vector, with the state Counted.
func (s *scene) punch(list ...string) *scene {
	s.t.Helper()
	v := &vector{Rules: s.rules.Doc.ID}
	v.Punches = list
	s.facts.Punches = append(s.facts.Punches, facts(s.t, v, zoneOf(s.t, s.rules.Doc.Timezone)).Punches...)
	return s
}

func (s *scene) approve(kind, from, to string) *scene {
	z := zoneOf(s.t, s.rules.Doc.Timezone)
	s.facts.Approvals = append(s.facts.Approvals, attendance.Approval{
		Request: "r-" + kind, Kind: kind, From: instant(s.t, z, from), To: instant(s.t, z, to), Event: "a-" + kind,
	})
	return s
}

// day evaluates from a week before the date on and returns the day of the date.
func (s *scene) day(on string) attendance.Day {
	s.t.Helper()
	d := date(s.t, on)
	var out attendance.Day
	err := attendance.Evaluate(s.book, s.facts, d-7, d+1, attendance.Carry{}, func(day *attendance.Day, _ *attendance.Carry) bool {
		out = day.Clone()
		return true
	})
	require.NoError(s.t, err)
	require.Equal(s.t, d, out.Date)
	trace, err := attendance.Explain(s.book, s.facts, d, attendance.Carry{})
	require.NoError(s.t, err)
	checkTrace(s.t, trace)
	return out
}

func seconds(d attendance.Day) map[string]string {
	out := map[string]string{}
	sums := map[string]domain.Seconds{}
	for _, r := range d.Rows {
		sums[r.Code] += r.Seconds
		out[r.Code] = hm(sums[r.Code])
	}
	return out
}

func rates(d attendance.Day) map[string]string {
	out := map[string]string{}
	for _, r := range d.Rows {
		out[r.Code] = r.Rate
	}
	return out
}

func anomalies(d attendance.Day) []string {
	out := []string{}
	for i := range d.Anomalies {
		out = append(out, d.Anomalies[i].Key())
	}
	return out
}

func TestAHeldPunchMakesTheDayPendingAndNobodyAbsent(t *testing.T) {
	s := newScene(t, "cn-bj-office").punch("2026-10-08T09:00 in")
	s.facts.Punches[0].State = attendance.Held
	s.facts.Punches[0].Reasons = []string{"proof_missing"}
	d := s.day("2026-10-08")
	require.True(t, d.Pending)
	require.Empty(t, d.Flags)
	require.Equal(t, []string{"punch.held:p01"}, anomalies(d))
	require.Equal(t, 1, d.Rows[0].Count)
	require.Equal(t, "x.held", d.Rows[0].Code)
}

func TestAbsenceWaitsUntilTheDayIsOver(t *testing.T) {
	s := newScene(t, "cn-bj-office")
	s.book.Turned["Asia/Shanghai"] = date(t, "2026-10-08")
	require.Empty(t, s.day("2026-10-08").Flags, "the window ends at 05:00 of the 9th, which is not over")
	s.book.Turned["Asia/Shanghai"] = date(t, "2026-10-09")
	d := s.day("2026-10-08")
	require.Equal(t, []string{"absent"}, d.Flags)
	require.Equal(t, 1000, d.Rows[0].Days)
	require.True(t, d.Anomalies[0].Block)
}

func TestADateWithoutVersionGivesADayThatSaysSo(t *testing.T) {
	s := newScene(t, "cn-bj-office").punch("2026-10-08T09:00 in")
	s.book.Groups["cn-bj-office"][0].From = date(t, "2026-10-09")
	d := s.day("2026-10-08")
	require.Equal(t, []string{"rules.none"}, anomalies(d))
	require.Equal(t, "critical", d.Anomalies[0].Severity)
	require.NotEmpty(t, d.ResultHash)
}

func TestDatesOutsideEmploymentGiveNoDay(t *testing.T) {
	s := newScene(t, "cn-bj-office")
	s.facts.Employment = []attendance.Employment{{From: date(t, "2026-10-08"), Last: date(t, "2026-10-09")}, {From: date(t, "2026-10-12")}}
	var got []string
	require.NoError(t, attendance.Evaluate(s.book, s.facts, date(t, "2026-10-06"), date(t, "2026-10-14"), attendance.Carry{},
		func(d *attendance.Day, _ *attendance.Carry) bool {
			got = append(got, d.Date.String())
			return true
		}))
	require.Equal(t, []string{"2026-10-08", "2026-10-09", "2026-10-12", "2026-10-13"}, got)
	_, err := attendance.Explain(s.book, s.facts, date(t, "2026-10-10"), attendance.Carry{})
	require.ErrorIs(t, err, &domain.Error{Code: "not_employed"})
}

func TestOfVersionsTheLatestStartGovernsAndSumsRunOn(t *testing.T) {
	s := newScene(t, "us-ca-hourly")
	lower := pack(t, "us-ca-hourly", "over: 40h", "over: 20h")
	list := s.book.Rulesets["us-ca-hourly"]
	s.book.Rulesets["us-ca-hourly"] = append(list, attendance.Version{Rules: lower, Number: 2, From: date(t, "2026-06-04")})
	s.punch("2026-06-01T08:00 in", "2026-06-01T12:00 out", "2026-06-01T12:30 in", "2026-06-01T16:30 out").
		punch("2026-06-02T08:00 in", "2026-06-02T12:00 out", "2026-06-02T12:30 in", "2026-06-02T16:30 out").
		punch("2026-06-04T08:00 in", "2026-06-04T12:00 out", "2026-06-04T12:30 in", "2026-06-04T16:30 out")
	require.Equal(t, map[string]string{"REG": "8:00"}, seconds(s.day("2026-06-02")))
	require.Equal(t, map[string]string{"REG": "4:00", "OT": "4:00"}, seconds(s.day("2026-06-04")))
	require.Equal(t, 2, s.day("2026-06-04").Pins.Version)
}

func TestAPersonWithoutPunchesCountsAsPlanned(t *testing.T) {
	s := newScene(t, "cn-bj-office").approve("leave", "2026-10-09T13:00", "2026-10-09T18:00")
	s.facts.Assignments[0].NoPunches = true
	s.facts.Approvals[0].Type = "annual"
	d := s.day("2026-10-08")
	require.Equal(t, map[string]string{"REG": "8:00"}, seconds(d))
	require.Equal(t, 1000, d.Attended)
	require.Equal(t, map[string]string{"REG": "3:00", "LEAVE_ANNUAL": "5:00"}, seconds(s.day("2026-10-09")))
}

func TestAPriorSwapMovesPlansAndOneAfterwardsOnlyGivesRest(t *testing.T) {
	s := newScene(t, "cn-bj-office")
	s.facts.Swaps = []attendance.Swap{{WorkDate: date(t, "2026-10-17"), RestDate: date(t, "2026-10-19"), Kind: "prior"}}
	require.Equal(t, schedule.Work, s.day("2026-10-17").Kind)
	require.Equal(t, []string{"absent"}, s.day("2026-10-17").Flags)
	require.Equal(t, schedule.Rest, s.day("2026-10-19").Kind)
	s.facts.Swaps[0].Kind = "after"
	require.Equal(t, schedule.Rest, s.day("2026-10-17").Kind)
	require.Equal(t, schedule.Rest, s.day("2026-10-19").Kind)
}

func TestASwapMovesOrdinaryDaysOnly(t *testing.T) {
	s := newScene(t, "cn-bj-office")
	s.facts.Swaps = []attendance.Swap{{WorkDate: date(t, "2026-10-01"), RestDate: date(t, "2026-10-08"), Kind: "prior"}}
	require.Equal(t, schedule.Statutory, s.day("2026-10-01").Kind)
	require.Empty(t, s.day("2026-10-01").Shift)
}

func TestAHalfDayOfTheCalendarExcusesTheAfternoon(t *testing.T) {
	s := newScene(t, "cn-bj-office").punch("2026-10-08T09:00 in", "2026-10-08T14:00 out")
	year := s.book.Calendars["cn-mainland"].Years[2026]
	year.Days = []schedule.CalendarDay{{Date: date(t, "2026-10-08"), Kind: schedule.Special, Portion: "half", Tags: []string{"f"}}}
	s.book.Calendars["cn-mainland"] = &schedule.Calendar{ID: "cn-mainland", Years: map[int]schedule.CalendarYear{2026: year}}
	require.Equal(t, []string{"early_leave"}, s.day("2026-10-08").Flags, "without the tag it is a day like any other")
	s.facts.Assignments[0].Tags = []string{"f"}
	require.Empty(t, s.day("2026-10-08").Flags)
	require.Equal(t, schedule.Special, s.day("2026-10-08").Kind)
}

func TestTheCalendarIsThatOfThePlaceOfWork(t *testing.T) {
	s := newScene(t, "cn-bj-office")
	jp, ok := ruleset.Calendar("jp")
	require.True(t, ok)
	s.book.Calendars["jp"] = jp
	s.book.Sites["tokyo"] = attendance.Site{Zone: "Asia/Tokyo", Calendar: "jp"}
	s.facts.Roster = []attendance.RosterDay{{Date: date(t, "2026-11-23"), Shift: "D", Site: "tokyo"}}
	d := s.day("2026-11-23")
	require.Equal(t, schedule.Holiday, d.Kind)
	require.Equal(t, "Asia/Tokyo", d.Zone)
	require.Equal(t, "D", d.Shift)
}

func TestAnUnknownRosteredShiftBlocksAndTheWeekPlansInstead(t *testing.T) {
	s := newScene(t, "cn-bj-office").punch("2026-10-08T09:00 in", "2026-10-08T18:00 out")
	s.facts.Roster = []attendance.RosterDay{{Date: date(t, "2026-10-08"), Shift: "Q"}}
	d := s.day("2026-10-08")
	require.Equal(t, []string{"roster.unknown_shift:Q"}, anomalies(d))
	require.True(t, d.Anomalies[0].Block)
	require.Equal(t, map[string]string{"REG": "8:00"}, seconds(d))
}

func TestAYearThatIsNotPublishedBlocksTheClose(t *testing.T) {
	s := newScene(t, "cn-bj-office")
	delete(s.book.Calendars, "cn-mainland")
	require.Equal(t, []string{"absent", "calendar.provisional:cn-mainland"}, anomalies(s.day("2026-10-08")))
}

func TestWaiversChangeTheStateAndTheAnomalyStays(t *testing.T) {
	s := newScene(t, "cn-bj-office")
	s.facts.Waivers = []attendance.Waiver{{Date: date(t, "2026-10-08"), Key: "absent", Ack: true}}
	require.Equal(t, "acknowledged", s.day("2026-10-08").Anomalies[0].State)
	s.facts.Waivers = append(s.facts.Waivers, attendance.Waiver{Date: date(t, "2026-10-08"), Key: "absent"})
	require.Equal(t, "waived", s.day("2026-10-08").Anomalies[0].State)
	s.facts.Waivers[1].Until = date(t, "2026-11-01")
	require.Equal(t, "acknowledged", s.day("2026-10-08").Anomalies[0].State, "the waiver has ended")
	s.facts.Disputed = []domain.Date{date(t, "2026-10-08")}
	require.Equal(t, []string{"absent", "day.disputed"}, anomalies(s.day("2026-10-08")))
}

func TestADayWithoutRulesCanBeSettledToo(t *testing.T) {
	s := newScene(t, "cn-bj-office")
	s.book.Groups = nil
	s.facts.Waivers = []attendance.Waiver{{Date: date(t, "2026-10-08"), Key: "rules.none", Ack: true}}
	require.Equal(t, "acknowledged", s.day("2026-10-08").Anomalies[0].State)
	s.facts.Waivers = []attendance.Waiver{{Date: date(t, "2026-10-08"), Key: "rules.none", Until: date(t, "2026-10-20")}}
	s.book.Turned = map[string]domain.Date{"UTC": date(t, "2026-10-19")}
	require.Equal(t, "waived", s.day("2026-10-08").Anomalies[0].State)
	s.book.Turned = map[string]domain.Date{"UTC": date(t, "2026-10-20")}
	require.Equal(t, "open", s.day("2026-10-08").Anomalies[0].State, "the waiver has ended")
}

func TestCreditsCountWithTheirCode(t *testing.T) {
	s := newScene(t, "cn-bj-office").punch("2026-10-08T13:00 in", "2026-10-08T18:00 out")
	z := zoneOf(t, "Asia/Shanghai")
	s.facts.Credits = []attendance.Credit{{
		ID: "c1", Date: date(t, "2026-10-08"), From: instant(t, z, "2026-10-08T09:00"), To: instant(t, z, "2026-10-08T12:00"), Event: "granted",
	}}
	d := s.day("2026-10-08")
	require.Equal(t, "8:00", seconds(d)["REG"])
	s.facts.Credits = []attendance.Credit{
		{ID: "c1", Date: date(t, "2026-10-08"), Seconds: domain.Hour, Code: "OT_200"},
		{ID: "c2", Date: date(t, "2026-10-08"), Seconds: domain.Hour, Code: "LEAVE_SICK"},
	}
	got := seconds(s.day("2026-10-08"))
	require.Equal(t, "5:00", got["REG"])
	require.Equal(t, "1:00", got["OT_200"])
	require.Equal(t, "1:00", got["LEAVE_SICK"])
}

func TestHashesCoverFactsAndNeitherPositionsNorTheEngine(t *testing.T) {
	s := newScene(t, "cn-bj-office").punch("2026-10-08T09:00 in", "2026-10-08T18:00 out")
	before := s.day("2026-10-08")
	s.book.Engine = "another"
	for i := range s.facts.Punches {
		s.facts.Punches[i].Position += 1000
	}
	same := s.day("2026-10-08")
	require.Equal(t, before.InputHash, same.InputHash)
	require.Equal(t, before.ResultHash, same.ResultHash)
	s.facts.Punches[0].At -= 600
	other := s.day("2026-10-08")
	require.NotEqual(t, before.InputHash, other.InputHash)
	require.NotEqual(t, before.ResultHash, other.ResultHash)
	relaxed := newScene(t, "cn-bj-office", "grace: 5m", "grace: 9m")
	relaxed.facts, relaxed.book.Engine = s.facts, "another"
	again := relaxed.day("2026-10-08")
	require.NotEqual(t, other.InputHash, again.InputHash, "other rules are another input")
	require.Equal(t, other.ResultHash, again.ResultHash, "which may come to the same")
}

func TestClockTroubleIsAnomalous(t *testing.T) {
	s := newScene(t, "cn-bj-office").punch("2026-10-08T09:00 in", "2026-10-08T18:00 out")
	s.facts.Punches[0].Received = s.facts.Punches[0].At + 40*domain.Hour
	s.facts.Punches[1].Received = s.facts.Punches[1].At - domain.Hour
	s.facts.Punches[1].TimeSource = "wall_claimed"
	require.Equal(t, []string{"punch.late_arrival:p01", "time.future:p02", "time.wall_only:p02"}, anomalies(s.day("2026-10-08")))
}

func TestDimensionsKeepRowsApart(t *testing.T) {
	s := newScene(t, "flex-open").punch("2026-06-10T08:00", "2026-06-10T12:00", "2026-06-10T13:00", "2026-06-10T17:00")
	s.facts.Assignments[0].Cost = "4711"
	s.facts.Punches[0].Place, s.facts.Punches[2].Place, s.facts.Punches[2].Job = "office", "remote", "j1"
	d := s.day("2026-06-10")
	require.Len(t, d.Rows, 2)
	require.Equal(t, attendance.Dims{Cost: "4711", Place: "office"}, d.Rows[0].Dims)
	require.Equal(t, attendance.Dims{Cost: "4711", Place: "remote", Job: "j1"}, d.Rows[1].Dims)
	require.Equal(t, []string{"ev01", "ev02"}, d.Rows[0].Sources)
	require.Equal(t, []int{1}, d.Rows[0].Segments)
}
