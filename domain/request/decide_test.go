package request_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/request"
)

type (
	Case   = decidertest.Case[request.Command, request.Facts, request.Event]
	Events = []request.Event
)

const hour = domain.Instant(3600_000)

var (
	date    = domain.NewDate(2026, 10, 20)
	evening = (date.Unix() + 18*domain.Hour).Instant()
	asked   = request.RecordExternalDecision{
		Request: "req-1", Emp: "emp_7", System: "oa", ExternalID: "OT/118", Kind: request.Overtime, Settle: request.Pay,
		Target: request.Target{Date: date, From: evening, To: evening + 2*hour}, Outcome: request.Approved, DecidedBy: "emp_2",
	}
)

func change(f func(*request.RecordExternalDecision)) request.RecordExternalDecision {
	c := asked
	f(&c)
	return c
}

func outcome(o request.Outcome) request.RecordExternalDecision {
	return change(func(c *request.RecordExternalDecision) { c.Outcome = o })
}

func other(f func(*request.RecordExternalDecision)) request.RecordExternalDecision {
	c := change(func(c *request.RecordExternalDecision) { c.Request, c.ExternalID = "req-2", "OT/119" })
	f(&c)
	return c
}

func trip(tz string) request.RecordExternalDecision {
	return change(func(c *request.RecordExternalDecision) { c.Kind, c.Settle, c.Target.TZ = request.Trip, "", tz })
}

func recorded(cs ...request.RecordExternalDecision) Events {
	var out Events
	for _, c := range cs {
		out = append(out, request.ExternalDecisionRecorded(c))
	}
	return out
}

func TestRecordExternalDecision(t *testing.T) {
	overlapping := other(func(c *request.RecordExternalDecision) { c.Target.From += hour; c.Target.To += hour })
	adjoining := other(func(c *request.RecordExternalDecision) { c.Target.From += 2 * hour; c.Target.To += 2 * hour })
	leave := other(func(c *request.RecordExternalDecision) { c.Kind, c.Settle, c.Type = request.Leave, "", "annual" })
	longer := change(func(c *request.RecordExternalDecision) { c.Target.To += hour })
	correction := other(func(c *request.RecordExternalDecision) {
		c.Kind, c.Settle, c.Target = request.Correction, "", request.Target{Date: date, Dir: "out"}
	})
	sameCorrection := correction
	sameCorrection.Request, sameCorrection.ExternalID = "req-3", "C/1"
	rejectedOverlap := overlapping
	rejectedOverlap.Outcome = request.Rejected
	decidertest.Run(t, request.Decide, request.Evolve, []Case{
		{Name: "an approved overtime is recorded", When: asked, Then: recorded(asked)},
		{Name: "a rejection is recorded", When: outcome(request.Rejected), Then: recorded(outcome(request.Rejected))},
		{Name: "a withdrawal is recorded", When: outcome(request.Withdrawn), Then: recorded(outcome(request.Withdrawn))},
		{Name: "the same decision again changes nothing", Given: recorded(asked), When: asked},
		{Name: "the same outcome with other content is refused", Given: recorded(asked), When: longer, Err: "already_decided"},
		{
			Name: "a revocation ends an approval", Given: recorded(asked),
			When: outcome(request.Revoked), Then: recorded(outcome(request.Revoked)),
		},
		{Name: "only an approval is revoked", Given: recorded(outcome(request.Rejected)), When: outcome(request.Revoked), Err: "not_approved"},
		{Name: "what was never decided is not revoked", When: outcome(request.Revoked), Err: "not_approved"},
		{
			Name: "after a revocation the request may be approved with other hours", Given: recorded(asked, outcome(request.Revoked)),
			When: longer, Then: recorded(longer),
		},
		{Name: "a trip to a zone that nobody knows is refused", When: trip("Asia/Nowhere"), Facts: request.Facts{ZoneUnknown: true}, Err: "unknown_tz"},
		{Name: "a trip keeps the zone it goes to", When: trip("Asia/Tokyo"), Then: recorded(trip("Asia/Tokyo"))},
		{Name: "an approval for somebody who is not employed is refused", When: asked, Facts: request.Facts{NotEmployed: true}, Err: "not_employed"},
		{
			Name: "a rejection for somebody who is not employed is recorded", When: outcome(request.Rejected),
			Facts: request.Facts{NotEmployed: true}, Then: recorded(outcome(request.Rejected)),
		},
		{Name: "two approvals of one kind do not overlap", Given: recorded(asked), When: overlapping, Err: "overlaps_request"},
		{Name: "a live approval of last year overlaps as well", When: asked, Facts: request.Facts{Overlaps: "req-0"}, Err: "overlaps_request"},
		{Name: "an overlapping request may be rejected", Given: recorded(asked), When: rejectedOverlap, Then: recorded(rejectedOverlap)},
		{Name: "an approval may begin where another ends", Given: recorded(asked), When: adjoining, Then: recorded(adjoining)},
		{Name: "another kind may overlap", Given: recorded(asked), When: leave, Then: recorded(leave)},
		{
			Name: "a revoked approval does not stand in the way", Given: recorded(asked, outcome(request.Revoked)),
			When: overlapping, Then: recorded(overlapping),
		},
		{Name: "one edge of one day is corrected once", Given: recorded(correction), When: sameCorrection, Err: "overlaps_request"},
		{
			Name: "an id is not used for two requests", Given: recorded(asked), Err: "request_exists",
			When: change(func(c *request.RecordExternalDecision) { c.ExternalID = "OT/120" }),
		},
		{
			Name: "a request keeps its id", Given: recorded(asked), Err: "request_exists",
			When: change(func(c *request.RecordExternalDecision) { c.Request = "req-9" }),
		},
	})
}

