package sqlite_test

import (
	"flag"
	"testing"

	"github.com/punchledger/punchledger/projections/viewtest"
)

var (
	publishedChanges = flag.Int("published.changes", 200, "how many random rule changes are tried, adopted and published")
	publishedSeed    = flag.Uint64("published.seed", 1, "seed of the first history")
)

// changesOfAHistory is how many rule changes one random history has.
const changesOfAHistory = 20

// Publishing after a what-if gives exactly the rows of its report, and no decision of a person is lost.
func TestPublishingGivesWhatTheReplayShowed(t *testing.T) {
	var sum viewtest.Published
	for seed := *publishedSeed; sum.Changes < *publishedChanges; seed++ {
		found := viewtest.RunPublished(t, func(tb testing.TB) viewtest.Store {
			tb.Helper()
			return viewsAt(tb, ":memory:")
		}, seed, min(changesOfAHistory, *publishedChanges-sum.Changes))
		sum.Changes += found.Changes
		sum.Refused += found.Refused
		sum.Changed += found.Changed
		sum.Days += found.Days
		sum.Decisions += found.Decisions
	}
	t.Log(sum)
}
