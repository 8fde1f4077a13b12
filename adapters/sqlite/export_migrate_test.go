package sqlite

import (
	"errors"
	"io/fs"
)

// Migrate brings the log at path to a format with the steps in a folder, and returns the format that the file then has.
func Migrate(path string, files fs.FS, dir string) (version int, err error) {
	s := schema{logSchema.name, logSchema.applicationID, dir, files}
	c, err := s.open(path, create, 1)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.useWAL(); err != nil {
		return 0, err
	}
	failed := s.migrate(c)
	version, err = s.version(c)
	return version, errors.Join(failed, err)
}
