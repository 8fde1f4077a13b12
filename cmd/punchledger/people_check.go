package main

import (
	"errors"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// check asks the ledger whether it would take what was planned, so that a preview shows what will be refused.
func (p *peoplePlan) check() error {
	given := map[string]*personLine{}
	for _, l := range p.report.Lines {
		for i, command := range l.commands {
			if l.Verdict == lineRefused {
				break
			}
			err := p.ask(l, i, command, given)
			wrong, refused := errors.AsType[*domain.Error](err)
			switch {
			case refused:
				p.refuse(l, wrong)
			case err != nil:
				return err
			}
		}
	}
	return nil
}

// ask checks one command as far as that can be done before those in front of it are carried out.
func (p *peoplePlan) ask(l *personLine, i int, command ledger.Command, given map[string]*personLine) error {
	if b, ok := command.(people.AssignBadge); ok && b.To.IsZero() {
		key := b.BadgeMAC + "\x00" + b.Device
		if other := given[key]; other != nil {
			return domain.NewError(domain.Conflict, "badge_taken", "emp", other.ID)
		}
		given[key] = l
		if b.Device != "" && !p.w.ledger.Directory().Device(b.Device).Exists() {
			return domain.NewError(domain.Invalid, "unknown_device", "device", b.Device)
		}
		if p.freed[key] != "" {
			return nil // it is given up on the same day
		}
		if emp := p.w.ledger.Directory().BadgeTakenBy(b); emp != "" {
			return domain.NewError(domain.Conflict, "badge_taken", "emp", emp)
		}
		return nil
	}
	if _, first := command.(people.RegisterEmployee); !first && (l.Verdict == lineNew || i > 0) {
		return nil // what it rests on is not recorded yet
	}
	_, err := p.w.ledger.Do(p.c.ctx, ledger.Request{ID: p.w.newID(), Actor: p.c.actor(), Command: command, DryRun: true})
	return err
}

// missing lists who is employed and not in the list, and ends their employment where that was asked for.
func (p *peoplePlan) missing() error {
	d := p.w.ledger.Directory()
	for _, emp := range d.IDs("employee") {
		if _, listed := p.seen[emp]; listed || p.refusedOf(emp) || !d.Employee(emp).EmployedOn(p.from) {
			continue
		}
		l := &personLine{ID: emp, Name: p.names[emp], Verdict: lineMissing}
		s := d.Employee(emp)
		if open := s.Employment[len(s.Employment)-1]; p.cmd.TerminateMissing && open.Last.IsZero() {
			l.Verdict = lineTerminated
			l.change("last_day", "", (p.from - 1).String())
			end := people.TerminateEmployee{Emp: emp, LastDay: p.from - 1, ReasonCode: "not_in_list"}
			l.commands = []ledger.Command{end}
			_, err := p.w.ledger.Do(p.c.ctx, ledger.Request{ID: p.w.newID(), Actor: p.c.actor(), Command: end, DryRun: true})
			if wrong, ok := errors.AsType[*domain.Error](err); ok {
				p.refuse(l, wrong)
			} else if err != nil {
				return err
			}
		}
		p.report.Lines = append(p.report.Lines, l)
	}
	return nil
}

// refusedOf reports whether a line that was refused may have meant a person: nobody is missing because of a slip in the list.
func (p *peoplePlan) refusedOf(emp string) bool {
	return slices.ContainsFunc(p.report.Lines, func(l *personLine) bool {
		return l.Verdict == lineRefused && (l.ID == emp || l.Name != "" && l.Name == p.names[emp] || l.ID == "" && l.Name == "")
	})
}
