package main

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// office is a place of the sample company with its attendance group.
type office struct {
	site, title, employer string
	group, groupTitle     string
	pack                  string
	share                 int // of a hundred people
	contract              people.Contract
	tags                  []string
	terminals             []string
	models                string
	typed                 bool             // terminals that ask for the direction
	readOut               []domain.Seconds // times of day at which terminals are read; none: they send once an hour
	crews                 int              // that take turns; 0: everybody works the same plan
	leave                 string
	hr                    string
	names                 nameList
	stands                place.Point
	banked                string // pay code of a leave that is taken from a bank

	rules    *ruleset.Rules
	calendar *schedule.Calendar
	zone     *zone.Zone
}

type employer struct{ id, name, jurisdiction string }

var demoEmployers = []employer{
	{"cn", "Harbour Instruments (Beijing) Co., Ltd.", "cn"},
	{"us", "Harbour Instruments, Inc.", "us-ca"},
	{"de", "Harbour Messtechnik GmbH", "de-by"},
	{"jp", "Harbour Instruments K.K.", "jp"},
}

// Ids of offices, by which stories name them.
const (
	beijing  = "bj-office"
	shanghai = "sh-lab"
	fremont  = "fremont"
	bavaria  = "plant"
	tokyo    = "tokyo"
)

// demoOffices returns the five offices, their rules compiled.
func demoOffices() ([]*office, error) {
	monthly := people.Contract{Kind: people.Monthly, Weekly: 40 * domain.Hour, Days: 5}
	hourly := people.Contract{Kind: people.Hourly, Weekly: 40 * domain.Hour, Days: 5}
	tokyoWeek := people.Contract{Kind: people.Monthly, Weekly: 37*domain.Hour + 30*domain.Minute, Days: 5}
	offices := []*office{
		{
			site: beijing, title: "北京总部", employer: "cn", group: "beijing", groupTitle: "北京办公室", pack: "cn-bj-office", share: 33,
			contract: monthly, terminals: []string{"bj_gate1", "bj_gate2"}, models: "SpeedFace", leave: "annual", hr: "hr_cn", names: chineseNames, stands: place.Point{Lat: 39.90872, Lon: 116.46051},
		},
		{
			site: shanghai, title: "上海研发中心", employer: "cn", group: "shanghai", groupTitle: "上海研发", pack: "cn-sh-rnd", share: 22,
			contract: monthly, terminals: []string{"sh_door1"}, models: "MB460", typed: true, readOut: clocks("12:30", "22:45"), leave: "annual", hr: "hr_cn", names: chineseNames,
			stands: place.Point{Lat: 31.20468, Lon: 121.59672},
		},
		{
			site: fremont, title: "Fremont, California", employer: "us", group: "fremont", groupTitle: "Fremont operations", pack: "us-ca-hourly", share: 15,
			contract: hourly, terminals: []string{"fr_clock1"}, models: "uAttend", typed: true, readOut: clocks("19:00"), hr: "hr_us", names: californianNames,
			stands: place.Point{Lat: 37.50218, Lon: -121.93982},
		},
		{
			site: bavaria, title: "Werk Landshut", employer: "de", group: "plant", groupTitle: "Werk Landshut, Schichtbetrieb", pack: "de-by-plant", share: 18,
			contract: hourly, tags: []string{"night_worker"}, terminals: []string{"by_tor1", "by_tor2"}, models: "B-web 93 00", typed: true, readOut: clocks("05:30", "13:30", "21:30"), crews: 3,
			leave: "vacation", hr: "hr_de", names: bavarianNames, stands: place.Point{Lat: 48.54416, Lon: 12.14693},
		},
		{
			site: tokyo, title: "東京オフィス", employer: "jp", group: "tokyo", groupTitle: "東京オフィス", pack: "jp-tokyo-office", share: 12,
			contract: tokyoWeek, terminals: []string{"tk_gate1"}, models: "TimeP@CK", typed: true, readOut: clocks("20:30"), leave: "annual", hr: "hr_jp", names: japaneseNames,
			stands: place.Point{Lat: 35.68121, Lon: 139.76706}, banked: "LEAVE_ANNUAL",
		},
	}
	for _, o := range offices {
		if err := o.compile(); err != nil {
			return nil, err
		}
	}
	return offices, nil
}

