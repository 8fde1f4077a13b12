package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/audit"
)

// Reads writes down who is shown what about others, before it is shown: what could not be written down is not given out.
type Reads struct {
	Ledger *Ledger
	NewID  func() string
}

// Shown is what somebody is about to be shown.
type Shown struct {
	ID       string // of the request; the same one is written down once. Empty: a new one
	Query    string // a route or command, with its values; never a name
	Purpose  string // a code
	Case     string
	Class    audit.Class
	Subjects []string
	Rows     int
	Content  []byte // of which the hash is kept; nil where it is too much to hold
	Position uint64
}

// Record writes down that actor is about to be shown s. Whoever reads only about themselves leaves no event. An error means that nothing
// may be shown.
func (r Reads) Record(ctx context.Context, actor domain.Actor, s Shown) error {
	subjects := slices.DeleteFunc(slices.Clone(s.Subjects), func(emp string) bool { return emp == actor.ID })
	slices.Sort(subjects)
	subjects = slices.Compact(subjects)
	id := s.ID
	if id == "" {
		id = r.NewID()
	}
	part := 0
	for chunk := range slices.Chunk(subjects, audit.MaxSubjects) {
		c := audit.RecordRead{
			Reader: actor.ID, Query: s.Query, Purpose: s.Purpose, Case: s.Case, Subjects: chunk, Class: s.Class, Rows: s.Rows,
			Position: s.Position, At: domain.InstantOf(r.Ledger.Now()),
		}
		if s.Content != nil {
			sum := sha256.Sum256(s.Content)
			c.ResultHash = hex.EncodeToString(sum[:])
		}
		if _, err := r.Ledger.Do(ctx, Request{ID: fmt.Sprintf("read:%s:%d", id, part), Actor: actor, Command: c}); err != nil {
			return fmt.Errorf("write down a read of %s: %w", s.Class, err)
		}
		part++
	}
	return nil
}

// Trace writes down that actor is about to be shown the explanation of a day, whose result has a hash.
func (r Reads) Trace(ctx context.Context, actor domain.Actor, c audit.RecordTrace) error {
	if c.Emp == actor.ID {
		return nil
	}
	c.Reader, c.At = actor.ID, domain.InstantOf(r.Ledger.Now())
	if _, err := r.Ledger.Do(ctx, Request{ID: "trace:" + r.NewID(), Actor: actor, Command: c}); err != nil {
		return fmt.Errorf("write down a trace: %w", err)
	}
	return nil
}
