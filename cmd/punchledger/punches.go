package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
)

type punchesCmd struct {
	List    punchesListCmd    `cmd:"" default:"withargs" help:"List punches that wait, or that do not count."`
	Release punchesReleaseCmd `cmd:"" help:"Let held punches count."`
	Refuse  punchesRefuseCmd  `cmd:"" help:"End a hold without counting the punch."`
	Admit   punchesAdmitCmd   `cmd:"" help:"Let rejected or refused punches count after all."`
	Appeal  punchesAppealCmd  `cmd:"" help:"Ask for another look at a punch that does not count; --as is the employee."`
	Rejudge punchesRejudgeCmd `cmd:"" help:"Judge held and rejected punches again, because a fence or a rule was wrong."`
}

// waitingPunch is a punch that waits or does not count, as it was recorded.
type waitingPunch struct {
	card     timecard.Card
	details  timecard.PunchDetails
	stream   string
	event    string // type
	state    timecard.PunchState
	appealed bool
}

var punchStates = map[timecard.PunchState]string{timecard.Held: "held", timecard.Rejected: "rejected", timecard.Refused: "refused"}

// punchFilter chooses punches.
type punchFilter struct {
	State    string `help:"held, rejected or refused; without it all three." enum:",held,rejected,refused" default:""`
	Employee string `help:"Employee." placeholder:"EMP"`
	Reason   string `help:"A reason that they carry." placeholder:"CODE"`
	Site     string `help:"Site near which they were made." placeholder:"SITE"`
	From     string `help:"First date, of the effective time in UTC." placeholder:"DATE"`
	To       string `help:"Last date." placeholder:"DATE"`
}

func (f *punchFilter) dates() (from, to domain.Date, err error) {
	if f.From != "" {
		if from, err = domain.ParseDate(f.From); err != nil {
			return 0, 0, wrongValue("--from", f.From, "not_a_date")
		}
	}
	if f.To != "" {
		if to, err = domain.ParseDate(f.To); err != nil {
			return 0, 0, wrongValue("--to", f.To, "not_a_date")
		}
	}
	return from, to, nil
}

// waiting reads the punches that a filter chooses, by time.
func (f *punchFilter) waiting(ctx context.Context, store eventstore.Store, codec *eventstore.Codec) ([]waitingPunch, error) {
	from, to, err := f.dates()
	if err != nil {
		return nil, err
	}
	found := map[string]*waitingPunch{}
	for rec, err := range store.ReadAll(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if domain.Category(rec.Stream) != timecard.Category || !strings.HasPrefix(rec.Type, "Punch") {
			continue
		}
		d, err := codec.DecodeRecord(rec)
		if err != nil {
			return nil, err
		}
		follow(found, d)
	}
	var out []waitingPunch
	for _, p := range found {
		date := domain.DateOfUnix(p.details.EffectiveAt.Seconds())
		state, waits := punchStates[p.state]
		if !waits || f.State != "" && state != f.State || f.Employee != "" && p.card.Emp != f.Employee ||
			f.Reason != "" && !slices.Contains(p.details.Reasons, f.Reason) || f.Site != "" && p.details.Facts.Site != f.Site ||
			from != 0 && date < from || to != 0 && date > to {
			continue
		}
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b waitingPunch) int {
		return cmp.Or(cmp.Compare(a.details.EffectiveAt, b.details.EffectiveAt), cmp.Compare(a.details.Punch, b.details.Punch))
	})
	return out, nil
}

