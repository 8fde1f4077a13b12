package evidence

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/punchledger/punchledger/domain"
)

// Facts are what a decision about evidence needs from elsewhere.
type Facts struct {
	EmployeeKnown bool
}

// Decide decides a command. Limits are those of a UTC day, counted in what was taken in.
func Decide(s State, c Command, f Facts) ([]Event, error) {
	switch c := c.(type) {
	case StoreEvidence:
		return store(s, c, f)
	}
	panic(fmt.Sprintf("evidence: no case for %T", c))
}

func store(s State, c StoreEvidence, f Facts) ([]Event, error) {
	var is domain.Fields
	is.ID("evidence", c.Evidence)
	is.ID("emp", c.Emp)
	is.SHA256("sha256", c.SHA256)
	is.That(slices.Contains(Types(), c.MIME), "mime", "unknown_value")
	is.That(c.Bytes > 0 && c.Bytes <= MaxBytes, "bytes", "out_of_range")
	is.That(c.ReceivedAt != 0, "received_at", "missing")
	is.That(!c.Ref.IsZero(), "ref", "missing")
	is.Secret("ref", c.Ref, domain.ClassPhoto)
	if is.First != nil {
		return nil, is.First
	}
	if !f.EmployeeKnown {
		return nil, domain.NewError(domain.NotFound, "unknown_employee", "emp", c.Emp)
	}
	if _, ok := s.Stored[c.Evidence]; ok {
		return nil, domain.NewError(domain.Conflict, "evidence_exists", "evidence", c.Reference().String())
	}
	day := s.On(c.ReceivedAt)
	if day.Files >= MaxDayFiles || day.Bytes+c.Bytes > MaxDayBytes {
		return nil, domain.NewError(domain.Conflict, "evidence_quota", "emp", c.Emp, "files", strconv.Itoa(MaxDayFiles),
			"mib", strconv.Itoa(MaxDayBytes>>20))
	}
	return []Event{EvidenceStored(c)}, nil
}
