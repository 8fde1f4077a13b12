package people_test

import (
	"os"
	"testing"

	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/people"
)

func TestReleasedEventsStayReadable(t *testing.T) {
	decidertest.Fixtures(t, os.DirFS("testdata/events"), people.Events())
}
