package main

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/directory"
)

// milestone lets many wait until the views have come somewhere.
type milestone struct {
	views viewStore

	mu   sync.Mutex
	next chan struct{} // closed when the views move
}

// lookAgain is how long who waits believes that the views have not moved: another process may move them.
const lookAgain = 200 * time.Millisecond

func newMilestone(views viewStore) *milestone {
	return &milestone{views: views, next: make(chan struct{})}
}

// reached wakes everybody who waits.
func (m *milestone) reached() {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.next)
	m.next = make(chan struct{})
}

// wait returns when the views have a position, or with the context's error.
func (m *milestone) wait(ctx context.Context, p eventstore.Position) error {
	return m.until(ctx, func(at projections.Checkpoint) bool { return at.Position >= p })
}

func (m *milestone) until(ctx context.Context, there func(projections.Checkpoint) bool) error {
	for {
		m.mu.Lock()
		next := m.next
		m.mu.Unlock()
		at, err := m.views.Checkpoint(ctx, projections.AllViews)
		if err != nil || there(at) {
			return err
		}
		again := time.NewTimer(lookAgain)
		select {
		case <-ctx.Done():
			again.Stop()
			return ctx.Err()
		case <-next:
		case <-again.C:
		}
		again.Stop()
	}
}

// longestCatchUp is how long an answer waits for views that are behind.
const longestCatchUp = 2 * time.Second

// caughtUp returns when the views have all that the log holds now, or with the context's error.
func (m *milestone) caughtUp(ctx context.Context, log eventstore.Store) error {
	ctx, cancel := context.WithTimeout(ctx, longestCatchUp)
	defer cancel()
	head, err := log.Head(ctx)
	if err != nil {
		return err
	}
	return m.until(ctx, func(at projections.Checkpoint) bool { return at.Cursor >= head })
}

// apiViews are the views as the HTTP API reads them.
type apiViews struct {
	c     *console
	r     *reader
	w     *writer
	moved *milestone
	past  chan struct{} // who looks at a moment of the past, which is built in memory
}

// Wait implements httpapi.Views.
func (a *apiViews) Wait(ctx context.Context, p eventstore.Position) error {
	return a.moved.wait(ctx, p)
}

// At implements httpapi.Views. One moment of the past is looked at at a time.
func (a *apiViews) At(ctx context.Context, at, emp string) (*httpapi.Moment, error) {
	v := &view{reader: a.r, window: window{AsOf: at, Employee: emp}, views: a.r.views, zones: a.r.zones}
	if at == "" {
		m := &httpapi.Moment{Directory: a.w.ledger.Directory(), Today: a.w.ledger.Directory().Today(), Close: func() {}}
		return a.moment(ctx, v, m)
	}
	until, err := moment(at)
	if err != nil {
		return nil, wrongValue("as_of", at, "not_a_moment")
	}
	if err := a.reached(ctx, at); err != nil {
		return nil, err
	}
	select {
	case a.past <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	done, err := v.asOf(ctx)
	if err != nil {
		<-a.past
		return nil, err
	}
	closeAll := func() { done(); <-a.past }
	m := &httpapi.Moment{Close: closeAll}
	if m.Directory, err = ledger.OpenDirectory(ctx, past{a.r.log, a.r.codec, until}, a.r.codec); err == nil {
		var then domain.Instant
		then, err = v.instant(ctx)
		m.Today = dateIn(a.r, m.Directory, then)
	}
	if err == nil {
		m, err = a.moment(ctx, v, m)
	}
	if err != nil {
		closeAll()
		return nil, err
	}
	return m, nil
}

// reached refuses a position that the log has not come to: what it will hold then is not known. Where the views are behind, nobody
// knows how far the log is, and the answer says how far it is itself.
func (a *apiViews) reached(ctx context.Context, at string) error {
	p, err := strconv.ParseUint(at, 10, 64)
	if err != nil {
		return nil // an instant
	}
	head, err := a.w.log.Head(ctx)
	if err != nil {
		return err
	}
	checkpoint, err := a.r.views.Checkpoint(ctx, projections.AllViews)
	if err != nil || checkpoint.Cursor < head || eventstore.Position(p) <= checkpoint.Position {
		return err
	}
	return domain.NewError(domain.NotFound, "unknown_position", "position", at, "head", strconv.FormatUint(uint64(checkpoint.Position), 10))
}

func dateIn(r *reader, d *ledger.Directory, at domain.Instant) domain.Date {
	z, err := r.zones.Zone(d.Zone("", at))
	if err != nil {
		return domain.DateOfUnix(at.Seconds())
	}
	return z.DateOf(at.Seconds())
}

// moment fills in what is read from the views.
func (a *apiViews) moment(ctx context.Context, v *view, m *httpapi.Moment) (*httpapi.Moment, error) {
	known, err := v.known(ctx)
	m.Reader, m.ShadowReader, m.Position, m.Boards = v.views, v.views, known, boards{v.views, v, m.Directory}
	a.explanations(m, v)
	return m, err
}

// Name implements httpapi.Names.
func (a *apiViews) Name(ctx context.Context, emp string) (string, error) {
	var p directory.Person
	found := false
	read := func() error {
		return a.r.views.Read(ctx, func(tx projections.Tx) (err error) {
			p, found, err = tx.Person(ctx, emp)
			return err
		})
	}
	err := read()
	if err == nil && !found { // somebody who came a moment ago, and is not yet in the views
		err = errors.Join(a.moved.caughtUp(ctx, a.w.log), read())
	}
	if err != nil {
		return "", err
	}
	open := &reader{vault: a.w.vault, warn: func(error) {}}
	return open.open(ctx, "employee-"+emp, p.NameEvent, p.Name)
}

// Read implements httpapi.Log.
func (a *apiViews) Read(ctx context.Context, after httpapi.Place, yield func(eventstore.Record) error) error {
	skip := after.Position
	if after.Cursor == 0 {
		after.Position = 0
	}
	for rec, err := range eventstore.Number(a.r.log.ReadAll(ctx, after.Cursor), after.Position, a.r.codec.Owns) {
		if err != nil {
			return err
		}
		if rec.Position <= skip {
			continue
		}
		if err := yield(rec); err != nil {
			return err
		}
	}
	return nil
}

// Verify implements httpapi.Log.
func (a *apiViews) Verify(ctx context.Context) (httpapi.Verified, error) {
	whole := *a.r
	whole.vault = a.w.vault
	v := whole.verify(ctx, 0)
	return httpapi.Verified{
		OK: v.FirstBad == 0, Events: v.Events, Streams: v.Streams, Head: v.Head, FirstBad: v.FirstBad, Problem: v.Problem,
	}, ctx.Err()
}
