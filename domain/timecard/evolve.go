package timecard

import (
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// Evolve applies one event. The state it was given stays as it is.
func Evolve(s State, e Event) State {
	switch e := e.(type) {
	case PunchAccepted:
		return s.recorded(&e.PunchDetails, Counted, e.EventType())
	case PunchHeld:
		return s.recorded(&e.PunchDetails, Held, e.EventType())
	case PunchRejected:
		return s.recorded(&e.PunchDetails, Rejected, e.EventType())
	case PunchReleased:
		return s.changed(e.Punch, e, func(p *Punch) { p.State = Counted })
	case PunchRefused:
		return s.changed(e.Punch, e, func(p *Punch) { p.State = Refused })
	case PunchAdmitted:
		return s.changed(e.Punch, e, func(p *Punch) { p.State = Counted })
	case PunchAppealed:
		return s.changed(e.Punch, e, func(p *Punch) { p.Appealed = true })
	case PunchIdentified:
		return s.changed(e.Punch, e, func(p *Punch) { p.Passkey, p.Assurance = &e.Check, e.Assurance })
	case PunchAdded:
		return s.added(&e)
	case PunchVoided:
		return s.voided(e)
	case PunchRetimed:
		return s.changed(e.Punch, e, func(p *Punch) { p.EffectiveAt = e.EffectiveAt })
	case PunchRedirected:
		return s.changed(e.Punch, e, func(p *Punch) { p.Dir = e.Dir })
	case DayCredited:
		s.Credits = append(slices.Clip(s.Credits), Credit{
			ID: e.Credit, Date: e.Date, From: e.From, To: e.To, Seconds: e.Seconds, Code: e.Code, Request: e.Request,
		})
		return s
	case DayCreditRevoked:
		s.Credits = slices.Clone(s.Credits)
		if i := slices.IndexFunc(s.Credits, func(c Credit) bool { return c.ID == e.Credit }); i >= 0 {
			s.Credits[i].Revoked = true
		}
		return s
	case AnomalyAcknowledged:
		return s.waived(Waiver{Date: e.Date, Key: e.Key, Ack: true})
	case AnomalyWaived:
		return s.waived(Waiver{Date: e.Date, Key: e.Key, Reason: e.Reason, Until: e.Until})
	case DayAttested:
		return s.attested(Attestation{Date: e.Date, ResultHash: e.ResultHash, Statement: e.Statement})
	}
	panic(fmt.Sprintf("timecard: no case for %T", e))
}

func (s State) recorded(d *PunchDetails, state PunchState, as string) State {
	check := d.PasskeyCheck
	if check == nil && d.Passkey != nil && d.Key != "" { // it was recorded before anybody looked
		check = &PasskeyCheck{State: PasskeyUnverified, Problem: PasskeyUnavailable}
	}
	return s.with(&Punch{
		ID: d.Punch, State: state, RecordedAs: as, EffectiveAt: d.EffectiveAt, FirstAt: d.EffectiveAt, Dir: d.Dir,
		ReceivedAt: d.ReceivedAt, TimeSource: d.TimeSource, Place: d.Place, Site: d.Facts.Site, Job: d.Job, Cost: d.Cost,
		Device: d.Device, DeviceSeq: d.DeviceSeq, Batch: d.Batch, Hash: d.Hash, Reasons: d.Reasons,
		Assurance: d.Assurance, Passkey: check,
	})
}

func (s State) added(e *PunchAdded) State {
	return s.with(&Punch{
		ID: e.Punch, State: Counted, RecordedAs: e.EventType(), EffectiveAt: e.EffectiveAt, FirstAt: e.EffectiveAt, Dir: e.Dir,
		TimeSource: Declared, Place: PlaceUnknown, Site: e.Site, Job: e.Job, Cost: e.Cost,
	})
}

func (s State) with(p *Punch) State {
	if s.reopened > 0 {
		if old, i := s.Punches.find(p.ID); old != nil {
			p.History = append(slices.Clone(old.History), p.RecordedAs)
			if old.Reopened {
				s.reopened--
			}
			s.Punches = s.Punches.replaced(i, p)
			return s
		}
	}
	s.Punches = s.Punches.with(p)
	return s
}

// changed applies a change to a copy of the punch. An event about a punch that is not here changes nothing: Decide
// never writes one.
func (s State) changed(id string, e domain.Event, change func(*Punch)) State {
	old, i := s.Punches.find(id)
	if old == nil {
		return s
	}
	p := *old
	change(&p)
	p.History = append(slices.Clip(p.History), e.EventType())
	s.Punches = s.Punches.replaced(i, &p)
	return s
}

func (s State) voided(e PunchVoided) State {
	s = s.changed(e.Punch, e, func(p *Punch) {
		p.State = Voided
		p.Reopened = e.Batch != ""
	})
	if e.Batch != "" {
		s.reopened++
	}
	return s
}

func (s State) waived(w Waiver) State {
	s.Waivers = slices.Clone(s.Waivers)
	i := slices.IndexFunc(s.Waivers, func(o Waiver) bool { return o.Date == w.Date && o.Key == w.Key })
	if i < 0 {
		s.Waivers = append(s.Waivers, w)
	} else {
		s.Waivers[i] = w
	}
	return s
}

func (s State) attested(a Attestation) State {
	s.Attestations = slices.Clone(s.Attestations)
	i := slices.IndexFunc(s.Attestations, func(o Attestation) bool { return o.Date == a.Date })
	if i < 0 {
		s.Attestations = append(s.Attestations, a)
	} else {
		s.Attestations[i] = a
	}
	return s
}
