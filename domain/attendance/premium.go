package attendance

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// payPremiums gives each paid segment, for each family, the matching premium of the highest rate (stage 11).
func (e *evaluator) payPremiums() {
	for i := range e.rules.Premiums {
		p := &e.rules.Premiums[i]
		if p.Min > 0 && e.premiumTime(p) < p.Min {
			continue
		}
		for k := range e.segs {
			s := &e.segs[k]
			if !e.premiumHolds(p, s) {
				continue
			}
			have := s.premium[p.Family]
			if have >= 0 && e.rules.Premiums[have].Rate >= p.Rate {
				continue
			}
			if have >= 0 && e.rec != nil {
				e.note(11, e.rules.Premiums[have].Pointer, "premium.family_beaten_by", "rule", e.rules.Premiums[have].ID, "by", p.ID)
			}
			s.premium[p.Family] = int16(i)
		}
	}
}

func (e *evaluator) premiumTime(p *ruleset.PremiumRule) domain.Seconds {
	var t domain.Seconds
	for k := range e.segs {
		if e.premiumHolds(p, &e.segs[k]) {
			t += e.segs[k].len()
		}
	}
	return t
}

// premiumHolds reports whether p lies on s: on its own date, or as the tail of the date before when work began there.
func (e *evaluator) premiumHolds(p *ruleset.PremiumRule, s *segment) bool {
	if s.base < 0 || e.pieces[s.piece].untimed || !p.Match.OnSubject(&s.subject) {
		return false
	}
	z := e.today.zone
	if p.StartedBefore >= 0 && e.began() >= e.at(z, s.civil, p.StartedBefore) {
		return false
	}
	if p.Match.OnDate(s.kind, s.civil) {
		return !p.Band || e.inBand(p.From, p.To, s)
	}
	return p.Tail >= 0 && s.to <= e.atEnd(z, s.civil, p.Tail) && e.began() < e.clockDay(z, s.civil).midnight &&
		p.Match.OnDate(e.kindAt(s.civil-1), s.civil-1)
}

// began is when the day's work began.
func (e *evaluator) began() domain.Seconds {
	if e.hasIn || len(e.pieces) == 0 {
		return e.firstIn
	}
	return e.pieces[0].from
}

// inBand reports whether s lies in a band of the clock on its civil date; from > to wraps midnight.
func (e *evaluator) inBand(from, to domain.Seconds, s *segment) bool {
	z := e.today.zone
	begins, ends := e.at(z, s.civil, from), e.atEnd(z, s.civil, to)
	if from > to {
		return s.from >= begins || s.to <= ends
	}
	return s.from >= begins && s.to <= ends
}
