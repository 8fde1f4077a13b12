package timecard_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/timecard"
)

type (
	Case   = decidertest.Case[timecard.Command, timecard.Facts, timecard.Event]
	Events = []timecard.Event
)

const (
	emp = "emp_7"
	hr  = "emp_2"
	sum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)

var (
	date   = domain.NewDate(2026, 10, 20)
	noon   = (date.Unix() + 12*domain.Hour).Instant()
	card   = timecard.CardAt(emp, noon)
	ground = timecard.Grounds{ReasonCode: "forgot_to_punch"}
)

func details(punch string, at domain.Instant) timecard.PunchDetails {
	return timecard.PunchDetails{
		Emp: emp, Punch: punch, Dir: timecard.In, ClaimedAt: "2026-10-20T12:00:00", ReceivedAt: at + 500, EffectiveAt: at,
		TimeSource: timecard.Monotonic, Channel: timecard.ChannelApp, Place: timecard.PlaceUnknown,
	}
}

func with(d timecard.PunchDetails, change func(*timecard.PunchDetails)) timecard.PunchDetails {
	change(&d)
	return d
}

func reasons(d timecard.PunchDetails, r ...string) timecard.PunchDetails {
	d.Reasons = r
	return d
}

func intake(punch string, in timecard.Intake) timecard.Facts {
	return timecard.Facts{Intake: map[string]timecard.Intake{punch: in}}
}

func record(d timecard.PunchDetails) timecard.RecordPunch {
	return timecard.RecordPunch{Details: d, MaxSkew: domain.Minute}
}

func run(t *testing.T, cases []Case) {
	t.Helper()
	decidertest.Run(t, timecard.Decide, timecard.Evolve, cases)
}

func TestRecordPunch(t *testing.T) {
	d := details("p1", noon)
	near := details("p2", noon+900)
	ahead := with(d, func(d *timecard.PunchDetails) { d.ReceivedAt = noon - domain.Hour.Instant() })
	run(t, []Case{
		{Name: "a good punch is accepted", When: record(d), Then: Events{timecard.PunchAccepted{d}}},
		{
			Name: "a place that nobody judged is unknown",
			When: record(with(d, func(d *timecard.PunchDetails) { d.Place = "" })),
			Then: Events{timecard.PunchAccepted{d}},
		},
		{
			Name: "a punch of somebody who is not employed is rejected, not lost",
			When: record(d), Facts: intake("p1", timecard.Intake{NotEmployed: true}),
			Then: Events{timecard.PunchRejected{reasons(d, "not_employed")}},
		},
		{
			Name: "a punch from a blocked device is rejected",
			When: record(d), Facts: intake("p1", timecard.Intake{DeviceBlocked: true}),
			Then: Events{timecard.PunchRejected{reasons(d, "device_blocked")}},
		},
		{
			Name: "the intake policy holds a punch, with its case, place and reasons",
			When: record(d),
			Facts: intake("p1", timecard.Intake{Verdict: timecard.Verdict{
				Outcome: timecard.Hold, Place: timecard.PlaceField, RuleCase: "/intake/otherwise/1", Reasons: []string{"proof_missing"},
			}}),
			Then: Events{timecard.PunchHeld{with(reasons(d, "proof_missing"), func(d *timecard.PunchDetails) {
				d.Place, d.RuleCase = timecard.PlaceField, "/intake/otherwise/1"
			})}},
		},
		{
			Name: "the intake policy rejects a punch",
			When: record(d), Facts: intake("p1", timecard.Intake{Verdict: timecard.Verdict{Outcome: timecard.Reject, Reasons: []string{"place.outside"}}}),
			Then: Events{timecard.PunchRejected{reasons(d, "place.outside")}},
		},
		{
			Name: "a punch from the future is held", When: record(ahead),
			Then: Events{timecard.PunchHeld{reasons(ahead, "time_in_future")}},
		},
		{
			Name:  "the same direction within a second is accepted as a duplicate",
			Given: Events{timecard.PunchAccepted{d}},
			When:  record(near), Then: Events{timecard.PunchAccepted{reasons(near, "duplicate")}},
		},
		{
			Name: "a duplicate in the neighbouring month is flagged as well",
			When: record(d), Facts: intake("p1", timecard.Intake{Duplicate: true}),
			Then: Events{timecard.PunchAccepted{reasons(d, "duplicate")}},
		},
		{
			Name:  "another direction within a second is no duplicate",
			Given: Events{timecard.PunchAccepted{d}},
			When:  record(with(near, func(d *timecard.PunchDetails) { d.Dir = timecard.Out })),
			Then:  Events{timecard.PunchAccepted{with(near, func(d *timecard.PunchDetails) { d.Dir = timecard.Out })}},
		},
		{
			Name:  "a punch beside a voided one is no duplicate",
			Given: Events{timecard.PunchAccepted{d}, timecard.PunchVoided{Emp: emp, Punch: "p1", Grounds: ground}},
			When:  record(near), Then: Events{timecard.PunchAccepted{near}},
		},
		{Name: "a punch that is recorded already adds nothing", Given: Events{timecard.PunchHeld{d}}, When: record(d)},
	})
}

