package people

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
)

// EmployerFacts are empty: an employer depends on nothing else.
type EmployerFacts struct{}

// DecideEmployer decides a command about an employer.
func DecideEmployer(s EmployerState, c EmployerCommand, _ EmployerFacts) ([]EmployerEvent, error) {
	switch c := c.(type) {
	case RegisterEmployer:
		var is fields
		is.ID("employer", c.Employer)
		is.Text("name", c.Name, maxName)
		is.Document("jurisdiction", c.Jurisdiction)
		if is.First != nil {
			return nil, is.First
		}
		if s.Exists() {
			return nil, domain.NewError(domain.Conflict, "employer_exists", "employer", c.Employer)
		}
		return []EmployerEvent{EmployerRegistered(c)}, nil
	}
	panic(fmt.Sprintf("people: no case for %T", c))
}
