package zone

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/punchledger/punchledger/domain"
)

const engineID = "main"

// DecideEngine answers a command with the events that come of it, or with an error when the command makes no sense.
// No events and no error means that the stream already says what was asked for.
func DecideEngine(s EngineState, c EngineCommand, _ EngineFacts) ([]EngineEvent, error) {
	switch c := c.(type) {
	case ReleaseEngine:
		return releaseEngine(s, c)
	case AdoptZoneData:
		return adoptZoneData(s, c)
	}
	panic(fmt.Sprintf("zone: no case for %T", c))
}

func releaseEngine(s EngineState, c ReleaseEngine) ([]EngineEvent, error) {
	for _, f := range [][2]string{{"version", c.Version}, {"build", c.Build}, {"tzdata.version", c.TZData.Version}} {
		if f[1] == "" || len(f[1]) > 64 || strings.ContainsFunc(f[1], unicode.IsControl) {
			return nil, invalidField(f[0], "missing, longer than 64 bytes, or holds a control character")
		}
	}
	for _, f := range [][2]string{{"tzdata.sha256", c.TZData.SHA256}, {"vectors_hash", c.VectorsHash}} {
		if b, err := hex.DecodeString(f[1]); err != nil || len(b) != 32 {
			return nil, invalidField(f[0], "not a SHA-256 in hexadecimal")
		}
	}
	if c.VectorsFailed != 0 {
		return nil, domain.NewError(domain.Conflict, "vectors_failed", "count", strconv.Itoa(c.VectorsFailed))
	}
	release := EngineReleased{
		Engine: engineID, Version: c.Version, Build: c.Build, TZData: c.TZData, VectorsHash: c.VectorsHash,
	}
	if release == s.Last {
		return nil, nil
	}
	return []EngineEvent{release}, nil
}

func invalidField(field, problem string) error {
	return domain.NewError(domain.Invalid, "invalid_field", "field", field, "problem", problem)
}

func adoptZoneData(s EngineState, c AdoptZoneData) ([]EngineEvent, error) {
	if !slices.Contains(s.Shipped, c.TZData) {
		return nil, domain.NewError(domain.NotFound, "unknown_tzdata", "version", c.TZData.Version)
	}
	if c.TZData == s.ZoneData() {
		return nil, nil
	}
	return []EngineEvent{ZoneDataAdopted{Engine: engineID, TZData: c.TZData}}, nil
}
