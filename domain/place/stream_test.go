package place_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
)

func TestCommandsNameTheirStreams(t *testing.T) {
	for stream, commands := range map[string][]interface{ Stream() string }{
		"site-bj-hq": {place.OpenSite{Site: "bj-hq"}, place.CloseSite{Site: "bj-hq"}},
		"device-t1": {
			place.EnrolDevice{Device: "t1"},
			place.SetTrust{Device: "t1"},
			place.CorrectDeviceClock{Device: "t1"},
			place.RecordOutage{Device: "t1"},
			place.RetireDevice{Device: "t1"},
		},
		"intake-t1-20261024": {record, void, quarantine(), place.RequeuePunches{Device: "t1", ReceivedOn: day("2026-10-24")}, place.AttributePunches{Device: "t1", ReceivedOn: day("2026-10-24")}},
	} {
		require.Contains(t, place.Categories(), domain.Category(stream))
		for _, c := range commands {
			require.Equal(t, stream, c.Stream(), "%T", c)
		}
	}
}

func TestIntakeIsFiledByTheUTCDateOfReceipt(t *testing.T) {
	late := record
	late.ReceivedAt = at("2026-10-25T07:59:59+08:00")
	require.Equal(t, "intake-t1-20261024", late.Stream())
}
