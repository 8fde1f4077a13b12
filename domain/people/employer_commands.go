package people

// EmployerCommand is a wish about an employer.
//
//sumtype:decl
type EmployerCommand interface {
	Stream() string
	employerCommand()
}

// RegisterEmployer asks for EmployerRegistered.
type RegisterEmployer struct {
	Employer     string
	Name         string
	Jurisdiction string
}

// Stream returns the target stream.
func (c RegisterEmployer) Stream() string { return "employer-" + c.Employer }

func (RegisterEmployer) employerCommand() {}
