package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/punchledger/punchledger/adapters/files"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/evidence"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type requestsCmd struct {
	List     requestsListCmd     `cmd:"" default:"withargs" help:"List requests: those that wait, or all."`
	Show     requestsShowCmd     `cmd:"" help:"Show one request and what happened to it."`
	Submit   requestsSubmitCmd   `cmd:"" help:"Ask for a correction, leave, a trip, overtime and so on, also for others."`
	Resubmit requestsResubmitCmd `cmd:"" help:"Answer a return: submit a request again as it is now."`
	Attach   requestsAttachCmd   `cmd:"" help:"Add files to an open request."`
	Decide   requestsDecideCmd   `cmd:"" help:"Approve, reject or return one or many requests."`
	Withdraw requestsWithdrawCmd `cmd:"" help:"Take a request back before it is approved."`
	Revoke   requestsRevokeCmd   `cmd:"" help:"End an approval and take back what it did."`
	Reassign requestsReassignCmd `cmd:"" help:"Give open steps to another approver."`
	Escalate requestsEscalateCmd `cmd:"" help:"Move on what waits too long, now; a server does so by itself."`
}

// wishFlags say what is asked for.
type wishFlags struct {
	Date     string   `help:"Date at the place of work; taken from the times when left out." placeholder:"DATE"`
	From     string   `help:"Leave, trip, outing, overtime, remote, field: start at the place of work, 2026-10-08T18:00." placeholder:"TIME"`
	To       string   `help:"End." placeholder:"TIME"`
	TZ       string   `name:"tz" help:"Trip: the zone of the place." placeholder:"ZONE"`
	Type     string   `help:"Leave: its type in the rules."`
	Settle   string   `help:"Overtime: pay or toil." enum:",pay,toil" default:""`
	At       string   `help:"Correction: when the punch was made in truth." placeholder:"TIME"`
	Dir      string   `help:"Correction: in, out, auto, break_out or break_in." enum:",in,out,auto,break_out,break_in" default:""`
	Punch    string   `help:"Correction: the recorded punch that is wrong; with --at its time, with --dir its direction, alone that it was not meant."`
	Key      string   `help:"Correction: explain this exception and change no punch." placeholder:"KEY"`
	Rest     string   `help:"Swap: the working day that is off for the day off --date." placeholder:"DATE"`
	Prior    bool     `help:"Swap: agreed before both days, so that their kinds change places."`
	Reason   string   `help:"Reason code." default:"asked"`
	Note     string   `help:"What you want to say; it is sealed before it is stored."`
	Evidence []string `help:"Photos and files that support it, or references that evidence add printed." placeholder:"FILE"`
}

// wish reads the flags for one employee.
func (f *wishFlags) wish(c *console, w *writer, kind, emp string, dry bool) (request.Wish, error) {
	wish := request.Wish{Text: domain.NewSecret(domain.ClassText, f.Note), Approval: request.Approval{
		Kind: request.Kind(kind), Type: f.Type, Settle: request.Settle(f.Settle), ReasonCode: f.Reason,
	}}
	t := &wish.Target
	t.Dir, t.Punch, t.Key, t.Prior, t.TZ = f.Dir, f.Punch, f.Key, f.Prior, f.TZ
	if wish.Kind == request.Correction {
		wish.Change = request.ChangeOf(f.Key, f.Punch, f.At, f.Dir)
	}
	for _, x := range []struct {
		flag string
		to   *domain.Instant
	}{{f.From, &t.From}, {f.To, &t.To}, {f.At, &t.At}} {
		if x.flag == "" {
			continue
		}
		at, err := w.ledger.Directory().LocalTime(emp, f.TZ, "TIME", x.flag)
		if err != nil {
			return wish, err
		}
		*x.to = at
	}
	if err := f.dates(w, emp, t); err != nil {
		return wish, err
	}
	var err error
	wish.Evidence, err = w.evidence(c, emp, f.Evidence, dry)
	return wish, err
}

