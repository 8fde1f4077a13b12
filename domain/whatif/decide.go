package whatif

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

// Decide answers a command with the events that come of it, or with an error when the command makes no sense. No
// events and no error means that the replay already says what was asked for.
func Decide(s State, c Command, f Facts) ([]Event, error) {
	if s.Status == None {
		if _, ok := c.(RequestReplay); !ok {
			return nil, domain.NewError(domain.NotFound, "unknown_replay", "stream", c.Stream())
		}
	}
	switch c := c.(type) {
	case RequestReplay:
		return requestReplay(s, c, f)
	case CompleteReplay:
		return completeReplay(s, c)
	case FailReplay:
		return failReplay(s, c)
	case AdoptReplay:
		return adoptReplay(s, c, f)
	case DiscardReplay:
		return discardReplay(s, c)
	}
	panic(fmt.Sprintf("whatif: no case for %T", c))
}

func invalidField(field, problem string) error {
	return domain.NewError(domain.Invalid, "invalid_field", "field", field, "problem", problem)
}

func isHash(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32
}

func requestReplay(s State, c RequestReplay, f Facts) ([]Event, error) {
	if s.Status != None {
		return nil, domain.NewError(domain.Conflict, "replay_exists", "replay", c.Replay)
	}
	if c.Compare == "" {
		c.Compare = CompareAsKnown
	}
	if c.Intake == "" {
		c.Intake = IntakeKeep
	}
	switch {
	case !domain.ValidID(c.Replay, true):
		return nil, invalidField("replay", "not an id")
	case !c.Population.valid():
		return nil, invalidField("population", "holds something that is not an id, or more than 10000 of them")
	case !domain.ValidID(c.ActorID, true):
		return nil, invalidField("actor", "not an id")
	case !domain.IsCode(c.Purpose):
		return nil, invalidField("purpose", "not a code")
	case c.Window.From.IsZero() || c.Window.To <= c.Window.From:
		return nil, invalidField("window.to", "not after from")
	case c.Compare != CompareAsKnown && c.Compare != CompareSealed:
		return nil, invalidField("compare", "neither as_known nor sealed")
	case c.Intake != IntakeKeep && c.Intake != IntakeRejudge:
		return nil, invalidField("intake", "neither keep nor rejudge")
	case c.Population.Sample != nil && c.Population.Sample.N < 1:
		return nil, invalidField("population.sample.n", "less than 1")
	}
	candidate, err := c.Candidate.complete(f, c.Intake == IntakeRejudge)
	if err != nil {
		return nil, err
	}
	if f.PopulationEmpty {
		return nil, domain.NewError(domain.Invalid, "population_empty")
	}
	return []Event{ReplayRequested{
		Replay: c.Replay, Candidate: candidate, Population: c.Population, Window: c.Window, AsOf: c.AsOf,
		Compare: c.Compare, Intake: c.Intake, Purpose: c.Purpose, Requester: c.ActorID,
	}}, nil
}

// valid keeps the event within one append: a larger population is named by its groups.
func (p Population) valid() bool {
	all := slices.Concat(p.Groups, p.Sites, p.Tags, p.Employees)
	return len(all) <= 10_000 && !slices.ContainsFunc(all, func(id string) bool { return !domain.ValidID(id, true) })
}

// complete returns the candidate with its document in canonical form and its hash, or why it cannot be tried. Elsewhere says that
// something else than the candidate is tried, so that it may be empty.
func (c Candidate) complete(f Facts, elsewhere bool) (Candidate, error) {
	invalid := func(problem string) error {
		return domain.NewError(domain.Invalid, "candidate_invalid", "problem", problem)
	}
	rules := len(c.Doc) > 0 || c.Ruleset != ""
	elsewhere = elsewhere || len(c.Calendars) > 0 || c.Zones != nil
	switch problem := c.beside(); {
	case len(c.Doc) > 0 && c.Ruleset != "" || !rules && !elsewhere:
		return c, invalid("name a document or a version of a ruleset")
	case f.CandidateProblem != "":
		return c, invalid(f.CandidateProblem)
	case problem != "":
		return c, invalid(problem)
	case !rules && (c.Hash != "" || c.Version != 0):
		return c, invalid("no rules are tried, and a hash or a version is named")
	case !rules:
		return c, nil
	}
	if c.Ruleset != "" {
		if !domain.ValidID(c.Ruleset, true) || c.Version < 1 || !isHash(c.Hash) {
			return c, invalid("a version has a ruleset, a number and a hash")
		}
		return c, nil
	}
	doc, hash, err := ruleset.HashStored(c.Doc)
	switch {
	case err != nil:
		return c, invalid(err.Error())
	case c.Version != 0:
		return c, invalid("a document has no version yet")
	case len(doc) > ruleset.MaxDocument:
		return c, invalid("the document is too large")
	case c.Hash != "" && c.Hash != hash:
		return c, invalid("the document has another hash")
	}
	c.Doc, c.Hash = doc, hash
	return c, nil
}

