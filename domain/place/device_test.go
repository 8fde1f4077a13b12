package place_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/place"
)

type deviceCase = decidertest.Case[place.DeviceCommand, place.DeviceFacts, place.DeviceEvent]

var (
	enrolled = place.DeviceEnrolled{
		Device: "t1", Kind: place.Terminal, PublicKey: "a2V5", Model: "K40", TZ: "Asia/Shanghai", Site: "bj-hq",
	}
	retired = place.DeviceRetired{Device: "t1"}
)

func onDevice(e ...place.DeviceEvent) []place.DeviceEvent {
	return append([]place.DeviceEvent{enrolled}, e...)
}

func decided(e place.DeviceEvent) []place.DeviceEvent { return []place.DeviceEvent{e} }

func TestDecideDevice(t *testing.T) {
	enrol := place.EnrolDevice(enrolled)
	odd, dashed := enrol, enrol
	odd.Kind, dashed.Device = "abacus", "gate-1"
	known := place.DeviceFacts{ZoneKnown: true, SiteOpen: true}
	blocked := place.DeviceTrustChanged{Device: "t1", Level: place.Blocked, Reason: "stolen"}
	outage := place.DeviceOutageRecorded{Device: "t1", From: at("2026-10-24T00:00:00Z"), To: at("2026-10-24T06:00:00Z")}
	overlapping := place.RecordOutage{Device: "t1", From: at("2026-10-24T05:59:59Z"), To: at("2026-10-24T07:00:00Z")}
	decidertest.Run(t, place.DecideDevice, place.EvolveDevice, []deviceCase{
		{Name: "a device is enrolled", When: enrol, Facts: known, Then: onDevice()},
		{Name: "a device is enrolled once", Given: onDevice(), When: enrol, Facts: known, Err: "device_exists"},
		{Name: "a retired device does not come back", Given: onDevice(retired), When: enrol, Facts: known, Err: "device_retired"},
		{Name: "the zone of a device exists", When: enrol, Facts: place.DeviceFacts{SiteOpen: true}, Err: "unknown_tz"},
		{Name: "the site of a device is open", When: enrol, Facts: place.DeviceFacts{ZoneKnown: true}, Err: "unknown_site"},
		{
			Name: "a key belongs to one device for ever", When: enrol, Err: "key_reused",
			Facts: place.DeviceFacts{ZoneKnown: true, SiteOpen: true, KeyUsedBy: "t0"},
		},
		{Name: "a device is of a kind", When: odd, Facts: known, Err: "invalid_field"},
		{Name: "a device id has no dash, as a date follows it in stream names", When: dashed, Facts: known, Err: "invalid_field"},
		{Name: "a device is blocked", Given: onDevice(), When: place.SetTrust(blocked), Then: decided(blocked)},
		{Name: "blocking a blocked device changes nothing", Given: onDevice(blocked), When: place.SetTrust(blocked), Err: "no_change"},
		{Name: "a retired device is not blocked", Given: onDevice(retired), When: place.SetTrust(blocked), Err: "device_retired"},
		{Name: "trust is lost for a reason", Given: onDevice(), When: place.SetTrust{Device: "t1", Level: place.Blocked}, Err: "invalid_field"},
		{Name: "only a device that is enrolled is blocked", When: place.SetTrust(blocked), Err: "unknown_device"},
		{Name: "an outage is recorded", Given: onDevice(), When: place.RecordOutage(outage), Then: decided(outage)},
		{Name: "outages do not overlap", Given: onDevice(outage), When: overlapping, Err: "outage_overlap"},
		{Name: "an outage has an end", Given: onDevice(), When: place.RecordOutage{Device: "t1", From: outage.From}, Err: "invalid_field"},
		{Name: "a device is retired", Given: onDevice(), When: place.RetireDevice(retired), Then: decided(retired)},
		{Name: "a device is retired once", Given: onDevice(retired), When: place.RetireDevice(retired), Err: "device_retired"},
	})
}

