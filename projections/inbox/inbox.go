// Package inbox is the view of what waits for somebody: steps of requests, requests that were returned, punches that are held or
// appealed, devices that nobody has confirmed.
//
// Who stands for a role on a date is not its business: a reader is told by whoever knows.
package inbox

import (
	"cmp"
	"context"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// Kind says what waits.
type Kind string

// The kinds.
const (
	Step     Kind = "step"     // a request waits to be decided
	Returned Kind = "returned" // a request waits for the employee's answer
	Held     Kind = "held"     // a punch waits to be released or refused
	Appeal   Kind = "appeal"   // a refused punch is to be looked at again
	Device   Kind = "device"   // a device waits to be confirmed on a second channel
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{Step, Returned, Held, Appeal, Device} }

// Item is one thing that waits. It waits for Who, or, where nobody is named, for whoever holds Role about the employee on the date.
type Item struct {
	Kind     Kind           `json:"kind"`
	ID       string         `json:"id"` // of the request, punch or device
	Employee string         `json:"emp"`
	Who      string         `json:"who,omitempty"`
	Role     string         `json:"role,omitempty"`
	Date     domain.Date    `json:"date,omitzero"`     // that it is about
	Request  string         `json:"request,omitempty"` // kind of request
	Change   string         `json:"change,omitempty"`  // of a correction
	Step     int            `json:"step,omitempty"`
	Why      string         `json:"why,omitempty"` // why it is not the one whom the chain names: sla, absent, conflict
	Flags    []string       `json:"flags,omitempty"`
	Reasons  []string       `json:"reasons,omitempty"` // why a punch is held
	Since    domain.Instant `json:"since"`
	RemindAt domain.Instant `json:"remind_at,omitzero"`
	DueAt    domain.Instant `json:"due_at,omitzero"`
}

// Key tells items apart.
func (i Item) Key() string {
	switch i.Kind {
	case Held, Appeal:
		return "punch:" + i.Employee + ":" + i.ID
	case Device:
		return "device:" + i.ID
	case Step, Returned:
	}
	return "request:" + i.Employee + ":" + i.ID
}

// Overdue reports whether the item should have been done by an instant.
func (i Item) Overdue(at domain.Instant) bool { return i.DueAt != 0 && i.DueAt <= at }

// Query selects items: of an employee, or of one principal with those that name nobody; empty fields select all.
type Query struct {
	Employee string
	Who      string
}

// Tx keeps items by key.
type Tx interface {
	InboxItem(ctx context.Context, key string) (Item, bool, error)
	PutInboxItem(ctx context.Context, i Item) error
	DropInboxItem(ctx context.Context, key string) error
	FiledTx
}

// Reader reads items in the order of their keys.
type Reader interface {
	InboxItems(ctx context.Context, q Query, yield func(Item) error) error
	FiledReader
}

// Holder says who may decide an item that names nobody, by their principals.
type Holder func(ctx context.Context, i Item) ([]string, error)

// Of returns what waits for a principal, what is due first before others.
func Of(ctx context.Context, r Reader, who string, holders Holder) ([]Item, error) {
	out := []Item{}
	err := r.InboxItems(ctx, Query{Who: who}, func(i Item) error {
		all, err := waitsFor(ctx, i, holders)
		if err == nil && slices.Contains(all, who) {
			out = append(out, i)
		}
		return err
	})
	slices.SortStableFunc(out, order)
	return out, err
}

// order puts what is due first before others, and what has no due instant last, the older before the younger.
func order(a, b Item) int {
	if (a.DueAt == 0) != (b.DueAt == 0) {
		return cmp.Compare(b.DueAt, a.DueAt)
	}
	return cmp.Or(cmp.Compare(a.DueAt, b.DueAt), cmp.Compare(a.Since, b.Since), cmp.Compare(a.Key(), b.Key()))
}

func waitsFor(ctx context.Context, i Item, holders Holder) ([]string, error) {
	if i.Who != "" {
		return []string{i.Who}, nil
	}
	return holders(ctx, i)
}

// Count is how much waits for a principal.
type Count struct {
	Who     string         `json:"who"` // empty: for nobody that anybody knows of
	Items   int            `json:"items"`
	Overdue int            `json:"overdue"`
	ByKind  map[Kind]int   `json:"by_kind"`
	DueAt   domain.Instant `json:"due_at,omitzero"` // the first
}

// Counts returns for everybody for whom something waits how much it is, at an instant.
func Counts(ctx context.Context, r Reader, at domain.Instant, holders Holder) ([]Count, error) {
	by := map[string]*Count{}
	err := r.InboxItems(ctx, Query{}, func(i Item) error {
		all, err := waitsFor(ctx, i, holders)
		if len(all) == 0 {
			all = []string{""}
		}
		for _, who := range all {
			if by[who] == nil {
				by[who] = &Count{Who: who, ByKind: map[Kind]int{}}
			}
			by[who].add(i, at)
		}
		return err
	})
	out := make([]Count, 0, len(by))
	for _, c := range by {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Count) int { return cmp.Compare(a.Who, b.Who) })
	return out, err
}

func (c *Count) add(i Item, at domain.Instant) {
	c.Items++
	c.ByKind[i.Kind]++
	if i.Overdue(at) {
		c.Overdue++
	}
	if i.DueAt != 0 && (c.DueAt == 0 || i.DueAt < c.DueAt) {
		c.DueAt = i.DueAt
	}
}
