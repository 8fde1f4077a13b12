package ledger_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

func TestARepeatedRequestGivesTheFirstReceipt(t *testing.T) {
	o := founded(t)
	r := ledger.Request{ID: "one", Command: punch(t, "e1", "p1", "2026-10-08T00:58:10Z"), Actor: boss}
	first, err := o.Do(t.Context(), r)
	require.NoError(t, err)
	require.False(t, first.Repeated)
	n := len(o.records())
	for name, l := range map[string]*ledger.Ledger{"in the same process": o.Ledger, "after a restart": o.open(o.store)} {
		o.now += 5000
		again, err := l.Do(t.Context(), r)
		require.NoError(t, err, name)
		require.True(t, again.Repeated, name)
		again.Repeated = false
		require.Equal(t, first, again, name)
		require.Len(t, o.records(), n, name)
	}
}

func TestTheSameIDWithAnotherCommandIsAConflict(t *testing.T) {
	o := founded(t)
	_, err := o.Do(t.Context(), ledger.Request{ID: "one", Command: hire("e2", "2026-04-01", "office"), Actor: boss})
	require.NoError(t, err)
	n := len(o.records())
	for name, l := range map[string]*ledger.Ledger{"in the same process": o.Ledger, "after a restart": o.open(o.store)} {
		_, err := l.Do(t.Context(), ledger.Request{ID: "one", Command: hire("e2", "2026-04-02", "office"), Actor: boss})
		requireCode(t, "idempotency_conflict", err)
		require.Len(t, o.records(), n, name)
	}
}

func TestARefusalThatIsAnEventHasAReceipt(t *testing.T) {
	o := founded(t)
	r := o.must(punch(t, "e1", "p1", "2026-02-01T01:00:00Z"))
	require.Equal(t, []string{timecard.ReasonNotEmployed}, eventOf[timecard.PunchRejected](t, r).Reasons)
	require.EqualValues(t, 1, r.Revision)
	require.NotZero(t, r.Position)
}

func TestADomainErrorAppendsNothing(t *testing.T) {
	o := founded(t)
	o.refuses("unknown_group", hire("e2", "2026-04-01", "nowhere"))
	o.refuses("employee_exists", hire("e1", "2026-04-01", "office"))
	_, err := o.Do(t.Context(), ledger.Request{Command: hire("e2", "2026-04-01", "office"), Actor: boss})
	require.ErrorContains(t, err, "no id")
}

func TestTwoLedgersOnOneLog(t *testing.T) {
	o := founded(t)
	other := o.open(o.store)
	o.must(punch(t, "e1", "p1", "2026-10-08T00:58:10Z"))
	r, err := other.Do(t.Context(), ledger.Request{ID: "theirs", Command: punch(t, "e1", "p2", "2026-10-08T10:00:00Z"), Actor: boss})
	require.NoError(t, err)
	require.EqualValues(t, 2, r.Revision, "the other ledger does not know of the first punch yet")
	require.EqualValues(t, 3, o.must(punch(t, "e1", "p3", "2026-10-09T00:58:10Z")).Revision, "and this one not of the second")

	t.Run("the same request at both is recorded once", func(t *testing.T) {
		again := ledger.Request{ID: "both", Command: punch(t, "e1", "p4", "2026-10-09T10:00:00Z"), Actor: boss}
		first, err := other.Do(t.Context(), again)
		require.NoError(t, err)
		o.now += 1000
		second, err := o.Do(t.Context(), again)
		require.NoError(t, err)
		require.True(t, second.Repeated)
		second.Repeated = false
		require.Equal(t, first, second)
	})
	t.Run("also when the log has gone on since", func(t *testing.T) {
		again := ledger.Request{ID: "added", Actor: boss, Command: timecard.AddPunch{
			Emp: "e1", Punch: "m1", EffectiveAt: instant(t, "2026-10-07T10:00:00Z"), Dir: timecard.Out,
			Grounds: timecard.Grounds{ReasonCode: "forgotten"}, ActorID: "boss", Now: o.now,
		}}
		_, err := other.Do(t.Context(), again)
		require.NoError(t, err)
		_, err = other.Do(t.Context(), ledger.Request{ID: "more", Command: punch(t, "e1", "p5", "2026-10-10T10:00:00Z"), Actor: boss})
		require.NoError(t, err)
		second, err := o.Do(t.Context(), again)
		require.NoError(t, err)
		require.True(t, second.Repeated)
		changed := again
		changed.Command = timecard.AddPunch{
			Emp: "e1", Punch: "m1", EffectiveAt: instant(t, "2026-10-07T11:00:00Z"), Dir: timecard.Out,
			Grounds: timecard.Grounds{ReasonCode: "forgotten"}, ActorID: "boss", Now: o.now,
		}
		_, err = o.Do(t.Context(), changed)
		requireCode(t, "idempotency_conflict", err)
	})
	t.Run("what the other one founded is known after the conflict", func(t *testing.T) {
		_, err := other.Do(t.Context(), ledger.Request{ID: "g", Command: people.CreateGroup{Group: "plant", Title: "Plant"}, Actor: boss})
		require.NoError(t, err)
		_, err = o.try(people.CreateGroup{Group: "plant", Title: "Plant"})
		requireCode(t, "group_exists", err)
		o.must(hire("e9", "2026-04-01", "plant"))
	})
}

