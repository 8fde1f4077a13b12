package timecard

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
)

// Command is a wish about one timecard. Stream names the stream that it is decided on; ActorID is the person who acts.
//
//sumtype:decl
type Command interface {
	Stream() string
	timecardCommand()
}

// MaxPunches is the most punches that one RecordPunches may hold.
const MaxPunches = 500

// RecordPunch records one punch. Place, RuleCase and the verdict's reasons come from Facts; reasons that the caller
// already knows may stand in Details. A punch effective more than MaxSkew after its receipt is held. AtBest is the best outcome that
// the caller allows: a punch of a broken chain is held whatever its place is worth.
type RecordPunch struct {
	Details PunchDetails
	MaxSkew domain.Seconds
	AtBest  Outcome
}

// RecordPunches records up to MaxPunches punches of one timecard in one append. Punches that the timecard already
// holds give no event, so that the same file may be imported twice; State.Has tells which those are.
type RecordPunches struct {
	Punches []RecordPunch
}

// ReleasePunch lets a held punch count. Rejudged is set when it was judged again.
type ReleasePunch struct {
	Card
	Punch    string
	Reason   string
	ActorID  string
	Rejudged *Rejudged
}

// RefusePunch ends a hold without counting the punch.
type RefusePunch struct {
	Card
	Punch   string
	Reason  string
	ActorID string
}

// AdmitPunch lets a rejected or refused punch count after all. Rejudged is set when it was judged again.
type AdmitPunch struct {
	Card
	Punch    string
	Reason   string
	ActorID  string
	Rejudged *Rejudged
}

// AppealPunch asks for another look at a punch that was rejected or refused. Only the employee may.
type AppealPunch struct {
	Card
	Punch   string
	Text    domain.Secret
	ActorID string
}

// IdentifyPunch records what a later verification of a punch's passkey showed.
type IdentifyPunch struct {
	Card
	Punch string
	Check PasskeyCheck
}

// AddPunch enters a punch that no device recorded, at or before Now.
type AddPunch struct {
	Emp         string
	Punch       string
	EffectiveAt domain.Instant
	Dir         Direction
	Grounds     Grounds
	Site        string
	Job         string
	Cost        string
	Note        domain.Secret
	ActorID     string
	Now         domain.Instant
}

// VoidPunch takes a counted or held punch out. Batch is set when the whole import is voided.
type VoidPunch struct {
	Card
	Punch   string
	Grounds Grounds
	Batch   string
	ActorID string
}

// VoidPunches takes back up to MaxPunches punches of one timecard that came with an import, or stand for such, so that its lines may
// be recorded again: also those that a repair has voided already. A punch that another import brought, or that was taken back
// already, gives no event.
type VoidPunches struct {
	Card
	Punches []string
	Grounds Grounds
	Batch   string
	ActorID string
}

// RetimePunch moves a punch by at most MaxRetime from where it was first recorded.
type RetimePunch struct {
	Card
	Punch       string
	EffectiveAt domain.Instant
	Grounds     Grounds
	ClockFix    string
	ActorID     string
}

// MaxRetime is how far a punch may move from the instant first recorded; a larger repair is a void and an add.
const MaxRetime = 36 * domain.Hour

// RedirectPunch changes the direction of a punch.
type RedirectPunch struct {
	Card
	Punch   string
	Dir     Direction
	Grounds Grounds
	ActorID string
}

// CreditDay adds counted time to a date: the interval [From, To), or Seconds when both are zero.
type CreditDay struct {
	Emp      string
	Credit   string
	Date     domain.Date
	From, To domain.Instant
	Seconds  domain.Seconds
	Code     string
	Grounds  Grounds
	ActorID  string
}

// RevokeCredit takes a credit back.
type RevokeCredit struct {
	Card
	Credit  string
	Grounds Grounds
	ActorID string
}

// AcknowledgeAnomaly says that the actor has seen an anomaly.
type AcknowledgeAnomaly struct {
	Emp     string
	Date    domain.Date
	Key     string
	ActorID string
}

// WaiveAnomaly closes an anomaly by decision.
type WaiveAnomaly struct {
	Emp     string
	Date    domain.Date
	Key     string
	Reason  string
	Until   domain.Date
	ActorID string
}

// AttestDay records the employee's own word on the result of a day.
type AttestDay struct {
	Emp        string
	Date       domain.Date
	ResultHash string
	Statement  Statement
	Note       domain.Secret
	ActorID    string
}

// Stream returns the stream of the punch's employee and month.
func (c RecordPunch) Stream() string { return c.Details.Card().Stream() }

