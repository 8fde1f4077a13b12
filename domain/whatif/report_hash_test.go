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
func outsideHash(t *testing.T, label string, doc []byte) string {
	t.Helper()
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	require.NoError(t, d.Decode(&m))
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
			require.Equal(t, v.ReportHash, outsideHash(t, "punchledger/report/v1", v.Report))
			var r whatif.Report
			require.NoError(t, json.Unmarshal(v.Report, &r))
			require.Equal(t, v.ReportHash, r.Hash())
		})
	}
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
