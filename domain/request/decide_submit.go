package request

import (
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
)

// longestID leaves room for what is derived from a request's id.
const longestID = 56

func submit(s State, c SubmitRequest, f Facts) ([]Event, error) {
	var is fields
	is.Document("request", c.Request)
	is.That(len(c.Request) <= longestID, "request", "too_long")
	is.ID("emp", c.Emp)
	is.wish(c.Wish)
	is.Document("by", c.By)
	is.That(c.Now > 0, "now", "missing")
	if is.First != nil {
		return nil, is.First
	}
	_, own := s.Own(c.Request)
	if _, taken := s.Request(c.Request); taken || own {
		return nil, domain.NewError(domain.Conflict, "request_exists", "request", c.Request, "external_id", c.Request)
	}
	if f.Policy.Evidence && len(c.Evidence) == 0 {
		return nil, domain.NewError(domain.Invalid, "evidence_required", "kind", string(c.Kind))
	}
	target, err := s.sensible(wishOf{c.Emp, c.Request, c.Wish, c.Card, c.Now}, f)
	if err != nil {
		return nil, err
	}
	c.Target = target
	p := s.Plan(c, f)
	return []Event{RequestSubmitted{
		Request: c.Request, Emp: c.Emp, Wish: c.Wish, FiledBy: c.By, At: c.Now,
		Cycle: f.Policy.Cycle, Nth: p.Nth, Flags: p.Flags, Chain: p.Chain, Turn: f.turn(p.Chain, 1),
	}}, nil
}

func resubmit(s State, c ResubmitRequest, f Facts) ([]Event, error) {
	r, err := s.mine(c.Ref)
	if err != nil {
		return nil, err
	}
	var is fields
	is.wish(c.Wish)
	is.Document("by", c.By)
	is.That(c.Kind == r.Kind, "kind", "changed")
	is.That(Stream(c.Emp, c.Target.Date) == c.Stream(), "target.date", "other_year")
	if is.First != nil {
		return nil, is.First
	}
	if r.Status != StatusReturned {
		return nil, domain.NewError(domain.Conflict, "not_returned", "request", c.Request, "status", string(r.Status))
	}
	if f.Policy.Evidence && len(c.Evidence)+len(r.Evidence) == 0 {
		return nil, domain.NewError(domain.Invalid, "evidence_required", "kind", string(c.Kind))
	}
	if c.Target, err = s.sensible(wishOf{c.Emp, c.Request, c.Wish, c.Card, c.Now}, f); err != nil {
		return nil, err
	}
	return []Event{RequestResubmitted{Request: c.Request, Emp: c.Emp, Wish: c.Wish, Turn: f.turn(r.Chain, 1)}}, nil
}

// wishOf is a wish with whose it is.
type wishOf struct {
	emp, request string
	Wish
	card *PunchFact
	now  domain.Instant
}

// sensible refuses what makes no sense, whoever would approve it, and returns the target with the timecard of its punch.
func (s State) sensible(w wishOf, f Facts) (Subject, error) {
	t := w.Target
	if f.NotEmployed {
		return t, domain.NewError(domain.Conflict, "not_employed", "emp", w.emp, "date", t.Date.String())
	}
	if f.ZoneUnknown {
		return t, domain.NewError(domain.Invalid, "unknown_tz", "tz", t.TZ)
	}
	if f.UnknownType {
		return t, domain.NewError(domain.Invalid, "unknown_leave", "type", w.Type)
	}
	if f.Unswappable != nil {
		return t, f.Unswappable
	}
	if w.Kind == Correction {
		month, err := w.correctable(f)
		if err != nil {
			return t, err
		}
		t.Card = month
	}
	overlapped := s.blocking(w.Kind, t, w.request)
	if overlapped == "" {
		overlapped = f.Overlaps
	}
	if overlapped != "" {
		return t, domain.NewError(domain.Conflict, "overlaps_request", "request", overlapped)
	}
	return t, nil
}

