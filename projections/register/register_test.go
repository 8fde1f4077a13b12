package register_test

import (
	"errors"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections/register"
)

// ordinary are the events that are no privileged acts: what people do about themselves, what devices report, what is set up for
// everybody, and what follows from other events.
var ordinary = strings.Fields(`
	LedgerCreated SealKeyRotated OrganisationDescribed PayGroupDefined OrgUnitDefined EmployerRegistered EmployeeRegistered NoticeAcknowledged
	GroupCreated RulesetBound RulesetUnbound ShadowBound ShadowUnbound GroupArchived
	CalendarYearPublished CalendarDayAmended CalendarYearWithdrawn DayTurned
	RulesetDrafted RulesetReviewed RulesetPublished RulesetWithdrawn
	RequestSubmitted RequestResubmitted EvidenceAttached StepDecided RequestEscalated RequestReturned RequestWithdrawn RequestExpired RequestApplied
	SiteOpened SiteRenamed SiteClosed SiteFencesSet SiteNetworksSet SiteCodeSet ImportBatchRecorded OfflineBatchReceived PunchQuarantined
	PunchAppealed PunchIdentified EvidenceStored RecordsRead TraceServed
	PunchAccepted PunchHeld PunchRejected AnomalyAcknowledged DayAttested
	ReplayRequested ReplayCompleted ReplayFailed ReplayDiscarded EngineReleased ZoneDataAdopted`)

