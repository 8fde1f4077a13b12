package viewtest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// seeds is how many random stories are told, steps how many acts each has.
const (
	seeds = 8
	steps = 120
)

// testRandom writes random acts in a random order and compares the rows that arose event by event with those of one batch, at
// several moments. An act that makes no sense is refused by the ledger and writes nothing.
func testRandom(t *testing.T, open func(testing.TB) Store, seed uint64) {
	c := newCompany(t)
	c.found()
	c.do(people.CreateGroup{Group: "new", Title: "Bound to no rules yet"})
	r := &randomActs{Rand: rand.New(rand.NewPCG(seed, 1)), c: c, people: 4}
	live := open(t)
	names := []string{}
	c.after = func() { follow(t, c.store, c.codec, live, 0, nil) }
	for n := range steps {
		names = append(names, r.act(n))
		if n%40 == 39 {
			c.after()
			once := open(t)
			follow(t, c.store, c.codec, once, 0, nil)
			requireSame(t, dump(t, once), dump(t, live), fmt.Sprintf("after %q", names))
		}
	}
}

// randomActs draws acts of people around the end of October 2026, with two changes of clocks in it.
type randomActs struct {
	*rand.Rand
	c       *company
	people  int
	punches []drawn
	asks    []request.RecordExternalDecision
	credits []timecard.CreditDay
}

type drawn struct {
	card timecard.Card
	id   string
	at   domain.Instant
}

func pick[T any](r *randomActs, list ...T) T { return list[r.IntN(len(list))] }

func (r *randomActs) emp() string { return fmt.Sprintf("e%d", r.IntN(r.people)) }

func (r *randomActs) date() domain.Date { return date("2026-10-05") + domain.Date(r.IntN(32)) }

// instant is a time near to a date, on a step of five minutes so that equal ones occur.
func (r *randomActs) instant() domain.Instant {
	return (r.date().Unix() + domain.Seconds(r.IntN(288))*5*domain.Minute).Instant()
}

func (r *randomActs) group() string {
	return pick(r, "new", "cn-bj-office", "cn-sh-rnd", "de-by-plant", "us-ca-hourly", "jp-tokyo-office")
}

