// Package payroll is the view of payroll-ready rows: seconds by employee, date and pay code, with what they rest on.
package payroll

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/pay"
)

// Part is what one attendance day gives to a row. Under split overtime days two attendance days may give to one date, so a row
// is the sum of its parts.
type Part struct {
	Employee string
	Day      domain.Date // the attendance day that was evaluated
	attendance.Row
	Ruleset  Ruleset
	Calendar string
}

// Ruleset names the version that a row was computed with.
type Ruleset struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	Hash    string `json:"hash"`
}

// Row is a payroll-ready line. Seconds is canonical; Minutes is whole, Hours has two places and is for display only.
// RowID stays the same while seconds change; RowHash is what Hash returns.
type Row struct {
	RowID    string          `json:"row_id"`
	Employee string          `json:"employee"`
	Date     domain.Date     `json:"date"`
	Kind     string          `json:"kind"` // regular or adjustment
	Code     string          `json:"code"`
	Class    string          `json:"class"`
	Rate     string          `json:"rate"`
	Basis    string          `json:"basis,omitempty"`
	Seconds  domain.Seconds  `json:"seconds"`
	Minutes  domain.Seconds  `json:"minutes"`
	Hours    string          `json:"hours"`
	Days     string          `json:"days,omitempty"` // decimal, three places
	Count    int             `json:"count,omitempty"`
	Dims     attendance.Dims `json:"dims,omitzero"`
	Sources  []string        `json:"sources"`
	Rulesets []Ruleset       `json:"rulesets"`
	Calendar string          `json:"calendar,omitempty"`
	RowHash  string          `json:"row_hash"`
}

// Query selects rows by their date; empty fields select all. From and To are both included. After names the first employee who is read:
// rows are in the order of employees, and reading may go on in the middle of one.
type Query struct {
	Employee string
	From, To domain.Date
	After    string
}

// Tx writes parts. Replace removes the employee's parts of the attendance days in [from, to] and stores parts in their place.
type Tx interface {
	ReplaceParts(ctx context.Context, employee string, from, to domain.Date, parts []Part) error
}

// Reader reads the parts of rows in the order of employee, date, code and attendance day; Merge makes rows of them.
type Reader interface {
	Parts(ctx context.Context, q Query, yield func(Part) error) error
}

// Rows reads rows in the order of employee, date, code and row id.
func Rows(ctx context.Context, r Reader, q Query, yield func(Row) error) error {
	return merged(ctx, r, q, func(row Row) error {
		row.RowHash = row.Hash()
		return yield(row)
	})
}

// Contents reads what the hashes of the rows cover, in the order of Rows: their canonical JSON without the hash.
func Contents(ctx context.Context, r Reader, q Query, yield func(content []byte) error) error {
	return merged(ctx, r, q, func(row Row) error { return yield(row.content()) })
}

// merged reads rows without their hashes.
func merged(ctx context.Context, r Reader, q Query, yield func(Row) error) error {
	var group []Part
	flush := func() error {
		for _, row := range merge(group) {
			if err := yield(row); err != nil {
				return err
			}
		}
		group = group[:0]
		return nil
	}
	err := r.Parts(ctx, q, func(p Part) error {
		if len(group) > 0 && (group[0].Employee != p.Employee || group[0].Date != p.Date) {
			if err := flush(); err != nil {
				return err
			}
		}
		group = append(group, p)
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// Merge sums parts into rows, sorted by employee, date, code and row id.
func Merge(parts []Part) []Row {
	rows := merge(parts)
	for i := range rows {
		rows[i].RowHash = rows[i].Hash()
	}
	return rows
}

// merge leaves the hashes empty.
func merge(parts []Part) []Row {
	byID := map[string]*Row{}
	var order []*Row
	days := map[string]int{}
	for _, p := range parts {
		id := rowID(p)
		row, ok := byID[id]
		if !ok {
			row = &Row{
				RowID: id, Employee: p.Employee, Date: p.Date, Kind: "regular", Code: p.Code, Class: p.Class, Rate: p.Rate,
				Basis: p.Basis, Dims: p.Dims, Calendar: p.Calendar, Sources: []string{},
			}
			byID[id] = row
			order = append(order, row)
		}
		row.Seconds += p.Seconds
		row.Count += p.Count
		days[id] += p.Row.Days
		row.Sources = append(row.Sources, p.Sources...)
		if !slices.Contains(row.Rulesets, p.Ruleset) {
			row.Rulesets = append(row.Rulesets, p.Ruleset)
		}
	}
	rows := make([]Row, len(order))
	for i, row := range order {
		slices.Sort(row.Sources)
		row.Sources = slices.Compact(row.Sources)
		row.Minutes = row.Seconds / domain.Minute
		row.Hours = pay.HoursText(row.Seconds, 2, pay.HalfUp)
		if d := days[row.RowID]; d != 0 {
			row.Days = fmt.Sprintf("%d.%03d", d/1000, d%1000)
		}
		rows[i] = *row
	}
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Employee, b.Employee), cmp.Compare(a.Date, b.Date), cmp.Compare(a.Code, b.Code), cmp.Compare(a.RowID, b.RowID))
	})
	return rows
}

// rowID returns 32 hexadecimal digits: the first 16 bytes of the SHA-256 of the line "punchledger/row_id/v1\n" and then ten texts
// with a NUL between them: employee, date as 2026-10-24, code, rate, the dimensions site, cost, job and place (empty where the row
// has none), kind, and the adjustment it belongs to, which is empty for a regular row.
func rowID(p Part) string {
	sum := sha256.Sum256([]byte("punchledger/row_id/v1\n" + strings.Join([]string{
		p.Employee, p.Date.String(), p.Code, p.Rate, p.Dims.Site, p.Dims.Cost, p.Dims.Job, p.Dims.Place, "regular", "",
	}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// Hash returns row_hash: the SHA-256, in hexadecimal, of the line "punchledger/row/v1\n" and the canonical JSON (RFC 8785) of the
// row without the members row_hash, position and engine, so that an unchanged row keeps its hash.
func (r Row) Hash() string {
	sum := sha256.Sum256(append([]byte("punchledger/row/v1\n"), r.content()...))
	return hex.EncodeToString(sum[:])
}