// correctable says whether what a correction asks for can be done, and on which timecard the punch stands.
func (w wishOf) correctable(f Facts) (month string, err error) {
	t := w.Target
	if t.At > w.now || t.Date > f.Today {
		return "", domain.NewError(domain.Invalid, "future_target", "effective_at", max(t.At, t.Date.Unix().Instant()).String())
	}
	if w.Change == Add || w.Change == Explain {
		return "", nil
	}
	if w.card == nil {
		return "", domain.NewError(domain.NotFound, "unknown_punch", "punch", t.Punch)
	}
	p := w.card
	switch {
	case p.State == timecard.Voided:
		return "", domain.NewError(domain.Conflict, "already_voided", "punch", t.Punch)
	case w.Change == Void && p.State != timecard.Counted && p.State != timecard.Held:
		return "", domain.NewError(domain.Conflict, "not_counted", "punch", t.Punch)
	case w.Change == Retime && max(t.At-p.FirstAt, p.FirstAt-t.At) > timecard.MaxRetime.Instant():
		return "", domain.NewError(domain.Invalid, "retime_too_far", "punch", t.Punch, "hours", "36")
	case w.Change == Retime && t.At == p.At, w.Change == Redirect && t.Dir == string(p.Dir):
		return "", domain.NewError(domain.Conflict, "no_change")
	}
	return p.Month, nil
}

// fields checks commands of the machine.
type fields struct{ domain.Fields }

const (
	maxFiles = 20
	maxBytes = 50 << 20
	maxMIME  = 127
)

var changes = []Change{Add, Retime, Redirect, Void, Explain}

func (f *fields) wish(w Wish) {
	f.That(slices.Contains(kinds, w.Kind), "kind", "unknown_value")
	f.Code("reason_code", w.ReasonCode)
	f.Secret("text", w.Text, domain.ClassText)
	f.That(len(w.Evidence) <= maxFiles, "evidence", "too_many")
	for _, e := range w.Evidence {
		f.evidence(e)
	}
	f.Date("target.date", w.Target.Date)
	f.That((w.Kind == Leave) == (w.Type != ""), "type", "only_of_leave")
	f.OptionalDocument("type", w.Type)
	f.That(w.Settle == "" || w.Kind == Overtime && (w.Settle == Pay || w.Settle == TOIL), "settle", "unknown_value")
	t := w.Target
	f.That(t.Card == "", "target.card", "not_asked")
	switch {
	case w.Kind.Timed():
		f.That(t.From > 0 && t.From < t.To, "target.to", "not_after_from")
		f.That(t.TZ == "" || w.Kind == Trip, "target.tz", "only_of_trip")
		f.only(t, Subject{Target: Target{Date: t.Date, From: t.From, To: t.To, TZ: t.TZ}})
		f.That(w.Change == "", "change", "only_of_correction")
	case w.Kind == Swap:
		f.Date("target.rest", t.Rest)
		f.That(t.Rest != t.Date, "target.rest", "same_date")
		f.only(t, Subject{Target: Target{Date: t.Date}, Rest: t.Rest, Prior: t.Prior})
		f.That(w.Change == "", "change", "only_of_correction")
	default:
		f.correction(w.Change, t)
	}
}

// only refuses a target that says more than its kind has a meaning for.
func (f *fields) only(t, meant Subject) { f.That(t == meant, "target", "not_of_this_kind") }

func (f *fields) correction(change Change, t Subject) {
	f.That(slices.Contains(changes, change), "change", "unknown_value")
	if change == Retime || change == Redirect || change == Void {
		f.Document("target.punch", t.Punch)
	}
	if change == Add || change == Redirect {
		f.That(slices.Contains(directions, t.Dir), "target.dir", "unknown_value")
	}
	if change == Add || change == Retime {
		f.That(t.At > 0, "target.at", "missing")
	}
	switch change {
	case Add:
		f.only(t, Subject{Target: Target{Date: t.Date, Dir: t.Dir}, At: t.At})
	case Retime:
		f.only(t, Subject{Target: Target{Date: t.Date, Punch: t.Punch}, At: t.At})
	case Redirect:
		f.only(t, Subject{Target: Target{Date: t.Date, Punch: t.Punch, Dir: t.Dir}})
	case Void:
		f.only(t, Subject{Target: Target{Date: t.Date, Punch: t.Punch}})
	case Explain:
		f.Text("target.key", t.Key, 160)
		f.only(t, Subject{Target: Target{Date: t.Date}, Key: t.Key})
	}
}

func (f *fields) evidence(e Evidence) {
	f.SHA256("evidence.sha256", e.SHA256)
	f.Text("evidence.mime", e.MIME, maxMIME)
	f.That(0 < e.Bytes, "evidence.bytes", "missing")
	f.Secret("evidence.ref", e.Ref, domain.ClassPhoto)
	if f.First == nil && e.Bytes > maxBytes {
		f.First = domain.NewError(domain.Invalid, "evidence_rejected", "sha256", e.SHA256)
	}
}
