package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/vault"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/evaluate"
	"github.com/punchledger/punchledger/projections/process"
)

// engineVersion is the build that evaluates; it is pinned beside every figure.
const engineVersion = "0.1.0"

// Files of a ledger's folder.
const (
	logFile   = "ledger.db"
	lockFile  = "ledger.lock"
	viewsFile = "views.db"
	vaultFile = "vault.db"
)

// writer is an open ledger that this process may write.
type writer struct {
	log    logStore
	logAt  string // address of the log; empty: it is in a file
	parts  keptParts
	keys   keyStore
	vault  *vault.Vault
	ledger *ledger.Ledger
	codec  *eventstore.Codec
	now    func() time.Time
	newID  func() string // of what a command makes

	commandID func(stream string) string
	actID     string // joins the commands of one act, so that it can be undone as one; empty for single commands
	data, kek string
	database  string // of the views; empty: they are in a file

	desk    *desk // proves identities; shared by all copies of the writer
	signing *signing
}

// openWriter opens the ledger and takes its lock; *sqlite.LockedError says that another process has it.
func openWriter(c *console) (*writer, error) {
	if err := exists(c.cfg.Data, c.cfg.LogAt); err != nil {
		return nil, err
	}
	if isBackup(c.cfg.Data) {
		return nil, domain.NewError(domain.Conflict, "backup_not_written", "dir", c.cfg.Data)
	}
	w, err := openParts(c.ctx, opening{
		data: c.cfg.Data, log: c.cfg.LogAt, kek: c.cfg.KEK, views: c.cfg.Views, sign: c.cfg.SignKey, parts: c.parts(), now: c.Now, maxAhead: maxAhead,
		measure: c.measure,
	})
	if err != nil {
		return nil, err
	}
	w.now = w.ledger.Now
	if err := w.checkClock(c); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// exists says what to do where there is no ledger yet, and refuses a ledger with something else in the place of one of its files.
func exists(data, log string) error {
	if _, err := os.Stat(filepath.Join(data, unfinishedFile)); err == nil {
		return domain.NewError(domain.Conflict, "unfinished_ledger", "dir", data)
	}
	if log == "" { // a folder that cannot be looked into is said of the file that everybody knows
		if err := regular(filepath.Join(data, logFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := rightLog(data, log); err != nil {
		return err
	}
	needed := logFile
	if log != "" {
		needed = vaultFile
		if at, err := vaultPart.noted(data); err != nil || at != "" {
			needed = ""
		}
	}
	for _, name := range []string{logFile, vaultFile, stateFile, viewsFile} {
		err := regular(filepath.Join(data, name))
		switch missing := errors.Is(err, os.ErrNotExist); {
		case missing && name == needed && log != "":
			return domain.NewError(domain.NotFound, "unknown_ledger", "dir", data)
		case missing && name == needed:
			return noLog(data)
		case err != nil && !missing:
			return err
		}
	}
	return nil
}

// noLog tells a folder in which no ledger was made from one that has lost its log, and from one into which a backup is to be restored.
func noLog(data string) error {
	if _, err := os.Stat(filepath.Join(data, stagingFolder)); err == nil {
		return domain.NewError(domain.Conflict, "unfinished_restore", "dir", data)
	}
	for _, name := range []string{"ledger.head", vaultFile, stateFile, vaultPart.note, statePart.note} {
		if _, err := os.Stat(filepath.Join(data, name)); err == nil {
			return domain.NewError(domain.NotFound, "lost_log", "file", filepath.Join(data, logFile), "other", name)
		}
	}
	return domain.NewError(domain.NotFound, "unknown_ledger", "dir", data)
}

// opening says how a ledger is opened for writing.
type opening struct {
	data, kek string
	log       string // address of the log; empty: it is in a file
	views     string // database of the views; empty: they are in a file
	sign      string // file of the signing key
	parts     keptParts
	now       func() time.Time
	seeded    *seeded                                 // where ids and salts come from; nil is the system's randomness
	maxAhead  domain.Seconds                          // see ledger.Options
	measure   func(eventstore.Store) eventstore.Store // what appends go through; nil: nobody measures them
	create    bool                                    // the ledger begins here: its files and the keys are made
}

// openParts opens the log, the vault and the ledger in a folder.
func openParts(ctx context.Context, o opening) (_ *writer, err error) {
	w := &writer{codec: ledger.NewCodec(), now: o.now, newID: uuid.NewString, data: o.data, kek: o.kek, logAt: o.log, database: o.views, parts: o.parts, desk: &desk{}, signing: &signing{file: o.sign}}
	options := ledger.Options{Codec: w.codec, Now: o.now, MaxAhead: o.maxAhead}
	if o.seeded != nil {
		w.newID, options.Random = o.seeded.id, o.seeded
	}
	w.commandID = func(string) string { return w.newID() }
	if err := o.parts.right(o.data); err != nil {
		return nil, err
	}
	if o.create {
		if err := errors.Join(beginLog(ctx, o.data, o.log), o.parts.begin(ctx, o.data)); err != nil {
			return nil, err
		}
	}
	if w.log, err = openLog(ctx, o.data, o.log); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	if !o.create {
		if err := notLost(ctx, w.log, o.log); err != nil {
			return nil, err
		}
	}
	at := keysAt{data: o.data, address: o.parts.vault, kek: o.kek, create: o.create}
	if at.address != "" {
		if at.ledger, err = begunIn(ctx, w.log); err != nil {
			return nil, err
		}
	}
	if w.keys, w.vault, err = at.open(ctx); err != nil {
		return nil, err
	}
	options.Store, options.Sealer = w.log, w.vault
	if o.measure != nil {
		options.Store = o.measure(w.log)
	}
	if w.ledger, err = ledger.Open(ctx, options); err != nil {
		return nil, fmt.Errorf("open the ledger in %s: %w", o.data, err)
	}
	if err := w.checkVault(); err != nil {
		return w, err
	}
	return w, w.claim(ctx)
}

// createPrivate makes an empty file that only its owner may read.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// checkVault refuses a vault whose key is not the one that the ledger began with: badges would be unknown to it, and what it
// seals could not be read beside the right one.
func (w *writer) checkVault() error {
	org := w.ledger.Directory().Org()
	if org.VaultCheck != "" && org.VaultCheck != w.vaultCheck(org.Origin) {
		if w.parts.vault != "" {
			return &postgres.OwnedError{Kind: "vault", Where: postgres.Where(w.parts.vault)}
		}
		return domain.NewError(domain.Conflict, "foreign_vault", "file", filepath.Join(w.data, vaultFile))
	}
	return nil
}

// vaultCheck tells this vault from every other in a ledger's first event.
func (w *writer) vaultCheck(origin string) string { return vaultCheck(w.vault, origin) }

func vaultCheck(v *vault.Vault, origin string) string {
	return hex.EncodeToString(v.MAC([]byte("vault_check"), []byte(origin)))
}

// Close closes what is open, the log last.
func (w *writer) Close() error {
	errs := []error{w.desk.Close()}
	if w.keys != nil {
		errs = append(errs, w.keys.Close())
	}
	if w.log != nil {
		errs = append(errs, w.log.Close())
	}
	return errors.Join(errs...)
}

// actor is the user who typed the command.
func (c *console) actor() domain.Actor { return domain.Actor{Kind: domain.ActorAdmin, ID: c.cfg.As} }

// turnDue turns the days that are over, so that views show what is due after a command, and moves on requests that waited too long.
func (w *writer) turnDue(ctx context.Context) error {
	now := domain.InstantOf(w.now())
	if _, err := w.ledger.TurnDue(ctx, now); err != nil {
		return err
	}
	escalate := process.Escalate{Directory: w.ledger.Directory(), Door: w.ledger}
	_, err := escalate.Due(ctx, now)
	return err
}

// badgeMAC is what stands for a badge number in the log.
func (w *writer) badgeMAC(badge string) string {
	return fmt.Sprintf("%x", w.vault.MAC([]byte("badge"), []byte(badge)))
}

// reader is an open ledger that this process only reads, with its views caught up.
type reader struct {
	log   logStore
	logAt string // address of the log; empty: it is in a file
	count *eventstore.Counted
	views viewStore
	codec *eventstore.Codec
	zones *zone.Archive

	data, kek string
	database  string // of the views; empty: they are in a file
	parts     keptParts
	keys      keyStore // opened when the first secret is: nothing else asks for the epoch key
	vault     *vault.Vault
	sealed    error       // why the vault does not open
	warn      func(error) // says once that something sealed cannot be read
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

func openReader(c *console) (*reader, error) {
	r, err := openLogReader(c)
	if err != nil {
		return nil, err
	}
	if err := r.openViews(c.ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// openLogReader opens the log alone.
func openLogReader(c *console) (_ *reader, err error) {
	if err := exists(c.cfg.Data, c.cfg.LogAt); err != nil {
		return nil, err
	}
	r := &reader{
		codec: ledger.NewCodec(), zones: zone.Embedded(), data: c.cfg.Data, kek: c.cfg.KEK, logAt: c.cfg.LogAt, database: c.cfg.Views, parts: c.parts(),
	}
	var once sync.Once
	r.warn = func(why error) {
		once.Do(func() { c.say("cli.names_unreadable", "shown", unreadable, "problem", c.sentence(why)) })
	}
	if r.log, err = openLogToRead(c.ctx, c.cfg.Data, c.cfg.LogAt); err != nil {
		return nil, err
	}
	if err := notLost(c.ctx, r.log, c.cfg.LogAt); err != nil {
		return nil, errors.Join(err, r.log.Close())
	}
	r.count = eventstore.NewCounted(r.log, r.codec.Owns)
	return r, nil
}

func viewsShape() string { return "engine " + engineVersion + ", zones " + zone.Embedded().SHA256() }

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
		Store: r.log, Codec: r.codec, Views: views, Projector: allViews(r.projector()),
	}
}

// catchUp brings all views up to the log, or up to where until ends.
func (r *reader) catchUp(ctx context.Context, views viewStore, until func(eventstore.Decoded) bool, p *progress) error {
	err := r.catchUpOnce(ctx, views, 0, until, p)
	if errors.Is(err, projections.ErrNotOfThisLog) {
		if err = views.Drop(ctx); err == nil {
			err = r.catchUpOnce(ctx, views, 0, until, p)
		}
	}
	if err != nil {
		return err
	}
	p.done()
	return nil
}

// What stands for a secret that cannot be shown.
const (
	erased     = "(erased)"
	unreadable = "(unreadable)"
)

// open returns the clear text of a secret. What was erased says so, and so does what this vault cannot open: figures do not
// depend on names.
func (r *reader) open(ctx context.Context, stream, eventType string, s domain.Secret) (string, error) {
	if s.IsZero() {
		return "", nil
	}
	r.openVault(ctx)
	var clear []byte
	err := r.sealed
	if err == nil {
		clear, err = r.vault.Open(ctx, stream, eventType, s)
	}
	if _, ok := errors.AsType[*vault.ErasedError](err); ok {
		return erased, nil
	}
	if err != nil && ctx.Err() == nil {
		r.warn(err)
		return unreadable, nil
	}
	return string(clear), err
}

// openVault opens the vault when it is first needed; where it does not open, sealed says why.
func (r *reader) openVault(ctx context.Context) {
	if r.vault == nil && r.sealed == nil {
		r.keys, r.vault, r.sealed = r.vaultToRead(ctx)
	}
}

// directory runs f on the fold of the small streams, as known at a position or an instant where one is given.
func (c *console) directory(asOf string, f func(*ledger.Directory) error) error {
	if err := exists(c.cfg.Data, c.cfg.LogAt); err != nil {
		return err
	}
	until, err := moment(asOf)
	if err != nil {
		return err
	}
	log, err := openLogToRead(c.ctx, c.cfg.Data, c.cfg.LogAt)
	if err != nil {
		return err
	}
	codec := ledger.NewCodec()
	d, err := ledger.OpenDirectory(c.ctx, past{log, codec, until}, codec)
	if err == nil {
		d.Clock(c.Now)
		err = f(d)
	}
	return errors.Join(err, log.Close())
}
