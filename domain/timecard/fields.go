package timecard

import (
	"time"

	"github.com/punchledger/punchledger/domain"
)

// fields checks commands of this package.
type fields struct{ domain.Fields }

func (f *fields) grounds(g Grounds) {
	f.Code("reason_code", g.ReasonCode)
	f.OptionalDocument("request", g.Request)
	f.OptionalDocument("approver", g.Approver)
}

func (f *fields) card(c Card) {
	f.ID("emp", c.Emp)
	_, err := time.Parse("200601", c.Month)
	f.That(err == nil && len(c.Month) == 6, "month", "not_a_month")
}

const wallLayout = "2006-01-02T15:04:05"

func (f *fields) details(d *PunchDetails) {
	f.ID("emp", d.Emp)
	f.Document("punch", d.Punch)
	f.OneOf("dir", string(d.Dir), directions...)
	_, err := time.Parse(wallLayout, d.ClaimedAt)
	f.That(err == nil && len(d.ClaimedAt) == len(wallLayout), "claimed_at", "not_a_wall_clock")
	f.That(-domain.Day < d.ClaimedOffset && d.ClaimedOffset < domain.Day, "claimed_offset", "out_of_range")
	f.That(d.ReceivedAt > 0, "received_at", "missing")
	f.That(d.EffectiveAt > 0, "effective_at", "missing")
	f.OneOf("time_source", string(d.TimeSource), timeSources...)
	f.That(d.UncertaintyMS >= 0, "uncertainty_ms", "out_of_range")
	f.That(d.NotAfter == 0 || d.NotBefore <= d.NotAfter, "not_before", "not_after_from")
	f.OptionalCode("time_class", d.TimeClass)
	f.OptionalCode("assurance", d.Assurance)
	f.OptionalText("ticket", d.Ticket, 128)
	f.OptionalDocument("device", d.Device)
	f.That(d.DeviceSeq >= 0, "device_seq", "out_of_range")
	f.OptionalText("prev_hash", d.PrevHash, 128)
	f.OneOf("channel", string(d.Channel), channels...)
	if d.Place != "" {
		f.OneOf("place", string(d.Place), places...)
	}
	f.OptionalText("rule_case", d.RuleCase, 256)
	for _, r := range d.Reasons {
		f.Code("reasons", r)
	}
	f.OptionalText("job", d.Job, 64)
	f.OptionalText("cost", d.Cost, 64)
	f.OptionalDocument("batch", d.Batch)
	f.That(d.Line >= 0, "line", "out_of_range")
	f.signed(d)
	f.facts(&d.Facts)
	f.Secret("sealed.location", d.Sealed.Location, domain.ClassLocation)
	f.Secret("sealed.network", d.Sealed.Network, domain.ClassNetwork)
	f.Secret("sealed.photo", d.Sealed.Photo, domain.ClassPhoto)
	f.Secret("sealed.note", d.Sealed.Note, domain.ClassText)
}

// signed asks that all of a signature is there, or nothing.
func (f *fields) signed(d *PunchDetails) {
	f.That((d.Signed == "") == (d.Hash == "") && (d.Signed == "") == (d.Signature == ""), "signed", "not_with_signature")
	f.OptionalText("signed", d.Signed, 4*MaxBody/3+4)
	f.OptionalText("signature", d.Signature, 512)
	f.OptionalText("key", d.Key, 64)
	f.hash("hash", d.Hash)
	if c := d.PasskeyCheck; c != nil {
		f.That(d.Passkey != nil, "passkey_check", "not_with_passkey")
		f.check("passkey_check", c)
	}
}

func (f *fields) facts(p *PunchFacts) {
	f.OptionalDocument("facts.site", p.Site)
	f.OptionalDocument("facts.fence", p.Fence)
	f.OptionalDocument("facts.kiosk", p.Kiosk)
	f.That(p.DistanceM == nil || *p.DistanceM >= 0, "facts.distance_m", "out_of_range")
	f.That(p.AccuracyM == nil || *p.AccuracyM >= 0, "facts.accuracy_m", "out_of_range")
	if p.InFence != "" {
		f.OneOf("facts.in_fence", string(p.InFence), fenceVerdicts...)
	}
	f.OptionalCode("facts.distance_band", p.DistanceBand)
	f.OptionalCode("facts.accuracy_band", p.AccuracyBand)
	f.That(p.SpeedKMH >= 0, "facts.speed_kmh", "out_of_range")
	f.OptionalCode("facts.integrity", p.Integrity)
	for _, proof := range p.Proofs {
		f.Code("facts.proofs.proof", proof.Proof)
		f.That(0 <= proof.Score && proof.Score <= 100, "facts.proofs.score", "out_of_range")
		f.OptionalText("facts.proofs.provider", proof.Provider, 64)
	}
}
