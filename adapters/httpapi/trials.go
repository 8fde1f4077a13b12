package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// Trials evaluate recorded days under rules that do not govern, and write nothing.
type Trials interface {
	Replay(ctx context.Context, w TrialWish) (Tried, error)
}

// TrialWish is a candidate, for whom, and for which days. Without groups they are all that are bound to the candidate's ruleset.
type TrialWish struct {
	Doc      *ruleset.Document
	Among    whatif.Population
	Days     int         // how many of the days that differ are listed
	From, To domain.Date // both included; a zero To is open
	AsOf     string
}

// Tried is what came of a trial. Position is what it knew; Engine the build that evaluated.
type Tried struct {
	Report   whatif.Report
	Position eventstore.Position
	Engine   string
}

type replayIn struct {
	Nobody
	ID
	Body struct {
		Document string      `json:"document,omitempty" maxLength:"262144" doc:"Candidate: YAML or JSON; its id is that of the path. Or version, or draft; else the pack of that id."`
		Version  int         `json:"version,omitempty" minimum:"1"`
		Draft    string      `json:"draft,omitempty" maxLength:"64"`
		From     domain.Date `json:"from" doc:"First date."`
		To       domain.Date `json:"to,omitzero" required:"false" doc:"Last date; up to now when left out, which is what publishing for the past asks for."`
		Groups   []string    `json:"groups,omitempty" maxItems:"100" doc:"Only these, whatever rules they have; all that follow the ruleset when left out."`
		Sites    []string    `json:"sites,omitempty" maxItems:"100" doc:"Only people of these sites."`
		Tags     []string    `json:"tags,omitempty" maxItems:"100" doc:"Only people with these tags."`
		Sample   int         `json:"sample,omitempty" minimum:"1" doc:"Of these, so many people drawn by seed; everybody when left out. What is partial cannot be adopted."`
		Seed     int64       `json:"seed,omitempty" doc:"The same number draws the same people."`
		List     int         `json:"list,omitempty" minimum:"1" maximum:"1000" doc:"How many of the days that differ are listed; 200 when left out. All are counted."`
		AsOf     string      `json:"as_of,omitempty" maxLength:"40" doc:"On what was known at a position or an instant."`
		Record   bool        `json:"record,omitempty" doc:"Write down that it was made, and the hash of its report, so that it can be adopted."`
		Purpose  string      `json:"purpose,omitempty" pattern:"^([a-z0-9_.-]{1,64})?$" doc:"With record; rule_change when left out."`
	}
}

type replayedOut struct {
	Body struct {
		Replay     string               `json:"replay,omitempty" doc:"Of one that was recorded."`
		ReportHash string               `json:"report_hash"`
		Position   eventstore.Position  `json:"position" doc:"What it knew."`
		Summary    whatif.Summary       `json:"summary" doc:"Of everybody."`
		Months     []whatif.MonthChange `json:"months"`
		Groups     []whatif.GroupChange `json:"groups" doc:"Groups, sites and tags of five people or more; the smallest of them is left out where the rest of all people would be fewer."`
		Spread     []whatif.Bucket      `json:"spread" doc:"People by how much they gain or lose, in seconds of worth; of fewer than five people no number is given."`
		Days       []DayChange          `json:"days" doc:"Those that differ, of people whose days one may see."`
		Hidden     int                  `json:"hidden,omitempty" doc:"Of the listed days, those that one may not see."`
		Failures   []whatif.Failure     `json:"failures,omitempty" doc:"People who cannot be evaluated on one side, of those whose days one may see; persons_failed counts all. They are in no figure, and the replay cannot be adopted."`
		Receipt    *Receipt             `json:"receipt,omitempty"`
	}
}

// DayChange is whatif.DayChange without traces, which why gives.
type DayChange struct {
	Emp    string          `json:"emp"`
	Date   domain.Date     `json:"date"`
	Before *whatif.Figures `json:"before"`
	After  *whatif.Figures `json:"after"`
	Stage  int             `json:"stage"`
	Name   string          `json:"stage_name,omitempty"`
	Note   string          `json:"note,omitempty"`
	Rule   string          `json:"rule,omitempty"`
}

// ReplayOf is the input of an act about one recorded replay.
type ReplayOf struct {
	Nobody
	Replay string `path:"replay" maxLength:"64" pattern:"^[a-z0-9_.-]+$" doc:"Id of the replay."`
}