func TestDecideCorrectDeviceClock(t *testing.T) {
	from, to := at("2026-10-24T00:00:00Z"), at("2026-10-25T00:00:00Z")
	byTime := place.ClockFix{Fix: "fix1", From: from, To: to, OffsetMS: 3_600_000}
	bySeq := place.ClockFix{Fix: "fix1", SeqFrom: 120, SeqTo: 480, OffsetMS: -60_000}
	byLine := place.ClockFix{Fix: "fix1", Batch: "b1", SeqFrom: 1, SeqTo: 9, DriftPPM: 50, DriftFrom: from}
	correct := func(x place.ClockFix, approvers ...string) place.CorrectDeviceClock {
		return place.CorrectDeviceClock{Device: "t1", Fix: x, Evidence: "photo", Approvers: approvers}
	}
	corrected := func(x place.ClockFix) place.DeviceClockCorrected {
		return place.DeviceClockCorrected{Device: "t1", ClockFix: x, Evidence: "photo", SingleControl: true}
	}
	named := func(x place.ClockFix, name string, change func(*place.ClockFix)) place.ClockFix {
		x.Fix = name
		change(&x)
		return x
	}
	stay := func(*place.ClockFix) {}
	known := place.DeviceFacts{BatchKnown: true}
	dual := place.DeviceFacts{BatchKnown: true, DualControl: true}
	byTwo := place.DeviceClockCorrected{Device: "t1", ClockFix: byTime, Evidence: "photo", Approvers: []string{"ann", "bob"}}
	ok := func(name string, x place.ClockFix, given ...place.DeviceEvent) deviceCase {
		return deviceCase{Name: name, Given: onDevice(given...), When: correct(x), Facts: known, Then: decided(corrected(x))}
	}
	refused := func(name string, x place.ClockFix, code string, given ...place.DeviceEvent) deviceCase {
		return deviceCase{Name: name, Given: onDevice(given...), When: correct(x), Facts: known, Err: code}
	}
	decidertest.Run(t, place.DecideDevice, place.EvolveDevice, []deviceCase{
		ok("a clock is corrected for a time", byTime),
		ok("a clock is corrected for order numbers", bySeq),
		ok("a clock is corrected for lines of an upload", byLine),
		ok("the clock of a retired device is corrected", byTime, retired),
		ok("corrections may follow each other", named(byTime, "fix2", func(x *place.ClockFix) { x.From, x.To = to, to+1 }), corrected(byTime)),
		ok("lines of one upload are no lines of another",
			named(byLine, "fix2", func(x *place.ClockFix) { x.Batch = "b2" }), corrected(byLine)),
		refused("times are corrected once", named(byTime, "fix2", func(x *place.ClockFix) { x.From = to - 1; x.To = to + 1 }),
			"clock_fix_overlap", corrected(byTime)),
		refused("numbers are corrected once", named(bySeq, "fix2", func(x *place.ClockFix) { x.SeqFrom = 480; x.SeqTo = 500 }),
			"clock_fix_overlap", corrected(bySeq)),
		refused("a fix has a name of its own", named(bySeq, "fix1", stay), "clock_fix_overlap", corrected(byTime)),
		{
			Name: "a correction is taken back", Given: onDevice(corrected(byTime)), Facts: known,
			When: correct(place.ClockFix{Fix: "fix2", Undoes: "fix1"}), Then: decided(corrected(place.ClockFix{Fix: "fix2", Undoes: "fix1"})),
		},
		ok("what was taken back may be corrected again", named(byTime, "fix3", stay),
			corrected(byTime), corrected(place.ClockFix{Fix: "fix2", Undoes: "fix1"})),
		refused("a correction is taken back once", place.ClockFix{Fix: "fix3", Undoes: "fix1"}, "unknown_fix",
			corrected(byTime), corrected(place.ClockFix{Fix: "fix2", Undoes: "fix1"})),
		refused("what takes a correction back corrects nothing itself", place.ClockFix{Fix: "fix2", Undoes: "fix1", OffsetMS: 1}, "invalid_field",
			corrected(byTime)),
		{Name: "lines are of an upload that was recorded", Given: onDevice(), When: correct(byLine), Err: "unknown_batch"},
		{Name: "under dual control two approve", Given: onDevice(), When: correct(byTime, "bob", "ann"), Facts: dual, Then: decided(byTwo)},
		{
			Name: "under dual control one is not enough", Given: onDevice(),
			When: correct(byTime, "ann", "ann"), Facts: dual, Err: "second_approver_needed",
		},
		{
			Name: "the one who acts is not one of the two", Given: []place.DeviceEvent{enrolled}, Facts: dual, Err: "second_approver_needed",
			When: place.CorrectDeviceClock{Device: "t1", Fix: byTime, Evidence: "photo", Approvers: []string{"ann", "bob"}, ActorID: "bob"},
		},
		{Name: "only the clock of a device is corrected", When: correct(byTime), Facts: known, Err: "unknown_device"},
		{
			Name: "a correction has evidence", Given: onDevice(), Facts: known,
			When: place.CorrectDeviceClock{Device: "t1", Fix: byTime}, Err: "invalid_field",
		},
	})
}

