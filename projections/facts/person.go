package facts

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// Person is a copy of one employee's parts, read at once. It is a Tx that cannot be written, so that a Keeper reads from it what it
// reads from a store, on another goroutine than the store's.
type Person struct {
	Employee string
	parts    map[string][]byte
}

// ReadPerson copies what evaluation of an employee needs from a date on.
func ReadPerson(ctx context.Context, tx Tx, employee string, from domain.Date) (*Person, error) {
	p := &Person{Employee: employee, parts: map[string][]byte{}}
	keep := func(part string, data []byte) error {
		p.parts[part] = slices.Clone(data)
		return nil
	}
	first := prefixMonth + firstMonth(from).YearMonth()
	if err := tx.PartsExcept(ctx, employee, prefixMonth, first, keep); err != nil {
		return nil, err
	}
	if months, err := p.FactParts(ctx, employee, prefixMonth); err != nil || len(months) >= lastMonths {
		return p, err
	}
	return p, tx.PartsExcept(ctx, employee, "", "", keep)
}

// ErrReadOnly says that a copy of facts was written to.
var ErrReadOnly = errors.New("a copy of facts cannot be written")

// Fact implements Tx.
func (p *Person) Fact(_ context.Context, employee, part string) ([]byte, error) {
	if employee != p.Employee {
		return nil, nil
	}
	return p.parts[part], nil
}

// PutFact implements Tx: ErrReadOnly.
func (p *Person) PutFact(context.Context, string, string, []byte) error { return ErrReadOnly }

// FactParts implements Tx.
func (p *Person) FactParts(_ context.Context, employee, prefix string) ([]string, error) {
	var out []string
	for part := range p.parts {
		if employee == p.Employee && strings.HasPrefix(part, prefix) {
			out = append(out, part)
		}
	}
	slices.Sort(out)
	return out, nil
}

// PartsExcept implements Tx.
func (p *Person) PartsExcept(ctx context.Context, employee, from, to string, yield func(string, []byte) error) error {
	parts, err := p.FactParts(ctx, employee, "")
	for _, part := range parts {
		if part >= from && part < to {
			continue
		}
		if err := yield(part, p.parts[part]); err != nil {
			return err
		}
	}
	return err
}

// Employees implements Tx.
func (p *Person) Employees(context.Context) ([]string, error) { return []string{p.Employee}, nil }
