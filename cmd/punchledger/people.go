package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections/directory"
)

type peopleCmd struct {
	List      peopleListCmd      `cmd:"" default:"withargs" help:"List employees."`
	Add       peopleAddCmd       `cmd:"" help:"Register an employee."`
	Import    peopleImportCmd    `cmd:"" help:"Bring in a list of people, CSV or XLSX: new ones are registered, changes take effect on a date."`
	Map       peopleMapCmd       `cmd:"" help:"Say whose the badges are for which punches wait."`
	Assign    peopleAssignCmd    `cmd:"" help:"Change group, zone, site, tags, manager or unit from a date on."`
	Badge     peopleBadgeCmd     `cmd:"" help:"Give a badge to an employee; punches that waited for it are attributed."`
	Terminate peopleTerminateCmd `cmd:"" help:"End an employment."`

	Delegate   peopleDelegateCmd   `cmd:"" help:"Name a deputy who decides instead of a manager."`
	Undelegate peopleUndelegateCmd `cmd:"" help:"End a delegation."`
	Deputies   peopleDeputiesCmd   `cmd:"" help:"List delegations."`
}

type peopleListCmd struct{ pastFlag }

func (cmd *peopleListCmd) Run(c *console) error {
	return c.viewing(window{AsOf: cmd.AsOf}, func(v *view) error {
		n := v.names
		d, date, err := v.peopleOn(c)
		if err != nil {
			return err
		}
		t, err := c.table("employee", "name", "group", "zone", "site", "hired_on", "last_day", "badge")
		if err != nil {
			return err
		}
		for _, p := range n.people {
			terms := termsOn(d.Employee(p.Employee), date)
			badges, err := v.badges(c, p, date)
			if err != nil {
				return err
			}
			err = t.add(map[string]any{
				"emp": p.Employee, "name": n.of(p.Employee), "group": terms.Group, "zone": terms.WorkTZ, "site": terms.Site, "tags": terms.Tags,
				"hired_on": p.HiredOn, "last_day": p.LastDay, "badges": badges,
			}, p.Employee, n.of(p.Employee), terms.Group, terms.WorkTZ, terms.Site, p.HiredOn.String(), p.LastDay.String(), strings.Join(badges, " "))
			if err != nil {
				return err
			}
		}
		return t.end()
	})
}

// badges opens the badges that a person holds on a date.
func (r *reader) badges(c *console, p directory.Person, date domain.Date) ([]string, error) {
	out := []string{}
	for _, b := range p.Badges {
		if !max(date, p.HiredOn).Covers(b.From, b.To) {
			continue
		}
		number, err := r.open(c.ctx, "employee-"+p.Employee, people.BadgeAssigned{}.EventType(), b.Secret)
		if err != nil {
			return nil, fmt.Errorf("open a badge of %s: %w", p.Employee, err)
		}
		out = append(out, number)
	}
	return out, nil
}

type peopleAddCmd struct {
	ID    string   `name:"id" help:"Opaque id; made up when left out." placeholder:"ID"`
	Name  string   `required:"" help:"Name; it is sealed before it is stored."`
	Group string   `required:"" help:"Attendance group."`
	Hired string   `required:"" help:"First day." placeholder:"DATE"`
	TZ    string   `name:"tz" help:"Zone of work; the rules' zone when left out."`
	Site  string   `help:"Site."`
	Tags  []string `help:"Tags that rules select on."`

	Manager string `help:"Employee who leads."`
	Unit    string `help:"Org unit."`
	Badge   string `help:"Badge number on clocks."`
}

func (cmd *peopleAddCmd) Run(c *console) error {
	hired, err := optionalDate("hired", cmd.Hired)
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		p := newcomer{
			id: cmd.ID, name: cmd.Name, hired: hired, badge: cmd.Badge,
			terms: people.Terms{Group: cmd.Group, WorkTZ: cmd.TZ, Site: cmd.Site, Tags: cmd.Tags, Manager: cmd.Manager, OrgUnit: cmd.Unit},
		}
		r, err := w.register(c, p)
		if err != nil {
			return err
		}
		return w.done(c, r, strings.TrimPrefix(r.Stream, "employee-"))
	})
}

