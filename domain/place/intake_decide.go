package place

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/punchledger/punchledger/domain"
)

// IntakeFacts are what a decision about intake needs from elsewhere.
type IntakeFacts struct {
	DeviceKnown   bool // the device is enrolled, retired or not
	ZoneKnown     bool // the zone of a batch is in the archive
	EmployeeKnown bool // the employee to whom punches are attributed is registered
}

// maxBad is how many bad rows an event keeps; with them it stays far below the limit of one append.
const maxBad = 1000

// DecideIntake decides a command about what a device handed in.
func DecideIntake(s IntakeState, c IntakeCommand, f IntakeFacts) ([]IntakeEvent, error) {
	switch c := c.(type) {
	case RecordImportBatch:
		return recordBatch(s, c, f)
	case VoidImportBatch:
		return voidBatch(s, c)
	case QuarantinePunches:
		return quarantine(s, c, f)
	case AttributePunches:
		return attribute(s, c, f)
	case RequeuePunches:
		return requeue(s, c)
	case ReceiveOfflineBatch:
		return receiveOffline(s, c, f)
	}
	panic(fmt.Sprintf("place: no case for %T", c))
}

func recordBatch(s IntakeState, c RecordImportBatch, f IntakeFacts) ([]IntakeEvent, error) {
	bad := c.Bad[:min(len(c.Bad), maxBad)]
	var is fields
	is.Document("batch", c.Batch)
	is.ID("device", c.Device)
	is.SHA256("file_sha256", c.FileSHA256)
	is.OptionalText("file_name", c.FileName, maxName)
	is.ID("format", c.Format)
	is.Text("zone", c.Zone, maxWord)
	is.That(c.ReceivedAt > 0, "received_at", "missing")
	for _, verdict := range slices.Sorted(maps.Keys(c.Counts)) {
		is.ID("counts", verdict)
		is.That(c.Counts[verdict] >= 0, "counts", "out_of_range")
	}
	for _, b := range bad {
		is.That(b.Line > 0, "bad.line", "out_of_range")
		is.That(b.Column >= 0, "bad.column", "out_of_range")
		is.ID("bad.reason", b.Reason)
	}
	is.That(c.BadTotal >= len(c.Bad), "bad_total", "out_of_range")
	if is.First != nil {
		return nil, is.First
	}
	if !f.DeviceKnown {
		return nil, unknownDevice(c.Device)
	}
	if !f.ZoneKnown {
		return nil, domain.NewError(domain.Invalid, "unknown_tz", "tz", c.Zone)
	}
	if _, ok := s.Batches[c.Batch]; ok {
		return nil, domain.NewError(domain.Conflict, "batch_exists", "batch", c.Batch)
	}
	counts := maps.Clone(c.Counts)
	if counts == nil {
		counts = map[string]int{}
	}
	return []IntakeEvent{ImportBatchRecorded{
		Batch: c.Batch, Device: c.Device, FileSHA256: c.FileSHA256,
		FileName: domain.NewSecret(domain.ClassText, c.FileName), Format: c.Format, Zone: c.Zone,
		ReceivedAt: c.ReceivedAt, Counts: counts, Bad: slices.Clone(bad), BadTotal: c.BadTotal,
	}}, nil
}

func unknownDevice(device string) error {
	return domain.NewError(domain.Invalid, "unknown_device", "device", device)
}

func voidBatch(s IntakeState, c VoidImportBatch) ([]IntakeEvent, error) {
	var is fields
	is.Text("reason", c.Reason, maxName)
	if is.First != nil {
		return nil, is.First
	}
	b, ok := s.Batches[c.Batch]
	if !ok {
		return nil, domain.NewError(domain.NotFound, "unknown_batch", "batch", c.Batch)
	}
	if b.Voided {
		return nil, domain.NewError(domain.Conflict, "batch_voided", "batch", c.Batch)
	}
	return []IntakeEvent{ImportBatchVoided{Batch: c.Batch, Device: c.Device, Reason: c.Reason}}, nil
}

func quarantine(s IntakeState, c QuarantinePunches, f IntakeFacts) ([]IntakeEvent, error) {
	var is fields
	is.ID("device", c.Device)
	is.That(c.ReceivedAt > 0, "received_at", "missing")
	for i := range c.Rows {
		is.unknownPunch(&c.Rows[i])
	}
	if is.First != nil {
		return nil, is.First
	}
	if err := batchSize(len(c.Rows)); err != nil {
		return nil, err
	}
	if !f.DeviceKnown {
		return nil, unknownDevice(c.Device)
	}
	seen := make(map[string]bool, len(c.Rows))
	events := make([]IntakeEvent, 0, len(c.Rows))
	for _, r := range c.Rows {
		if old, ok := s.Rows.Get(r.Row); ok && !s.Batches[old.Punch.Batch].Voided || seen[r.Row] {
			return nil, domain.NewError(domain.Conflict, "row_exists", "row", r.Row)
		}
		if s.Batches[r.Batch].Voided {
			return nil, domain.NewError(domain.Conflict, "batch_voided", "batch", r.Batch)
		}
		seen[r.Row] = true
		events = append(events, r.quarantined(c.Device, c.ReceivedAt))
	}
	return events, nil
}

