package whatif_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/gowebpki/jcs"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/whatif"
)

type hashVectors struct {
	Reports []struct {
		Name       string          `json:"name"`
		ReportHash string          `json:"report_hash"`
		Report     json.RawMessage `json:"report"`
	} `json:"reports"`
	Plans []struct {
		Name     string          `json:"name"`
		PlanHash string          `json:"plan_hash"`
		Plan     json.RawMessage `json:"plan"`
	} `json:"plans"`
}

func readHashVectors(t *testing.T) hashVectors {
	t.Helper()
	b, err := os.ReadFile("testdata/report_hash.json")
	require.NoError(t, err)
	var out hashVectors
	require.NoError(t, json.Unmarshal(b, &out))
	require.NotEmpty(t, out.Reports)
	require.NotEmpty(t, out.Plans)
	return out
}

// outsideHash computes a hash as somebody does who has the published document and knows no type of ours.
func outsideHash(t *testing.T, label string, doc []byte, without ...string) string {
	t.Helper()
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	require.NoError(t, d.Decode(&m))
	for _, k := range without {
		delete(m, k)
	}
	b, err := json.Marshal(m)
	require.NoError(t, err)
	b, err = jcs.Transform(b)
	require.NoError(t, err)
	sum := sha256.Sum256([]byte(label + "\n" + string(b)))
	return hex.EncodeToString(sum[:])
}

func TestReportHashVectors(t *testing.T) {
	for _, v := range readHashVectors(t).Reports {
		t.Run(v.Name, func(t *testing.T) {
			require.Equal(t, v.ReportHash, outsideHash(t, "punchledger/report/v2", v.Report, "days"))
			var r whatif.Report
			require.NoError(t, json.Unmarshal(v.Report, &r))
			require.Equal(t, v.ReportHash, r.Hash())
		})
	}
}

// TestDaysHashIsThatOfTheListedDays computes days_hash from the published list alone.
func TestDaysHashIsThatOfTheListedDays(t *testing.T) {
	for _, v := range readHashVectors(t).Reports {
		var r whatif.Report
		require.NoError(t, json.Unmarshal(v.Report, &r))
		total := sha256.New()
		total.Write([]byte("punchledger/days/v1\n"))
		for i := 0; i < len(r.Days); {
			own, emp := sha256.New(), r.Days[i].Emp
			for ; i < len(r.Days) && r.Days[i].Emp == emp; i++ {
				d := r.Days[i]
				line, err := json.Marshal(map[string]any{"emp": emp, "date": d.Date, "before": outsideSide(d.Before), "after": outsideSide(d.After)})
				require.NoError(t, err)
				line, err = jcs.Transform(line)
				require.NoError(t, err)
				own.Write(append(line, '\n'))
			}
			total.Write([]byte(emp + "\t" + hex.EncodeToString(own.Sum(nil)) + "\n"))
		}
		require.Equal(t, r.DaysHash, hex.EncodeToString(total.Sum(nil)), v.Name)
	}
}

func outsideSide(f *whatif.Figures) any {
	if f == nil {
		return nil
	}
	rows := map[string][]int{}
	for code, q := range f.Rows {
		rows[code] = []int{int(q.Seconds), q.Days, q.Count, int(q.Worth)}
	}
	return map[string]any{"flags": append([]string{}, f.Flags...), "anomalies": append([]string{}, f.Anomalies...), "rows": rows}
}

func TestPlanHashVectors(t *testing.T) {
	for _, v := range readHashVectors(t).Plans {
		t.Run(v.Name, func(t *testing.T) {
			require.Equal(t, v.PlanHash, outsideHash(t, "punchledger/plan/v1", v.Plan))
			var adopted whatif.ReplayAdopted // an outsider has the plan from the event
			require.NoError(t, json.Unmarshal(v.Plan, &adopted))
			require.Equal(t, v.PlanHash, whatif.PlanHash(adopted.Publish, adopted.AdjustPeriods))
		})
	}
}
