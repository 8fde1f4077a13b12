package ledger_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// remote is an office with a phone and a site that has a circle of 150 m, which e1 belongs to.
func remote(t testing.TB, precision place.Precision) *office {
	t.Helper()
	o := founded(t)
	o.must(place.OpenSite{Site: "hq", Name: "HQ", TZ: "Asia/Shanghai"})
	o.must(place.SetFences{Site: "hq", Version: 1, Fences: []place.Fence{circleAt("main", 39.9, 116.4)}, Precision: precision})
	o.must(place.EnrolDevice{Device: "phone", Kind: place.Phone})
	o.must(people.ChangeAssignment{Emp: "e1", EffectiveOn: date(t, "2026-03-02"), Change: people.TermsChange{Site: new("hq")}})
	return o
}

func circleAt(id string, lat, lon float64) place.Fence {
	return place.Fence{ID: id, Shape: place.Circle, CRS: place.WGS84, Points: []place.Point{{Lat: lat, Lon: lon}}, RadiusM: 150}
}

// tap is a punch of e1's phone, online, with evidence.
func tap(t testing.TB, id, at string, e timecard.Evidence) timecard.RecordPunch {
	t.Helper()
	c := punch(t, "e1", id, at)
	c.Details.TimeSource, c.Details.Device, c.Details.Channel = timecard.Monotonic, "phone", timecard.ChannelApp
	c.Details.Place, c.Details.Sealed = timecard.PlaceUnknown, e
	return c
}

func at(lat, lon, accuracy float64) timecard.Evidence {
	return timecard.Evidence{Location: domain.NewSecret(domain.ClassLocation, fmt.Sprintf(`{"lat":%v,"lon":%v,"accuracy_m":%v}`, lat, lon, accuracy))}
}

func network(text string) timecard.Evidence {
	return timecard.Evidence{Network: domain.NewSecret(domain.ClassNetwork, text)}
}

const monday = "2026-10-12T01:00:00Z"

func TestAPunchInsideTheFenceIsAtTheOffice(t *testing.T) {
	o := remote(t, "")
	r := o.must(tap(t, "p1", monday, at(39.9005, 116.4, 12)))
	p := eventOf[timecard.PunchAccepted](t, r)
	require.Equal(t, timecard.PlaceOffice, p.Place)
	require.Equal(t, "/intake/office", p.RuleCase)
	require.Equal(t, timecard.PunchFacts{
		Site: "hq", Located: timecard.Yes, Fence: "main", InFence: timecard.FenceInside, DistanceBand: "0-50", AccuracyBand: "0-20",
	}, p.Facts)
	require.True(t, p.Sealed.Location.IsZero(), "coordinates are not kept where nobody says so")
	records := o.records()
	pins := o.meta(records[len(records)-1]).Pins
	require.Equal(t, "site-hq@2", pins["site"])
	require.Contains(t, pins["ruleset"], "ruleset-cn-bj-office@")
}

func TestWhatIsKeptOfAPlaceIsTheSitesToSay(t *testing.T) {
	for precision, want := range map[place.Precision]string{
		place.PrecisionVerdict: "",
		place.PrecisionBucket:  `{"lat":39.91,"lon":116.4,"accuracy_m":100}`,
		place.PrecisionExact:   `{"lat":39.9101,"lon":116.4001,"accuracy_m":12}`,
	} {
		t.Run(string(precision), func(t *testing.T) {
			o := remote(t, precision)
			p := eventOf[timecard.PunchHeld](t, o.must(tap(t, "p1", monday, at(39.9101, 116.4001, 12))))
			require.Equal(t, timecard.FenceOutside, p.Facts.InFence)
			require.Empty(t, p.Facts.Site, "nobody was there")
			if want == "" {
				require.True(t, p.Sealed.Location.IsZero())
				require.Nil(t, p.Facts.DistanceM)
				require.Equal(t, "200-1000", p.Facts.DistanceBand)
				return
			}
			require.Equal(t, 970, *p.Facts.DistanceM)
			clear, err := o.vault.Open(t.Context(), "timecard-e1-202610", "PunchHeld", p.Sealed.Location)
			require.NoError(t, err)
			require.JSONEq(t, want, string(clear))
		})
	}
}

