package projections

import (
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
// newline. There the pins of a day are without the member engine, and payroll rows without row_hash, which follows from the rest.
// Equal facts under equal rules give equal fingerprints on any store, in any batch size, after any rebuild.
func Fingerprint(ctx context.Context, r Reader) (string, Counts, error) {
	h := sha256.New()
	h.Write([]byte("punchledger/views/v1\n"))
	var n Counts
	var line []byte
	write := func(view string, content []byte, count *int) error {
		*count++
		line = append(append(append(line[:0], view...), '\t'), content...)
		h.Write(append(line, '\n'))
		return nil
	}
	encode := func(view string, row any, count *int) error {
		b, err := payroll.Canonical(row)
		if err != nil {
			return fmt.Errorf("view %s: %w", view, err)
		}
		return write(view, b, count)
	}
	err := r.Days(ctx, daily.Query{}, func(d daily.Row) error { return encode("daily", dayOf(d), &n.Days) })
	if err == nil {
		err = r.Anomalies(ctx, anomaly.Query{}, func(a anomaly.Row) error { return encode("anomaly", a, &n.Anomalies) })
	}
	if err == nil {
		err = payroll.Contents(ctx, r, payroll.Query{}, func(row []byte) error { return write("payroll", row, &n.Rows) })
	}
	return hex.EncodeToString(h.Sum(nil)), n, err
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
