package sqlite

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed migrations
var migrations embed.FS

// schema is one kind of file: its id in the header of the file and its numbered migrations, which are only ever added.
type schema struct {
	name          string // as people call it
	applicationID int64
	dir           string
	files         fs.FS // which holds dir
}

var (
	logSchema   = schema{"ledger", 0x504c6f67, "migrations/log", migrations}  // "PLog"
	vaultSchema = schema{"vault", 0x50566c74, "migrations/vault", migrations} // "PVlt"
	stateSchema = schema{"state", 0x50537461, "migrations/state", migrations} // "PSta"
)

// ForeignFileError says that a file is not what it is taken for.
type ForeignFileError struct {
	Path, Want, Problem string
}

func (e *ForeignFileError) Error() string {
	return fmt.Sprintf("%s is not a punchledger %s: %s", e.Path, e.Want, e.Problem)
}

// NewerFileError says that a newer build has changed the format of a file.
type NewerFileError struct {
	Path           string
	Version, Known int
}

func (e *NewerFileError) Error() string {
	return fmt.Sprintf("%s has format %d, and this build knows formats up to %d: use the newer punchledger that wrote it",
		e.Path, e.Version, e.Known)
}

// open opens the file at path, and refuses one that is no database.
func (s schema) open(path string, mode openMode, cacheMiB int) (*conn, error) {
	c, err := openConn(path, mode, cacheMiB)
	switch {
	case malformed(err):
		return nil, &ForeignFileError{path, s.name, err.Error()}
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return c, nil
}

// version returns how many migrations the file behind c has had, and refuses a file that is none of this schema's.
func (s schema) version(c *conn) (int, error) {
	id, err := c.number("PRAGMA application_id")
	if err != nil {
		if malformed(err) {
			err = &ForeignFileError{c.path, s.name, err.Error()}
		}
		return 0, err
	}
	version, err := c.number("PRAGMA user_version")
	if err != nil {
		return 0, err
	}
	tables, err := c.number("SELECT count(*) FROM sqlite_schema")
	if err != nil {
		return 0, err
	}
	if id == 0 && version == 0 && tables == 0 {
		return 0, nil
	}
	if id != s.applicationID {
		return 0, &ForeignFileError{c.path, s.name, fmt.Sprintf("its application id is %#x, not %#x", id, s.applicationID)}
	}
	files, err := fs.ReadDir(s.files, s.dir)
	if err != nil {
		return 0, err
	}
	if version < 1 {
		return 0, &DamagedError{c.path, s.name, fmt.Sprintf("it says that it has format %d, and holds tables", version)}
	}
	if int(version) > len(files) {
		return 0, &NewerFileError{c.path, int(version), len(files)}
	}
	return int(version), nil
}

// migrate brings the file behind c to this build's format, one transaction for each step.
func (s schema) migrate(c *conn) error {
	files, err := fs.ReadDir(s.files, s.dir)
	if err != nil {
		return err
	}
	return s.migrateTo(c, len(files))
}

// migrateTo brings the file behind c to a format that it has not passed.
func (s schema) migrateTo(c *conn, format int) error {
	version, err := s.version(c)
	if err != nil {
		return err
	}
	files, err := fs.ReadDir(s.files, s.dir)
	if err != nil {
		return err
	}
	for i, f := range files[version:max(version, format)] {
		text, err := fs.ReadFile(s.files, s.dir+"/"+f.Name())
		if err != nil {
			return err
		}
		step := fmt.Sprintf("BEGIN IMMEDIATE; %s; PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
			text, s.applicationID, version+i+1)
		if err := c.exec(step); err != nil {
			return fmt.Errorf("migrate %s with %s: %w", c.path, f.Name(), err)
		}
	}
	return nil
}
