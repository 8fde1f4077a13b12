package timecard

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
)

// Direction says what a punch claims to be; auto leaves it to evaluation.
type Direction string

// The directions.
const (
	In       Direction = "in"
	Out      Direction = "out"
	Auto     Direction = "auto"
	BreakOut Direction = "break_out"
	BreakIn  Direction = "break_in"
)

var directions = []string{string(In), string(Out), string(Auto), string(BreakOut), string(BreakIn)}

// TimeSource says how the effective time of a punch was found.
type TimeSource string

// The time sources.
const (
	Monotonic    TimeSource = "monotonic"     // receipt less the age that the device measured
	WallAdjusted TimeSource = "wall_adjusted" // claimed time plus the last measured offset
	WallClaimed  TimeSource = "wall_claimed"  // claimed time as it is
	TerminalTime TimeSource = "terminal"      // a fixed terminal's clock in its configured zone
	Declared     TimeSource = "declared"      // stated in a request or file
	ServerTime   TimeSource = "server"        // the ledger's own clock, when it was asked: nobody else's took part
)

var timeSources = []string{string(Monotonic), string(WallAdjusted), string(WallClaimed), string(TerminalTime), string(Declared), string(ServerTime)}

// Channel says by which way a punch came.
type Channel string

// The channels.
const (
	ChannelTerminal Channel = "terminal"
	ChannelApp      Channel = "app"
	ChannelWeb      Channel = "web"
	ChannelKiosk    Channel = "kiosk"
	ChannelImport   Channel = "import"
	ChannelAPI      Channel = "api"
)

var channels = []string{
	string(ChannelTerminal), string(ChannelApp), string(ChannelWeb), string(ChannelKiosk), string(ChannelImport), string(ChannelAPI),
}

// Place says where intake judged a punch to have been made.
type Place string

// The places.
const (
	PlaceOffice  Place = "office"
	PlaceRemote  Place = "remote"
	PlaceField   Place = "field"
	PlaceUnknown Place = "unknown"
)

var places = []string{string(PlaceOffice), string(PlaceRemote), string(PlaceField), string(PlaceUnknown)}

// FenceVerdict says where a location lies against the nearest fence.
type FenceVerdict = place.FenceVerdict

// The verdicts of a fence.
const (
	FenceInside    = place.FenceInside
	FenceOutside   = place.FenceOutside
	FenceUncertain = place.FenceUncertain
)

var fenceVerdicts = []string{string(FenceInside), string(FenceOutside), string(FenceUncertain)}

// Tri is a fact that may be unknown. In JSON it is true, false or left out.
type Tri int8

// The values of a Tri.
const (
	Unknown Tri = iota
	No
	Yes
)

// TriOf returns Yes or No.
func TriOf(b bool) Tri {
	if b {
		return Yes
	}
	return No
}

// MarshalJSON implements json.Marshaler; fields of this type are omitzero, so null stands only in arrays.
func (t Tri) MarshalJSON() ([]byte, error) {
	switch t {
	case Yes:
		return []byte("true"), nil
	case No:
		return []byte("false"), nil
	}
	return []byte("null"), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *Tri) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "true":
		*t = Yes
	case "false":
		*t = No
	case "null":
		*t = Unknown
	default:
		return fmt.Errorf("%s is neither true nor false", b)
	}
	return nil
}

