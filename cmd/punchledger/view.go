package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/directory"
	"github.com/punchledger/punchledger/projections/evaluate"
	"github.com/punchledger/punchledger/projections/payroll"
)

// view answers questions about one moment of the ledger, under the rules that govern or under others.
type view struct {
	*reader
	window   window
	from, to domain.Date
	views    viewStore // the moment asked for: the ledger's own, or a copy in memory that ends there
	source   projections.Reader
	names    names
	zones    *zone.Archive
	only     []string // of a moment of the past: evaluate nobody else
}

// viewing runs f on what a window asks for.
func (c *console) viewing(w window, f func(*view) error) error {
	from, to, err := w.dates()
	if err != nil {
		return err
	}
	return c.reading(func(r *reader) error {
		v := &view{reader: r, window: w, from: from, to: to, views: r.views, zones: r.zones}
		done, err := v.asOf(c.ctx)
		if err != nil {
			return err
		}
		defer done()
		v.source = v.views
		if v.names, err = r.namesOf(c.ctx, v.views); err != nil {
			return err
		}
		if w.Employee != "" && !v.names.known(w.Employee) {
			return domain.NewError(domain.NotFound, "unknown_employee", "emp", w.Employee)
		}
		if w.Rules != "" {
			if err := v.recompute(c); err != nil {
				return err
			}
		}
		return f(v)
	})
}

// asOf replaces the views by a copy in memory that ends where --as-of says.
func (v *view) asOf(ctx context.Context) (func(), error) {
	if v.window.AsOf == "" {
		return func() {}, nil
	}
	until, err := moment(v.window.AsOf)
	if err != nil {
		return nil, err
	}
	views, err := openViews(ctx, ":memory:")
	if err != nil {
		return nil, err
	}
	closeViews := func() { _ = views.Close() } // nothing of it is kept
	runner := v.runner(views)
	runner.Until = until
	if v.window.Employee != "" {
		v.only = []string{v.window.Employee}
	}
	if len(v.only) > 0 {
		runner.Projector = projections.Together{v.projector().Only(v.only...), projections.People{}, projections.Waiting{}}
		runner.Skip = aboutOthers(v.only...)
	}
	if err := runner.CatchUp(ctx); err != nil {
		closeViews()
		return nil, err
	}
	v.views = views
	return closeViews, nil
}

// known is the last position that the answers of the view know. Views of some people alone do not move on with the events of others.
func (v *view) known(ctx context.Context) (eventstore.Position, error) {
	at, err := v.views.Checkpoint(ctx, projections.AllViews)
	if err != nil || v.window.AsOf == "" {
		return at.Position, err
	}
	until, err := moment(v.window.AsOf)
	if err != nil {
		return 0, err
	}
	known := at.Position
	for d, err := range v.codec.DecodeAll(eventstore.Number(v.log.ReadAll(ctx, at.Cursor), at.Position, v.codec.Owns)) {
		if err != nil {
			return 0, err
		}
		if !until(d) {
			break
		}
		known = d.Position
	}
	return known, nil
}

// recompute evaluates the window under the rules it names.
func (v *view) recompute(c *console) error {
	candidate, err := v.candidate(c, v.window.Rules)
	if err != nil {
		return err
	}
	employees := []string{v.window.Employee}
	if v.window.Employee == "" {
		employees = v.names.employees()
	}
	candidate.From, candidate.To = max(v.from, 1), v.to
	return v.views.Read(c.ctx, func(tx projections.Tx) error {
		results, err := v.projector().Compute(c.ctx, tx, employees, max(v.from, 1), v.to, candidate)
		v.source = results
		return err
	})
}

// candidate finds the rules that a user names: a version of the ledger, a shipped pack or a file.
func (v *view) candidate(c *console, name string) (*evaluate.Candidate, error) {
	if id, number, ok := strings.Cut(name, "@"); ok {
		n, err := strconv.Atoi(number)
		if err != nil {
			return nil, wrongValue("--rules", name, "not_a_version")
		}
		return v.published(c.ctx, id, n)
	}
	doc, err := c.document(name)
	if err != nil {
		return nil, err
	}
	return v.candidateOf(c.ctx, doc)
}

