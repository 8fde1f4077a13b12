package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

var errDisk = errors.New("the disk is on fire")

// failing is a store whose reads and appends fail from some moment on.
type failing struct {
	eventstore.Store
	reads, streams, appends bool
	read                    int // how often the log was read
}

func broken(context.Context) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) { yield(eventstore.Record{}, errDisk) }
}

func (s *failing) ReadAll(ctx context.Context, after eventstore.Cursor) iter.Seq2[eventstore.Record, error] {
	s.read++
	if s.reads {
		return broken(ctx)
	}
	return s.Store.ReadAll(ctx, after)
}

func (s *failing) ReadStream(ctx context.Context, stream string, after eventstore.Revision) iter.Seq2[eventstore.Record, error] {
	if s.streams {
		return broken(ctx)
	}
	return s.Store.ReadStream(ctx, stream, after)
}

func (s *failing) Append(ctx context.Context, stream string, expected eventstore.Revision, events ...eventstore.Event) (eventstore.Place, error) {
	if s.appends {
		return eventstore.Place{}, errDisk
	}
	return s.Store.Append(ctx, stream, expected, events...)
}

// sealer says what was sealed for whom, or fails.
type sealer struct {
	ledger.Sealer
	sealed []string
	fails  bool
}

func (s *sealer) Seal(ctx context.Context, subject, period, stream, eventType string, x domain.Secret) (domain.Secret, error) {
	if s.fails {
		return x, errDisk
	}
	s.sealed = append(s.sealed, eventType+" "+subject+" "+period)
	return s.Sealer.Seal(ctx, subject, period, stream, eventType, x)
}

func TestAFailureIsToldAndNothingIsRecorded(t *testing.T) {
	for _, c := range []struct {
		name, says string
		fail       func(*failing, *sealer, *ledger.Options)
	}{
		{"the log cannot be read", "read the log after", func(s *failing, _ *sealer, _ *ledger.Options) { s.reads = true }},
		{"a stream cannot be read", "read employee-e2", func(s *failing, _ *sealer, _ *ledger.Options) { s.streams = true }},
		{"an append fails", "append to employee-e2 at revision 0", func(s *failing, _ *sealer, _ *ledger.Options) { s.appends = true }},
		{"a secret cannot be sealed", "seal EmployeeRegistered for employee-e2", func(_ *failing, s *sealer, _ *ledger.Options) { s.fails = true }},
		{"there is no randomness", "draw a salt", func(_ *failing, _ *sealer, o *ledger.Options) { o.Random = bytes.NewReader(nil) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := founded(t)
			before := len(o.records())
			store, seals := &failing{Store: o.store}, &sealer{Sealer: o.vault}
			options := ledger.Options{Store: store, Codec: o.codec, Sealer: seals, Now: o.clock}
			if c.says == "draw a salt" {
				c.fail(store, seals, &options)
			}
			l, err := ledger.Open(t.Context(), options)
			require.NoError(t, err)
			c.fail(store, seals, &options)
			l.Directory().Refresh()
			_, err = l.Do(t.Context(), ledger.Request{ID: "one", Command: hire("e2", "2026-04-01", "office"), Actor: boss})
			require.ErrorContains(t, err, c.says)
			require.Len(t, o.records(), before)
			*store, seals.fails = failing{Store: o.store}, false
			if c.says == "draw a salt" {
				return
			}
			r, err := l.Do(t.Context(), ledger.Request{ID: "one", Command: hire("e2", "2026-04-01", "office"), Actor: boss})
			require.NoError(t, err)
			require.False(t, r.Repeated)
		})
	}
	o := founded(t)
	_, err := ledger.Open(t.Context(), ledger.Options{Store: &failing{Store: o.store, reads: true}, Codec: o.codec, Sealer: o.vault})
	require.ErrorIs(t, err, errDisk)
	_, err = ledger.OpenDirectory(t.Context(), &failing{Store: o.store, reads: true}, o.codec)
	require.ErrorIs(t, err, errDisk)
}

func TestAFirstReceiptThatCannotBeReadAgainIsAFailure(t *testing.T) {
	o := founded(t)
	s := &failing{Store: o.store}
	l := o.open(s)
	r := ledger.Request{ID: "one", Command: hire("e2", "2026-04-01", "office"), Actor: boss}
	_, err := l.Do(t.Context(), r)
	require.NoError(t, err)
	s.streams = true
	_, err = l.Do(t.Context(), r)
	require.ErrorContains(t, err, "read employee-e2 after revision 0")
}

// stranger is no command of the domain.
type stranger struct{ Name string }

func (s stranger) Stream() string { return s.Name }

