package place_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/punchledger/punchledger/domain/place"
)

// anywhere draws places all over the earth, with the awkward ones among them.
func anywhere(t *rapid.T, name string) place.Point {
	return place.Point{
		Lat: rapid.OneOf(rapid.Float64Range(-90, 90), rapid.SampledFrom([]float64{-90, 0, 90, 89.9999})).Draw(t, name+" lat"),
		Lon: rapid.OneOf(rapid.Float64Range(-180, 180), rapid.SampledFrom([]float64{-180, 0, 180, 179.9999, 359})).Draw(t, name+" lon"),
	}.Normal()
}

func TestDistanceIsAMetricAndNearTheSphere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anywhere(t, "a"), anywhere(t, "b")
		there, back := place.Between(a, b).Metres, place.Between(b, a).Metres
		require.InDelta(t, there, back, 1e-3)
		require.Zero(t, place.Between(a, a).Metres)
		sphere := place.Angle(a, b) * place.EarthRadiusM
		require.InDelta(t, sphere, there, sphere*0.006+1e-6)
	})
}

// A person who is inside a circle by more than the accuracy is inside, also where the map has an edge; and the other way about.
func TestACircleIsJudgedByDistanceAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		centre := anywhere(t, "centre")
		radius := rapid.IntRange(20, 5000).Draw(t, "radius")
		accuracy := rapid.OneOf(rapid.Float64Range(0, 6000), rapid.Just(0.0), rapid.Just(1e9)).Draw(t, "accuracy")
		away := rapid.Float64Range(0, 12000).Draw(t, "away")
		p := centre.Destination(rapid.Float64Range(0, 360).Draw(t, "bearing"), away)
		circle := place.Fence{ID: "c", Shape: place.Circle, CRS: place.WGS84, Points: []place.Point{centre}, RadiusM: radius}
		got := circle.Verdict(p, accuracy)
		d, r := place.Between(p, centre).Metres, float64(radius)
		require.InDelta(t, away, d, away*0.006+1e-6)
		switch {
		case d+accuracy <= r:
			require.Equal(t, place.FenceInside, got)
		case d-accuracy > r:
			require.Equal(t, place.FenceOutside, got)
		default:
			require.Equal(t, place.FenceUncertain, got)
		}
	})
}

// A regular polygon lies between the circles through its corners and its sides' middles, wherever on earth it is.
func TestAPolygonIsJudgedLikeTheCircleAroundIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		centre := anywhere(t, "centre")
		radius := rapid.Float64Range(50, 4000).Draw(t, "radius")
		corners := make([]place.Point, rapid.IntRange(3, 12).Draw(t, "corners"))
		for i := range corners {
			corners[i] = centre.Destination(360*float64(i)/float64(len(corners)), radius)
		}
		polygon := place.Fence{ID: "p", Shape: place.Polygon, CRS: place.WGS84, Points: corners}
		away := rapid.Float64Range(0, 9000).Draw(t, "away")
		p := centre.Destination(rapid.Float64Range(0, 360).Draw(t, "bearing"), away)
		middle := radius * math.Cos(math.Pi/float64(len(corners)))
		slack := away*0.007 + radius*0.007
		boundary := polygon.Boundary(p)
		require.GreaterOrEqual(t, boundary, away-radius-slack)
		require.LessOrEqual(t, boundary, away-middle+slack)
	})
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name               string
		boundary, accuracy float64
		want               place.FenceVerdict
	}{
		{"on the boundary with an exact fix is inside", 0, 0, place.FenceInside},
		{"just inside with some doubt is uncertain", -10, 10.5, place.FenceUncertain},
		{"inside by the accuracy is inside", -10, 10, place.FenceInside},
		{"outside by the accuracy is uncertain", 10, 10, place.FenceUncertain},
		{"outside by more is outside", 10.1, 10, place.FenceOutside},
		{"an accuracy of a thousand kilometres says nothing", -100, 1e9, place.FenceUncertain},
		{"an endless accuracy says nothing", -100, math.Inf(1), place.FenceUncertain},
		{"an accuracy that is no number says nothing", -100, math.NaN(), place.FenceUncertain},
		{"a negative accuracy says nothing", -100, -1, place.FenceUncertain},
		{"a distance that is no number says nothing", math.NaN(), 10, place.FenceUncertain},
		{"nowhere near is outside", math.Inf(1), 1e9, place.FenceOutside},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, place.VerdictAt(c.boundary, c.accuracy)) })
	}
}

func TestPoints(t *testing.T) {
	for _, c := range []struct {
		name     string
		lat, lon float64
		ok       bool
	}{
		{"where the meridian meets the equator is a place", 0, 0, true},
		{"a pole is a place", 90, 0, true},
		{"the antimeridian is a place", 0, -180, true},
		{"longitudes may go all the way round", 10, 359, true},
		{"beyond the pole is none", 90.0001, 0, false},
		{"more than one turn is none", 0, 360.1, false},
		{"no number is none", math.NaN(), 0, false},
		{"half a number is none", 0, math.NaN(), false},
		{"infinity is none", math.Inf(1), 0, false},
		{"nor is the other one", 0, math.Inf(-1), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := place.NewPoint(c.lat, c.lon, place.WGS84)
			require.Equal(t, c.ok, err == nil)
		})
	}
}

func TestDatums(t *testing.T) {
	// What widely used converters give for one pair of numbers in Beijing.
	p := place.Point{Lat: 39.915, Lon: 116.404}
	near := func(want, got place.Point) {
		t.Helper()
		require.InDelta(t, want.Lat, got.Lat, 1e-8)
		require.InDelta(t, want.Lon, got.Lon, 1e-8)
	}
	near(place.Point{Lat: 39.91640428150164, Lon: 116.41024449916938}, p.To(place.GCJ02))
	fromGCJ, err := place.NewPoint(p.Lat, p.Lon, place.GCJ02)
	require.NoError(t, err)
	near(place.Point{Lat: 39.92133699351022, Lon: 116.41036949371029}, fromGCJ.To(place.BD09))
	near(p, fromGCJ.To(place.GCJ02))
	berlin := place.Point{Lat: 52.52, Lon: 13.405}
	require.Equal(t, berlin, berlin.To(place.GCJ02))
	require.Equal(t, berlin, berlin.To(place.BD09))
}

func TestDatumsComeBackToWhereTheyStarted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Away from the edges of the box, where the shift begins and ends at once.
		p := place.Point{Lat: rapid.Float64Range(2, 55).Draw(t, "lat"), Lon: rapid.Float64Range(73, 137).Draw(t, "lon")}
		crs := rapid.SampledFrom([]place.CRS{place.WGS84, place.GCJ02, place.BD09}).Draw(t, "crs")
		there := p.To(crs)
		back, err := place.NewPoint(there.Lat, there.Lon, crs)
		require.NoError(t, err)
		require.Less(t, place.Between(p, back).Metres, 0.001)
		require.Less(t, place.Between(p, there).Metres, 3000.0)
	})
}
