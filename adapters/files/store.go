// Package files keeps photos and documents that people hand in: it looks at what they are, makes a copy for viewing without what a camera
// writes into a picture, seals both under the key of the person and month, and keeps them beside the log.
//
// A file on disk is named by the SHA-256 of what it holds, which is ciphertext. Nothing is ever changed in place, and nothing is removed
// that an event may name.
package files

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Folder is where blobs lie in the folder of a ledger.
const Folder = "blobs"

// partial is the end of the name of a file that is not whole yet.
const partial = ".partial"

// Blobs keeps sealed files in a folder. It is safe for concurrent use, also by several processes.
type Blobs struct {
	Dir string
	// sync makes a name durable; nil is fsync of the folder.
	sync func(dir string) error
}

// DamagedError says that a blob is not as it was stored, or not there.
type DamagedError struct{ Name, Problem string }

func (e *DamagedError) Error() string { return fmt.Sprintf("blob %s: %s", e.Name, e.Problem) }

var blobName = regexp.MustCompile(`^[0-9a-f]{64}$`)

// IsName reports whether a blob can have a name.
func IsName(name string) bool { return blobName.MatchString(name) }

// NameOf returns the name of a blob of that content.
func NameOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// Put stores content and returns its name. It is durable when Put returns, readable by its owner only, and was read back: what a disk
// does not give back is not acknowledged.
func (b Blobs) Put(content []byte) (name string, err error) {
	name = NameOf(content)
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		return "", fmt.Errorf("make the folder of blobs: %w", err)
	}
	file, err := os.CreateTemp(b.Dir, "*"+partial) // 0600
	if err != nil {
		return "", fmt.Errorf("store a blob: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("store a blob: %w", err), ignoreMissing(os.Remove(file.Name())))
		}
	}()
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", err
	}
	if err := check(file.Name(), name); err != nil {
		return "", err
	}
	if err := os.Rename(file.Name(), b.path(name)); err != nil {
		return "", err
	}
	if err := b.syncDir(b.Dir); err != nil {
		return "", err
	}
	return name, b.syncDir(filepath.Dir(b.Dir))
}

func (b Blobs) syncDir(dir string) error {
	if b.sync != nil {
		return b.sync(dir)
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (b Blobs) path(name string) string { return filepath.Join(b.Dir, name) }

// Get returns a blob whose content is what its name says; anything else is a *DamagedError.
func (b Blobs) Get(name string) ([]byte, error) {
	if !IsName(name) {
		return nil, &DamagedError{name, "that is no name of a blob"}
	}
	content, err := os.ReadFile(b.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &DamagedError{name, "it is missing"}
	}
	if err != nil {
		return nil, err
	}
	if got := NameOf(content); got != name {
		return nil, &DamagedError{name, "its SHA-256 is " + got}
	}
	return content, nil
}

// check reads a file back from disk and compares it with the name it is to have.
func check(path, name string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != name {
		return &DamagedError{name, "the disk gives back other bytes than were written"}
	}
	return nil
}

// Names returns the names of all blobs, sorted; none where the folder is not there. What a crash has left half written is not among
// them, and neither is what does not belong there.
func (b Blobs) Names() ([]string, error) { return b.list(IsName) }

// Strange returns what else lies in the folder: files that a crash has left half written, and what somebody else has put there.
func (b Blobs) Strange() ([]string, error) {
	return b.list(func(name string) bool { return !IsName(name) })
}

func (b Blobs) list(is func(string) bool) ([]string, error) {
	entries, err := os.ReadDir(b.Dir)
	if err != nil {
		return nil, ignoreMissing(err)
	}
	var out []string
	for _, e := range entries {
		if is(e.Name()) {
			out = append(out, e.Name())
		}
	}
	return out, nil
}

// Remove removes a blob, or what a crash has left half written. Only who knows that no event names it may call this.
func (b Blobs) Remove(name string) error {
	if !IsName(name) && !strings.HasSuffix(name, partial) || filepath.Base(name) != name {
		return &DamagedError{name, "that is no name of a blob"}
	}
	if err := ignoreMissing(os.Remove(b.path(name))); err != nil {
		return err
	}
	return b.syncDir(b.Dir)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// NameIn returns the name of the blob that err is about; empty where it is about none.
func NameIn(err error) string {
	if e, ok := errors.AsType[*DamagedError](err); ok {
		return e.Name
	}
	return ""
}
