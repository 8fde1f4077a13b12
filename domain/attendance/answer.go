package attendance

import "github.com/punchledger/punchledger/domain/ruleset"

// Answer is the trace of a day together with the comparison of its hashes with the stored ones, and what lets the rules be what
// they are.
type Answer struct {
	*Trace
	Match      bool   `json:"match"` // the recomputed hashes are the stored ones; always true under other rules
	StoredHash string `json:"stored_result_hash,omitempty"`

	Authority *ruleset.Authority `json:"authority,omitempty"`
}
