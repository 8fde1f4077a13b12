package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"

	"github.com/punchledger/punchledger/adapters/kurrent"
	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type migrateLogCmd struct {
	To string `help:"Where the log goes: postgres://… or esdb://… for a server, or file for the data folder." required:"" placeholder:"ADDRESS"`
}

// toFile is how --to names the data folder.
const toFile = "file"

// Files of a log that has been moved to a server. They stay as they were; nothing writes to them.
const (
	movedLogFile  = "moved-ledger.db"
	movedHeadFile = "moved-ledger.head"
	movingFolder  = "moving-log"
)

// migrated is what the command prints.
type migrated struct {
	Events eventstore.Position   `json:"events"`
	Head   eventstore.Commitment `json:"head"` // of the last event, in both logs
	To     string                `json:"to"`
}

func (cmd *migrateLogCmd) Run(c *console) error {
	address := cmd.To
	if address == toFile {
		address = ""
	}
	if err := checkLogAddress(address); err != nil || cmd.To == "" {
		return wrongValue("--to", logCalled(cmd.To), "not_a_log")
	}
	if logCalled(address) == logCalled(c.cfg.LogAt) {
		return domain.NewError(domain.Invalid, "log_is_there", "log", logCalled(address))
	}
	if err := exists(c.cfg.Data, c.cfg.LogAt); err != nil {
		return err
	}
	if isBackup(c.cfg.Data) {
		return domain.NewError(domain.Conflict, "backup_not_written", "dir", c.cfg.Data)
	}
	from, err := openLog(c.ctx, c.cfg.Data, c.cfg.LogAt)
	if err != nil {
		return err
	}
	m, err := c.moveLog(from, address)
	if db, ok := from.(*lockedDatabase); ok && err == nil {
		if err = leaveBehind(c.cfg.Data, address); err == nil { // while its lock is ours: a server that stands by shall not go on with it
			err = db.Leave(c.ctx, m.To)
		}
	}
	if err = errors.Join(err, from.Close()); err != nil {
		return err
	}
	if !inDatabase(c.cfg.LogAt) {
		if err := leaveBehind(c.cfg.Data, address); err != nil {
			return err
		}
	}
	if c.cfg.Output == "json" {
		return printJSON(c.Out, m)
	}
	fmt.Fprintln(c.Out, c.t("cli.migrated", "events", fmt.Sprint(m.Events), "to", m.To, "head", m.Head.String()))
	switch {
	case address == "":
	case c.cfg.LogAt == "":
		c.say("cli.migrated_to_server", "to", m.To, "file", filepath.Join(c.cfg.Data, movedLogFile))
	default:
		c.say("cli.migrated_between_servers", "from", logCalled(c.cfg.LogAt))
	}
	return nil
}

// moveLog copies the log to an address, or into a folder beside it, and reads the copy back.
func (c *console) moveLog(from logStore, address string) (m migrated, err error) {
	m.To = logCalled(address)
	var to logStore
	if address == "" {
		folder := filepath.Join(c.cfg.Data, movingFolder)
		if err := os.RemoveAll(folder); err != nil { // of a copy that was interrupted
			return m, err
		}
		if err := os.Mkdir(folder, 0o700); err != nil {
			return m, err
		}
		if err := createPrivate(filepath.Join(folder, logFile)); err != nil {
			return m, err
		}
		to, err = inFile(sqlite.OpenLog(filepath.Join(folder, logFile), sqlite.LogOptions{}))
	} else {
		to, err = openTarget(c.ctx, address)
	}
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	p := newProgress(c, c.t("cli.migrating"))
	defer p.done()
	m.Events, m.Head, err = copyLog(c.ctx, from, to, p)
	if db, ok := to.(*postgres.Log); ok && err == nil { // the ledger may have left it once
		err = db.Leave(c.ctx, "")
	}
	return m, err
}

// openTarget opens a log on a server that a copy is written to.
func openTarget(ctx context.Context, address string) (logStore, error) {
	if inDatabase(address) {
		return opened(openElected(ctx, postgres.LogOptions{Address: address, Create: true, Left: true}))
	}
	l, err := kurrent.Open(ctx, kurrent.Options{Connection: address})
	if err != nil {
		return nil, unreachable(address, err)
	}
	return l, nil
}

