package main

import (
	"math/rand/v2"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
)

// between draws a length of time from a range of minutes, with odd seconds.
func between(r *rand.Rand, from, to int) domain.Seconds {
	return domain.Seconds(60*from + r.IntN(60*(to-from)+1))
}

// ordinary is a day of somebody about whom no story is told.
func (s *sample) ordinary(p *person, d domain.Date) {
	shift := p.shift(d)
	if shift == schedule.PlanRest {
		return
	}
	o, r := p.at(d), s.draw(p.number, d)
	from, to := o.hours(shift)
	switch o.site {
	case fremont:
		s.hourly(p, d, r, from, to)
	case shanghai:
		s.flexible(p, d, r, from, to)
	default:
		s.fixed(p, d, r, from, to)
	}
}

// fixed is a day by the clock: most arrive before it begins, some late, and few stay for approved overtime or forget to punch.
func (s *sample) fixed(p *person, d domain.Date, r *rand.Rand, from, to domain.Seconds) {
	in, out := from-between(r, 2, 14), to+between(r, 0, 12)
	if r.IntN(100) < p.tardy {
		in = from + between(r, 1, 18)
	}
	if r.IntN(100) < p.eager {
		out = to + between(r, 95, 160)
		s.overtime(p, d, to, to+3*domain.Hour)
	}
	s.pair(p, d, r, in, out)
}

// flexible is a day that begins when one likes and lasts eight hours and a lunch; hybrid people stay at home on some days.
func (s *sample) flexible(p *person, d domain.Date, r *rand.Rand, from, to domain.Seconds) {
	in := from + between(r, 10, int((to-from)/domain.Minute)-5)
	if r.IntN(100) < p.tardy {
		in = to + between(r, 1, 20)
	}
	out := in + 9*domain.Hour + between(r, 1, 75)
	if r.IntN(100) < p.eager {
		end := (in+9*domain.Hour)/domain.Minute*domain.Minute + domain.Minute
		out = end + between(r, 95, 170)
		s.overtime(p, d, end, end+3*domain.Hour)
	}
	w := d.Weekday()
	if p.hybrid && (w == time.Wednesday || w == time.Friday) && r.IntN(10) < 7 {
		s.tap(p, d, in, timecard.In, p.phone())
		s.tap(p, d, out, timecard.Out, p.phone())
		return
	}
	s.pair(p, d, r, in, out)
}

// hourly is a day with a punched meal: a few meals begin too late or end too soon, and some days are long.
func (s *sample) hourly(p *person, d domain.Date, r *rand.Rand, from, to domain.Seconds) {
	in, out := from-between(r, 0, 9)+between(r, 0, 4), to+between(r, -4, 35)
	meal, back := in+between(r, 190, 285), between(r, 30, 41)
	switch r.IntN(40) {
	case 0:
		meal = in + between(r, 305, 330)
	case 1:
		back = between(r, 18, 27)
	}
	clock := p.at(d).terminals[0]
	s.tap(p, d, in, timecard.In, clock)
	s.tap(p, d, meal, timecard.Out, clock)
	s.tap(p, d, meal+back, timecard.In, clock)
	s.tap(p, d, out, timecard.Out, clock)
}

// pair is an arrival and a departure at the gates. One in two hundred is forgotten, but not by people with a story.
func (s *sample) pair(p *person, d domain.Date, r *rand.Rand, in, out domain.Seconds) {
	gates := p.at(d).terminals
	forgotten := r.IntN(400)
	if forgotten != 0 || p.cast > 0 {
		s.tap(p, d, in, timecard.In, gates[r.IntN(len(gates))])
	}
	if forgotten != 1 || p.cast > 0 {
		s.tap(p, d, out, timecard.Out, gates[r.IntN(len(gates))])
	}
}

// tap is a punch at a clock time of a date, where the person works then.
func (s *sample) tap(p *person, d domain.Date, clock domain.Seconds, dir timecard.Direction, device string) {
	o := p.at(d)
	s.taps = append(s.taps, tap{p: p, office: o, at: o.at(d, clock), dir: dir, device: device, remote: device == p.phone()})
}

// overtime is approved on the afternoon of its day, before it is worked.
func (s *sample) overtime(p *person, d domain.Date, from, to domain.Seconds) {
	o := p.at(d)
	s.later(o.at(d, min(from, 15*domain.Hour)), func() error {
		return s.approve(p, request.RecordExternalDecision{
			Kind: request.Overtime, Target: request.Target{Date: d, From: o.at(d, from).Instant(), To: o.at(d, to).Instant()},
		})
	})
}

// approve records a decision of the company's office system.
func (s *sample) approve(p *person, c request.RecordExternalDecision) error {
	id := strings.ReplaceAll(s.w.newID(), "-", "")[:16]
	c.Request, c.Emp, c.System, c.ExternalID = "r"+id, p.id, "oa", id
	c.Outcome, c.DecidedBy, c.DecidedAt = request.Approved, p.at(c.Target.Date).hr, s.clock.at
	return s.do(hr(p.at(c.Target.Date)), c)
}

// vacation gives everybody without a story some days off in a row, where the rules know such a leave.
func (s *sample) vacation(p *person) {
	r := s.draw(p.number, 1)
	first := s.from + domain.Date(r.IntN(int(s.until-s.from)+1))
	last := first + domain.Date(1+r.IntN(6))
	o := p.at(first)
	if p.cast > 0 || o.leave == "" || !p.employed(first) || !p.employed(last) {
		return
	}
	for d := first; d <= last; d++ {
		p.off[d] = true
	}
	from, to := o.at(first, p.nightOut(first-1)), o.at(last+1, p.nightOut(last))
	s.later(o.at(max(first-6, p.hired-4), 14*domain.Hour), func() error {
		return s.approve(p, request.RecordExternalDecision{
			Kind: request.Leave, Type: o.leave,
			Target: request.Target{Date: first, From: from.Instant(), To: to.Instant()},
		})
	})
}

// nightOut is the time of day at which a day is done with the night that began on a date: midnight where no shift runs into it.
func (p *person) nightOut(d domain.Date) domain.Seconds {
	if shift := p.shift(d); shift != schedule.PlanRest {
		if _, to := p.at(d).hours(shift); to > domain.Day {
			return to - domain.Day + 2*domain.Hour
		}
	}
	return 0
}
