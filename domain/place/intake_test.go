package place_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/place"
)

type intakeCase = decidertest.Case[place.IntakeCommand, place.IntakeFacts, place.IntakeEvent]

var (
	receivedAt = at("2026-10-24T10:00:00Z")
	mac        = strings.Repeat("0f", 32)
	known      = place.IntakeFacts{DeviceKnown: true, ZoneKnown: true, EmployeeKnown: true}
)

func unknown(row string) place.UnknownPunch {
	status := 4
	return place.UnknownPunch{
		Row: row, Badge: "1042", BadgeMAC: mac, ClaimedAt: "2026-10-24T08:56:00", ClaimedOffset: 8 * domain.Hour,
		EffectiveAt: at("2026-10-24T00:56:00Z"), TimeSource: "terminal", Dir: "in", Batch: "b1", Line: 17,
		Status: &status, Why: "unknown_badge",
	}
}

func quarantined(row string) place.PunchQuarantined {
	status := 4
	return place.PunchQuarantined{
		Row: row, Device: "t1", Badge: domain.NewSecret(domain.ClassIdentity, "1042"), BadgeMAC: mac,
		ClaimedAt: "2026-10-24T08:56:00", ClaimedOffset: 8 * domain.Hour, ReceivedAt: receivedAt,
		EffectiveAt: at("2026-10-24T00:56:00Z"), TimeSource: "terminal", Dir: "in", Batch: "b1", Line: 17,
		Status: &status, Why: "unknown_badge",
	}
}

func quarantine(rows ...place.UnknownPunch) place.QuarantinePunches {
	return place.QuarantinePunches{Device: "t1", ReceivedAt: receivedAt, Rows: rows}
}

func taken(e ...place.IntakeEvent) []place.IntakeEvent { return e }

var (
	record = place.RecordImportBatch{
		Batch: "b1", Device: "t1", FileSHA256: mac, FileName: "1_attlog.dat", Format: "attlog", Zone: "Asia/Shanghai",
		ReceivedAt: receivedAt, Counts: map[string]int{"accepted": 3}, Bad: []place.BadRow{{Line: 4, Column: 2, Reason: "bad_date"}}, BadTotal: 1,
	}
	recorded = place.ImportBatchRecorded{
		Batch: "b1", Device: "t1", FileSHA256: mac, FileName: domain.NewSecret(domain.ClassText, "1_attlog.dat"), Format: "attlog",
		Zone: "Asia/Shanghai", ReceivedAt: receivedAt, Counts: record.Counts, Bad: record.Bad, BadTotal: 1,
	}
	void   = place.VoidImportBatch{Device: "t1", ReceivedOn: day("2026-10-24"), Batch: "b1", Reason: "wrong zone"}
	voided = place.ImportBatchVoided{Batch: "b1", Device: "t1", Reason: "wrong zone"}
)

func TestDecideImportBatch(t *testing.T) {
	with := func(change func(*place.RecordImportBatch)) place.RecordImportBatch {
		c := record
		change(&c)
		return c
	}
	manyBad := make([]place.BadRow, 1500)
	for i := range manyBad {
		manyBad[i] = place.BadRow{Line: i + 1, Reason: "bad_date"}
	}
	capped, clean := recorded, recorded
	capped.Bad, capped.BadTotal = manyBad[:1000], 1500
	clean.Bad, clean.BadTotal, clean.Counts = nil, 0, map[string]int{}
	bad := func(name string, change func(*place.RecordImportBatch)) intakeCase {
		return intakeCase{Name: name, When: with(change), Facts: known, Err: "invalid_field"}
	}
	unreasoned := void
	unreasoned.Reason = ""
	decidertest.Run(t, place.DecideIntake, place.EvolveIntake, []intakeCase{
		{Name: "an import is recorded", When: record, Facts: known, Then: taken(recorded)},
		{
			Name: "an import of nothing is recorded", Facts: known, Then: taken(clean),
			When: with(func(c *place.RecordImportBatch) { c.Bad, c.BadTotal, c.Counts = nil, 0, nil }),
		},
		{
			Name: "of many bad rows the first are named and all are counted", Facts: known, Then: taken(capped),
			When: with(func(c *place.RecordImportBatch) { c.Bad, c.BadTotal = manyBad, 1500 }),
		},
		{Name: "an import is recorded once", Given: taken(recorded), When: record, Facts: known, Err: "batch_exists"},
		{Name: "an import is of a device", When: record, Facts: place.IntakeFacts{ZoneKnown: true}, Err: "unknown_device"},
		{Name: "an import was read in a zone", When: record, Facts: place.IntakeFacts{DeviceKnown: true}, Err: "unknown_tz"},
		bad("a file has a hash", func(c *place.RecordImportBatch) { c.FileSHA256 = "ab" }),
		bad("a file was read in a zone", func(c *place.RecordImportBatch) { c.Zone = "" }),
		bad("a batch has an id", func(c *place.RecordImportBatch) { c.Batch = "B 1" }),
		bad("a count is not negative", func(c *place.RecordImportBatch) { c.Counts = map[string]int{"accepted": -1} }),
		bad("all bad rows are counted", func(c *place.RecordImportBatch) { c.BadTotal = 0 }),
		bad("a bad row has a line", func(c *place.RecordImportBatch) { c.Bad = []place.BadRow{{Reason: "bad_date"}} }),
		bad("a bad row is told by code, not by what it held", func(c *place.RecordImportBatch) {
			c.Bad = []place.BadRow{{Line: 1, Reason: "1042 李雷"}}
		}),
		bad("an import was received", func(c *place.RecordImportBatch) { c.ReceivedAt = 0 }),
		{Name: "an import is voided", Given: taken(recorded), When: void, Then: taken(voided)},
		{Name: "an import is voided once", Given: taken(recorded, voided), When: void, Err: "batch_voided"},
		{Name: "only a recorded import is voided", When: void, Err: "unknown_batch"},
		{Name: "an import is voided for a reason", Given: taken(recorded), When: unreasoned, Err: "invalid_field"},
	})
}

