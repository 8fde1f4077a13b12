package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/punchledger/punchledger/adapters/backup"
	"github.com/punchledger/punchledger/adapters/files"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections/relay"
)

type restoreCmd struct {
	Source     string `arg:"" help:"Folder of the backup."`
	Known      string `help:"What is known of the ledger that is replaced: its folder, its ledger.head, or EVENTS:HEAD as it was written down." placeholder:"FOLDER|FILE|EVENTS:HEAD"`
	WithoutKey bool   `help:"Restore although the key file is not there: figures can be read, names cannot, and nothing can be written."`
}

// mark is the place of an event that a ledger is known to have had.
type mark struct {
	Events eventstore.Position   `json:"events"`
	Head   eventstore.Commitment `json:"head"`
}

// restoration is a line of ledger.restored. From it on the ledger goes another way than one that went on after the backup: numbers of
// events after Events may have been given twice.
type restoration struct {
	RestoredAt  domain.Instant      `json:"restored_at"`
	By          string              `json:"by"`
	Origin      string              `json:"origin"`
	TakenAt     domain.Instant      `json:"taken_at"`
	Sums        string              `json:"sums_sha256"` // of the backup
	mark                            // the last event of the backup
	Known       *mark               `json:"known,omitempty"` // a later event of the ledger that was replaced
	MissingFrom eventstore.Position `json:"missing_from,omitempty"`
	MissingTo   eventstore.Position `json:"missing_to,omitempty"`
}

// restored is what a restore prints.
type restored struct {
	Data string `json:"data"`
	restoration
	Names   bool   `json:"names"`  // the key file opens the vault
	Logins  bool   `json:"logins"` // credentials came back, sessions did not
	Seconds string `json:"seconds"`
}

func (cmd *restoreCmd) Run(c *console) error {
	known, err := c.known(cmd.Known)
	if err != nil {
		return err
	}
	r, err := c.restore(restoring{
		source: c.path(cmd.Source), data: filepath.Clean(c.cfg.Data), known: known, withoutKey: cmd.WithoutKey, parts: c.parts(),
	})
	if err != nil {
		return err
	}
	if c.cfg.Output == "json" {
		return printJSON(c.Out, r)
	}
	fmt.Fprintln(c.Out, c.t("cli.restore.done", "data", r.Data, "events", fmt.Sprint(r.Events), "head", r.Head.String(), "at", r.TakenAt.String(),
		"seconds", r.Seconds))
	switch {
	case r.MissingTo != 0:
		c.say("cli.restore.missing", "from", fmt.Sprint(r.MissingFrom), "to", fmt.Sprint(r.MissingTo))
	case r.Known == nil:
		c.say("cli.restore.unknown", "at", r.TakenAt.String())
	}
	if r.Logins {
		c.say("cli.restore.logins", "at", r.TakenAt.String())
	}
	if !r.Names {
		c.say("cli.restore.no_key", "kek", c.cfg.KEK)
	}
	return c.saySigningKey("", "cli.restore.no_sign_key")
}

// known reads what the user knows of the ledger that is replaced.
func (c *console) known(s string) (*mark, error) {
	if s == "" {
		return nil, nil
	}
	if events, head, ok := strings.Cut(s, ":"); ok {
		var m mark
		n, err := strconv.ParseUint(events, 10, 64)
		if err == nil {
			m.Events = eventstore.Position(n)
			err = m.Head.UnmarshalText([]byte(head))
		}
		if err == nil && n > 0 {
			return &m, nil
		}
	}
	path := c.path(s)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, headFile)
	}
	h, err := sqlite.ReadHead(path)
	if errors.Is(err, os.ErrNotExist) {
		err = domain.NewError(domain.Invalid, "invalid_field", "field", "--known",
			"problem", s+" is neither a folder with ledger.head, nor such a file, nor EVENTS:HEAD")
	}
	return markOf(h), err
}

func markOf(h sqlite.Head) *mark {
	if h.Cursor == 0 {
		return nil
	}
	return &mark{eventstore.Position(h.Cursor), h.Commitment}
}

// restoring is one restore.
type restoring struct {
	source, data string
	known        *mark
	withoutKey   bool
	parts        keptParts // where vault and state go
}

// stagingFolder holds what is restored until all of it is verified. The log is moved out of it last: a folder without ledger.db is no
// ledger, so one that was restored in part is never taken for whole.
const stagingFolder = "restoring"

