package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// remoteStories are about punches of phones. The rules of Shanghai let hybrid people work at home on Wednesdays and Fridays.
var remoteStories = []episode{
	{
		id: "remote", site: shanghai, report: true, remote: true, date: "2026-10-27", from: "2026-10-22",
		taps: []string{"2026-10-27 09:24 in", "2026-10-27 18:41 out"}, begin: (*sample).worksRemotely,
		ask: &petition{
			kind: request.Remote, from: "2026-10-27 08:00", to: "2026-10-27 20:00", filed: "2026-10-22 10:15", steps: []string{"2026-10-22 16:40 approve"},
		},
	},
	{
		id: "offline", site: shanghai, report: true, remote: true, date: "2026-10-14", to: offlineEnd,
		taps: []string{
			"2026-10-14 09:31 in", "2026-10-14 18:50 out", "2026-10-16 09:12 in", "2026-10-16 18:33 out",
		},
		begin: (*sample).goesOffline,
	},
	{
		id: "held_released", site: shanghai, report: true, remote: true, date: "2026-10-20", to: "2026-10-21", note: noteHome,
		taps: []string{"2026-10-20 09:35 in", "2026-10-20 18:52 out"}, begin: (*sample).released,
	},
	{
		id: "held_refused", site: shanghai, report: true, remote: true, date: "2026-10-22", to: "2026-10-26", note: noteHome,
		taps: []string{"2026-10-22 09:05 in", "2026-10-22 18:20 out"}, begin: (*sample).refused,
	},
	{
		id: "held_waiting", site: shanghai, report: true, remote: true, date: "2026-10-29", to: "2026-10-30", note: noteHome,
		taps: []string{"2026-10-29 09:18 in", "2026-10-29 18:37 out"}, begin: (*sample).worksRemotely,
	},
}

func (p *person) phone() string { return "phone_" + p.id }

// secret returns bytes that the same seed gives again. Keys of a sample company may be known to everybody; those of real phones never
// leave them.
func (s *sample) secret(of string, n int64) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "sample company %d %s %d", s.seed, of, n))
	return sum[:]
}

// equip enrols the phone of a person with its key, binds it and has somebody confirm that it is theirs.
func (s *sample) equip(p *person) error {
	device := p.phone()
	p.pocket = &pocket{
		Origin: s.w.ledger.Directory().Org().Origin, Device: device, Emp: p.id, Seed: s.secret(device, 0), Zone: p.office.zone.Name(),
		Boot: "boot_" + p.id,
	}
	for _, c := range []command{
		place.EnrolDevice{Device: device, Kind: place.Phone, PublicKey: p.pocket.publicKey(), Model: "app"},
		place.BindDevice{Device: device, Emp: p.id, Now: s.clock.at},
		place.ConfirmDevice{Device: device, By: p.office.hr, How: "in_person", Now: s.clock.at},
	} {
		if err := s.do(hr(p.office), c); err != nil {
			return err
		}
	}
	return nil
}

// homeOf is where a person works from home: the last places of the coordinates are their own.
func homeOf(p *person) (latE7, lonE7 int64) {
	return 312_000_000 + int64(100_070*p.number%1_000_000), 1_214_000_000 + int64(300_110*p.number%1_000_000)
}

// whereabouts is what a phone says of where it is.
func (s *sample) whereabouts(p *person) ([]byte, error) {
	lat, lon := homeOf(p)
	accuracy := int64(12)
	return json.Marshal(timecard.PlaceClaim{
		Salt:  base64.RawURLEncoding.EncodeToString(s.secret(p.phone(), p.pocket.N+1)[:16]),
		LatE7: &lat, LonE7: &lon, AccuracyM: &accuracy, CRS: string(place.WGS84), AgeMS: 900,
	})
}

// envelope is a punch as its phone signs it.
func (s *sample) envelope(t tap) (timecard.Envelope, error) {
	where, err := s.whereabouts(t.p)
	if err != nil {
		return timecard.Envelope{}, err
	}
	e, err := t.p.pocket.punch(t.dir, t.at.Instant(), s.clock.at, where)
	e.Note = t.note
	return e, err
}

