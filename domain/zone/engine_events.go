package zone

import "github.com/punchledger/punchledger/domain"

// EngineStream is the one stream of the engine's releases.
const EngineStream = "engine-main"

// Categories returns the categories of the streams that this package writes.
func Categories() []string { return []string{"engine"} }

// Events returns the zero value of every event type of this package.
func Events() []domain.Event { return []domain.Event{EngineReleased{}, ZoneDataAdopted{}} }

// Upcasters returns the functions that lift events of older schemas.
func Upcasters() []domain.Upcaster { return nil }

// EngineEvent is an event of the engine's stream.
//
//sumtype:decl
type EngineEvent interface {
	domain.Event
	engineEvent()
}

// TZData names a release of the time zone database by version and by the SHA-256 of the archive's bytes.
type TZData struct {
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}

// EngineReleased says that from here on a build evaluates, after its own vectors passed on this machine. Vectors_hash
// is the SHA-256 of the vectors. Written when a build that differs from the last one opens the ledger.
type EngineReleased struct {
	Engine      string `json:"engine"` // always main
	Version     string `json:"version"`
	Build       string `json:"build"`
	TZData      TZData `json:"tzdata"`
	VectorsHash string `json:"vectors_hash"`
}

// ZoneDataAdopted says that from here on days are resolved with another release of the time zone database, one that a
// released build has shipped. New zone data is a change of rules: it is replayed before it is adopted.
type ZoneDataAdopted struct {
	Engine string `json:"engine"` // always main
	TZData TZData `json:"tzdata"`
}

// EventType implements domain.Event.
func (EngineReleased) EventType() string { return "EngineReleased" }

// EventType implements domain.Event.
func (ZoneDataAdopted) EventType() string { return "ZoneDataAdopted" }

func (EngineReleased) engineEvent()  {}
func (ZoneDataAdopted) engineEvent() {}
