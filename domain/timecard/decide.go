package timecard

import (
	"fmt"
	"strconv"

	"github.com/punchledger/punchledger/domain"
)

// Decide answers a command with the events that come of it, or with an error when the command makes no sense. No
// events and no error means that the timecard already says what was asked for.
func Decide(s State, c Command, f Facts) ([]Event, error) {
	switch c := c.(type) {
	case RecordPunch:
		return recordPunches(s, []RecordPunch{c}, f)
	case RecordPunches:
		return recordPunches(s, c.Punches, f)
	case ReleasePunch:
		return settle(s, c.Card, c.Punch, c.Reason, c.ActorID, PunchReleased{c.Emp, c.Punch, c.Reason, c.Rejudged})
	case RefusePunch:
		return settle(s, c.Card, c.Punch, c.Reason, c.ActorID, PunchRefused{c.Emp, c.Punch, c.Reason})
	case AdmitPunch:
		return settle(s, c.Card, c.Punch, c.Reason, c.ActorID, PunchAdmitted{c.Emp, c.Punch, c.Reason, c.Rejudged})
	case AppealPunch:
		return appeal(s, c)
	case IdentifyPunch:
		return identify(s, c)
	case AddPunch:
		return addPunch(s, c, f)
	case VoidPunch:
		return voidPunch(s, c, f)
	case VoidPunches:
		return voidPunches(s, c, f)
	case RetimePunch:
		return retimePunch(s, c, f)
	case RedirectPunch:
		return redirectPunch(s, c, f)
	case CreditDay:
		return creditDay(s, c, f)
	case RevokeCredit:
		return revokeCredit(s, c, f)
	case AcknowledgeAnomaly:
		return acknowledgeAnomaly(s, c, f)
	case WaiveAnomaly:
		return waiveAnomaly(s, c, f)
	case AttestDay:
		return attestDay(s, c, f)
	}
	panic(fmt.Sprintf("timecard: no case for %T", c))
}

// settle decides about a held or rejected punch. Event is what is written if the punch is in the state that it ends.
func settle(s State, card Card, punch, reason, actor string, event Event) ([]Event, error) {
	var v fields
	v.card(card)
	v.Code("reason", reason)
	v.Document("actor", actor)
	if v.First != nil {
		return nil, v.First
	}
	p := s.Punch(punch)
	if p == nil {
		return nil, unknownPunch(punch)
	}
	if actor == card.Emp {
		return nil, domain.NewError(domain.Forbidden, "self_approval", "emp", card.Emp)
	}
	if _, ok := event.(PunchAdmitted); ok {
		if p.State != Rejected && p.State != Refused {
			return nil, domain.NewError(domain.Conflict, "not_rejected", "punch", punch)
		}
	} else if p.State != Held {
		return nil, domain.NewError(domain.Conflict, "not_held", "punch", punch)
	}
	return []Event{event}, nil
}

func appeal(s State, c AppealPunch) ([]Event, error) {
	var v fields
	v.card(c.Card)
	v.Document("actor", c.ActorID)
	v.That(!c.Text.IsZero(), "text", "missing")
	v.Secret("text", c.Text, domain.ClassText)
	if v.First != nil {
		return nil, v.First
	}
	p := s.Punch(c.Punch)
	switch {
	case p == nil:
		return nil, unknownPunch(c.Punch)
	case c.ActorID != c.Emp:
		return nil, domain.NewError(domain.Forbidden, "not_self")
	case p.State != Rejected && p.State != Refused:
		return nil, domain.NewError(domain.Conflict, "not_rejected", "punch", c.Punch)
	case p.Appealed:
		return nil, domain.NewError(domain.Conflict, "already_appealed", "punch", c.Punch)
	}
	return []Event{PunchAppealed{Emp: c.Emp, Punch: c.Punch, Text: c.Text}}, nil
}

func unknownPunch(id string) error {
	return domain.NewError(domain.NotFound, "unknown_punch", "punch", id)
}

// act checks what all privileged acts have in common: readable grounds, an actor who is not the subject, and a second
// person who is neither where one is needed.
func (f *fields) act(card Card, g Grounds, actor string, facts Facts) error {
	f.card(card)
	f.grounds(g)
	f.Document("actor", actor)
	if f.First != nil {
		return f.First
	}
	if actor == card.Emp {
		return domain.NewError(domain.Forbidden, "self_approval", "emp", card.Emp)
	}
	if facts.SecondPersonNeeded && (g.Approver == "" || g.Approver == actor || g.Approver == card.Emp) {
		return domain.NewError(domain.Forbidden, "second_approver_needed")
	}
	return nil
}