// newcomer is an employee to register, with the badge to give.
type newcomer struct {
	id, name, badge, device, staffNo string
	hired, last                      domain.Date // last is zero while the employment goes on
	terms                            people.Terms
}

// register registers an employee, gives the badge and attributes what waited for it. The receipt is the registration's.
func (w *writer) register(c *console, p newcomer) (ledger.Receipt, error) {
	if p.id == "" {
		p.id = "e" + strings.ReplaceAll(w.newID(), "-", "")[:12]
	}
	p.terms.StaffNo = p.staffNo
	r, err := w.do(c, people.RegisterEmployee{Emp: p.id, Name: p.name, HiredOn: p.hired, Terms: p.terms})
	if err != nil {
		return r, err
	}
	if p.last != 0 {
		if _, err := w.do(c, people.TerminateEmployee{Emp: p.id, LastDay: p.last, ReasonCode: "left"}); err != nil {
			return r, err
		}
	}
	if p.badge == "" {
		return r, nil
	}
	_, err = w.giveBadge(c, p.id, p.badge, p.device, p.hired)
	if wrong, ok := errors.AsType[*domain.Error](err); ok { // what is recorded by now stays, and is said
		err = domain.NewError(wrong.Kind, "badge_not_given", "emp", p.id, "problem", strings.TrimRight(c.text.Error(text.ShownError(wrong)).What, ".。"))
	}
	return r, err
}

// giveBadge assigns a badge and attributes the punches that waited for it.
func (w *writer) giveBadge(c *console, emp, badge, device string, from domain.Date) (ledger.Receipt, error) {
	mac := w.badgeMAC(badge)
	r, err := w.do(c, people.AssignBadge{Emp: emp, Badge: badge, BadgeMAC: mac, Device: device, From: from})
	if err != nil {
		return r, err
	}
	n, err := w.attribute(c, mac)
	if n.Counted() > 0 {
		c.say("cli.attributed", "count", fmt.Sprint(n.Counted()), "emp", emp)
	}
	c.rejected(n.Reasons())
	return r, err
}

type peopleAssignCmd struct {
	Employee string    `arg:"" help:"Employee."`
	From     string    `required:"" help:"From this date on." placeholder:"DATE"`
	Group    *string   `help:"Attendance group."`
	TZ       *string   `name:"tz" help:"Zone of work."`
	Site     *string   `help:"Site."`
	Tags     *[]string `help:"Tags."`
	Manager  *string   `help:"Employee who leads; empty for nobody."`
	Unit     *string   `help:"Org unit; empty for none."`
}

func (cmd *peopleAssignCmd) Run(c *console) error {
	from, err := optionalDate("from", cmd.From)
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		return w.act(c, people.ChangeAssignment{
			Emp: cmd.Employee, EffectiveOn: from,
			Change: people.TermsChange{
				Group: cmd.Group, WorkTZ: cmd.TZ, Site: cmd.Site, Tags: cmd.Tags, Manager: cmd.Manager, OrgUnit: cmd.Unit,
			},
		}, "")
	})
}

type peopleBadgeCmd struct {
	Employee string `arg:"" help:"Employee."`
	Badge    string `arg:"" help:"Number as clocks write it."`
	From     string `help:"First date; the first day of employment when left out." placeholder:"DATE"`
	Device   string `help:"Only on this clock."`
}

func (cmd *peopleBadgeCmd) Run(c *console) error {
	from, err := optionalDate("from", cmd.From)
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		if from == 0 {
			from = w.ledger.Directory().Employee(cmd.Employee).Hired()
		}
		r, err := w.giveBadge(c, cmd.Employee, cmd.Badge, cmd.Device, max(from, 1))
		if err != nil {
			return err
		}
		return w.done(c, r, "")
	})
}

type peopleTerminateCmd struct {
	Employee string `arg:"" help:"Employee."`
	LastDay  string `required:"" help:"Last day of employment." placeholder:"DATE"`
	Reason   string `help:"Reason code." default:"resigned"`
}

func (cmd *peopleTerminateCmd) Run(c *console) error {
	last, err := optionalDate("last-day", cmd.LastDay)
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		return w.act(c, people.TerminateEmployee{Emp: cmd.Employee, LastDay: last, ReasonCode: cmd.Reason}, "")
	})
}
