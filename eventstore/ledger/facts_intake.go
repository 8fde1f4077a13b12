package ledger

import (
	"cmp"
	"encoding/hex"
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
)

// judging gathers what is known of one punch: what its secrets say, before they are sealed, against the sites and rules of the day.
type judging struct {
	d       *Directory
	pins    pins
	details *timecard.PunchDetails
	zone    *zone.Zone
	date    domain.Date
	terms   people.Terms // on the date
	facts   timecard.PunchFacts
	reasons []string

	signals  place.Signals
	location domain.Secret // what is kept of it
	site     string        // whose fences or networks were looked at
}

// judge fills in what intake makes of a punch. Of a file nobody can ask for proofs any more: what was imported is not judged.
func (d *Directory) judge(in *timecard.Intake, v *timecard.PunchDetails, p pins, rulesOn Policy) {
	if v.Channel == timecard.ChannelImport && v.Sealed.Location.IsZero() && v.Sealed.Network.IsZero() {
		return
	}
	j := judging{d: d, pins: p, details: v, facts: v.Facts}
	j.zone = d.zoneOf(v.Emp, v.EffectiveAt)
	j.date = j.zone.DateOf(v.EffectiveAt.Seconds())
	if a, ok := d.Employee(v.Emp).AssignmentOn(j.date); ok {
		j.terms = a.Terms
	}
	j.locate()
	j.network()
	if j.site != "" {
		p["site"] = d.pin("site-" + j.site)
	}
	in.Facts, in.Location = &j.facts, &j.location
	in.Verdict = timecard.Verdict{Reasons: j.reasons}
	rules, ok := rulesOn(v.Emp, j.date)
	if v.Channel == timecard.ChannelImport || !ok {
		return
	}
	p["ruleset"] = d.pin("ruleset-" + rules.Doc.ID)
	j.gather(rules)
	verdict := place.Judge(rules.Doc.Intake, j.signals)
	in.Verdict = timecard.Verdict{
		Outcome: timecard.Outcome(verdict.Outcome), Place: timecard.Place(verdict.Place), RuleCase: verdict.RuleCase,
		Reasons: append(verdict.Reasons, j.reasons...),
	}
}

// locate judges the location against the fences of the person's own site and of those around it, and drops what is not to be kept.
func (j *judging) locate() {
	secret := j.details.Sealed.Location
	if secret.Sealed() {
		j.location = secret // of an earlier event; it was judged then
		return
	}
	j.signals.AccuracyM = -1
	precision := j.d.Site(j.terms.Site).PrecisionAt(j.details.EffectiveAt)
	if secret.IsZero() {
		j.recorded()
		return
	}
	l, err := place.ParseLocation(secret.Clear)
	if err != nil {
		j.unreadable()
		return
	}
	j.signals.Location, j.facts.Located = true, timecard.Yes
	j.signals.AccuracyM = l.Accuracy()
	j.facts.AccuracyM = nil // how much of it is kept is the site's to say
	if l.Verdict != "" {
		j.claimed(l, precision)
		return
	}
	point, _ := l.Point() // it was checked when it was read
	found := j.nearest(point, l.Accuracy())
	if found.site != "" {
		precision = stricter(precision, j.d.Site(found.site).PrecisionAt(j.details.EffectiveAt))
		j.against(found, precision)
	}
	j.keepAccuracy(l.Accuracy(), precision)
	j.location = domain.NewSecret(domain.ClassLocation, l.Keep(precision))
	fix := place.Fix{At: j.details.EffectiveAt, Point: point, AccuracyM: max(0, l.Accuracy())}
	if kmh, reason := j.d.travelled(j.details.Emp, j.details.Punch, fix); reason != "" {
		j.facts.SpeedKMH = int(math.Ceil(kmh/10) * 10)
		j.reasons = append(j.reasons, reason)
	}
}

