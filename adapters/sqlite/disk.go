package sqlite

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// disk is what the log asks of the file system beside SQLite. Tests put one in its place that records each step and lets it fail,
// because after a crash the order of these steps and SQLite's is what counts.
type disk interface {
	// Create makes an empty file that only its owner may read, also where there is one.
	Create(path string) (diskFile, error)
	// Reopen opens a file to be written over from its beginning.
	Reopen(path string) (diskFile, error)
	Rename(from, to string) error
	// SyncDir makes what was created, renamed and removed in a folder durable.
	SyncDir(dir string) error
}

type diskFile = interface {
	io.WriteCloser
	Sync() error
}

type osDisk struct{}

func (osDisk) Create(path string) (diskFile, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
}

func (osDisk) Reopen(path string) (diskFile, error) { return os.OpenFile(path, os.O_WRONLY, 0) }

func (osDisk) Rename(from, to string) error { return os.Rename(from, to) }

func (osDisk) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// renewWAL writes the write-ahead log of the file at path over itself and syncs it. After an fsync that failed, the kernel may
// take pages that never reached the disk for clean: the next fsync says nothing of them. SQLite would read them back, copy them
// into the file, and a crash in the middle of that would find neither the old nor the new pages whole. Nobody else may write the
// file meanwhile.
func renewWAL(d disk, path string) error {
	content, err := os.ReadFile(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(content) == 0 {
		return nil
	}
	if err == nil {
		var f diskFile
		if f, err = d.Reopen(path + "-wal"); err == nil {
			_, err = f.Write(content)
			err = errors.Join(err, f.Sync(), f.Close())
		}
	}
	if err != nil {
		return fmt.Errorf("renew the write-ahead log of %s: %w", path, err)
	}
	return nil
}