// released are the files of all events that there are, by the name of the event.
func released(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../domain/*/testdata/events/*.json")
	require.NoError(t, err)
	out := map[string]string{}
	for _, f := range files {
		name, _, _ := strings.Cut(filepath.Base(f), ".")
		if name != "report_hash" {
			out[name] = f
		}
	}
	require.Greater(t, len(out), 60)
	return out
}

func TestEveryEventIsAPrivilegedActOrOrdinary(t *testing.T) {
	for name := range released(t) {
		_, privileged := register.Of(name)
		require.NotEqual(t, privileged, slices.Contains(ordinary, name),
			"%s: say in register.go what it changes, or in this test that it is ordinary", name)
	}
}

// record returns an event as it lies in the log.
func record(t *testing.T, stream, name string, data []byte, actor domain.ActorKind) eventstore.Record {
	t.Helper()
	return eventstore.Record{Stream: stream, Position: 7, Event: eventstore.Event{
		Type: name, Data: data,
		Metadata: []byte(`{"actor":{"kind":"` + string(actor) + `","id":"boss"},"recorded_at":"2026-10-08T01:00:00.000Z"}`),
	}}
}

func read(records ...eventstore.Record) ([]register.Act, error) {
	var out []register.Act
	for a, err := range register.Read(numbered(records)) {
		if err != nil {
			return out, err
		}
		out = append(out, a)
	}
	return out, nil
}

func numbered(records []eventstore.Record) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func TestEveryPrivilegedActIsListedWithItsSubject(t *testing.T) {
	for name, file := range released(t) {
		touch, privileged := register.Of(name)
		if !privileged {
			continue
		}
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		acts, err := read(record(t, "timecard-emp_7-202610", name, data, domain.ActorHR))
		require.NoError(t, err, name)
		require.Len(t, acts, 1, name)
		require.Equal(t, touch, acts[0].Touches)
		require.Equal(t, domain.Actor{Kind: domain.ActorHR, ID: "boss"}, acts[0].Actor)
		require.NotEmpty(t, acts[0].Subject+acts[0].About, name)
	}
}

func TestAnActSaysWhatTheEventSays(t *testing.T) {
	for _, c := range []struct {
		name, stream, event, data string
		want                      register.Act
	}{
		{
			"a punch that was moved", "timecard-e1-202610", "PunchRetimed",
			`{"emp":"e1","punch":"p1","effective_at":"2026-10-24T08:50:00.250Z","previous_at":"2026-10-24T09:20:00.250Z","reason_code":"forgot"}`,
			register.Act{Subject: "e1", About: "p1", On: "2026-10-24T08:50:00.250Z", Reason: "forgot", Seconds: -1800},
		},
		{
			"a punch that was voided", "timecard-e1-202610", "PunchVoided", `{"emp":"e1","punch":"p1","reason_code":"twice"}`,
			register.Act{Subject: "e1", About: "p1", On: "2026-10", Reason: "twice"},
		},
		{
			"a day that was credited", "timecard-e1-202610", "DayCredited",
			`{"emp":"e1","credit":"c1","date":"2026-10-07","seconds":3600,"code":"REG","reason_code":"training"}`,
			register.Act{Subject: "e1", About: "c1", On: "2026-10-07", Reason: "training", Seconds: 3600},
		},
		{
			"a right", "grant-e1", "AccessGranted", `{"principal":"e1","grant":"g1","role":"hr","purpose":"the office","from":"2026-10-01"}`,
			register.Act{Subject: "e1", About: "g1", On: "2026-10-01", Reason: "the office"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			acts, err := read(record(t, c.stream, c.event, []byte(c.data), domain.ActorHR))
			require.NoError(t, err)
			require.Len(t, acts, 1)
			got := acts[0]
			c.want.Position, c.want.Event, c.want.RecordedAt, c.want.Actor, c.want.Act, c.want.Touches = got.Position, got.Event, got.RecordedAt, got.Actor, got.Act, got.Touches
			require.Equal(t, c.want, got)
			require.Equal(t, "2026-10-08T01:00:00.000Z", got.RecordedAt.String())
		})
	}
}

func TestWhatFollowsByItselfIsNoAct(t *testing.T) {
	data := []byte(`{"emp":"e1","punch":"p1","reason_code":"clock"}`)
	acts, err := read(record(t, "timecard-e1-202610", "PunchVoided", data, domain.ActorSystem),
		record(t, "timecard-e1-202610", "PunchAdded", data, domain.ActorDevice), record(t, "timecard-e1-202610", "PunchAccepted", data, domain.ActorHR))
	require.NoError(t, err)
	require.Empty(t, acts)
}

func TestADamagedLogIsSaid(t *testing.T) {
	_, err := read(record(t, "timecard-e1-202610", "PunchVoided", []byte(`{`), domain.ActorHR))
	require.ErrorContains(t, err, "event 7")
	broken := errors.New("broken")
	for _, err := range register.Read(func(yield func(eventstore.Record, error) bool) { yield(eventstore.Record{}, broken) }) {
		require.ErrorIs(t, err, broken)
	}
}

func TestGainedAndLostAreAddedUpByThemselves(t *testing.T) {
	on := func(day int, code string) register.PaidKey {
		return register.PaidKey{Date: domain.NewDate(2026, 10, day), Code: code}
	}
	before := register.Paid{on(7, "REG"): 28800, on(8, "REG"): 3600, on(9, "REG"): 60}
	after := register.Paid{on(7, "REG"): 27000, on(8, "REG"): 3600, on(8, "ANNUAL"): 7200, on(9, "REG"): 60}
	require.Equal(t, register.Effect{Gained: 7200, Lost: 1800, Changes: []register.Change{
		{Date: domain.NewDate(2026, 10, 7), Code: "REG", Before: 28800, After: 27000},
		{Date: domain.NewDate(2026, 10, 8), Code: "ANNUAL", Before: 0, After: 7200},
	}}, register.Between(before, after))
	require.Zero(t, register.Between(before, before))
}

func TestAnActEndsWithWhatFollowedFromIt(t *testing.T) {
	event := func(position eventstore.Position, cause uuid.UUID, kind domain.ActorKind) eventstore.Record {
		r := record(t, "timecard-e1-202610", "PunchAdded", nil, kind)
		r.Position, r.ID = position, uuid.NewSHA1(uuid.Nil, []byte{byte(position)})
		r.Metadata = []byte(`{"$causationId":"` + cause.String() + `","actor":{"kind":"` + string(kind) + `","id":"x"},"recorded_at":"2026-10-08T01:00:00.000Z"}`)
		return r
	}
	act := event(1, uuid.Nil, domain.ActorHR)
	added := event(3, act.ID, domain.ActorSystem)
	log := []eventstore.Record{
		act, event(2, uuid.Nil, domain.ActorHR), added, event(4, added.ID, domain.ActorSystem), event(5, act.ID, domain.ActorHR),
		event(6, uuid.Nil, domain.ActorSystem),
	}
	ends, err := register.Ends(numbered(log), []register.Act{{Position: 1, Event: act.ID.String()}, {Position: 2, Event: log[1].ID.String()}})
	require.NoError(t, err)
	require.Equal(t, map[eventstore.Position]eventstore.Position{1: 4, 2: 2}, ends)
}

func TestActsAreAddedUpByWhoAndWhat(t *testing.T) {
	acts := []register.Act{
		{Actor: domain.Actor{ID: "hana"}, Act: "PunchRetimed", Touches: register.Pay, Subject: "e1", Seconds: -600, Effect: &register.Effect{Gained: 600}},
		{Actor: domain.Actor{ID: "hana"}, Act: "PunchRetimed", Touches: register.Pay, Subject: "e1", Seconds: 60, Effect: &register.Effect{Lost: 60}},
		{Actor: domain.Actor{ID: "boss"}, Act: "AccessGranted", Touches: register.Rights, Subject: "hana"},
	}
	got, err := register.Totals(func(yield func(register.Act, error) bool) {
		for _, a := range acts {
			if !yield(a, nil) {
				return
			}
		}
	})
	require.NoError(t, err)
	require.Equal(t, []register.Total{
		{Actor: "boss", Act: "AccessGranted", Touches: register.Rights, Count: 1, People: 1},
		{Actor: "hana", Act: "PunchRetimed", Touches: register.Pay, Count: 2, People: 1, More: 60, Less: -600, Gained: 600, Lost: 60},
	}, got)
}
