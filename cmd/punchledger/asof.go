package main

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
)

// pastFlag lets a command answer as a ledger did that ended at some moment.
type pastFlag struct {
	AsOf string `help:"As known at a position or an instant (RFC 3339)." placeholder:"POSITION|INSTANT"`
}

// moment reads a position, or an instant T, which means everything before the first event recorded after T. Nothing is the present,
// for which there is no end.
func moment(s string) (func(eventstore.Decoded) bool, error) {
	if s == "" {
		return nil, nil
	}
	if p, err := strconv.ParseUint(s, 10, 64); err == nil {
		return func(d eventstore.Decoded) bool { return d.Position <= eventstore.Position(p) }, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return nil, wrongValue("--as-of", s, "not_a_moment")
	}
	at := domain.InstantOf(t)
	return func(d eventstore.Decoded) bool { return d.Meta.RecordedAt <= at }, nil
}

// aboutOthers says which records are about another employee alone, so that no answer about these depends on them. Who is there at
// all is in the streams of employees, which are always read.
func aboutOthers(employees ...string) func(eventstore.Record) bool {
	return func(r eventstore.Record) bool {
		category, rest, _ := strings.Cut(r.Stream, "-")
		switch category {
		case "timecard", "request", "roster":
			of, _, _ := strings.Cut(rest, "-")
			return !slices.Contains(employees, of)
		}
		return false
	}
}

// past is a log of which only the beginning is read: up to the first event for which until is false.
type past struct {
	eventstore.Store
	codec *eventstore.Codec
	until func(eventstore.Decoded) bool // nil: all
}

// ReadStream implements eventstore.Store.
func (p past) ReadStream(ctx context.Context, stream string, after eventstore.Revision) iter.Seq2[eventstore.Record, error] {
	if p.until == nil {
		return p.Store.ReadStream(ctx, stream, after)
	}
	return func(yield func(eventstore.Record, error) bool) {
		for rec, err := range p.Store.ReadStream(ctx, stream, after) {
			if err == nil {
				var meta eventstore.Metadata
				if meta, err = rec.DecodeMetadata(); err == nil && !p.until(eventstore.Decoded{Record: rec, Meta: meta}) {
					return
				}
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

// ReadAll implements eventstore.Store. Positions are counted from the first record, wherever the reader begins.
func (p past) ReadAll(ctx context.Context, after eventstore.Cursor) iter.Seq2[eventstore.Record, error] {
	if p.until == nil {
		return p.Store.ReadAll(ctx, after)
	}
	return func(yield func(eventstore.Record, error) bool) {
		for rec, err := range eventstore.Number(p.Store.ReadAll(ctx, 0), 0, p.codec.Owns) {
			if err == nil && rec.Cursor <= after {
				continue
			}
			if err == nil {
				var meta eventstore.Metadata
				if meta, err = rec.DecodeMetadata(); err == nil && !p.until(eventstore.Decoded{Record: rec, Meta: meta}) {
					return
				}
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}
