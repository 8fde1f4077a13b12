package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"path/filepath"
	"time"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/directory"
)

// flipped is what became of a damage.
type flipped string

const (
	refused flipped = "refused" // the file, or the ledger, is not opened, and the message says why
	named   flipped = "named"   // verify or a reader names what is damaged
	equal   flipped = "equal"   // everything that can be read is what it was
	silent  flipped = "silent"  // something reads differently, and nobody says so
)

// look is what the product says of a ledger in a folder: an error of opening or reading it, or all that it shows, as one hash for
// each part that comes from one file.
type look struct {
	opening, reading error
	records          string // every record with its commitment, as the log gives it and as events decode
	secrets          string // every sealed value, opened
	views            string // every row, facts and carries included, and the fingerprint
}

var errNotAsked = errors.New("the vault is not asked")

var flipCodec, flipZones = ledger.NewCodec(), zone.Embedded()

func flipConsole(ctx context.Context, dir string) *console {
	return &console{
		invocation: invocation{Dir: dir, Out: io.Discard, Err: io.Discard, Now: time.Now}, ctx: ctx, text: text.Lookup("en"),
		cfg: &Config{Data: filepath.Join(dir, "ledger"), KEK: filepath.Join(dir, "ledger.kek"), As: "admin", Output: "json"},
	}
}

// whole is a ledger that is not damaged: what comes from one file of another folder is read together with its other files.
type whole struct {
	log     *sqlite.Log
	decoded []eventstore.Decoded
}

func openWhole(ctx context.Context, dir string) (w whole, err error) {
	if w.log, err = sqlite.OpenReader(filepath.Join(dir, "ledger", logFile)); err != nil {
		return w, err
	}
	for d, err := range flipCodec.DecodeAll(eventstore.Number(w.log.ReadAll(ctx, 0), 0, flipCodec.Owns)) {
		if err != nil {
			return w, err
		}
		w.decoded = append(w.decoded, d)
	}
	return w, nil
}

// lookAt reads what comes from a file: the records, the secrets, or the views. Everything else is that of the whole ledger.
func (w whole) lookAt(ctx context.Context, dir, file string) (l look) {
	f := flipping{whole: w, c: flipConsole(ctx, dir)}
	f.reader = &reader{codec: flipCodec, zones: flipZones, data: f.c.cfg.Data, kek: f.c.cfg.KEK, warn: func(error) {}}
	defer func() {
		if f.log == w.log {
			f.log = nil // it stays open
		}
		if err := f.Close(); l.opening == nil && l.reading == nil && err != nil {
			l.reading = err
		}
	}()
	switch partOf(file) {
	case "records":
		f.lookAtRecords(&l)
	case "secrets":
		f.lookAtSecrets(&l)
	case "views":
		f.log = w.log
		f.lookAtViews(&l)
	}
	return l
}

// flipping is a reader whose parts are opened one by one.
type flipping struct {
	*reader
	whole whole
	c     *console
}

// partOf names what a file holds.
func partOf(file string) string {
	switch filepath.Base(file) {
	case "vault.db", "vault.db-wal", "ledger.kek":
		return "secrets"
	case "views.db", "views.db-wal":
		return "views"
	}
	return "records"
}