func TestRecordPunchRefusesWhatCannotBeStored(t *testing.T) {
	d := details("p1", noon)
	for name, change := range map[string]func(*timecard.PunchDetails){
		"an employee id with a dash":          func(d *timecard.PunchDetails) { d.Emp = "emp-7" },
		"a punch without id":                  func(d *timecard.PunchDetails) { d.Punch = "" },
		"an unknown direction":                func(d *timecard.PunchDetails) { d.Dir = "sideways" },
		"a wall clock with a zone":            func(d *timecard.PunchDetails) { d.ClaimedAt = "2026-10-20T12:00:00Z" },
		"an offset of more than a day":        func(d *timecard.PunchDetails) { d.ClaimedOffset = 90000 },
		"no time of receipt":                  func(d *timecard.PunchDetails) { d.ReceivedAt = 0 },
		"an unknown time source":              func(d *timecard.PunchDetails) { d.TimeSource = "guess" },
		"an unknown channel":                  func(d *timecard.PunchDetails) { d.Channel = "pigeon" },
		"an unknown place":                    func(d *timecard.PunchDetails) { d.Place = "moon" },
		"bounds that cross":                   func(d *timecard.PunchDetails) { d.NotBefore, d.NotAfter = noon+1, noon },
		"a cost centre with a line break":     func(d *timecard.PunchDetails) { d.Cost = "a\nb" },
		"a job longer than 64 bytes":          func(d *timecard.PunchDetails) { d.Job = sum + "0" },
		"a reason that is a sentence":         func(d *timecard.PunchDetails) { d.Reasons = []string{"Too late!"} },
		"an unknown fence verdict":            func(d *timecard.PunchDetails) { d.Facts.InFence = "maybe" },
		"a location sealed under text":        func(d *timecard.PunchDetails) { d.Sealed.Location = domain.NewSecret(domain.ClassText, "x") },
		"a proof with a score over a hundred": func(d *timecard.PunchDetails) { d.Facts.Proofs = []timecard.Proof{{Proof: "face", Score: 101}} },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := timecard.Decide(timecard.State{}, record(with(d, change)), timecard.Facts{})
			require.Equal(t, "invalid_field", decidertest.Code(err))
		})
	}
}

func TestRecordPunches(t *testing.T) {
	a, b := details("p1", noon), details("p2", noon+domain.Hour.Instant())
	twin := details("p3", noon)
	november := details("p9", domain.NewDate(2026, 11, 2).Unix().Instant())
	batched := with(a, func(d *timecard.PunchDetails) { d.Batch = "b1" })
	run(t, []Case{
		{
			Name: "every line of an import has a verdict of its own",
			When: timecard.RecordPunches{Punches: []timecard.RecordPunch{record(a), record(b), record(twin)}},
			Facts: timecard.Facts{Intake: map[string]timecard.Intake{
				"p2": {Verdict: timecard.Verdict{Outcome: timecard.Hold, Reasons: []string{"proof_missing"}}},
			}},
			Then: Events{
				timecard.PunchAccepted{a},
				timecard.PunchHeld{reasons(b, "proof_missing")},
				timecard.PunchAccepted{reasons(twin, "duplicate")},
			},
		},
		{
			Name:  "lines that the timecard holds add nothing",
			Given: Events{timecard.PunchAccepted{a}},
			When:  timecard.RecordPunches{Punches: []timecard.RecordPunch{record(a), record(b)}},
			Then:  Events{timecard.PunchAccepted{b}},
		},
		{
			Name: "a line that stands twice in a file is recorded once",
			When: timecard.RecordPunches{Punches: []timecard.RecordPunch{record(a), record(a)}},
			Then: Events{timecard.PunchAccepted{a}},
		},
		{
			Name: "a line that was voided with its import can be imported again",
			Given: Events{
				timecard.PunchAccepted{batched},
				timecard.PunchVoided{Emp: emp, Punch: "p1", Grounds: ground, Batch: "b1"},
			},
			When: timecard.RecordPunches{Punches: []timecard.RecordPunch{record(a)}},
			Then: Events{timecard.PunchAccepted{a}},
		},
		{
			Name:  "a line that was voided by itself stays voided",
			Given: Events{timecard.PunchAccepted{a}, timecard.PunchVoided{Emp: emp, Punch: "p1", Grounds: ground}},
			When:  timecard.RecordPunches{Punches: []timecard.RecordPunch{record(a)}},
		},
		{Name: "an empty batch is refused", When: timecard.RecordPunches{}, Err: "batch_size"},
		{
			Name: "a batch of more than 500 is refused",
			When: timecard.RecordPunches{Punches: make([]timecard.RecordPunch, timecard.MaxPunches+1)}, Err: "batch_size",
		},
		{
			Name: "a batch over two timecards is refused",
			When: timecard.RecordPunches{Punches: []timecard.RecordPunch{record(a), record(november)}}, Err: "invalid_field",
		},
	})
}

