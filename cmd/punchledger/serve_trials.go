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
	report, position, err := v.tryOne(ctx, wish.Doc, wish.Among, wish.Days)
	return httpapi.Tried{Report: report, Position: position, Engine: engineVersion}, err
}

// tryOne replays one document for a population and says which position it knew.
func (v *view) tryOne(ctx context.Context, doc *ruleset.Document, among whatif.Population, keep int) (whatif.Report, eventstore.Position, error) {
	candidate, err := v.candidateOf(ctx, doc)
	if err != nil {
		return whatif.Report{}, 0, err
	}
	q, candidates := evaluate.Question{Keep: keep}, []*evaluate.Candidate{candidate}
	if err := v.asked(ctx, &q, candidates, among); err != nil {
		return whatif.Report{}, 0, err
	}
	at, err := v.views.Checkpoint(ctx, projections.AllViews)
	if err != nil {
		return whatif.Report{}, 0, err
	}
	reports, err := v.replay(ctx, q, candidates)
	if err != nil {
		return whatif.Report{}, 0, err
	}
	return reports[0], at.Position, nil
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
