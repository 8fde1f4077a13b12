package zone_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/zone"
)

type (
	engineCase = decidertest.Case[zone.EngineCommand, zone.EngineFacts, zone.EngineEvent]
	events     = []zone.EngineEvent
)

var (
	autumn  = zone.TZData{Version: "2025c", SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
	spring  = zone.TZData{Version: "2026a", SHA256: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"}
	release = zone.ReleaseEngine{Version: "0.1.0", Build: "abc123", TZData: autumn, VectorsHash: autumn.SHA256}
	first   = zone.EngineReleased{Engine: "main", Version: "0.1.0", Build: "abc123", TZData: autumn, VectorsHash: autumn.SHA256}
)

func runEngine(t *testing.T, cases []engineCase) {
	t.Helper()
	decidertest.Run(t, zone.DecideEngine, zone.EvolveEngine, cases)
}

func newer() (zone.ReleaseEngine, zone.EngineReleased) {
	c, e := release, first
	c.Build, e.Build = "def456", "def456"
	c.TZData, e.TZData = spring, spring
	return c, e
}

func TestReleaseEngine(t *testing.T) {
	change := func(f func(*zone.ReleaseEngine)) zone.ReleaseEngine { c := release; f(&c); return c }
	next, second := newer()
	runEngine(t, []engineCase{
		{Name: "the first build is released", When: release, Then: events{first}},
		{Name: "the same build again changes nothing", Given: events{first}, When: release},
		{Name: "another build is another release", Given: events{first}, When: next, Then: events{second}},
		{Name: "going back to an earlier build is a release as well", Given: events{first, second}, When: release, Then: events{first}},
		{Name: "a build whose vectors fail is not released", When: change(func(c *zone.ReleaseEngine) { c.VectorsFailed = 2 }), Err: "vectors_failed"},
		{Name: "a release has a version", When: change(func(c *zone.ReleaseEngine) { c.Version = "" }), Err: "invalid_field"},
		{Name: "zone data is named by its hash", When: change(func(c *zone.ReleaseEngine) { c.TZData.SHA256 = "2025c" }), Err: "invalid_field"},
	})
}

func TestAdoptZoneData(t *testing.T) {
	_, second := newer()
	adopted := zone.ZoneDataAdopted{Engine: "main", TZData: spring}
	back := zone.ZoneDataAdopted{Engine: "main", TZData: autumn}
	runEngine(t, []engineCase{
		{Name: "shipped zone data is adopted", Given: events{first, second}, When: zone.AdoptZoneData{TZData: spring}, Then: events{adopted}},
		{Name: "what the first release shipped is in force already", Given: events{first, second}, When: zone.AdoptZoneData{TZData: autumn}},
		{Name: "adopting again changes nothing", Given: events{first, second, adopted}, When: zone.AdoptZoneData{TZData: spring}},
		{Name: "an adoption can be taken back", Given: events{first, second, adopted}, When: zone.AdoptZoneData{TZData: autumn}, Then: events{back}},
		{Name: "zone data that no build shipped is unknown", Given: events{first}, When: zone.AdoptZoneData{TZData: spring}, Err: "unknown_tzdata"},
	})
}

func TestANewBuildDoesNotChangeTheZoneDataInForce(t *testing.T) {
	_, second := newer()
	s := decidertest.Fold(zone.EvolveEngine, events{first, second}...)
	require.True(t, s.Released())
	require.Equal(t, autumn, s.ZoneData())
	require.Equal(t, spring, zone.EvolveEngine(s, zone.ZoneDataAdopted{Engine: "main", TZData: spring}).ZoneData())
	require.Equal(t, zone.TZData{}, zone.EngineState{}.ZoneData())
}

func TestFixtures(t *testing.T) {
	decidertest.Fixtures(t, os.DirFS("testdata/events"), zone.Events())
}
