package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/vault"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/evaluate"
)

// engineVersion is the build that evaluates; it is pinned beside every figure.
const engineVersion = "0.1.0"

// Files of a ledger's folder.
const (
	logFile   = "ledger.db"
	viewsFile = "views.db"
	vaultFile = "vault.db"
)

// writer is an open ledger that this process may write.
type writer struct {
	log    *sqlite.Log
	keys   *sqlite.Vault
	vault  *vault.Vault
	ledger *ledger.Ledger
	codec  *eventstore.Codec
	now    func() time.Time
	newID  func() string
}

// openWriter opens the ledger and takes its lock; *sqlite.LockedError says that another process has it.
func openWriter(c *console) (*writer, error) {
	if err := exists(c.cfg.Data); err != nil {
		return nil, err
	}
	return openParts(c.ctx, c.cfg.Data, c.cfg.KEK, c.Now, nil)
}

// exists says what to do where there is no ledger yet.
func exists(data string) error {
	_, err := os.Stat(filepath.Join(data, logFile))
	if errors.Is(err, os.ErrNotExist) {
		return domain.NewError(domain.NotFound, "unknown_ledger", "dir", data)
	}
	return err
}

// openParts opens the log, the vault and the ledger in a folder. Salts come from random, nil is the system's.
func openParts(ctx context.Context, data, kek string, now func() time.Time, seeded *seeded) (_ *writer, err error) {
	w := &writer{codec: newCodec(), now: now, newID: uuid.NewString}
	options := ledger.Options{Codec: w.codec, Now: now}
	if seeded != nil {
		w.newID, options.Random = seeded.id, seeded
	}
	if w.log, err = sqlite.OpenLog(filepath.Join(data, logFile), sqlite.LogOptions{}); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	if w.keys, w.vault, err = openVault(ctx, data, kek); err != nil {
		return nil, err
	}
	options.Store, options.Sealer = w.log, w.vault
	if w.ledger, err = ledger.Open(ctx, options); err != nil {
		return nil, fmt.Errorf("open the ledger in %s: %w", data, err)
	}
	return w, nil
}

func openVault(ctx context.Context, data, kek string) (*sqlite.Vault, *vault.Vault, error) {
	epoch, err := vault.LoadEpochKey(kek)
	if err != nil {
		return nil, nil, err
	}
	keys, err := sqlite.OpenVault(filepath.Join(data, vaultFile), sqlite.VaultOptions{})
	if err != nil {
		return nil, nil, err
	}
	v, err := vault.New(ctx, keys, epoch, vault.Options{})
	if err != nil {
		return nil, nil, errors.Join(err, keys.Close())
	}
	return keys, v, nil
}

// Close closes what is open, the log last.
func (w *writer) Close() error {
	var errs []error
	if w.keys != nil {
		errs = append(errs, w.keys.Close())
	}
	if w.log != nil {
		errs = append(errs, w.log.Close())
	}
	return errors.Join(errs...)
}

// do carries out one command of the user.
func (w *writer) do(c *console, command ledger.Command) (ledger.Receipt, error) {
	return w.ledger.Do(c.ctx, ledger.Request{ID: w.newID(), Command: command, Actor: c.actor()})
}

// act carries out one command, turns the days that are over, and prints the id of what came of it, or the receipt as JSON.
func (w *writer) act(c *console, command ledger.Command, id string) error {
	r, err := w.do(c, command)
	if err != nil {
		return err
	}
	if err := w.turnDue(c.ctx); err != nil {
		return err
	}
	if c.cfg.Output == "json" {
		return printJSON(c.Out, receiptOf(r, id))
	}
	if id != "" {
		fmt.Fprintln(c.Out, id)
	}
	return nil
}

// receipt is what a command prints for machines.
type receipt struct {
	ID         string                `json:"id,omitempty"`
	Stream     string                `json:"stream"`
	Revision   eventstore.Revision   `json:"revision"`
	Position   eventstore.Position   `json:"position"`
	Commitment eventstore.Commitment `json:"commitment"`
	RecordedAt domain.Instant        `json:"recorded_at"`
	Events     []string              `json:"events"` // types
}

