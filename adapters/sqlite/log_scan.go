package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/punchledger/punchledger/eventstore"
)

// scanner is a connection for reading that calls SQLite itself. The driver locks a mutex around each of the twenty calls that
// one record takes and boxes every value; without that a record costs less than half. It is used by one
// goroutine at a time.
type scanner struct {
	path    string
	tls     *libc.TLS
	db      uintptr
	queries []*query
	types   map[string]string // one string for each event type, not one for each record
}

// codeError is an error of SQLite outside the driver.
type codeError struct {
	code int
	text string
}

func (e *codeError) Error() string { return fmt.Sprintf("%s (%d)", e.text, e.code) }

func openScanner(path string, cacheMiB int) (*scanner, error) {
	uri, err := fileURI(path, readOnly, nil)
	if err != nil {
		return nil, err
	}
	s := &scanner{path: path, tls: libc.NewTLS(), types: map[string]string{}}
	name, err := libc.CString(uri)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(s.tls, name)
	rc := s.out(&s.db, func(p uintptr) int32 {
		const flags = sqlite3.SQLITE_OPEN_READONLY | sqlite3.SQLITE_OPEN_NOMUTEX | sqlite3.SQLITE_OPEN_URI
		return sqlite3.Xsqlite3_open_v2(s.tls, name, p, flags, 0)
	})
	err = s.check(rc)
	sqlite3.Xsqlite3_extended_result_codes(s.tls, s.db, 1)
	sqlite3.Xsqlite3_busy_timeout(s.tls, s.db, busyMillis)
	for _, pragma := range append(pragmas(cacheMiB), "cell_size_check(1)") {
		if err == nil {
			err = s.run("PRAGMA " + pragma)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, errors.Join(err, s.close()))
	}
	return s, nil
}

// out calls f with room for one pointer and puts what f left there into target.
func (s *scanner) out(target *uintptr, f func(p uintptr) int32) int32 {
	const room = 8
	p := s.tls.Alloc(room)
	defer s.tls.Free(room)
	clear(libc.GoBytes(p, room))
	rc := f(p)
	*target = uintptr(binary.NativeEndian.Uint64(libc.GoBytes(p, room)))
	return rc
}

func (s *scanner) check(rc int32) error {
	switch rc {
	case sqlite3.SQLITE_OK, sqlite3.SQLITE_ROW, sqlite3.SQLITE_DONE:
		return nil
	}
	return &codeError{int(rc), libc.GoString(sqlite3.Xsqlite3_errmsg(s.tls, s.db))}
}

// run runs one statement to its end.
func (s *scanner) run(sql string) error {
	q, err := s.prepare(sql)
	if err != nil {
		return err
	}
	_, err = q.next()
	q.reset()
	return err
}

func (s *scanner) close() error {
	for _, q := range s.queries {
		sqlite3.Xsqlite3_finalize(s.tls, q.stmt)
	}
	err := s.check(sqlite3.Xsqlite3_close_v2(s.tls, s.db))
	s.tls.Close()
	return err
}

// query is a prepared statement of a scanner.
type query struct {
	s    *scanner
	stmt uintptr
	text uintptr // the bound text, until reset
}

func (s *scanner) prepare(sql string) (*query, error) {
	text, err := libc.CString(sql)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(s.tls, text)
	q := &query{s: s}
	rc := s.out(&q.stmt, func(p uintptr) int32 { return sqlite3.Xsqlite3_prepare_v2(s.tls, s.db, text, -1, p, 0) })
	if err := s.check(rc); err != nil {
		return nil, fmt.Errorf("prepare %q: %w", sql, err)
	}
	s.queries = append(s.queries, q)
	return q, nil
}

// bindInts sets the parameters from the first one on.
func (q *query) bindInts(args ...int64) error {
	for i, v := range args {
		if err := q.s.check(sqlite3.Xsqlite3_bind_int64(q.s.tls, q.stmt, int32(i+1), v)); err != nil {
			return err
		}
	}
	return nil
}

