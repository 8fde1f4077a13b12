// Package whatif holds replays: a candidate ruleset tried on a population over a window, and what became of it.
//
// It keeps the question, the hash of the answer and the adoption. The report itself is computed from facts and kept
// as a file by its hash; nothing here ever writes a result.
package whatif

import "github.com/punchledger/punchledger/domain"

// Category is the first part of the names of this package's streams.
const Category = "replay"

// Categories returns the categories of the streams that this package writes.
func Categories() []string { return []string{Category} }

// Events returns the zero value of every event type of this package.
func Events() []domain.Event {
	return []domain.Event{ReplayRequested{}, ReplayCompleted{}, ReplayFailed{}, ReplayAdopted{}, ReplayDiscarded{}}
}

// Upcasters returns the functions that lift events of older schemas.
func Upcasters() []domain.Upcaster { return nil }

// Stream returns the name of a replay's stream.
func Stream(replay string) string { return Category + "-" + replay }
