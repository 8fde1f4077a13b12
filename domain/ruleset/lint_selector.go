package ruleset

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/schedule"
)

// kinds returns the kinds of days on which a selector can hold. A special day is a working day.
func (s *Selector) kinds() map[schedule.Kind]bool {
	out := map[schedule.Kind]bool{}
	has := func(list []string, k schedule.Kind) bool {
		return slices.Contains(list, k.String()) || k == schedule.Special && slices.Contains(list, schedule.Work.String())
	}
	for k := range schedule.Kinds {
		if (len(s.Day) == 0 || has(s.Day, k)) && !has(s.NotDay, k) {
			out[k] = true
		}
	}
	return out
}

func (s *Selector) isZero() bool { return reflect.ValueOf(*s).IsZero() }

// withoutDays returns s with the keys on kinds of days left out.
func (s Selector) withoutDays() Selector {
	s.Day, s.NotDay = nil, nil
	return s
}

// never returns the key of a selector that cannot hold: all its values are excluded again, or are dates that no year has.
func (s *Selector) never() string {
	if len(s.kinds()) == 0 && len(s.Day) == 0 {
		return "not_day"
	}
	if len(s.kinds()) == 0 {
		return "day"
	}
	for _, d := range []struct {
		key     string
		in, not []string
	}{
		{"weekday", s.Weekday, s.NotWeekday},
		{"dates", s.Dates, s.NotDates},
		{"shift", s.Shift, s.NotShift},
		{"tags", s.Tags, s.NotTags},
		{"approved", s.Approved, s.NotApproved},
		{"place", s.Place, s.NotPlace},
		{"contract", s.Contract, s.NotContract},
		{"site", s.Site, s.NotSite},
		{"job", s.Job, s.NotJob},
		{"cost", s.Cost, s.NotCost},
	} {
		if len(d.in) > 0 && !slices.ContainsFunc(d.in, func(v string) bool { return !slices.Contains(d.not, v) }) {
			return d.key
		}
	}
	if len(s.Dates) > 0 && !slices.ContainsFunc(s.Dates, possibleDate) {
		return "dates"
	}
	return ""
}

// possibleDate reports whether the calendar has a date of a selector; a month-day may be that of a leap year.
func possibleDate(s string) bool {
	if len(s) == len("12-24") {
		s = "2024-" + s
	}
	_, err := domain.ParseDate(s)
	return err == nil
}

// implied reports whether s holds wherever other does.
func (s *Selector) implied(other *Selector) bool {
	kinds := s.kinds()
	for k := range other.kinds() {
		if !kinds[k] {
			return false
		}
	}
	return wider(s.Weekday, s.NotWeekday, other.Weekday, other.NotWeekday) && wider(s.Shift, s.NotShift, other.Shift, other.NotShift) &&
		wider(s.Place, s.NotPlace, other.Place, other.NotPlace) && wider(s.Contract, s.NotContract, other.Contract, other.NotContract) &&
		wider(s.Site, s.NotSite, other.Site, other.NotSite) && wider(s.Job, s.NotJob, other.Job, other.NotJob) &&
		wider(s.Cost, s.NotCost, other.Cost, other.NotCost) &&
		widerSet(s.Dates, s.NotDates, other.Dates, other.NotDates) && widerSet(s.Tags, s.NotTags, other.Tags, other.NotTags) &&
		widerSet(s.Approved, s.NotApproved, other.Approved, other.NotApproved)
}

// wider compares what a key of one value lets pass.
func wider(in, not, otherIn, otherNot []string) bool {
	for _, v := range not {
		if !slices.Contains(otherNot, v) && (len(otherIn) == 0 || slices.Contains(otherIn, v)) {
			return false
		}
	}
	if len(in) == 0 {
		return true
	}
	return len(otherIn) > 0 && !slices.ContainsFunc(otherIn, func(v string) bool {
		return !slices.Contains(otherNot, v) && !slices.Contains(in, v)
	})
}

// widerSet compares what a key lets pass of which several values may hold at once.
func widerSet(in, not, otherIn, otherNot []string) bool {
	subset := func(a, b []string) bool {
		return !slices.ContainsFunc(a, func(v string) bool { return !slices.Contains(b, v) })
	}
	return subset(not, otherNot) && (len(in) == 0 || len(otherIn) > 0 && subset(otherIn, in))
}

// premiumsBeaten reports premiums that never pay, because a dearer one of their family holds wherever they do.
func (l *linter) premiumsBeaten() {
	for i := range l.doc.Premiums {
		p := &l.doc.Premiums[i]
		for j := range l.doc.Premiums {
			q := &l.doc.Premiums[j]
			if i == j || p.Family == "" || p.Family != q.Family || !q.coversPremium(p) {
				continue
			}
			rate, other := l.rate(p.Code), l.rate(q.Code)
			if other > rate || other == rate && j < i {
				l.fail("/premiums/"+strconv.Itoa(i), "lint.premium_beaten", "by", q.ID, "family", p.Family)
				break
			}
		}
	}
}

// rate returns the rate of a pay code in millionths.
func (l *linter) rate(code string) int64 {
	v, _ := Millionths(l.doc.PayCodes[code].Rate)
	return v
}

// coversPremium reports whether p holds on every second on which other does.
func (p *Premium) coversPremium(other *Premium) bool {
	always := p.isZero() && p.Band == nil
	switch {
	case p.Hours != nil, p.WholeShift != "", p.Most > 0, p.Band != nil && other.WholeShift != "":
		return false
	case !p.implied(&other.Selector), p.Min > other.Min:
		return false
	case p.StartedBefore != nil && (other.StartedBefore == nil || *p.StartedBefore < *other.StartedBefore):
		return false
	case !always && other.Tail != nil && (p.Tail == nil || *p.Tail < *other.Tail):
		return false
	}
	return p.Band == nil || other.Band != nil && bandWithin(*other.Band, *p.Band)
}

// bandWithin reports whether a band of the clock lies in another one; either may pass midnight.
func bandWithin(inner, outer Span) bool {
	day := Clock(domain.Day)
	for _, b := range []*Span{&inner, &outer} {
		if b[1] <= b[0] {
			b[1] += day
		}
	}
	for _, shift := range []Clock{0, day} {
		if inner[0]+shift >= outer[0] && inner[1]+shift <= outer[1] {
			return true
		}
	}
	return false
}
