package projections_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"testing"

	"github.com/gowebpki/jcs"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/payroll"
)

// shelf has the views in memory.
type shelf struct {
	days      []daily.Row
	anomalies []anomaly.Row
	parts     []payroll.Part
	broken    error
}

func each[T any](rows []T, yield func(T) error) error {
	for _, r := range rows {
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

func (s shelf) Days(_ context.Context, _ daily.Query, yield func(daily.Row) error) error {
	return each(s.days, yield)
}

func (s shelf) Anomalies(_ context.Context, _ anomaly.Query, yield func(anomaly.Row) error) error {
	return each(s.anomalies, yield)
}

func (s shelf) Parts(_ context.Context, _ payroll.Query, yield func(payroll.Part) error) error {
	return errors.Join(each(s.parts, yield), s.broken)
}

func aShelf() shelf {
	return shelf{
		days: []daily.Row{{Day: attendance.Day{
			Employee: "emp_1", Date: 20000, Zone: "Asia/Shanghai", Flags: []string{"late"}, Pins: attendance.Pins{Ruleset: "cn", Engine: "1.0.0"},
		}, Carry: []byte("x")}},
		anomalies: []anomaly.Row{{Employee: "emp_1", Date: 20000, Anomaly: attendance.Anomaly{
			ID: "punch.missing_out", Severity: "high", State: "open", Evidence: map[string]string{"z": "张 & <伟>", "a": "\u2028"},
		}}},
		parts: []payroll.Part{{Employee: "emp_1", Day: 20000, Row: attendance.Row{Date: 20000, Code: "reg", Seconds: 28800}}},
	}
}

func fingerprintOf(t *testing.T, s shelf) string {
	t.Helper()
	f, _, err := projections.Fingerprint(t.Context(), s)
	require.NoError(t, err)
	return f
}

// TestFingerprintOfRows computes the fingerprint from the rows' JSON alone.
func TestFingerprintOfRows(t *testing.T) {
	s := aShelf()
	canonical := func(v any, change func(map[string]any)) string {
		b, err := json.Marshal(v)
		require.NoError(t, err)
		var m map[string]any
		require.NoError(t, json.Unmarshal(b, &m))
		change(m)
		b, err = json.Marshal(m)
		require.NoError(t, err)
		b, err = jcs.Transform(b)
		require.NoError(t, err)
		return string(b)
	}
	keep := func(map[string]any) {}
	text := "punchledger/views/v1\n" +
		"daily\t" + canonical(s.days[0], func(m map[string]any) { delete(m["pins"].(map[string]any), "engine") }) + "\n" +
		"anomaly\t" + canonical(s.anomalies[0], keep) + "\n" +
		"payroll\t" + canonical(payroll.Merge(s.parts)[0], func(m map[string]any) { delete(m, "row_hash") }) + "\n"
	sum := sha256.Sum256([]byte(text))
	got, n, err := projections.Fingerprint(t.Context(), s)
	require.NoError(t, err)
	require.Equal(t, hex.EncodeToString(sum[:]), got)
	require.Equal(t, projections.Counts{Days: 1, Anomalies: 1, Rows: 1}, n)
}

func TestFingerprintCoversResultsAndNotTheBuild(t *testing.T) {
	want := fingerprintOf(t, aShelf())
	for name, change := range map[string]func(*shelf){
		"another engine":   func(s *shelf) { s.days[0].Pins.Engine = "2.0.0" },
		"another encoding": func(s *shelf) { s.days[0].Carry = nil },
	} {
		t.Run(name+" does not count", func(t *testing.T) {
			s := aShelf()
			change(&s)
			require.Equal(t, want, fingerprintOf(t, s))
		})
	}
	for name, change := range map[string]func(*shelf){
		"another ruleset":  func(s *shelf) { s.days[0].Pins.Ruleset = "de" },
		"a second more":    func(s *shelf) { s.parts[0].Seconds++ },
		"another state":    func(s *shelf) { s.anomalies[0].State = "waived" },
		"a row that lacks": func(s *shelf) { s.anomalies = nil },
	} {
		t.Run(name+" counts", func(t *testing.T) {
			s := aShelf()
			change(&s)
			require.NotEqual(t, want, fingerprintOf(t, s))
		})
	}
}

func TestFingerprintOfViewsThatCannotBeRead(t *testing.T) {
	s := aShelf()
	s.broken = errors.New("the disk is gone")
	_, _, err := projections.Fingerprint(t.Context(), s)
	require.ErrorIs(t, err, s.broken)
}
