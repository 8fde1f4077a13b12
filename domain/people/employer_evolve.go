package people

import "fmt"

// EmployerState is a legal entity as its stream tells it.
type EmployerState struct {
	ID           string
	Name         string
	Jurisdiction string
}

// Exists reports whether the employer is registered.
func (s EmployerState) Exists() bool { return s.ID != "" }

// EvolveEmployer applies one event.
func EvolveEmployer(s EmployerState, e EmployerEvent) EmployerState {
	switch e := e.(type) {
	case EmployerRegistered:
		return EmployerState{ID: e.Employer, Name: e.Name, Jurisdiction: e.Jurisdiction}
	}
	panic(fmt.Sprintf("people: no case for %T", e))
}
