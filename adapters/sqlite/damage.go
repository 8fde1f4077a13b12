package sqlite

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// DamagedError says that a file of ours does not hold what was written to it. Kind is "ledger", "vault", "state" or "views".
type DamagedError struct {
	Path, Kind, Problem string
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s is damaged: %s", e.Path, e.Problem)
}

// damaged returns err as a *DamagedError where SQLite says in it that a file cannot be what was written, else as it is. The
// statements never change, so that one which does not fit its tables, or is refused by them, meets other tables than ours.
func damaged(path, kind string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*DamagedError](err); ok {
		return err
	}
	if malformed(err) {
		return &DamagedError{path, kind, err.Error()}
	}
	if e, ok := errors.AsType[*modernc.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG:
			return &DamagedError{path, kind, err.Error()}
		}
	}
	return err
}

const (
	checkStructure = "PRAGMA integrity_check(1)"
	readSchema     = "SELECT coalesce(group_concat(type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, ''), char(10)), '') FROM (SELECT * FROM sqlite_schema ORDER BY name)"
)

// checkFile reads the whole file behind c: its pages, that every index has exactly the entries of its table, and that its tables
// are declared as migrations made them. It does not look into what rows say.
func (s schema) checkFile(c *conn) error {
	found, err := c.text(checkStructure)
	if err == nil && found != "ok" {
		err = &DamagedError{c.path, s.name, oneLine(found)}
	}
	if err != nil {
		return damaged(c.path, s.name, err)
	}
	return s.checkDeclared(c)
}

// checkedWhole is the size up to which a file is read whole before it is written: some 50,000 events, which takes a fraction of a
// second. What is larger is checked by verify.
const checkedWhole = 64 << 20

// checkBeforeWriting is checkFile for a file of usual size, and of a larger one looks at how its tables are declared.
func (s schema) checkBeforeWriting(c *conn) error {
	info, err := os.Stat(c.path)
	if err != nil {
		return err
	}
	if info.Size() <= checkedWhole {
		return s.checkFile(c)
	}
	return s.checkDeclared(c)
}

// checkDeclared compares the declarations of the tables with those that migrations make.
func (s schema) checkDeclared(c *conn) error {
	version, err := s.version(c)
	if err != nil {
		return err
	}
	declared, err := c.text(readSchema)
	if err != nil {
		return damaged(c.path, s.name, err)
	}
	want, err := s.declared(version)
	if err == nil && declared != want {
		err = &DamagedError{c.path, s.name, "its tables are declared otherwise than this format has them"}
	}
	return err
}

// declarations are the schemas of formats as SQLite keeps them, by folder and number of migrations.
var declarations sync.Map

// declared returns what a file with that many migrations declares.
func (s schema) declared(version int) (string, error) {
	type format struct {
		dir     string
		version int
	}
	if text, ok := declarations.Load(format{s.dir, version}); ok {
		return text.(string), nil
	}
	c, err := openMemory()
	if err != nil {
		return "", err
	}
	err = s.migrateTo(c, version)
	var text string
	if err == nil {
		text, err = c.text(readSchema)
	}
	if err = errors.Join(err, c.close()); err == nil {
		declarations.Store(format{s.dir, version}, text)
	}
	return text, err
}

// text returns the text in the first column of the first row of a query.
func (c *conn) text(sql string) (string, error) {
	row, err := c.row(sql, 1)
	if err != nil {
		return "", err
	}
	text, ok := row[0].(string)
	if !ok {
		return "", fmt.Errorf("%s gave %v", sql, row[0])
	}
	return text, nil
}

// oneLine makes one sentence of what SQLite says in several lines.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