// document reads a rules document from a file, or a shipped pack by its id.
func (c *console) document(name string) (*ruleset.Document, error) {
	doc, _, err := c.documentText(name)
	return doc, err
}

// documentText reads a document from a file or a pack, with its text.
func (c *console) documentText(name string) (*ruleset.Document, string, error) {
	data, err := c.rulesText(name)
	if err != nil {
		return nil, "", err
	}
	doc, err := ruleset.Parse(data, name)
	return doc, string(data), err
}

// rulesText is the text of a file or of a pack.
func (c *console) rulesText(name string) ([]byte, error) {
	data, err := c.read(name, ruleset.MaxBytes)
	if errors.Is(err, os.ErrNotExist) {
		if data, ok := ruleset.PackSource(name); ok {
			return data, nil
		}
		return nil, domain.NewError(domain.NotFound, "unknown_rules", "name", name)
	}
	return data, err
}

func (v *view) published(ctx context.Context, id string, number int) (*evaluate.Candidate, error) {
	var found *evaluate.Candidate
	err := v.views.Read(ctx, func(tx projections.Tx) error {
		book, err := v.projector().Book(ctx, tx)
		if err != nil {
			return err
		}
		for _, version := range book.Rulesets[id] {
			if version.Number == number {
				found = &evaluate.Candidate{Rules: version.Rules, Version: number}
			}
		}
		return nil
	})
	if err == nil && found == nil {
		err = domain.NewError(domain.NotFound, "unknown_version", "ruleset", id, "version", strconv.Itoa(number))
	}
	return found, err
}

// nextVersion is the number that a document would have if it were published now.
func (v *view) nextVersion(ctx context.Context, id string) (int, error) {
	next := 1
	err := v.views.Read(ctx, func(tx projections.Tx) error {
		book, err := v.projector().Book(ctx, tx)
		if err != nil {
			return err
		}
		for _, version := range book.Rulesets[id] {
			next = max(next, version.Number+1)
		}
		return nil
	})
	return next, err
}

func (v *view) days(ctx context.Context, yield func(daily.Row) error) error {
	return v.source.Days(ctx, daily.Query{Employee: v.window.Employee, From: v.from, To: v.to}, yield)
}

func (v *view) anomalies(ctx context.Context, id string, yield func(anomaly.Row) error) error {
	return v.source.Anomalies(ctx, anomaly.Query{Employee: v.window.Employee, From: v.from, To: v.to, ID: id}, yield)
}

func (v *view) rows(ctx context.Context, yield func(payroll.Row) error) error {
	return payroll.Rows(ctx, v.source, payroll.Query{Employee: v.window.Employee, From: v.from, To: v.to}, yield)
}

// names are the people of a view, their names opened in memory.
type names struct {
	people []directory.Person
	byID   map[string]string
}

func (n names) of(employee string) string { return n.byID[employee] }

func (n names) known(employee string) bool {
	_, ok := n.byID[employee]
	return ok
}

func (n names) employees() []string {
	out := make([]string, len(n.people))
	for i, p := range n.people {
		out[i] = p.Employee
	}
	return out
}

// namesOf opens the names of all people. A name whose key was destroyed reads as erased.
func (r *reader) namesOf(ctx context.Context, views viewStore) (names, error) {
	n := names{byID: map[string]string{}}
	err := views.People(ctx, func(p directory.Person) error {
		n.people = append(n.people, p)
		return nil
	})
	if err != nil {
		return n, err
	}
	for _, p := range n.people {
		if n.byID[p.Employee], err = r.open(ctx, "employee-"+p.Employee, p.NameEvent, p.Name); err != nil {
			return n, fmt.Errorf("open the name of %s: %w", p.Employee, err)
		}
	}
	return n, nil
}
