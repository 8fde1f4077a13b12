package projections

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/payroll"
)

// Reader reads the three views.
type Reader interface {
	daily.Reader
	anomaly.Reader
	payroll.Reader
}

// Counts are the rows that a fingerprint covers.
type Counts struct {
	Days      int `json:"days"`
	Anomalies int `json:"anomalies"`
	Rows      int `json:"rows"`
}

// Fingerprint returns views_fingerprint: SHA-256 in hexadecimal over all rows of daily, anomaly and payroll in the order of
// their keys, one JSON object a line after the name of its view, without the engine's build. Equal facts under equal rules give
// equal fingerprints on any store, in any batch size, after any rebuild.
func Fingerprint(ctx context.Context, r Reader) (string, Counts, error) {
	h := sha256.New()
	var n Counts
	write := func(view string, row any, count *int) error {
		b, err := json.Marshal(row)
		if err != nil {
			return fmt.Errorf("encode a row of %s: %w", view, err)
		}
		*count++
		fmt.Fprintf(h, "%s\t%s\n", view, b)
		return nil
	}
	err := r.Days(ctx, daily.Query{}, func(d daily.Row) error {
		d.Pins.Engine = ""
		return write("daily", d.Day, &n.Days)
	})
	if err == nil {
		err = r.Anomalies(ctx, anomaly.Query{}, func(a anomaly.Row) error { return write("anomaly", a, &n.Anomalies) })
	}
	if err == nil {
		err = payroll.Rows(ctx, r, payroll.Query{}, func(p payroll.Row) error { return write("payroll", p, &n.Rows) })
	}
	return hex.EncodeToString(h.Sum(nil)), n, err
}
