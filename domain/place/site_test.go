package place_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/place"
)

func day(s string) domain.Date {
	d, err := domain.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func at(s string) domain.Instant {
	var i domain.Instant
	if err := i.UnmarshalText([]byte(s)); err != nil {
		panic(err)
	}
	return i
}

func TestDecideSite(t *testing.T) {
	opened := place.SiteOpened{Site: "bj-hq", Name: "北京", TZ: "Asia/Shanghai", Calendar: "cn-mainland"}
	open := place.OpenSite(opened)
	closed := place.SiteClosed{Site: "bj-hq", From: day("2027-01-01")}
	nameless, zoneless := open, open
	nameless.Name, zoneless.TZ = "", ""
	known := place.SiteFacts{ZoneKnown: true, CalendarKnown: true}
	given := func(e ...place.SiteEvent) []place.SiteEvent { return append([]place.SiteEvent{opened}, e...) }
	type siteCase = decidertest.Case[place.SiteCommand, place.SiteFacts, place.SiteEvent]
	decidertest.Run(t, place.DecideSite, place.EvolveSite, []siteCase{
		{Name: "a site is opened", When: open, Facts: known, Then: given()},
		{Name: "a site is opened once", Given: given(), When: open, Facts: known, Err: "site_exists"},
		{Name: "the zone of a site exists", When: open, Facts: place.SiteFacts{CalendarKnown: true}, Err: "unknown_tz"},
		{Name: "the calendar of a site exists", When: open, Facts: place.SiteFacts{ZoneKnown: true}, Err: "unknown_calendar"},
		{Name: "a site has a name", When: nameless, Facts: known, Err: "invalid_field"},
		{Name: "a site has a zone", When: zoneless, Facts: known, Err: "invalid_field"},
		{Name: "a site is closed", Given: given(), When: place.CloseSite(closed), Then: []place.SiteEvent{closed}},
		{Name: "a site is closed once", Given: given(closed), When: place.CloseSite(closed), Err: "site_closed"},
		{Name: "a site that is closed exists", When: place.CloseSite(closed), Err: "unknown_site"},
		{Name: "a site is closed from a date", Given: given(), When: place.CloseSite{Site: "bj-hq"}, Err: "invalid_field"},
	})
	s := decidertest.Fold(place.EvolveSite, given(closed)...)
	require.True(t, s.OpenOn(day("2026-12-31")))
	require.False(t, s.OpenOn(day("2027-01-01")))
	require.False(t, place.SiteState{}.OpenOn(day("2026-12-31")))
}
