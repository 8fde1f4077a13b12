package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"strconv"
	"syscall"
	"time"

	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// refusal returns err as an error with a code, whose text in every language says what, where and how to mend it. What none of
// the packages below has told apart is code unexpected, with the text of err.
func refusal(err error) *domain.Error {
	for _, known := range []func(error) *domain.Error{
		func(err error) *domain.Error { e, _ := errors.AsType[*domain.Error](err); return e },
		documentRefusal, ledgerRefusal, keyRefusal, signKeyRefusal, fileRefusal,
	} {
		if e := known(err); e != nil {
			return e
		}
	}
	if errors.Is(err, context.Canceled) {
		return domain.NewError(domain.Conflict, "interrupted")
	}
	return domain.NewError(domain.Conflict, "unexpected", "problem", err.Error())
}

// documentRefusal is of rules and calendars that cannot be read; their problems are printed before it.
func documentRefusal(err error) *domain.Error {
	if e, ok := errors.AsType[*ruleset.ProblemsError](err); ok {
		return domain.NewError(domain.Invalid, "document_refused", "file", e.Name)
	}
	return nil
}

// ledgerRefusal is of the files of a ledger.
func ledgerRefusal(err error) *domain.Error {
	if e, ok := errors.AsType[*sqlite.LockedError](err); ok {
		if e.PID == 0 {
			return domain.NewError(domain.Conflict, "ledger_locked", "dir", e.Dir)
		}
		return domain.NewError(domain.Conflict, "ledger_locked", "dir", e.Dir, "process", strconv.Itoa(e.PID), "since", e.Since.Format(time.RFC3339))
	}
	if e, ok := errors.AsType[*sqlite.GuardError](err); ok {
		return domain.NewError(domain.Conflict, "log_shortened", "file", e.Path, "guard", e.Guard, "record", strconv.FormatUint(uint64(e.Cursor), 10))
	}
	if e, ok := errors.AsType[*sqlite.DamagedGuardError](err); ok {
		return domain.NewError(domain.Conflict, "guard_damaged", "guard", e.Guard)
	}
	if e, ok := errors.AsType[*sqlite.NewerFileError](err); ok {
		return domain.NewError(domain.Conflict, "newer_file", "file", e.Path, "format", strconv.Itoa(e.Version), "known", strconv.Itoa(e.Known))
	}
	if e, ok := errors.AsType[*sqlite.DamagedError](err); ok {
		code := map[string]string{"views": "damaged_views", "vault": "damaged_vault", "state": "damaged_state"}[e.Kind]
		return domain.NewError(domain.Conflict, cmp.Or(code, "damaged_ledger"), "file", e.Path, "problem", e.Problem)
	}
	for _, known := range []func(error) *domain.Error{databaseRefusal, databaseLogRefusal} {
		if refused := known(err); refused != nil {
			return refused
		}
	}
	if e, ok := errors.AsType[*sqlite.ForeignFileError](err); ok {
		return domain.NewError(domain.Conflict, "foreign_file", "file", e.Path)
	}
	if e, ok := errors.AsType[*eventstore.UnknownTypeError](err); ok {
		return domain.NewError(domain.Conflict, "newer_event", "event", e.Type, "stream", e.Stream)
	}
	if e, ok := errors.AsType[*eventstore.CorruptError](err); ok {
		return domain.NewError(domain.Conflict, "record_corrupt", "stream", e.Stream, "record", strconv.FormatUint(uint64(e.Cursor), 10))
	}
	if errors.Is(err, sqlite.ErrNotWritable) {
		return domain.NewError(domain.Conflict, "folder_not_writable")
	}
	return nil
}

// databaseRefusal is of views in a database.
func databaseRefusal(err error) *domain.Error {
	if e, ok := errors.AsType[*postgres.DamagedError](err); ok {
		return domain.NewError(domain.Conflict, "damaged_views", "file", e.Where, "problem", e.Problem)
	}
	if e, ok := errors.AsType[*postgres.ForeignError](err); ok {
		return domain.NewError(domain.Conflict, "views_of_another", "database", e.Where)
	}
	if e, ok := errors.AsType[*postgres.UnreachableError](err); ok {
		return domain.NewError(domain.Conflict, "views_unreachable", "database", e.Where, "problem", e.Err.Error())
	}
	if errors.Is(err, postgres.ErrReplaced) {
		return domain.NewError(domain.Conflict, "views_replaced")
	}
	return keptRefusal(err)
}

