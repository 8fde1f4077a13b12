package place

import "github.com/punchledger/punchledger/domain"

// SiteCommand is a wish about a site.
//
//sumtype:decl
type SiteCommand interface {
	Stream() string
	siteCommand()
}

// OpenSite asks for SiteOpened.
type OpenSite struct {
	Site     string
	Name     string
	TZ       string
	Calendar string
}

// CloseSite asks for SiteClosed.
type CloseSite struct {
	Site string
	From domain.Date
}

// RenameSite asks for SiteRenamed.
type RenameSite struct {
	Site string
	Name string
}

// SetFences asks for SiteFencesSet. Without a precision the one before stays; a site begins with verdict.
type SetFences struct {
	Site          string
	Version       int `mac:"none"` // the next one: not what is asked for
	EffectiveFrom domain.Instant
	Fences        []Fence
	Precision     Precision
}

// SetNetworks asks for SiteNetworksSet.
type SetNetworks struct {
	Site          string
	Version       int `mac:"none"` // the next one: not what is asked for
	EffectiveFrom domain.Instant
	IP            []string
	Wifi          []Wifi
}

// SetSiteCode asks for SiteCodeSet.
type SetSiteCode struct {
	Site    string
	Version int `mac:"none"` // the next one: not what is asked for
	Step    domain.Seconds
}

// Stream returns the target stream.
func (c RenameSite) Stream() string { return "site-" + c.Site }

// Stream returns the target stream.
func (c SetFences) Stream() string { return "site-" + c.Site }

// Stream returns the target stream.
func (c SetNetworks) Stream() string { return "site-" + c.Site }

// Stream returns the target stream.
func (c SetSiteCode) Stream() string { return "site-" + c.Site }

func (RenameSite) siteCommand()  {}
func (SetFences) siteCommand()   {}
func (SetNetworks) siteCommand() {}
func (SetSiteCode) siteCommand() {}

// Stream returns the target stream.
func (c OpenSite) Stream() string { return "site-" + c.Site }

// Stream returns the target stream.
func (c CloseSite) Stream() string { return "site-" + c.Site }

func (OpenSite) siteCommand()  {}
func (CloseSite) siteCommand() {}
