package sqlite

import (
	"errors"
	"io"
	"os"
)

// disk is what the log asks of the file system beside SQLite. Tests put one in its place that records each step and lets it fail,
// because after a crash the order of these steps and SQLite's is what counts.
type disk interface {
	// Create makes an empty file that only its owner may read, also where there is one.
	Create(path string) (diskFile, error)
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

func (osDisk) Rename(from, to string) error { return os.Rename(from, to) }

func (osDisk) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
