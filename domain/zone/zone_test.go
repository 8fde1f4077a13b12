package zone_test

import (
	"archive/zip"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/zone"
)

func named(tb testing.TB, name string) *zone.Zone {
	tb.Helper()
	z, err := zone.Embedded().Zone(name)
	require.NoError(tb, err)
	return z
}

func date(t *testing.T, s string) domain.Date {
	t.Helper()
	d, err := domain.ParseDate(s)
	require.NoError(t, err)
	return d
}

func clock(h, m domain.Seconds) domain.Seconds { return h*domain.Hour + m*domain.Minute }

func utc(at domain.Seconds) string {
	return time.Unix(int64(at), 0).UTC().Format("2006-01-02T15:04:05")
}

func TestWallClocksNearAChange(t *testing.T) {
	for _, c := range []struct {
		name, zone, date string
		clock            domain.Seconds
		start, end       string
	}{
		{"an ordinary time is itself", "America/Los_Angeles", "2026-06-01", clock(9, 0), "2026-06-01T16:00:00", "2026-06-01T16:00:00"},
		{"a clock past 24 h is the next date", "Asia/Shanghai", "2026-10-24", clock(30, 0), "2026-10-24T22:00:00", "2026-10-24T22:00:00"},
		{"a negative clock is the date before", "Asia/Shanghai", "2026-10-24", clock(-1, 0), "2026-10-23T15:00:00", "2026-10-23T15:00:00"},

		{"Los Angeles, the last second before the gap", "America/Los_Angeles", "2026-03-08", clock(2, 0) - 1, "2026-03-08T09:59:59", "2026-03-08T09:59:59"},
		{"Los Angeles, the first of the gap is the change", "America/Los_Angeles", "2026-03-08", clock(2, 0), "2026-03-08T10:00:00", "2026-03-08T10:00:00"},
		{"Los Angeles, inside the gap is the change", "America/Los_Angeles", "2026-03-08", clock(2, 30), "2026-03-08T10:00:00", "2026-03-08T10:00:00"},
		{"Los Angeles, the end of the gap", "America/Los_Angeles", "2026-03-08", clock(3, 0), "2026-03-08T10:00:00", "2026-03-08T10:00:00"},
		{"Los Angeles, a repeated time", "America/Los_Angeles", "2026-11-01", clock(1, 30), "2026-11-01T08:30:00", "2026-11-01T09:30:00"},
		{"Los Angeles, the first repeated second", "America/Los_Angeles", "2026-11-01", clock(1, 0), "2026-11-01T08:00:00", "2026-11-01T09:00:00"},
		{"Los Angeles, after the repeated hour", "America/Los_Angeles", "2026-11-01", clock(2, 0), "2026-11-01T10:00:00", "2026-11-01T10:00:00"},
		{"Los Angeles, a repeated time as an hour past 24", "America/Los_Angeles", "2026-10-31", clock(25, 30), "2026-11-01T08:30:00", "2026-11-01T09:30:00"},

		{"Berlin, inside the gap", "Europe/Berlin", "2026-03-29", clock(2, 30), "2026-03-29T01:00:00", "2026-03-29T01:00:00"},
		{"Berlin, a repeated time", "Europe/Berlin", "2026-10-25", clock(2, 30), "2026-10-25T00:30:00", "2026-10-25T01:30:00"},

		{"Lord Howe, a gap of half an hour", "Australia/Lord_Howe", "2026-10-04", clock(2, 15), "2026-10-03T15:30:00", "2026-10-03T15:30:00"},
		{"Lord Howe, after half an hour the clock is whole again", "Australia/Lord_Howe", "2026-10-04", clock(2, 30), "2026-10-03T15:30:00", "2026-10-03T15:30:00"},
		{"Lord Howe, a repeated half hour", "Australia/Lord_Howe", "2026-04-05", clock(1, 45), "2026-04-04T14:45:00", "2026-04-04T15:15:00"},
		{"Lord Howe, before the repeated half hour", "Australia/Lord_Howe", "2026-04-05", clock(1, 15), "2026-04-04T14:15:00", "2026-04-04T14:15:00"},

		{"Apia, a time of the day that never was", "Pacific/Apia", "2011-12-30", clock(9, 0), "2011-12-30T10:00:00", "2011-12-30T10:00:00"},
		{"Apia, the day before", "Pacific/Apia", "2011-12-29", clock(9, 0), "2011-12-29T19:00:00", "2011-12-29T19:00:00"},
		{"Apia, the day after", "Pacific/Apia", "2011-12-31", clock(9, 0), "2011-12-30T19:00:00", "2011-12-30T19:00:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			z, d := named(t, c.zone), date(t, c.date)
			require.Equal(t, c.start, utc(z.Start(d, c.clock)), "start")
			require.Equal(t, c.end, utc(z.End(d, c.clock)), "end")
		})
	}
}