// restore puts a backup into a folder that is empty or not there.
func (c *console) restore(o restoring) (out restored, err error) {
	started := time.Now()
	set, m, err := openBackup(o.source)
	if err != nil {
		return out, err
	}
	guard, err := restorable(o.data)
	if err != nil {
		return out, err
	}
	if o.known == nil {
		o.known = guard
	}
	staging := filepath.Join(o.data, stagingFolder)
	if err := os.RemoveAll(staging); err != nil {
		return out, err
	}
	made, err := makeRoom(o.data)
	if err != nil {
		return out, err
	}
	moving := false // from then on a repeated restore goes on with what is there
	defer func() {
		if err != nil && !moving {
			err = errors.Join(err, os.RemoveAll(staging))
			if made {
				err = errors.Join(err, os.Remove(o.data))
			}
		}
	}()
	if err := os.Mkdir(staging, 0o700); err != nil {
		return out, err
	}
	out = restored{Data: o.data, restoration: restoration{
		RestoredAt: domain.InstantOf(c.Now()), By: c.cfg.As, Origin: m.Origin, TakenAt: m.TakenAt, Sums: set.Sum, mark: mark{m.Events, m.Head},
	}}
	if out.Names, err = c.stage(set, m, staging, o.withoutKey); err != nil {
		return out, err
	}
	out.Logins = set.Has(stateFile)
	if err := out.compare(c.ctx, staging, o.known); err != nil {
		return out, err
	}
	if err := c.settle(staging, out.restoration); err != nil {
		return out, err
	}
	if err := o.parts.take(c.ctx, staging); err != nil {
		return out, err
	}
	moving = true
	err = moveIn(staging, o.data)
	out.Seconds = since(started)
	return out, err
}

// restorable refuses a folder that holds anything but what a restore that was stopped has left, or the guard of a ledger that was lost,
// which it returns.
func restorable(data string) (*mark, error) {
	entries, err := os.ReadDir(data)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	names := map[string]bool{}
	for _, e := range entries {
		names[e.Name()] = true
	}
	left := []string{headFile, "ledger.lock"}
	if names[stagingFolder] {
		left = append(left, stagingFolder, vaultFile, stateFile, restoredFile, files.Folder, vaultPart.note, statePart.note)
	}
	for _, e := range entries {
		if !slices.Contains(left, e.Name()) {
			return nil, domain.NewError(domain.Conflict, "restore_not_empty", "dir", data, "file", e.Name())
		}
	}
	if !names[headFile] {
		return nil, nil
	}
	h, err := sqlite.ReadHead(filepath.Join(data, headFile))
	return markOf(h), err
}

// makeRoom makes the folder of a ledger and reports whether it was not there.
func makeRoom(data string) (made bool, err error) {
	if _, err := os.Stat(data); errors.Is(err, os.ErrNotExist) {
		made = true
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return false, fmt.Errorf("create the folder: %w", err)
	}
	return made, os.Chmod(data, 0o700)
}

// stage copies the files of a backup, compares their hashes, and verifies what was copied. It reports whether the key file opens the
// vault.
func (c *console) stage(set *backup.Set, m manifest, staging string, withoutKey bool) (names bool, err error) {
	if err := set.Copy(c.ctx, vaultFile, staging); err != nil {
		return false, err
	}
	keyless := c.opens(staging, people.LedgerCreated{}) // before the log, which may be long
	if keyless != nil && !withoutKey {
		return false, keyless
	}
	for _, name := range m.Files {
		if name != vaultFile {
			if err := set.Copy(c.ctx, name, staging); err != nil {
				return false, err
			}
		}
	}
	v, began, err := readBack(c, staging)
	if err != nil {
		return false, err
	}
	if v.OK && (v.Events != m.Events || v.Head != m.Head || began.Origin != m.Origin) {
		v.OK, v.Problem = false, fmt.Sprintf("it holds %d events of %s up to %s", v.Events, began.Origin, v.Head)
	}
	if !v.OK {
		return false, domain.NewError(domain.Invalid, "backup_damaged", "dir", set.Dir, "file", logFile, "problem", v.Problem)
	}
	if keyless == nil {
		keyless = c.opens(staging, began)
	}
	if keyless != nil && !withoutKey {
		return false, keyless
	}
	return keyless == nil, nil
}

// opens returns why the key file does not open the vault in a folder, or why that vault is not the one with which the ledger began.
func (c *console) opens(dir string, began people.LedgerCreated) error {
	keys, v, err := openVault(c.ctx, dir, c.cfg.KEK, sqlite.VaultOptions{ReadOnly: true})
	if err != nil {
		return domain.NewError(domain.Invalid, "restore_key", "file", c.cfg.KEK, "problem", c.sentence(err))
	}
	if began.VaultCheck != "" && began.VaultCheck != vaultCheck(v, began.Origin) {
		err = domain.NewError(domain.Conflict, "foreign_vault", "file", filepath.Join(dir, vaultFile))
	}
	return errors.Join(err, keys.Close())
}

