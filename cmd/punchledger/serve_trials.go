package main

import (
	"context"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain/ruleset"
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
	report, position, err := v.replay(ctx, evaluate.Question{Candidate: candidate, Keep: wish.Days}, wish.Among)
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
