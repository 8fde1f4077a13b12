package main

import (
	"context"
	"errors"
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/evaluate"
	"github.com/punchledger/punchledger/projections/payroll"
)

// pullFlags ask for rows of a pinned position, a page at a time.
type pullFlags struct {
	Pin      string `help:"Rows as of this position, a page at a time; head is now." placeholder:"POSITION|head"`
	Cursor   string `help:"The page that a cursor names. It is the same for ever." placeholder:"CURSOR"`
	Since    uint64 `help:"With --pin: what was added, changed and gone since this position." placeholder:"POSITION"`
	Limit    int    `help:"With --pin: rows of a page." default:"1000"`
	Employer string `help:"With --pin: only of this employer." placeholder:"ID"`
	PayGroup string `help:"With --pin: only of this pay group." placeholder:"ID"`
}

func (f *pullFlags) asked() bool { return f.Pin != "" || f.Cursor != "" }

// cursor returns what the flags ask for.
func (f *pullFlags) cursor(w window) (payroll.Cursor, error) {
	if f.Cursor != "" {
		return payroll.ParseCursor(f.Cursor)
	}
	var c payroll.Cursor
	from, to, err := w.dates()
	if err != nil {
		return c, err
	}
	c = payroll.Cursor{From: from, To: to, Employer: f.Employer, PayGroup: f.PayGroup, Limit: f.Limit, Scope: w.Employee}
	if f.Limit < 1 || f.Limit > payroll.MaxPage {
		return c, wrongValue("--limit", strconv.Itoa(f.Limit), "not_a_page")
	}
	if f.Pin != "head" {
		at, err := strconv.ParseUint(f.Pin, 10, 63)
		if err != nil || at == 0 {
			return c, wrongValue("--pin", f.Pin, "not_a_position")
		}
		c.Position = eventstore.Position(at)
	}
	return c, nil
}

// pull shows a page, or what has changed.
func (c *console) pull(w window, f *pullFlags) error {
	cursor, err := f.cursor(w)
	if err != nil {
		return err
	}
	var only func(string) bool
	if cursor.Scope != "" {
		only = func(employee string) bool { return employee == cursor.Scope }
	}
	return c.reading(func(r *reader) error {
		at, err := r.views.Checkpoint(c.ctx, projections.AllViews)
		if err != nil {
			return err
		}
		if cursor.Position > at.Position || eventstore.Position(f.Since) > at.Position {
			return domain.NewError(domain.NotFound, "unknown_position", "position", strconv.FormatUint(max(uint64(cursor.Position), f.Since), 10),
				"head", strconv.FormatUint(uint64(at.Position), 10))
		}
		if err := r.sayDuties(c); err != nil {
			return err
		}
		pins := r.pins()
		if f.Since > 0 {
			d, err := pins.Diff(c.ctx, eventstore.Position(f.Since), cursor, only)
			if err != nil {
				return err
			}
			return c.showDifference(d)
		}
		page, err := pins.Page(c.ctx, cursor, only)
		if err != nil {
			return err
		}
		return c.showPage(page)
	})
}

// pins serve rows of pinned positions from the views, or from the log where those have gone on.
func (r *reader) pins() *payroll.Pins {
	moment := func(ctx context.Context, views viewStore, f func(eventstore.Position, payroll.Source) error) error {
		return r.moment(ctx, views, func(now projections.AllReader, tx projections.Tx, at projections.Checkpoint) error {
			return f(at.Position, rowSource{now, r.projector(), tx})
		})
	}
	return &payroll.Pins{
		Live: func(ctx context.Context, f func(eventstore.Position, payroll.Source) error) error {
			return moment(ctx, r.views, f)
		},
		Past: func(ctx context.Context, at eventstore.Position, f func(payroll.Source) error) error {
			views, err := openViews(ctx, ":memory:")
			if err != nil {
				return err
			}
			runner := r.runner(views)
			runner.Until = func(d eventstore.Decoded) bool { return d.Position <= at }
			err = runner.CatchUp(ctx)
			if err == nil {
				err = moment(ctx, views, func(_ eventstore.Position, s payroll.Source) error { return f(s) })
			}
			return errors.Join(err, views.Close())
		},
	}
}

// rowSource reads rows and terms on one moment of the views.
type rowSource struct {
	projections.AllReader
	projector *evaluate.Projector
	tx        projections.Tx
}

// Terms implements payroll.Source.
func (s rowSource) Terms(ctx context.Context, employee string) ([]payroll.Term, error) {
	return s.projector.Terms(ctx, s.tx, employee)
}

func (c *console) showPage(p payroll.Page) error {
	if c.cfg.Output == "json" {
		return printJSONLine(c.Out, p)
	}
	t, err := c.table("date", "employee", "code", "class", ">rate", ">time", ">seconds", "ruleset", "row")
	if err != nil {
		return err
	}
	for _, r := range p.Rows {
		err := t.add(r, r.Date.String(), r.Employee, r.Code, c.word("labels.class.", r.Class), r.Rate, quantity(r),
			strconv.FormatInt(int64(r.Seconds), 10), rulesOf(r), r.RowID)
		if err != nil {
			return err
		}
	}
	if err := t.end(); err != nil {
		return err
	}
	c.say("cli.page", "position", strconv.FormatUint(uint64(p.Position), 10), "rows", strconv.Itoa(len(p.Rows)))
	if p.Next != "" {
		c.say("cli.page_next", "cursor", p.Next)
	}
	return nil
}

func (c *console) showDifference(d payroll.Difference) error {
	if c.cfg.Output == "json" {
		return printJSONLine(c.Out, d)
	}
	t, err := c.table("change", "date", "employee", "code", ">before", ">after", "row")
	if err != nil {
		return err
	}
	line := func(change string, r payroll.Row, before, after string) error {
		return t.add(r, c.word("labels.rowchange.", change), r.Date.String(), r.Employee, r.Code, before, after, r.RowID)
	}
	for _, r := range d.Added {
		err = errors.Join(err, line("added", r, "", quantity(r)))
	}
	for _, x := range d.Changed {
		err = errors.Join(err, line("changed", x.After, quantity(x.Before), quantity(x.After)))
	}
	for _, r := range d.Gone {
		err = errors.Join(err, line("gone", r, quantity(r), ""))
	}
	if err != nil {
		return err
	}
	if err := t.end(); err != nil {
		return err
	}
	c.say("cli.rows_since", "since", strconv.FormatUint(uint64(d.Since), 10), "position", strconv.FormatUint(uint64(d.Position), 10),
		"added", strconv.Itoa(len(d.Added)), "changed", strconv.Itoa(len(d.Changed)), "repinned", strconv.Itoa(len(d.Repinned)), "gone", strconv.Itoa(len(d.Gone)))
	return nil
}
