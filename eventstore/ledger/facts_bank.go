package ledger

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/bank"
	"github.com/punchledger/punchledger/domain/ruleset"
)

func bankFacts(d *Directory, _ bank.State, c bank.Command) (bank.Facts, pins) {
	p, ok := c.(bank.Post)
	if !ok {
		return bank.Facts{}, nil
	}
	f := bank.Facts{EmployeeKnown: d.Employee(p.Emp).Exists()}
	if rules, ok := d.rulesOn(p.Emp, p.Date); ok {
		_, f.BankKnown = rules.Bank(p.Bank)
	}
	return f, pins{"employee": d.pin("employee-" + p.Emp)}
}

// Bank returns what was posted to the banks of an employee.
func (d *Directory) Bank(emp string) bank.State { return stateOf[bank.State](d, bank.Stream(emp)) }

// CompiledRules returns a published rules document by its hash.
func (d *Directory) CompiledRules(hash string) (*ruleset.Rules, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	rules, ok := d.index.rules[hash]
	return rules, ok
}

// GoverningRules returns the rules that govern an employee on a date, if any do.
func (d *Directory) GoverningRules(emp string, on domain.Date) (*ruleset.Rules, bool) {
	return d.rulesOn(emp, on)
}
