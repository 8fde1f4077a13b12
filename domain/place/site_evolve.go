package place

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
)

// SiteState is a site as its stream tells it.
type SiteState struct {
	ID         string
	Name       string
	TZ         string
	Calendar   string
	ClosedFrom domain.Date // zero: not closed
}

// Exists reports whether the site was opened.
func (s SiteState) Exists() bool { return s.ID != "" }

// OpenOn reports whether people may work at the site on date.
func (s SiteState) OpenOn(date domain.Date) bool {
	return s.Exists() && (s.ClosedFrom.IsZero() || date < s.ClosedFrom)
}

// EvolveSite applies one event.
func EvolveSite(s SiteState, e SiteEvent) SiteState {
	switch e := e.(type) {
	case SiteOpened:
		return SiteState{ID: e.Site, Name: e.Name, TZ: e.TZ, Calendar: e.Calendar}
	case SiteClosed:
		s.ClosedFrom = e.From
		return s
	}
	panic(fmt.Sprintf("place: no case for %T", e))
}
