package place

import "github.com/punchledger/punchledger/domain"

// Covers reports whether the fix is meant for a punch with an order number, a batch and line, and a time as the clock gave it.
func (x ClockFix) Covers(seq int64, batch string, line int64, at domain.Instant) bool {
	switch {
	case x.Undoes != "":
		return false
	case x.SeqFrom == 0:
		return x.From <= at && at < x.To
	case x.Batch != "":
		return x.Batch == batch && x.SeqFrom <= line && line <= x.SeqTo
	}
	return x.SeqFrom <= seq && seq <= x.SeqTo
}

// Corrected returns the right time of a punch to which the clock gave at.
func (x ClockFix) Corrected(at domain.Instant) domain.Instant {
	run := at - x.DriftFrom
	at += domain.Instant(x.OffsetMS)
	if x.DriftPPM != 0 {
		at += domain.Instant(x.DriftPPM) * run / 1_000_000
	}
	if x.DriftPPB != 0 { // in two steps, as a hundred years of milliseconds times a billion are too many
		const billion = 1_000_000_000
		at += domain.Instant(x.DriftPPB)*(run/billion) + domain.Instant(x.DriftPPB)*(run%billion)/billion
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
	if x.Undoes != "" {
		f.That(x == ClockFix{Fix: x.Fix, Undoes: x.Undoes}, "undoes", "not_alone")
		return
	}
	bySeq, byTime := x.SeqFrom != 0 || x.SeqTo != 0, x.From != 0 || x.To != 0
	f.That(bySeq != byTime, "seq_from", "not_one_range")
	f.That(!bySeq || x.SeqFrom > 0 && x.SeqFrom <= x.SeqTo, "seq_to", "out_of_range")
	f.That(!byTime || x.From < x.To, "to", "not_after_from")
	f.That(x.Batch == "" || bySeq && domain.ValidID(x.Batch, true), "batch", "not_an_id")
	drifts := x.DriftPPM != 0 || x.DriftPPB != 0
	f.That(x.OffsetMS != 0 || drifts, "offset_ms", "missing")
	f.That(-maxOffsetMS <= x.OffsetMS && x.OffsetMS <= maxOffsetMS, "offset_ms", "out_of_range")
	f.That(-1_000_000 < x.DriftPPM && x.DriftPPM < 1_000_000, "drift_ppm", "out_of_range")
	f.That(-1_000_000_000 < x.DriftPPB && x.DriftPPB < 1_000_000_000, "drift_ppb", "out_of_range")
	f.That(drifts == (x.DriftFrom != 0), "drift_from", "not_with_drift")
}
