package sqlite

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/punchledger/punchledger/eventstore"
)

// Head is a record that a log has had: its last one when it was looked at.
type Head guard

// Guard returns the content of the head guard file that belongs to a log which ends at h.
func (h Head) Guard() []byte {
	text, err := json.Marshal(guard(h))
	if err != nil {
		panic(err) // a number and bytes
	}
	return append(text, '\n')
}

// ReadHead returns what the head guard at path names, and os.ErrNotExist where there is none.
func ReadHead(path string) (Head, error) {
	g, found, err := readGuard(path)
	if err == nil && !found {
		err = fmt.Errorf("there is no head guard at %s: %w", path, os.ErrNotExist)
	}
	return Head(g), err
}

// CopyLog writes one moment of the log at path to w, as a file of its own without a write-ahead log, and returns the last record in it.
// Others may go on appending: they are not waited for and do not wait. Ctx ends the copy between two pages.
func CopyLog(ctx context.Context, path string, w io.Writer) (head Head, err error) {
	if err := inspect(path, false); err != nil {
		return head, err
	}
	err = copyFile(ctx, logSchema, path, w, func(c *conn) error {
		cursor, err := c.number("SELECT coalesce(max(cursor), 0) FROM events")
		if err != nil || cursor == 0 {
			return err
		}
		row, err := c.row(fmt.Sprintf("SELECT commitment FROM events WHERE cursor = %d", cursor), 1)
		if err != nil {
			return err
		}
		head.Cursor = eventstore.Cursor(cursor)
		if b, _ := row[0].([]byte); copy(head.Commitment[:], b) != len(head.Commitment) {
			return &eventstore.CorruptError{Cursor: head.Cursor, Problem: fmt.Sprintf("its commitment has %d bytes", len(b))}
		}
		return nil
	})
	return head, err
}

// CopyVault writes one moment of the vault at path to w, like CopyLog. A vault that is copied after a log holds every key that the
// copy of the log names, as a key is stored before it is used; what was erased meanwhile is erased in the copy.
func CopyVault(ctx context.Context, path string, w io.Writer) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("copy the vault: %w", err)
	}
	return copyFile(ctx, vaultSchema, path, w, func(*conn) error { return nil })
}

// CopyState writes one moment of the state at path to w, like CopyVault.
func CopyState(ctx context.Context, path string, w io.Writer) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("copy the state: %w", err)
	}
	return copyFile(ctx, stateSchema, path, w, func(*conn) error { return nil })
}

// CheckVault reads the vault at path, which nobody has open, from end to end and returns what SQLite finds wrong with it.
func CheckVault(path string) error { return vaultSchema.checkAtRest(path) }

// CheckState reads the state at path like CheckVault.
func CheckState(path string) error { return stateSchema.checkAtRest(path) }

func (s schema) checkAtRest(path string) (err error) {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	c, err := s.openToRead(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	row, err := c.row("PRAGMA integrity_check(1)", 1)
	if err == nil && row[0] != "ok" {
		err = &ForeignFileError{path, s.name, fmt.Sprint("it is damaged: ", row[0])}
	}
	return err
}

// copyFile writes the pages of one moment of a file, in which look is called first.
func copyFile(ctx context.Context, s schema, path string, w io.Writer, look func(*conn) error) (err error) {
	c, err := s.open(path, readOnly, 4)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	// The transaction keeps its moment as long as it is open. A writer goes on behind it in the write-ahead log.
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	version, err := s.version(c)
	if err == nil && version == 0 {
		err = &ForeignFileError{path, s.name, "it is empty"}
	}
	if err == nil {
		err = look(c)
	}
	if err == nil {
		err = copyPages(ctx, c, w)
	}
	if err != nil {
		return fmt.Errorf("copy %s: %w", path, err)
	}
	return c.exec("COMMIT")
}

// Bytes 18 and 19 of a database say how it is written: 2 with a write-ahead log, 1 without one. A copy has none, so that it is one
// file that can be read anywhere, also where nothing may be written. Whoever opens it to write makes it 2 again.
const (
	journalAt      = 18
	withoutWAL     = 1
	smallestHeader = 100
)

func copyPages(ctx context.Context, c *conn, w io.Writer) (err error) {
	rows, err := c.c.(driver.QueryerContext).QueryContext(ctx, "SELECT data FROM sqlite_dbpage ORDER BY pgno", nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	dest := make([]driver.Value, 1)
	for first := true; ; first = false {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch err := rows.Next(dest); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		page, _ := dest[0].([]byte)
		if first {
			if len(page) < smallestHeader {
				return errors.New("its first page is not there")
			}
			page[journalAt], page[journalAt+1] = withoutWAL, withoutWAL
		}
		if _, err := w.Write(page); err != nil {
			return err
		}
	}
}