func TestDecideQuarantine(t *testing.T) {
	with := func(change func(*place.UnknownPunch)) place.QuarantinePunches {
		r := unknown("r1")
		change(&r)
		return quarantine(r)
	}
	bad := func(name string, change func(*place.UnknownPunch)) intakeCase {
		return intakeCase{Name: name, When: with(change), Facts: known, Err: "invalid_field"}
	}
	again, noted := quarantined("r1"), quarantined("r1")
	again.Batch = "b1-2"
	noted.Note, noted.Reasons = domain.NewSecret(domain.ClassText, "by the back door"), []string{"wall_in_gap"}
	tooMany := make([]place.UnknownPunch, place.MaxRows+1)
	for i := range tooMany {
		tooMany[i] = unknown(fmt.Sprintf("r%d", i))
	}
	decidertest.Run(t, place.DecideIntake, place.EvolveIntake, []intakeCase{
		{
			Name: "rows are quarantined together", When: quarantine(unknown("r2"), unknown("r1")), Facts: known,
			Then: taken(quarantined("r2"), quarantined("r1")),
		},
		{
			Name: "a row is quarantined once", Given: taken(quarantined("r1")),
			When: quarantine(unknown("r2"), unknown("r1")), Facts: known, Err: "row_exists",
		},
		{Name: "a row is not sent twice", When: quarantine(unknown("r1"), unknown("r1")), Facts: known, Err: "row_exists"},
		{Name: "no rows are no command", When: quarantine(), Facts: known, Err: "batch_size"},
		{Name: "too many rows are refused", When: quarantine(tooMany...), Facts: known, Err: "batch_size"},
		{Name: "rows are of a device", When: quarantine(unknown("r1")), Err: "unknown_device"},
		{
			Name: "a voided import takes no more rows", Given: taken(recorded, voided),
			When: quarantine(unknown("r1")), Facts: known, Err: "batch_voided",
		},
		{
			Name: "a row of a voided import is quarantined with its next import", Given: taken(quarantined("r1"), recorded, voided),
			When: with(func(r *place.UnknownPunch) { r.Batch = "b1-2" }), Facts: known, Then: taken(again),
		},
		{
			Name: "a row keeps its note and its flags", Facts: known, Then: taken(noted),
			When: with(func(r *place.UnknownPunch) { r.Note, r.Reasons = noted.Note, []string{"wall_in_gap"} }),
		},
		bad("a note is a text", func(r *place.UnknownPunch) { r.Note = domain.NewSecret(domain.ClassWage, "x") }),
		bad("a flag is a code", func(r *place.UnknownPunch) { r.Reasons = []string{"In Gap"} }),
		bad("a row has an id", func(r *place.UnknownPunch) { r.Row = "1042 08:56" }),
		bad("a row has a badge", func(r *place.UnknownPunch) { r.Badge = "" }),
		bad("a badge has a code", func(r *place.UnknownPunch) { r.BadgeMAC = "1042" }),
		bad("a claimed time is a wall clock", func(r *place.UnknownPunch) { r.ClaimedAt = "2026-10-24T08:56:00Z" }),
		bad("no zone is a day away", func(r *place.UnknownPunch) { r.ClaimedOffset = domain.Day }),
		bad("a punch has an instant", func(r *place.UnknownPunch) { r.EffectiveAt = 0 }),
		bad("a time has a source we know", func(r *place.UnknownPunch) { r.TimeSource = "sundial" }),
		bad("a punch has a direction", func(r *place.UnknownPunch) { r.Dir = "up" }),
		bad("a punch is quarantined for a reason", func(r *place.UnknownPunch) { r.Why = "" }),
	})
}