func TestTheNearestFenceOfAnySiteCounts(t *testing.T) {
	o := remote(t, place.PrecisionExact)
	o.must(place.OpenSite{Site: "branch", Name: "Branch", TZ: "Asia/Shanghai"})
	o.must(place.SetFences{Site: "branch", Version: 1, Fences: []place.Fence{circleAt("shop", 31.2, 121.5)}})
	p := eventOf[timecard.PunchAccepted](t, o.must(tap(t, "p1", monday, at(31.2, 121.5, 5))))
	require.Equal(t, "branch", p.Facts.Site)
	require.Equal(t, "shop", p.Facts.Fence)
	require.True(t, p.Sealed.Location.IsZero(), "the stricter of both sites decides what is kept")
	o.must(place.CloseSite{Site: "branch", From: date(t, "2026-10-13")})
	held := eventOf[timecard.PunchHeld](t, o.must(tap(t, "p2", "2026-10-13T01:00:00Z", at(31.2, 121.5, 5))))
	require.Equal(t, "main", held.Facts.Fence, "a closed site is none")
}

func TestOtherProofsOfTheOffice(t *testing.T) {
	o := remote(t, "")
	bssid := ledger.BSSIDMAC(o.vault.MAC, "AA:BB:CC:00:11:22")
	o.must(place.SetNetworks{Site: "hq", Version: 1, IP: []string{"203.0.113.0/24"}, Wifi: []place.Wifi{{BSSIDHMAC: bssid, SSID: "office"}}})
	p := eventOf[timecard.PunchHeld](t, o.must(tap(t, "p1", monday, network(`{"ip":"203.0.113.7"}`))))
	require.Equal(t, timecard.Yes, p.Facts.IPMatch)
	require.Equal(t, "hq", p.Facts.Site)
	require.Equal(t, "/intake/otherwise/1", p.RuleCase, "the rules of Beijing do not take an address for a proof")
	p = eventOf[timecard.PunchHeld](t, o.must(tap(t, "p2", monday, network(`{"ip":"198.51.100.1","bssid":"aa:bb:cc:00:11:22"}`))))
	require.Equal(t, timecard.No, p.Facts.IPMatch)
	require.Equal(t, timecard.Yes, p.Facts.WifiMatch)

	o.must(place.SetSiteCode{Site: "hq", Version: 1, Step: 15})
	s := o.Directory().Site("hq")
	shown := s.Code.CodeAt(ledger.SiteCodeKey(o.vault.MAC, s), instant(t, monday))
	seen := fmt.Sprintf(`{"site_code":{"site":"hq","code":%q}}`, shown)
	code := eventOf[timecard.PunchAccepted](t, o.must(tap(t, "p3", monday, network(seen))))
	require.Equal(t, timecard.Yes, code.Facts.SiteCode)
	require.Equal(t, timecard.PlaceOffice, code.Place)
	late := tap(t, "p4", monday, network(seen))
	late.Details.ReceivedAt += (10 * domain.Minute).Instant()
	p = eventOf[timecard.PunchHeld](t, o.must(late))
	require.Equal(t, timecard.No, p.Facts.SiteCode, "a code proves where somebody is when the server hears of it")
}

func TestAVerdictThatThePhoneReached(t *testing.T) {
	o := remote(t, "")
	claim := func(id, text string) timecard.RecordPunch {
		return tap(t, id, monday, timecard.Evidence{Location: domain.NewSecret(domain.ClassLocation, text)})
	}
	p := eventOf[timecard.PunchAccepted](t, o.must(claim("p1", `{"verdict":"inside","fence":"main","accuracy_m":30,"distance_m":0}`)))
	require.Equal(t, timecard.PunchFacts{
		Site: "hq", Located: timecard.Yes, Fence: "main", InFence: timecard.FenceInside, DistanceBand: "0-50", AccuracyBand: "20-50",
	}, p.Facts)
	held := eventOf[timecard.PunchHeld](t, o.must(claim("p2", `{"verdict":"inside","fence":"no_such","accuracy_m":30}`)))
	require.Contains(t, held.Reasons, place.ReasonLocationUnreadable, "a fence that the site does not have is none")
}

