// Package directory is the view of people: who they are, where they belong and which badges they carry.
//
// Names and badges are kept as they are in the log: sealed. A reader with the keys opens them in memory.
package directory

import (
	"context"

	"github.com/punchledger/punchledger/domain"
)

// Person is one row. Name and Badges are sealed; NameEvent is the type of the event that holds the name, which opening needs.
type Person struct {
	Employee  string        `json:"emp"`
	Name      domain.Secret `json:"name,omitzero"`
	NameEvent string        `json:"name_event,omitempty"`
	StaffNo   string        `json:"staff_no,omitempty"`
	Group     string        `json:"group,omitempty"`
	Zone      string        `json:"zone,omitempty"`
	Site      string        `json:"site,omitempty"`
	HiredOn   domain.Date   `json:"hired_on,omitzero"`
	LastDay   domain.Date   `json:"last_day,omitzero"`
	Badges    []Badge       `json:"badges,omitempty"`
}

// Badge is a badge that a person carries on [From, To).
type Badge struct {
	Secret domain.Secret `json:"badge"`
	MAC    string        `json:"badge_mac"`
	Device string        `json:"device,omitempty"`
	From   domain.Date   `json:"from"`
	To     domain.Date   `json:"to,omitzero"`
}

// Tx writes people.
type Tx interface {
	Person(ctx context.Context, employee string) (Person, bool, error)
	PutPerson(ctx context.Context, p Person) error
}

// Reader reads people in the order of their ids.
type Reader interface {
	People(ctx context.Context, yield func(Person) error) error
}
