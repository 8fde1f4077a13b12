package process

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections"
)

// BatchVoidName is the name of the checkpoint of BatchVoid.
const BatchVoidName = "batch_void"

// reasonBatchVoided stands on every punch that was voided with its import.
const reasonBatchVoided = "import_voided"

// chunk is how many punches one append takes back: far below the limit of every log.
const chunk = 250

// workers is how many timecards are written at once, so that the log commits them together.
const workers = 32

// BatchVoid takes back the punches of imports that were voided: one PunchVoided each, which names the import, so that its lines may be
// recorded again. What a clock repair has entered in the place of a line goes with it. A punch that a person voided stays as it is.
type BatchVoid struct {
	Store       eventstore.Store
	Codec       *eventstore.Codec
	Checkpoints projections.Views
	Door        Door
}

// CatchUp takes back what was voided since its checkpoint and returns how many punches that were.
func (v *BatchVoid) CatchUp(ctx context.Context) (int, error) {
	n := 0
	follow := follower{store: v.Store, codec: v.Codec, checkpoints: v.Checkpoints, name: BatchVoidName, triggers: []string{place.ImportBatchVoided{}.EventType()}}
	err := follow.catchUp(ctx, func(t trigger) error {
		e := t.event.(place.ImportBatchVoided)
		done, err := v.void(ctx, e.Batch, t)
		n += done
		if err != nil {
			return fmt.Errorf("void import %s: %w", e.Batch, err)
		}
		return nil
	})
	return n, err
}

// BatchPunch is a punch of an import that has not been taken back.
type BatchPunch struct {
	Card        timecard.Card
	Punch       string
	EffectiveAt domain.Instant
	Counted     bool
	inPlace     bool // of a line that a clock repair has voided
}

// BatchPunches returns what voiding an import takes back, in the order of timecards and recording.
func BatchPunches(ctx context.Context, store eventstore.Store, codec *eventstore.Codec, batch string) ([]BatchPunch, error) {
	c := contents{batch: batch, punches: map[string]*BatchPunch{}, settled: map[string]bool{}}
	for rec, err := range store.ReadAll(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if !telling[rec.Type] {
			continue
		}
		d, err := codec.DecodeRecord(rec)
		if err != nil {
			return nil, err
		}
		c.apply(d)
	}
	var out []BatchPunch
	for _, key := range c.order {
		if p, ok := c.punches[key]; ok && !c.settled[key] {
			out = append(out, *p)
			delete(c.punches, key)
		}
	}
	slices.SortStableFunc(out, func(a, b BatchPunch) int { return strings.Compare(a.Card.Stream(), b.Card.Stream()) })
	return out, nil
}

// contents gathers the punches of an import.
type contents struct {
	batch   string
	punches map[string]*BatchPunch
	order   []string
	settled map[string]bool // a person has voided it
}

func (c *contents) apply(d eventstore.Decoded) {
	switch e := d.Event.(type) {
	case timecard.PunchAccepted:
		c.recorded(e.PunchDetails, true)
	case timecard.PunchHeld:
		c.recorded(e.PunchDetails, false)
	case timecard.PunchRejected:
		c.recorded(e.PunchDetails, false)
	case timecard.PunchReleased:
		c.counts(e.Punch, true)
	case timecard.PunchAdmitted:
		c.counts(e.Punch, true)
	case timecard.PunchRefused:
		c.counts(e.Punch, false)
	case timecard.PunchRetimed:
		if p := c.punches[e.Punch]; p != nil {
			p.EffectiveAt = e.EffectiveAt
		}
	case timecard.PunchAdded:
		line, _, derived := strings.Cut(e.Punch, ".")
		if derived && e.Grounds.ReasonCode == reasonClockFix && c.punches[line] != nil {
			c.put(BatchPunch{Card: timecard.CardAt(e.Emp, e.EffectiveAt), Punch: e.Punch, EffectiveAt: e.EffectiveAt, Counted: true, inPlace: true})
		}
	case timecard.PunchVoided:
		p := c.punches[e.Punch]
		switch {
		case p == nil:
			return
		case e.Batch != "" || p.inPlace:
			delete(c.punches, e.Punch)
		case e.Grounds.ReasonCode != reasonClockFix:
			c.settled[e.Punch] = true
		}
		c.counts(e.Punch, false)
	}
}

func (c *contents) recorded(p timecard.PunchDetails, counted bool) {
	delete(c.punches, p.Punch) // it came back with another import
	if p.Batch == c.batch {
		delete(c.settled, p.Punch)
		c.put(BatchPunch{Card: p.Card(), Punch: p.Punch, EffectiveAt: p.EffectiveAt, Counted: counted})
	}
}

func (c *contents) put(p BatchPunch) {
	c.punches[p.Punch] = &p
	c.order = append(c.order, p.Punch)
}

func (c *contents) counts(punch string, yes bool) {
	if p := c.punches[punch]; p != nil {
		p.Counted = yes
	}
}

// void takes back the punches of an import, many timecards at a time.
func (v *BatchVoid) void(ctx context.Context, batch string, t trigger) (int, error) {
	punches, err := BatchPunches(ctx, v.Store, v.Codec, batch)
	if err != nil {
		return 0, err
	}
	cards := map[timecard.Card][]string{}
	for _, p := range punches {
		cards[p.Card] = append(cards[p.Card], p.Punch)
	}
	order := slices.SortedFunc(maps.Keys(cards), func(a, b timecard.Card) int { return strings.Compare(a.Stream(), b.Stream()) })
	done := make([]int, len(order))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for i, card := range order {
		g.Go(func() error {
			for ids := range slices.Chunk(cards[card], chunk) {
				receipt, err := v.Door.Do(ctx, ledger.Request{
					ID: "void:" + batch + ":" + digest(ids), Actor: domain.Actor{Kind: domain.ActorSystem, ID: BatchVoidName},
					Correlation: t.correlation, Causation: t.id,
					Command: timecard.VoidPunches{
						Card: card, Punches: ids, Batch: batch, ActorID: BatchVoidName, Grounds: timecard.Grounds{ReasonCode: reasonBatchVoided},
					},
				})
				if err != nil {
					return fmt.Errorf("%s: %w", card.Stream(), err)
				}
				if !receipt.Repeated {
					done[i] += len(receipt.Events)
				}
			}
			return nil
		})
	}
	err = g.Wait()
	n := 0
	for _, x := range done {
		n += x
	}
	return n, err
}

// digest names a set of punches: what is left after a kill is another set, and what was taken back already gives no event.
func digest(ids []string) string {
	sum := sha256.Sum256([]byte(strings.Join(ids, "\x00")))
	return hex.EncodeToString(sum[:12])
}
