package main

import (
	"context"
	"encoding/json"
	"path/filepath"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// reads measures what goes over the whole log: reading with commitments recomputed, decoding, starting.
func (b *bench) reads(ctx context.Context) error {
	const scan, start = "read of the whole log, commitments recomputed", "start: the directory folded from the log"
	if !b.only.MatchString(scan) && !b.only.MatchString(start) {
		return nil
	}
	o, err := b.theOffice(ctx)
	if err != nil {
		return err
	}
	stored, err := o.stored(ctx)
	if err != nil {
		return err
	}
	err = b.hold(ctx, contest{
		name: scan, unit: "event", goal: "≥ 600 k/s", anchor: "SHA-256 of the same bytes in memory, one core",
		us: o.scanning(), them: hashing(stored),
	})
	if err != nil {
		return err
	}
	return b.hold(ctx, contest{
		name: start, unit: "event", anchor: "encoding/json of the same events into maps",
		us: o.starting(), them: unmarshalling(stored),
	})
}

// stored returns all records of the office.
func (o *office) stored(ctx context.Context) (out []eventstore.Record, err error) {
	for r, err := range o.log.ReadAll(ctx, 0) {
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func (o *office) scanning() side {
	return func(ctx context.Context, _ string) (attempt, error) {
		l, err := sqlite.OpenReader(filepath.Join(o.dir, "ledger.db"))
		if err != nil {
			return attempt{}, err
		}
		return attempt{run: func() (float64, error) {
			n := 0.0
			for _, err := range l.ReadAll(ctx, 0) {
				if err != nil {
					return 0, err
				}
				n++
			}
			return n, nil
		}, done: l.Close}, nil
	}
}

func hashing(stored []eventstore.Record) side {
	return func(context.Context, string) (attempt, error) {
		return attempt{run: func() (float64, error) {
			for i := range stored {
				r := &stored[i]
				if eventstore.Commit(r.Stream, r.Revision, r.Event) != r.Commitment {
					return 0, &eventstore.CorruptError{Cursor: r.Cursor}
				}
			}
			return float64(len(stored)), nil
		}}, nil
	}
}

// starting does what a writing command does before it decides.
func (o *office) starting() side {
	return func(ctx context.Context, _ string) (attempt, error) {
		l, err := sqlite.OpenReader(filepath.Join(o.dir, "ledger.db"))
		if err != nil {
			return attempt{}, err
		}
		return attempt{run: func() (float64, error) {
			_, err := ledger.OpenDirectory(ctx, l, ledger.NewCodec())
			return float64(o.events), err
		}, done: l.Close}, nil
	}
}

func unmarshalling(stored []eventstore.Record) side {
	return func(context.Context, string) (attempt, error) {
		return attempt{run: func() (float64, error) {
			for i := range stored {
				var metadata, data map[string]any
				if err := json.Unmarshal(stored[i].Metadata, &metadata); err != nil {
					return 0, err
				}
				if err := json.Unmarshal(stored[i].Data, &data); err != nil {
					return 0, err
				}
			}
			return float64(len(stored)), nil
		}}, nil
	}
}
