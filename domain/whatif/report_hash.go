package whatif

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/gowebpki/jcs"
)

// Hash returns report_hash: the SHA-256, in hexadecimal, of the line "punchledger/report/v2\n" and the canonical JSON (RFC 8785)
// of the report without its member days, for which days_hash stands: how many days are listed is a matter of reading. Two replays
// of the same request give the same one, on any number of cores.
func (r Report) Hash() string {
	type days struct{}
	return hashOf("punchledger/report/v2", struct {
		Report
		Days *days `json:"days,omitempty"` // stands in front of the report's
	}{Report: r})
}

// PlanHash returns plan_hash: the SHA-256, in hexadecimal, of the line "punchledger/plan/v1\n" and the canonical JSON (RFC 8785) of
// an object with the members publish and adjust_periods as ReplayAdopted has them; the latter is left out where it is empty.
func PlanHash(publish []Publication, adjustPeriods []string) string {
	return hashOf("punchledger/plan/v1", struct {
		Publish       []Publication `json:"publish"`
		AdjustPeriods []string      `json:"adjust_periods,omitempty"`
	}{publish, adjustPeriods})
}

// hashOf covers a line with the label of the format and the canonical JSON of v. The label keeps the hashes of one format from
// being taken for those of another one.
func hashOf(label string, v any) string {
	b, err := json.Marshal(v)
	if err == nil {
		b, err = jcs.Transform(b)
	}
	if err != nil {
		panic(fmt.Sprintf("whatif: %s cannot be encoded: %v", label, err))
	}
	sum := sha256.Sum256(append([]byte(label+"\n"), b...))
	return hex.EncodeToString(sum[:])
}
