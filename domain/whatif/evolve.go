package whatif

import "fmt"

// State is one folded replay. Its zero value is the empty stream; it is never changed in place.
type State struct {
	Status     Status
	Request    ReplayRequested
	ReportHash string
	Engine     string
	Counts     Counts
	Failure    string
	Adoption   ReplayAdopted
}

// Status of a replay.
type Status uint8

// The statuses. Adopted and discarded replays are closed.
const (
	None Status = iota
	Requested
	Completed
	Failed
	Adopted
	Discarded
)

// Adopts reports whether the replay was adopted for a document, so that publishing it needs no other.
func (s State) Adopts(hash string) bool {
	return s.Status == Adopted && s.Request.Candidate.Hash == hash
}

// Evolve applies one event. The state it was given stays as it is.
func Evolve(s State, e Event) State {
	switch e := e.(type) {
	case ReplayRequested:
		s.Status, s.Request = Requested, e
		return s
	case ReplayCompleted:
		s.Status, s.ReportHash, s.Engine, s.Counts = Completed, e.ReportHash, e.Engine, e.Counts
		return s
	case ReplayFailed:
		s.Status, s.Failure = Failed, e.Error
		return s
	case ReplayAdopted:
		s.Status, s.Adoption = Adopted, e
		return s
	case ReplayDiscarded:
		s.Status = Discarded
		return s
	}
	panic(fmt.Sprintf("whatif: no case for %T", e))
}