// keptRefusal is of a vault or a state in a database.
func keptRefusal(err error) *domain.Error {
	if e, ok := errors.AsType[*postgres.UnavailableError](err); ok {
		code := "_unreachable"
		if e.Unknown {
			code = "_outcome_unknown"
		}
		return domain.NewError(domain.Conflict, e.Kind+code, "database", e.Where, "problem", e.Err.Error())
	}
	if e, ok := errors.AsType[*postgres.OwnedError](err); ok {
		return domain.NewError(domain.Conflict, e.Kind+"_of_another", "database", e.Where)
	}
	if e, ok := errors.AsType[*postgres.AlteredError](err); ok {
		return domain.NewError(domain.Conflict, e.Kind+"_altered", "database", e.Where, "problem", e.Problem)
	}
	if e, ok := errors.AsType[*postgres.NotDurableError](err); ok {
		return domain.NewError(domain.Conflict, "database_not_durable", "database", e.Where)
	}
	if e, ok := errors.AsType[*postgres.NewerError](err); ok {
		return domain.NewError(domain.Conflict, "newer_tables", "database", e.Where, "format", strconv.Itoa(e.Format), "known", strconv.Itoa(e.Known))
	}
	return nil
}

// databaseLogRefusal is of a log in a database.
func databaseLogRefusal(err error) *domain.Error {
	held := func(code, where string, h postgres.Holder) *domain.Error {
		return domain.NewError(domain.Conflict, code, "log", logCalled(where), "process", strconv.Itoa(h.Process), "machine", h.Machine,
			"since", h.Since.UTC().Format(time.RFC3339))
	}
	if e, ok := errors.AsType[*postgres.FencedError](err); ok {
		return held("log_fenced", e.Where, e.Holder)
	}
	if e, ok := errors.AsType[*postgres.NotWriterError](err); ok {
		return held("log_written_by", e.Where, e.Holder)
	}
	if e, ok := errors.AsType[*postgres.InDoubtError](err); ok {
		return domain.NewError(domain.Conflict, "log_in_doubt", "log", logCalled(e.Where), "problem", e.Err.Error())
	}
	if e, ok := errors.AsType[*postgres.LogUnreachableError](err); ok {
		return domain.NewError(domain.Conflict, "log_unreachable", "log", logCalled(e.Where), "problem", e.Err.Error())
	}
	if e, ok := errors.AsType[*postgres.LeftError](err); ok {
		return domain.NewError(domain.Conflict, "log_left", "log", logCalled(e.Where), "to", e.To)
	}
	if e, ok := errors.AsType[*postgres.NoLogError](err); ok {
		return domain.NewError(domain.NotFound, "log_empty", "log", logCalled(e.Where))
	}
	return nil
}

// damage reports whether err says that a ledger's files are not what was written, as opposed to a ledger that this build or this
// user may not read.
func damage(err error) bool {
	switch refusal(err).Code {
	case "log_shortened", "guard_damaged", "damaged_ledger", "damaged_vault", "damaged_views", "vault_altered", "state_altered", "foreign_file",
		"record_corrupt", "key_of_another_vault", "unexpected":
		return true
	}
	return false
}

// keyRefusal is of the epoch key and of what it opens.
func keyRefusal(err error) *domain.Error {
	if e, ok := errors.AsType[*vault.EpochKeyError](err); ok {
		switch e.Fault {
		case vault.KeyMissing:
			return domain.NewError(domain.NotFound, "key_missing", "file", e.Path)
		case vault.KeyOpenToOthers:
			return domain.NewError(domain.Conflict, "key_open_to_others", "file", e.Path)
		case vault.KeyDamaged:
			return domain.NewError(domain.Invalid, "key_damaged", "file", e.Path)
		case vault.KeyExists:
			return domain.NewError(domain.Conflict, "key_file_exists", "file", e.Path)
		}
		return fileRefusal(e.Err)
	}
	if _, ok := errors.AsType[*vault.WrongEpochKeyError](err); ok {
		return domain.NewError(domain.Conflict, "key_of_another_vault")
	}
	if e, ok := errors.AsType[*vault.UnknownKeyError](err); ok {
		return domain.NewError(domain.NotFound, "key_not_in_vault", "key", e.Key)
	}
	if _, ok := errors.AsType[*vault.OpenError](err); ok {
		return domain.NewError(domain.Conflict, "secret_damaged")
	}
	return nil
}

// fileFaults are the codes of what the system says about a path.
var fileFaults = []struct {
	says error
	code string
}{
	{fs.ErrNotExist, "file_missing"},
	{fs.ErrPermission, "file_forbidden"},
	{syscall.EROFS, "file_forbidden"},
	{fs.ErrExist, "file_exists"},
	{syscall.EISDIR, "file_is_folder"},
	{syscall.ENOTDIR, "file_not_in_folder"},
	{syscall.ELOOP, "file_link_loop"},
	{syscall.ENAMETOOLONG, "file_name_too_long"},
	{syscall.EINVAL, "file_name_invalid"},
	{syscall.ENOSPC, "disk_full"},
}

// fileRefusal is of what the system says about a path.
func fileRefusal(err error) *domain.Error {
	e, ok := errors.AsType[*fs.PathError](err)
	if !ok {
		return nil
	}
	for _, f := range fileFaults {
		if errors.Is(e, f.says) {
			return domain.NewError(domain.Invalid, f.code, "file", e.Path)
		}
	}
	return domain.NewError(domain.Conflict, "file_unreadable", "file", e.Path, "problem", e.Err.Error())
}