// bindText sets the only parameter.
func (q *query) bindText(v string) (err error) {
	if q.text, err = libc.CString(v); err != nil {
		return err
	}
	return q.s.check(sqlite3.Xsqlite3_bind_text(q.s.tls, q.stmt, 1, q.text, int32(len(v)), 0))
}

// next reports whether there is a row.
func (q *query) next() (bool, error) {
	rc := sqlite3.Xsqlite3_step(q.s.tls, q.stmt)
	return rc == sqlite3.SQLITE_ROW, q.s.check(rc)
}

// reset makes q ready to be run again and ends its transaction. Its result repeats the error of next.
func (q *query) reset() {
	sqlite3.Xsqlite3_reset(q.s.tls, q.stmt)
	if q.text != 0 {
		sqlite3.Xsqlite3_bind_null(q.s.tls, q.stmt, 1)
		libc.Xfree(q.s.tls, q.text)
		q.text = 0
	}
}

// isType reports whether a column of the row holds that type and not, in a damaged page, another one.
func (q *query) isType(column, want int32) bool {
	return sqlite3.Xsqlite3_column_type(q.s.tls, q.stmt, column) == want
}

func (q *query) int(column int32) int64 {
	return sqlite3.Xsqlite3_column_int64(q.s.tls, q.stmt, column)
}

// bytes returns SQLite's own bytes of a blob or text, which last until the next row.
func (q *query) bytes(column int32) []byte {
	p := sqlite3.Xsqlite3_column_blob(q.s.tls, q.stmt, column)
	n := sqlite3.Xsqlite3_column_bytes(q.s.tls, q.stmt, column)
	if p == 0 || n == 0 {
		return nil
	}
	return libc.GoBytes(p, int(n))
}

// maxTypes bounds the event types that are kept, as a damaged file may hold any number.
const maxTypes = 1024

// eventType returns the text of a column.
func (q *query) eventType(column int32) string {
	text := q.bytes(column)
	if known, ok := q.s.types[string(text)]; ok {
		return known
	}
	if len(q.s.types) >= maxTypes {
		clear(q.s.types)
	}
	t := string(text)
	q.s.types[t] = t
	return t
}

// eventColumns are read by row in this order.
const eventColumns = "SELECT cursor, stream_id, revision, event_id, type, metadata, data, commitment FROM events "

var eventTypes = [...]int32{
	sqlite3.SQLITE_INTEGER, sqlite3.SQLITE_INTEGER, sqlite3.SQLITE_INTEGER, sqlite3.SQLITE_BLOB,
	sqlite3.SQLITE_TEXT, sqlite3.SQLITE_BLOB, sqlite3.SQLITE_BLOB, sqlite3.SQLITE_BLOB,
}

// row returns the row of eventColumns, and what is wrong with it where that can be seen at once.
func (q *query) row() row {
	var out row
	r := &out.record
	cursor := q.int(0)
	r.Cursor, r.Position = eventstore.Cursor(cursor), eventstore.Position(cursor)
	out.streamID = q.int(1)
	r.Revision = eventstore.Revision(q.int(2))
	for i, want := range eventTypes {
		if !q.isType(int32(i), want) {
			out.problem = "a column holds a value of another type"
			return out
		}
	}
	if n := copy(r.ID[:], q.bytes(3)); n != len(r.ID) || len(q.bytes(3)) != n {
		out.problem = fmt.Sprintf("its event id has %d bytes", len(q.bytes(3)))
	}
	if n := copy(r.Commitment[:], q.bytes(7)); n != len(r.Commitment) || len(q.bytes(7)) != n {
		out.problem = fmt.Sprintf("its commitment has %d bytes", len(q.bytes(7)))
	}
	r.Type = q.eventType(4)
	metadata, data := q.bytes(5), q.bytes(6)
	both := append(append(make([]byte, 0, len(metadata)+len(data)), metadata...), data...)
	r.Metadata, r.Data = both[:len(metadata):len(metadata)], both[len(metadata):]
	return out
}
