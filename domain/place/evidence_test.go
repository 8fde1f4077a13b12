package place_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/place"
)

func TestParseLocation(t *testing.T) {
	for _, c := range []struct {
		name, text string
		ok         bool
	}{
		{"an object", `{"lat":39.9,"lon":116.4,"accuracy_m":12.5}`, true},
		{"a datum", `{"lat":39.9,"lon":116.4,"crs":"gcj02"}`, true},
		{"latitude and longitude", "31.2304,121.4737", true},
		{"the middle of the ocean is a place", `{"lat":0,"lon":0}`, true},
		{"a verdict needs no coordinates", `{"verdict":"inside","site":"hq","fence":"main"}`, true},
		{"no coordinates", `{}`, false},
		{"half of them", `{"lat":39.9}`, false},
		{"beyond the pole", `{"lat":91,"lon":0}`, false},
		{"no number", "NaN,NaN", false},
		{"infinity", "Inf,0", false},
		{"a number that JSON cannot hold", `{"lat":1e999,"lon":0}`, false},
		{"text for a number", `{"lat":"39.9","lon":"116.4"}`, false},
		{"an unknown datum", `{"lat":39.9,"lon":116.4,"crs":"mars"}`, false},
		{"an unknown verdict", `{"verdict":"maybe"}`, false},
		{"no object", `[1,2]`, false},
		{"nothing", ``, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := place.ParseLocation([]byte(c.text))
			require.Equal(t, c.ok, err == nil, "%v", err)
		})
	}
}

func TestKeepDropsWhatIsNotToBeKept(t *testing.T) {
	l, err := place.ParseLocation([]byte(`{"lat":52.5200123,"lon":13.4050456,"accuracy_m":12}`))
	require.NoError(t, err)
	require.Empty(t, l.Keep(place.PrecisionVerdict))
	require.Empty(t, l.Keep(""), "an unknown precision keeps nothing")
	require.JSONEq(t, `{"lat":52.52,"lon":13.405,"accuracy_m":100}`, l.Keep(place.PrecisionBucket))
	require.JSONEq(t, `{"lat":52.5200123,"lon":13.4050456,"accuracy_m":12}`, l.Keep(place.PrecisionExact))
	claimed, err := place.ParseLocation([]byte(`{"verdict":"inside","lat":52.5,"lon":13.4,"fence":"f"}`))
	require.NoError(t, err)
	require.Empty(t, claimed.Keep(place.PrecisionExact), "coordinates beside a verdict are not wanted")
}

func TestBands(t *testing.T) {
	for metres, want := range map[float64]string{0: "0-50", 50: "0-50", 50.1: "50-200", 200: "50-200", 1000: "200-1000", 1001: "1000-", 2e7: "1000-"} {
		require.Equal(t, want, place.DistanceBand(metres), metres)
	}
	for metres, want := range map[float64]string{0: "0-20", 20: "0-20", 30: "20-50", 99: "50-100", 500: "100-500", 1e9: "500-"} {
		require.Equal(t, want, place.AccuracyBand(metres), metres)
	}
}

func TestLengths(t *testing.T) {
	for text, want := range map[string]float64{"150m": 150, "0.5km": 500, "500ft": 152.4, "1 mi": 1609.344, "2nmi": 3704} {
		got, ok := place.ParseLength(text)
		require.True(t, ok, text)
		require.InDelta(t, want, got, 1e-9, text)
	}
	for _, text := range []string{"", "150", "m", "-5m", "NaNm", "1e12m", "5 parsecs"} {
		_, ok := place.ParseLength(text)
		require.False(t, ok, text)
	}
}