func (r *randomActs) zone() string {
	return pick(r, "", "Asia/Shanghai", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland")
}

// act carries out one act and names it.
func (r *randomActs) act(n int) string {
	switch draw := r.IntN(100); {
	case n < 3 || draw < 4:
		emp := r.emp()
		r.try(people.RegisterEmployee{Emp: emp, Name: emp, HiredOn: date("2026-10-01") + domain.Date(r.IntN(20)), Terms: people.Terms{Group: r.group(), WorkTZ: r.zone()}})
		return "register " + emp
	case draw < 45:
		return r.punch(n)
	case draw < 55:
		return r.correct()
	case draw < 65:
		return r.decide(n)
	case draw < 72:
		return r.roster()
	case draw < 84:
		r.c.advance(r.c.now + domain.Instant(6+r.IntN(60))*domain.Hour.Instant())
		return "turn to " + r.c.now.String()
	case draw < 92:
		return r.person()
	}
	return r.rules(n)
}

func (r *randomActs) try(command ledger.Command) bool {
	_, err := r.c.try(command)
	return err == nil
}

func (r *randomActs) punch(n int) string {
	emp, at := r.emp(), r.instant()
	id := fmt.Sprintf("p%d", n)
	dir := pick(r, timecard.In, timecard.Out, timecard.Auto, timecard.In, timecard.Out, timecard.BreakOut)
	if r.try(clocked(emp, id, at, dir)) {
		r.punches = append(r.punches, drawn{timecard.CardAt(emp, at), id, at})
	}
	// A whole shift more often than a lone punch.
	if out := at + domain.Instant(4+r.IntN(8))*domain.Hour.Instant(); r.IntN(3) > 0 && r.try(clocked(emp, id+"o", out, timecard.Out)) {
		r.punches = append(r.punches, drawn{timecard.CardAt(emp, out), id + "o", out})
	}
	return fmt.Sprintf("punch %s %s %s", emp, at, dir)
}

func (r *randomActs) correct() string {
	if len(r.punches) == 0 {
		return "nothing"
	}
	p, grounds := pick(r, r.punches...), timecard.Grounds{ReasonCode: "mistake"}
	switch r.IntN(5) {
	case 0:
		r.try(timecard.VoidPunch{Card: p.card, Punch: p.id, Grounds: grounds, ActorID: boss.ID})
		return "void " + p.id
	case 1:
		r.try(timecard.RedirectPunch{Card: p.card, Punch: p.id, Dir: pick(r, timecard.In, timecard.Out), Grounds: grounds, ActorID: boss.ID})
		return "redirect " + p.id
	case 2:
		d := r.date()
		r.try(timecard.WaiveAnomaly{
			Emp: p.card.Emp, Date: d, Key: pick(r, "late:in", "absent", "incomplete:out", "punch.missing_out:out"), Reason: "accepted",
			Until: d + domain.Date(r.IntN(9)), ActorID: boss.ID,
		})
		return "waive " + d.String()
	}
	at := p.at + domain.Instant(r.IntN(71)-35)*domain.Hour.Instant()
	r.try(timecard.RetimePunch{Card: p.card, Punch: p.id, EffectiveAt: at, Grounds: grounds, ActorID: boss.ID})
	return fmt.Sprintf("retime %s to %s", p.id, at)
}

func (r *randomActs) decide(n int) string {
	if len(r.asks) > 0 && r.IntN(3) == 0 {
		a := pick(r, r.asks...)
		a.Outcome = request.Revoked
		r.try(a)
		return "revoke " + a.Request
	}
	if len(r.credits) > 0 && r.IntN(4) == 0 {
		k := pick(r, r.credits...)
		r.try(timecard.RevokeCredit{Card: timecard.CardOn(k.Emp, k.Date), Credit: k.Credit, Grounds: k.Grounds, ActorID: boss.ID})
		return "revoke " + k.Credit
	}
	if r.IntN(4) == 0 {
		k := timecard.CreditDay{
			Emp: r.emp(), Credit: fmt.Sprintf("k%d", n), Date: r.date(), Seconds: domain.Hour, Code: "REG",
			Grounds: timecard.Grounds{ReasonCode: "training"}, ActorID: boss.ID,
		}
		if r.try(k) {
			r.credits = append(r.credits, k)
		}
		return fmt.Sprintf("credit %s %s", k.Emp, k.Date)
	}
	from := r.instant()
	kind := pick(r, request.Overtime, request.Leave, request.Trip, request.Overtime)
	hours := domain.Instant(1 + r.IntN(60))
	a := approval(r.emp(), fmt.Sprintf("a%d", n), kind, domain.DateOfUnix(from.Seconds()), from, from+hours*domain.Hour.Instant())
	if r.try(a) {
		r.asks = append(r.asks, a)
	}
	return fmt.Sprintf("approve %s %s %s for %d h", a.Emp, kind, from, hours)
}

func (r *randomActs) roster() string {
	emp, d := r.emp(), r.date()
	today := domain.DateOfUnix(r.c.now.Seconds())
	shift := pick(r, "D", "N", "E", "rest", "")
	switch r.IntN(4) {
	case 0:
		other := d + domain.Date(r.IntN(40)-20)
		r.try(schedule.SwapDays{Emp: emp, WorkDate: d, RestDate: other, AgreedOn: date("2026-08-01"), Kind: pick(r, schedule.SwapPrior, schedule.SwapAfter)})
		return fmt.Sprintf("swap %s %s %s", emp, d, other)
	case 1:
		var days []schedule.RosterDay
		for n := d.MonthStart(); n < d.MonthStart()+28; n++ {
			if r.IntN(6) == 0 {
				days = append(days, schedule.RosterDay{Date: n, Slot: schedule.Slot{Shift: pick(r, "rest", shift, "D")}})
			}
		}
		r.try(schedule.SetRosterMonth{Emp: emp, Month: d.YearMonth(), Days: days, Source: "plan", AnnouncedAt: r.c.now, Today: today})
		return "roster " + emp + " " + d.YearMonth()
	}
	r.try(schedule.ChangeRosterDay{Emp: emp, Date: d, After: schedule.Slot{Shift: shift}, Reason: "planned", AnnouncedAt: r.c.now, Today: today})
	return fmt.Sprintf("roster %s %s %s", emp, d, shift)
}

func (r *randomActs) person() string {
	emp, d := r.emp(), r.date()
	switch r.IntN(7) {
	case 0:
		r.try(people.TerminateEmployee{Emp: emp, LastDay: d, ReasonCode: "resigned"})
		return fmt.Sprintf("terminate %s %s", emp, d)
	case 1:
		r.try(people.RehireEmployee{Emp: emp, From: d})
		return fmt.Sprintf("rehire %s %s", emp, d)
	case 2:
		r.try(people.SuspendEmployee{Emp: emp, From: d})
		return fmt.Sprintf("suspend %s %s", emp, d)
	case 3:
		r.try(people.ResumeEmployee{Emp: emp, From: d})
		return fmt.Sprintf("resume %s %s", emp, d)
	case 4:
		tz := r.zone()
		r.try(people.ChangeAssignment{Emp: emp, EffectiveOn: d, Change: people.TermsChange{WorkTZ: &tz}})
		return fmt.Sprintf("zone %s %s %s", emp, d, tz)
	}
	group := r.group()
	r.try(people.ChangeAssignment{Emp: emp, EffectiveOn: d, Change: people.TermsChange{Group: &group}})
	return fmt.Sprintf("group %s %s %s", emp, d, group)
}

func (r *randomActs) rules(n int) string {
	d := r.date()
	switch r.IntN(7) {
	case 5:
		return r.shadow(n, d)
	case 6:
		group := r.group()
		r.try(people.UnbindShadow{Group: group, From: d})
		return fmt.Sprintf("unbind the shadow of %s %s", group, d)
	case 0:
		r.try(schedule.AmendCalendarDay{
			Calendar: pick(r, "cn-mainland", "jp", "us-ca"), Date: d, Kind: pick(r, schedule.Rest, schedule.Holiday, schedule.Work, schedule.Makeup),
			Name: "amended", Why: "decree",
		})
		return "amend " + d.String()
	case 1:
		group := r.group()
		r.try(people.UnbindRuleset{Group: group, Ruleset: group, From: d})
		return fmt.Sprintf("unbind %s %s", group, d)
	case 2:
		group := r.group()
		r.try(people.BindRuleset{Group: group, Ruleset: r.group(), From: d})
		return fmt.Sprintf("bind %s %s", group, d)
	case 3:
		id := r.group()
		r.try(ruleset.WithdrawRuleset{Ruleset: id, Version: 1 + r.IntN(3), Reason: "mistake"})
		return "withdraw " + id
	}
	until := domain.Date(0)
	if r.IntN(3) == 0 {
		until = d + domain.Date(1+r.IntN(14))
	}
	doc := edited(r.c.t, "cn-bj-office", "late: {grace: 5m", fmt.Sprintf("late: {grace: %dm", 6+n))
	if r.IntN(2) == 0 {
		doc = edited(r.c.t, "de-by-plant", "max_open: 16h", fmt.Sprintf("max_open: %dh", 10+n%30))
	}
	_ = r.c.publish(doc, d, until) // a refusal is as good as any act
	return fmt.Sprintf("publish %s %s %s", doc.ID, d, until)
}

// shadow lets a candidate run beside the rules of a group: a draft of its own rules or of others.
func (r *randomActs) shadow(n int, from domain.Date) string {
	doc := edited(r.c.t, "cn-bj-office", "late: {grace: 5m", fmt.Sprintf("late: {grace: %dm", 6+n), `cut: "05:00"`, pick(r, `cut: "05:00"`, `cut: "09:00"`))
	if r.IntN(2) == 0 {
		doc = edited(r.c.t, "de-by-plant", "max_open: 16h", fmt.Sprintf("max_open: %dh", 10+n%30))
	}
	group, until := r.group(), domain.Date(0)
	if r.IntN(2) == 0 {
		until = from + domain.Date(1+r.IntN(14))
	}
	_ = r.c.bindShadow(group, doc, from, until) // a refusal is as good as any act
	return fmt.Sprintf("shadow of %s: %s %s %s", group, doc.ID, from, until)
}
