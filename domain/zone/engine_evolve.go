package zone

import (
	"fmt"
	"slices"
)

// EngineState is the folded engine stream. Its zero value is the empty stream; it is never changed in place.
type EngineState struct {
	Last    EngineReleased // the last release; zero before the first
	Shipped []TZData       // zone data of all releases, oldest first
	Adopted TZData         // the last that was adopted; zero before the first adoption
}

// Released reports whether there is a release.
func (s EngineState) Released() bool { return s.Last != EngineReleased{} }

// ZoneData returns the zone data in force: what was adopted last, else what the first release shipped. A later
// release alone does not change it.
func (s EngineState) ZoneData() TZData {
	if s.Adopted != (TZData{}) || len(s.Shipped) == 0 {
		return s.Adopted
	}
	return s.Shipped[0]
}

// EvolveEngine applies one event. The state it was given stays as it is.
func EvolveEngine(s EngineState, e EngineEvent) EngineState {
	switch e := e.(type) {
	case EngineReleased:
		s.Last = e
		if !slices.Contains(s.Shipped, e.TZData) {
			s.Shipped = append(slices.Clip(s.Shipped), e.TZData)
		}
		return s
	case ZoneDataAdopted:
		s.Adopted = e.TZData
		return s
	}
	panic(fmt.Sprintf("zone: no case for %T", e))
}