func (f *wishFlags) dates(w *writer, emp string, t *request.Subject) error {
	var err error
	if f.Rest != "" {
		if t.Rest, err = domain.ParseDate(f.Rest); err != nil {
			return wrongValue("--rest", f.Rest, "not_a_date")
		}
	}
	if f.Date != "" {
		if t.Date, err = domain.ParseDate(f.Date); err != nil {
			return wrongValue("--date", f.Date, "not_a_date")
		}
		return nil
	}
	if at := max(t.From, t.At); at != 0 {
		z, err := zone.Embedded().Zone(w.ledger.Directory().Zone(emp, at))
		if err != nil {
			return err
		}
		t.Date = z.DateOf(at.Seconds())
	}
	return nil
}

// evidence makes of files and references what a request of an employee names. A file is taken in first; of a dry run it is looked at.
func (w *writer) evidence(c *console, emp string, named []string, dry bool) ([]request.Evidence, error) {
	var out []request.Evidence
	for _, name := range named {
		e, err := w.oneEvidence(c, emp, name, dry)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func (w *writer) oneEvidence(c *console, emp, name string, dry bool) (request.Evidence, error) {
	content, err := c.read(name, evidence.MaxBytes)
	reference := name
	switch r, none := evidence.ParseReference(name); {
	case err == nil && dry:
		looked, err := files.Look(content)
		return request.Evidence{SHA256: files.NameOf(content), MIME: looked.MIME, Bytes: int64(len(content))}, err
	case err == nil:
		id := w.commandID(evidence.Reference{Emp: emp, Month: evidence.MonthOf(domain.InstantOf(w.now()))}.Stream())
		stored, err := w.keeper().Add(c.ctx, files.Upload{ID: id, Emp: emp, Actor: c.actor(), Content: content})
		if err != nil {
			return request.Evidence{}, err
		}
		reference = stored.Reference
	case none != nil:
		return request.Evidence{}, err
	case r.Emp != emp:
		return request.Evidence{}, domain.NewError(domain.NotFound, "unknown_evidence", "evidence", name)
	}
	attached, err := w.keeper().Attach(c.ctx, reference)
	return request.Evidence(attached), err
}

type requestsSubmitCmd struct {
	Kind      string   `arg:"" help:"correction, leave, trip, outing, overtime, remote, field or swap." enum:"correction,leave,trip,outing,overtime,remote,field,swap"`
	Employees []string `arg:"" help:"For whom; each gets an own request."`
	wishFlags
	DryRun bool `help:"Show flags, approvers and deadlines, and write nothing."`
}

// Run submits a request for each of the employees, as one act.
func (cmd *requestsSubmitCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		once := *w
		if len(cmd.Employees) > 1 {
			once.actID = "requests_" + strings.ReplaceAll(w.newID(), "-", "")[:12]
		}
		out := outcomes{c: c, w: &once, dryRun: cmd.DryRun}
		for _, emp := range cmd.Employees {
			wish, err := cmd.wish(c, w, cmd.Kind, emp, cmd.DryRun)
			if err != nil {
				return err
			}
			id := "q" + strings.ReplaceAll(w.newID(), "-", "")[:16]
			err = out.do(id, request.SubmitRequest{Request: id, Emp: emp, Wish: wish, By: c.cfg.As, Now: domain.InstantOf(w.now())})
			if err != nil {
				return err
			}
		}
		return out.end()
	})
}

type requestsResubmitCmd struct {
	Request string `arg:"" help:"Request."`
	wishFlags
}

func (cmd *requestsResubmitCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		ref, err := w.request(cmd.Request)
		if err != nil {
			return err
		}
		kind := request.Kind("")
		for _, r := range w.ledger.Directory().Pending() {
			if r.ID == ref.Request {
				kind = r.Kind
			}
		}
		if kind == "" {
			return domain.NewError(domain.Conflict, "request_closed", "request", ref.Request)
		}
		wish, err := cmd.wish(c, w, string(kind), ref.Emp, false)
		if err != nil {
			return err
		}
		out := outcomes{c: c, w: w}
		err = out.do(ref.Request, request.ResubmitRequest{Ref: ref, Wish: wish, By: c.cfg.As, Now: domain.InstantOf(w.now())})
		if err != nil {
			return err
		}
		return out.end()
	})
}

type requestsAttachCmd struct {
	Request string   `arg:"" help:"Request."`
	Files   []string `arg:"" help:"Photos and files, or references that evidence add printed."`
}

