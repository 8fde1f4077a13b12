package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
)

// wrongClock is found on 13 October: the correction is recorded, and the punches of that week are moved.
func (s *sample) wrongClock(t *told) {
	o := t.p.office
	s.later(o.at(mustDate("2026-10-13"), 10*domain.Hour), func() error {
		err := s.do(hr(o), place.CorrectDeviceClock{
			Device: o.terminals[0], Evidence: "compared with the time server", Approvers: []string{o.hr},
			Fix: place.ClockFix{
				Fix: "fix" + s.w.newID()[:8], OffsetMS: int64(slowBy.Instant()),
				From: o.zone.Midnight(mustDate(slowFirst)).Instant(), To: o.zone.Midnight(mustDate(slowEnd)).Instant(),
			},
		})
		if err != nil {
			return err
		}
		return s.carryOut()
	})
}

// carryOut runs the processes that a server runs: what was ordered or approved is done.
func (s *sample) carryOut() error {
	views, err := s.w.openViews(s.c.ctx)
	if err != nil {
		return err
	}
	return errors.Join(s.w.process(s.c.ctx, views), views.Close())
}

// batchOf names the upload of a terminal after an outage, which is handed in as one file.
func (s *sample) batchOf(u *upload) string {
	if _, late := s.outage(u.taps[0]); !late || u.taps[0].remote {
		return ""
	}
	return "b" + s.w.newID()
}

// closeBatch records the file of such an upload.
func (s *sample) closeBatch(u *upload, batch string) error {
	if batch == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(batch))
	return s.do(hr(u.taps[0].office), place.RecordImportBatch{
		Batch: batch, Device: u.device, FileSHA256: hex.EncodeToString(sum[:]), FileName: noteOutage, Format: "attlog",
		Zone: u.taps[0].office.zone.Name(), ReceivedAt: s.clock.at, Counts: map[string]int{"accepted": len(u.taps)},
	})
}
