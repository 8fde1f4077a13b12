package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/inbox"
)

type inboxCmd struct {
	Who string `arg:"" optional:"" help:"What waits for this principal, or for a role, role:hr; how much waits for whom when left out."`
	At  string `help:"What is overdue at this instant (RFC 3339); now when left out." placeholder:"INSTANT"`
	pastFlag
}

func (cmd *inboxCmd) Run(c *console) error {
	at, err := c.instant("--at", cmd.At)
	if err != nil {
		return err
	}
	return c.viewing(window{AsOf: cmd.AsOf}, func(v *view) error {
		return v.views.Moment(c.ctx, projections.AllViews, func(now projections.AllReader, tx projections.Tx, _ projections.Checkpoint) error {
			if cmd.Who == "" {
				return c.counts(now, at, v.holders(tx))
			}
			return c.inbox(v, now, cmd.Who, at, v.holders(tx))
		})
	})
}

// holders say who decides what names nobody: the manager on the date; for any other role, and where there is no manager, the role.
func (v *view) holders(tx projections.Tx) inbox.Holder {
	p := v.projector()
	return func(ctx context.Context, i inbox.Item) ([]string, error) {
		if i.Role == request.RoleManager {
			manager, err := p.Manager(ctx, tx, i.Employee, i.Date)
			if manager != "" || err != nil {
				return []string{manager}, err
			}
		}
		return []string{"role:" + i.Role}, nil
	}
}

func (c *console) counts(r inbox.Reader, at domain.Instant, holders inbox.Holder) error {
	list, err := inbox.Counts(c.ctx, r, at, holders)
	if err != nil {
		return err
	}
	t, err := c.table("who", ">count", ">overdue", "due")
	if err != nil {
		return err
	}
	for _, n := range list {
		if err := t.add(n, n.Who, strconv.Itoa(n.Items), strconv.Itoa(n.Overdue), instantText(n.DueAt)); err != nil {
			return err
		}
	}
	return t.end()
}

func (c *console) inbox(v *view, r inbox.Reader, who string, at domain.Instant, holders inbox.Holder) error {
	list, err := inbox.Of(c.ctx, r, who, holders)
	if err != nil {
		return err
	}
	t, err := c.table("what", "employee", "name", "date", "request", "since", "due", "why", "id")
	if err != nil {
		return err
	}
	for _, i := range list {
		why := append(append([]string{}, i.Flags...), i.Reasons...)
		if i.Why != "" {
			why = append(why, i.Why)
		}
		if i.Overdue(at) {
			why = append(why, c.word("labels.inbox.", "overdue"))
		}
		err := t.add(i, c.word("labels.inbox.", string(i.Kind)), i.Employee, v.names.of(i.Employee), i.Date.String(), i.Request, i.Since.String(),
			instantText(i.DueAt), strings.Join(why, " "), i.ID)
		if err != nil {
			return err
		}
	}
	return t.end()
}

func instantText(at domain.Instant) string {
	if at == 0 {
		return ""
	}
	return at.String()
}
