package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type command = ledger.Command

// sample is the company that is being written.
type sample struct {
	c           *console
	w           *writer
	clock       *storyClock
	seed        uint64
	from, until domain.Date
	offices     []*office
	people      []*person
	in          map[string][]*person // by site
	told        []*told
	agenda      []act
	taps        []tap
	sequence    map[string]int64 // last number that a device gave
}

// act is something that happens at an instant of the story.
type act struct {
	at domain.Instant
	do func() error
}

// demoLead is how many days before the story the company is founded.
const demoLead = 12

func newSample(c *console, cmd *demoCmd, until domain.Date) (*sample, error) {
	s := &sample{
		c: c, seed: cmd.Seed, from: until - domain.Date(cmd.Days) + 1, until: until, in: map[string][]*person{}, sequence: map[string]int64{},
	}
	s.clock = &storyClock{((s.from - demoLead).Unix() + 6*domain.Hour).Instant()}
	var err error
	if s.offices, err = demoOffices(); err != nil {
		return nil, err
	}
	s.hire(cmd.People)
	s.tell()
	s.schedule()
	return s, nil
}

// later puts an act on the agenda.
func (s *sample) later(at domain.Seconds, do func() error) {
	s.agenda = append(s.agenda, act{max(at.Instant(), s.clock.at), do})
}

// schedule puts everything on the agenda that is no story: registrations, rosters, the days of everybody, and midnights.
func (s *sample) schedule() {
	for _, p := range s.people {
		s.turnover(p)
		s.later(p.office.at(p.hired-5, 10*domain.Hour), func() error { return s.register(p) })
		for month := s.from.MonthStart(); month <= s.until; month = month.AddMonths(1) {
			if p.crew > 0 || len(p.roster) > 0 {
				s.later(p.office.at(max(month-10, p.hired-5), 11*domain.Hour), func() error { return s.plan(p, month) })
			}
		}
		s.vacation(p)
		for d := s.from; d <= s.until; d++ {
			if p.employed(d) && !p.told[d] && !p.off[d] {
				s.ordinary(p, d)
			}
		}
	}
	for _, o := range s.offices {
		for d := s.from; d <= s.until+1; d++ {
			s.later(o.zone.Midnight(d)+5, func() error { return s.w.turnDue(s.c.ctx) })
		}
	}
	s.uploads()
	slices.SortStableFunc(s.agenda, func(a, b act) int { return cmp.Compare(a.at, b.at) })
}

// write founds the company and carries out the agenda, act by act.
func (s *sample) write() error {
	if err := s.found(); err != nil {
		return err
	}
	bar := newProgress(s.c, s.c.t("cli.demo.writing"))
	defer bar.done()
	bar.of(int64(len(s.agenda)))
	for _, a := range s.agenda {
		s.clock.at = a.at
		if err := a.do(); err != nil {
			return fmt.Errorf("at %s: %w", a.at, err)
		}
		bar.add(1)
	}
	return nil
}

func (s *sample) found() error {
	if err := (&initCmd{Name: "Harbour Instruments", TZ: "Asia/Shanghai"}).found(s.c, s.w, sampleOrigin+s.w.newID()); err != nil {
		return err
	}
	for _, e := range demoEmployers {
		if _, err := s.w.do(s.c, people.RegisterEmployer{Employer: e.id, Name: e.name, Jurisdiction: e.jurisdiction}); err != nil {
			return err
		}
	}
	for _, o := range s.offices {
		if err := s.open(o); err != nil {
			return err
		}
	}
	return s.empower()
}

// do carries out a command of somebody in the story.
func (s *sample) do(actor domain.Actor, c command) error {
	_, err := s.w.ledger.Do(s.c.ctx, ledger.Request{ID: s.w.newID(), Command: c, Actor: actor})
	return err
}

// hr is who acts for an office.
func hr(o *office) domain.Actor { return domain.Actor{Kind: domain.ActorHR, ID: o.hr} }

