package anomaly_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections/anomaly"
)

type lists struct{ there, past []anomaly.Row }

func (l lists) Anomalies(_ context.Context, _ anomaly.Query, yield func(anomaly.Row) error) error {
	return each(l.there, yield)
}

func (l lists) ResolvedAnomalies(_ context.Context, _ anomaly.Query, yield func(anomaly.Row) error) error {
	return each(l.past, yield)
}

func each(rows []anomaly.Row, yield func(anomaly.Row) error) error {
	for _, r := range rows {
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

func row(emp string, date domain.Date, id, severity, state, device string) anomaly.Row {
	return anomaly.Row{
		Employee: emp, Date: date, Anomaly: attendance.Anomaly{ID: id, Severity: severity, State: state, Block: severity == "high"},
		About: anomaly.About{Group: "office", Device: device},
	}
}

func TestGrouped(t *testing.T) {
	muted := row("e2", 9, "early_leave", "low", "waived", "")
	muted.About.Until = 20
	source := lists{
		there: []anomaly.Row{
			row("e1", 5, "late", "low", "open", ""), row("e1", 7, "late", "low", "acknowledged", ""), row("e2", 3, "late", "low", "open", ""),
			row("e1", 5, "punch.missing_out", "high", "open", ""), muted, row("e3", 4, "short_hours", "low", "acknowledged", ""),
			row("e3", 4, "punch.late_arrival", "low", "open", "gate"), row("e3", 4, "punch.late_arrival", "low", "open", "door"),
		},
		past: []anomaly.Row{row("e4", 2, "punch.missing_out", "high", anomaly.Resolved, ""), row("e4", 2, "absent", "high", anomaly.Resolved, "")},
	}
	got, err := anomaly.Grouped(t.Context(), source, anomaly.Query{}, nil)
	require.NoError(t, err)
	cause := func(id, device string) anomaly.Cause { return anomaly.Cause{ID: id, Group: "office", Device: device} }
	require.Equal(t, []anomaly.Group{
		{Cause: cause("punch.missing_out", ""), State: "open", Severity: "high", Block: true, Count: 2, People: 2, First: 2, Last: 5, Open: 1, Resolved: 1},
		{Cause: cause("late", ""), State: "open", Severity: "low", Count: 3, People: 2, First: 3, Last: 7, Open: 2, Explained: 1},
		{Cause: cause("punch.late_arrival", "door"), State: "open", Severity: "low", Count: 1, People: 1, First: 4, Last: 4, Open: 1},
		{Cause: cause("punch.late_arrival", "gate"), State: "open", Severity: "low", Count: 1, People: 1, First: 4, Last: 4, Open: 1},
		{Cause: cause("short_hours", ""), State: "explained", Severity: "low", Count: 1, People: 1, First: 4, Last: 4, Explained: 1},
		{Cause: cause("early_leave", ""), State: "muted", Severity: "low", Count: 1, People: 1, First: 9, Last: 9, Muted: 1, MutedTo: 20},
		{Cause: cause("absent", ""), State: "resolved", Severity: "high", Count: 1, People: 1, First: 2, Last: 2, Resolved: 1},
	}, got)
	got, err = anomaly.Grouped(t.Context(), source, anomaly.Query{}, func(e string, _ domain.Date) bool { return e == "e2" })
	require.NoError(t, err)
	require.Len(t, got, 2)
}
