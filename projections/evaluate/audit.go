package evaluate

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/payroll"
)

// Audit compares a recomputed day with what views hold of it. It returns the result hash that is stored, and what differs: day,
// input_hash, result_hash, rows and anomalies, in this order. A day that is not stored differs in nothing. The build that evaluated is
// no difference.
func Audit(ctx context.Context, views projections.Reader, t *attendance.Trace) (stored string, differs []string, err error) {
	emp, date := t.Day.Employee, t.Day.Date
	var days []daily.Row
	err = views.Days(ctx, daily.Query{Employee: emp, From: date, To: date}, func(d daily.Row) error {
		days = append(days, d)
		return nil
	})
	if err != nil || len(days) == 0 {
		return "", nil, err
	}
	raised := []attendance.Anomaly{}
	err = views.Anomalies(ctx, anomaly.Query{Employee: emp, From: date, To: date}, func(a anomaly.Row) error {
		if a.State != anomaly.Resolved {
			raised = append(raised, a.Anomaly)
		}
		return nil
	})
	if err != nil {
		return "", nil, err
	}
	rows := []attendance.Row{}
	err = views.Parts(ctx, payroll.Query{Employee: emp, From: date - 1, To: date + 1}, func(p payroll.Part) error {
		if p.Day == date {
			rows = append(rows, p.Row)
		}
		return nil
	})
	if err != nil {
		return "", nil, err
	}
	was, is := days[0].Day, t.Day.Clone()
	check := func(what string, same bool) {
		if !same {
			differs = append(differs, what)
		}
	}
	check("input_hash", was.InputHash == is.InputHash)
	check("result_hash", was.ResultHash == is.ResultHash)
	for i := range is.Rows {
		is.Rows[i].Segments = nil // which no view holds
	}
	check("rows", alike(rows, is.Rows))
	check("anomalies", alike(raised, is.Anomalies))
	stored = was.ResultHash
	is.Segments, is.Rows, is.Anomalies = nil, nil, nil
	was.Pins.Engine, was.InputHash, was.ResultHash = is.Pins.Engine, is.InputHash, is.ResultHash
	if !same(was, is) {
		differs = slices.Insert(differs, 0, "day")
	}
	return stored, differs, nil
}

// alike reports whether two lists have the same entries in any order.
func alike[T any](a, b []T) bool {
	spelled := func(list []T) []string {
		out := make([]string, len(list))
		for i := range list {
			text, _ := json.Marshal(list[i]) // plain data: there is no error
			out[i] = string(text)
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(spelled(a), spelled(b))
}

func same(a, b attendance.Day) bool {
	x, _ := json.Marshal(a) // plain data: there is no error
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}
