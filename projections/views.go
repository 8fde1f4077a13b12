// Package projections folds the log into views: it catches up, follows, rebuilds and compares.
//
// A view's rows and its checkpoint are committed together; a view may be dropped and rebuilt at any time.
package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/directory"
	"github.com/punchledger/punchledger/projections/facts"
	"github.com/punchledger/punchledger/projections/inbox"
	"github.com/punchledger/punchledger/projections/month"
	"github.com/punchledger/punchledger/projections/payroll"
	"github.com/punchledger/punchledger/projections/presence"
)

// Checkpoint is how far a projector has come: the backend's cursor, the dense position and the time of the last event.
type Checkpoint struct {
	Cursor     eventstore.Cursor
	Position   eventstore.Position
	RecordedAt domain.Instant
}

// ErrMoved says that a projector's checkpoint is not where the caller read it: somebody else has moved it.
var ErrMoved = errors.New("the checkpoint has moved")

// Tx is one transaction over all views.
type Tx interface {
	facts.Tx
	ResultTx
	directory.Tx
	BriefTx
}

// ResultTx writes the three views.
type ResultTx interface {
	daily.Tx
	anomaly.Tx
	payroll.Tx
}

// BriefTx writes what is derived beside them.
type BriefTx interface {
	presence.Tx
	month.Tx
	inbox.Tx
	daily.ShadowTx
}

// BriefReader reads what is derived beside the three views.
type BriefReader interface {
	anomaly.PastReader
	presence.Reader
	month.Reader
	inbox.Reader
	daily.ShadowReader
}

// AllReader reads all views.
type AllReader interface {
	Reader
	directory.Reader
	BriefReader
}

// Views keeps rows and checkpoints.
//
//   - Checkpoint returns the zero value for a name that never committed.
//   - Update runs change and moves the checkpoint of name from one place to the next, both or neither; ErrMoved when it is not at from.
type Views interface {
	Checkpoint(ctx context.Context, name string) (Checkpoint, error)
	Update(ctx context.Context, name string, from, to Checkpoint, change func(Tx) error) error
}

// Projector folds batches of events into rows. It is deterministic: any batch size gives the same rows. It reads only the batch
// and its own rows.
type Projector interface {
	Name() string
	Apply(ctx context.Context, tx Tx, batch []eventstore.Decoded) error
}

// People is directory.Projector over the transaction of all views.
type People struct{ directory.Projector }

// Apply implements Projector.
func (p People) Apply(ctx context.Context, tx Tx, batch []eventstore.Decoded) error {
	return p.Projector.Apply(ctx, tx, batch)
}

// Waiting is inbox.Projector over the transaction of all views.
type Waiting struct{ inbox.Projector }

// Apply implements Projector.
func (w Waiting) Apply(ctx context.Context, tx Tx, batch []eventstore.Decoded) error {
	return w.Projector.Apply(ctx, tx, batch)
}

// Together are projectors under one checkpoint: the log is read and decoded once for all of them, and their views always show
// the same moment.
type Together []Projector

// AllViews is the name of the checkpoint of Together.
const AllViews = "views"

// Name implements Projector.
func (Together) Name() string { return AllViews }

// Apply implements Projector.
func (t Together) Apply(ctx context.Context, tx Tx, batch []eventstore.Decoded) error {
	for _, p := range t {
		if err := p.Apply(ctx, tx, batch); err != nil {
			return fmt.Errorf("%s: %w", p.Name(), err)
		}
	}
	return nil
}
