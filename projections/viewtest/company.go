package viewtest

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
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// company is a ledger in memory under a clock that its story drives. Commands go through ledger.Do.
type company struct {
	t     testing.TB
	store eventstore.Store
	codec *eventstore.Codec
	keys  *vault.Vault
	led   *ledger.Ledger
	now   domain.Instant
	n     int
	after func() // called after every request
}

var boss = domain.Actor{Kind: domain.ActorAdmin, ID: "boss"}

func newCompany(t testing.TB) *company {
	t.Helper()
	c := &company{t: t, store: memory.New(), codec: ledger.NewCodec(), now: instant("2026-09-01T00:00:00Z")}
	random := rand.NewChaCha8([32]byte{1})
	epoch, err := vault.NewEpochKey(random, 1)
	require.NoError(t, err)
	c.keys, err = vault.New(t.Context(), &vault.Memory{}, epoch, vault.Options{Create: true, Rand: random, Now: c.clock})
	require.NoError(t, err)
	c.led, err = ledger.Open(t.Context(), ledger.Options{Store: c.store, Codec: c.codec, Sealer: c.keys, Now: c.clock, Random: random})
	require.NoError(t, err)
	return c
}

func (c *company) clock() time.Time { return c.now.Time() }

func instant(s string) domain.Instant {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return domain.InstantOf(at)
}

