package sqlite

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// LockedError says that another process writes the ledger. PID is 0 where it has not yet said who it is.
type LockedError struct {
	Dir   string
	PID   int
	Since time.Time
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("the ledger in %s is being written by another process; use its socket or stop it", e.Dir)
	}
	return fmt.Sprintf("the ledger in %s is being written by process %d since %s; use its socket or stop it",
		e.Dir, e.PID, e.Since.Format(time.RFC3339))
}

// lockHolder is the content of a lock file. The lock itself is the kernel's, so a file left by a dead process locks nothing.
type lockHolder struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
}

// Lock takes the writer's lock of a ledger whose log is kept elsewhere, conventionally ledger.lock in its folder, until it is closed. A
// *LockedError says that another process has it.
func Lock(path string) (io.Closer, error) {
	f, err := lockFile(path)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// lockFile takes the writer's lock of a ledger. Closing the file gives it back.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the ledger: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		var holder lockHolder
		if text, err := io.ReadAll(f); err == nil {
			// A holder that is just writing its name leaves the zero value: the refusal holds all the same.
			_ = json.Unmarshal(text, &holder)
		}
		return nil, &LockedError{Dir: filepath.Dir(path), PID: holder.PID, Since: holder.Since}
	}
	text, err := json.Marshal(lockHolder{PID: os.Getpid(), Since: time.Now().UTC().Truncate(time.Second)})
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt(append(text, '\n'), 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", path, err), f.Close())
	}
	return f, nil
}
