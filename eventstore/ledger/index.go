package ledger

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/whatif"
)

// index finds streams of the directory by what their events say.
type index struct {
	badges map[string][]string               // MAC of a badge -> employees that ever held it
	zones  map[string]bool                   // zones in which somebody works, a site lies or rules are read
	turned map[string]domain.Date            // zone -> last date that is over
	begun  map[string]map[string]domain.Date // replay -> turned, as it was when the replay was asked for
	rules  map[string]*ruleset.Rules

	devices devices

	voided    map[string]bool                   // batches that were taken back
	batches   map[string]bool                   // device and import batch that were recorded
	waiting   map[string]quarantined            // row of a punch in quarantine -> where it waits
	approvals map[string][]approval             // employee -> approvals in force
	rostered  map[string]map[string]domain.Date // employee -> shift -> last date rostered
	swaps     map[string][]schedule.DaySwapped  // employee -> swaps in force
	area      area
	planned   map[string]map[domain.Date]string // employee -> date of the last months -> shift or kind of rest
	requests  requestIndex

	people    []string            // employees, as they were registered
	led       map[string][]string // manager -> employees who ever had this manager
	persons   map[string][]string // person -> employee ids of one human being
	delegates map[string][]string // delegate -> employees who ever named this delegate
	owners    map[string]bool     // principals who were ever given the role of an owner
	reads     map[string][]*Read  // employee -> reads of what is kept about them
}

// quarantined is where a punch of an unknown person waits.
type quarantined struct {
	device string
	on     domain.Date // UTC date of receipt
	emp    string      // to whom it was attributed
	punch  place.PunchQuarantined
}

type approval struct {
	request string
	kind    request.Kind
	year    int
	target  request.Subject
}

// indexed are the categories of which only the index is kept, not the state.
var indexed = map[string]bool{"intake": true, "roster": true, "request": true, "audit": true}

func newIndex() index {
	return index{
		badges: map[string][]string{}, zones: map[string]bool{}, turned: map[string]domain.Date{}, rules: map[string]*ruleset.Rules{},
		begun: map[string]map[string]domain.Date{}, batches: map[string]bool{}, voided: map[string]bool{}, waiting: map[string]quarantined{}, approvals: map[string][]approval{},
		rostered: map[string]map[string]domain.Date{}, swaps: map[string][]schedule.DaySwapped{}, area: newArea(), devices: newDevices(), planned: map[string]map[domain.Date]string{}, requests: newRequestIndex(),
		led: map[string][]string{}, persons: map[string][]string{}, delegates: map[string][]string{}, owners: map[string]bool{},
		reads: map[string][]*Read{},
	}
}

func (x *index) apply(e domain.Event) {
	x.devices.apply(e)
	switch e := e.(type) {
	case people.BadgeAssigned:
		once(x.badges, e.BadgeMAC, e.Emp)
	case people.EmployeeRegistered:
		x.zone(e.WorkTZ)
		x.people = append(x.people, e.Emp)
		once(x.led, e.Manager, e.Emp)
		once(x.persons, e.Person, e.Emp)
	case people.AssignmentChanged:
		if e.Manager != nil {
			once(x.led, *e.Manager, e.Emp)
		}
		if e.WorkTZ != nil {
			x.zone(*e.WorkTZ)
		}
	case people.DelegationSet:
		once(x.delegates, e.Delegate, e.Emp)
	case access.AccessGranted:
		if e.Role == access.Owner {
			x.owners[e.Principal] = true
		}
	case place.SiteOpened:
		x.zone(e.TZ)
	case place.SiteFencesSet:
		x.area.fences(e)
	case place.SiteNetworksSet:
		x.area.networks(e)
	case ruleset.RulesetPublished:
		// A document that this build cannot compile is not used by decisions; the projector stops at it and says so.
		if doc, err := ruleset.ParseStored(e.Doc); err == nil {
			if rules, err := ruleset.Compile(doc, e.Hash); err == nil {
				x.rules[e.Hash] = rules
				x.zone(doc.Timezone)
			}
		}
	case schedule.DayTurned:
		x.turned[e.TZ] = max(x.turned[e.TZ], e.Date)
	case whatif.ReplayRequested:
		x.begun[e.Replay] = maps.Clone(x.turned)
	case place.ImportBatchRecorded:
		x.batches[e.Device+"/"+e.Batch] = true
	case place.ImportBatchVoided:
		x.voided[e.Batch] = true
	case place.PunchQuarantined:
		x.waiting[e.Row] = quarantined{device: e.Device, on: domain.DateOfUnix(e.ReceivedAt.Seconds()), punch: e}
	case place.PunchAttributed:
		w := x.waiting[e.Row]
		w.emp = e.Emp
		x.waiting[e.Row] = w
	case request.Event:
		x.request(e)
	case schedule.RosterEvent:
		x.rosterEvent(e)
	}
}

