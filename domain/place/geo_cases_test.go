package place_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
)

// degrees is a number that a case may write as text.
type degrees float64

func (d *degrees) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	*d = degrees(v)
	return err
}

type position struct {
	Lat degrees `json:"lat"`
	Lon degrees `json:"lon"`
}

func (p position) point() (place.Point, error) {
	return place.NewPoint(float64(p.Lat), float64(p.Lon), place.WGS84)
}

type pair struct {
	From  position `json:"from"`
	To    position `json:"to"`
	Miles degrees  `json:"miles"`
}

// geoCase is a golden case about places.
type geoCase struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	Rules struct {
		Model       string  `json:"model"`
		RadiusOfM   float64 `json:"earth_radius_m"`
		RadiusMiles degrees `json:"earth_radius_miles"`
		Unit        string  `json:"unit"`
		TolM        float64 `json:"tolerance_m"`
		TolMiles    float64 `json:"tolerance_miles"`
		TolDeg      float64 `json:"tolerance_deg"`
		RadiusM     float64 `json:"radius_m"`
		SpeedKMH    float64 `json:"max_speed_kmh"`
		MinKM       float64 `json:"min_distance_km"`
		GapHours    float64 `json:"short_gap_hours"`
		GapKM       float64 `json:"short_gap_max_km"`
	} `json:"rules"`
	Context struct {
		pair
		Centre    position            `json:"centre"`
		Point     position            `json:"point"`
		Points    map[string]position `json:"points"`
		AccuracyM float64             `json:"accuracy_m"`
		Bearing   float64             `json:"bearing_deg"`
		DistanceM float64             `json:"distance_m"`
	} `json:"context"`
	Punches []struct {
		At  string  `json:"at"`
		Lat degrees `json:"lat"`
		Lon degrees `json:"lon"`
	} `json:"punches"`
	Expected struct {
		DistanceM    *float64           `json:"distance_m"`
		Start        *float64           `json:"azimuth_start_deg"`
		End          *float64           `json:"azimuth_end_deg"`
		Angle        *float64           `json:"angle_deg"`
		Rows         []pair             `json:"rows"`
		Order        []string           `json:"order"`
		DistanceKM   map[string]float64 `json:"distance_km"`
		BetweenMiles []float64          `json:"distance_miles_between"`
		SameAs       *pair              `json:"same_as"`
		Error        string             `json:"error"`
		Lon          *float64           `json:"lon"`
		Inside       *bool              `json:"inside"`
		Possibly     *bool              `json:"possibly_inside"`
		Certainly    *bool              `json:"certainly_inside"`
		Flag         *bool              `json:"flag"`
		Miles        *float64           `json:"miles"`
		Feet         *float64           `json:"feet"`
		Nautical     *float64           `json:"nautical_miles"`
		Metres       *float64           `json:"metres"`
	} `json:"expected"`
}

// TestCases runs the golden cases about places. PUNCHLEDGER_CASES names another directory of them.
func TestCases(t *testing.T) {
	dir := os.Getenv("PUNCHLEDGER_CASES")
	if dir == "" {
		dir = filepath.Join("testdata", "cases")
	}
	files, err := filepath.Glob(filepath.Join(dir, "geo*.jsonl"))
	require.NoError(t, err)
	var passed, failed, unsupported int
	for _, name := range files {
		for _, c := range readGeoCases(t, name) {
			got, ok := c.run()
			switch {
			case !ok:
				unsupported++
				fmt.Fprintf(os.Stdout, "%s unsupported %s\n", c.ID, got)
			case got == "":
				passed++
				fmt.Fprintf(os.Stdout, "%s pass\n", c.ID)
			default:
				failed++
				fmt.Fprintf(os.Stdout, "%s fail %s\n", c.ID, got)
			}
		}
	}
	fmt.Fprintf(os.Stdout, "cases: %d pass, %d fail, %d unsupported of %d\n", passed, failed, unsupported, passed+failed+unsupported)
	require.Zero(t, failed)
}

func readGeoCases(t *testing.T, name string) []geoCase {
	t.Helper()
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close()
	var out []geoCase
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var c geoCase
		require.NoError(t, json.Unmarshal(lines.Bytes(), &c), "%s", name)
		out = append(out, c)
	}
	require.NoError(t, lines.Err())
	return out
}

// run returns what differs, or false and the concept that is not this package's.
func (c geoCase) run() (string, bool) {
	switch c.Kind {
	case "distance":
		return c.distances(), true
	case "validation":
		return c.validation(), true
	case "geofence":
		return c.fence(), true
	case "destination":
		return c.destination(), true
	case "impossible_travel":
		return c.travel(), true
	case "units":
		return c.units(), true
	}
	return c.Kind, false
}

// metres measures on the earth that the case names; any earth is the ellipsoid.
func (c geoCase) metres(a, b position) (place.Geodesic, error) {
	from, err := a.point()
	if err != nil {
		return place.Geodesic{}, err
	}
	to, err := b.point()
	if err != nil {
		return place.Geodesic{}, err
	}
	if c.Rules.Model != "sphere" {
		return place.Between(from, to), nil
	}
	radius := c.Rules.RadiusOfM
	switch {
	case c.Rules.RadiusMiles > 0:
		radius = float64(c.Rules.RadiusMiles) * place.Mile.Metres()
	case radius == 0:
		radius = place.EarthRadiusM
	}
	return place.Geodesic{Metres: place.Angle(from, to) * radius}, nil
}

