package attendance

import (
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain/ruleset"
)

// Answer is the trace of a day together with the comparison of the recomputed day with what is stored, what the ledger knew, and what
// lets the rules be what they are.
type Answer struct {
	*Trace
	AsOf       uint64   `json:"as_of,omitempty"`              // the last position that the answer knows
	Match      bool     `json:"match"`                        // the recomputed day is the stored one; always true under other rules
	StoredHash string   `json:"stored_result_hash,omitempty"` // empty where the day is not stored
	Differs    []string `json:"differs,omitempty"`            // day, input_hash, result_hash, rows, anomalies

	Authority *ruleset.Authority `json:"authority,omitempty"`
}

// Mismatch is the id of the anomaly of a day that does not come out as it is stored. Evaluation never raises it.
const Mismatch = "audit.mismatch"

// Compared notes how the recomputed day compares with what is stored of it. Where it differs, that is the first of the anomalies.
func (a *Answer) Compared(stored string, differs []string) {
	a.StoredHash, a.Differs, a.Match = stored, differs, len(differs) == 0
	if a.Match {
		return
	}
	x := Anomaly{ID: Mismatch, Severity: "critical", Block: true, State: "open", Evidence: argsOf(
		"differs", strings.Join(differs, " "), "stored", stored, "now", a.Day.ResultHash)}
	a.Day.Anomalies = slices.Insert(a.Day.Anomalies, 0, x)
	first := slices.IndexFunc(a.Outcomes, func(o Outcome) bool { return o.Kind == "anomaly" })
	if first < 0 {
		first = len(a.Outcomes)
	}
	a.Outcomes = slices.Insert(a.Outcomes, first, Outcome{Kind: "anomaly", ID: Mismatch, Remedy: remedies[Mismatch]})
}

// Versus is a day computed twice: both sides, and how they compare.
type Versus struct {
	Before Answer   `json:"before"`
	After  Answer   `json:"after"`
	Diff   Contrast `json:"diff"`
}
