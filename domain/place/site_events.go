package place

import "github.com/punchledger/punchledger/domain"

// SiteEvent is an event of a stream site-{id}.
//
//sumtype:decl
type SiteEvent interface {
	domain.Event
	siteEvent()
}

// SiteOpened names a place of work. Written by an administrator.
type SiteOpened struct {
	Site     string `json:"site"`
	Name     string `json:"name"`
	TZ       string `json:"tz"`                 // time zone of its days
	Calendar string `json:"calendar,omitempty"` // whose holidays hold there; without one those of the ruleset's
}

// SiteClosed closes a site. Written by an administrator.
type SiteClosed struct {
	Site string      `json:"site"`
	From domain.Date `json:"from"` // first date on which nobody works there
}

// EventType returns the stored name.
func (SiteOpened) EventType() string { return "SiteOpened" }

// EventType returns the stored name.
func (SiteClosed) EventType() string { return "SiteClosed" }

func (SiteOpened) siteEvent() {}
func (SiteClosed) siteEvent() {}
