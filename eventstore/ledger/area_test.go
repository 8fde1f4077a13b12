package ledger_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// The grid finds every site whose fence a fix lies in or near, at the poles and on the line of 180 degrees too.
func TestTheGridFindsWhatAScanFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		middle := place.Point{
			Lat: rapid.OneOf(rapid.Float64Range(-90, 90), rapid.SampledFrom([]float64{-90, -80, -79.99, 0, 79.99, 80, 89.99, 90})).Draw(t, "lat"),
			Lon: rapid.OneOf(rapid.Float64Range(-180, 180), rapid.SampledFrom([]float64{-179.999, 0, 180})).Draw(t, "lon"),
		}
		somewhere := func(name string, far float64) place.Point {
			return middle.Destination(rapid.Float64Range(0, 360).Draw(t, name+" bearing"), rapid.Float64Range(0, far).Draw(t, name+" away"))
		}
		var events []place.SiteFencesSet
		for i := range rapid.IntRange(1, 5).Draw(t, "sites") {
			centre := somewhere(fmt.Sprint("site", i), 20_000)
			fence := place.Fence{ID: "c", Shape: place.Circle, CRS: place.WGS84, Points: []place.Point{centre}, RadiusM: rapid.IntRange(20, 5000).Draw(t, "radius")}
			if rapid.Bool().Draw(t, "polygon") {
				fence = place.Fence{ID: "p", Shape: place.Polygon, CRS: place.WGS84, Points: []place.Point{
					centre, centre.Destination(10, 9000), centre.Destination(70, 9000),
				}}
			}
			events = append(events, place.SiteFencesSet{Site: fmt.Sprint("s", i), Fences: []place.Fence{fence}})
		}
		fix := somewhere("fix", 20_000)
		found := ledger.SitesNear(fix, events...)
		for _, e := range events {
			if e.Fences[0].Boundary(fix) <= 1900 {
				require.True(t, slices.Contains(found, e.Site), "%s is %v m away", e.Site, e.Fences[0].Boundary(fix))
			}
		}
	})
}

// A punch costs the same with one site and with two thousand.
func BenchmarkIntake(b *testing.B) {
	for _, sites := range []int{1, 2000} {
		b.Run(fmt.Sprint("sites=", sites), func(b *testing.B) {
			o := remote(b, "")
			for i := range sites - 1 {
				id := fmt.Sprint("s", i)
				o.must(place.OpenSite{Site: id, Name: id, TZ: "Asia/Shanghai"})
				o.must(place.SetFences{Site: id, Version: 1, Fences: []place.Fence{circleAt("main", 30+float64(i)/100, 110+float64(i%50)/10)}})
			}
			c := tap(b, "p1", monday, timecard.Evidence{})
			e := at(39.9005, 116.4, 12)
			b.ReportAllocs()
			for b.Loop() {
				c.Details.Sealed = e
				ledger.JudgeIntake(o.Directory(), c)
			}
		})
	}
}
