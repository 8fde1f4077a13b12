package people

import (
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// GroupFacts are what a decision about a group needs from elsewhere.
type GroupFacts struct {
	RulesetKnown  bool // the ruleset that the command names has a published version
	RulesetGone   bool // all its versions are withdrawn
	DocumentKnown bool // BindShadow: the ruleset has a draft, or a version in force, of the hash
	InUse         bool // somebody is in the group today or on a later date
}

// DecideGroup decides a command about an attendance group.
func DecideGroup(s GroupState, c GroupCommand, f GroupFacts) ([]GroupEvent, error) {
	switch c := c.(type) {
	case CreateGroup:
		return createGroup(s, c)
	case BindRuleset:
		return bindRuleset(s, c, f)
	case UnbindRuleset:
		return unbindRuleset(s, c)
	case BindShadow:
		return bindShadow(s, c, f)
	case UnbindShadow:
		return unbindShadow(s, c)
	case ArchiveGroup:
		if err := s.writable(c.Group); err != nil {
			return nil, err
		}
		if f.InUse {
			return nil, domain.NewError(domain.Conflict, "group_in_use", "group", c.Group)
		}
		return []GroupEvent{GroupArchived(c)}, nil
	}
	panic(fmt.Sprintf("people: no case for %T", c))
}

func (s GroupState) writable(group string) error {
	if !s.Exists() {
		return domain.NewError(domain.NotFound, "unknown_group", "group", group)
	}
	if s.Archived {
		return domain.NewError(domain.Conflict, "group_archived", "group", group)
	}
	return nil
}

func createGroup(s GroupState, c CreateGroup) ([]GroupEvent, error) {
	var is fields
	is.Document("group", c.Group)
	is.Text("title", c.Title, maxName)
	if is.First != nil {
		return nil, is.First
	}
	if s.Exists() {
		return nil, domain.NewError(domain.Conflict, "group_exists", "group", c.Group)
	}
	return []GroupEvent{GroupCreated(c)}, nil
}

func bindRuleset(s GroupState, c BindRuleset, f GroupFacts) ([]GroupEvent, error) {
	var is fields
	is.Document("ruleset", c.Ruleset)
	is.Date("from", c.From)
	is.OptionalDate("to", c.To)
	is.That(c.To.IsZero() || c.From < c.To, "to", "not_after_from")
	if is.First != nil {
		return nil, is.First
	}
	if err := s.writable(c.Group); err != nil {
		return nil, err
	}
	if !f.RulesetKnown {
		return nil, domain.NewError(domain.Invalid, "unknown_ruleset", "ruleset", c.Ruleset)
	}
	if f.RulesetGone {
		return nil, domain.NewError(domain.Conflict, "ruleset_withdrawn", "ruleset", c.Ruleset)
	}
	for _, b := range s.Bindings {
		if overlaps(b.From, b.To, c.From, c.To) {
			return nil, domain.NewError(domain.Conflict, "binding_overlap",
				"ruleset", b.Ruleset, "from", b.From.String(), "to", openEnd(b.To),
				"wanted", c.Ruleset, "wanted_from", c.From.String(), "wanted_to", openEnd(c.To))
		}
	}
	if n := len(s.Bindings); n > 0 && c.From != s.Bindings[n-1].To && c.To != s.Bindings[0].From {
		return nil, domain.NewError(domain.Conflict, "binding_gap",
			"from", s.Bindings[0].From.String(), "to", openEnd(s.Bindings[n-1].To))
	}
	return []GroupEvent{RulesetBound(c)}, nil
}

func unbindRuleset(s GroupState, c UnbindRuleset) ([]GroupEvent, error) {
	var is fields
	is.Document("ruleset", c.Ruleset)
	is.Date("from", c.From)
	if is.First != nil {
		return nil, is.First
	}
	if err := s.writable(c.Group); err != nil {
		return nil, err
	}
	b, ok := s.BindingOn(c.From)
	if !ok || b.Ruleset != c.Ruleset {
		return nil, domain.NewError(domain.Conflict, "not_bound", "ruleset", c.Ruleset, "from", c.From.String())
	}
	if last := s.Bindings[len(s.Bindings)-1]; last != b {
		return nil, domain.NewError(domain.Conflict, "binding_gap", "from", c.From.String(), "to", last.From.String())
	}
	return []GroupEvent{RulesetUnbound(c)}, nil
}

func bindShadow(s GroupState, c BindShadow, f GroupFacts) ([]GroupEvent, error) {
	var is fields
	is.Document("ruleset", c.Ruleset)
	is.SHA256("hash", c.Hash)
	is.Date("from", c.From)
	is.OptionalDate("to", c.To)
	is.That(c.To.IsZero() || c.From < c.To, "to", "not_after_from")
	if is.First != nil {
		return nil, is.First
	}
	if err := s.writable(c.Group); err != nil {
		return nil, err
	}
	if !f.DocumentKnown {
		return nil, domain.NewError(domain.NotFound, "unknown_document", "ruleset", c.Ruleset, "hash", c.Hash)
	}
	if slices.Contains(s.Shadows, Shadow{Ruleset: c.Ruleset, Hash: c.Hash, From: c.From, To: c.To}) {
		return nil, nil
	}
	for _, x := range s.Shadows {
		if overlaps(x.From, x.To, c.From, c.To) {
			return nil, domain.NewError(domain.Conflict, "shadow_overlap",
				"ruleset", x.Ruleset, "from", x.From.String(), "to", openEnd(x.To), "group", c.Group)
		}
	}
	return []GroupEvent{ShadowBound(c)}, nil
}

func unbindShadow(s GroupState, c UnbindShadow) ([]GroupEvent, error) {
	var is fields
	is.Date("from", c.From)
	if is.First != nil {
		return nil, is.First
	}
	if err := s.writable(c.Group); err != nil {
		return nil, err
	}
	n := len(s.Shadows)
	if n == 0 || !c.From.Covers(s.Shadows[n-1].From, s.Shadows[n-1].To) {
		return nil, domain.NewError(domain.Conflict, "no_shadow", "group", c.Group, "from", c.From.String())
	}
	return []GroupEvent{ShadowUnbound(c)}, nil
}

// openEnd writes the end of a window; an open one is three dots.
func openEnd(to domain.Date) string {
	if to.IsZero() {
		return "…"
	}
	return to.String()
}

// overlaps reports whether two half-open intervals of dates share one; a zero end is open, an interval from a date to itself is empty.
func overlaps(from1, to1, from2, to2 domain.Date) bool {
	return from1 != to1 && from2 != to2 && (to2.IsZero() || from1 < to2) && (to1.IsZero() || from2 < to1)
}
