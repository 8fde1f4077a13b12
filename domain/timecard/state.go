package timecard

import (
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// State is one folded timecard. Its zero value is the empty stream. What it points to is never changed: every event
// makes a new state that shares what did not change, so readers may keep any state, and must not write to it.
type State struct {
	Punches      Punches
	Credits      []Credit
	Waivers      []Waiver
	Attestations []Attestation // the last one of each date

	reopened int // punches voided with their import: only these can be recorded again
}

// PunchState says whether a punch counts.
type PunchState uint8

// The states of a punch. Accepted, released, admitted and added punches are Counted.
const (
	Counted PunchState = iota
	Held
	Rejected
	Refused
	Voided
)

// Punch is a punch with all that later happened to it.
type Punch struct {
	ID          string
	State       PunchState
	RecordedAs  string         // type of the event that recorded it
	EffectiveAt domain.Instant // after retiming
	FirstAt     domain.Instant // effective time as first recorded
	Dir         Direction      // after redirecting
	ReceivedAt  domain.Instant // zero for an added punch
	TimeSource  TimeSource
	Place       Place
	Site        string
	Job         string
	Cost        string
	Device      string
	DeviceSeq   int64
	Batch       string
	Hash        string // of what its device signed
	Reasons     []string
	Assurance   string
	Passkey     *PasskeyCheck // what its passkey's word is worth now; nil without one
	Appealed    bool          // the employee asked for another look
	Reopened    bool          // voided with its import: the line may be recorded again
	History     []string      // types of the events that changed it, oldest first
}

// Added reports whether a person entered the punch.
func (p *Punch) Added() bool { return p.RecordedAs == PunchAdded{}.EventType() }

// Credit is a credited interval or amount.
type Credit struct {
	ID       string
	Date     domain.Date
	From, To domain.Instant
	Seconds  domain.Seconds
	Code     string
	Request  string
	Revoked  bool
}

// Waiver says what was decided about an anomaly; a later decision replaces it.
type Waiver struct {
	Date   domain.Date
	Key    string
	Ack    bool // acknowledged only
	Reason string
	Until  domain.Date
}

// Attestation is the employee's last word on a date.
type Attestation struct {
	Date       domain.Date
	ResultHash string
	Statement  Statement
}

// Punch returns the punch of an id, or nil.
func (s State) Punch(id string) *Punch {
	p, _ := s.Punches.find(id)
	return p
}

// Has reports whether the timecard holds a punch, so that recording it again adds nothing. A punch that was voided
// with its import does not count as held.
func (s State) Has(id string) bool {
	p := s.Punch(id)
	return p != nil && !p.Reopened
}

// Held returns the punches that wait for a decision.
func (s State) Held() []*Punch {
	var out []*Punch
	for p := range s.Punches.All() {
		if p.State == Held {
			out = append(out, p)
		}
	}
	return out
}

// LiveCredits returns the credits that were not revoked.
func (s State) LiveCredits() []Credit {
	var out []Credit
	for _, c := range s.Credits {
		if !c.Revoked {
			out = append(out, c)
		}
	}
	return out
}

// Credit returns the credit of an id.
func (s State) Credit(id string) (Credit, bool) {
	i := slices.IndexFunc(s.Credits, func(c Credit) bool { return c.ID == id })
	if i < 0 {
		return Credit{}, false
	}
	return s.Credits[i], true
}

// Waiver returns what was decided about an anomaly of a date.
func (s State) Waiver(date domain.Date, key string) (Waiver, bool) {
	i := slices.IndexFunc(s.Waivers, func(w Waiver) bool { return w.Date == date && w.Key == key })
	if i < 0 {
		return Waiver{}, false
	}
	return s.Waivers[i], true
}

// Disputed returns the dates whose result the employee disputes.
func (s State) Disputed() []domain.Date {
	var out []domain.Date
	for _, a := range s.Attestations {
		if a.Statement == Dispute {
			out = append(out, a.Date)
		}
	}
	return out
}
