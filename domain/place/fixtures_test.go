package place_test

import (
	"os"
	"testing"

	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/place"
)

func TestReleasedEventsStayReadable(t *testing.T) {
	decidertest.Fixtures(t, os.DirFS("testdata/events"), place.Events())
}
