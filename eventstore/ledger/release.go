package ledger

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/whatif"
)

// Release is a document on its way to become a version of its ruleset.
type Release struct {
	Doc    *ruleset.Document
	Source string      // the text that it was read from, where there is one
	Draft  string      // the draft that it is already, where one was named
	From   domain.Date // the document's own when zero
	Until  domain.Date
	Replay string // the adopted replay that shows what it changes
	Author string // who publishes
}

// Drafting returns the command that keeps a document as a draft of its author, under an id made of what it says.
func (r Release) Drafting() (ruleset.DraftRuleset, error) {
	data, err := r.Doc.JSON()
	if err != nil {
		return ruleset.DraftRuleset{}, err
	}
	hash, err := ruleset.Hash(r.Doc)
	if err != nil {
		return ruleset.DraftRuleset{}, err
	}
	return ruleset.DraftRuleset{Ruleset: r.Doc.ID, Draft: "d" + hash[:12], Doc: data, Source: r.Source, ActorID: r.Author}, nil
}

// Releasing returns the commands that make a document a version, to be carried out in this order. Draft is nil where the draft is
// there: one that was named, or one that somebody else made of the same document, which is published as it is, with its review.
func (d *Directory) Releasing(r Release) (draft *ruleset.DraftRuleset, publish ruleset.PublishRuleset, err error) {
	made, err := r.Drafting()
	if err != nil {
		return nil, publish, err
	}
	hash, err := ruleset.Hash(r.Doc)
	if err != nil {
		return nil, publish, err
	}
	have, known := sameDocument(d.Ruleset(r.Doc.ID), hash, r.Author)
	switch {
	case r.Draft != "":
		made.Draft = r.Draft
	case known && have.Author != r.Author:
		made.Draft = have.ID
	default:
		if known {
			made.Draft, made.BasedOn, made.Note = have.ID, have.BasedOn, have.Note
		}
		draft = &made
	}
	publish = ruleset.PublishRuleset{
		Ruleset: r.Doc.ID, Draft: made.Draft, Hash: hash, EffectiveFrom: r.From, EffectiveTo: r.Until, Replay: r.Replay,
	}
	if publish.EffectiveFrom == 0 {
		publish.EffectiveFrom = r.Doc.Effective
	}
	return draft, publish, nil
}

// sameDocument finds the draft of a document: a reviewed one before others, then the author's own.
func sameDocument(s ruleset.RulesetState, hash, author string) (best ruleset.RulesetDraft, found bool) {
	rank := func(d ruleset.RulesetDraft) int {
		switch {
		case d.State() == "reviewed":
			return 2
		case d.Author == author:
			return 1
		}
		return 0
	}
	for _, d := range s.Drafts {
		if d.Hash == hash && (!found || rank(d) > rank(best)) {
			best, found = d, true
		}
	}
	return best, found
}

// DocumentHash returns the hash of a document that a ruleset keeps: of a version by its number, or of a draft by its id.
func (d *Directory) DocumentHash(id, which string) (string, error) {
	s := d.Ruleset(id)
	if n, err := strconv.Atoi(which); err == nil {
		if v, ok := s.Version(n); ok {
			return v.Hash, nil
		}
	}
	if x, ok := s.Draft(which); ok {
		return x.Hash, nil
	}
	return "", domain.NewError(domain.NotFound, "unknown_version", "ruleset", id, "version", which)
}

// LackedYears returns what publishes the shipped years of a calendar that the ledger lacks: rules and sites bring them along.
func (d *Directory) LackedYears(id string) ([]schedule.PublishCalendarYear, error) {
	if id == "" {
		return nil, nil
	}
	have := d.Calendar(id)
	if _, shipped := ruleset.Calendar(id); !shipped && !have.Exists() {
		return nil, domain.NewError(domain.NotFound, "unknown_calendar", "calendar", id)
	}
	var out []schedule.PublishCalendarYear
	for _, doc := range ruleset.Calendars() {
		if y := doc.Year; doc.ID == id && have.LastVersion(y.Year) == 0 {
			out = append(out, schedule.PublishCalendarYear{
				Calendar: id, Year: y.Year, Version: 1, Days: y.Days, Source: y.Source, Provisional: y.Provisional, Extended: y.Extended,
			})
		}
	}
	return out, nil
}

