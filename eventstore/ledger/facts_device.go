package ledger

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"sync"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
)

// chains are the heads of the chains of all devices that sign, as far as the log has been read or written by this process. They have
// a lock of their own: every punch moves one, and would else make all readers of the directory wait.
type chains struct {
	mu    sync.Mutex
	heads map[string]timecard.Head
}

func (c *chains) head(device string) timecard.Head {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heads[device]
}

// move changes the head of a device.
func (c *chains) move(device string, to func(timecard.Head) timecard.Head) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heads[device] = to(c.heads[device])
}

// Head returns how far the chain of a device has come.
func (d *Directory) Head(device string) timecard.Head { return d.chains.head(device) }

// advance sets the head of a device once what it rests on is in the log.
func (d *Directory) advance(device string, h timecard.Head) {
	d.chains.move(device, func(timecard.Head) timecard.Head { return h })
}

// signedMember stands in the data of every punch that a device signed, and in no other.
var signedMember = []byte(`"signed":"`)

// chained moves the head of a device by a record of a timecard. Other records are told by a look at their bytes, as the whole log
// passes here when the ledger is opened.
func (d *Directory) chained(rec eventstore.Record) {
	if domain.Category(rec.Stream) != timecard.Category || !bytes.Contains(rec.Data, signedMember) {
		return
	}
	var p struct {
		Device    string   `json:"device"`
		DeviceSeq int64    `json:"device_seq"`
		Signed    string   `json:"signed"`
		Hash      string   `json:"hash"`
		Reasons   []string `json:"reasons"`
		OffsetMS  int64    `json:"offset_ms"`
	}
	// What else is wrong with a record shows where it is read as a whole.
	if jsonv2.Unmarshal(rec.Data, &p) != nil || p.Device == "" || p.DeviceSeq == 0 {
		return
	}
	state, _ := d.states["device-"+p.Device].(place.DeviceState)
	key, _ := state.KeyFor(p.DeviceSeq)
	d.chains.move(p.Device, func(h timecard.Head) timecard.Head {
		return h.Apply(&timecard.PunchDetails{
			Device: p.Device, DeviceSeq: p.DeviceSeq, Signed: p.Signed, Hash: p.Hash, Reasons: p.Reasons, OffsetMS: p.OffsetMS,
		}, key.FromN)
	})
}

// devices finds devices by key and by person.
type devices struct {
	keys  map[string]string          // public key -> device that ever had it
	bound map[string]map[string]bool // employee -> devices that are the employee's now
}

func newDevices() devices {
	return devices{keys: map[string]string{}, bound: map[string]map[string]bool{}}
}

func (x devices) apply(e domain.Event) {
	switch e := e.(type) {
	case place.DeviceEnrolled:
		if e.PublicKey != "" {
			x.keys[e.PublicKey] = e.Device
		}
	case place.DeviceKeyRotated:
		x.keys[e.PublicKey] = e.Device
	case place.DeviceBound:
		if x.bound[e.Emp] == nil {
			x.bound[e.Emp] = map[string]bool{}
		}
		x.bound[e.Emp][e.Device] = true
	case place.DeviceUnbound:
		delete(x.bound[e.Emp], e.Device)
	case place.DeviceRetired:
		for _, devices := range x.bound {
			delete(devices, e.Device)
		}
	case place.DeviceHandedOver:
		for _, devices := range x.bound {
			delete(devices, e.Device)
		}
	}
}

// DevicesOf lists the devices that are an employee's now and may punch, sorted.
func (d *Directory) DevicesOf(emp string) []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Sorted(maps.Keys(d.index.devices.bound[emp]))
}

// keyUsedBy returns the device other than one that ever had a public key.
func (d *Directory) keyUsedBy(key, device string, itself bool) string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	used := d.index.devices.keys[key]
	if used == device && !itself {
		return ""
	}
	return used
}

func bindingFacts(d *Directory, s place.DeviceState, c place.DeviceCommand, f *place.DeviceFacts) {
	f.Origin = d.Org().Origin
	head := d.Head(s.ID)
	f.LastN, f.LastHash = head.N, head.Hash
	switch c := c.(type) {
	case place.BindDevice:
		f.EmployeeKnown = d.Employee(c.Emp).Exists()
		f.DevicesOf, f.DeviceLimit = len(d.DevicesOf(c.Emp)), d.deviceLimit()
	case place.RotateKey:
		f.KeyUsedBy = d.keyUsedBy(c.PublicKey, c.Device, true)
	case place.HandOver:
		to := d.Device(c.To)
		f.SuccessorKnown = to.Exists() && !to.Retired
	case place.EnrolDevice, place.SetTrust, place.CorrectDeviceClock, place.RecordOutage, place.RetireDevice, place.UnbindDevice,
		place.ConfirmDevice: // need nothing of this
	}
}

func (d *Directory) deviceLimit() int {
	n, err := strconv.Atoi(d.Org().Policies[people.DeviceLimit])
	if err != nil {
		return people.DefaultDeviceLimit
	}
	return n
}

// unconfirmed says what becomes of punches of devices that nobody confirmed on a second channel.
func (d *Directory) unconfirmed() timecard.Outcome {
	if d.Org().Policies[people.UnconfirmedDevices] == people.Label {
		return timecard.Accept
	}
	return timecard.Hold
}

// Policy finds the rules whose intake judges punches of an employee on a date, if there are any. A nil one finds those that govern.
type Policy func(employee string, on domain.Date) (*ruleset.Rules, bool)

// Judge returns what intake would make of a punch now, by the rules of a policy, and what that rests on. Secrets must be in clear.
func (d *Directory) Judge(v timecard.PunchDetails, rulesOn Policy) (timecard.Intake, map[string]string) {
	if rulesOn == nil {
		rulesOn = d.rulesOn
	}
	p := pins{"employee": d.pin("employee-" + v.Emp)}
	return d.intakeOf(&v, p, rulesOn), p
}

// UploadUntil returns until when the devices of an employee may hand punches in; zero while the employee is or will be employed.
func (d *Directory) UploadUntil(emp string, at domain.Instant) domain.Instant {
	s := d.Employee(emp)
	if len(s.Employment) == 0 {
		return 0
	}
	last := s.Employment[len(s.Employment)-1].Last
	if last == 0 {
		return 0
	}
	end := d.zoneOf(emp, at).Midnight(last + 1)
	return (end + timecard.UploadRight).Instant()
}
