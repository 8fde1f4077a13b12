package directory

import (
	"context"
	"slices"

	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore"
)

// Projector keeps people. It is stateless.
type Projector struct{}

// Name returns the name of its checkpoint.
func (Projector) Name() string { return "directory" }

// Apply folds what a batch says of people.
func (Projector) Apply(ctx context.Context, tx Tx, batch []eventstore.Decoded) error {
	changed := map[string]*Person{}
	for _, d := range batch {
		e, ok := d.Event.(people.EmployeeEvent)
		if !ok {
			continue
		}
		employee := d.Stream[len("employee-"):]
		p, ok := changed[employee]
		if !ok {
			stored, _, err := tx.Person(ctx, employee)
			if err != nil {
				return err
			}
			stored.Employee = employee
			p = &stored
			changed[employee] = p
		}
		p.apply(e)
	}
	for _, p := range changed {
		if err := tx.PutPerson(ctx, *p); err != nil {
			return err
		}
	}
	return nil
}

func (p *Person) apply(e people.EmployeeEvent) {
	switch e := e.(type) {
	case people.EmployeeRegistered:
		p.Name, p.NameEvent, p.HiredOn = e.Name, e.EventType(), e.HiredOn
		p.Group, p.Zone, p.Site, p.StaffNo = e.Group, e.WorkTZ, e.Site, e.StaffNo
	case people.AssignmentChanged:
		if !e.Name.IsZero() {
			p.Name, p.NameEvent = e.Name, e.EventType()
		}
		set(&p.Group, e.Group)
		set(&p.Zone, e.WorkTZ)
		set(&p.Site, e.Site)
		set(&p.StaffNo, e.StaffNo)
	case people.EmployeeTerminated:
		p.LastDay = e.LastDay
	case people.EmployeeRehired:
		p.LastDay = 0
	case people.BadgeAssigned:
		p.badge(e)
	case people.EmployeeSuspended, people.EmployeeResumed, people.NoticeAcknowledged, people.ConsentRecorded,
		people.WageRateSet, people.EarningRecorded, people.DelegationSet, people.DelegationEnded: // change nothing that this view shows
	}
}

func (p *Person) badge(e people.BadgeAssigned) {
	b := Badge{Secret: e.Badge, MAC: e.BadgeMAC, Device: e.Device, From: e.From, To: e.To}
	same := func(x Badge) bool { return x.MAC == b.MAC && x.Device == b.Device && x.From == b.From }
	if i := slices.IndexFunc(p.Badges, same); i >= 0 {
		p.Badges[i] = b
		return
	}
	p.Badges = append(p.Badges, b)
}

// set takes the last recorded value: the view shows where a person is going to belong, not the history.
func set(field *string, v *string) {
	if v != nil {
		*field = *v
	}
}