// differences collects what is not as expected.
type differences []string

func (d *differences) near(what string, got float64, want *float64, tolerance float64) {
	if want != nil && !(math.Abs(got-*want) <= tolerance) {
		*d = append(*d, fmt.Sprintf("%s: got %v, want %v", what, got, *want))
	}
}

func (d *differences) same(what string, got bool, want *bool) {
	if want != nil && got != *want {
		*d = append(*d, fmt.Sprintf("%s: got %v, want %v", what, got, *want))
	}
}

func (d differences) String() string { return strings.Join(d, "; ") }

func (c geoCase) distances() string {
	var d differences
	e := c.Expected
	g, err := c.metres(c.Context.From, c.Context.To)
	if err != nil {
		return err.Error()
	}
	d.near("distance_m", g.Metres, e.DistanceM, c.Rules.TolM)
	d.near("azimuth_start_deg", g.Start, e.Start, 1e-6)
	d.near("azimuth_end_deg", g.End, e.End, 1e-6)
	if e.Angle != nil {
		from, _ := c.Context.From.point()
		to, _ := c.Context.To.point()
		d.near("angle_deg", place.Angle(from, to)*180/math.Pi, e.Angle, c.Rules.TolDeg)
	}
	for i, r := range e.Rows {
		g, err := c.metres(r.From, r.To)
		if err != nil {
			return err.Error()
		}
		want := float64(r.Miles)
		d.near(fmt.Sprintf("rows %d", i), g.Metres/place.Mile.Metres(), &want, c.Rules.TolMiles)
	}
	if b := e.BetweenMiles; len(b) == 2 {
		within := b[0] <= g.Metres/place.Mile.Metres() && g.Metres/place.Mile.Metres() <= b[1]
		d.same("distance_miles_between", within, new(true))
	}
	if e.SameAs != nil {
		other, err := c.metres(e.SameAs.From, e.SameAs.To)
		if err != nil {
			return err.Error()
		}
		d.near("same_as", g.Metres, &other.Metres, 0)
	}
	return c.ordered(&d)
}

// ordered measures from a centre.
func (c geoCase) ordered(d *differences) string {
	far := map[string]float64{}
	for name, p := range c.Context.Points {
		g, err := c.metres(c.Context.Centre, p)
		if err != nil {
			return err.Error()
		}
		far[name] = g.Metres
		if want, ok := c.Expected.DistanceKM[name]; ok {
			want *= 1000
			d.near(name, g.Metres, &want, c.Rules.TolM)
		}
	}
	order := slices.SortedFunc(maps.Keys(far), func(a, b string) int {
		if far[a] < far[b] {
			return -1
		}
		return 1
	})
	if c.Expected.Order != nil && !slices.Equal(order, c.Expected.Order) {
		*d = append(*d, fmt.Sprintf("order: got %v", order))
	}
	return d.String()
}

func (c geoCase) validation() string {
	_, err := c.metres(c.Context.From, c.Context.To)
	var problem *domain.Error
	if !errors.As(err, &problem) || problem.Code != c.Expected.Error {
		return fmt.Sprintf("got %v, want %s", err, c.Expected.Error)
	}
	return ""
}

func (c geoCase) fence() string {
	g, err := c.metres(c.Context.Centre, c.Context.Point)
	if err != nil {
		return err.Error()
	}
	verdict := place.VerdictAt(g.Metres-c.Rules.RadiusM, c.Context.AccuracyM)
	var d differences
	d.near("distance_m", g.Metres, c.Expected.DistanceM, 1)
	d.same("inside", verdict == place.FenceInside, c.Expected.Inside)
	d.same("certainly_inside", verdict == place.FenceInside, c.Expected.Certainly)
	d.same("possibly_inside", verdict != place.FenceOutside, c.Expected.Possibly)
	return d.String()
}

func (c geoCase) destination() string {
	from, err := c.Context.From.point()
	if err != nil {
		return err.Error()
	}
	var d differences
	d.near("lon", from.Destination(c.Context.Bearing, c.Context.DistanceM).Lon, c.Expected.Lon, c.Rules.TolDeg)
	return d.String()
}

func (c geoCase) travel() string {
	var fixes []place.Fix
	for _, p := range c.Punches {
		at, err := time.Parse("2006-01-02T15:04:05", p.At)
		if err != nil {
			return err.Error()
		}
		point, err := position{p.Lat, p.Lon}.point()
		if err != nil {
			return err.Error()
		}
		fixes = append(fixes, place.Fix{At: domain.InstantOf(at), Point: point})
	}
	rule := place.TravelRule{
		SpeedKMH: c.Rules.SpeedKMH, DistanceM: c.Rules.MinKM * 1000,
		ShortGap: domain.Seconds(c.Rules.GapHours * 3600), ShortM: c.Rules.GapKM * 1000,
	}
	var d differences
	d.same("flag", rule.Breaks(place.TravelBetween(fixes[0], fixes[1])), c.Expected.Flag)
	return d.String()
}

func (c geoCase) units() string {
	var d differences
	km := place.Kilometre.Metres()
	d.near("miles", km/place.Mile.Metres(), c.Expected.Miles, 1e-9)
	d.near("feet", km/place.Foot.Metres(), c.Expected.Feet, 1e-4)
	d.near("nautical_miles", km/place.NauticalMile.Metres(), c.Expected.Nautical, 1e-9)
	d.near("metres", km, c.Expected.Metres, 0)
	return d.String()
}