func TestARequestThatIsNoneIsAnError(t *testing.T) {
	o := founded(t)
	for name, r := range map[string]ledger.Request{
		"no decider":             {ID: "one", Command: stranger{"weather-today"}, Actor: boss},
		"no command of employee": {ID: "one", Command: stranger{"employee-e1"}, Actor: boss},
		"no id":                  {Command: hire("e2", "2026-04-01", "office"), Actor: boss},
		"actor.kind":             {ID: "one", Command: hire("e2", "2026-04-01", "office"), Actor: domain.Actor{ID: "boss"}},
		"actor.id":               {ID: "one", Command: hire("e2", "2026-04-01", "office"), Actor: domain.Actor{Kind: domain.ActorAdmin, ID: "Wang Xiaoming"}},
		"actor.on_behalf_of":     {ID: "one", Command: hire("e2", "2026-04-01", "office"), Actor: domain.Actor{Kind: domain.ActorAdmin, ID: "boss", OnBehalfOf: "Wang Xiaoming"}},
	} {
		_, err := o.Do(t.Context(), r)
		require.ErrorContains(t, err, name)
	}
}

func TestSecretsAreSealedForWhomTheyAreAboutAndForHowLongTheyMayLive(t *testing.T) {
	o := founded(t)
	s := &sealer{Sealer: o.vault}
	l, err := ledger.Open(t.Context(), ledger.Options{Store: o.store, Codec: o.codec, Sealer: s, Now: o.clock})
	require.NoError(t, err)
	noted := punch(t, "e1", "p1", "2026-10-08T00:58:10Z")
	noted.Details.Sealed.Note = domain.NewSecret(domain.ClassText, "late bus")
	noted.Details.Sealed.Photo = domain.NewSecret(domain.ClassPhoto, "pixels")
	for i, c := range []ledger.Command{
		hire("e2", "2026-04-01", "office"),
		noted,
		place.QuarantinePunches{Device: "gate", ReceivedAt: o.now, Rows: []place.UnknownPunch{{
			Row: "row1", Badge: "4711", BadgeMAC: mac4711, ClaimedAt: "2026-10-08T08:58:10", EffectiveAt: o.now, TimeSource: "declared", Dir: "in", Line: 1, Why: "unknown_person",
		}}},
		place.RecordImportBatch{Batch: "b1", Device: "gate", FileSHA256: mac4711, FileName: "a.csv", Format: "csv", Zone: "Asia/Shanghai", ReceivedAt: o.now},
		request.RecordExternalDecision{
			Request: "r1", Emp: "e1", System: "oa", ExternalID: "x1", Kind: request.Outing, Outcome: request.Approved, DecidedBy: "boss", DecidedAt: o.now,
			Target: request.Target{Date: date(t, "2026-10-07"), From: instant(t, "2026-10-07T01:00:00Z"), To: instant(t, "2026-10-07T03:00:00Z")},
			Text:   domain.NewSecret(domain.ClassText, "dentist"),
		},
	} {
		_, err := l.Do(t.Context(), ledger.Request{ID: strings.Repeat("i", i+1), Command: c, Actor: boss})
		require.NoError(t, err, "%T", c)
	}
	require.Equal(t, []string{
		"EmployeeRegistered e2 2026",
		"PunchAccepted e1 202610", "PunchAccepted e1 2026",
		"PunchQuarantined badge:" + mac4711 + " 2026",
		"ImportBatchRecorded intake:gate 2026",
		"ExternalDecisionRecorded e1 2026",
	}, s.sealed)
}

func TestTheCacheForgetsWhatWasUsedLeastRecently(t *testing.T) {
	c := ledger.NewCache(2)
	c.Put("a")
	c.Put("b")
	require.True(t, c.Has("a"), "two fit")
	c.Put("c")
	require.True(t, c.Has("a"), "it was looked at after b")
	require.False(t, c.Has("b"))
	c.Put("a")
	c.Put("d")
	require.False(t, c.Has("c"))
	require.True(t, c.Has("a"))
	c.Drop("a")
	c.Drop("never")
	require.False(t, c.Has("a"))
	require.True(t, c.Has("d"))
	c.Put("e")
	require.True(t, c.Has("d"), "there is room for what was dropped")
}

// contents holds a value of every kind that a command may hold.
type contents struct {
	Word    string
	Yes     bool
	Number  int32
	Count   uint64
	Bytes   []byte
	List    []int
	Counts  map[string]int
	Maybe   *int
	Hidden  string `mac:"secret"`
	Secret  domain.Secret
	Now     domain.Instant
	private int

	Today                              domain.Date
	AnnouncedAt, DecidedAt, ReceivedAt domain.Instant
}

func (contents) Stream() string { return "employee-e1" }

func TestEveryKindOfValueHasItsFormInAMAC(t *testing.T) {
	seven := 7
	c := contents{
		Word: "w", Yes: true, Number: -3, Count: 4, Bytes: []byte{1, 'a'}, List: []int{1, 0}, Counts: map[string]int{"b": 2, "a": 1}, Maybe: &seven,
		Hidden: "h", Secret: domain.NewSecret(domain.ClassText, "x"), Now: 9, Today: 1, AnnouncedAt: 2, DecidedAt: 3, ReceivedAt: 4, private: 1,
	}
	require.Equal(t, `contents{Word:"w";Yes:true;Number:-3;Count:4;Bytes:"\x01a";List:[2 1,0,];Counts:map["a":'\x01' "b":'\x02'];Maybe:*7;Hidden:secret;Secret:secret:text;}`,
		string(ledger.MACContent(c)))
	require.Equal(t, "contents{}", string(ledger.MACContent(contents{private: c.private})))
}

