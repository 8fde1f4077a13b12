package people

import "github.com/punchledger/punchledger/domain"

// EmployerEvent is an event of a stream employer-{id}.
//
//sumtype:decl
type EmployerEvent interface {
	domain.Event
	employerEvent()
}

// EmployerRegistered names a legal entity that employs people. Written by an administrator.
type EmployerRegistered struct {
	Employer     string `json:"employer"`
	Name         string `json:"name"`
	Jurisdiction string `json:"jurisdiction"` // the place whose labour law holds: cn, us-ca, de-by
}

// EventType returns the stored name.
func (EmployerRegistered) EventType() string { return "EmployerRegistered" }

func (EmployerRegistered) employerEvent() {}