// Stream returns the stream of the first punch; a punch of another one is an error of the decision.
func (c RecordPunches) Stream() string {
	if len(c.Punches) == 0 {
		return ""
	}
	return c.Punches[0].Stream()
}

// Stream returns the stream of the employee and the month of EffectiveAt.
func (c AddPunch) Stream() string { return CardAt(c.Emp, c.EffectiveAt).Stream() }

// Stream returns the stream of the employee and the month of the date.
func (c CreditDay) Stream() string { return CardOn(c.Emp, c.Date).Stream() }

// Stream returns the stream of the employee and the month of the date.
func (c AcknowledgeAnomaly) Stream() string { return CardOn(c.Emp, c.Date).Stream() }

// Stream returns the stream of the employee and the month of the date.
func (c WaiveAnomaly) Stream() string { return CardOn(c.Emp, c.Date).Stream() }

// Stream returns the stream of the employee and the month of the date.
func (c AttestDay) Stream() string { return CardOn(c.Emp, c.Date).Stream() }

func (RecordPunch) timecardCommand()        {}
func (RecordPunches) timecardCommand()      {}
func (ReleasePunch) timecardCommand()       {}
func (RefusePunch) timecardCommand()        {}
func (AdmitPunch) timecardCommand()         {}
func (AppealPunch) timecardCommand()        {}
func (IdentifyPunch) timecardCommand()      {}
func (AddPunch) timecardCommand()           {}
func (VoidPunch) timecardCommand()          {}
func (VoidPunches) timecardCommand()        {}
func (RetimePunch) timecardCommand()        {}
func (RedirectPunch) timecardCommand()      {}
func (CreditDay) timecardCommand()          {}
func (RevokeCredit) timecardCommand()       {}
func (AcknowledgeAnomaly) timecardCommand() {}
func (WaiveAnomaly) timecardCommand()       {}
func (AttestDay) timecardCommand()          {}

// Outcome is what intake makes of a punch.
type Outcome uint8

// The outcomes, from best to worst.
const (
	Accept Outcome = iota
	Hold
	Reject
)

// Verdict is the judgement of the intake policy, made elsewhere from the facts of the punch. Its zero value accepts.
type Verdict struct {
	Outcome  Outcome
	Place    Place
	RuleCase string
	Reasons  []string
}

// Intake is what the ledger knows of one punch that is to be recorded. Its zero value lets the punch through.
type Intake struct {
	NotEmployed   bool // on the attendance day plus max_open
	DeviceBlocked bool
	Duplicate     bool // the neighbouring month holds the same punch within a second
	Verdict       Verdict

	// Facts are what intake found, beside those that the command has; nil leaves these as they are.
	Facts *PunchFacts
	// Location is what is kept of the location of the command; nil leaves it as it is.
	Location *domain.Secret
}

// Facts are what a decision needs from elsewhere. In the zero value nothing stands in the way.
type Facts struct {
	Intake             map[string]Intake // by punch id, for RecordPunch and RecordPunches
	NotEmployed        bool              // AddPunch, CreditDay: on the day in question
	NotApproved        bool              // CreditDay: the request named is not approved
	NoSuchAnomaly      bool              // AcknowledgeAnomaly, WaiveAnomaly: it is not open now
	StaleResult        bool              // AttestDay: the day has another result by now
	SecondPersonNeeded bool              // acts with Grounds: pay of a closed period moves and two persons are required
}

// Identity returns what makes two uploads the same: their punches, in order.
func (c RecordPunches) Identity() []byte {
	var b []byte
	for _, p := range c.Punches {
		b = append(append(b, p.Identity()...), '\n')
	}
	return b
}

// Identity returns what makes two requests the same punch: the hash of what the device signed, else what it says. When and how it was
// received is not part of it, so a punch that is sent again is known again.
func (c RecordPunch) Identity() []byte {
	d := c.Details
	if d.Hash != "" {
		return fmt.Appendf(nil, "signed punch %q", d.Hash)
	}
	if d.TimeSource == ServerTime { // whose time is not the sender's to say
		return fmt.Appendf(nil, "witnessed punch %q %q %q %q %q", d.Emp, d.Punch, d.Dir, d.Device, d.Channel)
	}
	return fmt.Appendf(nil, "punch %q %q %q %q %d %q %d %q %q %q %q %q",
		d.Emp, d.Punch, d.Dir, d.ClaimedAt, d.ClaimedOffset, d.Device, d.DeviceSeq, d.PrevHash, d.Ticket, d.Channel, d.Job, d.Cost)
}