type replayGetIn struct {
	ReplayOf
	Past
}

type replayShownOut struct {
	Seen
	Body struct {
		Replay     string               `json:"replay"`
		State      string               `json:"state" enum:"requested,completed,failed,adopted,discarded"`
		Hash       string               `json:"hash" doc:"Of the candidate's rules; empty where none were tried."`
		Calendars  []string             `json:"calendars,omitempty" doc:"Years of calendars that were tried, as id/year."`
		Zones      string               `json:"zones,omitempty" doc:"Release of the zone data that were tried."`
		Intake     whatif.Intake        `json:"intake,omitempty" enum:"keep,rejudge" doc:"Whether punches that wait or do not count were judged again."`
		Groups     []string             `json:"groups,omitempty"`
		From       domain.Date          `json:"from"`
		To         domain.Date          `json:"to" doc:"Last date."`
		Purpose    string               `json:"purpose"`
		By         string               `json:"by"`
		ReportHash string               `json:"report_hash,omitempty"`
		Counts     whatif.Counts        `json:"counts"`
		Publish    []whatif.Publication `json:"publish,omitempty" doc:"What may be published, of one that was adopted."`
	}
}

type adoptIn struct {
	ReplayOf
	Body struct {
		Approvers []string    `json:"approvers,omitempty" maxItems:"8" doc:"Who approves; who asks when left out. Under dual control somebody else than who asked for it."`
		From      domain.Date `json:"from,omitzero" required:"false" doc:"First date that the rules are to govern; the first of the replay when left out."`
	}
}

type discardIn struct {
	ReplayOf
	Body struct{ Reason }
}

// trialRoutes try rules on what happened. Who may try them does not see more people's days by it.
func (s *Server) trialRoutes() {
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/rulesets/{id}/replays", ID: "replay-rules", Action: access.RulesTry, Object: "replay",
		Summary: "Evaluate recorded days under other rules, and say what would differ.",
	}, s.replay)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/replays/{replay}", ID: "get-replay", Action: access.RulesTry, Object: "replay",
		Summary: "A recorded replay, without its days.",
	}, getReplay)
	const object = "adoption"
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/replays/{replay}/adopt", ID: "adopt-replay", Action: access.RulesEdit, Object: object,
		Summary: "Accept a recorded replay, so that its rules may be published.",
	},
		func(ctx context.Context, c *Call, in *adoptIn) (*Written, error) {
			adopt, err := c.Directory().Adopting(in.Replay, in.Body.From, in.Body.Approvers, c.Who.Principal)
			if err != nil {
				return nil, err
			}
			return c.act(ctx, adopt, "")
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/replays/{replay}/discard", ID: "discard-replay", Action: access.RulesEdit, Object: object,
		Summary: "Close a recorded replay without effect.",
	},
		func(ctx context.Context, c *Call, in *discardIn) (*Written, error) {
			return c.act(ctx, whatif.DiscardReplay{Replay: in.Replay, Reason: in.Body.Reason.Reason}, "")
		})
}

// candidate finds the rules that are to be tried.
func (c *Call) candidate(in *replayIn) (*ruleset.Document, error) {
	b, id := in.Body, in.ID.ID
	switch {
	case b.Document != "":
		return c.documentOf(id, b.Document)
	case b.Version > 0:
		v, ok := c.Directory().Ruleset(id).Version(b.Version)
		if !ok {
			return nil, domain.NewError(domain.NotFound, "unknown_version", "ruleset", id, "version", strconv.Itoa(b.Version))
		}
		return ruleset.ParseStored(v.Doc)
	case b.Draft != "":
		return storedRules(c.Directory(), id, b.Draft)
	}
	return c.namedRules(id)
}

func (s *Server) replay(ctx context.Context, c *Call, in *replayIn) (*replayedOut, error) {
	b := in.Body
	doc, err := c.candidate(in)
	if err != nil {
		return nil, err
	}
	if b.To != 0 && b.To < b.From {
		return nil, domain.NewError(domain.Invalid, "invalid_value", "field", "to", "value", b.To.String(), "problem", "before_from")
	}
	done, err := s.heavy()
	if err != nil {
		return nil, err
	}
	defer done()
	id, wish := c.NewID("r"), TrialWish{Doc: doc, Among: in.among(), Days: cmp.Or(b.List, 200), From: b.From, To: b.To, AsOf: b.AsOf}
	if before := c.Directory().Replay(id); before.Status != whatif.None { // the request comes again
		wish.AsOf = strconv.FormatUint(before.Request.AsOf, 10)
	}
	tried, err := s.o.Trials.Replay(ctx, wish)
	if err != nil {
		return nil, err
	}
	out := c.replayShown(tried, b.From)
	if b.Record {
		err = c.record(ctx, id, in, doc, tried, out)
	}
	return out, err
}