// recorded takes what an earlier event says of a place whose coordinates were not kept. Other fences cannot change it; other rules can.
func (j *judging) recorded() {
	if j.facts.Located != timecard.Yes {
		return
	}
	j.signals.Location, j.signals.Fence = true, j.facts.InFence
	switch {
	case j.facts.AccuracyM != nil:
		j.signals.AccuracyM = float64(*j.facts.AccuracyM)
	case j.facts.AccuracyBand != "":
		j.signals.AccuracyM = place.AccuracyOf(j.facts.AccuracyBand)
	}
	j.site = j.facts.Site
}

// claimed takes the verdict that a device reached by itself, for one of the fences that govern the instant.
func (j *judging) claimed(l place.Location, precision place.Precision) {
	site := cmp.Or(l.Site, j.terms.Site)
	set, ok := j.d.Site(site).FencesAt(j.details.EffectiveAt)
	if !ok || !slices.ContainsFunc(set.Areas, func(f place.Fence) bool { return f.ID == l.Fence || l.Fence == "" }) {
		j.unreadable()
		return
	}
	found := nearFence{site: site, fence: l.Fence, verdict: l.Verdict, distance: -1}
	if l.DistanceM != nil && *l.DistanceM >= 0 {
		found.distance = *l.DistanceM
	}
	j.against(found, stricter(precision, set.Precision))
	j.keepAccuracy(l.Accuracy(), stricter(precision, set.Precision))
}

func (j *judging) unreadable() {
	j.reasons = append(j.reasons, place.ReasonLocationUnreadable)
	j.signals.Location, j.facts.Located = false, timecard.No
}

func stricter(a, b place.Precision) place.Precision {
	for _, p := range []place.Precision{place.PrecisionVerdict, place.PrecisionBucket} {
		if a == p || b == p {
			return p
		}
	}
	return place.PrecisionExact
}

// nearFence is the fence that says most about a fix.
type nearFence struct {
	site, fence string
	verdict     place.FenceVerdict
	distance    float64 // outside it; negative when it is not known
	boundary    float64
}

// nearest finds the fence that a fix is deepest inside of, or nearest to. Of sites that are not the person's own only those around
// are looked at.
func (j *judging) nearest(p place.Point, accuracyM float64) nearFence {
	at := j.details.EffectiveAt
	j.d.mu.RLock()
	sites := slices.Clone(j.d.index.area.cells[cellOf(p)])
	j.d.mu.RUnlock()
	var best nearFence
	for _, s := range j.d.openOn(append(sites, j.terms.Site), j.date) {
		set, _ := s.FencesAt(at)
		for _, f := range set.Areas {
			b := f.Boundary(p)
			if best.site == "" || b < best.boundary {
				best = nearFence{site: s.ID, fence: f.ID, verdict: place.VerdictAt(b, accuracyM), distance: max(0, b), boundary: b}
			}
		}
	}
	return best
}

// against writes down a verdict, as finely as the site keeps it.
func (j *judging) against(f nearFence, precision place.Precision) {
	j.site = f.site
	j.signals.Fence = f.verdict
	j.facts.Fence, j.facts.InFence = f.fence, f.verdict
	if f.verdict == place.FenceInside {
		j.at(f.site)
	}
	if f.distance < 0 {
		return
	}
	if precision == place.PrecisionVerdict {
		j.facts.DistanceBand = place.DistanceBand(f.distance)
		return
	}
	j.facts.DistanceM = rounded(f.distance)
}

func (j *judging) keepAccuracy(metres float64, precision place.Precision) {
	switch {
	case metres < 0:
	case precision == place.PrecisionVerdict:
		j.facts.AccuracyBand = place.AccuracyBand(metres)
	default:
		j.facts.AccuracyM = rounded(metres)
	}
}

// rounded gives metres to the next ten.
func rounded(metres float64) *int {
	return new(int(math.Round(min(metres, 1e9)/10) * 10))
}

// at says at which site the punch was proven to be made; what a terminal says of itself stands.
func (j *judging) at(site string) {
	if j.facts.Site == "" {
		j.facts.Site = site
	}
}

