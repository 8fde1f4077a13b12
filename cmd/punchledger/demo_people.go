package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/schedule"
)

// person is somebody of the sample company.
type person struct {
	id, name, badge string
	number          int // among all people, from 0
	office          *office
	crew            int
	hired, last     domain.Date // last is 0 while the employment goes on
	hybrid          bool        // may work from home on the days that the rules name
	pocket          *pocket     // their phone, once it is enrolled
	tardy, eager    int         // per cent of days on which they come late, or stay longer
	moves           []move
	roster          map[domain.Date]string // individual plan
	told            map[domain.Date]bool   // dates on which a story says what happened
	cast            int                    // stories that are about them
	off             map[domain.Date]bool   // approved leave
}

// move is a transfer to another office from a date on.
type move struct {
	on domain.Date
	to *office
}

// at returns the office on a date.
func (p *person) at(d domain.Date) *office {
	o := p.office
	for _, m := range p.moves {
		if d >= m.on {
			o = m.to
		}
	}
	return o
}

func (p *person) employed(d domain.Date) bool { return d >= p.hired && (p.last == 0 || d <= p.last) }

// shift returns what a person works on a date, or rest.
func (p *person) shift(d domain.Date) string {
	if shift, ok := p.roster[d]; ok {
		return shift
	}
	return p.at(d).planned(p.crew, d)
}

// draw returns the randomness of one subject, which does not depend on any other's.
func (s *sample) draw(subject int, on domain.Date) *rand.Rand {
	return rand.New(rand.NewPCG(s.seed, uint64(subject)<<32|uint64(uint32(on))))
}

// hire makes up the people: every office gets its share of them, and each its numbers from 0.
func (s *sample) hire(n int) {
	seats := make([]int, len(s.offices))
	badges := map[string]bool{}
	for i := range n {
		o := s.seat(seats, i)
		r := s.draw(i, 0)
		p := &person{
			id: fmt.Sprintf("e%04d", 1001+i), name: o.names.draw(r), number: i, office: o,
			hired: s.from, tardy: tardiness[r.IntN(len(tardiness))], eager: r.IntN(8),
			roster: map[domain.Date]string{}, told: map[domain.Date]bool{}, off: map[domain.Date]bool{},
		}
		for p.badge == "" || badges[p.badge] {
			p.badge = fmt.Sprintf("%09d", 100_000_000+r.IntN(900_000_000))
		}
		badges[p.badge] = true
		inOffice := len(s.in[o.site])
		if o.crews > 0 {
			p.crew = inOffice % o.crews
		}
		p.hybrid = o.site == shanghai && inOffice%2 == 1
		s.people = append(s.people, p)
		s.in[o.site] = append(s.in[o.site], p)
	}
}

// turnover lets some people without a story come in the course of the story, or go. The others have their first day with the
// story: what was before the company kept its records here is not told.
func (s *sample) turnover(p *person) {
	days := int(s.until - s.from)
	r := s.draw(p.number, 2)
	if p.cast > 0 || p == s.in[p.office.site][0] {
		return
	}
	switch r.IntN(16) {
	case 0, 1:
		p.hired = s.from + domain.Date(r.IntN(days))
	case 2:
		p.last = s.until - domain.Date(r.IntN(days))
		s.later(p.office.at(max(p.last-10, p.hired-4), 16*domain.Hour), func() error {
			return s.do(hr(p.office), people.TerminateEmployee{Emp: p.id, LastDay: p.last, ReasonCode: "resigned"})
		})
	}
}

// tardiness is spread over people: most are punctual, some are now and then late, one in eight often.
var tardiness = []int{0, 1, 2, 2, 4, 6, 10, 30}

// seat gives the next person to the office that is furthest below its share.
func (s *sample) seat(seats []int, taken int) *office {
	best, need := 0, -1<<30
	for i, o := range s.offices {
		if lack := o.share*(taken+1) - 100*seats[i]; lack > need {
			best, need = i, lack
		}
	}
	seats[best]++
	return s.offices[best]
}

// register tells the ledger of a person: registration, badge, and a phone for those who may work from home.
func (s *sample) register(p *person) error {
	tags := append([]string{}, p.office.tags...)
	if p.hybrid {
		tags = append(tags, "hybrid")
	}
	manager := s.in[p.office.site][0].id
	if manager == p.id {
		manager = ""
	}
	_, err := s.w.register(s.c, newcomer{
		id: p.id, name: p.name, badge: p.badge, hired: p.hired,
		terms: people.Terms{
			Group: p.office.group, WorkTZ: p.office.zone.Name(), Site: p.office.site, Tags: tags,
			Employer: p.office.employer, Contract: p.office.contract, Manager: manager,
		},
	})
	if err == nil {
		err = s.openBank(p)
	}
	if err != nil || !p.hybrid {
		return err
	}
	return s.equip(p)
}

// plan announces the individual roster of a person for one month: that of a crew or of somebody with a plan of their own.
func (s *sample) plan(p *person, month domain.Date) error {
	var days []schedule.RosterDay
	for d := max(month, s.from, p.hired); d < month.AddMonths(1); d++ {
		shift, ok := p.roster[d]
		if !ok && p.crew > 0 && !p.office.holiday(d) {
			shift, ok = p.office.crewPlan(p.crew, d), true
		}
		if ok {
			days = append(days, schedule.RosterDay{Date: d, Slot: schedule.Slot{Shift: shift}})
		}
	}
	if len(days) == 0 {
		return nil
	}
	return s.do(hr(p.office), schedule.SetRosterMonth{
		Emp: p.id, Month: month.YearMonth(), Days: days, Source: "planner", AnnouncedAt: s.clock.at,
		Today: p.office.zone.DateOf(s.clock.at.Seconds()),
	})
}

// holiday reports whether the calendar of the office names a date.
func (o *office) holiday(d domain.Date) bool {
	_, ok := o.calendar.Day(d, nil)
	return ok
}
