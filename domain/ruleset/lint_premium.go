package ruleset

// premiumBounds reports what a premium says of hours, shifts and lengths that nothing can satisfy.
func (l *linter) premiumBounds(pointer string, p *Premium) {
	if p.Most > 0 && p.Least > p.Most {
		l.fail(pointer+"/least", "lint.premium_bounds", "least", p.Least.String(), "most", p.Most.String())
	}
	if p.WholeShift != "" && p.Band == nil {
		l.fail(pointer+"/whole_shift", "lint.premium_needs", "key", "band")
	}
	if p.Tie != "" && p.WholeShift != "majority" {
		l.fail(pointer+"/tie", "lint.premium_needs", "key", "whole_shift: majority")
	}
	if p.Hours != nil {
		l.hours(pointer+"/hours/day", p.Hours.Day)
		l.hours(pointer+"/hours/week", p.Hours.Week)
	}
}

func (l *linter) hours(pointer string, b *HourBand) {
	if b != nil && b.Until > 0 && b.Until <= b.Over {
		l.fail(pointer, "lint.hours_empty", "over", b.Over.String(), "until", b.Until.String())
	}
}
