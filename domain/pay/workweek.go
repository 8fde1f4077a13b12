package pay

import "github.com/punchledger/punchledger/domain"

// Workweek is what one person worked in one workweek and earned for it, before overtime. It is a week on its own: hours of two weeks are
// never averaged (29 CFR 778.104).
type Workweek struct {
	// Parts are all hours worked, by their straight-time rate. Hours that a salary or pieces pay for have the rate 0.
	Parts []Part
	// Pieces is what was earned by the piece (778.111). It pays all hours worked at straight time.
	Pieces Number
	// Salary pays for a number of hours, or for all.
	Salary *Salary
	// Included is other pay that belongs to the regular rate: bonuses that were promised for production, attendance or quality
	// (778.208 to 778.211), commissions (778.117), and differentials for the night or for hard work (778.207(b)).
	Included Number
	// Premiums are what was paid above straight time.
	Premiums []Premium
	// Idle is pay for time in which nothing was worked: vacation, holidays, sickness (778.218, 778.219), and the hours of a call-back
	// that nobody worked (778.220, 778.221). It is no pay for work: it is not in the regular rate and is not credited.
	Idle Number
	// Overtime are the hours that the law pays dearer, by the factor of the regular rate that is due for them in all.
	Overtime []Overtime
	// RateDigits is how many digits the regular rate keeps, by RateRounding, before overtime is computed of it; -1 keeps all.
	RateDigits   int
	RateRounding Rounding
}

// Part is time worked at one straight-time rate per hour.
type Part struct {
	Worked domain.Seconds
	Rate   Number
}

// Overtime is time beyond a limit of the law. Factor is 1.5 for time and a half.
type Overtime struct {
	Worked domain.Seconds
	Factor Number
}

// Salary is the pay of a week whatever is worked of the hours it covers. Covers 0 means all hours, few or many: the fluctuating workweek
// of 778.114. Otherwise an hour beyond those covered earns the regular rate besides (778.113).
type Salary struct {
	Amount Number
	Covers domain.Seconds
}

// Reason says why a premium is paid, on which it depends whether it counts in the regular rate.
type Reason uint8

// The reasons of premiums.
const (
	// BeyondDay is for hours beyond eight a day or forty a week, or beyond the usual ones (778.202).
	BeyondDay Reason = iota
	// SpecialDay is for Saturdays, Sundays, holidays and regular days of rest (778.203).
	SpecialDay
	// OutsideClock is for hours outside a workday of at most eight that an agreement has set (778.204).
	OutsideClock
	// Differential is for the hour itself, such as at night: it is a part of the regular rate (778.207(b)).
	Differential
)

// Premium is what an hour of some time was paid above its straight-time rate.
type Premium struct {
	Because  Reason
	Worked   domain.Seconds
	Straight Number // the rate of that work on other days and at other hours
	Extra    Number // per hour, above Straight
}

// Amount returns what the premium comes to.
func (p Premium) Amount() Number { return For(p.Worked, p.Extra) }

// Creditable reports whether the premium is left out of the regular rate and credited against overtime. Premiums of special days, and
// those outside the clock, must bring the hour to time and a half at least (778.203, 778.204, 778.206); less is a differential.
func (p Premium) Creditable() bool {
	switch p.Because {
	case BeyondDay:
		return true
	case SpecialDay, OutsideClock:
		return p.Extra.Cmp(p.Straight.Times(Ratio(1, 2))) >= 0
	case Differential:
	}
	return false
}

// Pay is what a workweek comes to. Nothing in it is rounded but RegularRate, where the week says so.
type Pay struct {
	Worked      domain.Seconds // hours worked
	Straight    Number         // straight-time pay: hours, pieces, salary, and what is Included
	RegularRate Number         // per hour
	Due         Number         // overtime premium: what the law wants above straight time
	Credited    Number         // premiums that were paid and count against Due
	Owed        Number         // Due less Credited, at least 0
	Idle        Number         // pay for no work
	Total       Number         // everything, with premiums that were paid and Owed
}

// Compute returns what the week comes to. The regular rate is all pay for work that no law leaves out, by all hours worked (778.109);
// for each overtime hour the factor less one of it is due above straight time, which has paid the hour once already (778.110). So work
// at several rates is paid at their weighted average (778.115), and a salary for all hours leaves a half to pay (778.114).
func (w *Workweek) Compute() Pay {
	var p Pay
	for _, x := range w.Parts {
		p.Worked += x.Worked
		p.Straight = p.Straight.Plus(For(x.Worked, x.Rate))
	}
	hours := Hours(p.Worked)
	p.RegularRate = p.Straight.Plus(w.Pieces).Over(hours)
	p.Straight = p.Straight.Plus(w.Pieces)
	if w.Salary != nil {
		w.salaried(&p, hours)
	}
	included, paid := w.Included, Number{}
	for _, x := range w.Premiums {
		paid = paid.Plus(x.Amount())
		if x.Creditable() {
			p.Credited = p.Credited.Plus(x.Amount())
		} else {
			included = included.Plus(x.Amount())
		}
	}
	p.RegularRate = p.RegularRate.Plus(included.Over(hours))
	p.Straight = p.Straight.Plus(w.Included)
	if w.RateDigits >= 0 {
		p.RegularRate = p.RegularRate.Round(w.RateDigits, w.RateRounding)
	}
	for _, x := range w.Overtime {
		p.Due = p.Due.Plus(For(x.Worked, p.RegularRate.Times(x.Factor.Minus(Whole(1)))))
	}
	p.Owed = Greater(p.Due.Minus(p.Credited), Number{})
	p.Idle = w.Idle
	p.Total = p.Straight.Plus(paid).Plus(p.Owed).Plus(p.Idle)
	return p
}

// salaried adds the salary. The rate of one that covers a number of hours is by those hours, however many were worked.
func (w *Workweek) salaried(p *Pay, hours Number) {
	s := w.Salary
	p.Straight = p.Straight.Plus(s.Amount)
	if s.Covers == 0 {
		p.RegularRate = p.RegularRate.Plus(s.Amount.Over(hours))
		return
	}
	rate := s.Amount.Over(Hours(s.Covers))
	p.RegularRate = p.RegularRate.Plus(rate)
	if beyond := p.Worked - s.Covers; beyond > 0 {
		p.Straight = p.Straight.Plus(For(beyond, rate))
	}
}