// rosterEvent keeps which shifts are rostered, what is planned, and which days are swapped.
func (x *index) rosterEvent(e schedule.RosterEvent) {
	switch e := e.(type) {
	case schedule.RosterMonthSet:
		for _, day := range e.Days {
			x.roster(e.Emp, day.Shift, day.Date)
		}
		x.plan(e)
	case schedule.RosterDayChanged:
		x.roster(e.Emp, e.After.Shift, e.Date)
		x.planDay(e.Emp, e.Date, e.After.Shift)
	case schedule.DaySwapped:
		x.swaps[e.Emp] = append(x.swaps[e.Emp], e)
	case schedule.DaySwapRevoked:
		x.swaps[e.Emp] = slices.DeleteFunc(x.swaps[e.Emp], func(s schedule.DaySwapped) bool {
			return s.WorkDate == e.WorkDate && s.RestDate == e.RestDate
		})
	}
}

// once adds v to the list of k, if it is not there and neither is empty.
func once(lists map[string][]string, k, v string) {
	if k != "" && v != "" && !slices.Contains(lists[k], v) {
		lists[k] = append(lists[k], v)
	}
}

func (x index) roster(emp, shift string, date domain.Date) {
	if x.rostered[emp] == nil {
		x.rostered[emp] = map[string]domain.Date{}
	}
	for _, s := range (schedule.Slot{Shift: shift}).Shifts() {
		x.rostered[emp][s] = max(x.rostered[emp][s], date)
	}
}

func (x index) zone(name string) {
	if name != "" {
		x.zones[name] = true
	}
}

// Employee returns an employee; one that does not exist has the zero state.
func (d *Directory) Employee(id string) people.EmployeeState {
	return stateOf[people.EmployeeState](d, "employee-"+id)
}

// Group returns an attendance group.
func (d *Directory) Group(id string) people.GroupState {
	return stateOf[people.GroupState](d, "group-"+id)
}

// Ruleset returns a ruleset with its drafts and versions.
func (d *Directory) Ruleset(id string) ruleset.RulesetState {
	return stateOf[ruleset.RulesetState](d, "ruleset-"+id)
}

// Calendar returns a calendar.
func (d *Directory) Calendar(id string) schedule.CalendarState {
	return stateOf[schedule.CalendarState](d, "calendar-"+id)
}

// Site returns a site.
func (d *Directory) Site(id string) place.SiteState {
	return stateOf[place.SiteState](d, "site-"+id)
}

// Device returns a device.
func (d *Directory) Device(id string) place.DeviceState {
	return stateOf[place.DeviceState](d, "device-"+id)
}

// Replay returns a replay.
func (d *Directory) Replay(id string) whatif.State {
	return stateOf[whatif.State](d, whatif.Stream(id))
}

// Org returns the organisation.
func (d *Directory) Org() people.OrgState { return stateOf[people.OrgState](d, people.OrgStream) }

// BadgeHolder returns the employee who holds a badge, named by its MAC, on a device and date.
func (d *Directory) BadgeHolder(mac, device string, date domain.Date) (string, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	best, exact := "", false
	for _, emp := range d.index.badges[mac] {
		s, _ := d.states["employee-"+emp].(people.EmployeeState)
		if b, ok := s.BadgeOn(mac, device, date); ok && (best == "" || b.Device != "" && !exact) {
			best, exact = emp, b.Device != ""
		}
	}
	return best, best != ""
}

// Quarantined reports whether a row waits or has waited in quarantine, and to whom it was attributed, if it was. One that was taken
// back with its import is not there.
func (d *Directory) Quarantined(row string) (employee string, ok bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	w, ok := d.index.waiting[row]
	return w.emp, ok && !d.index.voided[w.punch.Batch]
}

// Waiting returns the punches in quarantine that carry a badge, named by its MAC, and were attributed to nobody yet, by row.
func (d *Directory) Waiting(badgeMAC string) []place.PunchQuarantined {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var out []place.PunchQuarantined
	for _, w := range d.index.waiting {
		if w.emp == "" && !d.index.voided[w.punch.Batch] && (badgeMAC == "" || w.punch.BadgeMAC == badgeMAC) {
			out = append(out, w.punch)
		}
	}
	slices.SortFunc(out, func(a, b place.PunchQuarantined) int {
		return cmp.Or(cmp.Compare(a.EffectiveAt, b.EffectiveAt), cmp.Compare(a.Row, b.Row))
	})
	return out
}

func (d *Directory) batchKnown(device, batch string) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.index.batches[device+"/"+batch]
}

// IDs lists what exists in a category, such as employee or group, sorted.
func (d *Directory) IDs(category string) []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var out []string
	for stream := range d.states {
		if c, id, _ := strings.Cut(stream, "-"); c == category {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// Zones lists the zones in use, sorted.
func (d *Directory) Zones() []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Sorted(maps.Keys(d.index.zones))
}

// Turned returns the last date that is over in a zone; zero when none has been turned.
func (d *Directory) Turned(zone string) domain.Date {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.index.turned[zone]
}

// rulesOn returns the rules that govern an employee on a date, if any do.
func (d *Directory) rulesOn(employee string, date domain.Date) (*ruleset.Rules, bool) {
	a, ok := d.Employee(employee).AssignmentOn(date)
	if !ok {
		return nil, false
	}
	b, ok := d.Group(a.Group).BindingOn(date)
	if !ok {
		return nil, false
	}
	v, ok := d.Ruleset(b.Ruleset).Governing(date)
	if !ok {
		return nil, false
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	rules, ok := d.index.rules[v.Hash]
	return rules, ok
}
