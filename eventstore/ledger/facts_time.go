package ledger

import (
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
)

// maxOpen is how long after midnight the work of the day before may go on: a punch out of a last night shift still counts.
const maxOpen = 16 * domain.Hour

func timecardFacts(d *Directory, _ timecard.State, c timecard.Command) (timecard.Facts, pins) {
	var f timecard.Facts
	switch c := c.(type) {
	case timecard.RecordPunch:
		return d.intake(c)
	case timecard.RecordPunches:
		return d.intake(c.Punches...)
	case timecard.AddPunch:
		f.NotEmployed = !d.employedAt(c.Emp, c.EffectiveAt)
		return f, pins{"employee": d.pin("employee-" + c.Emp)}
	case timecard.CreditDay:
		f.NotEmployed = !d.Employee(c.Emp).EmployedOn(c.Date)
		f.NotApproved = c.Grounds.Request != "" && !d.approved(c.Emp, c.Grounds.Request)
		return f, pins{"employee": d.pin("employee-" + c.Emp)}
	case timecard.ReleasePunch, timecard.RefusePunch, timecard.AdmitPunch, timecard.AppealPunch, timecard.IdentifyPunch, timecard.VoidPunch, timecard.VoidPunches, timecard.RetimePunch,
		timecard.RedirectPunch, timecard.RevokeCredit, timecard.AcknowledgeAnomaly, timecard.WaiveAnomaly, timecard.AttestDay:
		// decide on the timecard alone
	}
	return f, nil
}

// intake gathers what is known of punches of one timecard.
func (d *Directory) intake(punches ...timecard.RecordPunch) (timecard.Facts, pins) {
	f := timecard.Facts{Intake: make(map[string]timecard.Intake, len(punches))}
	if len(punches) == 0 {
		return f, nil
	}
	first := punches[0].Details
	p := pins{"employee": d.pin("employee-" + first.Emp)}
	for i := range punches {
		v := &punches[i].Details
		f.Intake[v.Punch] = d.intakeOf(v, p, d.rulesOn)
	}
	return f, p
}

// intakeOf is what intake makes of one punch by the rules of a policy.
func (d *Directory) intakeOf(v *timecard.PunchDetails, p pins, rulesOn Policy) timecard.Intake {
	in := timecard.Intake{NotEmployed: !d.employedAt(v.Emp, v.EffectiveAt)}
	if v.Device != "" {
		in.DeviceBlocked = !d.Device(v.Device).AcceptsAt(v.EffectiveAt)
		p["device"] = d.pin("device-" + v.Device)
	}
	d.judge(&in, v, p, rulesOn)
	return in
}

// employedAt reports whether an employee is employed on the local date of an instant, or was on the date whose work may still go on.
func (d *Directory) employedAt(employee string, at domain.Instant) bool {
	s := d.Employee(employee)
	if !s.Exists() {
		return false
	}
	z := d.zoneOf(employee, at)
	return s.EmployedOn(z.DateOf(at.Seconds())) || s.EmployedOn(z.DateOf(at.Seconds()-maxOpen))
}

// zoneOf returns the zone in which an employee works: the assignment's, else, or where the rules say so, the rules', else UTC. East of Greenwich the local date
// is ahead of the UTC date, so on the eve of the first day the first assignment counts.
func (d *Directory) zoneOf(employee string, at domain.Instant) *zone.Zone {
	name := "UTC"
	for date := domain.DateOfUnix(at.Seconds()); date <= domain.DateOfUnix(at.Seconds())+1; date++ {
		rules, governed := d.rulesOn(employee, date)
		if a, ok := d.Employee(employee).AssignmentOn(date); ok && a.WorkTZ != "" && !(governed && rules.OwnZone) {
			name = a.WorkTZ
			break
		}
		if governed {
			name = rules.Doc.Timezone
			break
		}
	}
	z, err := zone.Embedded().Zone(name)
	if err != nil { // both names were checked when they were recorded
		panic("ledger: " + err.Error())
	}
	return z
}

// Zone returns the name of the zone in which an employee works at an instant.
func (d *Directory) Zone(employee string, at domain.Instant) string {
	return d.zoneOf(employee, at).Name()
}

func (d *Directory) approved(employee, id string) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.ContainsFunc(d.index.approvals[employee], func(a approval) bool { return a.request == id })
}

// approvedOn lists the kinds of requests that are approved for some time of a date.
func (d *Directory) approvedOn(employee string, z *zone.Zone, date domain.Date) []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	list := d.index.approvals[employee]
	if len(list) == 0 {
		return nil
	}
	from, to := z.Midnight(date).Instant(), z.Midnight(date+1).Instant()
	var out []string
	for _, a := range list {
		if kind := string(a.kind); a.target.From < to && from < a.target.To && !slices.Contains(out, kind) {
			out = append(out, kind)
		}
	}
	return out
}

// neighbours returns the other streams that may already hold the request of a command: a punch whose time was computed anew may
// lie on the other side of a month's edge.
func neighbours(c Command) []string {
	punch, ok := c.(timecard.RecordPunch)
	if !ok {
		return nil
	}
	d := punch.Details
	var out []string
	for _, at := range []domain.Instant{d.EffectiveAt - timecard.MaxRetime.Instant(), d.EffectiveAt + timecard.MaxRetime.Instant()} {
		if s := timecard.CardAt(d.Emp, at).Stream(); s != c.Stream() {
			out = append(out, s)
		}
	}
	return out
}