// leaveBehind makes the copy the ledger's log. What it was before stays, under another name where it is a file.
func leaveBehind(data, address string) error {
	if address == "" {
		folder := filepath.Join(data, movingFolder)
		for _, name := range []string{headFile, logFile} {
			if err := os.Rename(filepath.Join(folder, name), filepath.Join(data, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
		if err := os.RemoveAll(folder); err != nil {
			return err
		}
		return os.Remove(filepath.Join(data, elsewhereFile))
	}
	if err := writeElsewhere(data, address); err != nil {
		return err
	}
	for from, to := range map[string]string{logFile: movedLogFile, headFile: movedHeadFile} {
		if err := os.Rename(filepath.Join(data, from), filepath.Join(data, to)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// copyLog writes every event of a log to another one, in order, byte for byte, and reads the copy back: the same streams, revisions
// and commitments. What the other log has already must be the beginning of the same ledger, as an interrupted copy leaves it.
func copyLog(ctx context.Context, from, to eventstore.Store, p *progress) (n eventstore.Position, head eventstore.Commitment, err error) {
	owns := ledger.Owns
	have, stop := iter.Pull2(eventstore.Number(to.ReadAll(ctx, 0), 0, owns))
	defer stop()
	b := gathered{to: to}
	for r, err := range eventstore.Number(from.ReadAll(ctx, 0), 0, owns) {
		if err != nil {
			return n, head, err
		}
		n, head = r.Position, r.Commitment
		switch copied, failed, there := have(); {
		case failed != nil:
			return n, head, failed
		case there && copied.Commitment != r.Commitment:
			return n, head, domain.NewError(domain.Conflict, "log_of_another", "position", fmt.Sprint(r.Position))
		case there:
			p.add(1)
			continue
		}
		if err := b.add(ctx, r); err != nil {
			return n, head, err
		}
		p.add(1)
	}
	if _, failed, there := have(); there || failed != nil {
		return n, head, errors.Join(failed, domain.NewError(domain.Conflict, "log_of_another", "position", fmt.Sprint(n+1)))
	}
	if err := b.flush(ctx); err != nil {
		return n, head, err
	}
	return n, head, compareLogs(ctx, from, to)
}

// compareLogs reads two logs beside each other.
func compareLogs(ctx context.Context, a, b eventstore.Store) error {
	owns := ledger.Owns
	other, stop := iter.Pull2(eventstore.Number(b.ReadAll(ctx, 0), 0, owns))
	defer stop()
	last := eventstore.Position(0)
	for r, err := range eventstore.Number(a.ReadAll(ctx, 0), 0, owns) {
		if err != nil {
			return err
		}
		last = r.Position
		switch copied, failed, there := other(); {
		case failed != nil:
			return failed
		case !there || copied.Commitment != r.Commitment:
			return domain.NewError(domain.Conflict, "log_of_another", "position", fmt.Sprint(r.Position))
		}
	}
	if _, failed, there := other(); there || failed != nil {
		return errors.Join(failed, domain.NewError(domain.Conflict, "log_of_another", "position", fmt.Sprint(last+1)))
	}
	return nil
}

// gathered holds events that follow each other in one stream, for one append.
type gathered struct {
	to     eventstore.Store
	stream string
	after  eventstore.Revision
	events []eventstore.Event
	bytes  int
}

const batchEvents = 500

func (b *gathered) add(ctx context.Context, r eventstore.Record) error {
	size := eventstore.Size([]eventstore.Event{r.Event})
	if b.stream != r.Stream || len(b.events) == batchEvents || b.bytes+size > eventstore.MaxAppendBytes {
		if err := b.flush(ctx); err != nil {
			return err
		}
		b.stream, b.after, b.bytes = r.Stream, r.Revision-1, 0
	}
	b.events, b.bytes = append(b.events, r.Event), b.bytes+size
	return nil
}

func (b *gathered) flush(ctx context.Context) error {
	if len(b.events) == 0 {
		return nil
	}
	_, err := b.to.Append(ctx, b.stream, b.after, b.events...)
	b.events = b.events[:0]
	return err
}
