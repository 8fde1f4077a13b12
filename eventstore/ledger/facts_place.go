package ledger

import (
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
)

func siteFacts(d *Directory, _ place.SiteState, c place.SiteCommand) (place.SiteFacts, pins) {
	var f place.SiteFacts
	if c, ok := c.(place.OpenSite); ok {
		f.ZoneKnown = knownZone(c.TZ)
		f.CalendarKnown = c.Calendar == "" || d.Calendar(c.Calendar).Exists()
	}
	return f, nil
}

func deviceFacts(d *Directory, s place.DeviceState, c place.DeviceCommand) (place.DeviceFacts, pins) {
	f := place.DeviceFacts{DualControl: d.dualControl()}
	switch c := c.(type) {
	case place.EnrolDevice:
		f.ZoneKnown = knownZone(c.TZ)
		f.SiteOpen = c.Site == "" || d.Site(c.Site).Exists()
		f.KeyUsedBy = d.keyUsedBy(c.PublicKey, c.Device, false)
	case place.CorrectDeviceClock:
		f.BatchKnown = d.batchKnown(s.ID, c.Fix.Batch)
	case place.BindDevice, place.UnbindDevice, place.ConfirmDevice, place.RotateKey, place.HandOver:
		bindingFacts(d, s, c, &f)
	case place.SetTrust, place.RecordOutage, place.RetireDevice: // need nothing from elsewhere
	}
	return f, nil
}

// DualControl reports whether the policy asks for a second person: where it does not, duties are single.
func (d *Directory) DualControl() bool { return d.dualControl() }

// dualControl reports whether acts that need it take two persons.
func (d *Directory) dualControl() bool { return d.Org().Policies[people.DualControl] == people.On }

func intakeFacts(d *Directory, _ place.IntakeState, c place.IntakeCommand) (place.IntakeFacts, pins) {
	var f place.IntakeFacts
	switch c := c.(type) {
	case place.RecordImportBatch:
		f.DeviceKnown, f.ZoneKnown = d.Device(c.Device).Exists(), knownZone(c.Zone)
	case place.QuarantinePunches:
		f.DeviceKnown = d.Device(c.Device).Exists()
	case place.AttributePunches:
		f.EmployeeKnown = d.Employee(c.Emp).Exists()
	case place.ReceiveOfflineBatch:
		f.DeviceKnown = d.Device(c.Device).Exists()
	case place.VoidImportBatch, place.RequeuePunches: // need nothing from elsewhere
	}
	return f, nil
}
