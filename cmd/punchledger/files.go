package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/punchledger/punchledger/domain"
)

// open opens a file that the user names, from the caller's folder. Only a regular file is opened: a pipe would wait for ever, and
// a device has no end.
func (c *console) open(name string) (*os.File, error) {
	path := c.path(name)
	if err := regular(path); err != nil {
		return nil, err
	}
	return os.Open(path)
}

// regular refuses what is at path and no regular file.
func regular(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return &fs.PathError{Op: "open", Path: path, Err: syscall.EISDIR}
	case !info.Mode().IsRegular():
		return domain.NewError(domain.Invalid, "file_not_regular", "file", path)
	}
	return nil
}

// read returns the content of a document that the user names; of one that is too large it returns enough to be refused.
func (c *console) read(name string, limit int64) ([]byte, error) {
	f, err := c.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}
