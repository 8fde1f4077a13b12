package request

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/punchledger/punchledger/domain"
)

// Decide answers a command with the events that come of it, or with an error when the command makes no sense. No
// events and no error means that the requests already say what was asked for.
func Decide(s State, c Command, f Facts) ([]Event, error) {
	switch c := c.(type) {
	case RecordExternalDecision:
		return recordExternalDecision(s, c, f)
	case SubmitRequest:
		return submit(s, c, f)
	case ResubmitRequest:
		return resubmit(s, c, f)
	case AttachEvidence:
		return attach(s, c)
	case DecideStep:
		return decideStep(s, c, f)
	case WithdrawRequest:
		return withdraw(s, c)
	case RevokeRequest:
		return revoke(s, c)
	case ReassignStep:
		return reassign(s, c, f)
	case EscalateDue:
		return escalate(s, c, f)
	case ExpireRequest:
		return expire(s, c)
	case ApplyRequest:
		return apply(s, c)
	}
	panic(fmt.Sprintf("request: no case for %T", c))
}

func recordExternalDecision(s State, c RecordExternalDecision, f Facts) ([]Event, error) {
	if field, problem := c.fault(); field != "" {
		return nil, domain.NewError(domain.Invalid, "invalid_field", "field", field, "problem", problem)
	}
	before, known := s.External(c.System, c.ExternalID)
	_, own := s.Own(c.Request)
	if _, taken := s.Request(c.Request); own || known != taken || known && before.Request != c.Request {
		return nil, domain.NewError(domain.Conflict, "request_exists", "request", c.Request, "external_id", c.ExternalID)
	}
	now := c.decision()
	if known && before.Outcome == c.Outcome {
		if before == now {
			return nil, nil
		}
		return nil, domain.NewError(domain.Conflict, "already_decided", "request", c.Request, "outcome", string(c.Outcome))
	}
	if c.Outcome == Revoked && !before.Live() {
		return nil, domain.NewError(domain.Conflict, "not_approved", "request", c.Request)
	}
	if c.Outcome == Approved {
		if err := s.approvable(c, f); err != nil {
			return nil, err
		}
	}
	return []Event{ExternalDecisionRecorded(c)}, nil
}

// approvable holds only for approvals: a rejection of what could not be approved is still a decision worth keeping.
func (s State) approvable(c RecordExternalDecision, f Facts) error {
	if f.NotEmployed {
		return domain.NewError(domain.Conflict, "not_employed", "emp", c.Emp, "date", c.Target.Date.String())
	}
	if f.ZoneUnknown {
		return domain.NewError(domain.Invalid, "unknown_tz", "tz", c.Target.TZ)
	}
	overlapped := s.blocking(c.Kind, Subject{Target: c.Target}, c.Request)
	if overlapped == "" {
		overlapped = f.Overlaps
	}
	if overlapped != "" {
		return domain.NewError(domain.Conflict, "overlaps_request", "request", overlapped)
	}
	return nil
}

func (c RecordExternalDecision) decision() Decision {
	return Decision{
		Request: c.Request, System: c.System, ExternalID: c.ExternalID, Kind: c.Kind, Target: c.Target, Type: c.Type,
		Settle: c.Settle, Outcome: c.Outcome, DecidedBy: c.DecidedBy, DecidedAt: c.DecidedAt,
	}
}

var (
	kinds      = []Kind{Overtime, Leave, Trip, Outing, Remote, Field, Correction, Swap}
	outcomes   = []Outcome{Approved, Rejected, Withdrawn, Revoked}
	directions = []string{"in", "out", "auto", "break_out", "break_in"}
)

// fault returns the first field that may not be stored, and why.
func (c RecordExternalDecision) fault() (field, problem string) {
	timed := c.Kind.Timed()
	switch {
	case !domain.ValidID(c.Request, true):
		return "request", "not an id"
	case !domain.ValidID(c.Emp, false):
		return "emp", "not an id"
	case !domain.ValidID(c.System, false):
		return "system", "not an id"
	case c.ExternalID == "" || len(c.ExternalID) > 128 || strings.ContainsFunc(c.ExternalID, unicode.IsControl):
		return "external_id", "missing, longer than 128 bytes, or holds a control character"
	case !slices.Contains(kinds, c.Kind):
		return "kind", "not a kind of request"
	case !slices.Contains(outcomes, c.Outcome):
		return "outcome", "not an outcome"
	case c.Target.Date.IsZero():
		return "target.date", "missing"
	case timed && (c.Target.From <= 0 || c.Target.To <= c.Target.From):
		return "target.to", "not after from"
	case !timed && (c.Target.From != 0 || c.Target.To != 0):
		return "target.from", "stands in a request that has no interval"
	case timed && (c.Target.Dir != "" || c.Target.Punch != ""):
		return "target.punch", "stands in a request about an interval"
	case c.Target.TZ != "" && c.Kind != Trip:
		return "target.tz", "only a trip names a zone"
	case c.Target.Dir != "" && !slices.Contains(directions, c.Target.Dir):
		return "target.dir", "not a direction"
	case c.Target.Punch != "" && !domain.ValidID(c.Target.Punch, true):
		return "target.punch", "not an id"
	case (c.Kind == Leave) != (c.Type != "") || c.Type != "" && !domain.ValidID(c.Type, true):
		return "type", "a leave names its type, nothing else does"
	case c.Settle != "" && (c.Kind != Overtime || c.Settle != Pay && c.Settle != TOIL):
		return "settle", "overtime is settled by pay or toil"
	case c.DecidedBy != "" && !domain.ValidID(c.DecidedBy, false):
		return "decided_by", "not an id"
	case !c.Text.IsZero() && c.Text.Class != domain.ClassText || len(c.Text.Clear) > 4096:
		return "text", "not of class text, or longer than 4096 bytes"
	}
	return "", ""
}
