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

// Stream returns the target stream.
func (c OpenSite) Stream() string { return "site-" + c.Site }

// Stream returns the target stream.
func (c CloseSite) Stream() string { return "site-" + c.Site }

func (OpenSite) siteCommand()  {}
func (CloseSite) siteCommand() {}
