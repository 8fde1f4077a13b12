package whatif

import (
	"encoding/json"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/schedule"
)

// Event is an event of a replay.
//
//sumtype:decl
type Event interface {
	domain.Event
	replayEvent()
}

// ReplayRequested asks what a candidate would have given: for whom, for which dates [from, to), on what was known at
// the position as_of, compared with what is known or with what was sealed. Purpose is a code.
type ReplayRequested struct {
	Replay     string     `json:"replay"`
	Candidate  Candidate  `json:"candidate"`
	Population Population `json:"population"`
	Window     Window     `json:"window"`
	AsOf       uint64     `json:"as_of"`
	Compare    Compare    `json:"compare"`
	Intake     Intake     `json:"intake"`
	Purpose    string     `json:"purpose"`
	Requester  string     `json:"requester"`
}

// ReplayCompleted gives the SHA-256 of the report, the engine that made it and how much it found.
type ReplayCompleted struct {
	Replay     string `json:"replay"`
	ReportHash string `json:"report_hash"`
	Engine     string `json:"engine"`
	Counts     Counts `json:"counts"`
}

// ReplayFailed says that no report could be made; error is a code.
type ReplayFailed struct {
	Replay string `json:"replay"`
	Error  string `json:"error"`
}

// ReplayAdopted accepts the report: the versions of publish are to be published, and the periods named are to be
// adjusted. Plan_hash is the SHA-256 of the plan that the approvers saw; single_control says that no second person
// was required.
type ReplayAdopted struct {
	Replay        string        `json:"replay"`
	ReportHash    string        `json:"report_hash"`
	PlanHash      string        `json:"plan_hash"`
	Publish       []Publication `json:"publish"`
	AdjustPeriods []string      `json:"adjust_periods,omitempty"`
	Approvers     []string      `json:"approvers"`
	SingleControl bool          `json:"single_control,omitempty"`
}

// ReplayDiscarded closes a replay without effect; reason is a code.
type ReplayDiscarded struct {
	Replay string `json:"replay"`
	Reason string `json:"reason,omitempty"`
}

// Candidate is what is tried: a document, or a published version of a ruleset, and beside it or alone years of calendars and zone data
// in the place of the ledger's. Hash is that of the document in either case, and empty where no rules are tried.
type Candidate struct {
	Hash      string          `json:"hash"`
	Doc       json.RawMessage `json:"doc,omitempty"`
	Ruleset   string          `json:"ruleset,omitempty"`
	Version   int             `json:"version,omitempty"`
	Calendars []CandidateYear `json:"calendars,omitempty"`
	Zones     *CandidateZones `json:"zones,omitempty"`
}

// CandidateYear is a year of a calendar. Hash is that of its days, as CalendarYearPublished has it.
type CandidateYear struct {
	Calendar string                 `json:"calendar"`
	Year     int                    `json:"year"`
	Days     []schedule.CalendarDay `json:"days"`
	Hash     string                 `json:"hash"`
}

// CandidateZones is an archive of time zones by its release and the SHA-256 of its bytes, which whoever asks again has to have.
type CandidateZones struct {
	Version string `json:"version"`
	Hash    string `json:"hash"`
}

// RulesAlone reports whether nothing but rules was tried, so that publishing them gives what the report says.
func (e ReplayRequested) RulesAlone() bool {
	return e.Candidate.Hash != "" && len(e.Candidate.Calendars) == 0 && e.Candidate.Zones == nil && e.Intake != IntakeRejudge
}

// Population says who is replayed: whoever is in one of the groups, sites, tags or employees named, everybody if none
// is named; of these a sample where one is asked for.
type Population struct {
	Groups    []string `json:"groups,omitempty"`
	Sites     []string `json:"sites,omitempty"`
	Tags      []string `json:"tags,omitempty"`
	Employees []string `json:"employees,omitempty"`
	Sample    *Sample  `json:"sample,omitempty"`
}

// Sample draws n people; the same seed draws the same people.
type Sample struct {
	N    int   `json:"n"`
	Seed int64 `json:"seed"`
}

// Window is the dates [From, To).
type Window struct {
	From domain.Date `json:"from"`
	To   domain.Date `json:"to"`
}

// Compare says what the candidate's results are compared with.
type Compare string

// The comparisons.
const (
	CompareAsKnown Compare = "as_known" // results under the rules known at as_of
	CompareSealed  Compare = "sealed"   // what was sealed when periods were closed
)

// Intake says whether punches keep the verdict they were recorded with.
type Intake string

// The ways to treat intake.
const (
	IntakeKeep    Intake = "keep"
	IntakeRejudge Intake = "rejudge" // punches that wait or do not count are judged again; those count that are accepted now
)

// Counts are the size of a report.
type Counts struct {
	Persons        int `json:"persons"`
	Days           int `json:"days"`
	PersonsChanged int `json:"persons_changed"`
	DaysChanged    int `json:"days_changed"`
	Failures       int `json:"failures"`
}

// Publication is a version that adoption publishes, for the dates [EffectiveFrom, EffectiveTo).
type Publication struct {
	Ruleset       string      `json:"ruleset"`
	Hash          string      `json:"hash"`
	EffectiveFrom domain.Date `json:"effective_from"`
	EffectiveTo   domain.Date `json:"effective_to,omitzero"`
}

// The stored names of the events.
func (ReplayRequested) EventType() string { return "ReplayRequested" }
func (ReplayCompleted) EventType() string { return "ReplayCompleted" }
func (ReplayFailed) EventType() string    { return "ReplayFailed" }
func (ReplayAdopted) EventType() string   { return "ReplayAdopted" }
func (ReplayDiscarded) EventType() string { return "ReplayDiscarded" }

func (ReplayRequested) replayEvent() {}
func (ReplayCompleted) replayEvent() {}
func (ReplayFailed) replayEvent()    {}
func (ReplayAdopted) replayEvent()   {}
func (ReplayDiscarded) replayEvent() {}