// tap is a punch as it happens, before a device has put its own time on it.
type tap struct {
	p      *person
	office *office
	at     domain.Seconds
	dir    timecard.Direction
	device string
	remote bool
	note   string
}

// upload is what a device hands in at one time.
type upload struct {
	device string
	at     domain.Seconds
	taps   []tap
}

// uploads puts the punches on the agenda: a phone sends at once, or when it has a network again, a terminal once an hour or when it is
// read, and after an outage all at the end.
func (s *sample) uploads() {
	slices.SortStableFunc(s.taps, func(a, b tap) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.p.number, b.p.number))
	})
	type key struct {
		device string
		at     domain.Seconds
	}
	open := map[key]*upload{}
	for _, t := range s.taps {
		k := key{t.device, s.sent(t)}
		u := open[k]
		if u == nil {
			u = &upload{device: k.device, at: k.at}
			open[k] = u
			if _, kept := s.offline(t); t.remote && !kept {
				s.later(t.at-domain.Minute, func() error { return s.opens(t.p) })
			}
			s.later(u.at, func() error { return s.receive(u) })
		}
		u.taps = append(u.taps, t)
	}
}

// sent returns when a device hands a punch in.
func (s *sample) sent(t tap) domain.Seconds {
	if t.remote {
		if to, ok := s.offline(t); ok {
			return to
		}
		return t.at + 2
	}
	if to, ok := s.outage(t); ok {
		return to
	}
	o := t.office
	if len(o.readOut) == 0 {
		return (t.at/domain.Hour + 1) * domain.Hour
	}
	date := o.zone.DateOf(t.at)
	for _, clock := range o.readOut {
		if at := o.at(date, clock); at > t.at {
			return min(at, s.end())
		}
	}
	return min(o.at(date+1, o.readOut[0]), s.end())
}

// end is when the story ends: the last day is over in every office, and so is the night that began on it.
func (s *sample) end() domain.Seconds { return (s.until + 1).Unix() + 9*domain.Hour }

// receive records an upload, one command a timecard.
func (s *sample) receive(u *upload) error {
	if u.taps[0].remote {
		return s.hand(u)
	}
	cards := map[timecard.Card]*timecard.RecordPunches{}
	var order []*timecard.RecordPunches
	batch := s.batchOf(u)
	for i, t := range u.taps {
		d := s.details(u, t)
		if batch != "" {
			d.Batch, d.Line = batch, i+1
		}
		c := cards[d.Card()]
		if c == nil {
			c = &timecard.RecordPunches{}
			cards[d.Card()] = c
			order = append(order, c)
		}
		c.Punches = append(c.Punches, timecard.RecordPunch{Details: d, MaxSkew: t.office.rules.MaxSkew})
	}
	for _, c := range order {
		if err := s.do(domain.Actor{Kind: domain.ActorDevice, ID: u.device}, *c); err != nil {
			return err
		}
	}
	return s.closeBatch(u, batch)
}

// details are a punch as its device reports it.
func (s *sample) details(u *upload, t tap) timecard.PunchDetails {
	shown := t.at + s.clockError(t)
	date, clock := t.office.zone.Wall(shown)
	s.sequence[u.device]++
	return timecard.PunchDetails{
		Emp: t.p.id, Punch: "p" + strings.ReplaceAll(s.w.newID(), "-", ""), Dir: t.office.direction(t.dir),
		ClaimedAt: (date.Unix() + clock).Instant().Time().Format("2006-01-02T15:04:05"), ClaimedOffset: t.office.zone.Offset(shown),
		ReceivedAt: s.clock.at, EffectiveAt: shown.Instant(), TimeSource: timecard.TerminalTime, Device: u.device,
		DeviceSeq: s.sequence[u.device], Channel: timecard.ChannelTerminal, Place: timecard.PlaceOffice,
		Facts: timecard.PunchFacts{Site: t.office.site},
	}
}
