package sqlite_test

import (
	"flag"
	"testing"

	"github.com/punchledger/punchledger/projections/viewtest"
)

var publishedChanges = flag.Int("published.changes", 0, "how many random rule changes are tried, adopted and published; 60, and 200 with torture.for, when left out")

// changesOfAHistory is how many rule changes one random history has.
const changesOfAHistory = 20

// Publishing after a what-if gives exactly the rows of its report, and no decision of a person is lost.
func TestTorturePublishingGivesWhatTheReplayShowed(t *testing.T) {
	wanted := *publishedChanges
	if wanted == 0 {
		wanted = 60
		if *tortureFor > 0 {
			wanted = 200
		}
	}
	var sum viewtest.Published
	for seed := *tortureSeed; sum.Changes < wanted; seed++ {
		found := viewtest.RunPublished(t, func(tb testing.TB) viewtest.Store {
			tb.Helper()
			return viewsAt(tb, ":memory:")
		}, seed, min(changesOfAHistory, wanted-sum.Changes))
		sum.Changes += found.Changes
		sum.Refused += found.Refused
		sum.Changed += found.Changed
		sum.Days += found.Days
		sum.Decisions += found.Decisions
	}
	t.Logf("%s, seed %d", sum, *tortureSeed)
}
