package sqlite

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/punchledger/punchledger/eventstore"
)

// guard is the content of the head guard file: a record that the log has had. SQLite ends a write-ahead log at its first bad
// byte without a word, so only a second file can tell that acknowledged records are gone.
type guard struct {
	Cursor     eventstore.Cursor     `json:"cursor"`
	Commitment eventstore.Commitment `json:"commitment"`
}

// GuardError says that a log does not hold the record that its head guard names, so it has lost records or is another log.
type GuardError struct {
	Path, Guard string
	Cursor      eventstore.Cursor
	Problem     string
}

func (e *GuardError) Error() string {
	return fmt.Sprintf("%s is not opened: its head guard %s names record %d, but %s. "+
		"Keep both files as they are and restore the newest backup beside them. "+
		"Only if the lost records are given up for good, remove the guard and open the ledger again",
		e.Path, e.Guard, e.Cursor, e.Problem)
}

// DamagedGuardError says that a head guard cannot be read, so that nothing tells whether the log has lost records.
type DamagedGuardError struct {
	Guard string
	Err   error
}

func (e *DamagedGuardError) Error() string {
	return fmt.Sprintf("head guard %s is damaged: %v. "+
		"Verify the ledger against its newest backup, then remove the guard and open the ledger again", e.Guard, e.Err)
}

func (e *DamagedGuardError) Unwrap() error { return e.Err }

// readGuard returns the guard at path, or false where there is none.
func readGuard(path string) (guard, bool, error) {
	var g guard
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return g, false, nil
	}
	if err != nil {
		return g, false, fmt.Errorf("read the head guard: %w", err)
	}
	err = json.Unmarshal(text, &g)
	if err == nil {
		var whole []byte // a name that changed would leave its value empty, and an empty guard guards nothing
		if whole, err = g.text(); err == nil && !bytes.Equal(whole, text) {
			err = errors.New("it is not written as a guard is")
		}
	}
	if err != nil {
		return g, false, &DamagedGuardError{path, err}
	}
	return g, true, nil
}

// text returns the content of a guard file.
func (g guard) text() ([]byte, error) {
	text, err := json.Marshal(g)
	return append(text, '\n'), err
}

// guardFile writes a guard whenever it has moved on. It is safe for concurrent use.
type guardFile struct {
	path string
	disk disk

	mu      sync.Mutex
	written eventstore.Cursor
	exists  bool
}

// write makes g durable at once, if it is not already.
func (f *guardFile) write(g guard) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.exists && g.Cursor == f.written {
		return nil
	}
	text, err := g.text()
	if err != nil {
		return err
	}
	if err := replaceFile(f.disk, f.path, text); err != nil {
		return fmt.Errorf("write the head guard: %w", err)
	}
	f.written, f.exists = g.Cursor, true
	return nil
}

// replaceFile puts content at path so that a crash leaves the old or the new file, never a part.
func replaceFile(d disk, path string, content []byte) error {
	tmp := path + ".tmp"
	f, err := d.Create(tmp)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := d.Rename(tmp, path); err != nil {
		return err
	}
	return d.SyncDir(filepath.Dir(path))
}