func TestSettlingPunches(t *testing.T) {
	d := details("p1", noon)
	held, rejected := Events{timecard.PunchHeld{d}}, Events{timecard.PunchRejected{d}}
	run(t, []Case{
		{
			Name: "a manager releases a held punch", Given: held,
			When: timecard.ReleasePunch{card, "p1", "seen_on_site", hr, nil},
			Then: Events{timecard.PunchReleased{emp, "p1", "seen_on_site", nil}},
		},
		{
			Name: "a manager refuses a held punch", Given: held,
			When: timecard.RefusePunch{card, "p1", "not_on_site", hr},
			Then: Events{timecard.PunchRefused{emp, "p1", "not_on_site"}},
		},
		{
			Name: "a rejected punch is admitted after all", Given: rejected,
			When: timecard.AdmitPunch{card, "p1", "phone_was_replaced", hr, nil},
			Then: Events{timecard.PunchAdmitted{emp, "p1", "phone_was_replaced", nil}},
		},
		{Name: "a rejected punch cannot be released", Given: rejected, When: timecard.ReleasePunch{card, "p1", "x", hr, nil}, Err: "not_held"},
		{
			Name: "a punch cannot be refused twice", Given: append(held, timecard.PunchRefused{emp, "p1", "x"}),
			When: timecard.RefusePunch{card, "p1", "x", hr}, Err: "not_held",
		},
		{Name: "a held punch cannot be admitted", Given: held, When: timecard.AdmitPunch{card, "p1", "x", hr, nil}, Err: "not_rejected"},
		{Name: "nobody releases their own punch", Given: held, When: timecard.ReleasePunch{card, "p1", "x", emp, nil}, Err: "self_approval"},
		{Name: "nobody admits their own punch", Given: rejected, When: timecard.AdmitPunch{card, "p1", "x", emp, nil}, Err: "self_approval"},
		{Name: "an unknown punch cannot be released", When: timecard.ReleasePunch{card, "p1", "x", hr, nil}, Err: "unknown_punch"},
		{Name: "a release names its reason", Given: held, When: timecard.ReleasePunch{card, "p1", "", hr, nil}, Err: "invalid_field"},
		{
			Name: "a release names a month", Given: held,
			When: timecard.ReleasePunch{timecard.Card{Emp: emp, Month: "2026-10"}, "p1", "x", hr, nil}, Err: "invalid_field",
		},
	})
}

func TestFixtures(t *testing.T) {
	decidertest.Fixtures(t, os.DirFS("testdata/events"), timecard.Events())
}

func TestStreams(t *testing.T) {
	monthEnd := (domain.NewDate(2026, 11, 1).Unix() - 1).Instant()
	require.Equal(t, "timecard-emp_7-202610", record(details("p1", monthEnd)).Stream())
	require.Equal(t, "timecard-emp_7-202611", record(details("p1", monthEnd+1000)).Stream())
	require.Equal(t, "timecard-emp_7-202610", timecard.CreditDay{Emp: emp, Date: date}.Stream())
	require.Equal(t, "timecard-emp_7-202610", timecard.VoidPunch{Card: card}.Stream())
	require.Empty(t, timecard.RecordPunches{}.Stream())
}