func TestAnApprovedTripWithItsProofsIsAccepted(t *testing.T) {
	o := remote(t, "")
	o.must(request.RecordExternalDecision{
		Request: "r1", Emp: "e1", System: "manual", ExternalID: "x1", Kind: request.Trip, Outcome: request.Approved,
		Target:    request.Target{Date: date(t, "2026-10-12"), From: instant(t, "2026-10-12T00:00:00Z"), To: instant(t, "2026-10-12T10:00:00Z")},
		DecidedAt: instant(t, "2026-10-08T00:00:00Z"),
	})
	photo := at(48.1, 11.6, 10)
	photo.Photo = domain.NewSecret(domain.ClassPhoto, "ref")
	p := eventOf[timecard.PunchAccepted](t, o.must(tap(t, "p1", monday, photo)))
	require.Equal(t, timecard.PlaceField, p.Place)
	require.Equal(t, "/intake/otherwise/0", p.RuleCase)
	require.Equal(t, []string{place.ReasonOutsideFence}, p.Reasons)
	without := eventOf[timecard.PunchHeld](t, o.must(tap(t, "p2", "2026-10-12T02:00:00Z", at(48.1, 11.6, 10))))
	require.Equal(t, []string{place.ReasonOutsideFence, place.ReasonProofMissing}, without.Reasons)
}

func TestAWayTooFastIsALabel(t *testing.T) {
	o := remote(t, "")
	o.must(tap(t, "p1", "2026-10-12T01:00:00Z", at(39.9, 116.4, 10)))
	again := tap(t, "p2", "2026-10-12T02:00:00Z", at(39.9, 120.4, 10)) // 342 km in an hour
	p := eventOf[timecard.PunchHeld](t, o.must(again))
	require.Contains(t, p.Reasons, place.ReasonTravel)
	require.Equal(t, 350, p.Facts.SpeedKMH)
	strong := eventOf[timecard.PunchAccepted](t, o.must(tap(t, "p3", "2026-10-12T02:05:00Z", at(39.9, 116.4, 10))))
	require.Equal(t, []string{place.ReasonTravelStrong}, strong.Reasons, "it never changes the outcome")
	after := o.open(o.store)
	r, err := after.Do(t.Context(), ledger.Request{ID: "later", Command: tap(t, "p4", "2026-10-12T02:06:00Z", at(39.9, 120.4, 10)), Actor: boss})
	require.NoError(t, err)
	require.NotContains(t, eventOf[timecard.PunchHeld](t, r).Reasons, place.ReasonTravelStrong, "after a restart nothing is known of the way")
}

// With every signal hostile the punch is stored, and each reason says why from what is stored.
func TestNothingThatADeviceSaysLosesAPunch(t *testing.T) {
	o := remote(t, "")
	worst := tap(t, "p1", monday, timecard.Evidence{
		Location: domain.NewSecret(domain.ClassLocation, `{"lat":"NaN","lon":1e999}`),
		Network:  domain.NewSecret(domain.ClassNetwork, `{"ip":"no address","site_code":{"site":"../../x","code":"1"}}`),
	})
	worst.Details.Facts = timecard.PunchFacts{Mock: timecard.Yes, Rooted: timecard.Yes, Emulator: timecard.Yes, Bound: timecard.No, Integrity: "failed"}
	worst.Details.ReceivedAt += (72 * domain.Hour).Instant()
	p := eventOf[timecard.PunchHeld](t, o.must(worst))
	require.Equal(t, []string{
		"emulator", "mock_location", "rooted", "unbound", place.ReasonOfflineTooOld, place.ReasonProofMissing, place.ReasonLocationUnreadable,
	}, p.Reasons)
	require.True(t, p.Sealed.Location.IsZero())
	for _, b := range timecard.Explain(p.PunchDetails, pack(t, "cn-bj-office").Intake) {
		for _, lang := range text.Languages() {
			sentence := text.Lookup(lang).Text("because."+b.Code, b.Args)
			require.NotContains(t, sentence, "because.", "there is a sentence")
			require.NotContains(t, sentence, "–", "it has all that it names")
			require.NotContains(t, sentence, "?")
		}
	}
}