func TestRecordExternalDecisionRefusesWhatCannotBeStored(t *testing.T) {
	for name, f := range map[string]func(*request.RecordExternalDecision){
		"no request id":                 func(c *request.RecordExternalDecision) { c.Request = "" },
		"an employee id with a dash":    func(c *request.RecordExternalDecision) { c.Emp = "emp-7" },
		"no system":                     func(c *request.RecordExternalDecision) { c.System = "" },
		"no external id":                func(c *request.RecordExternalDecision) { c.ExternalID = "" },
		"an external id with a tab":     func(c *request.RecordExternalDecision) { c.ExternalID = "a\tb" },
		"an unknown kind":               func(c *request.RecordExternalDecision) { c.Kind = "party" },
		"an unknown outcome":            func(c *request.RecordExternalDecision) { c.Outcome = "maybe" },
		"no date":                       func(c *request.RecordExternalDecision) { c.Target.Date = 0 },
		"an interval that ends at once": func(c *request.RecordExternalDecision) { c.Target.To = c.Target.From },
		"overtime about a punch":        func(c *request.RecordExternalDecision) { c.Target.Punch = "p1" },
		"overtime with a leave type":    func(c *request.RecordExternalDecision) { c.Type = "annual" },
		"a leave without type":          func(c *request.RecordExternalDecision) { c.Kind, c.Settle = request.Leave, "" },
		"an unknown way to settle":      func(c *request.RecordExternalDecision) { c.Settle = "beer" },
		"a remote day that is settled":  func(c *request.RecordExternalDecision) { c.Kind = request.Remote },
		"a correction with an interval": func(c *request.RecordExternalDecision) { c.Kind, c.Settle = request.Correction, "" },
		"a decider with a name":         func(c *request.RecordExternalDecision) { c.DecidedBy = "Ann Li" },
		"a text sealed as a photo":      func(c *request.RecordExternalDecision) { c.Text = domain.NewSecret(domain.ClassPhoto, "x") },
		"a correction of no direction": func(c *request.RecordExternalDecision) {
			c.Kind, c.Settle, c.Target = request.Correction, "", request.Target{Date: date, Dir: "up"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := request.Decide(request.State{}, change(f), request.Facts{})
			require.Equal(t, "invalid_field", decidertest.Code(err))
		})
	}
}

func TestApprovalsAreThoseInForce(t *testing.T) {
	next := other(func(c *request.RecordExternalDecision) { c.Target.From += 2 * hour; c.Target.To += 2 * hour })
	s := decidertest.Fold(request.Evolve, recorded(asked, next, outcome(request.Revoked))...)
	require.Len(t, s.Decisions, 2)
	require.Len(t, s.Approvals(), 1)
	require.Equal(t, "req-2", s.Approvals()[0].Request)
}

func TestStream(t *testing.T) {
	require.Equal(t, "request-emp_7-2026", asked.Stream())
}

func TestFixtures(t *testing.T) {
	decidertest.Fixtures(t, os.DirFS("testdata/events"), request.Events())
}
