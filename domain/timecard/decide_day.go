package timecard

import (
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// longestCredit bounds an amount and an interval: what lasts longer is a request of its own.
const longestCredit = 2 * domain.Day

func creditDay(s State, c CreditDay, f Facts) ([]Event, error) {
	interval := c.From != 0 || c.To != 0
	var v fields
	v.Document("credit", c.Credit)
	v.That(!c.Date.IsZero(), "date", "missing")
	v.OptionalText("code", c.Code, 64)
	v.That(c.Code != "", "code", "missing")
	if interval {
		v.That(0 < c.From && c.From < c.To && c.To-c.From <= longestCredit.Instant(), "to", "not after from, or more than 48 h")
		v.That(c.Seconds == 0, "seconds", "not_one_range")
	} else {
		v.That(0 < c.Seconds && c.Seconds <= longestCredit, "seconds", "not between 1 s and 48 h")
	}
	if err := v.act(CardOn(c.Emp, c.Date), c.Grounds, c.ActorID, f); err != nil {
		return nil, err
	}
	if f.NotEmployed {
		return nil, domain.NewError(domain.Conflict, "not_employed", "emp", c.Emp)
	}
	if f.NotApproved {
		return nil, domain.NewError(domain.Conflict, "not_approved", "request", c.Grounds.Request)
	}
	if _, ok := s.Credit(c.Credit); ok {
		return nil, domain.NewError(domain.Conflict, "credit_exists", "credit", c.Credit)
	}
	for _, o := range s.LiveCredits() {
		if o.overlaps(c) {
			return nil, domain.NewError(domain.Conflict, "credit_overlap", "credit", o.ID)
		}
	}
	return []Event{DayCredited{
		Emp: c.Emp, Credit: c.Credit, Date: c.Date, From: c.From, To: c.To, Seconds: c.Seconds, Code: c.Code, Grounds: c.Grounds,
	}}, nil
}

// overlaps reports whether two credits give the same time twice: intervals that meet, or amounts of one code on one
// date, which have no place in the day that could tell them apart.
func (o Credit) overlaps(c CreditDay) bool {
	if o.From != 0 && c.From != 0 {
		return o.From < c.To && c.From < o.To
	}
	return o.From == 0 && c.From == 0 && o.Date == c.Date && o.Code == c.Code
}

func revokeCredit(s State, c RevokeCredit, f Facts) ([]Event, error) {
	var v fields
	if err := v.act(c.Card, c.Grounds, c.ActorID, f); err != nil {
		return nil, err
	}
	credit, ok := s.Credit(c.Credit)
	if !ok {
		return nil, domain.NewError(domain.NotFound, "unknown_credit", "credit", c.Credit)
	}
	if credit.Revoked {
		return nil, domain.NewError(domain.Conflict, "already_revoked", "credit", c.Credit)
	}
	return []Event{DayCreditRevoked{Emp: c.Emp, Credit: c.Credit, Grounds: c.Grounds}}, nil
}

func (f *fields) anomaly(emp string, date domain.Date, key, actor string) {
	f.ID("emp", emp)
	f.That(!date.IsZero(), "date", "missing")
	f.That(key != "", "key", "missing")
	f.OptionalText("key", key, 160)
	f.Document("actor", actor)
}

func acknowledgeAnomaly(s State, c AcknowledgeAnomaly, f Facts) ([]Event, error) {
	var v fields
	v.anomaly(c.Emp, c.Date, c.Key, c.ActorID)
	if v.First != nil {
		return nil, v.First
	}
	if _, ok := s.Waiver(c.Date, c.Key); ok { // acknowledged or waived already
		return nil, nil
	}
	if f.NoSuchAnomaly {
		return nil, noSuchAnomaly(c.Date, c.Key)
	}
	return []Event{AnomalyAcknowledged{Emp: c.Emp, Date: c.Date, Key: c.Key}}, nil
}

func noSuchAnomaly(date domain.Date, key string) error {
	return domain.NewError(domain.Conflict, "no_such_anomaly", "date", date.String(), "key", key)
}

func waiveAnomaly(s State, c WaiveAnomaly, f Facts) ([]Event, error) {
	var v fields
	v.anomaly(c.Emp, c.Date, c.Key, c.ActorID)
	v.Code("reason", c.Reason)
	v.That(c.Until.IsZero() || c.Until > c.Date, "until", "not_after_from")
	if v.First != nil {
		return nil, v.First
	}
	if c.ActorID == c.Emp {
		return nil, domain.NewError(domain.Forbidden, "self_approval", "emp", c.Emp)
	}
	want := Waiver{Date: c.Date, Key: c.Key, Reason: c.Reason, Until: c.Until}
	if w, ok := s.Waiver(c.Date, c.Key); ok && w == want {
		return nil, nil
	}
	if f.NoSuchAnomaly {
		return nil, noSuchAnomaly(c.Date, c.Key)
	}
	return []Event{AnomalyWaived{Emp: c.Emp, Date: c.Date, Key: c.Key, Reason: c.Reason, Until: c.Until}}, nil
}

func attestDay(s State, c AttestDay, f Facts) ([]Event, error) {
	var v fields
	v.ID("emp", c.Emp)
	v.That(!c.Date.IsZero(), "date", "missing")
	v.SHA256("result_hash", c.ResultHash)
	v.OneOf("statement", string(c.Statement), string(Agree), string(Dispute))
	v.Secret("note", c.Note, domain.ClassText)
	if v.First != nil {
		return nil, v.First
	}
	if c.ActorID != c.Emp {
		return nil, domain.NewError(domain.Forbidden, "not_self", "emp", c.Emp)
	}
	if f.StaleResult {
		return nil, domain.NewError(domain.Conflict, "stale_result", "date", c.Date.String())
	}
	same := Attestation{Date: c.Date, ResultHash: c.ResultHash, Statement: c.Statement}
	if c.Note.IsZero() && slices.Contains(s.Attestations, same) {
		return nil, nil
	}
	return []Event{DayAttested{Emp: c.Emp, Date: c.Date, ResultHash: c.ResultHash, Statement: c.Statement, Note: c.Note}}, nil
}
