package eventstore

import (
	"fmt"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/punchledger/punchledger/domain"
)

// Metadata is the JSON object stored beside an event's data. The names with a dollar sign are EventStoreDB's own, so that its
// tools can follow a process. CommandMAC is an HMAC over the command under the ledger's key: it tells a repeated command from
// another one with the same id without revealing what it held. Salt is 32 random bytes in base64url.
type Metadata struct {
	Schema      int               `json:"schema"`
	CommandID   string            `json:"command_id"`
	CommandMAC  string            `json:"command_mac,omitempty"`
	Correlation string            `json:"$correlationId"`
	Causation   string            `json:"$causationId"`
	Actor       domain.Actor      `json:"actor"`
	OccurredAt  domain.Instant    `json:"occurred_at"`
	RecordedAt  domain.Instant    `json:"recorded_at"`
	Pins        map[string]string `json:"pins,omitempty"`
	Salt        string            `json:"salt"`
}

// DecodeMetadata decodes the metadata of r.
func (r Record) DecodeMetadata() (Metadata, error) {
	var m Metadata
	if err := jsonv2.Unmarshal(r.Metadata, &m); err != nil {
		return m, fmt.Errorf("metadata of %s revision %d: %w", r.Stream, r.Revision, err)
	}
	return m, nil
}
