package projections

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/punchledger/punchledger/domain/attendance"
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

// Fingerprint returns views_fingerprint: the SHA-256, in hexadecimal, of the line "punchledger/views/v1\n" and a line for each row
// of daily, anomaly and payroll in the order of their keys: the name of the view, a tab, the row's canonical JSON (RFC 8785), and a
// newline. The pins of a day are without the member engine there. Equal facts under equal rules give equal fingerprints on any store, in any
// batch size, after any rebuild.
func Fingerprint(ctx context.Context, r Reader) (string, Counts, error) {
	var n Counts
	rows, sum := make(chan viewRow, 256), make(chan digest, 1)
	go func() { sum <- digestOf(rows) }() // beside the reading, which takes longer
	write := func(view string, row any, count *int) error {
		*count++
		rows <- viewRow{view, row}
		return nil
	}
	err := r.Days(ctx, daily.Query{}, func(d daily.Row) error {
		return write("daily", dayOf(d), &n.Days)
	})
	if err == nil {
		err = r.Anomalies(ctx, anomaly.Query{}, func(a anomaly.Row) error { return write("anomaly", a, &n.Anomalies) })
	}
	if err == nil {
		err = payroll.Rows(ctx, r, payroll.Query{}, func(p payroll.Row) error { return write("payroll", p, &n.Rows) })
	}
	close(rows)
	d := <-sum
	return d.hash, n, cmp.Or(err, d.err)
}

type viewRow struct {
	view string
	row  any
}

type digest struct {
	hash string
	err  error
}

// digestOf takes all rows, also after one that cannot be encoded.
func digestOf(rows <-chan viewRow) digest {
	h := sha256.New()
	h.Write([]byte("punchledger/views/v1\n"))
	var failed error
	for r := range rows {
		b, err := payroll.Canonical(r.row)
		if err != nil {
			failed = cmp.Or(failed, fmt.Errorf("view %s: %w", r.view, err))
			continue
		}
		fmt.Fprintf(h, "%s\t%s\n", r.view, b)
	}
	return digest{hex.EncodeToString(h.Sum(nil)), failed}
}

// engineless is a day without the build that computed it.
type engineless struct {
	attendance.Day
	Pins pins `json:"pins"`
}

type pins struct {
	attendance.Pins
	Engine *string `json:"engine,omitempty"` // stands in front of the member of the pins, and is left out
}

func dayOf(d daily.Row) engineless { return engineless{Day: d.Day, Pins: pins{Pins: d.Pins}} }