// WaitingDraft finds a draft by its id, or the only one that has not become a version.
func (d *Directory) WaitingDraft(id, draft string) (ruleset.RulesetDraft, error) {
	s := d.Ruleset(id)
	if found, ok := s.Draft(draft); ok {
		return found, nil
	}
	var open []string
	var last ruleset.RulesetDraft
	for _, x := range s.Drafts {
		if !slices.ContainsFunc(s.Versions, func(v ruleset.RulesetVersion) bool { return v.Hash == x.Hash }) {
			open, last = append(open, x.ID), x
		}
	}
	if draft != "" || len(open) != 1 {
		return ruleset.RulesetDraft{}, domain.NewError(domain.NotFound, "unknown_draft", "ruleset", id, "draft", draft, "waiting", fmt.Sprint(open))
	}
	return last, nil
}

// Trial is a replay that was made and is to be written down.
type Trial struct {
	Replay   string
	Doc      *ruleset.Document // nil where no rules were tried
	Years    []whatif.CandidateYear
	Zones    *whatif.CandidateZones
	Intake   whatif.Intake
	Among    whatif.Population
	From, To domain.Date // both included; a zero To is up to now
	AsOf     uint64
	Purpose  string
	Actor    string

	Report     whatif.Report
	ReportHash string
	Engine     string
}

// Recording returns the commands that write a replay down, to be carried out in this order.
func (d *Directory) Recording(t Trial) (whatif.RequestReplay, whatif.CompleteReplay, error) {
	candidate := whatif.Candidate{Calendars: t.Years, Zones: t.Zones}
	if t.Doc != nil {
		doc, err := t.Doc.JSON()
		if err != nil {
			return whatif.RequestReplay{}, whatif.CompleteReplay{}, err
		}
		candidate.Doc = doc
	}
	if t.To == 0 {
		t.To = d.LastTurned()
	}
	request := whatif.RequestReplay{
		Replay: t.Replay, Candidate: candidate, Intake: t.Intake, Population: t.Among, Window: whatif.Window{From: t.From, To: t.To + 1},
		AsOf: t.AsOf, Purpose: t.Purpose, ActorID: t.Actor,
	}
	s := t.Report.Summary
	return request, whatif.CompleteReplay{
		Replay: t.Replay, ReportHash: t.ReportHash, Engine: t.Engine,
		Counts: whatif.Counts{Persons: s.Persons, Days: s.DaysSame + s.DaysChanged, PersonsChanged: s.PersonsChanged, DaysChanged: s.DaysChanged, Failures: s.PersonsFailed},
	}, nil
}

// Adopting returns the command that accepts a recorded replay, so that its rules may be published from a date on; a zero date is
// the first of the replay.
func (d *Directory) Adopting(replay string, from domain.Date, approvers []string, actor string) (whatif.AdoptReplay, error) {
	s := d.Replay(replay)
	if s.Status != whatif.None && !s.Request.RulesAlone() {
		return whatif.AdoptReplay{}, domain.NewError(domain.Conflict, "replay_not_rules", "replay", replay)
	}
	doc, err := ruleset.ParseStored(s.Request.Candidate.Doc)
	if err != nil {
		return whatif.AdoptReplay{}, domain.NewError(domain.NotFound, "unknown_replay", "replay", replay)
	}
	if from == 0 {
		from = s.Request.Window.From
	}
	if len(approvers) == 0 {
		approvers = []string{actor}
	}
	plan := []whatif.Publication{{Ruleset: doc.ID, Hash: s.Request.Candidate.Hash, EffectiveFrom: from}}
	return whatif.AdoptReplay{
		Replay: replay, ReportHash: s.ReportHash, PlanHash: whatif.PlanHash(plan, nil), Publish: plan, Approvers: approvers, ActorID: actor,
	}, nil
}

// LastTurned is the last date that is over somewhere.
func (d *Directory) LastTurned() domain.Date {
	var last domain.Date
	for _, z := range d.Zones() {
		last = max(last, d.Turned(z))
	}
	return last
}
