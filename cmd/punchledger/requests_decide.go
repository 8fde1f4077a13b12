package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections/process"
)

// requestFilter chooses among the requests that wait.
type requestFilter struct {
	Employee []string `help:"Of these employees." placeholder:"ID"`
	Kind     []string `help:"Of these kinds." placeholder:"KIND"`
	Approver string   `help:"Whose turn it is." placeholder:"ID"`
	Role     string   `help:"Which role's turn it is." placeholder:"ROLE"`
	Flag     string   `help:"Flagged over_quota or late; none for those without a flag." enum:",over_quota,late,none" default:""`
	After    string   `name:"from" help:"About this date or later." placeholder:"DATE"`
	Before   string   `name:"to" help:"About this date or earlier." placeholder:"DATE"`
}

// covers reports whether a request is chosen.
func (f *requestFilter) covers(r request.Request) (bool, error) {
	from, to, err := f.dates()
	if err != nil {
		return false, err
	}
	flagged := f.Flag == "" || f.Flag == "none" && len(r.Flags) == 0 || slices.Contains(r.Flags, f.Flag)
	return flagged && r.Target.Date >= from && r.Target.Date <= to &&
		(len(f.Employee) == 0 || slices.Contains(f.Employee, r.Emp)) &&
		(len(f.Kind) == 0 || slices.Contains(f.Kind, string(r.Kind))) &&
		(f.Approver == "" || r.Turn.Approver == f.Approver) &&
		(f.Role == "" || r.Turn.Role == f.Role), nil
}

func (f *requestFilter) dates() (from, to domain.Date, err error) {
	to = domain.NewDate(2100, 1, 1)
	if f.After != "" {
		if from, err = domain.ParseDate(f.After); err != nil {
			return 0, 0, wrongValue("--from", f.After, "not_a_date")
		}
	}
	if f.Before != "" {
		if to, err = domain.ParseDate(f.Before); err != nil {
			return 0, 0, wrongValue("--to", f.Before, "not_a_date")
		}
	}
	return from, to, nil
}

// named returns the requests that are named, or else the open ones that the filter chooses.
func (w *writer) named(ids []string, f *requestFilter, all bool) ([]request.Ref, error) {
	var out []request.Ref
	for _, id := range ids {
		ref, err := w.request(id)
		if err != nil {
			return nil, err
		}
		out = append(out, ref)
	}
	if len(ids) > 0 {
		return out, nil
	}
	if !all {
		return nil, domain.NewError(domain.Invalid, "invalid_field", "field", "REQUEST", "problem", "missing")
	}
	for _, r := range w.ledger.Directory().Pending() {
		ok, err := f.covers(r)
		if err != nil {
			return nil, err
		}
		if ok && r.Status == request.StatusOpen {
			year, _, _ := r.Target.Date.Civil()
			out = append(out, request.Ref{Emp: r.Emp, Year: year, Request: r.ID})
		}
	}
	return out, nil
}

// each carries out one command for each request, as one act.
func (w *writer) each(c *console, refs []request.Ref, dryRun bool, command func(request.Ref) ledger.Command) error {
	once := *w
	if len(refs) > 1 {
		once.actID = "requests_" + strings.ReplaceAll(w.newID(), "-", "")[:12]
	}
	out := outcomes{c: c, w: &once, dryRun: dryRun, several: len(refs) > 1}
	for _, ref := range refs {
		if err := out.do(ref.Request, command(ref)); err != nil {
			return err
		}
	}
	return out.end()
}

type requestsDecideCmd struct {
	Verdict  string   `arg:"" help:"approve, reject or return." enum:"approve,reject,return"`
	Requests []string `arg:"" optional:"" help:"Requests; with --all those that the filters choose."`
	All      bool     `help:"Decide every open request that the filters choose."`
	Step     int      `help:"Which step is meant; the current one when left out." placeholder:"N"`
	Reason   string   `help:"Reason code; asked for unless it is an approval."`
	Comment  string   `help:"What you want to say; it is sealed before it is stored."`
	DryRun   bool     `help:"Show what would come of it, and write nothing."`
	requestFilter
}