// PunchDetails is what every recorded punch says, whether accepted, held or rejected.
type PunchDetails struct {
	Emp           string         `json:"emp"`
	Punch         string         `json:"punch"`
	Dir           Direction      `json:"dir"`
	ClaimedAt     string         `json:"claimed_at"`               // wall clock of the device: 2026-10-24T21:50:00
	ClaimedOffset domain.Seconds `json:"claimed_offset"`           // seconds east of UTC that the device believed in
	ReceivedAt    domain.Instant `json:"received_at"`              // by the server
	EffectiveAt   domain.Instant `json:"effective_at"`             // the instant that counts
	TimeSource    TimeSource     `json:"time_source"`              // how effective_at was found
	UncertaintyMS int64          `json:"uncertainty_ms,omitempty"` // half width of the error of effective_at
	NotBefore     domain.Instant `json:"not_before,omitzero"`      // earliest instant that the ticket proves
	NotAfter      domain.Instant `json:"not_after,omitzero"`       // latest instant that the receipt proves
	TimeClass     string         `json:"time_class,omitempty"`     // how well the time is proven
	Assurance     string         `json:"assurance,omitempty"`      // how well the device and person are proven
	Ticket        string         `json:"ticket,omitempty"`         // offline ticket that the device held
	OffsetMS      int64          `json:"offset_ms,omitempty"`      // measured offset of the device clock, already applied
	Device        string         `json:"device,omitempty"`
	DeviceSeq     int64          `json:"device_seq,omitempty"`
	PrevHash      string         `json:"prev_hash,omitempty"` // hash of the device's previous punch
	Channel       Channel        `json:"channel"`
	Place         Place          `json:"place"`
	Facts         PunchFacts     `json:"facts,omitzero"`
	RuleCase      string         `json:"rule_case,omitempty"` // JSON pointer of the intake case that decided
	Reasons       []string       `json:"reasons,omitempty"`
	Sealed        Evidence       `json:"sealed,omitzero"`
	Job           string         `json:"job,omitempty"`
	Cost          string         `json:"cost,omitempty"`
	Batch         string         `json:"batch,omitempty"` // import batch or upload
	Line          int            `json:"line,omitempty"`  // order number within the batch, from 1
	Status        *int           `json:"status,omitempty"`
	Verify        *int           `json:"verify,omitempty"`
	WorkCode      *int           `json:"work_code,omitempty"`

	Signed    string     `json:"signed,omitempty"`    // the exact bytes that the device signed, in base64url
	Signature string     `json:"signature,omitempty"` // over them, in base64url
	Key       string     `json:"key,omitempty"`       // id of the key that verified them; none for a signature that does not hold
	Hash      string     `json:"hash,omitempty"`      // SHA-256 of the signed bytes, in base64url
	Passkey   *Assertion `json:"passkey,omitempty"`   // what a passkey said of them, verified or not
	Photo     *PhotoFact `json:"photo,omitempty"`     // of the photo whose place is sealed

	PasskeyCheck *PasskeyCheck `json:"passkey_check,omitempty"` // what that was worth when the punch arrived
}

// PhotoFact tells a photo without showing it.
type PhotoFact struct {
	SHA256 string `json:"sha256"` // of the original, in hex
	Mime   string `json:"mime"`
	Bytes  int64  `json:"bytes"`
}

// Card returns the timecard that the punch is recorded on.
func (d PunchDetails) Card() Card { return CardAt(d.Emp, d.EffectiveAt) }

// PunchFacts are the derived facts of a punch, in clear, so that erasing evidence changes no result. What was not
// measured is left out.
type PunchFacts struct {
	Site      string       `json:"site,omitempty"`
	Located   Tri          `json:"located,omitzero"`     // a location came with it, whatever of it was kept
	Fence     string       `json:"fence,omitempty"`      // the nearest one
	DistanceM *int         `json:"distance_m,omitempty"` // outside the nearest fence, rounded to 10 m
	AccuracyM *int         `json:"accuracy_m,omitempty"`
	InFence   FenceVerdict `json:"in_fence,omitempty"`

	// Where the site keeps verdicts only, these stand in place of distance_m and accuracy_m.
	DistanceBand string `json:"distance_band,omitempty"` // 0-50, 50-200, 200-1000 or 1000-
	AccuracyBand string `json:"accuracy_band,omitempty"` // 0-20, 20-50, 50-100, 100-500 or 500-

	WifiMatch Tri     `json:"wifi_match,omitzero"`
	IPMatch   Tri     `json:"ip_match,omitzero"`
	SiteCode  Tri     `json:"site_code,omitzero"`  // the code that the site, or a kiosk there, showed just then
	Kiosk     string  `json:"kiosk,omitempty"`     // the kiosk that showed it
	SpeedKMH  int     `json:"speed_kmh,omitempty"` // from the person's located punch before, where it is hard to believe
	Mock      Tri     `json:"mock,omitzero"`
	Rooted    Tri     `json:"rooted,omitzero"`
	Emulator  Tri     `json:"emulator,omitzero"`
	Bound     Tri     `json:"bound,omitzero"`      // the device is bound to this employee
	Integrity string  `json:"integrity,omitempty"` // verdict of the platform's attestation
	Proofs    []Proof `json:"proofs,omitempty"`
}

// Proof says that a check of the person took place. No biometric data is ever kept.
type Proof struct {
	Proof    string `json:"proof"`           // face, finger, card, pin, badge
	Score    int    `json:"score,omitempty"` // per cent
	Provider string `json:"provider,omitempty"`
}

// Evidence is the personal evidence of a punch, sealed before it is stored and erasable later.
type Evidence struct {
	Location domain.Secret `json:"location,omitzero"`
	Network  domain.Secret `json:"network,omitzero"`
	Photo    domain.Secret `json:"photo,omitzero"` // reference, never the picture
	Note     domain.Secret `json:"note,omitzero"`
}
