// Package decidertest proves deciders by cases: given events, when a command comes, then these events or this error.
//
// It also keeps released events readable: see Fixtures. It is for tests only.
package decidertest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
)

// Case is one sentence about a decider. C is the command interface of a stream kind, F its facts, E its event
// interface.
type Case[C, F, E any] struct {
	Name  string // a sentence
	Given []E    // what the stream holds
	When  C
	Facts F
	Then  []E    // the events decided, in order; nil when nothing is to happen
	Err   string // the code of the error, instead of Then
}

// Run runs every case as a subtest. Besides the outcome it holds the decider to its contract: deciding again gives
// the same answer, every decided event has a case in evolve, and neither decide nor evolve changes a state that it
// was given.
func Run[S, C, F, E any](
	t *testing.T,
	decide func(S, C, F) ([]E, error),
	evolve func(S, E) S,
	cases []Case[C, F, E],
) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) { runCase(t, decide, evolve, c) })
	}
}

func runCase[S, C, F, E any](t *testing.T, decide func(S, C, F) ([]E, error), evolve func(S, E) S, c Case[C, F, E]) {
	t.Helper()
	state := Fold(evolve, c.Given...)
	got, err := decide(state, c.When, c.Facts)
	if c.Err != "" {
		require.Equal(t, c.Err, Code(err), "error code of %v", err)
		require.Empty(t, got, "events beside an error")
	} else {
		require.NoError(t, err)
		require.Equal(t, len(c.Then), len(got), "number of events: %v", got)
		for i := range c.Then {
			require.Equal(t, c.Then[i], got[i], "event %d", i)
		}
	}
	require.Equal(t, Fold(evolve, c.Given...), state, "the decision changed the state")
	again, _ := decide(state, c.When, c.Facts)
	require.Equal(t, got, again, "deciding twice")
	first, second := state, state
	for _, e := range got {
		first = evolve(first, e)
	}
	for _, e := range got {
		second = evolve(second, e)
	}
	require.Equal(t, first, second, "evolving the same state twice")
	require.Equal(t, Fold(evolve, c.Given...), state, "evolving changed the state it was given")
}

// Fold returns the state of a stream that holds events.
func Fold[S, E any](evolve func(S, E) S, events ...E) S {
	var s S
	for _, e := range events {
		s = evolve(s, e)
	}
	return s
}

// Code returns the code of a *domain.Error, the text of any other error and an empty string for none.
func Code(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*domain.Error](err); ok {
		return e.Code
	}
	return err.Error()
}
