package crashtest

import (
	"errors"
	"slices"
	"syscall"

	sqlite3 "modernc.org/sqlite/lib"
)

// Fault lets operations fail. The zero value lets none fail.
type Fault struct {
	Kinds   []Kind
	At      int  // the first operation of these kinds to fail, from 1
	Forever bool // all that follow fail too: the disk is gone or full
	Full    bool // for want of room (ENOSPC), not for an error of the disk (EIO)
}

// Fail lets operations fail from now on; the count of a fault begins here.
func (r *Recorder) Fail(f Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault, r.calls, r.struck = f, 0, 0
}

// Struck is how many operations have failed since Fail.
func (r *Recorder) Struck() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.struck
}

// ask reports the error with which an operation must fail.
func (r *Recorder) ask(k Kind, name string) error {
	r.mu.Lock()
	before := r.before
	r.mu.Unlock()
	if before != nil {
		before(k, name)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.fault
	if !slices.Contains(f.Kinds, k) {
		return nil
	}
	r.calls++
	if r.calls < f.At || r.calls > f.At && !f.Forever || f.At == 0 {
		return nil
	}
	r.struck++
	if f.Full {
		return syscall.ENOSPC
	}
	return syscall.EIO
}

// code is the result with which SQLite's own VFS would report an error of the disk.
func code(k Kind, err error) int32 {
	switch {
	case k == Open:
		return sqlite3.SQLITE_CANTOPEN
	case errors.Is(err, syscall.ENOSPC) && k != Sync:
		return sqlite3.SQLITE_FULL
	case k == Read:
		return sqlite3.SQLITE_IOERR_READ
	case k == Write:
		return sqlite3.SQLITE_IOERR_WRITE
	case k == Truncate:
		return sqlite3.SQLITE_IOERR_TRUNCATE
	case k == Sync:
		return sqlite3.SQLITE_IOERR_FSYNC
	}
	return sqlite3.SQLITE_IOERR_DELETE
}
