package golden

// Emit returns the runs of a case that is evaluated and fully supported, none of another.
func Emit(c *Case) ([]*Run, error) {
	if judgeOf(c) != nil {
		return nil, nil
	}
	o, err := Judge(c)
	if err != nil || o.State == Unsupported {
		return nil, err
	}
	setup, _, err := Translate(c)
	if err != nil {
		return nil, err
	}
	return setup.Runs, nil
}
