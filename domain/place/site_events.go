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

// SiteRenamed gives a site another name. Written by an administrator.
type SiteRenamed struct {
	Site string `json:"site"`
	Name string `json:"name"`
}

// Precision says what is kept of where people punched.
type Precision string

// The precisions. A verdict keeps inside, outside or uncertain and bands of distance and accuracy, and no coordinates; a bucket keeps
// also the distance, rounded to 10 m, and sealed coordinates rounded to a thousandth of a degree, about 100 m; exact keeps the sealed
// coordinates as they came.
const (
	PrecisionVerdict Precision = "verdict"
	PrecisionBucket  Precision = "bucket"
	PrecisionExact   Precision = "exact"
)

// SiteFencesSet replaces the fences of a site and says how much is kept of where people punch. Written by an administrator.
type SiteFencesSet struct {
	Site          string         `json:"site"`
	Version       int            `json:"version"`                 // the last one + 1
	EffectiveFrom domain.Instant `json:"effective_from,omitzero"` // without it from the beginning: the fences before were wrong
	Fences        []Fence        `json:"fences,omitempty"`
	Precision     Precision      `json:"precision"`
}

// Wifi is a wireless network of an office. The address of its station is known by a MAC only, under the ledger's key.
type Wifi struct {
	BSSIDHMAC string `json:"bssid_hmac"`
	SSID      string `json:"ssid,omitempty"`
}

// SiteNetworksSet replaces the networks of a site. Written by an administrator.
type SiteNetworksSet struct {
	Site          string         `json:"site"`
	Version       int            `json:"version"`
	EffectiveFrom domain.Instant `json:"effective_from,omitzero"`
	IP            []string       `json:"ip,omitempty"` // prefixes such as 203.0.113.0/24
	Wifi          []Wifi         `json:"wifi,omitempty"`
}

// SiteCodeSet turns the rotating code of a site on, gives it a new key, or turns it off (a step of 0). The key is not stored: it
// comes from the ledger's key, the site and the version. Written by an administrator.
type SiteCodeSet struct {
	Site    string         `json:"site"`
	Version int            `json:"version"`
	Step    domain.Seconds `json:"step"` // how long a code is shown
}

// EventType returns the stored name.
func (SiteRenamed) EventType() string { return "SiteRenamed" }

// EventType returns the stored name.
func (SiteFencesSet) EventType() string { return "SiteFencesSet" }

// EventType returns the stored name.
func (SiteNetworksSet) EventType() string { return "SiteNetworksSet" }

// EventType returns the stored name.
func (SiteCodeSet) EventType() string { return "SiteCodeSet" }

func (SiteRenamed) siteEvent()     {}
func (SiteFencesSet) siteEvent()   {}
func (SiteNetworksSet) siteEvent() {}
func (SiteCodeSet) siteEvent()     {}

// EventType returns the stored name.
func (SiteOpened) EventType() string { return "SiteOpened" }

// EventType returns the stored name.
func (SiteClosed) EventType() string { return "SiteClosed" }

func (SiteOpened) siteEvent() {}
func (SiteClosed) siteEvent() {}
