package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
)

// episode is something that happens to one person of the sample company, and where to look at it. One whose days are not all
// within the demo is not told.
type episode struct {
	id, site string
	own      bool   // its person has no other story and is not the first of the office
	date     string // the day to look at
	from, to string // the first and last day it needs, where these are others
	taps     []string
	silent   []string // days without punches besides those of taps
	shift    string   // the shift its person works on the date
	report   bool     // its person is not the first of the office
	plain    bool     // nothing happens on the day itself that is not ordinary
	remote   bool     // its punches come from the phone
	note     string   // that its punches carry
	ask      *petition
	begin    func(s *sample, t *told)
}

// told is an episode with its person.
type told struct {
	episode
	p    *person
	date domain.Date

	punches []string // ids of those of the phone, once they are made
	request string   // id of the request, once it is filed
	deputy  string   // who decides it in the manager's place
}

// Texts that people of the stories write; they are sealed before they are stored.
const (
	noteForgotten = "手机没电，下班忘记打卡，同事可以作证"
	noteOvertime  = "客户验收延期，当晚留下联调，审批流程走得晚"
	noteOutage    = "sh_door1_0000000_attlog.dat"

	noteCorrection = "下班时闸机前排队，走侧门离开，附侧门照片"
	noteHome       = "孩子发烧，今天在家联调"
	noteAppeal     = "当天已在群里说明，组长当场同意，请再看一次"
)

// demoStories are all stories: employee by office and role, date, and what happens. What one sees is said by the tour and asserted
// by the tests under the same id.
var demoStories = slices.Concat(officeStories, remoteStories, requestStories)

// officeStories are about what terminals recorded.
var officeStories = []episode{
	{id: "guard", site: beijing, own: true, date: "2026-10-01", taps: []string{"2026-10-01 08:52 in", "2026-10-01 18:06 out"}, begin: (*sample).guard},
	{
		id: "leaver", site: beijing, own: true, date: "2026-10-19", from: "2026-10-12", taps: []string{"2026-10-19 08:54 in"}, begin: (*sample).leaver,
	},
	{id: "newcomer", site: beijing, own: true, date: "2026-10-12", taps: []string{"2026-10-12 08:50 in", "2026-10-12 18:02 out"}, begin: (*sample).newcomer},
	{id: "forgotten", site: beijing, date: "2026-10-13", to: "2026-10-15", taps: []string{"2026-10-13 08:56 in"}, begin: (*sample).forgotten},
	{id: "makeup", site: beijing, date: "2026-10-10", from: "2026-10-09", taps: []string{"2026-10-10 08:50 in", "2026-10-10 21:10 out"}, begin: (*sample).makeup},
	{id: "late_approval", site: beijing, date: "2026-10-14", to: "2026-10-19", taps: []string{"2026-10-14 08:55 in", "2026-10-14 21:00 out"}, begin: (*sample).lateApproval},
	{id: "holiday", site: beijing, date: "2026-10-01", from: "2026-09-29", taps: []string{"2026-10-01 10:00 in", "2026-10-01 16:00 out"}, begin: (*sample).nationalDay},
	{
		id: "double_tap", site: beijing, date: "2026-10-20",
		taps: []string{"2026-10-20 08:58:10 in", "2026-10-20 08:58:40 in", "2026-10-20 18:01 out", "2026-10-20 18:01:20 out"},
	},
	{id: "seven_minutes", site: beijing, date: "2026-10-21", taps: []string{"2026-10-21 09:07 in", "2026-10-21 18:03 out"}},
	{id: "late_upload", site: shanghai, date: "2026-10-14", to: "2026-10-16", taps: []string{"2026-10-14 09:40 in", "2026-10-14 19:05 out"}, begin: (*sample).lateUpload},
	{
		id: "transfer", site: fremont, date: "2026-09-16", from: "2026-09-10",
		taps: []string{
			"2026-09-14 08:58 in", "2026-09-14 12:10 out", "2026-09-14 12:45 in", "2026-09-14 17:33 out", "2026-09-16 10:05 in", "2026-09-16 19:12 out",
		},
		silent: []string{"2026-09-15"}, begin: (*sample).transfer,
	},
	{id: "dst_night", site: bavaria, shift: "N", date: "2026-10-24", taps: []string{"2026-10-24 21:50 in", "2026-10-25 06:04 out"}},
	{id: "month_end", site: bavaria, shift: "N", date: "2026-09-30", taps: []string{"2026-09-30 21:54 in", "2026-10-01 06:03 out"}},
	{id: "wrong_clock", site: tokyo, date: "2026-10-07", from: "2026-10-05", to: "2026-10-13", taps: []string{"2026-10-07 08:53 in", "2026-10-07 17:36 out"}, begin: (*sample).wrongClock},
}

