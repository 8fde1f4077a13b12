package whatif

// Command is a wish about one replay.
//
//sumtype:decl
type Command interface {
	Stream() string
	replayCommand()
}

// RequestReplay asks for a report. A document among the candidate may be spelled in any way; its hash is that of the
// canonical form and may be left empty. Compare and Intake default to as_known and keep.
type RequestReplay struct {
	Replay     string
	Candidate  Candidate
	Population Population
	Window     Window
	AsOf       uint64
	Compare    Compare
	Intake     Intake
	Purpose    string
	ActorID    string
}

// CompleteReplay hands in the report's hash.
type CompleteReplay struct {
	Replay     string
	ReportHash string
	Engine     string
	Counts     Counts
}

// FailReplay says that no report could be made.
type FailReplay struct {
	Replay string
	Error  string
}

// AdoptReplay accepts the report that was seen: ReportHash and the hashes in Publish are those that the approvers
// were shown.
type AdoptReplay struct {
	Replay        string
	ReportHash    string
	PlanHash      string
	Publish       []Publication
	AdjustPeriods []string
	Approvers     []string
	ActorID       string
}

// DiscardReplay closes a replay without effect.
type DiscardReplay struct {
	Replay string
	Reason string
}

// Stream returns the stream of the replay.
func (c RequestReplay) Stream() string { return Stream(c.Replay) }

// Stream returns the stream of the replay.
func (c CompleteReplay) Stream() string { return Stream(c.Replay) }

// Stream returns the stream of the replay.
func (c FailReplay) Stream() string { return Stream(c.Replay) }

// Stream returns the stream of the replay.
func (c AdoptReplay) Stream() string { return Stream(c.Replay) }

// Stream returns the stream of the replay.
func (c DiscardReplay) Stream() string { return Stream(c.Replay) }

func (RequestReplay) replayCommand()  {}
func (CompleteReplay) replayCommand() {}
func (FailReplay) replayCommand()     {}
func (AdoptReplay) replayCommand()    {}
func (DiscardReplay) replayCommand()  {}

// Facts are what a decision needs from elsewhere. In the zero value nothing stands in the way and two persons are
// needed.
type Facts struct {
	PopulationEmpty  bool   // RequestReplay: nobody is in the population during the window
	CandidateProblem string // RequestReplay: why the document does not compile, or that the version or a calendar is unknown or withdrawn
	SingleControl    bool   // the policy dual_control is off
}
