package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// unfinishedFile lies in the folder of a ledger that is being made. It holds the path of the key file that is made with it.
// While it is there nothing but the command that makes the ledger works on the folder, so nothing in it was acknowledged, and
// the same command may begin anew after it was killed.
const unfinishedFile = "unfinished"

// beginning is a ledger that is being made. The file's lock tells one that is under way from one that was interrupted.
type beginning struct {
	marker *os.File
	data   string
}

// begin makes the folder and the epoch key of a new ledger, or begins anew where that was interrupted. It touches nothing else
// that is there already.
func begin(data, kek string) (*beginning, error) {
	if err := makeFolder(data, kek); err != nil {
		return nil, err
	}
	marker, err := os.OpenFile(filepath.Join(data, unfinishedFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("begin a ledger: %w", err)
	}
	b := &beginning{marker: marker, data: data}
	if err := syscall.Flock(int(marker.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		b.abandon()
		return nil, domain.NewError(domain.Conflict, "ledger_being_made", "dir", data)
	}
	if err := b.clear(kek); err != nil {
		b.abandon()
		return nil, err
	}
	return b, nil
}

// makeFolder makes a folder that only its owner may look into. One that holds anything is refused, and so is a key file that is there,
// unless a ledger was begun in the folder.
func makeFolder(data, kek string) error {
	entries, err := os.ReadDir(data)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	begun := slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == unfinishedFile })
	if len(entries) > 0 && !begun {
		return domain.NewError(domain.Conflict, "folder_not_empty", "dir", data)
	}
	if _, err := os.Stat(kek); err == nil && !begun {
		return domain.NewError(domain.Conflict, "key_file_exists", "file", kek)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("create the folder: %w", err)
	}
	if err := os.Chmod(data, 0o700); err != nil { // it may have been there, open to others
		return fmt.Errorf("close the folder to others: %w", err)
	}
	return nil
}

// clear removes what an interrupted beginning left in the folder, and makes the key file where there is none of its own.
func (b *beginning) clear(kek string) error {
	if begun, err := os.ReadFile(b.marker.Name()); err != nil {
		return b.overtaken(err)
	} else if _, err := os.Stat(kek); err == nil && string(begun) != kek {
		return domain.NewError(domain.Conflict, "key_file_exists", "file", kek)
	}
	for _, name := range ledgerFiles() {
		if err := os.Remove(filepath.Join(b.data, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove what an interrupted command left: %w", err)
		}
	}
	if err := b.note(kek); err != nil {
		return fmt.Errorf("begin a ledger: %w", err)
	}
	if info, err := os.Stat(kek); err == nil && info.Size() > 0 {
		_, err := vault.LoadEpochKey(kek)
		return err
	} else if err == nil { // made, and killed before the key was in it
		if err := os.Remove(kek); err != nil {
			return fmt.Errorf("replace an empty key file: %w", err)
		}
	}
	_, err := vault.CreateEpochKey(kek)
	return err
}

// overtaken says what became of a folder whose marker is gone: another command has made a ledger in it.
func (b *beginning) overtaken(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return domain.NewError(domain.Conflict, "folder_not_empty", "dir", b.data)
	}
	return fmt.Errorf("begin a ledger: %w", err)
}

// ledgerFiles are the files that a beginning may leave in the folder.
func ledgerFiles() []string {
	names := []string{"ledger.lock", "ledger.head", "ledger.head.tmp", elsewhereFile, vaultPart.note, statePart.note}
	for _, name := range []string{logFile, vaultFile, stateFile, viewsFile} {
		names = append(names, name, name+"-wal", name+"-shm", name+"-journal")
	}
	return names
}

// note writes down, durably, which key file belongs to this beginning, before there is one.
func (b *beginning) note(kek string) error {
	_, err := b.marker.WriteAt([]byte(kek), 0)
	return errors.Join(err, b.marker.Truncate(int64(len(kek))), b.marker.Sync(), b.syncFolder())
}

// finish says that the ledger is whole.
func (b *beginning) finish() error {
	if err := errors.Join(os.Remove(b.marker.Name()), b.syncFolder()); err != nil {
		return fmt.Errorf("finish the ledger: %w", err)
	}
	return nil
}

// abandon gives the lock back; the marker stays where the ledger is not finished.
func (b *beginning) abandon() { _ = b.marker.Close() }

func (b *beginning) syncFolder() error {
	dir, err := os.Open(b.data)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