// lookAtRecords reads the log as verify does, and then opens it for writing, as the next command would.
func (f flipping) lookAtRecords(l *look) {
	if f.log, l.opening = sqlite.OpenReader(filepath.Join(f.data, logFile)); l.opening != nil {
		f.log = nil
		return
	}
	f.sealed = errNotAsked
	v := f.verify(f.c.ctx, 0)
	if v.FirstBad != 0 {
		l.reading = errors.New(v.Problem)
		return
	}
	if l.reading = f.log.(*sqlite.Log).Check(f.c.ctx); l.reading != nil {
		return
	}
	h := sha256.New()
	for rec, err := range eventstore.Number(f.log.ReadAll(f.c.ctx, 0), 0, f.codec.Owns) {
		if err != nil {
			l.reading = err
			return
		}
		part(h, rec.Position, rec.Cursor, rec.Stream, rec.Revision, rec.ID, rec.Type, rec.Commitment, string(rec.Metadata), string(rec.Data))
	}
	l.records = fmt.Sprintf("%x", h.Sum(nil))
	w, err := sqlite.OpenLog(filepath.Join(f.data, logFile), sqlite.LogOptions{Fatal: func(error) {}})
	if err != nil {
		l.opening = err
		return
	}
	head, err := w.Head(f.c.ctx)
	if err = errors.Join(err, w.Close()); err != nil {
		l.reading = err
	} else if head != eventstore.Cursor(v.Events) {
		l.records += fmt.Sprintf(", and a writer would write on after %d", head)
	}
}

// lookAtSecrets opens the vault, checks it and opens every sealed value of the log, as verify does.
func (f flipping) lookAtSecrets(l *look) {
	var v verdict
	if f.openVault(f.c.ctx); f.sealed != nil {
		l.opening = f.sealed
		return
	}
	if l.reading = f.verifyVault(f.c, &v); l.reading != nil {
		return
	}
	h := sha256.New()
	for _, d := range f.whole.decoded {
		_, err := domain.MapSecrets(d.Event, func(s domain.Secret) (domain.Secret, error) {
			clear, err := f.vault.Open(f.c.ctx, d.Stream, d.Type, s)
			part(h, d.Position, string(s.Class), string(clear))
			return s, err
		})
		if err != nil {
			l.reading = err
			return
		}
	}
	if len(v.Damaged) > 0 {
		l.reading = errors.New(v.Problem)
	}
	l.secrets = fmt.Sprintf("%x", h.Sum(nil))
}

// lookAtViews checks the views as verify does, and reads every row of every view.
func (f flipping) lookAtViews(l *look) {
	v := verdict{Events: eventstore.Position(len(f.whole.decoded))}
	if l.opening = f.openViews(f.c.ctx); l.opening != nil {
		return
	}
	if l.reading = f.verifyViews(f.c, &v); l.reading != nil {
		return
	}
	h := sha256.New()
	part(h, v.ViewsFingerprint, v.Views)
	l.reading = f.views.People(f.c.ctx, func(p directory.Person) error {
		part(h, fmt.Sprintf("%+v %q %q", p, p.Name.Box, p.Badges))
		return nil
	})
	if l.reading == nil {
		l.reading = f.views.Read(f.c.ctx, func(tx projections.Tx) error { return readFacts(f.c.ctx, tx, h) })
	}
	l.views = fmt.Sprintf("%x", h.Sum(nil))
}

// readFacts reads what evaluation reads: the parts of facts and the carries.
func readFacts(ctx context.Context, tx projections.Tx, h hash.Hash) error {
	employees, err := tx.Employees(ctx)
	if err != nil {
		return err
	}
	for _, employee := range append(employees, "") {
		parts, err := tx.FactParts(ctx, employee, "")
		if err != nil {
			return err
		}
		for _, p := range parts {
			data, err := tx.Fact(ctx, employee, p)
			if err != nil {
				return err
			}
			part(h, employee, p, string(data))
		}
		carries, err := tx.Carries(ctx, employee, 0)
		if err != nil {
			return err
		}
		part(h, carries)
	}
	return nil
}

// part adds values to a hash, each with its end.
func part(h hash.Hash, values ...any) {
	line := fmt.Sprintln(values...)
	h.Write(fmt.Appendf(nil, "%d %s", len(line), line))
}

// judge compares what is seen of a damaged ledger with what is seen of the whole one.
func judge(want, now look) flipped {
	switch {
	case now.opening != nil:
		return refused
	case now.reading != nil:
		return named
	case now.records == want.records && now.secrets == want.secrets && now.views == want.views:
		return equal
	}
	return silent
}