func date(s string) domain.Date {
	d, err := domain.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// local reads the wall clock of a zone.
func local(zoneName string, d domain.Date, clock domain.Seconds) domain.Instant {
	z, err := zone.Embedded().Zone(zoneName)
	if err != nil {
		panic(err)
	}
	return z.Start(d, clock).Instant()
}

// try carries out a command; a domain error is an answer, any other one ends the test.
func (c *company) try(command ledger.Command) (ledger.Receipt, error) {
	c.t.Helper()
	c.n++
	c.now += 1000
	r, err := c.led.Do(context.Background(), ledger.Request{ID: fmt.Sprintf("c%05d", c.n), Command: command, Actor: boss})
	if _, refused := errors.AsType[*domain.Error](err); !refused {
		require.NoError(c.t, err, "%T", command)
	}
	if c.after != nil {
		c.after()
	}
	return r, err
}

func (c *company) do(command ledger.Command) ledger.Receipt {
	c.t.Helper()
	r, err := c.try(command)
	require.NoError(c.t, err, "%T", command)
	return r
}

// until moves the clock and turns the days that are over.
func (c *company) until(at string) { c.advance(instant(at)) }

func (c *company) advance(to domain.Instant) {
	c.t.Helper()
	c.now = max(c.now, to)
	_, err := c.led.TurnDue(context.Background(), c.now)
	require.NoError(c.t, err)
	if c.after != nil {
		c.after()
	}
}

// edited returns a pack with texts replaced, and without the examples that it was written for.
func edited(t testing.TB, pack string, changes ...string) *ruleset.Document {
	t.Helper()
	source, ok := ruleset.PackSource(pack)
	require.True(t, ok, pack)
	text := string(source)
	for i := 0; i+1 < len(changes); i += 2 {
		require.Contains(t, text, changes[i])
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	doc, err := ruleset.Parse([]byte(text), pack)
	require.NoError(t, err)
	doc.Examples = nil
	return doc
}

// publish drafts and publishes a document; where a replay is required it makes one up and adopts it.
func (c *company) publish(doc *ruleset.Document, from, until domain.Date) error {
	c.t.Helper()
	data, err := doc.JSON()
	require.NoError(c.t, err)
	hash, err := ruleset.Hash(doc)
	require.NoError(c.t, err)
	draft := "d" + hash[:12]
	c.do(ruleset.DraftRuleset{Ruleset: doc.ID, Draft: draft, Doc: data, ActorID: boss.ID})
	command := ruleset.PublishRuleset{Ruleset: doc.ID, Draft: draft, Hash: hash, EffectiveFrom: from, EffectiveTo: until}
	_, err = c.try(command)
	if wrong, ok := errors.AsType[*domain.Error](err); !ok || wrong.Code != "replay_required" {
		return err
	}
	command.Replay = fmt.Sprintf("r%d", c.n)
	zeros := strings.Repeat("00", 32)
	c.do(whatif.RequestReplay{
		Replay: command.Replay, Candidate: whatif.Candidate{Doc: data}, Window: whatif.Window{From: from, To: from + 366},
		Purpose: "rule_change", ActorID: boss.ID,
	})
	c.do(whatif.CompleteReplay{Replay: command.Replay, ReportHash: zeros, Engine: "test"})
	c.do(whatif.AdoptReplay{
		Replay: command.Replay, ReportHash: zeros, PlanHash: zeros, ActorID: boss.ID,
		Publish: []whatif.Publication{{Ruleset: doc.ID, Hash: hash, EffectiveFrom: from}},
	})
	_, err = c.try(command)
	return err
}

// packs are the rules of the company, a group of the same name to each, and the zone that they are read in.
var packs = map[string]string{
	"cn-bj-office": "Asia/Shanghai", "cn-sh-rnd": "Asia/Shanghai", "de-by-plant": "Europe/Berlin",
	"us-ca-hourly": "America/Los_Angeles", "jp-tokyo-office": "Asia/Tokyo",
}

// found writes what every story begins with: calendars, rules, groups and a clock.
func (c *company) found() {
	c.t.Helper()
	c.do(people.CreateLedger{Origin: "punchledger/test"})
	for _, doc := range ruleset.Calendars() {
		if doc.Year.Year == 2026 {
			c.do(schedule.PublishCalendarYear{
				Calendar: doc.ID, Year: 2026, Version: 1, Days: doc.Year.Days, Source: doc.Year.Source,
				Provisional: doc.Year.Provisional, Extended: doc.Year.Extended,
			})
		}
	}
	for _, doc := range ruleset.Packs() {
		if packs[doc.ID] == "" {
			continue
		}
		require.NoError(c.t, c.publish(doc, date("2026-01-01"), 0))
		c.do(people.CreateGroup{Group: doc.ID, Title: doc.ID})
		c.do(people.BindRuleset{Group: doc.ID, Ruleset: doc.ID, From: date("2026-01-01")})
	}
	c.do(place.EnrolDevice{Device: "gate", Kind: place.Import, TZ: "Asia/Shanghai"})
}

// hire registers an employee of a group of the same zone as its rules.
func (c *company) hire(emp, group, on string) {
	c.t.Helper()
	c.do(people.RegisterEmployee{Emp: emp, Name: "Name of " + emp, HiredOn: date(on), Terms: people.Terms{Group: group}})
}

// clocked is a punch that the gate recorded.
func clocked(emp, punch string, at domain.Instant, dir timecard.Direction) timecard.RecordPunches {
	return timecard.RecordPunches{Punches: []timecard.RecordPunch{{Details: timecard.PunchDetails{
		Emp: emp, Punch: punch, Dir: dir, ClaimedAt: at.Time().Format("2006-01-02T15:04:05"), ReceivedAt: at, EffectiveAt: at,
		TimeSource: timecard.TerminalTime, Device: "gate", Channel: timecard.ChannelTerminal, Place: timecard.PlaceOffice,
	}}}}
}

// works records an in and an out, hours after the midnight of a date in a zone.
func (c *company) works(emp, zoneName string, d domain.Date, in, out domain.Seconds) {
	c.t.Helper()
	c.do(clocked(emp, fmt.Sprintf("%s-%d-in", emp, d), local(zoneName, d, in), timecard.In))
	c.do(clocked(emp, fmt.Sprintf("%s-%d-out", emp, d), local(zoneName, d+domain.Date(out/domain.Day), out%domain.Day), timecard.Out))
}

// approval of an interval.
func approval(emp, id string, kind request.Kind, d domain.Date, from, to domain.Instant) request.RecordExternalDecision {
	r := request.RecordExternalDecision{
		Request: id, Emp: emp, System: "manual", ExternalID: id, Kind: kind, Target: request.Target{Date: d, From: from, To: to},
		Outcome: request.Approved, DecidedBy: boss.ID,
	}
	if kind == request.Leave {
		r.Type = "annual"
	}
	return r
}
