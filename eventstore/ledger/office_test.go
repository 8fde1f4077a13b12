package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// mac4711 stands for the badge 4711 in the log.
var mac4711 = strings.Repeat("47", 32)

var boss = domain.Actor{Kind: domain.ActorAdmin, ID: "boss"}

// office is a log with a vault, and one ledger that is open on it.
type office struct {
	t     testing.TB
	store eventstore.Store
	vault *vault.Vault
	codec *eventstore.Codec
	now   domain.Instant
	*ledger.Ledger
	ids int
}

func newOffice(t testing.TB) *office {
	t.Helper()
	o := &office{t: t, store: memory.New(), codec: ledger.NewCodec(), now: instant(t, "2026-10-08T01:00:00Z")}
	random := rand.NewChaCha8([32]byte{1})
	epoch, err := vault.NewEpochKey(random, 1)
	require.NoError(t, err)
	o.vault, err = vault.New(t.Context(), &vault.Memory{}, epoch, vault.Options{Create: true, Rand: random, Now: o.clock})
	require.NoError(t, err)
	o.Ledger = o.open(o.store)
	return o
}

func (o *office) clock() time.Time { return o.now.Time() }

// open returns another ledger on a store, as after a restart or in another process.
func (o *office) open(store eventstore.Store) *ledger.Ledger {
	o.t.Helper()
	l, err := ledger.Open(o.t.Context(), ledger.Options{Store: store, Codec: o.codec, Sealer: o.vault, Now: o.clock})
	require.NoError(o.t, err)
	return l
}

func instant(t testing.TB, s string) domain.Instant {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	require.NoError(t, err)
	return domain.InstantOf(at)
}

func date(t testing.TB, s string) domain.Date {
	t.Helper()
	d, err := domain.ParseDate(s)
	require.NoError(t, err)
	return d
}

func (o *office) try(c ledger.Command) (ledger.Receipt, error) {
	o.ids++
	return o.Do(context.Background(), ledger.Request{ID: fmt.Sprintf("c%d", o.ids), Command: c, Actor: boss})
}

func (o *office) must(c ledger.Command) ledger.Receipt {
	o.t.Helper()
	r, err := o.try(c)
	require.NoError(o.t, err, "%T", c)
	return r
}

// refuses carries out a command that makes no sense, and checks that nothing was appended.
func (o *office) refuses(code string, c ledger.Command) {
	o.t.Helper()
	before := len(o.records())
	_, err := o.try(c)
	requireCode(o.t, code, err)
	require.Len(o.t, o.records(), before, "nothing is appended")
}

func requireCode(t testing.TB, code string, err error) {
	t.Helper()
	wrong, ok := errors.AsType[*domain.Error](err)
	require.True(t, ok, "want %s, got %v", code, err)
	require.Equal(t, code, wrong.Code, "%v", wrong.Args)
}

func (o *office) records() []eventstore.Record {
	o.t.Helper()
	var out []eventstore.Record
	for r, err := range o.store.ReadAll(o.t.Context(), 0) {
		require.NoError(o.t, err)
		out = append(out, r)
	}
	return out
}

func (o *office) meta(r eventstore.Record) eventstore.Metadata {
	o.t.Helper()
	m, err := r.DecodeMetadata()
	require.NoError(o.t, err)
	return m
}

// founded is an office with the Beijing rules, a group that they govern, a clock and one employee.
func founded(t testing.TB) *office {
	t.Helper()
	return foundedUnder(t, pack(t, "cn-bj-office"))
}

// foundedUnder is such an office under other rules of the same id.
func foundedUnder(t testing.TB, rules *ruleset.Document) *office {
	t.Helper()
	o := newOffice(t)
	o.must(people.CreateLedger{Origin: "punchledger/test"})
	o.must(people.CreateGroup{Group: "office", Title: "Office"})
	o.publish(rules, date(t, "2026-01-01"))
	o.must(people.BindRuleset{Group: "office", Ruleset: "cn-bj-office", From: date(t, "2026-01-01")})
	o.must(place.EnrolDevice{Device: "gate", Kind: place.Import, TZ: "Asia/Shanghai"})
	o.must(hire("e1", "2026-03-01", "office"))
	return o
}

func hire(emp, on, group string) people.RegisterEmployee {
	d, err := domain.ParseDate(on)
	if err != nil {
		panic(err)
	}
	return people.RegisterEmployee{Emp: emp, Name: nameOf(emp), HiredOn: d, Terms: people.Terms{Group: group}}
}

func nameOf(emp string) string { return "Wang Xiaoming " + emp }

// pack returns a shipped document.
func pack(t testing.TB, id string) *ruleset.Document {
	t.Helper()
	doc, ok := ruleset.Pack(id)
	require.True(t, ok, id)
	return doc
}

// draft writes a draft and returns the command that publishes it.
func (o *office) draft(doc *ruleset.Document, from domain.Date) ruleset.PublishRuleset {
	o.t.Helper()
	data, err := doc.JSON()
	require.NoError(o.t, err)
	hash, err := ruleset.Hash(doc)
	require.NoError(o.t, err)
	o.must(ruleset.DraftRuleset{Ruleset: doc.ID, Draft: "d" + hash[:8], Doc: data, ActorID: boss.ID})
	return ruleset.PublishRuleset{Ruleset: doc.ID, Draft: "d" + hash[:8], Hash: hash, EffectiveFrom: from}
}

func (o *office) publish(doc *ruleset.Document, from domain.Date) {
	o.t.Helper()
	o.must(o.draft(doc, from))
}

// punch is one that the gate recorded.
func punch(t testing.TB, emp, id, at string) timecard.RecordPunch {
	t.Helper()
	effective := instant(t, at)
	return timecard.RecordPunch{Details: timecard.PunchDetails{
		Emp: emp, Punch: id, Dir: timecard.In, ClaimedAt: effective.Time().Format("2006-01-02T15:04:05"), ReceivedAt: effective,
		EffectiveAt: effective, TimeSource: timecard.TerminalTime, Device: "gate", Channel: timecard.ChannelTerminal,
		Place: timecard.PlaceOffice,
	}}
}

func eventOf[E domain.Event](t testing.TB, r ledger.Receipt) E {
	t.Helper()
	require.Len(t, r.Events, 1)
	e, ok := r.Events[0].Event.(E)
	require.True(t, ok, "got %T", r.Events[0].Event)
	return e
}
