package timecard_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/timecard"
)

func TestStateTellsWhatHappenedToAPunch(t *testing.T) {
	d := details("p1", noon)
	d.Facts.Site, d.Job, d.Batch = "plant-2", "job-1", "b1"
	s := decidertest.Fold(timecard.Evolve, Events{
		timecard.PunchHeld{d},
		timecard.PunchReleased{emp, "p1", "seen_on_site", nil},
		timecard.PunchRetimed{Emp: emp, Punch: "p1", EffectiveAt: noon + 1000, PreviousAt: noon, Grounds: ground},
		timecard.PunchRedirected{Emp: emp, Punch: "p1", Dir: timecard.Out, Grounds: ground},
	}...)
	require.Equal(t, &timecard.Punch{
		ID: "p1", State: timecard.Counted, RecordedAs: "PunchHeld", EffectiveAt: noon + 1000, FirstAt: noon, Dir: timecard.Out,
		ReceivedAt: noon + 500, TimeSource: timecard.Monotonic, Place: timecard.PlaceUnknown, Site: "plant-2", Job: "job-1", Batch: "b1",
		History: []string{"PunchReleased", "PunchRetimed", "PunchRedirected"},
	}, s.Punch("p1"))
	require.Nil(t, s.Punch("p2"))
	require.Empty(t, s.Held())
}

func TestALineVoidedWithItsImportIsNotHeldUntilItIsImportedAgain(t *testing.T) {
	d := details("p1", noon)
	d.Batch = "b1"
	recorded := decidertest.Fold(timecard.Evolve, timecard.Event(timecard.PunchAccepted{d}))
	voided := timecard.Evolve(recorded, timecard.PunchVoided{Emp: emp, Punch: "p1", Grounds: ground, Batch: "b1"})
	d.Batch = "b2"
	again := timecard.Evolve(voided, timecard.PunchAccepted{d})
	require.Equal(t, []bool{true, false, true}, []bool{recorded.Has("p1"), voided.Has("p1"), again.Has("p1")})
	require.Equal(t, 1, again.Punches.Len())
	require.Equal(t, "b2", again.Punch("p1").Batch)
	require.Equal(t, []string{"PunchVoided", "PunchAccepted"}, again.Punch("p1").History)
}

func TestDisputedDatesAreThoseOfTheLastWord(t *testing.T) {
	say := func(d domain.Date, s timecard.Statement) timecard.Event {
		return timecard.DayAttested{Emp: emp, Date: d, ResultHash: sum, Statement: s}
	}
	s := decidertest.Fold(timecard.Evolve, say(date, timecard.Dispute), say(date+1, timecard.Dispute), say(date, timecard.Agree))
	require.Equal(t, []domain.Date{date + 1}, s.Disputed())
}

func TestUnknownFactsAreLeftOutOfTheStoredPunch(t *testing.T) {
	d := details("p1", noon)
	d.Facts.Mock = timecard.TriOf(false)
	data, err := json.Marshal(timecard.PunchAccepted{d})
	require.NoError(t, err)
	require.JSONEq(t, `{"emp":"emp_7","punch":"p1","dir":"in","claimed_at":"2026-10-20T12:00:00","claimed_offset":0,
		"received_at":"2026-10-20T12:00:00.500Z","effective_at":"2026-10-20T12:00:00.000Z","time_source":"monotonic",
		"channel":"app","place":"unknown","facts":{"mock":false}}`, string(data))
	var back timecard.PunchAccepted
	require.NoError(t, json.Unmarshal(data, &back))
	require.Equal(t, d, back.PunchDetails)
}

func TestALongMonthKeepsItsOrder(t *testing.T) {
	var events Events
	var want []string
	for i := range 40 {
		id := fmt.Sprintf("p%02d", i)
		want = append(want, id)
		events = append(events, timecard.PunchHeld{details(id, noon+domain.Instant(i)*60000)})
	}
	events = append(events, timecard.PunchReleased{emp, "p02", "x", nil}, timecard.PunchReleased{emp, "p39", "x", nil},
		timecard.PunchAdded{Emp: emp, Punch: "p40", EffectiveAt: noon, Dir: timecard.Out, Grounds: ground})
	s := decidertest.Fold(timecard.Evolve, events...)
	var got []string
	for p := range s.Punches.All() {
		got = append(got, p.ID)
	}
	require.Equal(t, append(want, "p40"), got)
	require.Len(t, s.Held(), 38)
	require.True(t, s.Punch("p40").Added())
	require.False(t, s.Punch("p39").Added())
}

