package terminal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
)

// history is what the log holds of a file: its rows, on whosever timecard of whichever month, or in quarantine, and its batches.
type history struct {
	rows    map[string]holding // recorded, and not voided with their import
	waiting map[string]holding // in quarantine
	batches map[string]batch   // of the device
}

// holding is a row as it was recorded first: what people or a clock repair made of it later does not make the file another one.
type holding struct {
	at      domain.Instant
	dir     string
	wall    string
	verdict string
	batch   string
	line    int
}

type batch struct{ recorded, voided bool }

// same reports whether a row says what is held. A wall clock without an offset is the same reading in whatever way it is resolved.
func (h holding) same(r *row) bool {
	return h.dir == string(r.Dir) && (h.at == r.claimedAt() || h.wall == r.Wall && r.Offset == "")
}

// claimedAt is the instant that the clock told, before any correction.
func (r *row) claimedAt() domain.Instant { return r.told.Instant() }

func (r *row) holding() holding {
	return holding{at: r.claimedAt(), dir: string(r.Dir), wall: r.Wall}
}

// waiting begins a history with what quarantine holds.
func (im *Importer) waiting() history {
	h := history{rows: map[string]holding{}, waiting: map[string]holding{}, batches: map[string]batch{}}
	for _, q := range im.Ledger.Directory().Waiting("") {
		held := holding{at: q.EffectiveAt, dir: q.Dir, wall: q.ClaimedAt}
		if im.Store != nil { // else nobody can tell whether its import was finished
			held.verdict, held.batch, held.line = q.Why, q.Batch, q.Line
		}
		h.waiting[q.Row] = held
	}
	return h
}

// scan reads the log: batches of the device into h, and what it says of the rows that are wanted, by id and stored data, to take.
func (im *Importer) scan(ctx context.Context, h *history, wanted func(id string, data []byte) bool, take func(knownRow)) error {
	if im.Store == nil {
		return nil
	}
	for rec, err := range im.Store.ReadAll(ctx, 0) {
		if err != nil {
			return fmt.Errorf("read what is known of the file: %w", err)
		}
		if !telling[rec.Type] || domain.Category(rec.Stream) == "timecard" && !wanted(punchOf(rec.Data), rec.Data) {
			continue
		}
		d, err := im.Codec.DecodeRecord(rec)
		if err != nil {
			return err
		}
		if k, ok := h.apply(im.Device, d.Event); ok {
			take(k)
		}
	}
	return nil
}

// telling are the types of events of which a history is made.
var telling = map[string]bool{
	"PunchAccepted": true, "PunchHeld": true, "PunchRejected": true, "PunchVoided": true,
	"ImportBatchRecorded": true, "ImportBatchVoided": true,
}

// punchOf finds the id of a punch in an event as it is stored, so that only those of the file need decoding.
func punchOf(data []byte) string {
	_, rest, _ := bytes.Cut(data, []byte(`"punch":"`))
	id, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(id)
}

// apply notes what an event says of batches, and returns what it says of a row.
func (h history) apply(device string, e domain.Event) (knownRow, bool) {
	switch e := e.(type) {
	case timecard.PunchAccepted:
		return recordedRow(&e.PunchDetails, VerdictAccepted), true
	case timecard.PunchHeld:
		return recordedRow(&e.PunchDetails, VerdictHeld), true
	case timecard.PunchRejected:
		return recordedRow(&e.PunchDetails, VerdictRejected), true
	case timecard.PunchVoided:
		return knownRow{id: e.Punch, gone: true}, e.Batch != "" // its line may be recorded again
	case place.ImportBatchRecorded:
		if e.Device == device {
			h.batches[e.Batch] = batch{recorded: true}
		}
	case place.ImportBatchVoided:
		if e.Device == device {
			h.batches[e.Batch] = batch{recorded: true, voided: true}
		}
	}
	return knownRow{}, false
}

// take notes what the log says of a row, in the order of the log.
func (h history) take(k knownRow) {
	if k.gone {
		delete(h.rows, k.id)
		return
	}
	h.rows[k.id] = k.held
}

func recordedRow(d *timecard.PunchDetails, verdict string) knownRow {
	at := d.EffectiveAt
	if slices.Contains(d.Reasons, ReasonClockFix) { // what the clock told is only in its own words
		if t, err := time.Parse("2006-01-02T15:04:05", d.ClaimedAt); err == nil {
			at = (domain.Seconds(t.Unix()) - d.ClaimedOffset).Instant()
		}
	}
	return knownRow{id: d.Punch, held: holding{at, string(d.Dir), d.ClaimedAt, verdict, d.Batch, d.Line}}
}

// batch names the import of a file, so that one that was interrupted goes on under its name. After an import that was voided comes
// the next one of the file.
func (h history) batch(device, file string) string {
	sum := sha256.Sum256([]byte(device + "\x00" + file))
	first := "b" + hex.EncodeToString(sum[:16])
	id := first
	for n := 2; h.batches[id].voided; n++ {
		id = fmt.Sprintf("%s-%d", first, n)
	}
	return id
}