// network judges address, wireless network and code of a site.
func (j *judging) network() {
	secret := j.details.Sealed.Network
	if secret.IsZero() || secret.Sealed() {
		return
	}
	n, err := place.ParseNetwork(secret.Clear)
	if err != nil {
		j.reasons = append(j.reasons, place.ReasonNetworkUnreadable)
		return
	}
	if ip, err := netip.ParseAddr(n.IP); err == nil && j.fresh() {
		ip = ip.Unmap().WithZone("")
		j.d.mu.RLock()
		sites := j.d.index.area.byAddress(ip)
		j.d.mu.RUnlock()
		j.signals.IP = j.anyOf(sites, func(s place.NetworkSet) bool { return s.Has(ip) })
		j.facts.IPMatch = timecard.TriOf(j.signals.IP)
	}
	if n.BSSID != "" && j.d.secret != nil {
		mac := BSSIDMAC(j.d.secret, n.BSSID)
		j.d.mu.RLock()
		sites := slices.Clone(j.d.index.area.wifi[mac])
		j.d.mu.RUnlock()
		j.signals.Wifi = j.anyOf(sites, func(s place.NetworkSet) bool { return s.HasWifi(mac) })
		j.facts.WifiMatch = timecard.TriOf(j.signals.Wifi)
	}
	if c := n.SiteCode; c != nil && j.d.secret != nil {
		j.code(c)
	}
}

// code judges a code that somebody read off a screen. The server's clock alone decides: a device could claim the time at which it was
// right. What an earlier event says of it stands, as keys of codes change.
func (j *judging) code(c *place.CodeSeen) {
	site, screen, key, rotating := c.Site, c.Site, []byte(nil), kioskCode
	if device, code, ok := strings.Cut(strings.TrimPrefix(c.Code, KioskCodePrefix), ":"); ok && strings.HasPrefix(c.Code, KioskCodePrefix) {
		d := j.d.Device(device)
		if c.Code = code; showsCode(&d) {
			site, screen, key = d.Site, KioskCodePrefix+device, kioskCodeKey(j.d.secret, &d)
			j.facts.Kiosk = device
		}
	} else if s := j.d.Site(c.Site); s.Exists() {
		key, rotating = SiteCodeKey(j.d.secret, s), s.Code
	}
	right := j.details.Facts.SiteCode == timecard.Yes
	if j.details.Facts.SiteCode == timecard.Unknown && key != nil {
		var step int64
		step, right = rotating.Verify(key, c.Code, j.details.ReceivedAt)
		right = right && j.d.Site(site).OpenOn(j.date) && j.fresh()
		if right && !j.d.codes.spend(codeUse{j.details.Emp, screen, step}, j.details.Punch, j.details.ReceivedAt) {
			right = false
			j.reasons = append(j.reasons, place.ReasonCodeUsed)
		}
	}
	j.signals.SiteCode, j.facts.SiteCode = right, timecard.TriOf(right)
	if right {
		j.site = cmp.Or(j.site, site)
		j.at(site)
	}
}

// codeAge is how old a punch may be at its receipt for what the server saw itself to be about it: a code and an address prove where
// somebody is now, not where they were when they punched.
const codeAge = 2 * domain.Minute

// fresh reports whether the punch was made just now.
func (j *judging) fresh() bool {
	return j.details.ReceivedAt-j.details.EffectiveAt <= codeAge.Instant()
}

