package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"time"

	"github.com/punchledger/punchledger/adapters/files"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/timecard"
)

// petition is a request of the person of a story: what is asked for, when, and what becomes of it.
type petition struct {
	kind     request.Kind
	leave    string // type of a leave
	from, to string // local times, 2026-10-22 09:00; of a correction, to is when the punch was made
	rest     string // swap: the working day that is off
	photo    bool
	filed    string
	steps    []string // local time, then approve, deputy, reject, return, withdraw or revoke
}

// requestStories are one request each, in all kinds and states.
var requestStories = []episode{
	{
		id: "request_open", site: beijing, report: true, date: "2026-10-29", to: "2026-10-30", taps: []string{"2026-10-29 08:55 in"},
		ask: &petition{kind: request.Correction, to: "2026-10-29 18:06", filed: "2026-10-30 10:10"},
	},
	{
		id: "request_correction", site: beijing, report: true, date: "2026-10-16", to: "2026-10-19", taps: []string{"2026-10-16 08:57 in"},
		ask: &petition{
			kind: request.Correction, to: "2026-10-16 18:02", photo: true, filed: "2026-10-19 10:05", steps: []string{"2026-10-19 15:30 approve"},
		},
	},
	{
		id: "request_leave", site: beijing, report: true, date: "2026-10-22", from: "2026-10-19",
		ask: &petition{
			kind: request.Leave, leave: "annual", from: "2026-10-22 09:00", to: "2026-10-22 18:00", filed: "2026-10-19 11:00",
			steps: []string{"2026-10-19 15:35 approve"},
		},
	},
	{
		id: "request_trip", site: beijing, report: true, date: "2026-10-26", from: "2026-10-20",
		ask: &petition{
			kind: request.Trip, from: "2026-10-26 08:00", to: "2026-10-26 20:00", filed: "2026-10-20 10:00", steps: []string{"2026-10-20 14:00 approve"},
		},
	},
	{
		id: "request_deputy", site: beijing, report: true, date: "2026-10-23", from: "2026-10-19", taps: []string{"2026-10-23 08:54 in", "2026-10-23 18:03 out"},
		begin: (*sample).stoodIn,
		ask: &petition{
			kind: request.Outing, from: "2026-10-23 14:00", to: "2026-10-23 16:00", filed: "2026-10-21 09:40", steps: []string{"2026-10-21 13:20 deputy"},
		},
	},
	{
		id: "request_overtime", site: beijing, report: true, date: "2026-10-27", taps: []string{"2026-10-27 08:53 in", "2026-10-27 21:04 out"},
		ask: &petition{
			kind: request.Overtime, from: "2026-10-27 18:30", to: "2026-10-27 21:00", filed: "2026-10-27 14:10", steps: []string{"2026-10-27 16:45 approve"},
		},
	},
	{
		id: "request_swap", site: beijing, report: true, date: "2026-10-24", from: "2026-10-20", to: "2026-10-30",
		taps: []string{"2026-10-24 08:51 in", "2026-10-24 18:04 out"}, silent: []string{"2026-10-30"},
		ask: &petition{kind: request.Swap, rest: "2026-10-30", filed: "2026-10-20 10:20", steps: []string{"2026-10-20 14:05 approve"}},
	},
	{
		id: "request_rejected", site: beijing, report: true, plain: true, date: "2026-10-28", from: "2026-10-26",
		ask: &petition{
			kind: request.Field, from: "2026-10-28 09:00", to: "2026-10-28 18:00", filed: "2026-10-26 10:30", steps: []string{"2026-10-26 17:00 reject"},
		},
	},
	{
		id: "request_withdrawn", site: beijing, report: true, plain: true, date: "2026-10-28", from: "2026-10-26",
		ask: &petition{
			kind: request.Overtime, from: "2026-10-28 18:30", to: "2026-10-28 21:00", filed: "2026-10-26 10:40", steps: []string{"2026-10-26 11:15 withdraw"},
		},
	},
	{
		id: "request_revoked", site: beijing, report: true, plain: true, date: "2026-10-28", from: "2026-10-20",
		ask: &petition{
			kind: request.Trip, from: "2026-10-28 08:00", to: "2026-10-28 20:00", filed: "2026-10-20 10:40",
			steps: []string{"2026-10-20 14:10 approve", "2026-10-27 09:20 revoke"},
		},
	},
	{
		id: "request_expired", site: beijing, report: true, plain: true, date: "2026-10-29", from: "2026-10-08",
		ask: &petition{
			kind: request.Leave, leave: "annual", from: "2026-10-29 13:00", to: "2026-10-29 18:00", filed: "2026-10-08 10:00",
			steps: []string{"2026-10-08 16:00 return"},
		},
	},
	{
		id: "request_returned", site: beijing, report: true, plain: true, date: "2026-10-30", from: "2026-10-27",
		ask: &petition{
			kind: request.Leave, leave: "personal", from: "2026-11-05 09:00", to: "2026-11-05 18:00", filed: "2026-10-27 10:00",
			steps: []string{"2026-10-28 11:00 return"},
		},
	},
}

// ask puts a request and what becomes of it on the agenda.
func (s *sample) ask(t *told) {
	x := t.ask
	s.later(t.instant(x.filed), func() error { return s.submit(t) })
	for _, step := range x.steps {
		at, verb := step[:len("2006-01-02 15:04")], step[len("2006-01-02 15:04 "):]
		s.later(t.instant(at), func() error { return s.proceed(t, verb) })
	}
}

