package main

import (
	"context"
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// checkPasskey lets the intake ask what a passkey's word over a punch is worth.
func (w *writer) checkPasskey(ctx context.Context, emp string, a timecard.Assertion, hash string) (timecard.PasskeyCheck, error) {
	who, err := w.identity()
	if err != nil {
		return timecard.PasskeyCheck{}, err
	}
	return who.CheckPunch(ctx, emp, a, hash)
}

// identifyOwn verifies what a passkey that somebody has just registered said of earlier punches. That it cannot be done now takes the
// passkey from nobody: “punches identify” does it again.
func (w *writer) identifyOwn(c *console) func(ctx context.Context, principal string) {
	return func(ctx context.Context, principal string) {
		in, err := w.taking(c)
		if err == nil {
			_, err = in.Identify(ctx, domain.Actor{Kind: domain.ActorEmployee, ID: principal}, principal)
		}
		if err != nil {
			fmt.Fprintln(c.Err, "punchledger:", c.sentence(err))
		}
	}
}

type punchesIdentifyCmd struct {
	Employee string   `help:"Employee; everybody when left out." placeholder:"EMP"`
	Origin   []string `help:"Where the pages are, as “serve” has it, where none runs." placeholder:"URL"`
}

// Run verifies once more what passkeys said of punches that nobody could verify when they arrived.
func (cmd *punchesIdentifyCmd) Run(c *console) error {
	origins, err := originsOf(cmd.Origin)
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		w.desk.at(origins)
		in, err := w.taking(c)
		if err != nil {
			return err
		}
		people := []string{cmd.Employee}
		if cmd.Employee == "" {
			people = w.ledger.Directory().IDs("employee")
		}
		t, err := c.table("employee", "punch", "assurance", "state")
		if err != nil {
			return err
		}
		for _, emp := range people {
			found, err := in.Identify(c.ctx, c.actor(), emp)
			if err != nil {
				return err
			}
			for _, p := range found {
				if err := t.add(p, p.Emp, p.Punch, p.Assurance, passkeyWords(c, &p.Check)); err != nil {
					return err
				}
			}
		}
		return t.end()
	})
}

// passkeyWords says what a passkey's word over a punch is worth.
func passkeyWords(c *console, check *timecard.PasskeyCheck) string {
	if check.Problem != "" {
		return c.word("labels.passkey_problem.", check.Problem)
	}
	return c.word("labels.passkey.", string(check.State))
}

// at says where the pages are, where nothing was opened yet that knows it.
func (d *desk) at(origins []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.service == nil && len(d.Origins) == 0 {
		d.Origins = origins
	}
}

// passkeyWordsSeen counts what passkeys said of punches. Those that were verified are verified again, by what the ledger holds alone.
type passkeyWordsSeen struct {
	Sent       int `json:"sent"`
	Verified   int `json:"verified"`
	Wrong      int `json:"wrong"`
	Unverified int `json:"unverified"`

	open    map[string]*timecard.PunchDetails // unverified ones, by timecard and punch
	partial bool                              // punches before the first event that is looked at are not known
}

// see looks at an event, and returns what is wrong with what it claims of a passkey.
func (s *passkeyWordsSeen) see(stream string, e domain.Event) string {
	if later, ok := e.(timecard.PunchIdentified); ok {
		return s.settle(stream, &later)
	}
	d, recorded := ledger.DetailsOf(e)
	if !recorded || d.Passkey == nil {
		return ""
	}
	s.Sent++
	check := d.PasskeyCheck
	if check == nil || check.State == timecard.PasskeyUnverified {
		s.Unverified++
		if s.open == nil {
			s.open = map[string]*timecard.PunchDetails{}
		}
		s.open[stream+"/"+d.Punch] = &d
		return ""
	}
	return s.count(check, &d)
}

func (s *passkeyWordsSeen) settle(stream string, e *timecard.PunchIdentified) string {
	d := s.open[stream+"/"+e.Punch]
	if d == nil && s.partial {
		return ""
	}
	if d == nil {
		return fmt.Sprintf("the passkey of punch %s, which is verified later, was not open", e.Punch)
	}
	delete(s.open, stream+"/"+e.Punch)
	s.Unverified--
	return s.count(&e.Check, d)
}

func (s *passkeyWordsSeen) count(check *timecard.PasskeyCheck, d *timecard.PunchDetails) string {
	if check.State == timecard.PasskeyWrong {
		s.Wrong++
		return ""
	}
	s.Verified++
	if problem := check.Proven(d.Passkey, d.Hash); problem != "" {
		return fmt.Sprintf("the passkey of punch %s does not prove what the event says of it: %s", d.Punch, problem)
	}
	return ""
}

func (s *passkeyWordsSeen) print(c *console) {
	if s.Sent > 0 {
		fmt.Fprintln(c.Out, c.t("cli.verify.passkeys", "sent", fmt.Sprint(s.Sent), "verified", fmt.Sprint(s.Verified), "wrong", fmt.Sprint(s.Wrong),
			"unverified", fmt.Sprint(s.Unverified)))
	}
}
