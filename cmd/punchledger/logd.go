package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/punchledger/punchledger/adapters/esdb"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type logdCmd struct {
	esdbFlags    `embed:""`
	metricsFlags `embed:""`
	TLSCert      string `name:"tls-cert" help:"Certificate (PEM), with those that lead to its root." placeholder:"FILE"`
	TLSKey       string `name:"tls-key" help:"Key of the certificate." placeholder:"FILE"`
}

// servedLogFile is the log of a log server. It is not called as that of a ledger is: what others append to it a ledger would not
// number.
const servedLogFile = "log.db"

// Run serves a bare log over the EventStoreDB protocol until the process is told to stop.
func (cmd *logdCmd) Run(c *console) error {
	f, err := cmd.check(c, cmd.TLSCert, cmd.TLSKey)
	if err != nil {
		return err
	}
	if f == nil {
		return domain.NewError(domain.Invalid, "usage_missing", "missing", "--esdb-listen")
	}
	if _, err := os.Stat(filepath.Join(c.cfg.Data, logFile)); err == nil {
		return domain.NewError(domain.Conflict, "esdb_not_a_ledger", "dir", c.cfg.Data)
	}
	log, err := openServedLog(c.cfg.Data)
	if err != nil {
		return err
	}
	server, err := f.open(c, esdb.FromStore(log, ledger.Owns, c.Now), func(o *esdb.Options) { o.Owns = ledger.Owns })
	if err != nil {
		return errors.Join(err, log.Close())
	}
	end, err := cmd.answer(c, ofFolder(c.cfg.Data))
	if err != nil {
		return errors.Join(err, f.door.Close(), log.Close())
	}
	f.announce(c)
	if err := errors.Join(f.serve(c.ctx, server), end(), log.Close()); err != nil {
		return err
	}
	c.say("cli.stopped")
	return nil
}

// openServedLog opens the log of a log server, and makes it where there is none.
func openServedLog(dir string) (*sqlite.Log, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make %s: %w", dir, err)
	}
	path := filepath.Join(dir, servedLogFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := createPrivate(path); err != nil {
			return nil, err
		}
	}
	return sqlite.OpenLog(path, sqlite.LogOptions{MaxAppendBytes: esdb.StoreBytes})
}