// instant reads a local time where the person of the story works then.
func (t *told) instant(v string) domain.Seconds {
	day, clock, _ := strings.Cut(v, " ")
	d := mustDate(day)
	return t.p.at(d).at(d, mustClock(clock))
}

// submit files the request of a story.
func (s *sample) submit(t *told) error {
	x := t.ask
	wish := request.Wish{Approval: request.Approval{Kind: x.kind, Type: x.leave, ReasonCode: "asked"}}
	target := &wish.Target
	target.Date = t.date
	switch x.kind {
	case request.Correction:
		wish.Change, target.At, target.Dir = request.Add, t.instant(x.to).Instant(), string(timecard.Out)
		wish.ReasonCode, wish.Text = "forgotten", domain.NewSecret(domain.ClassText, noteCorrection)
	case request.Swap:
		target.Rest, target.Prior = mustDate(x.rest), true
	case request.Leave, request.Trip, request.Outing, request.Overtime, request.Remote, request.Field:
		target.From, target.To = t.instant(x.from).Instant(), t.instant(x.to).Instant()
		target.Date = mustDate(x.from[:len(time.DateOnly)])
	}
	if x.kind == request.Overtime {
		wish.Settle = request.Pay
	}
	if x.photo {
		shown, err := s.photo(t)
		if err != nil {
			return err
		}
		wish.Evidence = []request.Evidence{shown}
	}
	t.request = "q" + strings.ReplaceAll(s.w.newID(), "-", "")[:16]
	return s.do(t.self(), request.SubmitRequest{Request: t.request, Emp: t.p.id, Wish: wish, By: t.p.id, Now: s.clock.at})
}

// self is the person of a story, acting.
func (t *told) self() domain.Actor { return domain.Actor{Kind: domain.ActorEmployee, ID: t.p.id} }

// proceed carries out one step of what becomes of a request.
func (s *sample) proceed(t *told, verb string) error {
	ref, err := s.w.request(t.request)
	if err != nil {
		return err
	}
	switch verb {
	case "withdraw":
		return s.do(t.self(), request.WithdrawRequest{Ref: ref, By: t.p.id})
	case "revoke":
		if err := s.do(hr(t.p.office), request.RevokeRequest{Ref: ref, Reason: "cancelled", By: t.p.office.hr}); err != nil {
			return err
		}
		return s.carryOut()
	}
	decide := request.DecideStep{Ref: ref, Verdict: request.Verdict(verb), Now: s.clock.at}
	actor := s.approver(t)
	switch request.Verdict(verb) {
	case request.Reject:
		decide.Reason = "no_stand_in"
	case request.Return:
		decide.Reason = "other_days"
	case request.Approve:
	default:
		decide.Verdict, actor = request.Approve, domain.Actor{Kind: domain.ActorManager, ID: t.deputy}
	}
	decide.By = actor.ID
	if err := s.do(actor, decide); err != nil || decide.Verdict != request.Approve {
		return err
	}
	return s.carryOut()
}

// approver is whose turn it is: a manager, or whoever acts for HR in the office.
func (s *sample) approver(t *told) domain.Actor {
	pending := s.w.ledger.Directory().Pending()
	i := slices.IndexFunc(pending, func(r request.Request) bool { return r.ID == t.request })
	if i < 0 || pending[i].Turn.Approver == "" {
		return hr(t.p.office)
	}
	return domain.Actor{Kind: domain.ActorManager, ID: pending[i].Turn.Approver}
}

// stoodIn lets a colleague decide in the manager's place for ten days.
func (s *sample) stoodIn(t *told) {
	manager := s.in[t.site][0]
	for _, p := range s.in[t.site][1:] {
		if p != t.p && p.hired == s.from && p.last == 0 {
			p.cast++
			t.deputy = p.id
			break
		}
	}
	s.decide(t, "2026-10-19", "09:30", func() command {
		return people.SetDelegation{
			Emp: manager.id, Delegation: "away_" + manager.id, Delegate: t.deputy, From: mustDate("2026-10-20"), To: mustDate("2026-10-30"),
			Reason: "business_trip", ActorID: manager.id,
		}
	})
}

// photo takes a picture of the door in as evidence.
func (s *sample) photo(t *told) (request.Evidence, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, picture(t.p.number)); err != nil {
		return request.Evidence{}, fmt.Errorf("draw a photo: %w", err)
	}
	keeper := s.w.keeper()
	stored, err := keeper.Add(s.c.ctx, files.Upload{ID: s.w.newID(), Emp: t.p.id, Actor: t.self(), Content: b.Bytes()})
	if err != nil {
		return request.Evidence{}, err
	}
	a, err := keeper.Attach(s.c.ctx, stored.Reference)
	return request.Evidence(a), err
}

// picture draws a door.
func picture(n int) image.Image {
	const width, height = 96, 128
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{R: 200, G: uint8(150 + n%60), B: 120, A: 255}
			if x > 24 && x < 72 && y > 20 {
				c = color.RGBA{R: 90, G: 60, B: 40, A: 255}
			}
			out.SetRGBA(x, y, c)
		}
	}
	return out
}
