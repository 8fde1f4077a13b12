// Package golden translates cases whose truth comes from outside (statutes, agencies' examples, what other products assert) into rules
// documents and facts, has them evaluated, and compares. It knows the vocabulary of the cases and no single case: a key or value that it
// does not understand makes a case unsupported, by the name of the concept that is missing, and is never passed over.
package golden

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
)

// Case is one case as its file has it. Times of punches are local to Timezone.
type Case struct {
	Schema   int             `json:"schema"`
	ID       string          `json:"id"`
	Area     string          `json:"area"`
	Kind     string          `json:"kind"`
	Title    string          `json:"title"`
	Timezone string          `json:"timezone"`
	Rules    json.RawMessage `json:"rules"`
	Context  json.RawMessage `json:"context"`
	Punches  json.RawMessage `json:"punches"`
	Expected json.RawMessage `json:"expected"`
}

// Read reads one case a line.
func Read(data []byte) ([]Case, error) {
	var out []Case
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var c Case
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if c.Schema != 1 {
			return nil, fmt.Errorf("line %d: case %s has schema %d, want 1", n, c.ID, c.Schema)
		}
		out = append(out, c)
	}
	return out, lines.Err()
}

// State is what became of a case.
type State string

// The states of a case.
const (
	Pass        State = "pass"
	Fail        State = "fail"
	Unsupported State = "unsupported"
)

// Outcome is what a case came to. Concepts are what is missing of an unsupported one; Differences are what a failed one has otherwise.
type Outcome struct {
	State       State
	Concepts    []string
	Differences []string
}