// beside says what is wrong with calendars and zones.
func (c Candidate) beside() string {
	if len(c.Calendars) > 16 {
		return "more than 16 years of calendars"
	}
	for i, y := range c.Calendars {
		switch {
		case !domain.ValidID(y.Calendar, true) || y.Year < 1:
			return "a year of a calendar has an id and a year"
		case y.Hash != schedule.HashDays(y.Days):
			return "the days of a calendar have another hash"
		case slices.ContainsFunc(c.Calendars[:i], func(o CandidateYear) bool { return o.Calendar == y.Calendar }):
			return "a calendar is named twice"
		}
	}
	if z := c.Zones; z != nil && (z.Version == "" || len(z.Version) > 64 || !isHash(z.Hash)) {
		return "zone data have a release and a hash"
	}
	return ""
}

func completeReplay(s State, c CompleteReplay) ([]Event, error) {
	if !isHash(c.ReportHash) {
		return nil, invalidField("report_hash", "not a SHA-256 in hexadecimal")
	}
	if c.Engine == "" || len(c.Engine) > 64 {
		return nil, invalidField("engine", "missing, or longer than 64 bytes")
	}
	if s.Status == Completed && s.ReportHash == c.ReportHash {
		return nil, nil
	}
	if s.Status != Requested && s.Status != Failed { // a failed replay may be tried again
		return nil, closed(s, c.Replay)
	}
	return []Event{ReplayCompleted(c)}, nil
}

// closed says that the replay has gone on already.
func closed(s State, replay string) error {
	name := [...]string{"none", "requested", "completed", "failed", "adopted", "discarded"}[s.Status]
	return domain.NewError(domain.Conflict, "replay_closed", "replay", replay, "status", name)
}

func failReplay(s State, c FailReplay) ([]Event, error) {
	if !domain.IsCode(c.Error) {
		return nil, invalidField("error", "not a code")
	}
	if s.Status == Failed && s.Failure == c.Error {
		return nil, nil
	}
	if s.Status != Requested && s.Status != Failed {
		return nil, closed(s, c.Replay)
	}
	return []Event{ReplayFailed(c)}, nil
}

func adoptReplay(s State, c AdoptReplay, f Facts) ([]Event, error) {
	switch {
	case s.Status == Requested || s.Status == Failed:
		return nil, domain.NewError(domain.Conflict, "report_missing", "replay", c.Replay)
	case s.Status != Completed:
		return nil, closed(s, c.Replay)
	case s.Request.Population.Partial():
		return nil, domain.NewError(domain.Conflict, "replay_partial", "replay", c.Replay)
	case !s.Request.RulesAlone():
		return nil, domain.NewError(domain.Conflict, "replay_not_rules", "replay", c.Replay)
	case s.Counts.Failures > 0: // what cannot be evaluated would stop the views for everybody
		return nil, domain.NewError(domain.Conflict, "replay_failures", "replay", c.Replay, "persons", strconv.Itoa(s.Counts.Failures))
	case !isHash(c.PlanHash):
		return nil, invalidField("plan_hash", "not a SHA-256 in hexadecimal")
	case len(c.Publish) == 0:
		return nil, invalidField("publish", "missing")
	case c.ReportHash != s.ReportHash:
		return nil, domain.NewError(domain.Conflict, "report_stale", "replay", c.Replay, "report_hash", s.ReportHash)
	}
	for _, p := range c.Publish {
		if !domain.ValidID(p.Ruleset, true) || p.EffectiveFrom.IsZero() || !p.EffectiveTo.IsZero() && p.EffectiveTo <= p.EffectiveFrom {
			return nil, invalidField("publish", "names no ruleset, or ends before it begins")
		}
		if p.Hash != s.Request.Candidate.Hash {
			return nil, domain.NewError(domain.Conflict, "report_stale", "replay", c.Replay, "hash", p.Hash)
		}
	}
	approvers, err := s.approvers(c, f)
	if err != nil {
		return nil, err
	}
	return []Event{ReplayAdopted{
		Replay: c.Replay, ReportHash: c.ReportHash, PlanHash: c.PlanHash, Publish: c.Publish,
		AdjustPeriods: c.AdjustPeriods, Approvers: approvers, SingleControl: f.SingleControl,
	}}, nil
}

// approvers returns who stands behind the adoption, the actor included, once each and sorted. Two of them are needed,
// and the actor is not who asked for the replay, unless the ledger is under single control.
func (s State) approvers(c AdoptReplay, f Facts) ([]string, error) {
	all := append([]string{c.ActorID}, c.Approvers...)
	for _, a := range all {
		if !domain.ValidID(a, true) {
			return nil, invalidField("approvers", "not an id")
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if !f.SingleControl && (len(all) < 2 || c.ActorID == s.Request.Requester) {
		return nil, domain.NewError(domain.Forbidden, "second_approver_needed", "replay", c.Replay)
	}
	return all, nil
}

func discardReplay(s State, c DiscardReplay) ([]Event, error) {
	if c.Reason != "" && !domain.IsCode(c.Reason) {
		return nil, invalidField("reason", "not a code")
	}
	switch s.Status {
	case Discarded:
		return nil, nil
	case Adopted:
		return nil, closed(s, c.Replay)
	default:
		return []Event{ReplayDiscarded(c)}, nil
	}
}
