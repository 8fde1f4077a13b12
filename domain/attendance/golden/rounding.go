package golden

// rounding translates rounding of punches and totals.
func (t *translation) rounding() {}