func TestEvidenceIsSealedBeforeItIsEncoded(t *testing.T) {
	d := details("p1", noon)
	d.Sealed.Location = domain.NewSecret(domain.ClassLocation, "52.5,13.4")
	d.Sealed.Note = domain.NewSecret(domain.ClassText, "at the gate")
	_, err := json.Marshal(timecard.PunchHeld{d})
	require.ErrorContains(t, err, "sealed before it is encoded")
	var classes []domain.SecretClass
	sealed, err := domain.MapSecrets(timecard.PunchHeld{d}, func(s domain.Secret) (domain.Secret, error) {
		classes = append(classes, s.Class)
		return domain.Secret{Class: s.Class, Key: "k", Commitment: []byte{1}, Box: []byte{2}}, nil
	})
	require.NoError(t, err)
	require.Equal(t, []domain.SecretClass{domain.ClassLocation, domain.ClassText}, classes)
	data, err := json.Marshal(sealed)
	require.NoError(t, err)
	require.NotContains(t, string(data), "gate")
}

// Two continuations of one state never see each other, whichever is made first.
func TestStatesThatGrewFromOneAreIndependent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trunk := rapid.SliceOfN(event(), 0, 40).Draw(t, "trunk")
		left := rapid.SliceOfN(event(), 0, 6).Draw(t, "left")
		right := rapid.SliceOfN(event(), 0, 6).Draw(t, "right")
		s := decidertest.Fold(timecard.Evolve, trunk...)
		l, r := s, s
		for i := range max(len(left), len(right)) {
			if i < len(left) {
				l = timecard.Evolve(l, left[i])
			}
			if i < len(right) {
				r = timecard.Evolve(r, right[i])
			}
		}
		require.Equal(t, decidertest.Fold(timecard.Evolve, append(slices.Clip(trunk), left...)...), l)
		require.Equal(t, decidertest.Fold(timecard.Evolve, append(slices.Clip(trunk), right...)...), r)
		require.Equal(t, decidertest.Fold(timecard.Evolve, trunk...), s)
	})
}

func event() *rapid.Generator[timecard.Event] {
	return rapid.Custom(func(t *rapid.T) timecard.Event {
		id := rapid.SampledFrom([]string{"p1", "p2", "p3"}).Draw(t, "punch")
		switch rapid.IntRange(0, 8).Draw(t, "kind") {
		case 0, 1:
			return timecard.PunchHeld{details(id, noon)}
		case 2:
			return timecard.PunchReleased{emp, id, "x", nil}
		case 3:
			return timecard.PunchVoided{Emp: emp, Punch: id, Grounds: ground}
		case 4:
			return timecard.PunchRetimed{Emp: emp, Punch: id, EffectiveAt: noon + 5, Grounds: ground}
		case 5:
			return timecard.DayCredited{Emp: emp, Credit: id, Date: date, Seconds: 60, Code: "X", Grounds: ground}
		case 6:
			return timecard.DayCreditRevoked{Emp: emp, Credit: id, Grounds: ground}
		case 7:
			return timecard.AnomalyWaived{Emp: emp, Date: date, Key: id, Reason: "x"}
		default:
			return timecard.DayAttested{Emp: emp, Date: date, ResultHash: id, Statement: timecard.Dispute}
		}
	})
}

// A full month is folded well within the time of one durable append.
func BenchmarkFold200(b *testing.B) {
	var events Events
	for i := range 180 {
		events = append(events, timecard.PunchAccepted{details(fmt.Sprintf("0f8a4c2e-5b7d-4e6f-8a9b-1c2d3e4f5%03d", i), noon+domain.Instant(i)*60000)})
	}
	for i := range 20 {
		id := fmt.Sprintf("0f8a4c2e-5b7d-4e6f-8a9b-1c2d3e4f5%03d", i*9)
		events = append(events, timecard.PunchRetimed{Emp: emp, Punch: id, EffectiveAt: noon, Grounds: ground})
	}
	b.ReportAllocs()
	for b.Loop() {
		decidertest.Fold(timecard.Evolve, events...)
	}
}
