package httpapi

import (
	"context"
	"net/http"
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/eventstore"
)

type draftReportIn struct {
	DraftOf
	Dates
}

type draftReportOut struct {
	Body struct {
		Draft    string               `json:"draft"`
		Hash     string               `json:"hash" doc:"Of the document that was tried: the one to be countersigned."`
		Position eventstore.Position  `json:"position" doc:"What it knew."`
		Summary  whatif.Summary       `json:"summary" doc:"Of everybody."`
		Months   []whatif.MonthChange `json:"months"`
		Groups   []whatif.GroupChange `json:"groups" doc:"Groups, sites and tags of five people or more."`
	}
}

// draftReportRoutes show those who speak for the employees what a draft would change, without naming anybody.
func (s *Server) draftReportRoutes() {
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/rulesets/{id}/drafts/{draft}/report", ID: "report-draft", Action: access.RulesReview,
		Object: "draft report", Summary: "What a draft would change on recorded days: sums of five people or more, and no names.",
	}, s.reportDraft)
}

func (s *Server) reportDraft(ctx context.Context, c *Call, in *draftReportIn) (*draftReportOut, error) {
	from, to := in.Window(c.Today)
	if to-from >= MaxDates {
		return nil, domain.NewError(domain.Invalid, "invalid_value", "field", "from", "value", from.String(), "problem", "too_many_dates")
	}
	d, ok := c.Directory().Ruleset(in.ID.ID).Draft(in.Draft)
	if !ok {
		return nil, domain.NewError(domain.NotFound, "unknown_draft", "ruleset", in.ID.ID, "draft", in.Draft)
	}
	doc, err := storedRules(c.Directory(), in.ID.ID, in.Draft)
	if err != nil {
		return nil, err
	}
	done, err := s.heavy()
	if err != nil {
		return nil, err
	}
	defer done()
	tried, err := s.o.Trials.Replay(ctx, TrialWish{Doc: doc, From: from, To: to})
	if err != nil {
		return nil, err
	}
	if n := tried.Report.Summary.Persons; n < whatif.Fewest {
		return nil, domain.NewError(domain.Invalid, "too_few_people", "people", strconv.Itoa(n), "least", strconv.Itoa(whatif.Fewest))
	}
	shown, out := tried.Report.Collective(), &draftReportOut{}
	b := &out.Body
	b.Draft, b.Hash, b.Position, b.Summary = d.ID, d.Hash, tried.Position, shown.Summary
	b.Months, b.Groups = orEmpty(shown.Months), orEmpty(shown.Groups)
	return out, nil
}
