package postgres_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/directory"
	"github.com/punchledger/punchledger/projections/inbox"
	"github.com/punchledger/punchledger/projections/payroll"
)

// statements are those of docs/postgres.md below a heading.
func statements(t *testing.T, heading string) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/postgres.md")
	require.NoError(t, err)
	_, below, found := strings.Cut(string(text), "## "+heading+"\n")
	require.True(t, found)
	below, _, _ = strings.Cut(below, "\n### ")
	below, _, _ = strings.Cut(below, "\n## ")
	var out []string
	for _, block := range strings.Split(below, "```sql\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for s := range strings.SplitSeq(block, ";") {
			if s = strings.TrimSpace(s); s != "" {
				out = append(out, s)
			}
		}
	}
	require.NotEmpty(t, out)
	return out
}

// connect opens a connection and closes it with the test.
func connect(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close(context.WithoutCancel(t.Context()))) })
	return c
}

func lines(t *testing.T, c *pgx.Conn, query string) []string {
	t.Helper()
	rows, err := c.Query(t.Context(), "SELECT x::text FROM ("+query+") x")
	require.NoError(t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return out
}

// TestReports follows docs/postgres.md from an empty server to a report, and reads with the role that it makes.
func TestReports(t *testing.T) {
	super := connect(t, server.Address("postgres"))
	for _, s := range statements(t, "Setting it up on Debian") {
		_, err := super.Exec(t.Context(), s)
		require.NoError(t, err, s)
	}
	as := func(role string) string {
		return strings.Replace(server.Address("attendance"), "//owner@", "//"+role+"@", 1)
	}
	v, err := postgres.Open(t.Context(), postgres.Options{Address: as("punchledger"), Shape: "engine 1", Ledger: "ours"})
	require.NoError(t, err)
	defer func() { require.NoError(t, v.Close()) }()
	fillReports(t, v)

	owner := connect(t, as("punchledger"))
	reading := statements(t, "Reading with SQL")
	n := 0
	for ; !strings.HasPrefix(reading[n], "BEGIN"); n++ {
		by := owner
		if strings.Contains(reading[n], " ROLE ") {
			by = super
		}
		_, err := by.Exec(t.Context(), reading[n])
		require.NoError(t, err, reading[n])
	}
	reader := connect(t, as("attendance_reader"))
	for _, s := range reading[n:] {
		_, err := reader.Exec(t.Context(), s)
		require.NoError(t, err, s)
	}
	require.Equal(t, []string{"(7,\"1970-01-01 00:00:01+00\",t)"}, lines(t, reader, "SELECT * FROM report_position"))
	require.Equal(t, []string{`(e1,17,office,Asia/Shanghai,hq,2026-10-01,)`}, lines(t, reader, "SELECT * FROM report_people"))
	require.Equal(t, []string{`(e1,2026-10-24,work,D,Asia/Shanghai,t,f,1.000,29640,28800,60,0,"{absent_half,late}",office,cn,3,abc)`},
		lines(t, reader, "SELECT * FROM report_days WHERE date = '2026-10-24'"))
	require.Equal(t, []string{`(e1,2026-10-24,punch.missing_out,out,high,open,t,office,hq)`}, lines(t, reader, "SELECT * FROM report_exceptions"))
	require.Equal(t, []string{"(e1,q1,leave,annual,,approved,2026-10-24,\"1970-01-01 00:00:01+00\",\"1970-01-01 00:00:02+00\",)"},
		lines(t, reader, "SELECT * FROM report_requests"))
	var want []string
	require.NoError(t, payroll.Rows(t.Context(), v, payroll.Query{}, func(r payroll.Row) error {
		want = append(want, fmt.Sprintf("(%s,%s,%s,%d,%s)", r.RowID, r.Date, r.Code, r.Seconds, r.Hours))
		return nil
	}))
	require.Len(t, want, 3)
	require.Equal(t, want, lines(t, reader, "SELECT row_id, date, code, seconds, hours FROM report_rows ORDER BY employee, date, code, row_id"))

	for _, refused := range []string{
		"SELECT * FROM person", "SELECT * FROM punchledger.fact", "DELETE FROM report_people", "CREATE TABLE punchledger.own (id int)",
	} {
		_, err := reader.Exec(t.Context(), refused)
		require.Error(t, err, refused)
	}
}

func fillReports(t *testing.T, v *postgres.Views) {
	t.Helper()
	on := domain.NewDate(2026, 10, 24)
	day := attendance.Day{
		Employee: "e1", Date: on, Zone: "Asia/Shanghai", Shift: "D", Settled: true, Flags: []string{"absent_half", "late"}, Attended: 1000,
		Late: 60, Present: 29640, Counted: 28800, Pins: attendance.Pins{Ruleset: "cn", Version: 3, Group: "office"}, ResultHash: "abc",
	}
	raised := anomaly.Row{
		Employee: "e1", Date: on, Anomaly: attendance.Anomaly{ID: "punch.missing_out", Of: "out", Severity: "high", State: "open", Block: true},
		About: anomaly.About{Group: "office", Site: "hq"},
	}
	part := func(attended domain.Date, code string, s domain.Seconds, place string) payroll.Part {
		return payroll.Part{Employee: "e1", Day: attended, Row: attendance.Row{
			Date: on, Code: code, Class: "base", Rate: "1.50", Seconds: s, Dims: attendance.Dims{Site: "hq", Place: place},
		}}
	}
	parts := []payroll.Part{part(on-1, "OT", 1800, ""), part(on, "OT", 62, ""), part(on, "OT", 5, "home"), part(on, "REG", 28800, "")}
	to := projections.Checkpoint{Cursor: 9, Position: 7, RecordedAt: 1000}
	ctx := t.Context()
	require.NoError(t, v.Update(ctx, projections.AllViews, projections.Checkpoint{}, to, func(tx projections.Tx) error {
		for _, err := range []error{
			tx.ReplaceDays(ctx, "e1", on, on, []daily.Row{{Day: day}}),
			tx.ReplaceAnomalies(ctx, "e1", on, on, []anomaly.Row{raised}),
			tx.ReplaceParts(ctx, "e1", on-1, on, parts),
			tx.PutPerson(ctx, directory.Person{
				Employee: "e1", StaffNo: "17", Group: "office", Zone: "Asia/Shanghai", Site: "hq", HiredOn: domain.NewDate(2026, 10, 1),
			}),
			tx.PutRequest(ctx, inbox.Filed{
				Request: "q1", Employee: "e1", Kind: "leave", Type: "annual", Date: on, From: 1000, To: 2000, Status: "approved",
			}),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	}))
}