// compile readies what the story needs to know of the plan.
func (o *office) compile() error {
	doc, ok := ruleset.Pack(o.pack)
	if !ok {
		return fmt.Errorf("the pack %s is not shipped", o.pack)
	}
	if o.banked != "" {
		doc = withLeaveBank(doc, o.banked)
	}
	hash, err := ruleset.Hash(doc)
	if err != nil {
		return err
	}
	if o.rules, err = ruleset.Compile(doc, hash); err != nil {
		return err
	}
	o.calendar = &schedule.Calendar{ID: doc.Calendar, Years: map[int]schedule.CalendarYear{}}
	for _, c := range ruleset.Calendars() {
		if c.ID == doc.Calendar {
			o.calendar.Years[c.Year.Year] = c.Year
		}
	}
	o.zone, err = zone.Embedded().Zone(doc.Timezone)
	return err
}

// crewPlan returns the shift of a crew by the rotation alone, or rest.
func (o *office) crewPlan(crew int, d domain.Date) string {
	if slot := o.rules.PlannedSlot(d + domain.Date(7*crew)); slot >= 0 {
		return o.rules.Shifts[slot].ID
	}
	return schedule.PlanRest
}

// planned returns the shift that an office works on a date, holidays and adjusted workdays included; rest for a day off.
func (o *office) planned(crew int, d domain.Date) string {
	day, _ := o.calendar.Day(d, nil)
	switch day.Kind {
	case schedule.Rest, schedule.Holiday, schedule.Statutory, schedule.LegalRest:
		return schedule.PlanRest
	case schedule.Makeup:
		return o.rules.Shifts[o.rules.Makeup].ID
	default:
		return o.crewPlan(crew, d)
	}
}

// hours returns when a shift begins and ends, in seconds after midnight; of a flexible one, the earliest and latest arrival.
func (o *office) hours(shift string) (from, to domain.Seconds) {
	s := o.rules.Doc.Shifts[shift]
	blocks := append(append([]ruleset.Span{}, s.Work...), s.Plan...)
	if len(blocks) == 0 {
		return domain.Seconds(s.Start[0]), domain.Seconds(s.Start[1])
	}
	return domain.Seconds(blocks[0][0]), domain.Seconds(blocks[len(blocks)-1][1])
}

// at returns the instant of a clock time of the office; beyond 24 h it lies on the next date.
func (o *office) at(d domain.Date, clock domain.Seconds) domain.Seconds {
	return o.zone.Start(d+domain.Date(clock/domain.Day), clock%domain.Day)
}

// open founds the office: its site, rules, group and terminals.
func (s *sample) open(o *office) error {
	if _, _, err := s.w.publish(s.c, ledger.Release{Doc: o.rules.Doc, From: s.from, Author: s.c.cfg.As}); err != nil {
		return err
	}
	commands := []command{
		place.OpenSite{Site: o.site, Name: o.title, TZ: o.zone.Name(), Calendar: o.calendar.ID},
		o.fence(),
		people.CreateGroup{Group: o.group, Title: o.groupTitle},
		people.BindRuleset{Group: o.group, Ruleset: o.pack, From: s.from},
	}
	for _, id := range o.terminals {
		commands = append(commands, place.EnrolDevice{Device: id, Kind: place.Terminal, Model: o.models, TZ: o.zone.Name(), Site: o.site})
	}
	for _, c := range commands {
		if _, err := s.w.do(s.c, c); err != nil {
			return err
		}
	}
	return nil
}

// direction is what a terminal of the office says of a punch.
func (o *office) direction(d timecard.Direction) timecard.Direction {
	if o.typed {
		return d
	}
	return timecard.Auto
}
