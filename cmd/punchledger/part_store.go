package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/punchledger/punchledger/adapters/backup"
	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
)

// keptPart is a part of a ledger that is in a file of its folder, or in a database. Then a note in the folder names the database, without a
// password, so that no command takes the part for lost, or begins another one in a file.
type keptPart struct {
	file string
	note string

	elsewhere, here, absent string // codes of errors: it is in a database, it is in the folder, it is not in that database
}

var (
	vaultPart = keptPart{vaultFile, "vault.at", "vault_elsewhere", "vault_is_here", "vault_not_there"}
	statePart = keptPart{stateFile, "state.at", "state_elsewhere", "state_is_here", "state_not_there"}
)

// keptParts are where the vault and the state of a ledger are: the addresses of databases, empty for files in the folder.
type keptParts struct{ vault, state string }

func (c *console) parts() keptParts { return keptParts{c.cfg.Vault, c.cfg.State} }

// right refuses parts that are not where a command looks for them.
func (p keptParts) right(data string) error {
	return errors.Join(vaultPart.right(data, p.vault), statePart.right(data, p.state))
}

// begin makes the tables of a ledger that begins, and notes where they are. Keys are made when the vault is opened.
func (p keptParts) begin(ctx context.Context, data string) error {
	if p.vault != "" {
		if err := vaultPart.keepNote(data, p.vault); err != nil {
			return err
		}
	}
	return beginState(ctx, data, p.state)
}

// called is how messages call the part: its file, or its database without the password.
func (p keptPart) called(address string) string {
	if address == "" {
		return p.file
	}
	return postgres.Where(address)
}

// noted is the database that the folder names, and empty where it names none.
func (p keptPart) noted(data string) (string, error) {
	text, err := os.ReadFile(filepath.Join(data, p.note))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(text)), err
}

// right refuses a folder whose part is not where the command looks for it.
func (p keptPart) right(data, address string) error {
	at, err := p.noted(data)
	switch {
	case err != nil:
		return err
	case at != "" && address == "":
		return domain.NewError(domain.Conflict, p.elsewhere, "dir", data, "database", at)
	case at == "" && address != "":
		if _, err := os.Stat(filepath.Join(data, p.file)); err == nil {
			return domain.NewError(domain.Conflict, p.here, "dir", data, "database", postgres.Where(address))
		}
	}
	return nil
}

// keepNote notes in the folder, durably, that the part is in a database, unless that is noted already.
func (p keptPart) keepNote(data, address string) error {
	if at, err := p.noted(data); err != nil || at != "" {
		return err
	}
	f, err := os.OpenFile(filepath.Join(data, p.note), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("note where %s is: %w", p.file, err)
	}
	_, err = f.WriteString(postgres.Where(address) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close(), backup.SyncDir(data)); err != nil {
		return fmt.Errorf("note where %s is: %w", p.file, err)
	}
	return nil
}

// missing is err, or where it says that a database has no such part, an error with a code.
func (p keptPart) missing(address string, err error) error {
	if _, ok := errors.AsType[*postgres.AbsentError](err); ok {
		return domain.NewError(domain.NotFound, p.absent, "database", postgres.Where(address))
	}
	return err
}

// checkPartAddress refuses what is no address of a database.
func checkPartAddress(flag, address string) error {
	scheme, _, _ := strings.Cut(address, "://")
	if address == "" || scheme == "postgres" || scheme == "postgresql" {
		return nil
	}
	return wrongValue(flag, postgres.Where(address), "not_a_database")
}

// begunIn tells a ledger from every other; it is empty while the ledger has no event yet.
func begunIn(ctx context.Context, log eventstore.Store) (string, error) {
	origin, err := originOf(ctx, log)
	if errors.Is(err, &domain.Error{Code: "empty_ledger"}) {
		return "", nil
	}
	return origin, err
}

// newerFormat reports that a newer build has written what this one is to read.
func newerFormat(err error) bool {
	return refusal(err).Code == "newer_file" || refusal(err).Code == "newer_tables"
}
