package pay

import "github.com/punchledger/punchledger/domain"

// CallBack is pay for being called back to work outside one's hours, of which a least length is paid whatever was worked.
type CallBack struct {
	Paid    Number  // what the call-back is paid in all
	Worked  Part    // the hours worked, at their straight-time rate; they count as hours worked
	Premium Premium // what those hours were paid above it
	Idle    Number  // pay for the rest of the least length, which nobody worked
}

// CalledBack returns what a call-back comes to that is paid for at least so long, at factor times the rate. Only what was worked is hours
// worked, and only the extra pay for that is credited against overtime; the rest is pay for no work (29 CFR 778.220, 778.221).
func CalledBack(worked, least domain.Seconds, rate, factor Number) CallBack {
	dear := rate.Times(factor)
	return CallBack{
		Paid:    For(max(worked, least), dear),
		Worked:  Part{Worked: worked, Rate: rate},
		Premium: Premium{Because: OutsideClock, Worked: worked, Straight: rate, Extra: dear.Minus(rate)},
		Idle:    For(max(least-worked, 0), dear),
	}
}

// FlatBonus returns the overtime pay that a flat sum bonus brings in California: the bonus is by the hours worked without overtime only,
// and each overtime hour earns the whole factor of that, as the bonus has paid none of it (Alvarado v. Dart Container Corp. of California,
// 4 Cal.5th 542, 2018). Federal law divides by all hours and pays the factor less one; Workweek.Included does that.
func FlatBonus(bonus Number, worked domain.Seconds, overtime []Overtime) Number {
	plain := worked
	for _, o := range overtime {
		plain -= o.Worked
	}
	var due Number
	for _, o := range overtime {
		due = due.Plus(For(o.Worked, bonus.Over(Hours(plain)).Times(o.Factor)))
	}
	return due
}
