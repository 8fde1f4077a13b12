package sqlite

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/rowmark"
)

// Every blob of the views ends with its mark: the first 8 bytes of the SHA-256 of its table, its key and what it holds. A changed
// byte of a row, of its key or of the mark is seen by whoever reads the row. That rows are missing, or are there twice or from an
// earlier time, is seen by Check: each table has a tally, the number and the sum of its marks, which is committed with the rows.
// A mark is no proof against somebody who changes a file on purpose; the log is.

const markBytes = rowmark.Size

// viewsKind is how errors call the file.
const viewsKind = "views"

// marked returns data with its mark, and the mark as a number for the tally.
func marked(place, data []byte) ([]byte, uint64) {
	mark := rowmark.Of(place, data)
	return append(append(make([]byte, 0, len(data)+markBytes), data...), mark[:]...), binary.BigEndian.Uint64(mark[:])
}

// unmarked returns what a blob holds, and false where its mark is not that of its place and bytes.
func unmarked(place, blob []byte) (data []byte, ok bool) {
	n := len(blob) - markBytes
	if n < 0 || [markBytes]byte(blob[n:]) != rowmark.Of(place, blob[:n]) {
		return nil, false
	}
	return blob[:n:n], true
}

// badRow names a row whose mark is wrong.
func badRow(path, table string, key ...any) error {
	words := make([]string, len(key))
	for i, k := range key {
		words[i] = fmt.Sprint(k)
	}
	return &DamagedError{path, viewsKind, fmt.Sprintf("the row %s of %s is not what was written", strings.Join(words, " "), table)}
}

// tally is the number of rows of a table and the sum of their marks, modulo 2^64. It does not depend on their order.
type tally struct {
	Rows int64  `json:"rows"`
	Sum  uint64 `json:"sum"`
}

// viewState is the one row that is written with every change: how far projectors have come, and the tallies of all tables.
type viewState struct {
	Checkpoints map[string]storedCheckpoint `json:"checkpoints"`
	Tables      map[string]tally            `json:"tables"`
}

type storedCheckpoint struct {
	Cursor     eventstore.Cursor   `json:"cursor"`
	Position   eventstore.Position `json:"position"`
	RecordedAt domain.Instant      `json:"recorded_at"`
}

func newViewState() *viewState {
	return &viewState{Checkpoints: map[string]storedCheckpoint{}, Tables: map[string]tally{}}
}

// encode returns the blob of the state.
func (s *viewState) encode() ([]byte, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode the state of the views: %w", err)
	}
	blob, _ := marked(rowmark.Place("state"), data)
	return blob, nil
}

func decodeViewState(path string, blob []byte) (*viewState, error) {
	s := newViewState()
	data, ok := unmarked(rowmark.Place("state"), blob)
	if !ok {
		return nil, &DamagedError{path, viewsKind, "the row of its checkpoints is missing or not what was written"}
	}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("decode the state of the views: %w", err)
	}
	return s, nil
}

func (s *viewState) checkpoint(name string) projections.Checkpoint {
	return projections.Checkpoint(s.Checkpoints[name])
}

// added and removed follow a row with the marks of its blobs.
func (s *viewState) added(table string, marks ...uint64) {
	t := s.Tables[table]
	t.Rows++
	for _, m := range marks {
		t.Sum += m
	}
	s.Tables[table] = t
}

func (s *viewState) removed(table string, marks ...uint64) {
	t := s.Tables[table]
	t.Rows--
	for _, m := range marks {
		t.Sum -= m
	}
	s.Tables[table] = t
}
