package ledger

import (
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/audit"
	"github.com/punchledger/punchledger/domain/evidence"
	"github.com/punchledger/punchledger/eventstore"
)

func evidenceFacts(d *Directory, _ evidence.State, c evidence.Command) (evidence.Facts, pins) {
	s, ok := c.(evidence.StoreEvidence)
	return evidence.Facts{EmployeeKnown: ok && d.Employee(s.Emp).Exists()}, nil
}

// Read says that somebody was shown what is kept about a person.
type Read struct {
	At       domain.Instant      `json:"at"`
	Reader   string              `json:"reader"`
	Role     domain.ActorKind    `json:"role"`
	Class    audit.Class         `json:"class"`
	Query    string              `json:"query"`
	Purpose  string              `json:"purpose"`
	Case     string              `json:"case,omitempty"`
	Date     domain.Date         `json:"date,omitzero"` // of the day that was explained
	People   int                 `json:"people"`        // whose data was read in the same act
	Rows     int                 `json:"rows,omitempty"`
	Event    string              `json:"event"`    // its id
	Position eventstore.Position `json:"position"` // in the ledger; zero where the backend has not counted yet
}

// ReadsOf returns who was shown what is kept about an employee, the last first. What a person reads about themselves is not among it.
func (d *Directory) ReadsOf(emp string) []Read {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var out []Read
	for _, r := range slices.Backward(d.index.reads[emp]) {
		out = append(out, *r)
	}
	return out
}

// served notes a read for each person whose data it was.
func (x index) served(d eventstore.Decoded) {
	r := Read{Role: d.Meta.Actor.Kind, Event: d.ID.String(), Position: d.Position}
	var subjects []string
	switch e := d.Event.(type) {
	case audit.RecordsRead:
		r.At, r.Reader, r.Class, r.Query, r.Purpose, r.Case, r.Rows = e.At, e.Reader, e.Class, e.Query, e.Purpose, e.Case, e.Rows
		subjects = e.Subjects
	case audit.TraceServed:
		r.At, r.Reader, r.Class, r.Purpose, r.Case, r.Date = e.At, e.Reader, audit.Trace, e.Purpose, e.Case, e.Date
		subjects = []string{e.Emp}
	default:
		return
	}
	r.People = len(subjects)
	for _, emp := range subjects {
		if emp != r.Reader {
			x.reads[emp] = append(x.reads[emp], &r)
		}
	}
}
