// Package facts keeps, per employee, what evaluation needs: assignments, punches, approvals, credits, rosters; and, for all
// employees, the book of bindings, rules, calendars and sites. It is normalised, in clear, and can be rebuilt from the log.
package facts

import "context"

// Tx stores parts of facts. A part is a named blob of one employee, or of the book under the empty employee.
type Tx interface {
	Fact(ctx context.Context, employee, part string) ([]byte, error) // nil when there is none
	PutFact(ctx context.Context, employee, part string, data []byte) error
	// FactParts lists an employee's parts whose names begin with prefix, sorted.
	FactParts(ctx context.Context, employee, prefix string) ([]string, error)
	// PartsExcept yields an employee's parts by name, without those of [from, to). Data is only good until yield returns.
	PartsExcept(ctx context.Context, employee, from, to string, yield func(part string, data []byte) error) error
	// Employees lists all employees that have facts, sorted.
	Employees(ctx context.Context) ([]string, error)
}