func TestDecideAttribute(t *testing.T) {
	attribute := func(rows ...string) place.AttributePunches {
		return place.AttributePunches{Device: "t1", ReceivedOn: day("2026-10-24"), Rows: rows, Emp: "e1"}
	}
	attributed := func(row string) place.PunchAttributed {
		return place.PunchAttributed{Row: row, Device: "t1", Emp: "e1"}
	}
	given := taken(quarantined("r1"), quarantined("r2"), recorded)
	decidertest.Run(t, place.DecideIntake, place.EvolveIntake, []intakeCase{
		{
			Name: "rows are attributed together", Given: given, When: attribute("r1", "r2"), Facts: known,
			Then: taken(attributed("r1"), attributed("r2")),
		},
		{
			Name: "a row is attributed once", Given: append(given, attributed("r1")),
			When: attribute("r1"), Facts: known, Err: "already_attributed",
		},
		{Name: "a row is not named twice", Given: given, When: attribute("r1", "r1"), Facts: known, Err: "already_attributed"},
		{Name: "a row is in quarantine", Given: given, When: attribute("r3"), Facts: known, Err: "unknown_row"},
		{Name: "a row of a voided import is nobody's", Given: append(given, voided), When: attribute("r1"), Facts: known, Err: "batch_voided"},
		{Name: "a row is attributed to somebody who is registered", Given: given, When: attribute("r1"), Err: "unknown_employee"},
		{Name: "no rows are attributed to nobody", Given: given, When: attribute(), Facts: known, Err: "batch_size"},
		{
			Name: "a row is attributed to an id", Given: given, Facts: known, Err: "invalid_field",
			When: place.AttributePunches{Device: "t1", ReceivedOn: day("2026-10-24"), Rows: []string{"r1"}},
		},
	})
}

func TestDecideRequeue(t *testing.T) {
	requeue := func(rows ...string) place.RequeuePunches {
		return place.RequeuePunches{Device: "t1", ReceivedOn: day("2026-10-24"), Rows: rows}
	}
	given := taken(quarantined("r1"), quarantined("r2"), recorded, place.PunchAttributed{Row: "r1", Device: "t1", Emp: "e1"})
	decidertest.Run(t, place.DecideIntake, place.EvolveIntake, []intakeCase{
		{Name: "a row that was attributed waits again, as it was", Given: given, When: requeue("r1", "r1"), Then: taken(quarantined("r1"))},
		{Name: "a row that waits goes on waiting", Given: given, When: requeue("r2")},
		{Name: "a row of a voided import waits for nobody", Given: append(given, voided), When: requeue("r1")},
		{Name: "a row is in quarantine", Given: given, When: requeue("r3"), Err: "unknown_row"},
		{Name: "no rows are no command", Given: given, When: requeue(), Err: "batch_size"},
	})
	s := decidertest.Fold(place.EvolveIntake, append(given, quarantined("r1"))...)
	require.Len(t, s.Waiting(), 2)
}

func TestWaitingRows(t *testing.T) {
	first := quarantined("r9")
	first.Line = 3
	s := decidertest.Fold(place.EvolveIntake, taken(
		quarantined("r1"), first, quarantined("r5"), recorded, place.PunchAttributed{Row: "r1", Device: "t1", Emp: "e1"},
	)...)
	var ids []string
	for _, r := range s.Waiting() {
		ids = append(ids, r.Punch.Row)
	}
	require.Equal(t, []string{"r9", "r5"}, ids)
	r, ok := s.Rows.Get("r1")
	require.True(t, ok)
	require.Equal(t, "e1", r.Emp)
	require.Len(t, s.Rows.All(), 3)
	require.Empty(t, place.EvolveIntake(s, voided).Waiting())
}

func TestRowsBehaveAsAMapThatIsNeverWrittenTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, s := map[string]string{}, place.IntakeState{}
		var older place.IntakeState
		var olderLen int
		for i := range rapid.IntRange(1, 80).Draw(t, "events") {
			id := fmt.Sprintf("r%d", rapid.IntRange(0, 40).Draw(t, "row"))
			if _, ok := want[id]; !ok {
				s, want[id] = place.EvolveIntake(s, place.PunchQuarantined{Row: id}), ""
			} else {
				emp := fmt.Sprintf("e%d", i)
				s, want[id] = place.EvolveIntake(s, place.PunchAttributed{Row: id, Emp: emp}), emp
			}
			if rapid.Bool().Draw(t, "keep") {
				older, olderLen = s, len(want)
			}
		}
		got := map[string]string{}
		for _, r := range s.Rows.All() {
			got[r.Punch.Row] = r.Emp
			one, ok := s.Rows.Get(r.Punch.Row)
			require.True(t, ok)
			require.Equal(t, r, one)
		}
		require.Equal(t, want, got)
		require.Len(t, older.Rows.All(), olderLen)
		_, ok := s.Rows.Get("x")
		require.False(t, ok)
	})
}