func TestDecideCorrectDeviceClockChecksTheFix(t *testing.T) {
	bad := func(name string, change func(*place.ClockFix)) deviceCase {
		x := place.ClockFix{Fix: "fix1", From: at("2026-10-24T00:00:00Z"), To: at("2026-10-25T00:00:00Z"), OffsetMS: 3_600_000}
		change(&x)
		return deviceCase{
			Name: name, Given: onDevice(), Facts: place.DeviceFacts{BatchKnown: true}, Err: "invalid_field",
			When: place.CorrectDeviceClock{Device: "t1", Fix: x, Evidence: "photo"},
		}
	}
	decidertest.Run(t, place.DecideDevice, place.EvolveDevice, []deviceCase{
		bad("a correction corrects something", func(x *place.ClockFix) { x.OffsetMS = 0 }),
		bad("a correction has one range", func(x *place.ClockFix) { x.SeqFrom, x.SeqTo = 1, 2 }),
		bad("a correction has a range at all", func(x *place.ClockFix) { x.From, x.To = 0, 0 }),
		bad("a range of numbers begins and ends", func(x *place.ClockFix) { x.From, x.To, x.SeqTo = 0, 0, 5 }),
		bad("a range of time ends after it begins", func(x *place.ClockFix) { x.To = x.From }),
		bad("a drift is counted from somewhen", func(x *place.ClockFix) { x.DriftPPM = 5 }),
		bad("an upload has lines, not times", func(x *place.ClockFix) { x.Batch = "b1" }),
		bad("no clock is a thousand years wrong", func(x *place.ClockFix) { x.OffsetMS = 1000 * 366 * 86_400_000 }),
	})
}

func TestClockFixCorrectsWhatItCovers(t *testing.T) {
	from, to := at("2026-10-24T00:00:00Z"), at("2026-10-25T00:00:00Z")
	constant := place.ClockFix{From: from, To: to, OffsetMS: 3_600_000}
	require.True(t, constant.Covers(7, "", 0, from))
	require.False(t, constant.Covers(7, "", 0, to), "the end is not covered")
	require.Equal(t, at("2026-10-24T09:00:00Z"), constant.Corrected(at("2026-10-24T08:00:00Z")))

	numbered := place.ClockFix{SeqFrom: 120, SeqTo: 480}
	require.True(t, numbered.Covers(480, "b1", 3, 0), "the last number is covered")
	require.False(t, numbered.Covers(481, "b1", 130, 0))

	lines := place.ClockFix{Batch: "b1", SeqFrom: 120, SeqTo: 480}
	require.True(t, lines.Covers(7, "b1", 120, 0))
	require.False(t, lines.Covers(120, "b2", 120, 0))

	drifting := place.ClockFix{OffsetMS: 1000, DriftPPM: 50, DriftFrom: from}
	require.Equal(t, from+1000, drifting.Corrected(from))
	require.Equal(t, to+1000+4320, drifting.Corrected(to), "50 ppm of a day is 4.32 s")
	finer := place.ClockFix{DriftPPB: -19_389, DriftFrom: from}
	require.Equal(t, from, finer.Corrected(from))
	require.Equal(t, to+516*86_400_000-866_083, finer.Corrected(to+516*86_400_000), "a quarter of an hour in 517 days")
	longest := place.ClockFix{DriftPPB: 999_999_999, DriftFrom: 1}
	require.Equal(t, domain.Instant(1)+2*3_155_760_000_000-3156, longest.Corrected(3_155_760_000_001), "a century does not overflow")
	require.Equal(t, from-86_400_000+1000-4320, drifting.Corrected(from-86_400_000))
}

func TestDeviceStateAnswers(t *testing.T) {
	s := decidertest.Fold(place.EvolveDevice, onDevice(
		place.DeviceClockCorrected{Device: "t1", ClockFix: place.ClockFix{Fix: "fix1", SeqFrom: 1, SeqTo: 9, OffsetMS: 5}},
		place.DeviceOutageRecorded{Device: "t1", From: 2000, To: 3000},
		place.DeviceOutageRecorded{Device: "t1", From: 1000, To: 2000},
	)...)
	fix, ok := s.FixFor(9, "", 0, 0)
	require.True(t, ok)
	require.Equal(t, "fix1", fix.Fix)
	_, ok = s.FixFor(10, "", 0, 0)
	require.False(t, ok)
	require.Equal(t, []domain.Instant{1000, 2000}, []domain.Instant{s.Outages[0].From, s.Outages[1].From})
	require.True(t, s.OutAt(2999))
	require.False(t, s.OutAt(3000))
	require.True(t, s.Accepts())
	require.False(t, place.EvolveDevice(s, place.DeviceTrustChanged{Device: "t1", Level: place.Blocked}).Accepts())
}