// follow keeps what became of the punches that were not accepted at once.
func follow(found map[string]*waitingPunch, d eventstore.Decoded) {
	put := func(details timecard.PunchDetails, state timecard.PunchState) {
		found[d.Stream+"/"+details.Punch] = &waitingPunch{
			card: details.Card(), details: details, stream: d.Stream, event: d.Type, state: state,
		}
	}
	change := func(punch string, f func(*waitingPunch)) {
		if p := found[d.Stream+"/"+punch]; p != nil {
			f(p)
		}
	}
	counts := func(p *waitingPunch) { p.state = timecard.Counted }
	switch e := d.Event.(type) {
	case timecard.PunchHeld:
		put(e.PunchDetails, timecard.Held)
	case timecard.PunchRejected:
		put(e.PunchDetails, timecard.Rejected)
	case timecard.PunchReleased:
		change(e.Punch, counts)
	case timecard.PunchAdmitted:
		change(e.Punch, counts)
	case timecard.PunchRefused:
		change(e.Punch, func(p *waitingPunch) { p.state = timecard.Refused })
	case timecard.PunchVoided:
		change(e.Punch, func(p *waitingPunch) { p.state = timecard.Voided })
	case timecard.PunchAppealed:
		change(e.Punch, func(p *waitingPunch) { p.appealed = true })
	}
}

type punchesListCmd struct{ punchFilter }

func (cmd *punchesListCmd) Run(c *console) error {
	r, err := openLogReader(c)
	if err != nil {
		return err
	}
	defer r.Close()
	punches, err := cmd.waiting(c.ctx, r.log, r.codec)
	if err != nil {
		return err
	}
	t, err := c.table("employee", "punch", "time", "direction", "state", "reasons")
	if err != nil {
		return err
	}
	for _, p := range punches {
		var said []string
		for _, reason := range p.details.Reasons {
			said = append(said, c.word("reasons.", reason))
		}
		state := punchStates[p.state]
		if p.appealed {
			said = append(said, c.t("cli.punch_appealed"))
		}
		err := t.add(map[string]any{
			"emp": p.card.Emp, "punch": p.details.Punch, "effective_at": p.details.EffectiveAt, "dir": p.details.Dir, "state": state,
			"reasons": p.details.Reasons, "appealed": p.appealed, "rule_case": p.details.RuleCase,
		}, p.card.Emp, p.details.Punch, p.details.EffectiveAt.String(), string(p.details.Dir), c.word("labels.state.", state), strings.Join(said, "; "))
		if err != nil {
			return err
		}
	}
	return t.end()
}

// judged is what all commands about single punches take.
type judged struct {
	Employee string `arg:"" help:"Employee."`
	Punch    string `arg:"" help:"Id of the punch."`
	Reason   string `help:"Reason code." default:"checked"`
}

func (j *judged) run(c *console, command func(timecard.Card) timecard.Command) error {
	return c.writing(func(w *writer) error {
		card, err := w.ledger.CardOf(c.ctx, j.Employee, j.Punch)
		if err != nil {
			return err
		}
		return w.act(c, command(card), "")
	})
}

type punchesReleaseCmd struct{ judged }

func (cmd *punchesReleaseCmd) Run(c *console) error {
	return cmd.run(c, func(card timecard.Card) timecard.Command {
		return timecard.ReleasePunch{Card: card, Punch: cmd.Punch, Reason: cmd.Reason, ActorID: c.cfg.As}
	})
}

type punchesRefuseCmd struct{ judged }

func (cmd *punchesRefuseCmd) Run(c *console) error {
	return cmd.run(c, func(card timecard.Card) timecard.Command {
		return timecard.RefusePunch{Card: card, Punch: cmd.Punch, Reason: cmd.Reason, ActorID: c.cfg.As}
	})
}

type punchesAdmitCmd struct{ judged }

func (cmd *punchesAdmitCmd) Run(c *console) error {
	return cmd.run(c, func(card timecard.Card) timecard.Command {
		return timecard.AdmitPunch{Card: card, Punch: cmd.Punch, Reason: cmd.Reason, ActorID: c.cfg.As}
	})
}

type punchesAppealCmd struct {
	Employee string `arg:"" help:"Employee."`
	Punch    string `arg:"" help:"Id of the punch."`
	Text     string `required:"" help:"Why it should count; sealed before it is stored."`
}

func (cmd *punchesAppealCmd) Run(c *console) error {
	j := judged{Employee: cmd.Employee, Punch: cmd.Punch}
	return j.run(c, func(card timecard.Card) timecard.Command {
		return timecard.AppealPunch{Card: card, Punch: cmd.Punch, Text: domain.NewSecret(domain.ClassText, cmd.Text), ActorID: c.cfg.As}
	})
}
