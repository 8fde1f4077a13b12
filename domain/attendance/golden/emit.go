package golden

import "slices"

// Emit returns the runs of a case that is evaluated and fully supported, none of another. A case that speaks of a moment within a day is
// left out, as a ledger knows of whole days that are over, and so is one before 1970, where instants begin.
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
	return slices.DeleteFunc(setup.Runs, func(r *Run) bool { return r.Synced != 0 || r.From.Unix() <= 0 }), nil
}