func (cmd *requestsAttachCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		ref, err := w.request(cmd.Request)
		if err != nil {
			return err
		}
		attached, err := w.evidence(c, ref.Emp, cmd.Files, false)
		if err != nil {
			return err
		}
		out := outcomes{c: c, w: w}
		for _, e := range attached {
			if err := out.do(ref.Request, request.AttachEvidence{Ref: ref, Evidence: e, By: c.cfg.As}); err != nil {
				return err
			}
		}
		return out.end()
	})
}

// request finds where a request is kept.
func (w *writer) request(id string) (request.Ref, error) {
	ref, ok := w.ledger.Directory().RequestRef(id)
	if !ok {
		return ref, domain.NewError(domain.NotFound, "unknown_request", "request", id)
	}
	return ref, nil
}

// outcomes carries commands about requests out and prints what became of each. Where there are several, one that is refused does not
// keep the others from being done.
type outcomes struct {
	c       *console
	w       *writer
	dryRun  bool
	several bool
	refused int
}

// outcome is what became of one request.
type requestOutcome struct {
	Request string `json:"request"`
	DryRun  bool   `json:"dry_run,omitempty"`
	request.Progress
	Code     string   `json:"code,omitempty"` // of the refusal
	Sentence string   `json:"problem,omitempty"`
	Receipt  *receipt `json:"receipt,omitempty"`
}

// do carries one command out and prints its outcome. The id of the request is printed before anything else can fail.
func (o *outcomes) do(id string, command ledger.Command) error {
	out := requestOutcome{Request: id, DryRun: o.dryRun}
	r, err := o.w.ledger.Do(o.c.ctx, ledger.Request{
		ID: o.w.commandID(command.Stream()), Command: command, Actor: o.actor(command), Correlation: o.w.actID, DryRun: o.dryRun,
	})
	refused, ok := errors.AsType[*domain.Error](err)
	switch {
	case ok && o.several:
		o.refused++
		out.Code, out.Sentence = refused.Code, o.c.sentence(err)
	case err != nil:
		return err
	default:
		for _, e := range r.Events {
			out.Progress = out.After(e.Event)
		}
		if !o.dryRun {
			receipt := receiptOf(r, id)
			out.Receipt = &receipt
		}
		if err := o.c.acknowledge(r); err != nil {
			return err
		}
	}
	if o.c.cfg.Output == "json" {
		return printJSONLine(o.c.Out, out)
	}
	return out.print(o)
}

// actor is who acts, and for whom where somebody files for another.
func (o *outcomes) actor(command ledger.Command) domain.Actor {
	a := o.c.actor()
	switch c := command.(type) {
	case request.SubmitRequest:
		a.OnBehalfOf = c.Emp
	case request.ResubmitRequest:
		a.OnBehalfOf = c.Emp
	}
	if a.OnBehalfOf == a.ID {
		a.OnBehalfOf = ""
	}
	return a
}

func (x *requestOutcome) print(o *outcomes) error {
	if !o.dryRun {
		if _, err := fmt.Fprintln(o.c.Out, x.Request); err != nil {
			return err
		}
	}
	switch {
	case x.Code != "":
		o.c.say("cli.request_refused", "request", x.Request, "problem", x.Sentence)
	case x.Turn != nil:
		o.c.say("cli.request_waits", "request", x.Request, "who", o.c.approver(*x.Turn), "due", when(x.Turn.DueAt))
	case x.Status != "":
		o.c.say("cli.request_is", "request", x.Request, "status", o.c.t("labels.request_status."+string(x.Status)))
	}
	for _, f := range x.Flags {
		o.c.say("cli.request_flag."+f, "request", x.Request, "nth", fmt.Sprint(x.Nth), "cycle", x.Cycle)
	}
	return nil
}

// approver says who has a turn.
func (c *console) approver(t request.Turn) string {
	if t.Approver != "" {
		return t.Approver
	}
	return c.t("labels.request_role." + t.Role)
}

// when shows an instant, or a dash where there is none.
func when(at domain.Instant) string {
	if at == 0 {
		return "-"
	}
	return at.String()
}

// end carries out what was approved, and says no where something was refused.
func (o *outcomes) end() error {
	if o.dryRun {
		return nil
	}
	if err := o.w.settle(o.c); err != nil {
		return err
	}
	if err := o.w.turnDue(o.c.ctx); err != nil {
		return err
	}
	if o.refused > 0 {
		return errNo
	}
	return nil
}
