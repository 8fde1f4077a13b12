package place

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
)

// SiteFacts are what a decision about a site needs from elsewhere.
type SiteFacts struct {
	ZoneKnown     bool // the zone is in the archive
	CalendarKnown bool // the calendar that the command names has a published year
}

// DecideSite decides a command about a site.
func DecideSite(s SiteState, c SiteCommand, f SiteFacts) ([]SiteEvent, error) {
	switch c := c.(type) {
	case OpenSite:
		return openSite(s, c, f)
	case CloseSite:
		return closeSite(s, c)
	case RenameSite:
		return renameSite(s, c)
	case SetFences:
		return setFences(s, c)
	case SetNetworks:
		return setNetworks(s, c)
	case SetSiteCode:
		return setSiteCode(s, c)
	}
	panic(fmt.Sprintf("place: no case for %T", c))
}

func openSite(s SiteState, c OpenSite, f SiteFacts) ([]SiteEvent, error) {
	var is fields
	is.Document("site", c.Site)
	is.Text("name", c.Name, maxName)
	is.Text("tz", c.TZ, maxWord)
	is.OptionalDocument("calendar", c.Calendar)
	if is.First != nil {
		return nil, is.First
	}
	if s.Exists() {
		return nil, domain.NewError(domain.Conflict, "site_exists", "site", c.Site)
	}
	if !f.ZoneKnown {
		return nil, domain.NewError(domain.Invalid, "unknown_tz", "tz", c.TZ)
	}
	if c.Calendar != "" && !f.CalendarKnown {
		return nil, domain.NewError(domain.Invalid, "unknown_calendar", "calendar", c.Calendar)
	}
	return []SiteEvent{SiteOpened(c)}, nil
}

func closeSite(s SiteState, c CloseSite) ([]SiteEvent, error) {
	var is fields
	is.Date("from", c.From)
	if is.First != nil {
		return nil, is.First
	}
	if !s.Exists() {
		return nil, domain.NewError(domain.NotFound, "unknown_site", "site", c.Site)
	}
	if !s.ClosedFrom.IsZero() {
		return nil, domain.NewError(domain.Conflict, "site_closed", "from", s.ClosedFrom.String())
	}
	return []SiteEvent{SiteClosed(c)}, nil
}