// tell casts the stories that fit between the first and the last day, those that need a person of their own first.
func (s *sample) tell() {
	for _, x := range demoStories {
		date := mustDate(x.date)
		first, last := date, date
		if x.from != "" {
			first = mustDate(x.from)
		}
		if x.to != "" {
			last = mustDate(x.to)
		}
		if first < s.from || last > s.until {
			continue
		}
		p := s.role(x)
		if p == nil {
			continue
		}
		p.cast++
		p.tardy, p.eager = 0, 0 // nothing else of note happens to them
		t := &told{episode: x, p: p, date: date}
		s.told = append(s.told, t)
		if x.begin != nil {
			x.begin(s, t)
		}
		if x.ask != nil {
			s.ask(t)
		}
		s.script(t)
	}
}

// role finds the person of a story: somebody new to stories, else the one with the fewest that can bear another.
func (s *sample) role(x episode) *person {
	var best *person
	for i, p := range s.in[x.site] {
		switch {
		case x.report && i == 0, x.own && (i == 0 || p.cast > 0), p.cast >= ownStory, x.shift != "" && p.shift(mustDate(x.date)) != x.shift:
		case best == nil || p.cast < best.cast:
			best = p
		}
	}
	if best != nil && x.own {
		best.cast = ownStory
	}
	return best
}

// ownStory is how busy somebody is whose story leaves no place for another.
const ownStory = 100

// script turns the punches of a story into taps; on its days nothing else happens to its person.
func (s *sample) script(t *told) {
	for _, d := range t.silent {
		t.p.told[mustDate(d)] = true
	}
	if t.plain {
		return
	}
	t.p.told[t.date] = true
	for i, line := range t.taps {
		var day, clock, dir string
		if _, err := fmt.Sscan(line, &day, &clock, &dir); err != nil {
			panic(fmt.Sprintf("story %s: %q: %v", t.id, line, err))
		}
		d := mustDate(day)
		if t.shift == "" {
			t.p.told[d] = true
		}
		gates := t.p.at(d).terminals
		device := gates[i%len(gates)]
		if t.remote {
			device = t.p.phone()
		}
		s.tap(t.p, d, mustClock(clock), timecard.Direction(dir), device)
		s.taps[len(s.taps)-1].note = t.note
	}
}

// mustDate reads a date of the table.
func mustDate(v string) domain.Date {
	d, err := domain.ParseDate(v)
	if err != nil {
		panic("story: " + err.Error())
	}
	return d
}

// mustClock reads 08:56 or 08:56:10.
func mustClock(v string) domain.Seconds {
	for _, layout := range []string{time.TimeOnly, "15:04"} {
		if t, err := time.Parse(layout, v); err == nil {
			return domain.Seconds(t.Hour())*domain.Hour + domain.Seconds(t.Minute())*domain.Minute + domain.Seconds(t.Second())
		}
	}
	panic("story: no time of day: " + v)
}

// clocks reads times of day.
func clocks(v ...string) []domain.Seconds {
	out := make([]domain.Seconds, len(v))
	for i := range v {
		out[i] = mustClock(v[i])
	}
	return out
}

// decide puts an act of the person's office on the agenda at a local time.
func (s *sample) decide(t *told, day, clock string, c func() command) {
	o := t.p.at(t.date)
	s.later(o.at(mustDate(day), mustClock(clock)), func() error { return s.do(hr(o), c()) })
}

// overtimeOf approves overtime of the story's date, at a local time of some day.
func (s *sample) overtimeOf(t *told, from, to, day, clock, note string) {
	o := t.p.office
	s.later(o.at(mustDate(day), mustClock(clock)), func() error {
		return s.approve(t.p, request.RecordExternalDecision{
			Kind: request.Overtime, Text: domain.NewSecret(domain.ClassText, note),
			Target: request.Target{Date: t.date, From: o.at(t.date, mustClock(from)).Instant(), To: o.at(t.date, mustClock(to)).Instant()},
		})
	})
}

// guard has a plan of their own: every week from Wednesday to Sunday, holidays or not.
func (s *sample) guard(t *told) {
	for d := s.from; d <= s.until.AddMonths(1); d++ {
		t.p.roster[d] = "D"
		if w := d.Weekday(); w == time.Monday || w == time.Tuesday {
			t.p.roster[d] = schedule.PlanRest
		}
	}
}