func addPunch(s State, c AddPunch, f Facts) ([]Event, error) {
	var v fields
	v.Document("punch", c.Punch)
	v.OneOf("dir", string(c.Dir), directions...)
	v.That(c.EffectiveAt > 0, "effective_at", "missing")
	v.OptionalDocument("site", c.Site)
	v.OptionalText("job", c.Job, 64)
	v.OptionalText("cost", c.Cost, 64)
	v.Secret("note", c.Note, domain.ClassText)
	if err := v.act(CardAt(c.Emp, c.EffectiveAt), c.Grounds, c.ActorID, f); err != nil {
		return nil, err
	}
	switch {
	case f.NotEmployed:
		return nil, domain.NewError(domain.Conflict, "not_employed", "emp", c.Emp)
	case c.EffectiveAt > c.Now:
		return nil, domain.NewError(domain.Invalid, "future_target", "effective_at", c.EffectiveAt.String())
	case s.Punch(c.Punch) != nil:
		return nil, domain.NewError(domain.Conflict, "punch_exists", "punch", c.Punch)
	}
	return []Event{PunchAdded{
		Emp: c.Emp, Punch: c.Punch, EffectiveAt: c.EffectiveAt, Dir: c.Dir, Grounds: c.Grounds,
		Site: c.Site, Job: c.Job, Cost: c.Cost, Note: c.Note,
	}}, nil
}

// present returns a punch that an act may change: one that is here and was not voided.
func (s State) present(id string) (*Punch, error) {
	p := s.Punch(id)
	if p == nil {
		return nil, unknownPunch(id)
	}
	if p.State == Voided {
		return nil, domain.NewError(domain.Conflict, "already_voided", "punch", id)
	}
	return p, nil
}

func voidPunch(s State, c VoidPunch, f Facts) ([]Event, error) {
	var v fields
	v.OptionalDocument("batch", c.Batch)
	if err := v.act(c.Card, c.Grounds, c.ActorID, f); err != nil {
		return nil, err
	}
	p, err := s.present(c.Punch)
	if err != nil {
		return nil, err
	}
	if p.State != Counted && p.State != Held {
		return nil, domain.NewError(domain.Conflict, "not_counted", "punch", c.Punch)
	}
	if c.Batch != "" && c.Batch != p.Batch {
		return nil, domain.NewError(domain.Conflict, "not_in_batch", "punch", c.Punch, "batch", c.Batch)
	}
	return []Event{PunchVoided{Emp: c.Emp, Punch: c.Punch, Grounds: c.Grounds, Batch: c.Batch}}, nil
}

// voidPunches takes back what an import brought. A punch that a person entered for one of its lines has no import of its own.
func voidPunches(s State, c VoidPunches, f Facts) ([]Event, error) {
	if len(c.Punches) == 0 || len(c.Punches) > MaxPunches {
		return nil, domain.NewError(domain.Invalid, "batch_size", "count", strconv.Itoa(len(c.Punches)), "max", strconv.Itoa(MaxPunches))
	}
	var v fields
	v.Document("batch", c.Batch)
	if err := v.act(c.Card, c.Grounds, c.ActorID, f); err != nil {
		return nil, err
	}
	var out []Event
	for _, id := range c.Punches {
		p := s.Punch(id)
		switch {
		case p == nil:
			return nil, unknownPunch(id)
		case p.Reopened || p.Added() && p.State == Voided || !p.Added() && p.Batch != c.Batch:
			continue
		}
		e := PunchVoided{Emp: c.Emp, Punch: id, Grounds: c.Grounds, Batch: c.Batch}
		out = append(out, e)
		s = Evolve(s, e) // a punch may be named twice
	}
	return out, nil
}

func retimePunch(s State, c RetimePunch, f Facts) ([]Event, error) {
	var v fields
	v.That(c.EffectiveAt > 0, "effective_at", "missing")
	v.OptionalDocument("clock_fix", c.ClockFix)
	if err := v.act(c.Card, c.Grounds, c.ActorID, f); err != nil {
		return nil, err
	}
	p, err := s.present(c.Punch)
	if err != nil {
		return nil, err
	}
	moved := max(c.EffectiveAt-p.FirstAt, p.FirstAt-c.EffectiveAt)
	if moved > MaxRetime.Instant() {
		return nil, domain.NewError(domain.Invalid, "retime_too_far", "punch", c.Punch, "hours", "36")
	}
	if c.EffectiveAt == p.EffectiveAt {
		return nil, nil
	}
	return []Event{PunchRetimed{
		Emp: c.Emp, Punch: c.Punch, EffectiveAt: c.EffectiveAt, PreviousAt: p.EffectiveAt, Grounds: c.Grounds, ClockFix: c.ClockFix,
	}}, nil
}

func redirectPunch(s State, c RedirectPunch, f Facts) ([]Event, error) {
	var v fields
	v.OneOf("dir", string(c.Dir), directions...)
	if err := v.act(c.Card, c.Grounds, c.ActorID, f); err != nil {
		return nil, err
	}
	p, err := s.present(c.Punch)
	if err != nil || p.Dir == c.Dir {
		return nil, err
	}
	return []Event{PunchRedirected{Emp: c.Emp, Punch: c.Punch, Dir: c.Dir, Grounds: c.Grounds}}, nil
}
