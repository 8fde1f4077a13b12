package sqlite

import (
	"errors"
	"fmt"
	"os"
	"sync"

	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// FailedError says that a file is no longer written because an earlier write ended in an error. What the failed write left
// on disk is unknown, so nothing is tried again: the next open of the file finds out.
type FailedError struct {
	Path string
	Err  error
}

func (e *FailedError) Error() string {
	return fmt.Sprintf("writing %s has stopped: %v; start again, and verify the ledger", e.Path, e.Err)
}

func (e *FailedError) Unwrap() error { return e.Err }

// failure keeps the first unexpected error of a writer.
type failure struct {
	path  string
	fatal func(error)

	mu  sync.Mutex
	err *FailedError
}

// newFailure returns a failure that is reported to fatal, or ends the process where fatal is nil: a process that cannot
// write its ledger must not go on to acknowledge anything.
func newFailure(path string, fatal func(error)) *failure {
	if fatal == nil {
		fatal = exit
	}
	return &failure{path: path, fatal: fatal}
}

// exitSoftware is EX_SOFTWARE of sysexits(3).
const exitSoftware = 70

func exit(err error) {
	fmt.Fprintln(os.Stderr, "punchledger:", err)
	os.Exit(exitSoftware)
}

// raise keeps err, reports it if it is the first, and returns what callers shall see.
func (f *failure) raise(err error) error {
	f.mu.Lock()
	first := f.err == nil
	if first {
		f.err = &FailedError{Path: f.path, Err: err}
	}
	failed := f.err
	f.mu.Unlock()
	if first {
		f.fatal(failed)
	}
	return failed
}

// check returns the error that was raised, if any.
func (f *failure) check() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return f.err
	}
	return nil
}

// codeOf returns SQLite's extended code of an error, or 0 for another one.
func codeOf(err error) int {
	if e, ok := errors.AsType[*modernc.Error](err); ok {
		return e.Code()
	}
	if e, ok := errors.AsType[*codeError](err); ok {
		return e.code
	}
	return 0
}

// unfinished reports whether err says that a transaction was cut off which a reader may not roll back.
func unfinished(err error) bool { return codeOf(err) == sqlite3.SQLITE_READONLY_ROLLBACK }

// malformed reports whether err says that the file itself is damaged.
func malformed(err error) bool {
	code := codeOf(err)
	switch code {
	case sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_DATA, sqlite3.SQLITE_IOERR_CORRUPTFS:
		return true
	}
	primary := code & 0xff
	return primary == sqlite3.SQLITE_CORRUPT || primary == sqlite3.SQLITE_NOTADB
}