// leaver works until Friday the 16th and finds on Monday that the badge is refused.
func (s *sample) leaver(t *told) {
	t.p.last = mustDate("2026-10-16")
	s.decide(t, "2026-10-12", "16:30", func() command {
		return people.TerminateEmployee{Emp: t.p.id, LastDay: t.p.last, ReasonCode: "resigned"}
	})
}

func (s *sample) newcomer(t *told) { t.p.hired = t.date }

// forgotten is a punch out that HR enters two days later.
func (s *sample) forgotten(t *told) {
	s.decide(t, "2026-10-15", "10:20", func() command {
		return timecard.AddPunch{
			Emp: t.p.id, Punch: "m" + s.w.newID(), EffectiveAt: t.p.office.at(t.date, mustClock("18:04")).Instant(), Dir: timecard.Out,
			Grounds: timecard.Grounds{ReasonCode: "forgotten"}, Note: domain.NewSecret(domain.ClassText, noteForgotten),
			ActorID: t.p.office.hr, Now: s.clock.at,
		}
	})
}

func (s *sample) makeup(t *told) { s.overtimeOf(t, "18:30", "22:00", "2026-10-09", "15:00", "") }

func (s *sample) nationalDay(t *told) { s.overtimeOf(t, "10:00", "16:00", "2026-09-29", "15:00", "") }

// lateApproval is overtime of Wednesday that is decided on Monday.
func (s *sample) lateApproval(t *told) {
	s.overtimeOf(t, "18:00", "21:00", "2026-10-19", "11:30", noteOvertime)
}

// transfer is a secondment from California to Shanghai: the employer stays, place, rules and zone change.
func (s *sample) transfer(t *told) {
	i := slices.IndexFunc(s.offices, func(o *office) bool { return o.site == shanghai })
	to := s.offices[i]
	t.p.moves = append(t.p.moves, move{t.date, to})
	s.later(t.p.office.at(mustDate("2026-09-10"), 11*domain.Hour), func() error {
		group, tz, site := to.group, to.zone.Name(), to.site
		return s.do(hr(t.p.office), people.ChangeAssignment{
			Emp: t.p.id, EffectiveOn: t.date, Change: people.TermsChange{Group: &group, WorkTZ: &tz, Site: &site, Contract: &to.contract},
		})
	})
}

// The terminal at the door in Shanghai loses the network for two days and hands everything in on the third.
const (
	outageFirst = "2026-10-14"
	outageEnd   = "2026-10-16"
	outageOver  = "09:30"
)

func (s *sample) lateUpload(t *told) {
	device := t.p.office.terminals[0]
	s.decide(t, outageEnd, "09:40", func() command {
		return place.RecordOutage{
			Device: device, From: t.p.office.zone.Midnight(mustDate(outageFirst)).Instant(),
			To: t.p.office.at(mustDate(outageEnd), mustClock(outageOver)).Instant(),
		}
	})
}

// outage returns when a punch reaches the server that a terminal took while it was offline.
func (s *sample) outage(t tap) (domain.Seconds, bool) {
	x := s.about("late_upload")
	if x == nil || t.device != x.p.office.terminals[0] {
		return 0, false
	}
	o := x.p.office
	if t.at < o.zone.Midnight(mustDate(outageFirst)) || t.at >= o.zone.Midnight(mustDate(outageEnd)) {
		return 0, false
	}
	return o.at(mustDate(outageEnd), mustClock(outageOver)), true
}

// The clock of the terminal in Tokyo is slow in the week from 5 October on, until somebody sees it.
const (
	slowFirst = "2026-10-05"
	slowEnd   = "2026-10-10"
	slowBy    = 40 * domain.Minute
)

// clockError is by how much a terminal's clock is wrong.
func (s *sample) clockError(t tap) domain.Seconds {
	x := s.about("wrong_clock")
	if x == nil || t.device != x.p.office.terminals[0] {
		return 0
	}
	z := x.p.office.zone
	if t.at < z.Midnight(mustDate(slowFirst)) || t.at >= z.Midnight(mustDate(slowEnd)) {
		return 0
	}
	return -slowBy
}

// about returns a story that is told.
func (s *sample) about(id string) *told {
	i := slices.IndexFunc(s.told, func(t *told) bool { return t.id == id })
	if i < 0 {
		return nil
	}
	return s.told[i]
}
