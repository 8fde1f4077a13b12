package place_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/place"
)

func TestDecideSiteAreas(t *testing.T) {
	opened := place.SiteOpened{Site: "hq", Name: "HQ", TZ: "Asia/Shanghai"}
	circle := place.Fence{ID: "main", Shape: place.Circle, CRS: place.GCJ02, Points: []place.Point{{Lat: 39.9, Lon: 116.4}}, RadiusM: 150}
	corner := func(lat, lon float64) place.Point { return place.Point{Lat: lat, Lon: lon} }
	yard := place.Fence{
		ID: "yard", Shape: place.Polygon, CRS: place.WGS84, Points: []place.Point{corner(1, 1), corner(1, 1.01), corner(1.01, 1.01), corner(1.01, 1)},
	}
	set := place.SetFences{Site: "hq", Version: 1, Fences: []place.Fence{circle, yard}, Precision: place.PrecisionVerdict}
	one := func(base place.Fence, f func(*place.Fence)) place.SetFences {
		base.Points = append([]place.Point(nil), base.Points...)
		f(&base)
		c := set
		c.Fences = []place.Fence{base}
		return c
	}
	change := func(f func(*place.SetFences)) place.SetFences { c := set; f(&c); return c }
	exact := place.SiteFencesSet(change(func(c *place.SetFences) { c.Precision = place.PrecisionExact }))
	networks := place.SetNetworks{Site: "hq", Version: 1, IP: []string{"203.0.113.0/24"}, Wifi: []place.Wifi{{BSSIDHMAC: strings.Repeat("ab", 32), SSID: "office"}}}
	cidr := func(s string) place.SetNetworks { c := networks; c.IP = []string{s}; return c }
	code := place.SetSiteCode{Site: "hq", Version: 1, Step: 15}
	given := func(e ...place.SiteEvent) []place.SiteEvent { return append([]place.SiteEvent{opened}, e...) }
	type siteCase = decidertest.Case[place.SiteCommand, place.SiteFacts, place.SiteEvent]
	decidertest.Run(t, place.DecideSite, place.EvolveSite, []siteCase{
		{Name: "fences are set", Given: given(), When: set, Then: []place.SiteEvent{place.SiteFencesSet(set)}},
		{Name: "all fences may go", Given: given(), When: change(func(c *place.SetFences) { c.Fences = nil }), Then: []place.SiteEvent{place.SiteFencesSet(change(func(c *place.SetFences) { c.Fences = nil }))}},
		{Name: "coordinates are not kept where nobody says so", Given: given(), When: change(func(c *place.SetFences) { c.Precision = "" }), Then: []place.SiteEvent{place.SiteFencesSet(set)}},
		{
			Name: "the precision stays as it was", Given: given(exact), When: change(func(c *place.SetFences) { c.Precision, c.Version = "", 2 }),
			Then: []place.SiteEvent{place.SiteFencesSet(change(func(c *place.SetFences) { c.Precision, c.Version = place.PrecisionExact, 2 }))},
		},
		{Name: "versions have no gap", Given: given(), When: change(func(c *place.SetFences) { c.Version = 2 }), Err: "version_gap"},
		{Name: "a version is used once", Given: given(place.SiteFencesSet(set)), When: set, Err: "version_gap"},
		{Name: "a site that has fences exists", When: set, Err: "unknown_site"},
		{Name: "a closed site changes no more", Given: given(place.SiteClosed{Site: "hq", From: day("2027-01-01")}), When: set, Err: "site_closed"},
		{Name: "the datum is named", Given: given(), When: one(circle, func(f *place.Fence) { f.CRS = "" }), Err: "crs_missing"},
		{Name: "the datum is known", Given: given(), When: one(circle, func(f *place.Fence) { f.CRS = "mars" }), Err: "invalid_field"},
		{Name: "the precision is known", Given: given(), When: change(func(c *place.SetFences) { c.Precision = "rough" }), Err: "invalid_field"},
		{Name: "the shape is known", Given: given(), When: one(circle, func(f *place.Fence) { f.Shape = "cube" }), Err: "invalid_field"},
		{Name: "a fence has an id", Given: given(), When: one(circle, func(f *place.Fence) { f.ID = "" }), Err: "invalid_field"},
		{Name: "an id is used once", Given: given(), When: change(func(c *place.SetFences) { c.Fences = []place.Fence{circle, circle} }), Err: "invalid_field"},
		{Name: "a radius is at least 20 m", Given: given(), When: one(circle, func(f *place.Fence) { f.RadiusM = 19 }), Err: "radius_invalid"},
		{Name: "a radius is at most 5 km", Given: given(), When: one(circle, func(f *place.Fence) { f.RadiusM = 5001 }), Err: "radius_invalid"},
		{Name: "a circle has one centre", Given: given(), When: one(circle, func(f *place.Fence) { f.Points = append(f.Points, f.Points[0]) }), Err: "invalid_field"},
		{Name: "a centre is a place", Given: given(), When: one(circle, func(f *place.Fence) { f.Points[0].Lat = 91 }), Err: "invalid_coordinate"},
		{Name: "a polygon has no radius", Given: given(), When: one(yard, func(f *place.Fence) { f.RadiusM = 50 }), Err: "polygon_invalid"},
		{Name: "a polygon has three corners", Given: given(), When: one(yard, func(f *place.Fence) { f.Points = f.Points[:2] }), Err: "polygon_invalid"},
		{Name: "the edges of a polygon do not cross", Given: given(), When: one(yard, func(f *place.Fence) { f.Points[0], f.Points[1] = f.Points[1], f.Points[0] }), Err: "polygon_invalid"},
		{Name: "a polygon has an area", Given: given(), When: one(yard, func(f *place.Fence) { f.Points = []place.Point{corner(1, 1), corner(1, 1.01), corner(1, 1.005)} }), Err: "polygon_invalid"},
		{Name: "a corner stands once", Given: given(), When: one(yard, func(f *place.Fence) { f.Points = append(f.Points, f.Points[3]) }), Err: "polygon_invalid"},
		{Name: "a polygon is a place of work, not a country", Given: given(), When: one(yard, func(f *place.Fence) { f.Points[2] = corner(2, 2) }), Err: "polygon_invalid"},
		{Name: "networks are set", Given: given(), When: networks, Then: []place.SiteEvent{place.SiteNetworksSet(networks)}},
		{Name: "versions of networks have no gap", Given: given(place.SiteNetworksSet(networks)), When: networks, Err: "version_gap"},
		{Name: "a prefix is one", Given: given(), When: cidr("203.0.113.0"), Err: "cidr_invalid"},
		{Name: "a prefix has no host part", Given: given(), When: cidr("203.0.113.7/24"), Err: "cidr_invalid"},
		{Name: "the whole internet is no office", Given: given(), When: cidr("0.0.0.0/0"), Err: "cidr_invalid"},
		{Name: "a code is turned on", Given: given(), When: code, Then: []place.SiteEvent{place.SiteCodeSet(code)}},
		{Name: "versions of codes have no gap", Given: given(place.SiteCodeSet(code)), When: code, Err: "version_gap"},
		{Name: "a code is shown for some seconds", Given: given(), When: place.SetSiteCode{Site: "hq", Version: 1, Step: 1}, Err: "invalid_field"},
		{Name: "a code is turned off", Given: given(place.SiteCodeSet(code)), When: place.SetSiteCode{Site: "hq", Version: 2}, Then: []place.SiteEvent{place.SiteCodeSet{Site: "hq", Version: 2}}},
		{Name: "a site gets another name", Given: given(), When: place.RenameSite{Site: "hq", Name: "Head office"}, Then: []place.SiteEvent{place.SiteRenamed{Site: "hq", Name: "Head office"}}},
		{Name: "the same name changes nothing", Given: given(), When: place.RenameSite{Site: "hq", Name: "HQ"}},
		{Name: "a name says something", Given: given(), When: place.RenameSite{Site: "hq"}, Err: "invalid_field"},
	})
}

