package sqlite

import "github.com/punchledger/punchledger/eventstore"

// ReadGuard is readGuard for tests of other packages: the record that the guard at path names.
func ReadGuard(path string) (eventstore.Cursor, eventstore.Commitment, bool, error) {
	g, ok, err := readGuard(path)
	return g.Cursor, g.Commitment, ok, err
}

// WriteGuard writes a guard as a log does.
func WriteGuard(path string, at eventstore.Cursor, c eventstore.Commitment) error {
	return (&guardFile{path: path}).write(guard{Cursor: at, Commitment: c})
}
