package place

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// IntakeState is what a device handed in on one UTC date.
type IntakeState struct {
	Device  string
	Batches map[string]Batch
	Rows    Rows
	Offline map[string]bool // uploads by devices
}

// Batch is an import with what became of it.
type Batch struct {
	Recorded ImportBatchRecorded
	Voided   bool
}

// Waiting returns the rows that nobody was named for and whose import still stands, in the order of batch, line and row.
func (s IntakeState) Waiting() []Row {
	var out []Row
	for _, r := range s.Rows.All() {
		if r.Emp == "" && !s.Batches[r.Punch.Batch].Voided {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Punch.Batch, b.Punch.Batch), cmp.Compare(a.Punch.Line, b.Punch.Line), cmp.Compare(a.Punch.Row, b.Punch.Row))
	})
	return out
}

// EvolveIntake applies one event.
func EvolveIntake(s IntakeState, e IntakeEvent) IntakeState {
	switch e := e.(type) {
	case ImportBatchRecorded:
		s.Device = e.Device
		return s.withBatch(Batch{Recorded: e})
	case ImportBatchVoided:
		b := s.Batches[e.Batch]
		b.Voided = true
		return s.withBatch(b)
	case PunchQuarantined:
		s.Device = e.Device
		s.Rows = s.Rows.with(Row{Punch: e})
		return s
	case PunchAttributed:
		r, _ := s.Rows.Get(e.Row)
		r.Emp = e.Emp
		s.Rows = s.Rows.with(r)
		return s
	case OfflineBatchReceived:
		s.Device = e.Device
		s.Offline = maps.Clone(s.Offline)
		if s.Offline == nil {
			s.Offline = map[string]bool{}
		}
		s.Offline[e.Batch] = true
		return s
	}
	panic(fmt.Sprintf("place: no case for %T", e))
}

func (s IntakeState) withBatch(b Batch) IntakeState {
	s.Batches = maps.Clone(s.Batches)
	if s.Batches == nil {
		s.Batches = map[string]Batch{}
	}
	s.Batches[b.Recorded.Batch] = b
	return s
}