// contested is a store on which somebody else is always first.
type contested struct {
	eventstore.Store
	appends int
}

func (s *contested) Append(
	_ context.Context, stream string, expected eventstore.Revision, _ ...eventstore.Event,
) (eventstore.Place, error) {
	s.appends++
	return eventstore.Place{}, &eventstore.ConflictError{Stream: stream, Expected: expected, Actual: expected + 1}
}

func TestThreeConflictsAreAStaleRevision(t *testing.T) {
	o := founded(t)
	s := &contested{Store: o.store}
	_, err := o.open(s).Do(t.Context(), ledger.Request{ID: "one", Command: hire("e2", "2026-04-01", "office"), Actor: boss})
	requireCode(t, "stale_revision", err)
	require.Equal(t, 3, s.appends)
}

func TestADryRunAppendsNothing(t *testing.T) {
	o := founded(t)
	n := len(o.records())
	r, err := o.Do(t.Context(), ledger.Request{ID: "dry", Command: punch(t, "e1", "p1", "2026-10-08T00:58:10Z"), Actor: boss, DryRun: true})
	require.NoError(t, err)
	require.Equal(t, "p1", eventOf[timecard.PunchAccepted](t, r).Punch)
	require.Zero(t, r.Revision)
	require.Len(t, o.records(), n)
	again, err := o.Do(t.Context(), ledger.Request{ID: "dry", Command: punch(t, "e1", "p1", "2026-10-08T00:58:10Z"), Actor: boss})
	require.NoError(t, err)
	require.False(t, again.Repeated, "the dry run is not taken for the real one")
}

func TestSecretsAreSealedAndOpenAgain(t *testing.T) {
	o := founded(t)
	p := punch(t, "e1", "p1", "2026-10-08T00:58:10Z")
	p.Details.Sealed.Note = domain.NewSecret(domain.ClassText, "the badge was at home")
	o.must(p)
	o.must(people.AssignBadge{Emp: "e1", Badge: "4711", BadgeMAC: mac4711, From: date(t, "2026-03-01")})
	for _, r := range o.records() {
		for _, clear := range []string{nameOf("e1"), "Xiaoming", "at home", "4711"} {
			require.False(t, bytes.Contains(r.Data, []byte(clear)), "%s in %s", clear, r.Type)
			require.False(t, bytes.Contains(r.Metadata, []byte(clear)), "%s in the metadata of %s", clear, r.Type)
		}
	}
	for d, err := range o.codec.DecodeAll(o.store.ReadAll(t.Context(), 0)) {
		require.NoError(t, err)
		if e, ok := d.Event.(people.EmployeeRegistered); ok {
			clear, err := o.vault.Open(t.Context(), d.Stream, d.Type, e.Name)
			require.NoError(t, err)
			require.Equal(t, nameOf("e1"), string(clear))
		}
	}
}

