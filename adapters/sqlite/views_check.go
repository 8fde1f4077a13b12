package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/punchledger/punchledger/projections/rowmark"
)

// viewTables are the tables with rows: their keys and their marked blobs. Table and place names of the first blob are the same.
var viewTables = []struct {
	name  string
	keys  []string
	blobs []string
}{
	{"fact", []string{"emp", "part"}, []string{"data"}},
	{"day", []string{"emp", "date"}, []string{"data", "carry"}},
	{"anomaly", []string{"emp", "date", "id", "of"}, []string{"data", "about"}},
	{"resolved", []string{"emp", "date", "id", "of"}, []string{"data", "about"}},
	{"payroll_part", []string{"emp", "day", "n", "date", "code"}, []string{"data"}},
	{"month_cells", []string{"month", "emp"}, []string{"data"}},
	{"shadow", []string{"emp", "date"}, []string{"data", "carry"}},
	{"presence", []string{"emp"}, []string{"data"}},
	{"inbox", []string{"item", "who", "emp"}, []string{"data"}},
	{"request", []string{"emp", "id"}, []string{"data"}},
	{"person", []string{"emp"}, []string{"data"}},
}

// placeName is the name under which a blob is marked: its table, and its column where a row has several.
func placeName(table, column string) string {
	if column == "data" {
		return table
	}
	return table + "." + column
}

// Check reads the whole file: its pages and indexes, the mark of every row, and that no row is missing, doubled or of an earlier
// time. What it finds is a *DamagedError.
func (v *Views) Check(ctx context.Context) error {
	tx, err := v.read.BeginTx(ctx, nil)
	if err != nil {
		return v.damaged(fmt.Errorf("begin: %w", err))
	}
	return v.damaged(errors.Join(v.check(ctx, tx), ignoreDone(tx.Rollback())))
}

func (v *Views) check(ctx context.Context, tx *sql.Tx) error {
	var found, declared string
	if err := tx.QueryRowContext(ctx, checkStructure).Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return &DamagedError{v.path, viewsKind, oneLine(found)}
	}
	if err := tx.QueryRowContext(ctx, readSchema).Scan(&declared); err != nil {
		return err
	}
	want, err := viewsDeclared()
	if err != nil {
		return err
	}
	if declared != want {
		return &DamagedError{v.path, viewsKind, "its tables are declared otherwise than this format has them"}
	}
	state, err := v.state(ctx, tx)
	if err != nil {
		return err
	}
	for i := range viewTables {
		t := &viewTables[i]
		got, err := v.count(ctx, tx, t.name, t.keys, t.blobs)
		if err != nil {
			return err
		}
		if want := state.Tables[t.name]; got != want {
			return &DamagedError{v.path, viewsKind, fmt.Sprintf(
				"%s has %d rows, and %d were written, or some are of an earlier time", t.name, got.Rows, want.Rows)}
		}
	}
	return nil
}

// count returns the tally of what a table holds, each row of which must have its marks.
func (v *Views) count(ctx context.Context, tx *sql.Tx, table string, keys, blobs []string) (got tally, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT "+strings.Join(keys, ", ")+", "+strings.Join(blobs, ", ")+" FROM "+table)
	if err != nil {
		return got, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	key, data := make([]any, len(keys)), make([]sql.RawBytes, len(blobs))
	dest := make([]any, 0, len(keys)+len(blobs))
	for i := range key {
		dest = append(dest, &key[i])
	}
	for i := range data {
		dest = append(dest, &data[i])
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return got, err
		}
		got.Rows++
		for i, blob := range data {
			if _, ok := unmarked(rowmark.Place(placeName(table, blobs[i]), key...), blob); !ok {
				return got, badRow(v.path, table, key...)
			}
			got.Sum += binary.BigEndian.Uint64(blob[len(blob)-markBytes:])
		}
	}
	return got, rows.Err()
}

// viewsDeclared returns how a file of this format declares its tables.
var viewsDeclared = sync.OnceValues(func() (text string, err error) {
	c, err := openMemory()
	if err != nil {
		return "", err
	}
	if err = c.exec(viewsSchema); err == nil {
		text, err = c.text(readSchema)
	}
	return text, errors.Join(err, c.close())
})