func TestVersionsGovernFromTheirInstant(t *testing.T) {
	fences := func(version int, from string, id string) place.SiteFencesSet {
		e := place.SiteFencesSet{Site: "hq", Version: version, Fences: []place.Fence{{ID: id}}, Precision: place.PrecisionExact}
		if from != "" {
			e.EffectiveFrom = at(from)
		}
		return e
	}
	s := decidertest.Fold(place.EvolveSite, []place.SiteEvent{
		place.SiteOpened{Site: "hq"}, fences(1, "2026-01-01T00:00:00Z", "a"), fences(2, "2026-06-01T00:00:00Z", "b"),
	}...)
	_, ok := s.FencesAt(at("2025-12-31T23:59:59Z"))
	require.False(t, ok)
	require.Equal(t, place.PrecisionVerdict, s.PrecisionAt(at("2025-12-31T23:59:59Z")), "coordinates are not kept before somebody says so")
	v, _ := s.FencesAt(at("2026-05-31T23:59:59Z"))
	require.Equal(t, "a", v.Fences[0].ID)
	v, _ = s.FencesAt(at("2026-06-01T00:00:00Z"))
	require.Equal(t, "b", v.Fences[0].ID)
	s = place.EvolveSite(s, fences(3, "", "c"))
	v, _ = s.FencesAt(at("2026-02-01T00:00:00Z"))
	require.Equal(t, "c", v.Fences[0].ID, "fences that were wrong are replaced for all time")
}

func TestNetworksHoldAddresses(t *testing.T) {
	s := decidertest.Fold(place.EvolveSite, []place.SiteEvent{
		place.SiteOpened{Site: "hq"}, place.SiteNetworksSet{Site: "hq", Version: 1, IP: []string{"203.0.113.0/24", "2001:db8:7::/48"}},
	}...)
	n, ok := s.NetworksAt(0)
	require.True(t, ok)
	for ip, want := range map[string]bool{"203.0.113.9": true, "::ffff:203.0.113.9": true, "203.0.114.9": false, "2001:db8:7::1": true, "2001:db8:8::1": false} {
		require.Equal(t, want, n.Has(netip.MustParseAddr(ip)), ip)
	}
}

func TestRotatingCodes(t *testing.T) {
	c := place.SiteCode{Version: 1, Step: 15}
	key, now := []byte("key of the site"), at("2026-10-08T01:00:07Z")
	shown := c.CodeAt(key, now)
	require.Len(t, shown, 8)
	require.Equal(t, shown, c.CodeAt(key, now+7_000), "for a whole step")
	require.NotEqual(t, shown, c.CodeAt(key, now+8_000))
	for _, x := range []struct {
		name  string
		later domain.Seconds
		ok    bool
	}{
		{"at once", 0, true},
		{"two steps later", 30, true},
		{"three steps later", 45, false},
		{"two steps before", -30, true},
		{"three steps before", -45, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			step, ok := c.Verify(key, shown, now+x.later.Instant())
			require.Equal(t, x.ok, ok)
			if ok {
				require.Equal(t, int64(now.Seconds()/15), step)
			}
		})
	}
	_, ok := c.Verify([]byte("key of another site"), shown, now)
	require.False(t, ok)
	_, ok = c.Verify(key, "", now)
	require.False(t, ok)
	_, ok = place.SiteCode{}.Verify(key, shown, now)
	require.False(t, ok, "a site without a code shows none")
	require.Empty(t, place.SiteCode{}.CodeAt(key, now))
}
