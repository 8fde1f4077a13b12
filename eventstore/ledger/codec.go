package ledger

import (
	"slices"

	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
)

// NewCodec returns the codec of all events of the domain: those that the deciders of this package write.
func NewCodec() *eventstore.Codec {
	return eventstore.NewCodec(
		slices.Concat(people.Categories(), access.Categories(), schedule.Categories(), ruleset.Categories(), place.Categories(), timecard.Categories(),
			request.Categories(), whatif.Categories(), zone.Categories()),
		slices.Concat(people.Events(), access.Events(), schedule.Events(), ruleset.Events(), place.Events(), timecard.Events(),
			request.Events(), whatif.Events(), zone.Events()),
		slices.Concat(people.Upcasters(), access.Upcasters(), schedule.Upcasters(), ruleset.Upcasters(), place.Upcasters(), timecard.Upcasters(),
			request.Upcasters(), whatif.Upcasters(), zone.Upcasters()),
	)
}
