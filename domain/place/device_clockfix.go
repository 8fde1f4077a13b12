package place

import "github.com/punchledger/punchledger/domain"

// Covers reports whether the fix is meant for a punch with an order number, a batch and line, and a time as the clock gave it.
func (x ClockFix) Covers(seq int64, batch string, line int64, at domain.Instant) bool {
	switch {
	case x.SeqFrom == 0:
		return x.From <= at && at < x.To
	case x.Batch != "":
		return x.Batch == batch && x.SeqFrom <= line && line <= x.SeqTo
	}
	return x.SeqFrom <= seq && seq <= x.SeqTo
}

// Corrected returns the right time of a punch to which the clock gave at.
func (x ClockFix) Corrected(at domain.Instant) domain.Instant {
	at += domain.Instant(x.OffsetMS)
	if x.DriftPPM != 0 {
		at += domain.Instant(x.DriftPPM) * (at - domain.Instant(x.OffsetMS) - x.DriftFrom) / 1_000_000
	}
	return at
}

// overlaps reports whether two fixes of the same kind of range share a punch. Of fixes by number and by time only the ledger can
// tell: it knows which punches a fix has moved.
func (x ClockFix) overlaps(y ClockFix) bool {
	switch {
	case x.SeqFrom == 0 && y.SeqFrom == 0:
		return x.From < y.To && y.From < x.To
	case x.SeqFrom == 0 || y.SeqFrom == 0 || x.Batch != y.Batch:
		return false
	}
	return x.SeqFrom <= y.SeqTo && y.SeqFrom <= x.SeqTo
}

// Largest correction: a clock that was reset to 1970 is 60 years wrong.
const maxOffsetMS = 100 * 366 * 86_400_000

// clockFix checks that x names one range and one correction.
func (f *fields) clockFix(x ClockFix) {
	f.ID("fix", x.Fix)
	bySeq, byTime := x.SeqFrom != 0 || x.SeqTo != 0, x.From != 0 || x.To != 0
	f.That(bySeq != byTime, "seq_from", "not_one_range")
	f.That(!bySeq || x.SeqFrom > 0 && x.SeqFrom <= x.SeqTo, "seq_to", "out_of_range")
	f.That(!byTime || x.From < x.To, "to", "not_after_from")
	f.That(x.Batch == "" || bySeq && domain.ValidID(x.Batch, true), "batch", "not_an_id")
	f.That(x.OffsetMS != 0 || x.DriftPPM != 0, "offset_ms", "missing")
	f.That(-maxOffsetMS <= x.OffsetMS && x.OffsetMS <= maxOffsetMS, "offset_ms", "out_of_range")
	f.That(-1_000_000 < x.DriftPPM && x.DriftPPM < 1_000_000, "drift_ppm", "out_of_range")
	f.That((x.DriftPPM != 0) == (x.DriftFrom != 0), "drift_from", "not_with_drift")
}