func TestOccurrences(t *testing.T) {
	for _, c := range []struct {
		name, zone, date string
		clock            domain.Seconds
		want             []string
	}{
		{"an ordinary time occurs once", "Europe/Berlin", "2026-10-25", clock(12, 0), []string{"2026-10-25T11:00:00"}},
		{"a time in a gap never occurs", "Europe/Berlin", "2026-03-29", clock(2, 30), nil},
		{"a repeated time occurs twice, in order", "Europe/Berlin", "2026-10-25", clock(2, 30), []string{"2026-10-25T00:30:00", "2026-10-25T01:30:00"}},
		{"no time of a missing day occurs", "Pacific/Apia", "2011-12-30", clock(12, 0), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, at := range named(t, c.zone).Occurrences(date(t, c.date).Unix() + c.clock) {
				got = append(got, utc(at))
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestMidnights(t *testing.T) {
	apia := named(t, "Pacific/Apia")
	missing := date(t, "2011-12-30")
	require.Equal(t, apia.Midnight(missing+1), apia.Midnight(missing), "the missing day has no length")
	require.Equal(t, missing-1, apia.DateOf(apia.Midnight(missing)-1))
	require.Equal(t, missing+1, apia.DateOf(apia.Midnight(missing)))

	berlin := named(t, "Europe/Berlin")
	d := date(t, "2026-10-25")
	require.Equal(t, 25*domain.Hour, berlin.Midnight(d+1)-berlin.Midnight(d), "the autumn Sunday has 25 hours")
}

func TestUnknownZonesAreRefused(t *testing.T) {
	for _, name := range []string{"", "Mars/Olympus", "Europe/", "europe/berlin", "../etc/passwd"} {
		_, err := zone.Embedded().Zone(name)
		require.ErrorIs(t, err, &domain.Error{Code: "unknown_tz"}, name)
	}
}

func TestTheArchiveIsNamedByItsContent(t *testing.T) {
	a := zone.Embedded()
	require.Equal(t, zone.EmbeddedVersion, a.Version())
	require.Len(t, a.SHA256(), 64)
	_, err := zone.Open("x", []byte("no archive"))
	require.ErrorContains(t, err, "read zone archive x")
}

// shipped is the archive as the standard library reads it, which is right about instants, if not about wall clocks.
var shipped = sync.OnceValue(func() map[string]*time.Location {
	r, err := zip.OpenReader("zoneinfo.zip")
	if err != nil {
		panic(err)
	}
	defer r.Close()
	out := map[string]*time.Location{}
	for _, f := range r.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		data, err := fs.ReadFile(r, f.Name)
		if err != nil {
			panic(err)
		}
		if out[f.Name], err = time.LoadLocationFromTZData(f.Name, data); err != nil {
			panic(err)
		}
	}
	return out
})

func zoneNames() []string { return slices.Sorted(maps.Keys(shipped())) }

func TestNoTwoZonesShareAStreamName(t *testing.T) {
	seen := map[string]string{}
	for _, name := range zoneNames() {
		id := domain.ZoneID(name)
		require.Empty(t, seen[id], "%s and %s are both %s", name, seen[id], id)
		require.True(t, domain.ValidID(id, false), id)
		seen[id] = name
	}
	require.Equal(t, "etc.gmt.p5", domain.ZoneID("Etc/GMT+5"))
	require.Equal(t, "america.port.mau.mprince", domain.ZoneID("America/Port-au-Prince"))
}

func TestEveryZoneLoadsAndAgreesWithTheStandardLibrary(t *testing.T) {
	names := zoneNames()
	require.Greater(t, len(names), 400)
	first, last := domain.NewDate(1971, 1, 1).Unix(), domain.NewDate(2099, 12, 31).Unix()
	for _, name := range names {
		z, loc := named(t, name), shipped()[name]
		require.Equal(t, name, z.Name())
		for at := first; at < last; at += 97 * domain.Day / 2 {
			if _, want := time.Unix(int64(at), 0).In(loc).Zone(); z.Offset(at) != domain.Seconds(want) {
				require.Equal(t, domain.Seconds(want), z.Offset(at), "%s at %s", name, utc(at))
			}
		}
	}
}

func TestWallAndBack(t *testing.T) {
	names := zoneNames()
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.SampledFrom(names).Draw(r, "zone")
		z := named(t, name)
		at := domain.Seconds(rapid.Int64Range(int64(domain.NewDate(1970, 1, 2).Unix()), int64(domain.NewDate(2099, 12, 30).Unix())).Draw(r, "at"))

		d, c := z.Wall(at)
		std := time.Unix(int64(at), 0).In(shipped()[name])
		require.Equal(r, std.Format(time.DateOnly), d.String())
		h, m, s := std.Clock()
		require.Equal(r, domain.Seconds(h*3600+m*60+s), c)

		all := z.Occurrences(d.Unix() + c)
		require.Contains(r, all, at, "a wall clock that was read occurs")
		require.Equal(r, all[0], z.Start(d, c), "starts take the first occurrence")
		require.Equal(r, all[len(all)-1], z.End(d, c), "ends take the last occurrence")
	})
}

// Whatever the clock says, later wall clocks never resolve to earlier instants, so bands stay contiguous.
func TestStartsAndEndsNeverGoBack(t *testing.T) {
	names := zoneNames()
	rapid.Check(t, func(r *rapid.T) {
		z := named(t, rapid.SampledFrom(names).Draw(r, "zone"))
		d := domain.Date(rapid.Int32Range(int32(domain.NewDate(1970, 1, 3)), int32(domain.NewDate(2099, 12, 28))).Draw(r, "date"))
		a := domain.Seconds(rapid.Int64Range(0, 48*3600).Draw(r, "a"))
		b := domain.Seconds(rapid.Int64Range(int64(a), 48*3600).Draw(r, "b"))
		require.LessOrEqual(r, z.Start(d, a), z.Start(d, b))
		require.LessOrEqual(r, z.End(d, a), z.End(d, b))
		require.LessOrEqual(r, z.Start(d, a), z.End(d, a))
		require.Equal(r, z.Start(d, a), z.Start(d+1, a-domain.Day), "a clock past 24 h is the next date's")
	})
}
