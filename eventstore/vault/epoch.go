package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// EpochKey wraps all keys of a vault. It is kept in a file of its own, apart from the data and its backups: whoever has both
// can read everything, and destroying it destroys every copy of every key that it wrapped.
type EpochKey struct {
	Epoch int
	key   [keyBytes]byte
}

// String hides the key from logs and test output.
func (k EpochKey) String() string { return fmt.Sprintf("epoch key %d", k.Epoch) }

// GoString hides the key from %#v.
func (k EpochKey) GoString() string { return k.String() }

// KeyFault says of what kind the fault of an epoch key file is.
type KeyFault int

// The kinds of faults. One that the system reports is KeyUnreadable, with its error.
const (
	KeyUnreadable KeyFault = iota
	KeyMissing
	KeyExists
	KeyOpenToOthers
	KeyDamaged
)

// EpochKeyError says what is wrong with an epoch key file, and what to do.
type EpochKeyError struct {
	Path    string
	Fault   KeyFault
	Problem string
	Err     error
}

func (e *EpochKeyError) Error() string { return fmt.Sprintf("epoch key file %s %s", e.Path, e.Problem) }

func (e *EpochKeyError) Unwrap() error { return e.Err }

// WrongEpochKeyError says that an epoch key is not the one that wrapped the keys of a vault.
type WrongEpochKeyError struct{ Vault, Given int }

func (e *WrongEpochKeyError) Error() string {
	if e.Vault != e.Given {
		return fmt.Sprintf("the vault needs the epoch key %d, and the one given is %d: give the file that belongs to it", e.Vault, e.Given)
	}
	return fmt.Sprintf("the epoch key %d given is not the one of this vault: give the file that belongs to it", e.Given)
}

// epochKeyVersion is the first line of an epoch key file; "epoch N" and the key in base64url follow.
const epochKeyVersion = "punchledger-epoch-key-v1"

// NewEpochKey returns a key that is in no file, from a source of random bytes.
func NewEpochKey(random io.Reader, epoch int) (EpochKey, error) {
	k := EpochKey{Epoch: epoch}
	if _, err := io.ReadFull(random, k.key[:]); err != nil {
		return EpochKey{}, fmt.Errorf("read random bytes: %w", err)
	}
	return k, nil
}

// CreateEpochKey writes a new key for epoch 1 to a file that must not exist, readable by its owner only, and returns it when
// it is durable.
func CreateEpochKey(path string) (EpochKey, error) {
	k, err := NewEpochKey(rand.Reader, 1)
	if err != nil {
		return EpochKey{}, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return EpochKey{}, &EpochKeyError{path, KeyExists, "exists already: a new key would make what it protects unreadable", err}
	}
	if err != nil {
		return EpochKey{}, &EpochKeyError{path, KeyUnreadable, "cannot be created: " + err.Error(), err}
	}
	_, err = fmt.Fprintf(f, "%s\nepoch %d\n%s\n", epochKeyVersion, k.Epoch, base64.RawURLEncoding.EncodeToString(k.key[:]))
	if err = errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(path))); err != nil {
		return EpochKey{}, &EpochKeyError{path, KeyUnreadable, "cannot be written: " + err.Error(), err}
	}
	return k, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// LoadEpochKey reads the key in a file. Whatever is wrong with the file is an *EpochKeyError.
func LoadEpochKey(path string) (EpochKey, error) {
	info, err := os.Stat(path) // before it is opened: a pipe would wait for ever
	if errors.Is(err, fs.ErrNotExist) {
		return EpochKey{}, &EpochKeyError{path, KeyMissing, "is missing: personal evidence cannot be read or written without it; " +
			"put it back from where it is kept", err}
	}
	if err != nil {
		return EpochKey{}, &EpochKeyError{path, KeyUnreadable, "cannot be opened: " + err.Error(), err}
	}
	if !info.Mode().IsRegular() {
		return EpochKey{}, &EpochKeyError{path, KeyDamaged, fmt.Sprintf("is no file but has mode %v; put the key file back", info.Mode()), nil}
	}
	if mode := info.Mode(); openToOthers(info) {
		return EpochKey{}, &EpochKeyError{path, KeyOpenToOthers, fmt.Sprintf(
			"has mode %v, so others than its owner may read it: chmod 600 it, and consider the key known to them", mode), nil}
	}
	f, err := os.Open(path)
	if err != nil {
		return EpochKey{}, &EpochKeyError{path, KeyUnreadable, "cannot be opened: " + err.Error(), err}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1024))
	if err != nil {
		return EpochKey{}, &EpochKeyError{path, KeyUnreadable, "cannot be read: " + err.Error(), err}
	}
	k, problem := parseEpochKey(text)
	if problem != "" {
		return EpochKey{}, &EpochKeyError{path, KeyDamaged, problem, nil}
	}
	return k, nil
}

// parseEpochKey returns the key in the text of a file, or what is wrong with it.
func parseEpochKey(text []byte) (EpochKey, string) {
	lines := strings.Split(string(bytes.TrimSuffix(text, []byte("\n"))), "\n")
	if lines[0] != epochKeyVersion {
		return EpochKey{}, fmt.Sprintf("is not one that this build can read: its first line is not %q", epochKeyVersion)
	}
	if len(lines) != 3 {
		return EpochKey{}, fmt.Sprintf("is damaged: it has %d lines instead of 3", len(lines))
	}
	var k EpochKey
	number, ok := strings.CutPrefix(lines[1], "epoch ")
	epoch, err := strconv.Atoi(number)
	if !ok || err != nil || epoch < 1 {
		return EpochKey{}, `is damaged: its second line is not "epoch" and a number from 1`
	}
	k.Epoch = epoch
	key, err := base64.RawURLEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(key) != keyBytes {
		return EpochKey{}, fmt.Sprintf("is damaged: its third line is not %d bytes in base64url", keyBytes)
	}
	copy(k.key[:], key)
	return k, ""
}

// openToOthers reports whether more than one account may read a file. A file of root and its group that nobody may write is what systemd
// hands a service (LoadCredential): it is the service's by an access list, and the mode of the group shows the widest right of that list.
func openToOthers(info fs.FileInfo) bool {
	mode := info.Mode().Perm()
	st, ok := info.Sys().(*syscall.Stat_t)
	return mode&0o077 != 0 && (mode != 0o440 || !ok || st.Uid != 0 || st.Gid != 0)
}