// anyOf reports whether one of the sites has the network in force, the person's own first, and notes which.
func (j *judging) anyOf(sites []string, has func(place.NetworkSet) bool) bool {
	slices.SortFunc(sites, func(a, b string) int {
		if own := j.terms.Site; a == own || b == own {
			return cmp.Compare(btoi(b == own), btoi(a == own))
		}
		return cmp.Compare(a, b)
	})
	for _, s := range j.d.openOn(sites, j.date) {
		if set, ok := s.NetworksAt(j.details.EffectiveAt); ok && has(set) {
			j.site = cmp.Or(j.site, s.ID)
			j.at(s.ID)
			return true
		}
	}
	return false
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// BSSIDMAC returns by what the ledger knows a station of a wireless network.
func BSSIDMAC(mac func(...[]byte) []byte, bssid string) string {
	return hex.EncodeToString(mac([]byte("punchledger/bssid/v1"), []byte(strings.ToLower(bssid))))
}

// WifiOf is a station of a wireless network as a site keeps it.
func (l *Ledger) WifiOf(bssid, ssid string) place.Wifi {
	return place.Wifi{BSSIDHMAC: BSSIDMAC(l.sealer.MAC, bssid), SSID: ssid}
}

// SiteCode returns the code that a site shows at an instant, and how long it still does.
func (l *Ledger) SiteCode(site string, at domain.Instant) (code string, left domain.Seconds, err error) {
	s := l.dir.Site(site)
	switch {
	case !s.Exists():
		return "", 0, domain.NewError(domain.NotFound, "unknown_site", "site", site)
	case s.Code.Step == 0:
		return "", 0, domain.NewError(domain.NotFound, "no_site_code", "site", site)
	}
	return s.Code.CodeAt(SiteCodeKey(l.sealer.MAC, s), at), s.Code.Step - at.Seconds()%s.Code.Step, nil
}

// SiteCodeKey returns the key of a site's rotating code.
func SiteCodeKey(mac func(...[]byte) []byte, s place.SiteState) []byte {
	return mac([]byte("punchledger/sitecode/v1"), []byte(s.ID), []byte{byte(s.Code.Version >> 8), byte(s.Code.Version)})
}

// gather adds what rules may ask of a punch.
func (j *judging) gather(rules *ruleset.Rules) {
	v, s := j.details, &j.signals
	s.Device = deviceSignals(&j.facts)
	if c := v.PasskeyCheck; c != nil && c.Reason() != "" {
		s.Device = append(s.Device, c.Reason())
	}
	s.Photo, s.Note = !v.Sealed.Photo.IsZero(), !v.Sealed.Note.IsZero()
	s.Ahead = (v.EffectiveAt - v.ReceivedAt).Seconds()
	if v.TimeSource != timecard.TerminalTime && v.TimeSource != timecard.Declared {
		s.Age = (v.ReceivedAt - v.EffectiveAt).Seconds()
	}
	if v.Channel == timecard.ChannelTerminal || v.Channel == timecard.ChannelKiosk {
		kind := j.d.Device(v.Device).Kind
		s.Terminal = kind != place.Phone && kind != place.Web // these move about, whatever they call themselves
	}
	s.Date, s.Tags, s.Contract, s.Place = j.date, j.terms.Tags, string(j.terms.Contract.Kind), string(v.Place)
	s.Approved = j.d.approvedOn(v.Emp, j.zone, j.date)
	j.planned(rules)
}

// planned fills in what the calendar and the plan of the week say. Rosters are read by evaluation only.
func (j *judging) planned(rules *ruleset.Rules) {
	slot := rules.PlannedSlot(j.date)
	switch {
	case slot >= 0:
		j.signals.Shift, j.signals.Kind = rules.Shifts[slot].ID, schedule.Work
	case slot == ruleset.SlotLegalRest:
		j.signals.Kind = schedule.LegalRest
	default:
		j.signals.Kind = schedule.Rest
	}
	day, ok := j.d.calendarDay(j.details.Emp, j.date)
	switch {
	case !ok || day.Kind == schedule.Work || day.Kind == schedule.LegalRest: // as planned
	case day.Kind != schedule.Special || j.signals.Kind == schedule.Work:
		j.signals.Kind = day.Kind
	}
}

// deviceSignals names what speaks against a device, in the words of the rules.
func deviceSignals(f *timecard.PunchFacts) []string {
	var out []string
	for _, s := range []struct {
		holds bool
		name  string
	}{
		{f.Mock == timecard.Yes, "mock_location"},
		{f.Emulator == timecard.Yes, "emulator"},
		{f.Rooted == timecard.Yes, "rooted"},
		{f.Bound == timecard.No, "unbound"},
		{f.Integrity == "failed", "integrity"},
	} {
		if s.holds {
			out = append(out, s.name)
		}
	}
	return out
}