func batchSize(n int) error {
	if n >= 1 && n <= MaxRows {
		return nil
	}
	return domain.NewError(domain.Invalid, "batch_size", "size", strconv.Itoa(n), "allowed", strconv.Itoa(MaxRows))
}

const wallLayout = "2006-01-02T15:04:05"

func (f *fields) unknownPunch(r *UnknownPunch) {
	f.ID("rows.row", r.Row)
	f.That(r.DeviceSeq >= 0, "rows.device_seq", "out_of_range")
	f.Text("rows.badge", r.Badge, maxWord)
	f.SHA256("rows.badge_mac", r.BadgeMAC)
	_, err := time.Parse(wallLayout, r.ClaimedAt)
	f.That(err == nil && len(r.ClaimedAt) == len(wallLayout), "rows.claimed_at", "not_a_wall_clock")
	f.That(-domain.Day < r.ClaimedOffset && r.ClaimedOffset < domain.Day, "rows.claimed_offset", "out_of_range")
	f.That(r.EffectiveAt > 0, "rows.effective_at", "missing")
	f.OneOf("rows.time_source", r.TimeSource, "", "monotonic", "wall_adjusted", "wall_claimed", "terminal", "declared")
	f.OneOf("rows.dir", r.Dir, "in", "out", "auto", "break_out", "break_in")
	f.OptionalDocument("rows.batch", r.Batch)
	f.That(r.Line >= 0, "rows.line", "out_of_range")
	f.Secret("rows.note", r.Note, domain.ClassText)
	for _, reason := range r.Reasons {
		f.Code("rows.reasons", reason)
	}
	f.ID("rows.why", r.Why)
}

func (r UnknownPunch) quarantined(device string, at domain.Instant) PunchQuarantined {
	return PunchQuarantined{
		Row: r.Row, Device: device, DeviceSeq: r.DeviceSeq,
		Badge: domain.NewSecret(domain.ClassIdentity, r.Badge), BadgeMAC: r.BadgeMAC,
		ClaimedAt: r.ClaimedAt, ClaimedOffset: r.ClaimedOffset, ReceivedAt: at, EffectiveAt: r.EffectiveAt,
		TimeSource: r.TimeSource, Dir: r.Dir, Batch: r.Batch, Line: r.Line,
		Status: r.Status, Verify: r.Verify, WorkCode: r.WorkCode,
		Note: r.Note, Reasons: slices.Clone(r.Reasons), Why: r.Why,
	}
}

func attribute(s IntakeState, c AttributePunches, f IntakeFacts) ([]IntakeEvent, error) {
	if err := batchSize(len(c.Rows)); err != nil {
		return nil, err
	}
	var is fields
	is.ID("emp", c.Emp)
	if is.First != nil {
		return nil, is.First
	}
	if !f.EmployeeKnown {
		return nil, domain.NewError(domain.Invalid, "unknown_employee", "emp", c.Emp)
	}
	seen := make(map[string]bool, len(c.Rows))
	events := make([]IntakeEvent, 0, len(c.Rows))
	for _, id := range c.Rows {
		r, ok := s.Rows.Get(id)
		switch {
		case !ok:
			return nil, domain.NewError(domain.NotFound, "unknown_row", "row", id)
		case r.Emp != "" || seen[id]:
			return nil, domain.NewError(domain.Conflict, "already_attributed", "row", id)
		case s.Batches[r.Punch.Batch].Voided:
			return nil, domain.NewError(domain.Conflict, "batch_voided", "batch", r.Punch.Batch)
		}
		seen[id] = true
		events = append(events, PunchAttributed{Row: id, Device: c.Device, Emp: c.Emp})
	}
	return events, nil
}

// requeue lets attributed rows wait again. One that waits already, or whose import was taken back, gives no event.
func requeue(s IntakeState, c RequeuePunches) ([]IntakeEvent, error) {
	if err := batchSize(len(c.Rows)); err != nil {
		return nil, err
	}
	var events []IntakeEvent
	for _, id := range c.Rows {
		r, ok := s.Rows.Get(id)
		switch {
		case !ok:
			return nil, domain.NewError(domain.NotFound, "unknown_row", "row", id)
		case r.Emp == "" || s.Batches[r.Punch.Batch].Voided:
			continue
		}
		events = append(events, r.Punch)
		s = EvolveIntake(s, r.Punch) // a row may be named twice
	}
	return events, nil
}

func receiveOffline(s IntakeState, c ReceiveOfflineBatch, f IntakeFacts) ([]IntakeEvent, error) {
	var is fields
	is.Document("batch", c.Batch)
	is.Document("device", c.Device)
	is.That(c.ReceivedAt > 0, "received_at", "missing")
	is.That(0 < c.SeqFrom && c.SeqFrom <= c.SeqTo, "seq_to", "out_of_range")
	is.That(c.Count > 0, "count", "out_of_range")
	is.Text("chain_head", c.ChainHead, maxWord)
	for _, verdict := range slices.Sorted(maps.Keys(c.Counts)) {
		is.ID("counts", verdict)
	}
	if is.First != nil {
		return nil, is.First
	}
	if !f.DeviceKnown {
		return nil, unknownDevice(c.Device)
	}
	if s.Offline[c.Batch] {
		return nil, nil
	}
	e := OfflineBatchReceived(c)
	e.Gaps = slices.Clone(c.Gaps[:min(len(c.Gaps), maxBad)])
	return []IntakeEvent{e}, nil
}
