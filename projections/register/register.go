// Package register lists the privileged acts of a ledger: those by which somebody changed another one's pay, evidence, rights or device.
//
// It reads the log itself and keeps nothing, so that no view stands between an act and those who look for it.
package register

import (
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
)

// Touch is what an act changes.
type Touch string

// What acts change.
const (
	Pay      Touch = "pay"
	Evidence Touch = "evidence"
	Rights   Touch = "rights"
	Device   Touch = "device"
)

// touches are the events that are privileged acts, by their stored names. A test asks for a word on every event there is.
var touches = map[string]Touch{
	"PunchAdded": Pay, "PunchVoided": Pay, "PunchRetimed": Pay, "PunchRedirected": Pay,
	"PunchReleased": Pay, "PunchRefused": Pay, "PunchAdmitted": Pay,
	"DayCredited": Pay, "DayCreditRevoked": Pay, "AnomalyWaived": Pay,
	"ExternalDecisionRecorded": Pay, "WageRateSet": Pay, "EarningRecorded": Pay, "AssignmentChanged": Pay,
	"EmployeeSuspended": Pay, "EmployeeResumed": Pay, "EmployeeTerminated": Pay, "EmployeeRehired": Pay,
	"RosterMonthSet": Pay, "RosterDayChanged": Pay, "DaySwapped": Pay, "DaySwapRevoked": Pay, "ReplayAdopted": Pay,
	"RequestApproved": Pay, "RequestRejected": Pay, "RequestRevoked": Pay,
	"BankPosted": Pay, "BankPostingVoided": Pay,

	"PunchAttributed": Evidence, "ImportBatchVoided": Evidence, "ConsentRecorded": Evidence,

	"AccessGranted": Rights, "AccessConfirmed": Rights, "AccessRevoked": Rights, "PrincipalNamed": Rights,
	"CredentialAdded": Rights, "CredentialRemoved": Rights,
	"DelegationSet": Rights, "DelegationEnded": Rights, "PolicySet": Rights, "RequestReassigned": Rights,

	"BadgeAssigned": Device, "DeviceEnrolled": Device, "DeviceTrustChanged": Device, "DeviceClockCorrected": Device,
	"DeviceOutageRecorded": Device, "DeviceRetired": Device, "DeviceBound": Device, "DeviceUnbound": Device, "DeviceConfirmed": Device,
	"DeviceKeyRotated": Device, "DeviceHandedOver": Device,
}

// Of returns what an event of a type changes, if it is a privileged act.
func Of(eventType string) (Touch, bool) {
	t, ok := touches[eventType]
	return t, ok
}

// Act is one privileged act.
type Act struct {
	Position   eventstore.Position `json:"position"`
	Event      string              `json:"event"` // its id
	RecordedAt domain.Instant      `json:"recorded_at"`
	Actor      domain.Actor        `json:"actor"`
	Act        string              `json:"act"` // the stored name of the event
	Touches    Touch               `json:"touches"`
	Subject    string              `json:"subject"` // the employee, principal or device that it is about; empty for what is about all
	About      string              `json:"about,omitempty"`
	On         string              `json:"on,omitempty"` // the date or instant that it is about, as the event has it
	Reason     string              `json:"reason,omitempty"`
	Seconds    domain.Seconds      `json:"seconds,omitempty"` // that the event itself names: credited, posted, or by which a punch was moved
	Effect     *Effect             `json:"effect,omitempty"`  // where it was asked for
}

// Read returns the privileged acts of people in the order of the log. records are numbered, as by eventstore.Number. What devices and
// the system do by themselves is left out: it follows from acts that are here.
func Read(records iter.Seq2[eventstore.Record, error]) iter.Seq2[Act, error] {
	return func(yield func(Act, error) bool) {
		for rec, err := range records {
			if err != nil {
				yield(Act{}, err)
				return
			}
			touch, privileged := touches[rec.Type]
			if !privileged {
				continue
			}
			meta, err := rec.DecodeMetadata()
			if err != nil {
				yield(Act{}, err)
				return
			}
			if meta.Actor.Kind == domain.ActorSystem || meta.Actor.Kind == domain.ActorDevice {
				continue
			}
			a, err := read(rec, touch)
			if err != nil {
				yield(Act{}, fmt.Errorf("read event %d: %w", rec.Position, err))
				return
			}
			if a.RecordedAt, a.Actor = meta.RecordedAt, meta.Actor; !yield(a, nil) {
				return
			}
		}
	}
}

// said is what events say of an act, each under the name that it has in their data.
type said struct {
	Emp       string `json:"emp"`
	Principal string `json:"principal"`
	Device    string `json:"device"`

	Punch      string `json:"punch"`
	Row        string `json:"row"`
	Credit     string `json:"credit"`
	Key        string `json:"key"`
	Request    string `json:"request"`
	Grant      string `json:"grant"`
	Credential string `json:"credential"`
	Delegation string `json:"delegation"`
	Batch      string `json:"batch"`
	Policy     string `json:"policy"`
	Replay     string `json:"replay"`

	Date        string `json:"date"`
	Month       string `json:"month"`
	EffectiveOn string `json:"effective_on"`
	LastDay     string `json:"last_day"`
	WorkDate    string `json:"work_date"`
	From        string `json:"from"`

	Target struct {
		Date string `json:"date"`
	} `json:"target"`

	Reason     string `json:"reason"`
	ReasonCode string `json:"reason_code"`
	Purpose    string `json:"purpose"`
	Evidence   string `json:"evidence"`

	Seconds     domain.Seconds `json:"seconds"`
	EffectiveAt string         `json:"effective_at"`
	PreviousAt  string         `json:"previous_at"`
}

// read takes what an event says. Fields that mean something else in an event of another kind do not occur in those of the register.
func read(rec eventstore.Record, touch Touch) (Act, error) {
	var s said
	if err := json.Unmarshal(rec.Data, &s); err != nil {
		return Act{}, err
	}
	a := Act{
		Position: rec.Position, Event: rec.ID.String(), Act: rec.Type, Touches: touch, Seconds: s.Seconds,
		Subject: first(s.Emp, s.Principal, s.Device),
		About:   first(s.Punch, s.Row, s.Credit, s.Key, s.Grant, s.Credential, s.Delegation, s.Batch, s.Policy, s.Replay, s.Request),
		On:      first(s.Date, s.Target.Date, s.EffectiveOn, s.LastDay, s.WorkDate, s.EffectiveAt, s.From, s.Month, month(rec.Stream)),
		Reason:  first(s.Reason, s.ReasonCode, s.Purpose, s.Evidence),
	}
	if s.PreviousAt != "" {
		var was, is domain.Instant
		if err := was.UnmarshalText([]byte(s.PreviousAt)); err != nil {
			return Act{}, err
		}
		if err := is.UnmarshalText([]byte(s.EffectiveAt)); err != nil {
			return Act{}, err
		}
		a.Seconds = (is - was).Seconds()
	}
	return a, nil
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// month returns the month of a timecard, where the event names no date: 2026-10.
func month(stream string) string {
	if domain.Category(stream) != "timecard" {
		return ""
	}
	m := stream[strings.LastIndexByte(stream, '-')+1:]
	if len(m) != 6 {
		return ""
	}
	return m[:4] + "-" + m[4:]
}