func TestMetadata(t *testing.T) {
	o := founded(t)
	o.now += 1000
	_, err := o.Do(t.Context(), ledger.Request{
		ID: "one", Command: punch(t, "e1", "p1", "2026-10-08T00:58:10Z"), Actor: domain.Actor{Kind: domain.ActorSystem, ID: "sync"},
		Correlation: "upload-7", Causation: "line-3", OccurredAt: instant(t, "2026-10-08T00:58:10Z"),
	})
	require.NoError(t, err)
	records := o.records()
	m := o.meta(records[len(records)-1])
	require.Equal(t, "one", m.CommandID)
	require.Equal(t, "upload-7", m.Correlation)
	require.Equal(t, "line-3", m.Causation)
	require.Equal(t, domain.Actor{Kind: domain.ActorSystem, ID: "sync"}, m.Actor)
	require.Equal(t, instant(t, "2026-10-08T00:58:10Z"), m.OccurredAt)
	require.Equal(t, o.now, m.RecordedAt)
	require.Equal(t, map[string]string{
		"employee": "employee-e1@1", "device": "device-gate@1", "ruleset": "ruleset-cn-bj-office@2",
	}, m.Pins)
	require.Equal(t, 1, m.Schema)

	salts := map[string]bool{}
	for _, r := range records {
		m := o.meta(r)
		salt, err := base64.RawURLEncoding.DecodeString(m.Salt)
		require.NoError(t, err)
		require.Len(t, salt, 32)
		require.False(t, salts[m.Salt], "a salt was used twice")
		salts[m.Salt] = true
	}
	first := o.meta(records[0])
	require.Equal(t, "c1", first.CommandID)
	require.Equal(t, first.CommandID, first.Correlation, "a request that names nothing else correlates with itself")
	require.Equal(t, first.CommandID, first.Causation)
	require.Equal(t, first.RecordedAt, first.OccurredAt)
}

func TestRecordedAtNeverStepsBack(t *testing.T) {
	o := founded(t)
	before := o.now
	o.now -= 3600_000
	require.Equal(t, before, o.must(punch(t, "e1", "p1", "2026-10-08T00:58:10Z")).RecordedAt)
	o.Ledger = o.open(o.store)
	require.Equal(t, before, o.must(punch(t, "e1", "p2", "2026-10-08T00:59:10Z")).RecordedAt, "after a restart")
	o.now = before + 1
	require.Equal(t, o.now, o.must(punch(t, "e1", "p3", "2026-10-08T00:59:50Z")).RecordedAt)
}

func TestEventIDsAreDerived(t *testing.T) {
	o := founded(t)
	r, err := o.Do(t.Context(), ledger.Request{ID: "two", Actor: boss, Command: timecard.RecordPunches{Punches: []timecard.RecordPunch{
		punch(t, "e1", "p1", "2026-10-08T00:58:10Z"), punch(t, "e1", "p2", "2026-10-08T10:00:00Z"),
	}}})
	require.NoError(t, err)
	require.Len(t, r.Events, 2)
	for i, e := range r.Events {
		id := eventstore.EventID("timecard-e1-202610", "two", i)
		require.Equal(t, id.String(), e.ID)
		require.EqualValues(t, 5, id.Version())
	}
}

func TestAPunchIsFoundOverTheEdgeOfAMonth(t *testing.T) {
	o := founded(t)
	r := ledger.Request{ID: "p1", Command: punch(t, "e1", "p1", "2026-09-30T23:59:50Z"), Actor: boss}
	first, err := o.Do(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, "timecard-e1-202609", first.Stream)
	again, err := o.Do(t.Context(), r)
	require.NoError(t, err)
	require.True(t, again.Repeated)
	r.Command = punch(t, "e1", "p1", "2026-10-01T00:00:10Z")
	_, err = o.Do(t.Context(), r)
	requireCode(t, "idempotency_conflict", err)
}

// Punches near the edge of a month look into the neighbouring timecard while others write it.
func TestManyAtOnceOverTheEdgeOfAMonth(t *testing.T) {
	o := founded(t)
	var all sync.WaitGroup
	for n := range 40 {
		all.Go(func() {
			at := []string{"2026-09-30T23:00:00Z", "2026-10-01T01:00:00Z"}[n%2]
			_, err := o.Do(t.Context(), ledger.Request{ID: fmt.Sprint("p", n), Command: punch(t, "e1", fmt.Sprint("p", n), at), Actor: boss})
			if err != nil {
				t.Errorf("punch %d: %v", n, err)
			}
		})
	}
	all.Wait()
	punches := 0
	for _, r := range o.records() {
		if r.Type == "PunchAccepted" {
			punches++
		}
	}
	require.Equal(t, 40, punches)
}