func TestACommandThatChangesNothingHasAReceiptWithoutEvents(t *testing.T) {
	o := founded(t)
	draft := o.draft(pack(t, "us-ca-hourly"), date(t, "2026-01-01"))
	n := len(o.records())
	o.draft(pack(t, "us-ca-hourly"), date(t, "2026-01-01"))
	require.Len(t, o.records(), n, "the same draft again")
	r := o.must(draft)
	require.Len(t, r.Events, 1)
	require.Equal(t, people.OrgStream, o.must(people.SetPolicy{Policy: people.DualControl, Value: people.On, Approvers: []string{"a", "b"}}).Stream)
}

func TestARepeatedReceiptHasTheEventsOfItsRequestAndNoOthers(t *testing.T) {
	o := founded(t)
	o.must(punch(t, "e1", "p0", "2026-10-07T00:58:10Z"))
	r := ledger.Request{ID: "two", Actor: boss, Command: timecard.RecordPunches{Punches: []timecard.RecordPunch{
		punch(t, "e1", "p1", "2026-10-08T00:58:10Z"), punch(t, "e1", "p2", "2026-10-08T10:00:00Z"),
	}}}
	first, err := o.Do(t.Context(), r)
	require.NoError(t, err)
	require.Len(t, first.Events, 2)
	o.must(punch(t, "e1", "p3", "2026-10-09T00:58:10Z"))
	for name, l := range map[string]*ledger.Ledger{"in the same process": o.Ledger, "after a restart": o.open(o.store)} {
		again, err := l.Do(t.Context(), r)
		require.NoError(t, err, name)
		require.True(t, again.Repeated, name)
		again.Repeated = false
		require.Equal(t, first, again, name)
	}
}

func TestNoTurnIsKeptForAStreamThatNobodyWorksOn(t *testing.T) {
	o := founded(t)
	o.must(punch(t, "e1", "p1", "2026-09-30T23:59:50Z")) // near the edge of a month: it takes two turns
	require.Zero(t, ledger.Turns(o.Ledger))
}

func TestAnEventOfANewerBuildStopsTheDirectory(t *testing.T) {
	o := founded(t)
	metadata := o.records()[0].Metadata
	_, err := o.store.Append(t.Context(), "group-plant", 0, eventstore.Event{ID: eventstore.EventID("group-plant", "x", 0), Type: "GroupSplit", Metadata: metadata, Data: []byte("{}")})
	require.NoError(t, err)
	var unknown *eventstore.UnknownTypeError
	_, err = ledger.OpenDirectory(t.Context(), o.store, o.codec)
	require.ErrorAs(t, err, &unknown)
	o.Directory().Refresh()
	_, err = o.try(hire("e2", "2026-04-01", "office"))
	require.ErrorAs(t, err, &unknown)
}

func TestAPunchDoesNotMakeTheDirectoryReadTheLogAgain(t *testing.T) {
	o := founded(t)
	s := &failing{Store: o.store}
	l := o.open(s)
	do := func(id string, c ledger.Command) {
		_, err := l.Do(t.Context(), ledger.Request{ID: id, Command: c, Actor: boss})
		require.NoError(t, err)
	}
	before := s.read
	do("one", punch(t, "e1", "p1", "2026-10-08T00:58:10Z"))
	do("two", punch(t, "e1", "p2", "2026-10-08T10:00:00Z"))
	require.Equal(t, before, s.read)
	do("three", hire("e2", "2026-04-01", "office"))
	require.Equal(t, before+1, s.read)
}

func TestATurningThatFailsIsToldWithWhatWasTurned(t *testing.T) {
	o := founded(t)
	s := &failing{Store: o.store}
	l := o.open(s)
	n, err := l.TurnDue(t.Context(), o.now)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	s.appends = true
	_, err = l.TurnDue(t.Context(), o.now+86_400_000)
	require.ErrorContains(t, err, "turn 2026-10-08 in Asia/Shanghai")
	s.reads = true
	l.Directory().Refresh()
	_, err = l.TurnDue(t.Context(), o.now+86_400_000)
	require.ErrorContains(t, err, "read the log")
}

func TestAnEventThatTheCodecDoesNotKnowIsNotAppended(t *testing.T) {
	o := newOffice(t)
	l, err := ledger.Open(t.Context(), ledger.Options{Store: o.store, Codec: eventstore.NewCodec(nil, nil, nil), Sealer: o.vault, Now: o.clock})
	require.NoError(t, err)
	_, err = l.Do(t.Context(), ledger.Request{ID: "one", Command: people.CreateLedger{Origin: "punchledger/test"}, Actor: boss})
	var unknown *eventstore.UnknownTypeError
	require.ErrorAs(t, err, &unknown)
	require.Empty(t, o.records())
}
