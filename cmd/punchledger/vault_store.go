package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// keyStore keeps the keys of a ledger: in a file of its folder, or in PostgreSQL.
type keyStore interface {
	vault.Keys
	Check(ctx context.Context) error
	io.Closer
}

// keysAt says which vault is opened, and with which key.
type keysAt struct {
	data     string
	address  string // of the database; empty: it is in a file of the folder
	kek      string
	ledger   string // whose the vault must be; empty while the ledger begins
	create   bool
	readOnly bool
}

// open opens the keys and what is sealed under them.
func (a keysAt) open(ctx context.Context) (keyStore, *vault.Vault, error) {
	epoch, err := vault.LoadEpochKey(a.kek)
	if err != nil {
		return nil, nil, err
	}
	keys, err := a.keys(ctx)
	if err != nil {
		return nil, nil, err
	}
	v, err := vault.New(ctx, keys, epoch, vault.Options{Create: a.create})
	if _, ok := errors.AsType[*vault.NoLedgerKeyError](err); ok {
		err = a.lost()
	}
	if _, ok := errors.AsType[*vault.WrongEpochKeyError](err); ok && a.create { // this ledger's own key was just made
		err = &postgres.OwnedError{Kind: "vault", Where: postgres.Where(a.address)}
	}
	if err != nil {
		return nil, nil, errors.Join(err, keys.Close())
	}
	return keys, v, nil
}

// keys opens the keys alone.
func (a keysAt) keys(ctx context.Context) (keyStore, error) {
	if a.address != "" {
		v, err := postgres.OpenVault(ctx, postgres.KeptOptions{Address: a.address, Ledger: a.ledger, Create: a.create, ReadOnly: a.readOnly})
		if err != nil {
			return nil, vaultPart.missing(a.address, err)
		}
		return v, nil
	}
	v, err := sqlite.OpenVault(filepath.Join(a.data, vaultFile), sqlite.VaultOptions{Create: a.create, ReadOnly: a.readOnly})
	if errors.Is(err, os.ErrNotExist) {
		return nil, a.lost()
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// lost says that the vault does not hold the key of the ledger.
func (a keysAt) lost() error {
	if a.address != "" {
		return domain.NewError(domain.NotFound, vaultPart.absent, "database", postgres.Where(a.address))
	}
	return domain.NewError(domain.NotFound, "lost_vault", "file", filepath.Join(a.data, vaultFile))
}

// openVault opens the vault in a file of a folder.
func openVault(ctx context.Context, data, kek string, opts sqlite.VaultOptions) (keyStore, *vault.Vault, error) {
	return keysAt{data: data, kek: kek, create: opts.Create, readOnly: opts.ReadOnly}.open(ctx)
}

// vaultToRead opens the vault of the ledger for reading.
func (r *reader) vaultToRead(ctx context.Context) (keyStore, *vault.Vault, error) {
	at := keysAt{data: r.data, address: r.parts.vault, kek: r.kek, readOnly: true}
	err := vaultPart.right(r.data, at.address)
	if err == nil && at.address != "" {
		at.ledger, err = originOf(ctx, r.log)
	}
	if err != nil {
		return nil, nil, err
	}
	return at.open(ctx)
}

// claim notes in the database of the vault that it is this ledger's, once that has begun.
func (w *writer) claim(ctx context.Context) error {
	v, ok := w.keys.(*postgres.Vault)
	if !ok {
		return nil
	}
	origin, err := begunIn(ctx, w.log)
	if err != nil || origin == "" {
		return err
	}
	if err := v.Claim(ctx, origin); err != nil {
		return err
	}
	return vaultPart.keepNote(w.data, w.parts.vault)
}

// claimParts notes in databases that they are this ledger's, which is just made. It comes when nothing can begin anew any more; whoever is
// stopped before leaves it to the next command that writes.
func (c *console) claimParts() error {
	if c.parts() == (keptParts{}) {
		return nil
	}
	w, err := openParts(c.ctx, opening{data: c.cfg.Data, log: c.cfg.LogAt, kek: c.cfg.KEK, sign: c.cfg.SignKey, parts: c.parts(), now: c.Now})
	if err != nil {
		return err
	}
	if w.parts.state != "" {
		w.desk.mu.Lock()
		_, err = w.state()
		w.desk.mu.Unlock()
	}
	return errors.Join(err, w.Close())
}

// allKeys returns every key of a vault.
func allKeys(ctx context.Context, keys keyStore) (out []vault.Key, err error) {
	err = keys.All(ctx, func(k vault.Key) error {
		out = append(out, k)
		return nil
	})
	return out, err
}

// copyVaultTo writes the vault as a file, from wherever it is kept.
func (c *console) copyVaultTo(beside string, w io.Writer) error {
	if c.cfg.Vault == "" {
		path := filepath.Join(c.cfg.Data, vaultFile)
		err := sqlite.CopyVault(c.ctx, path, w)
		if errors.Is(err, os.ErrNotExist) {
			err = domain.NewError(domain.NotFound, "lost_vault", "file", path)
		}
		return err
	}
	log, err := openLogToRead(c.ctx, c.cfg.Data, c.cfg.LogAt)
	if err != nil {
		return err
	}
	keys, err := readKeys(c.ctx, c.cfg, log)
	if err = errors.Join(err, log.Close()); err != nil {
		return err
	}
	return inPassing(beside, vaultFile, func(file string) error {
		to, err := sqlite.OpenVault(file, sqlite.VaultOptions{Create: true, Fatal: notOurs})
		if err != nil {
			return err
		}
		if err := errors.Join(to.Import(c.ctx, keys), to.Close()); err != nil {
			return err
		}
		return sqlite.CopyVault(c.ctx, file, w)
	})
}

// readKeys reads the keys of a vault in a database.
func readKeys(ctx context.Context, cfg *Config, log eventstore.Store) (_ []vault.Key, err error) {
	origin, err := originOf(ctx, log)
	if err != nil {
		return nil, err
	}
	from, err := keysAt{data: cfg.Data, address: cfg.Vault, ledger: origin, readOnly: true}.keys(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	return allKeys(ctx, from)
}

// notOurs lets a failed write of a passing file be an error of the command: no ledger is at stake.
func notOurs(error) {}

// inPassing runs f with the name of a file in a folder that is removed afterwards.
func inPassing(beside, name string, f func(file string) error) (err error) {
	folder, err := os.MkdirTemp(filepath.Dir(beside), ".copy-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	return f(filepath.Join(folder, name))
}

// vaultIntoDatabase moves the keys of a restored vault from its file into a database.
func vaultIntoDatabase(ctx context.Context, dir, address, ledger string) (err error) {
	file := filepath.Join(dir, vaultFile)
	from, err := sqlite.OpenVault(file, sqlite.VaultOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	keys, err := allKeys(ctx, from)
	if err = errors.Join(err, from.Close()); err != nil {
		return err
	}
	to, err := postgres.OpenVault(ctx, postgres.KeptOptions{Address: address, Ledger: ledger, Create: true})
	if err != nil {
		return err
	}
	if err := errors.Join(to.Import(ctx, ledger, keys), to.Close()); err != nil {
		return err
	}
	return errors.Join(vaultPart.keepNote(dir, address), removeDatabaseFile(file))
}

// removeDatabaseFile removes a file of SQLite that is closed, with what may lie beside it.
func removeDatabaseFile(path string) error {
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
