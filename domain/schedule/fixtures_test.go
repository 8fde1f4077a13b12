package schedule_test

import (
	"os"
	"testing"

	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/schedule"
)

func TestReleasedEventsStayReadable(t *testing.T) {
	decidertest.Fixtures(t, os.DirFS("testdata/events"), schedule.Events())
}
