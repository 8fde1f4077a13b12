package viewtest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/payroll"
)

func text(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

// rowsOf writes the rows of the three views, a line a row.
func rowsOf(t testing.TB, r projections.Reader) []string {
	t.Helper()
	var out []string
	require.NoError(t, r.Days(t.Context(), daily.Query{}, func(d daily.Row) error {
		out = append(out, d.Employee+" "+d.Date.String()+" day "+text(t, d.Day))
		return nil
	}))
	require.NoError(t, r.Anomalies(t.Context(), anomaly.Query{}, func(a anomaly.Row) error {
		out = append(out, a.Employee+" "+a.Date.String()+" anomaly "+text(t, a))
		return nil
	}))
	require.NoError(t, payroll.Rows(t.Context(), r, payroll.Query{}, func(p payroll.Row) error {
		out = append(out, p.Employee+" "+p.Date.String()+" row "+text(t, p))
		return nil
	}))
	return out
}

func fingerprint(t testing.TB, r projections.Reader) string {
	t.Helper()
	f, _, err := projections.Fingerprint(t.Context(), r)
	require.NoError(t, err)
	return f
}

// requireSame compares rows and shows the first ones that differ.
func requireSame(t testing.TB, want, got []string, about string) {
	t.Helper()
	if strings.Join(want, "\n") == strings.Join(got, "\n") {
		return
	}
	have := map[string]bool{}
	for _, line := range got {
		have[line] = true
	}
	wanted := map[string]bool{}
	var missing, more []string
	for _, line := range want {
		wanted[line] = true
		if !have[line] && len(missing) < 2 {
			missing = append(missing, line)
		}
	}
	for _, line := range got {
		if !wanted[line] && len(more) < 2 {
			more = append(more, line)
		}
	}
	require.Failf(t, "other rows", "want %d rows, got %d\nwant\n%s\ngot\n%s\n%s",
		len(want), len(got), strings.Join(missing, "\n"), strings.Join(more, "\n"), about)
}
