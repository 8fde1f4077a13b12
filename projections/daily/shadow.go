package daily

import (
	"context"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/whatif"
)

// Shadow is what a day would come to under the candidate that runs beside the rules of the group. It is shown and never paid: it is in no
// payroll row and in no fingerprint. Carry is what the next day of the shadow starts from.
type Shadow struct {
	Employee   string                     `json:"emp"`
	Date       domain.Date                `json:"date"`
	Ruleset    string                     `json:"ruleset"`
	Hash       string                     `json:"rules_hash"`
	Settled    bool                       `json:"settled"`
	Pending    bool                       `json:"pending,omitempty"`
	Present    domain.Seconds             `json:"present_s"`
	Counted    domain.Seconds             `json:"counted_s"`
	Late       domain.Seconds             `json:"late_s"`
	Early      domain.Seconds             `json:"early_s"`
	Rows       map[string]whatif.Quantity `json:"rows,omitempty"` // by pay code
	Flags      []string                   `json:"flags,omitempty"`
	Anomalies  []string                   `json:"anomalies,omitempty"` // keys, sorted
	ResultHash string                     `json:"result_hash"`
	Carry      []byte                     `json:"-"`
}

// ShadowTx writes shadows. Replace removes the employee's shadows in [from, to] and stores rows in their place.
type ShadowTx interface {
	ReplaceShadows(ctx context.Context, employee string, from, to domain.Date, rows []Shadow) error
	// ShadowCarryBefore returns the carry of the employee's last shadow before date; nil when there is none.
	ShadowCarryBefore(ctx context.Context, employee string, date domain.Date) ([]byte, error)
	// ShadowCarries returns the stored carries of the employee's shadows from a date on, by date.
	ShadowCarries(ctx context.Context, employee string, from domain.Date) (map[domain.Date][]byte, error)
}

// ShadowReader reads shadows in the order of employee and date.
type ShadowReader interface {
	Shadows(ctx context.Context, q Query, yield func(Shadow) error) error
}