func TestImportsAreNotJudged(t *testing.T) {
	o := remote(t, "")
	c := punch(t, "e1", "p1", monday)
	c.Details.Channel, c.Details.ReceivedAt = timecard.ChannelImport, c.Details.ReceivedAt+(400*domain.Day).Instant()
	p := eventOf[timecard.PunchAccepted](t, o.must(c))
	require.Empty(t, p.RuleCase)
	require.Equal(t, timecard.PlaceOffice, p.Place)
	require.True(t, strings.HasPrefix(o.meta(o.records()[len(o.records())-1]).Pins["employee"], "employee-e1@"))
}

func TestAPlaceThatWasNotKeptIsJudgedAgainByItsVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		evidence timecard.Evidence
		want     timecard.Outcome
	}{
		"inside":                     {at(39.9005, 116.4, 12), timecard.Accept},
		"outside":                    {at(39.9101, 116.4001, 12), timecard.Hold},
		"a fix too coarse for proof": {at(39.9, 116.4, 400), timecard.Hold},
		"nothing":                    {timecard.Evidence{}, timecard.Hold},
	} {
		t.Run(name, func(t *testing.T) {
			o := remote(t, "")
			var d timecard.PunchDetails
			switch e := o.must(tap(t, "p1", monday, c.evidence)).Events[0].Event.(type) {
			case timecard.PunchAccepted:
				d = e.PunchDetails
			case timecard.PunchHeld:
				d = e.PunchDetails
			}
			require.True(t, d.Sealed.Location.IsZero())
			reasons := d.Reasons
			d.Reasons = nil
			again, _ := o.Directory().Judge(d, nil)
			require.Equal(t, c.want, again.Verdict.Outcome)
			require.Equal(t, reasons, again.Verdict.Reasons)
		})
	}
}

func TestAnAddressProvesOnlyWhereSomebodyIsNow(t *testing.T) {
	o := remote(t, "")
	o.must(place.SetNetworks{Site: "hq", Version: 1, IP: []string{"203.0.113.0/24"}})
	kept := tap(t, "p1", monday, network(`{"ip":"203.0.113.7"}`))
	kept.Details.ReceivedAt = kept.Details.EffectiveAt + 600_000
	o.now = kept.Details.ReceivedAt
	p := eventOf[timecard.PunchHeld](t, o.must(kept))
	require.Equal(t, timecard.Unknown, p.Facts.IPMatch, "it was handed in from the office, not made there")
}

func TestTheSignedPlaceObjectIsJudged(t *testing.T) {
	for claim, want := range map[string]timecard.FenceVerdict{
		`{"salt":"AAAAAAAAAAAAAAAAAAAAAA","lat_e7":399000000,"lon_e7":1164000000,"accuracy_m":10,"crs":"wgs84"}`: timecard.FenceInside,
		`{"salt":"AAAAAAAAAAAAAAAAAAAAAA","lat_e7":312000000,"lon_e7":1215000000,"accuracy_m":10,"crs":"wgs84"}`: timecard.FenceOutside,
		`{"salt":"AAAAAAAAAAAAAAAAAAAAAA","verdict":"inside","site":"hq"}`:                                       timecard.FenceInside,
	} {
		o := remote(t, "")
		r := o.must(tap(t, "p1", monday, timecard.Evidence{Location: domain.NewSecret(domain.ClassLocation, claim)}))
		p, ok := ledger.DetailsOf(r.Events[0].Event)
		require.True(t, ok)
		require.Equal(t, want, p.Facts.InFence, claim)
		require.NotContains(t, p.Reasons, place.ReasonLocationUnreadable)
	}
}
