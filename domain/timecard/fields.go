package timecard

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/punchledger/punchledger/domain"
)

// fields remembers the first field of a command that may not be stored.
type fields struct{ err error }

var code = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,63}$`)

func (f *fields) fail(field, problem string) {
	if f.err == nil {
		f.err = domain.NewError(domain.Invalid, "invalid_field", "field", field, "problem", problem)
	}
}

func (f *fields) check(ok bool, field, problem string) {
	if !ok {
		f.fail(field, problem)
	}
}

func (f *fields) emp(v string) { f.check(domain.ValidID(v, false), "emp", "not an id") }

func (f *fields) id(field, v string) { f.check(domain.ValidID(v, true), field, "not an id") }

func (f *fields) optionalID(field, v string) {
	if v != "" {
		f.id(field, v)
	}
}

func (f *fields) code(field, v string) { f.check(code.MatchString(v), field, "not a code") }

func (f *fields) optionalCode(field, v string) {
	if v != "" {
		f.code(field, v)
	}
}

func (f *fields) oneOf(field, v string, known []string) {
	if !slices.Contains(known, v) {
		f.fail(field, "not one of "+strings.Join(known, ", "))
	}
}

func (f *fields) text(field, v string, longest int) {
	f.check(len(v) <= longest, field, "too long")
	f.check(!strings.ContainsFunc(v, unicode.IsControl), field, "holds a control character")
}

func (f *fields) secret(field string, s domain.Secret, class domain.SecretClass) {
	f.check(s.IsZero() || s.Class == class, field, "is not of class "+string(class))
	f.check(len(s.Clear) <= 4096, field, "too long")
}

func (f *fields) grounds(g Grounds) {
	f.code("reason_code", g.ReasonCode)
	f.optionalID("request", g.Request)
	f.optionalID("approver", g.Approver)
}

func (f *fields) card(c Card) {
	f.emp(c.Emp)
	_, err := time.Parse("200601", c.Month)
	f.check(err == nil && len(c.Month) == 6, "month", "not a month such as 202610")
}

const wallLayout = "2006-01-02T15:04:05"

func (f *fields) details(d *PunchDetails) {
	f.emp(d.Emp)
	f.id("punch", d.Punch)
	f.oneOf("dir", string(d.Dir), directions)
	_, err := time.Parse(wallLayout, d.ClaimedAt)
	f.check(err == nil && len(d.ClaimedAt) == len(wallLayout), "claimed_at", "not a wall clock such as "+wallLayout)
	f.check(-domain.Day < d.ClaimedOffset && d.ClaimedOffset < domain.Day, "claimed_offset", "more than a day")
	f.check(d.ReceivedAt > 0, "received_at", "missing")
	f.check(d.EffectiveAt > 0, "effective_at", "missing")
	f.oneOf("time_source", string(d.TimeSource), timeSources)
	f.check(d.UncertaintyMS >= 0, "uncertainty_ms", "negative")
	f.check(d.NotAfter == 0 || d.NotBefore <= d.NotAfter, "not_before", "after not_after")
	f.optionalCode("time_class", d.TimeClass)
	f.optionalCode("assurance", d.Assurance)
	f.text("ticket", d.Ticket, 128)
	f.optionalID("device", d.Device)
	f.check(d.DeviceSeq >= 0, "device_seq", "negative")
	f.text("prev_hash", d.PrevHash, 128)
	f.oneOf("channel", string(d.Channel), channels)
	if d.Place != "" {
		f.oneOf("place", string(d.Place), places)
	}
	f.text("rule_case", d.RuleCase, 256)
	for _, r := range d.Reasons {
		f.code("reasons", r)
	}
	f.text("job", d.Job, 64)
	f.text("cost", d.Cost, 64)
	f.optionalID("batch", d.Batch)
	f.check(d.Line >= 0, "line", "negative")
	f.facts(&d.Facts)
	f.secret("sealed.location", d.Sealed.Location, domain.ClassLocation)
	f.secret("sealed.network", d.Sealed.Network, domain.ClassNetwork)
	f.secret("sealed.photo", d.Sealed.Photo, domain.ClassPhoto)
	f.secret("sealed.note", d.Sealed.Note, domain.ClassText)
}

func (f *fields) facts(p *PunchFacts) {
	f.optionalID("facts.site", p.Site)
	f.optionalID("facts.fence", p.Fence)
	f.check(p.DistanceM == nil || *p.DistanceM >= 0, "facts.distance_m", "negative")
	f.check(p.AccuracyM == nil || *p.AccuracyM >= 0, "facts.accuracy_m", "negative")
	if p.InFence != "" {
		f.oneOf("facts.in_fence", string(p.InFence), fenceVerdicts)
	}
	f.optionalCode("facts.integrity", p.Integrity)
	for _, proof := range p.Proofs {
		f.code("facts.proofs.proof", proof.Proof)
		f.check(0 <= proof.Score && proof.Score <= 100, "facts.proofs.score", "not a percentage")
		f.text("facts.proofs.provider", proof.Provider, 64)
	}
}