// hand takes in what a phone sends: one punch at once, or those of days without network as one upload.
func (s *sample) hand(u *upload) error {
	p := u.taps[0].p
	in, err := s.w.taking(s.c)
	if err != nil {
		return err
	}
	h := ledger.Handed{Actor: domain.Actor{Kind: domain.ActorEmployee, ID: p.id}, Sender: timecard.Sender{Emp: p.id, Live: len(u.taps) == 1}}
	var batch timecard.Batch
	for _, t := range u.taps {
		e, err := s.envelope(t)
		if err != nil {
			return err
		}
		signed, err := e.Open()
		if err != nil {
			return err
		}
		batch.Items = append(batch.Items, timecard.Item{Signed: signed})
	}
	var answers []ledger.Answer
	if len(batch.Items) == 1 {
		answers = []ledger.Answer{in.Punch(s.c.ctx, h, batch.Items[0].Signed)}
	} else {
		batch.ID = "b" + s.w.newID()
		if answers, err = in.Batch(s.c.ctx, h, batch); err != nil {
			return err
		}
	}
	for i, a := range answers {
		if a.Err != nil {
			return fmt.Errorf("punch %s: %w", a.Punch, a.Err)
		}
		s.noted(u.taps[i], a.Punch)
	}
	return nil
}

// opens gives the phone of a person a ticket, as whenever its app is opened with a network.
func (s *sample) opens(p *person) error {
	in, err := s.w.taking(s.c)
	if err != nil {
		return err
	}
	_, p.pocket.Ticket, err = in.Ticket(s.c.ctx, p.id, p.phone(), p.pocket.Boot, int64(s.clock.at)-pocketBegan)
	return err
}

// noted keeps the id of a punch for the story that goes on with it.
func (s *sample) noted(t tap, punch string) {
	for _, x := range s.told {
		if x.p == t.p && x.remote && t.office.zone.DateOf(t.at) == x.date {
			x.punches = append(x.punches, punch)
		}
	}
}

// firstPunch is the first punch of the story that the phone took.
func (t *told) firstPunch() string {
	if len(t.punches) == 0 {
		return ""
	}
	return t.punches[0]
}

// worksRemotely gives the person of a story a phone.
func (s *sample) worksRemotely(t *told) { t.p.hybrid = true }

// goesOffline gives the phone a ticket in the morning, before its network is gone.
func (s *sample) goesOffline(t *told) {
	s.worksRemotely(t)
	s.later(t.p.office.at(t.date, mustClock("08:10")), func() error { return s.opens(t.p) })
}

// Days on which a phone has no network; in the evening of the second it hands everything in.
const (
	offlineEnd  = "2026-10-16"
	offlineOver = "20:30"
)

// offline returns when a punch reaches the server that a phone took without network.
func (s *sample) offline(t tap) (domain.Seconds, bool) {
	x := s.about("offline")
	if x == nil || t.p != x.p {
		return 0, false
	}
	o := x.p.office
	over := o.at(mustDate(offlineEnd), mustClock(offlineOver))
	return over, t.at >= o.zone.Midnight(x.date) && t.at < over
}

// judge puts what is said of the held punches of a story on the agenda.
func (s *sample) judge(t *told, day, clock string, command func(card timecard.Card, punch string) timecard.Command) {
	o := t.p.office
	s.later(o.at(mustDate(day), mustClock(clock)), func() error {
		for _, punch := range t.punches {
			card, err := s.w.ledger.CardOf(s.c.ctx, t.p.id, punch)
			if err != nil {
				return err
			}
			c := command(card, punch)
			actor := s.leader(t.p)
			if _, own := c.(timecard.AppealPunch); own {
				actor = domain.Actor{Kind: domain.ActorEmployee, ID: t.p.id}
			}
			if err := s.do(actor, c); err != nil {
				return err
			}
		}
		return nil
	})
}

// leader is who leads a person: the first of their office.
func (s *sample) leader(p *person) domain.Actor {
	return domain.Actor{Kind: domain.ActorManager, ID: s.in[p.office.site][0].id}
}

// released are two punches at home, on a day on which nobody may work there, that the manager lets count.
func (s *sample) released(t *told) {
	s.worksRemotely(t)
	s.judge(t, "2026-10-21", "11:00", func(card timecard.Card, punch string) timecard.Command {
		return timecard.ReleasePunch{Card: card, Punch: punch, Reason: "agreed_by_phone", ActorID: s.leader(t.p).ID}
	})
}

// refused are two that the manager refuses; the employee asks for another look.
func (s *sample) refused(t *told) {
	s.worksRemotely(t)
	s.judge(t, "2026-10-23", "11:20", func(card timecard.Card, punch string) timecard.Command {
		return timecard.RefusePunch{Card: card, Punch: punch, Reason: "not_agreed", ActorID: s.leader(t.p).ID}
	})
	s.judge(t, "2026-10-26", "09:50", func(card timecard.Card, punch string) timecard.Command {
		return timecard.AppealPunch{Card: card, Punch: punch, Text: domain.NewSecret(domain.ClassText, noteAppeal), ActorID: t.p.id}
	})
}