// compare says what the backup lacks, and refuses one that is not the past of the ledger that is replaced.
func (r *restored) compare(ctx context.Context, dir string, known *mark) (err error) {
	if known == nil {
		return nil
	}
	r.Known = known
	if known.Events > r.Events {
		r.MissingFrom, r.MissingTo = r.Events+1, known.Events
		return nil
	}
	log, err := sqlite.OpenReader(filepath.Join(dir, logFile))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	// Cursors of a log in SQLite are its positions.
	for rec, err := range log.ReadAll(ctx, eventstore.Cursor(known.Events-1)) {
		if err != nil {
			return err
		}
		if rec.Commitment != known.Head {
			return domain.NewError(domain.Conflict, "restore_other_history", "position", fmt.Sprint(known.Events), "known", known.Head.String(),
				"backup", rec.Commitment.String())
		}
		break
	}
	return nil
}

// settle opens the restored files once as a writer does, and notes the restore.
func (c *console) settle(staging string, r restoration) error {
	log, err := sqlite.OpenLog(filepath.Join(staging, logFile), sqlite.LogOptions{})
	if err == nil {
		err = log.Close()
	}
	if err != nil {
		return err
	}
	keys, err := sqlite.OpenVault(filepath.Join(staging, vaultFile), sqlite.VaultOptions{})
	if err == nil {
		err = keys.Close()
	}
	if err == nil {
		err = c.forgetEnded(staging)
	}
	if err == nil {
		err = note(filepath.Join(staging, restoredFile), r)
	}
	if err == nil {
		err = backup.SyncDir(staging)
	}
	return err
}

// forgetEnded takes out of a restored state what may have been ended, used or revoked after the backup: it would be good again.
func (c *console) forgetEnded(staging string) error {
	state, err := sqlite.OpenState(filepath.Join(staging, stateFile), sqlite.StateOptions{})
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(forget(c.ctx, state), state.Close())
}

func forget(ctx context.Context, state restoredState) error {
	if err := state.Forget(ctx, access.Ephemeral()...); err != nil {
		return err
	}
	if err := relay.PauseAll(ctx, state); err != nil { // it may not be this copy that speaks for the ledger
		return err
	}
	credentials, err := state.List(ctx, access.CredentialEntry, "")
	for _, e := range credentials {
		var k access.Credential
		if err == nil {
			err = json.Unmarshal(e.Body, &k)
		}
		if err == nil && k.Kind == access.Recovery { // of its codes some may have been used
			_, err = state.Delete(ctx, e.Kind, e.Key)
		}
	}
	return err
}

// movedIn are the files of a restored ledger in the order in which they come to their place. Those of the vault and the state may not be
// there: a note says where they are then, or a ledger has no state.
var movedIn = []string{vaultFile, vaultPart.note, stateFile, statePart.note, restoredFile, headFile, logFile}

var mayLack = []string{vaultFile, vaultPart.note, stateFile, statePart.note}

// moveIn moves the restored files to their place, the sealed files of evidence first and the log last.
func moveIn(staging, data string) error {
	// What a restore that was stopped has moved in already is replaced.
	blobs, place := filepath.Join(staging, files.Folder), filepath.Join(data, files.Folder)
	if err := os.RemoveAll(place); err != nil {
		return err
	}
	if _, err := os.Stat(blobs); err == nil {
		if err := errors.Join(backup.SyncDir(blobs), os.Rename(blobs, place)); err != nil {
			return err
		}
	}
	for _, name := range movedIn {
		err := os.Rename(filepath.Join(staging, name), filepath.Join(data, name))
		if errors.Is(err, os.ErrNotExist) && slices.Contains(mayLack, name) {
			if err = os.Remove(filepath.Join(data, name)); errors.Is(err, os.ErrNotExist) { // else an interrupted restore has left it
				err = nil
			}
		}
		if err != nil {
			return err
		}
		if err := backup.SyncDir(data); err != nil {
			return err
		}
	}
	return errors.Join(os.RemoveAll(staging), backup.SyncDir(filepath.Dir(data)))
}

// note adds a line to the file in which restores are written down. It stays with the ledger, and goes into its backups.
func note(path string, r restoration) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// restorations returns the restores that are written down in a folder.
func restorations(data string) ([]restoration, error) {
	text, err := os.ReadFile(filepath.Join(data, restoredFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var out []restoration
	for d := json.NewDecoder(bytes.NewReader(text)); err == nil && d.More(); {
		var r restoration
		if err = d.Decode(&r); err == nil {
			out = append(out, r)
		}
	}
	if err != nil {
		err = domain.NewError(domain.Conflict, "restore_notes_damaged", "file", filepath.Join(data, restoredFile))
	}
	return out, err
}
