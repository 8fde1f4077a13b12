package postgres

import "context"

// Check reads every row and its marks, with whatever the database checks by itself. It does not see that rows are missing: only who
// builds the views again does.
func (v *Views) Check(ctx context.Context) error {
	for _, t := range tables {
		if err := v.each(ctx, choose(t), func(row) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}
