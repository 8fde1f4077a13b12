package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/punchledger/punchledger/adapters/kurrent"
	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
)

// logStore keeps the log of a ledger: in a file of its folder, or on a server.
type logStore interface {
	eventstore.Store
	io.Closer
}

// elsewhereFile lies in the folder of a ledger whose log is on a server, and names the server without a password. So no command takes
// such a folder for one that has lost its log, or begins another log beside it.
const elsewhereFile = "ledger.at"

// checkLogAddress refuses what is no address of a log.
func checkLogAddress(address string) error {
	if address == "" || inDatabase(address) || inEventStore(address) {
		return nil
	}
	return wrongValue("--log", logCalled(address), "not_a_log")
}

// inDatabase reports that an address is one of a log in PostgreSQL.
func inDatabase(address string) bool {
	scheme, _, _ := strings.Cut(address, "://")
	return scheme == "postgres" || scheme == "postgresql"
}

// inEventStore reports that an address is one of a log on EventStoreDB or KurrentDB.
func inEventStore(address string) bool {
	scheme, _, _ := strings.Cut(address, "://")
	return scheme == "esdb" || scheme == "esdb+discover"
}

// logCalled is how messages call a log: its file, or its server without user and password.
func logCalled(address string) string {
	if address == "" {
		return logFile
	}
	u, err := url.Parse(address)
	if err != nil {
		return "the server of the log"
	}
	u.User = nil
	if q := u.Query(); q.Has("password") {
		q.Del("password")
		u.RawQuery = q.Encode()
	}
	return u.String()
}

// openLog opens the log of the ledger in data for writing and takes the ledger's lock. A log in PostgreSQL has a lock of its own
// besides, which one process of all machines holds: a *postgres.NotWriterError says that it is another one.
func openLog(ctx context.Context, data, address string) (logStore, error) {
	if address == "" {
		return inFile(sqlite.OpenLog(filepath.Join(data, logFile), sqlite.LogOptions{}))
	}
	lock, err := sqlite.Lock(filepath.Join(data, lockFile))
	if err != nil {
		return nil, err
	}
	if inDatabase(address) {
		l, err := openElected(ctx, postgres.LogOptions{Address: address})
		if err != nil {
			return nil, errors.Join(err, lock.Close())
		}
		return &lockedDatabase{l, lock}, nil
	}
	l, err := kurrent.Open(ctx, kurrent.Options{Connection: address})
	if err != nil {
		return nil, errors.Join(unreachable(address, err), lock.Close())
	}
	return &locked{l, lock}, nil
}

// openElected opens a log in PostgreSQL as its writer.
func openElected(ctx context.Context, o postgres.LogOptions) (*postgres.Log, error) {
	l, err := postgres.OpenLog(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := l.Elect(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// openLogToRead opens the log of the ledger in data for reading, also while another process writes it.
func openLogToRead(ctx context.Context, data, address string) (logStore, error) {
	switch {
	case address == "":
		return inFile(sqlite.OpenReader(filepath.Join(data, logFile)))
	case inDatabase(address):
		return opened(postgres.OpenLog(ctx, postgres.LogOptions{Address: address}))
	}
	l, err := kurrent.Open(ctx, kurrent.Options{Connection: address})
	if err != nil {
		return nil, unreachable(address, err)
	}
	return l, nil
}

// makeLog makes a log on a server, where that takes anything, and opens it for reading.
func makeLog(ctx context.Context, data, address string) (logStore, error) {
	if inDatabase(address) {
		return opened(postgres.OpenLog(ctx, postgres.LogOptions{Address: address, Create: true}))
	}
	return openLogToRead(ctx, data, address)
}

// inFile is opened for a log in a file.
func inFile(l *sqlite.Log, err error) (logStore, error) { return opened(l, err) }

// opened keeps a log that did not open from looking like one that did.
func opened[L logStore](l L, err error) (logStore, error) {
	if err != nil {
		return nil, err
	}
	return l, nil
}

func unreachable(address string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return domain.NewError(domain.Conflict, "log_unreachable", "log", logCalled(address), "problem", err.Error())
}

// locked is a log on a server with the lock of the folder that belongs to it.
type locked struct {
	*kurrent.Log
	lock io.Closer
}

// Close implements io.Closer.
func (l *locked) Close() error { return errors.Join(l.Log.Close(), l.lock.Close()) }

// lockedDatabase is locked for a log in PostgreSQL.
type lockedDatabase struct {
	*postgres.Log
	lock io.Closer
}

// Close implements io.Closer.
func (l *lockedDatabase) Close() error { return errors.Join(l.Log.Close(), l.lock.Close()) }

// writeElsewhere notes in a folder where its log is.
func writeElsewhere(data, address string) error {
	if err := os.WriteFile(filepath.Join(data, elsewhereFile), []byte(logCalled(address)+"\n"), 0o600); err != nil {
		return fmt.Errorf("note where the log is: %w", err)
	}
	return nil
}

// readElsewhere is where the log of a folder is, empty when it is in the folder.
func readElsewhere(data string) (string, error) {
	text, err := os.ReadFile(filepath.Join(data, elsewhereFile))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(text)), err
}

// rightLog refuses a folder whose log is not where the command looks for it.
func rightLog(data, address string) error {
	at, err := readElsewhere(data)
	switch {
	case err != nil:
		return err
	case at != "" && (address == "" || inDatabase(at) != inDatabase(address)):
		return domain.NewError(domain.Conflict, "log_elsewhere", "dir", data, "log", at)
	case at == "" && address != "":
		if _, err := os.Stat(filepath.Join(data, logFile)); err == nil {
			return domain.NewError(domain.Conflict, "log_is_here", "dir", data, "log", logCalled(address))
		}
	}
	return nil
}

// beginLog makes sure that a ledger can begin in a log: in a file that is made for it, or on a server that has no events yet.
func beginLog(ctx context.Context, data, address string) error {
	if address == "" {
		return createPrivate(filepath.Join(data, logFile))
	}
	l, err := makeLog(ctx, data, address)
	if err != nil {
		return err
	}
	there, err := holdsEvents(ctx, l)
	if err = errors.Join(err, l.Close()); err != nil {
		return err
	}
	if there {
		return domain.NewError(domain.Conflict, "log_not_empty", "log", logCalled(address))
	}
	return writeElsewhere(data, address)
}

// holdsEvents reports whether a log has any.
func holdsEvents(ctx context.Context, l eventstore.Store) (bool, error) {
	head, err := l.Head(ctx)
	return head != 0, err
}

// notLost refuses a log on a server that is empty although its ledger has begun: another log was taken for it, or it was lost.
func notLost(ctx context.Context, l eventstore.Store, address string) error {
	if address == "" { // of a file, its guard tells
		return nil
	}
	there, err := holdsEvents(ctx, l)
	if err == nil && !there {
		err = domain.NewError(domain.NotFound, "log_empty", "log", logCalled(address))
	}
	return err
}
