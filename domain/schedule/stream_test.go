package schedule_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/schedule"
)

func TestCommandsNameTheirStreams(t *testing.T) {
	for stream, commands := range map[string][]interface{ Stream() string }{
		"calendar-cn-mainland": {
			schedule.PublishCalendarYear{Calendar: "cn-mainland"},
			schedule.AmendCalendarDay{Calendar: "cn-mainland"},
			schedule.WithdrawCalendarYear{Calendar: "cn-mainland"},
		},
		"roster-e1-202610": {
			schedule.SetRosterMonth{Emp: "e1", Month: "202610"},
			schedule.ChangeRosterDay{Emp: "e1", Date: day("2026-10-31")},
			schedule.SwapDays{Emp: "e1", WorkDate: day("2026-10-31"), RestDate: day("2026-11-02")},
		},
		"clock-asia.shanghai-2026": {schedule.TurnDay{TZ: "Asia/Shanghai", Date: day("2026-10-31")}},
	} {
		require.Contains(t, schedule.Categories(), domain.Category(stream))
		for _, c := range commands {
			require.Equal(t, stream, c.Stream(), "%T", c)
		}
	}
}
