package main

import (
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type sitesCmd struct {
	List sitesListCmd `cmd:"" default:"withargs" help:"List sites."`
	Add  sitesAddCmd  `cmd:"" help:"Open a site."`

	Rename   sitesRenameCmd   `cmd:"" help:"Give a site another name."`
	Fence    sitesFenceCmd    `cmd:"" help:"Fences: where the site is."`
	Networks sitesNetworksCmd `cmd:"" help:"Networks of the office: set them, or list them."`
	Code     sitesCodeCmd     `cmd:"" help:"Rotating code that the site shows: turn it on or off, or print the present one."`
}

type sitesListCmd struct{ pastFlag }

func (cmd *sitesListCmd) Run(c *console) error {
	return c.directory(cmd.AsOf, func(d *ledger.Directory) error {
		t, err := c.table("site", "title", "zone", "calendar")
		if err != nil {
			return err
		}
		for _, id := range d.IDs("site") {
			s := d.Site(id)
			err := t.add(map[string]any{"site": id, "title": s.Name, "zone": s.TZ, "calendar": s.Calendar}, id, s.Name, s.TZ, s.Calendar)
			if err != nil {
				return err
			}
		}
		return t.end()
	})
}

type sitesAddCmd struct {
	ID       string `arg:"" help:"Id."`
	Name     string `required:"" help:"Name."`
	TZ       string `name:"tz" required:"" help:"Zone, such as Europe/Berlin."`
	Calendar string `help:"Calendar of the place; its shipped years are published with it."`
}

func (cmd *sitesAddCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		if err := w.publishCalendar(c, cmd.Calendar); err != nil {
			return err
		}
		return w.act(c, place.OpenSite{Site: cmd.ID, Name: cmd.Name, TZ: cmd.TZ, Calendar: cmd.Calendar}, "")
	})
}

type rosterCmd struct {
	Set rosterSetCmd `cmd:"" help:"Plan single dates of an employee."`
}

type rosterSetCmd struct {
	Employee string   `arg:"" help:"Employee."`
	Days     []string `arg:"" help:"DATE=SHIFT, where the shift may be rest or legal_rest; DATE= gives the date back to the weekly plan."`
	Reason   string   `help:"Reason, for colleagues to read." default:"planned"`
}

func (cmd *rosterSetCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		now := domain.InstantOf(w.now())
		z, err := zone.Embedded().Zone(w.ledger.Directory().Zone(cmd.Employee, now))
		if err != nil {
			return err
		}
		plan := make([]ledger.Request, len(cmd.Days))
		for i, day := range cmd.Days {
			on, shift, ok := strings.Cut(day, "=")
			date, err := domain.ParseDate(on)
			if err != nil || !ok {
				return wrongValue("DAYS", day, "not_a_roster_day")
			}
			day := schedule.ChangeRosterDay{
				Emp: cmd.Employee, Date: date, After: schedule.Slot{Shift: shift}, Reason: cmd.Reason, AnnouncedAt: now, Today: z.DateOf(now.Seconds()),
			}
			plan[i] = ledger.Request{ID: w.commandID(day.Stream()), Command: day, Actor: c.actor()}
			// All dates are looked at before the first is planned, so that a wrong one leaves nothing half done.
			look := plan[i]
			look.DryRun = true
			if _, err := w.ledger.Do(c.ctx, look); err != nil {
				return err
			}
		}
		for _, day := range plan {
			r, err := w.ledger.Do(c.ctx, day)
			if err == nil {
				err = c.acknowledge(r)
			}
			if err != nil {
				return err
			}
			if err := w.done(c, r, ""); err != nil {
				return err
			}
		}
		return nil
	})
}

type devicesCmd struct {
	List devicesListCmd `cmd:"" default:"withargs" help:"List clocks and other devices."`

	Enrol   devicesEnrolCmd   `cmd:"" help:"Enrol a phone, a browser or a kiosk with its public key."`
	Bind    devicesBindCmd    `cmd:"" help:"Give a device to an employee."`
	Release devicesReleaseCmd `cmd:"" help:"Take a device from its employee."`
	Confirm devicesConfirmCmd `cmd:"" help:"Say that an enrolment was seen on a second channel."`
	Block   devicesBlockCmd   `cmd:"" help:"Believe a device no more, from when it was lost."`
	Replace devicesReplaceCmd `cmd:"" help:"Let another device take its place."`
	Retire  devicesRetireCmd  `cmd:"" help:"Take a device out of use for ever."`
	Ticket  devicesTicketCmd  `cmd:"" help:"Issue an offline ticket to a device."`

	Add devicesAddCmd `cmd:"" help:"Enrol a clock or a source of files."`
	Fix devicesFixCmd `cmd:"" help:"Correct the punches of a clock that was wrong; old and new times are kept."`
}

type devicesListCmd struct{ pastFlag }

func (cmd *devicesListCmd) Run(c *console) error {
	return c.directory(cmd.AsOf, func(d *ledger.Directory) error {
		t, err := c.table("device", "type", "zone", "site", "employee", "state")
		if err != nil {
			return err
		}
		for _, id := range d.IDs("device") {
			s := d.Device(id)
			err := t.add(map[string]any{
				"device": id, "kind": s.Kind, "zone": s.TZ, "site": s.Site, "trust": s.Trust, "retired": s.Retired,
				"employee": s.BoundTo(), "confirmed": s.Confirmed, "last_n": d.Head(id).N,
			}, id, string(s.Kind), s.TZ, s.Site, s.BoundTo(), stateOfDevice(s))
			if err != nil {
				return err
			}
		}
		return t.end()
	})
}

type devicesAddCmd struct {
	ID   string `arg:"" help:"Id: a-z, 0-9, _ and ."`
	Kind string `help:"terminal or import." enum:"terminal,import" default:"terminal"`
	TZ   string `name:"tz" required:"" help:"Zone in which its clock runs."`
	Site string `help:"Site where it hangs."`
}

func (cmd *devicesAddCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		return w.act(c, place.EnrolDevice{Device: cmd.ID, Kind: place.DeviceKind(cmd.Kind), TZ: cmd.TZ, Site: cmd.Site}, "")
	})
}