// Run decides. The one who types acts for whoever holds a role, as the owner of the files, but for no other person.
func (cmd *requestsDecideCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		refs, err := w.named(cmd.Requests, &cmd.requestFilter, cmd.All)
		if err != nil {
			return err
		}
		return w.each(c, refs, cmd.DryRun, func(ref request.Ref) ledger.Command {
			return request.DecideStep{
				Ref: ref, Step: cmd.Step, Verdict: request.Verdict(cmd.Verdict), Reason: cmd.Reason,
				Comment: domain.NewSecret(domain.ClassText, cmd.Comment), By: c.cfg.As, Roles: []string{request.RoleHR},
				Now: domain.InstantOf(w.now()),
			}
		})
	})
}

type requestsWithdrawCmd struct {
	Requests []string `arg:"" help:"Requests."`
	DryRun   bool     `help:"Show what would come of it, and write nothing."`
}

func (cmd *requestsWithdrawCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		refs, err := w.named(cmd.Requests, nil, false)
		if err != nil {
			return err
		}
		return w.each(c, refs, cmd.DryRun, func(ref request.Ref) ledger.Command {
			return request.WithdrawRequest{Ref: ref, By: c.cfg.As}
		})
	})
}

type requestsRevokeCmd struct {
	Requests []string `arg:"" help:"Requests."`
	Reason   string   `required:"" help:"Reason code."`
	DryRun   bool     `help:"Show what would come of it, and write nothing."`
}

func (cmd *requestsRevokeCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		refs, err := w.named(cmd.Requests, nil, false)
		if err != nil {
			return err
		}
		return w.each(c, refs, cmd.DryRun, func(ref request.Ref) ledger.Command {
			return request.RevokeRequest{Ref: ref, Reason: cmd.Reason, By: c.cfg.As}
		})
	})
}

type requestsReassignCmd struct {
	To       string   `arg:"" help:"Who decides from now on."`
	Requests []string `arg:"" optional:"" help:"Requests; with --all those that the filters choose, such as --approver."`
	All      bool     `help:"Every open request that the filters choose."`
	Reason   string   `required:"" help:"Reason code."`
	DryRun   bool     `help:"Show what would come of it, and write nothing."`
	requestFilter
	PunchesUntil string `help:"With --all and --approver: the approver's held punches and anomalies too, up to this date." placeholder:"DATE"`
}

func (cmd *requestsReassignCmd) Run(c *console) error {
	until, err := cmd.punchesUntil()
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		if until != 0 && !cmd.DryRun {
			id := "d" + strings.ReplaceAll(w.newID(), "-", "")[:12]
			err := w.act(c, people.SetDelegation{
				Emp: cmd.Approver, Delegation: id, Delegate: cmd.To, Kinds: []string{people.DelegatePunches}, From: w.ledger.Directory().Today(), To: until,
				Reason: cmd.Reason, ActorID: c.cfg.As, AtMachine: true,
			}, id)
			if err != nil {
				return err
			}
		}
		refs, err := w.named(cmd.Requests, &cmd.requestFilter, cmd.All)
		if err != nil {
			return err
		}
		return w.each(c, refs, cmd.DryRun, func(ref request.Ref) ledger.Command {
			return request.ReassignStep{Ref: ref, To: cmd.To, Reason: cmd.Reason, By: c.cfg.As, Now: domain.InstantOf(w.now())}
		})
	})
}

// punchesUntil reads until when the approver's held punches go to the other too; zero where they stay.
func (cmd *requestsReassignCmd) punchesUntil() (domain.Date, error) {
	if cmd.PunchesUntil == "" {
		return 0, nil
	}
	until, err := domain.ParseDate(cmd.PunchesUntil)
	switch {
	case err != nil:
		return 0, wrongValue("--punches-until", cmd.PunchesUntil, "not_a_date")
	case !cmd.All || cmd.Approver == "":
		return 0, domain.NewError(domain.Invalid, "invalid_field", "field", "--approver", "problem", "missing")
	}
	return until, nil
}

type requestsEscalateCmd struct{}

func (cmd *requestsEscalateCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		if err := w.settle(c); err != nil {
			return err
		}
		escalate := process.Escalate{Directory: w.ledger.Directory(), Door: w.ledger}
		n, err := escalate.Due(c.ctx, domain.InstantOf(w.now()))
		if err != nil {
			return err
		}
		c.say("cli.requests_escalated", "count", fmt.Sprint(n))
		if c.cfg.Output == "json" {
			return printJSON(c.Out, map[string]int{"moved": n})
		}
		return nil
	})
}
