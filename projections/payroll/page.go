package payroll

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
)

// Cursor says which rows a page holds: a window as of a position, whose rows, and after which row. Equal cursors give equal pages for
// ever. A zero Position pins nothing yet.
type Cursor struct {
	Position eventstore.Position `json:"p"`
	From     domain.Date         `json:"f,omitzero"`
	To       domain.Date         `json:"t,omitzero"`
	Employer string              `json:"e,omitempty"`
	PayGroup string              `json:"g,omitempty"`
	Scope    string              `json:"s,omitempty"` // names the set of employees whom the caller may see
	Limit    int                 `json:"n"`
	After    Key                 `json:"a,omitzero"`
}

// Key is the place of a row among all rows.
type Key struct {
	Employee string      `json:"e"`
	Date     domain.Date `json:"d"`
	Code     string      `json:"c"`
	RowID    string      `json:"r"`
}

// Key returns the place of the row.
func (r *Row) Key() Key { return Key{r.Employee, r.Date, r.Code, r.RowID} }

// Compare orders keys as rows are.
func (k Key) Compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Employee, o.Employee), cmp.Compare(k.Date, o.Date), cmp.Compare(k.Code, o.Code), cmp.Compare(k.RowID, o.RowID))
}

// String returns the opaque form of the cursor.
func (c Cursor) String() string {
	b, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("payroll: a cursor cannot be encoded: %v", err))
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseCursor reads what String returns; anything else is the *domain.Error bad_cursor.
func ParseCursor(s string) (Cursor, error) {
	var c Cursor
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil || c.Position == 0 || c.Limit < 1 || c.Limit > MaxPage || c.String() != s {
		return Cursor{}, domain.NewError(domain.Invalid, "bad_cursor", "cursor", s)
	}
	return c, nil
}

// MaxPage is the largest page.
const MaxPage = 10_000

// Page is some rows of a pinned position, in the order of their keys. Next is the cursor of the following page, empty on the last.
type Page struct {
	Position eventstore.Position `json:"position"`
	Rows     []Row               `json:"rows"`
	Next     string              `json:"next,omitempty"`
}

// Term says to whom an employee belongs from a date on.
type Term struct {
	From     domain.Date `json:"from"`
	Employer string      `json:"employer,omitempty"`
	PayGroup string      `json:"pay_group,omitempty"`
}

// Source reads rows of one moment, with the terms of employees as known then, by From.
type Source interface {
	Reader
	Terms(ctx context.Context, employee string) ([]Term, error)
}

var errEnough = errors.New("the page is full")

// PageOf reads the page of a cursor from a source that is at its position. Only says whom the caller may see; nil is everybody.
func PageOf(ctx context.Context, s Source, c Cursor, only func(employee string) bool) (Page, error) {
	page := Page{Position: c.Position, Rows: []Row{}}
	chosen := chooser{source: s, cursor: &c, only: only}
	err := Rows(ctx, s, Query{From: c.From, To: c.To, After: c.After.Employee}, func(r Row) error {
		if c.After != (Key{}) && r.Key().Compare(c.After) <= 0 {
			return nil
		}
		ok, err := chosen.takes(ctx, r.Employee, r.Date)
		if err != nil || !ok {
			return err
		}
		if len(page.Rows) == c.Limit {
			next := c
			next.After = page.Rows[c.Limit-1].Key()
			page.Next = next.String()
			return errEnough
		}
		page.Rows = append(page.Rows, r)
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return page, err
}

// chooser says which rows a cursor is about. It keeps the terms of the last employee: rows of one come together.
type chooser struct {
	source Source
	cursor *Cursor
	only   func(employee string) bool

	employee string
	sees     bool
	terms    []Term
}

func (c *chooser) takes(ctx context.Context, employee string, date domain.Date) (bool, error) {
	if c.employee != employee {
		c.employee, c.sees, c.terms = employee, c.only == nil || c.only(employee), nil
		if c.sees && (c.cursor.Employer != "" || c.cursor.PayGroup != "") {
			var err error
			if c.terms, err = c.source.Terms(ctx, employee); err != nil {
				return false, err
			}
		}
	}
	if !c.sees || c.cursor.Employer == "" && c.cursor.PayGroup == "" {
		return c.sees, nil
	}
	var t Term
	for _, x := range c.terms {
		if x.From <= date {
			t = x
		}
	}
	return (c.cursor.Employer == "" || t.Employer == c.cursor.Employer) && (c.cursor.PayGroup == "" || t.PayGroup == c.cursor.PayGroup), nil
}

// Difference is what has become of rows from one position to another.
type Difference struct {
	Since    eventstore.Position `json:"since"`
	Position eventstore.Position `json:"position"`
	Added    []Row               `json:"added"`
	Changed  []Change            `json:"changed"`  // other figures
	Repinned []Change            `json:"repinned"` // the same figures under another version of the rules or calendar, or from other events
	Gone     []Row               `json:"gone"`
}

// Change is a row before and after.
type Change struct {
	Before Row `json:"before"`
	After  Row `json:"after"`
}

// paysAs reports whether two rows of one id pay the same, whatever they rest on.
func (r Row) paysAs(o Row) bool {
	return r.Seconds == o.Seconds && r.Days == o.Days && r.Count == o.Count && r.Class == o.Class && r.Basis == o.Basis
}

// Diff compares the rows that a cursor selects, page and place apart, in a source of an earlier position and in one of a later.
func Diff(ctx context.Context, before, after Source, c Cursor, only func(employee string) bool) (Difference, error) {
	d := Difference{Added: []Row{}, Changed: []Change{}, Repinned: []Change{}, Gone: []Row{}}
	old := map[string]Row{}
	collect := func(s Source, yield func(Row)) error {
		chosen := chooser{source: s, cursor: &c, only: only}
		return Rows(ctx, s, Query{From: c.From, To: c.To}, func(r Row) error {
			ok, err := chosen.takes(ctx, r.Employee, r.Date)
			if ok && err == nil {
				yield(r)
			}
			return err
		})
	}
	if err := collect(before, func(r Row) { old[r.RowID] = r }); err != nil {
		return d, err
	}
	err := collect(after, func(r Row) {
		was, known := old[r.RowID]
		delete(old, r.RowID)
		switch {
		case !known:
			d.Added = append(d.Added, r)
		case was.RowHash == r.RowHash:
		case was.paysAs(r):
			d.Repinned = append(d.Repinned, Change{was, r})
		default:
			d.Changed = append(d.Changed, Change{was, r})
		}
	})
	for _, r := range old {
		d.Gone = append(d.Gone, r)
	}
	slices.SortFunc(d.Gone, func(a, b Row) int { return a.Key().Compare(b.Key()) })
	return d, err
}