// among is who is asked for.
func (in *replayIn) among() whatif.Population {
	p := whatif.Population{Groups: in.Body.Groups, Sites: in.Body.Sites, Tags: in.Body.Tags}
	if in.Body.Sample > 0 {
		p.Sample = &whatif.Sample{N: in.Body.Sample, Seed: in.Body.Seed}
	}
	return p
}

// replayShown leaves out who moves most, and the days of people whose days one may not see.
func (c *Call) replayShown(tried Tried, from domain.Date) *replayedOut {
	out := &replayedOut{}
	b := &out.Body
	b.ReportHash, b.Position, b.Summary, b.Days = tried.Report.Hash(), tried.Position, tried.Report.Summary, []DayChange{}
	collective := tried.Report.Collective()
	b.Months, b.Groups, b.Spread = orEmpty(tried.Report.Months), orEmpty(collective.Groups), orEmpty(collective.Spread)
	for _, d := range tried.Report.Days {
		if c.May(access.DayRead, d.Emp, d.Date) {
			b.Days = append(b.Days, DayChange{d.Emp, d.Date, d.Before, d.After, d.Stage, d.Name, d.Note, d.Rule})
		} else {
			b.Hidden++
		}
	}
	for _, f := range tried.Report.Failures {
		if c.May(access.DayRead, f.Emp, from) {
			b.Failures = append(b.Failures, f)
		}
	}
	return out
}

// record writes a replay down.
func (c *Call) record(ctx context.Context, id string, in *replayIn, doc *ruleset.Document, tried Tried, out *replayedOut) error {
	b := in.Body
	if b.Purpose == "" {
		b.Purpose = "rule_change"
	}
	request, complete, err := c.Directory().Recording(ledger.Trial{
		Replay: id, Doc: doc, Among: in.among(), From: b.From, To: b.To, AsOf: uint64(tried.Position), Purpose: b.Purpose,
		Actor: c.Who.Principal, Report: tried.Report, ReportHash: out.Body.ReportHash, Engine: tried.Engine,
	})
	if err != nil {
		return err
	}
	if _, err := c.doStep(ctx, "request", request); err != nil {
		return err
	}
	done, err := c.doStep(ctx, "complete", complete)
	if err == nil {
		out.Body.Replay, out.Body.Receipt = id, &written(done, id).Body
	}
	return err
}

var replayStates = map[whatif.Status]string{
	whatif.Requested: "requested", whatif.Completed: "completed", whatif.Failed: "failed", whatif.Adopted: "adopted", whatif.Discarded: "discarded",
}

func getReplay(ctx context.Context, c *Call, in *replayGetIn) (*replayShownOut, error) {
	m, err := c.at(ctx, in.Past, "")
	if err != nil {
		return nil, err
	}
	defer m.Close()
	s := m.Directory.Replay(in.Replay)
	if s.Status == whatif.None {
		return nil, domain.NewError(domain.NotFound, "unknown_replay", "replay", in.Replay)
	}
	out := &replayShownOut{Seen: Seen{m.Position}}
	b, r := &out.Body, s.Request
	b.Replay, b.State, b.Hash, b.Groups, b.From, b.To = in.Replay, replayStates[s.Status], r.Candidate.Hash, r.Population.Groups, r.Window.From, r.Window.To-1
	for _, y := range r.Candidate.Calendars {
		b.Calendars = append(b.Calendars, y.Calendar+"/"+strconv.Itoa(y.Year))
	}
	if z := r.Candidate.Zones; z != nil {
		b.Zones = z.Version
	}
	b.Intake = r.Intake
	b.Purpose, b.By, b.ReportHash, b.Counts, b.Publish = r.Purpose, r.Requester, s.ReportHash, s.Counts, s.Adoption.Publish
	return out, nil
}
