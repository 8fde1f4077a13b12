package main

import (
	"context"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/evaluate"
)

// Replay implements httpapi.Trials as the command replay does it. One moment of the past is looked at at a time.
func (a *apiViews) Replay(ctx context.Context, wish httpapi.TrialWish) (httpapi.Tried, error) {
	v := &view{reader: a.r, window: window{AsOf: wish.AsOf}, from: wish.From, to: wish.To, views: a.r.views, zones: a.r.zones}
	if wish.AsOf != "" {
		select {
		case a.past <- struct{}{}:
		case <-ctx.Done():
			return httpapi.Tried{}, ctx.Err()
		}
		defer func() { <-a.past }()
	}
	done, err := v.asOf(ctx)
	if err != nil {
		return httpapi.Tried{}, err
	}
	defer done()
	candidate, err := v.candidateOf(ctx, wish.Doc)
	if err != nil {
		return httpapi.Tried{}, err
	}
	report, position, err := v.replayOf(ctx, candidate, wish.Groups)
	return httpapi.Tried{Report: report, Position: position, Engine: engineVersion}, err
}

// candidateOf makes a document a candidate, with the number that it would have if it were published now.
func (v *view) candidateOf(ctx context.Context, doc *ruleset.Document) (*evaluate.Candidate, error) {
	hash, err := ruleset.Hash(doc)
	if err != nil {
		return nil, err
	}
	rules, err := ruleset.Compile(doc, hash)
	if err != nil {
		return nil, err
	}
	next, err := v.nextVersion(ctx, doc.ID)
	return &evaluate.Candidate{Rules: rules, Version: next}, err
}

// replayOf is the report of a candidate for the groups, and the position that it knows; without groups, for everybody whose group is bound to
// its ruleset.
func (v *view) replayOf(ctx context.Context, candidate *evaluate.Candidate, groups []string) (whatif.Report, eventstore.Position, error) {
	candidate.From, candidate.To = v.from, v.to
	if candidate.Groups = groups; len(groups) == 0 {
		candidate.InPlaceOf = candidate.Rules.Doc.ID
	}
	at, err := v.views.Checkpoint(ctx, projections.AllViews)
	if err != nil {
		return whatif.Report{}, 0, err
	}
	report, err := v.replay(ctx, candidate)
	return report, at.Position, err
}
