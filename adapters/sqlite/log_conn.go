package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	modernc "modernc.org/sqlite"
)

// conn is one connection of the driver without database/sql around it, which would cost the log more than SQLite does.
// It is used by one goroutine at a time and closes the statements that were prepared on it.
type conn struct {
	path  string
	c     driver.Conn
	stmts []*stmt
}

type openMode string

const (
	readOnly  openMode = "ro"
	readWrite openMode = "rw"
	create    openMode = "rwc"
)

// busyMillis is how long SQLite waits for a lock of somebody else: a reader that recovers, an operator's shell.
const busyMillis = 10_000

// pragmas are the settings of every connection. Nothing is mapped into memory: a bad block would then end the process with a
// signal instead of an error. Automatic checkpoints are off because SQLite does not report their errors.
func pragmas(cacheMiB int) []string {
	return []string{
		"mmap_size(0)", "trusted_schema(0)", "wal_autocheckpoint(0)", "synchronous(FULL)",
		fmt.Sprintf("cache_size(%d)", -1024*cacheMiB),
	}
}

// fileURI returns the name under which SQLite and the driver open the file at path.
func fileURI(path string, mode openMode, query url.Values) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	q := url.Values{"mode": {string(mode)}}
	if mode == readOnly && atRest(abs) {
		q.Set("immutable", "1")
	}
	maps.Copy(q, query)
	u := url.URL{Scheme: "file", OmitHost: true, Path: abs, RawQuery: q.Encode()}
	return u.String(), nil
}

// atRest reports whether a file is a copy that is only looked at: this process may not write its folder, so SQLite could not put
// its index beside it, and there is no write-ahead log that would need one.
func atRest(path string) bool {
	const write = 2
	if syscall.Access(filepath.Dir(path), write) == nil {
		return false
	}
	info, err := os.Stat(path + "-wal")
	return errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0
}

func openConn(path string, mode openMode, cacheMiB int) (*conn, error) {
	uri, err := fileURI(path, mode, url.Values{
		"_pragma": append(pragmas(cacheMiB), fmt.Sprintf("busy_timeout(%d)", busyMillis)),
	})
	if err != nil {
		return nil, err
	}
	c, err := new(modernc.Driver).Open(uri)
	if err != nil {
		return nil, err
	}
	return &conn{path: path, c: c}, nil
}

// openMemory opens an empty database in memory.
func openMemory() (*conn, error) {
	c, err := new(modernc.Driver).Open(inMemory)
	if err != nil {
		return nil, err
	}
	return &conn{path: inMemory, c: c}, nil
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.s.Close())
	}
	return errors.Join(append(errs, c.c.Close())...)
}

// useWAL makes the file keep a write-ahead log.
func (c *conn) useWAL() error {
	mode, err := c.row("PRAGMA journal_mode = WAL", 1)
	if err != nil {
		return fmt.Errorf("open %s: %w", c.path, err)
	}
	if mode[0] != "wal" {
		return fmt.Errorf("open %s: its file system cannot hold a write-ahead log (got %v)", c.path, mode[0])
	}
	return nil
}

// exec runs one or more statements that return nothing.
func (c *conn) exec(sql string) error {
	_, err := c.c.(driver.ExecerContext).ExecContext(context.Background(), sql, nil)
	return err
}

// number returns the first column of the first row of a query.
func (c *conn) number(sql string) (int64, error) {
	row, err := c.row(sql, 1)
	if err != nil {
		return 0, err
	}
	n, ok := row[0].(int64)
	if !ok {
		return 0, fmt.Errorf("%s gave %v", sql, row[0])
	}
	return n, nil
}

// row returns the first row of a query that has that many columns and at least one row.
func (c *conn) row(sql string, columns int) ([]driver.Value, error) {
	rows, err := c.c.(driver.QueryerContext).QueryContext(context.Background(), sql, nil)
	if err != nil {
		return nil, err
	}
	dest := make([]driver.Value, columns)
	if err := errors.Join(rows.Next(dest), rows.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", strings.TrimSpace(sql), err)
	}
	return dest, nil
}

// stmt is a prepared statement that keeps its argument list between runs.
type stmt struct {
	s    driver.Stmt
	args []driver.NamedValue
}

func (c *conn) prepare(sql string) (*stmt, error) {
	s, err := c.c.Prepare(sql)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", sql, err)
	}
	prepared := &stmt{s: s, args: make([]driver.NamedValue, strings.Count(sql, "?"))}
	for i := range prepared.args {
		prepared.args[i].Ordinal = i + 1
	}
	c.stmts = append(c.stmts, prepared)
	return prepared, nil
}

func (s *stmt) bind(args []driver.Value) []driver.NamedValue {
	for i, v := range args {
		s.args[i].Value = v
	}
	return s.args
}

func (s *stmt) exec(args ...driver.Value) (driver.Result, error) {
	return s.s.(driver.StmtExecContext).ExecContext(context.Background(), s.bind(args))
}

func (s *stmt) query(args ...driver.Value) (driver.Rows, error) {
	return s.s.(driver.StmtQueryContext).QueryContext(context.Background(), s.bind(args))
}

// row reads the first row into dest and reports whether there is one.
func (s *stmt) row(dest []driver.Value, args ...driver.Value) (bool, error) {
	rows, err := s.query(args...)
	if err != nil {
		return false, err
	}
	err = rows.Next(dest)
	found := err == nil
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return found, errors.Join(err, rows.Close())
}
