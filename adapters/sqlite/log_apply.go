package sqlite

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/punchledger/punchledger/eventstore"
)

// tables are the writer's view of the file: its statements and, in memory, the ends of the streams.
type tables struct {
	begin, commit, insert *stmt
	ids, endOf, placeOf   *stmt
	findStream, addStream *stmt
	heads                 map[string]streamHead
	last                  guard
}

// streamHead is the end of a stream. ID 0 is a stream that the file does not know.
type streamHead struct {
	id    int64
	place eventstore.Place
}

// maxHeads bounds the ends of streams that are kept in memory, some tens of megabytes.
const maxHeads = 1 << 17

func openTables(c *conn) (*tables, error) {
	t := &tables{heads: map[string]streamHead{}}
	for _, p := range []struct {
		stmt **stmt
		sql  string
	}{
		{&t.begin, "BEGIN IMMEDIATE"},
		{&t.commit, "COMMIT"},
		{&t.insert, "INSERT INTO events (cursor, stream_id, revision, event_id, type, metadata, data, commitment) " +
			"VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
		{&t.ids, "SELECT event_id FROM events WHERE stream_id = ? AND revision > ? ORDER BY revision LIMIT ?"},
		{&t.endOf, "SELECT revision, cursor, commitment FROM events WHERE stream_id = ? ORDER BY revision DESC LIMIT 1"},
		{&t.placeOf, "SELECT revision, cursor, commitment FROM events WHERE stream_id = ? AND revision = ?"},
		{&t.findStream, "SELECT id FROM streams WHERE name = ?"},
		{&t.addStream, "INSERT INTO streams (name) VALUES (?)"},
	} {
		var err error
		if *p.stmt, err = c.prepare(p.sql); err != nil {
			return nil, err
		}
	}
	end, err := c.prepare("SELECT revision, cursor, commitment FROM events ORDER BY cursor DESC LIMIT 1")
	if err != nil {
		return nil, err
	}
	last, _, err := readPlace(end)
	if err != nil {
		return nil, fmt.Errorf("find the end of %s: %w", c.path, err)
	}
	t.last = guard{Cursor: last.Cursor, Commitment: last.Commitment}
	return t, nil
}

// apply makes one append inside the transaction. Conflicts are answers; an error is SQLite's and ends the writer.
func (t *tables) apply(r *write) error {
	h, err := t.headOf(r.stream)
	if err != nil {
		return err
	}
	if len(r.events) == 0 {
		r.place = h.place
		return nil
	}
	if h.place.Revision != r.expected {
		return t.repeat(h, r)
	}
	if h.id == 0 {
		result, err := t.addStream.exec(r.stream)
		if err != nil {
			return err
		}
		if h.id, err = result.LastInsertId(); err != nil {
			return err
		}
	}
	for i, e := range r.events {
		cursor := t.last.Cursor + 1
		h.place = eventstore.Place{
			Revision: h.place.Revision + 1, Cursor: cursor, Position: eventstore.Position(cursor), Commitment: r.commitments[i],
		}
		_, err := t.insert.exec(int64(cursor), h.id, int64(h.place.Revision), e.ID[:], e.Type,
			stored(e.Metadata), stored(e.Data), h.place.Commitment[:])
		if err != nil {
			return err
		}
		t.last = guard{Cursor: cursor, Commitment: h.place.Commitment}
	}
	t.keep(r.stream, h)
	r.place = h.place
	return nil
}

// stored returns b as bytes that are there: SQLite would take nil as no value.
func stored(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// repeat answers an append at another revision: with its first result if the stream holds its events there, else as a conflict.
func (t *tables) repeat(h streamHead, r *write) error {
	conflict := &eventstore.ConflictError{Stream: r.stream, Expected: r.expected, Actual: h.place.Revision}
	end := r.expected + eventstore.Revision(len(r.events))
	if r.expected > h.place.Revision || end > h.place.Revision {
		r.err = conflict
		return nil
	}
	same, err := t.holds(h.id, r)
	if err != nil {
		return err
	}
	if !same {
		r.err = conflict
		return nil
	}
	r.place, same, err = readPlace(t.placeOf, h.id, int64(end))
	if err == nil && !same {
		err = errDamagedPlace
	}
	r.place.Repeated = true
	return err
}

// holds reports whether the events after r's expected revision have the ids of r's events.
func (t *tables) holds(streamID int64, r *write) (same bool, err error) {
	rows, err := t.ids.query(streamID, int64(r.expected), int64(len(r.events)))
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	dest := make([]driver.Value, 1)
	for _, e := range r.events {
		if err := rows.Next(dest); err != nil {
			if errors.Is(err, io.EOF) {
				return false, nil
			}
			return false, err
		}
		if id, _ := dest[0].([]byte); string(id) != string(e.ID[:]) {
			return false, nil
		}
	}
	return true, nil
}

// headOf returns the end of a stream, from memory where it is kept.
func (t *tables) headOf(stream string) (streamHead, error) {
	if h, ok := t.heads[stream]; ok {
		return h, nil
	}
	var h streamHead
	dest := make([]driver.Value, 1)
	found, err := t.findStream.row(dest, stream)
	if err != nil || !found {
		return h, err
	}
	if h.id, found = dest[0].(int64); !found {
		return h, errDamagedPlace
	}
	if h.place, found, err = readPlace(t.endOf, h.id); err != nil {
		return h, err
	}
	if !found {
		return h, errDamagedPlace // a stream is stored together with its first event
	}
	t.keep(stream, h)
	return h, nil
}

// keep remembers the end of a stream, in place of any other one when there are too many.
func (t *tables) keep(stream string, h streamHead) {
	if _, ok := t.heads[stream]; !ok && len(t.heads) >= maxHeads {
		for other := range t.heads {
			delete(t.heads, other)
			break
		}
	}
	t.heads[stream] = h
}

var errDamagedPlace = errors.New("the end of a stream is not there or damaged")

// readPlace returns the place that a statement finds: revision, cursor and commitment.
func readPlace(s *stmt, args ...driver.Value) (eventstore.Place, bool, error) {
	dest := make([]driver.Value, 3)
	found, err := s.row(dest, args...)
	if err != nil || !found {
		return eventstore.Place{}, false, err
	}
	revision, ok0 := dest[0].(int64)
	cursor, ok1 := dest[1].(int64)
	commitment, ok2 := dest[2].([]byte)
	if !ok0 || !ok1 || !ok2 || len(commitment) != len(eventstore.Commitment{}) {
		return eventstore.Place{}, false, errDamagedPlace
	}
	return eventstore.Place{
		Revision: eventstore.Revision(revision), Cursor: eventstore.Cursor(cursor),
		Position: eventstore.Position(cursor), Commitment: eventstore.Commitment(commitment),
	}, true, nil
}