func receiptOf(r ledger.Receipt, id string) receipt {
	out := receipt{
		ID: id, Stream: r.Stream, Revision: r.Revision, Position: r.Position, Commitment: r.Commitment, RecordedAt: r.RecordedAt, Events: []string{},
	}
	for _, e := range r.Events {
		out.Events = append(out.Events, e.Event.EventType())
	}
	return out
}

// actor is the user who typed the command.
func (c *console) actor() domain.Actor { return domain.Actor{Kind: domain.ActorAdmin, ID: c.cfg.As} }

// turnDue turns the days that are over, so that views show what is due after a command.
func (w *writer) turnDue(ctx context.Context) error {
	_, err := w.ledger.TurnDue(ctx, domain.InstantOf(w.now()))
	return err
}

// badgeMAC is what stands for a badge number in the log.
func (w *writer) badgeMAC(badge string) string {
	return fmt.Sprintf("%x", w.vault.MAC([]byte("badge"), []byte(badge)))
}

// reader is an open ledger that this process only reads, with its views caught up.
type reader struct {
	log   *sqlite.Log
	views *sqlite.Views
	codec *eventstore.Codec
	zones *zone.Archive

	data, kek string
	keys      *sqlite.Vault // opened when the first secret is: nothing else asks for the epoch key
	vault     *vault.Vault
}

// reading opens the ledger for reading, also beside a server that writes it, catches the views up and runs f.
func (c *console) reading(f func(*reader) error) error {
	r, err := openReader(c)
	if err != nil {
		return err
	}
	err = r.catchUp(c.ctx, r.views, nil, newProgress(c, c.t("cli.catching_up")))
	if err == nil {
		err = f(r)
	}
	return errors.Join(err, r.Close())
}

func openReader(c *console) (_ *reader, err error) {
	if err := exists(c.cfg.Data); err != nil {
		return nil, err
	}
	r := &reader{codec: newCodec(), zones: zone.Embedded(), data: c.cfg.Data, kek: c.cfg.KEK}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if r.log, err = sqlite.OpenReader(filepath.Join(c.cfg.Data, logFile)); err != nil {
		return nil, err
	}
	r.views, err = sqlite.OpenViews(c.ctx, filepath.Join(c.cfg.Data, viewsFile))
	return r, err
}

// Close closes what is open.
func (r *reader) Close() error {
	var errs []error
	if r.views != nil {
		errs = append(errs, r.views.Close())
	}
	if r.keys != nil {
		errs = append(errs, r.keys.Close())
	}
	if r.log != nil {
		errs = append(errs, r.log.Close())
	}
	return errors.Join(errs...)
}

func (r *reader) projector() *evaluate.Projector {
	return evaluate.New(r.codec, r.zones, engineVersion)
}

// runner keeps all views up with the log.
func (r *reader) runner(views projections.Views) *projections.Runner {
	return &projections.Runner{
		Store: r.log, Codec: r.codec, Views: views, Projector: projections.Together{r.projector(), projections.People{}},
	}
}

// catchUp brings all views up to the log, or up to where until ends.
func (r *reader) catchUp(ctx context.Context, views projections.Views, until func(eventstore.Decoded) bool, p *progress) error {
	runner := r.runner(views)
	runner.Until, runner.Progress = until, p.events
	if err := runner.CatchUp(ctx); err != nil {
		return err
	}
	p.done()
	return nil
}

// open returns the clear text of a secret; what was erased says so.
func (r *reader) open(ctx context.Context, stream, eventType string, s domain.Secret) (string, error) {
	if s.IsZero() {
		return "", nil
	}
	if r.vault == nil {
		var err error
		if r.keys, r.vault, err = openVault(ctx, r.data, r.kek); err != nil {
			return "", err
		}
	}
	clear, err := r.vault.Open(ctx, stream, eventType, s)
	if _, ok := errors.AsType[*vault.ErasedError](err); ok {
		return "(erased)", nil
	}
	return string(clear), err
}

// directory runs f on the fold of the small streams.
func (c *console) directory(f func(*ledger.Directory) error) error {
	if err := exists(c.cfg.Data); err != nil {
		return err
	}
	log, err := sqlite.OpenReader(filepath.Join(c.cfg.Data, logFile))
	if err != nil {
		return err
	}
	d, err := ledger.OpenDirectory(c.ctx, log, newCodec())
	if err == nil {
		err = f(d)
	}
	return errors.Join(err, log.Close())
}
