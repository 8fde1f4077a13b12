package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/payroll"
)

// A stored row that was changed through the views themselves, so that its bytes are what was written, is told before anything else.
func TestADayThatIsNotAsStoredIsToldFirst(t *testing.T) {
	s := newShell(t)
	s.must("rules", "publish", "cn-bj-office", "--from", "2025-01-01")
	s.must("groups", "add", "office")
	s.must("groups", "bind", "office", "cn-bj-office", "--from", "2025-01-01")
	s.must("people", "add", "--id", "e1", "--name", "Wang Xiaoming", "--group", "office", "--hired", "2025-10-13")
	s.must("punch", "add", "e1", "2025-10-14T09:00", "in")
	s.must("punch", "add", "e1", "2025-10-14T18:00", "out")
	require.True(t, recomputed(t, s).Match)

	day := domain.NewDate(2025, 10, 14)
	views, err := openViews(t.Context(), filepath.Join(s.dir, "ledger", viewsFile))
	require.NoError(t, err)
	at, err := views.Checkpoint(t.Context(), projections.AllViews)
	require.NoError(t, err)
	var parts []payroll.Part
	require.NoError(t, views.Parts(t.Context(), payroll.Query{Employee: "e1", From: day, To: day}, func(p payroll.Part) error {
		p.Seconds += 600
		parts = append(parts, p)
		return nil
	}))
	require.NoError(t, views.Update(t.Context(), projections.AllViews, at, at, func(tx projections.Tx) error {
		return tx.ReplaceParts(t.Context(), "e1", day, day, parts)
	}))
	require.NoError(t, views.Close())

	a := recomputed(t, s)
	require.False(t, a.Match)
	require.Equal(t, []string{"rows"}, a.Differs)
	require.Equal(t, attendance.Mismatch, a.Day.Anomalies[0].ID)
	for lang, first := range map[string]string{"en": "The recomputed day differs from what is stored (pay rows;", "zh": "重新计算的当日与保存的不一致（计薪明细；"} {
		require.True(t, strings.HasPrefix(s.must("why", "e1", "2025-10-14", "--lang", lang), first))
	}
	s.must("rebuild")
	require.True(t, recomputed(t, s).Match)
}

func recomputed(t *testing.T, s shell) (a attendance.Answer) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(s.must("why", "e1", "2025-10-14", "-o", "json")), &a))
	return a
}
