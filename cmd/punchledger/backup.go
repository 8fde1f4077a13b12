package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/punchledger/punchledger/adapters/backup"
	"github.com/punchledger/punchledger/adapters/files"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type backupCmd struct {
	Dest string `arg:"" help:"Folder to make; it must not be there yet."`
	Rate int64  `help:"MiB a second at most, so that punches do not wait; 0 is without a limit." default:"64"`
}

// Files of a backup besides the ledger's own.
const (
	headFile     = "ledger.head"
	restoredFile = "ledger.restored"
	manifestFile = "backup.json"
	noteFile     = "ledger.backedup"
)

// backupFormat is the format of backups that this build writes, and the newest that it reads. The second has sealed files in a folder.
const backupFormat = 2

// manifest says what a backup holds. Every event that was acknowledged before TakenAt is in it.
type manifest struct {
	Format      int                   `json:"format"`
	Punchledger string                `json:"punchledger"` // the build that took it
	Origin      string                `json:"origin"`
	TakenAt     domain.Instant        `json:"taken_at"`
	Events      eventstore.Position   `json:"events"`
	Head        eventstore.Commitment `json:"head"`
	RecordedAt  domain.Instant        `json:"recorded_at"` // of the last event
	Files       []string              `json:"files"`
}

// backedUp is what a backup prints.
type backedUp struct {
	Dir string `json:"dir"`
	manifest
	Bytes   int64  `json:"bytes"`
	Sums    string `json:"sums_sha256"` // stands for the whole backup
	KEK     string `json:"kek"`         // which is not in it
	Seconds string `json:"seconds"`
}

func (cmd *backupCmd) Run(c *console) error {
	if cmd.Rate < 0 {
		return wrongValue("--rate", fmt.Sprint(cmd.Rate), "not_a_rate")
	}
	if err := cmp.Or(exists(c.cfg.Data, c.cfg.LogAt), c.parts().right(c.cfg.Data)); err != nil {
		return err
	}
	b, err := c.backUp(filepath.Clean(c.path(cmd.Dest)), cmd.Rate)
	if err != nil {
		return err
	}
	noteBackup(c.cfg.Data, b.TakenAt.Time())
	if c.cfg.Output == "json" {
		return printJSON(c.Out, b)
	}
	fmt.Fprintln(c.Out, c.t("cli.backup.done", "dir", b.Dir, "events", fmt.Sprint(b.Events), "bytes", megabytes(b.Bytes), "seconds", b.Seconds))
	fmt.Fprintln(c.Out, c.t("cli.backup.note", "at", b.TakenAt.String(), "events", fmt.Sprint(b.Events), "head", b.Head.String(), "sums", b.Sums))
	key := "cli.backup.key"
	if _, err := os.Stat(b.KEK); err != nil {
		key = "cli.backup.no_key"
	}
	c.say(key, "kek", b.KEK)
	return c.saySigningKey("cli.backup.sign_key", "cli.backup.no_sign_key")
}

// noteBackup leaves in a ledger's folder when its newest backup was taken, for whoever watches over it. A folder that cannot be written,
// or is a backup itself, has no such note.
func noteBackup(data string, at time.Time) {
	if !isBackup(data) {
		_ = os.WriteFile(filepath.Join(data, noteFile), []byte(at.UTC().Format(time.RFC3339Nano)+"\n"), 0o600)
	}
}

// lastBackup is when the newest backup of a ledger was taken, as far as its folder knows.
func lastBackup(data string) (time.Time, bool) {
	text, err := os.ReadFile(filepath.Join(data, noteFile))
	if err != nil {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(string(text)))
	return at, err == nil
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

func since(t time.Time) string { return fmt.Sprintf("%.2f", time.Since(t).Seconds()) }

// backUp takes a backup of the ledger, also while others write it, and reads it back before it gets its name.
func (c *console) backUp(dest string, rate int64) (b backedUp, err error) {
	if err := outside(c.cfg.Data, dest); err != nil {
		return b, err
	}
	started := time.Now()
	f, err := backup.Create(dest, rate<<20)
	if err != nil {
		return b, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Discard())
		}
	}()
	b = backedUp{Dir: dest, KEK: c.cfg.KEK, manifest: manifest{Format: backupFormat, Punchledger: engineVersion, TakenAt: domain.InstantOf(c.Now())}}
	head, err := addFiles(c, f, &b.manifest)
	if err != nil {
		return b, err
	}
	if err := b.check(c, f.Path(), head); err != nil {
		return b, err
	}
	text, err := json.MarshalIndent(b.manifest, "", "  ")
	if err == nil {
		err = f.Add(c.ctx, manifestFile, content(append(text, '\n')))
	}
	if err == nil {
		b.Sums, err = f.Finish(c.ctx)
	}
	b.Bytes, b.Seconds = f.Bytes(), since(started)
	return b, err
}

// outside refuses a backup in the folder that it is a backup of: what destroys the one destroys the other.
func outside(data, dest string) error {
	data, err := filepath.EvalSymlinks(data)
	if err != nil {
		return err
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(dest))
	if err != nil {
		return err
	}
	inside, err := filepath.Rel(data, parent)
	if err == nil && (inside == "." || filepath.IsLocal(inside)) {
		err = domain.NewError(domain.Invalid, "backup_inside", "dir", dest, "data", data)
	}
	return err
}

// addFiles copies the log first and the vault after it, so that the vault holds every key that the log names.
func addFiles(c *console, f *backup.Folder, m *manifest) (head sqlite.Head, err error) {
	data := c.cfg.Data
	add := func(name string, write func(io.Writer) error) {
		if err == nil {
			m.Files = append(m.Files, name)
			err = f.Add(c.ctx, name, write)
		}
	}
	add(logFile, func(w io.Writer) (err error) {
		head, err = c.copyLogTo(f.Path(), w)
		return err
	})
	add(vaultFile, func(w io.Writer) error { return c.copyVaultTo(f.Path(), w) })
	there, stateErr := c.hasState()
	err = errors.Join(err, stateErr)
	if there {
		add(stateFile, func(w io.Writer) error { return c.copyStateTo(f.Path(), w) })
	}
	add(headFile, content(head.Guard()))
	restorations, readErr := os.ReadFile(filepath.Join(data, restoredFile))
	if readErr == nil {
		add(restoredFile, content(restorations))
	} else if !errors.Is(readErr, os.ErrNotExist) {
		err = errors.Join(err, readErr)
	}
	// Whatever the copied log names was durable before its event. What came later is copied too, and named by nothing there.
	blobs := blobsOf(data)
	names, readErr := blobs.Names()
	err = errors.Join(err, readErr)
	for _, name := range names {
		add(path.Join(files.Folder, name), func(w io.Writer) error {
			sealed, err := blobs.Get(name)
			if err == nil {
				_, err = w.Write(sealed)
			}
			return err
		})
	}
	return head, err
}

// copyLogTo writes the log as a file, from wherever it is kept.
func (c *console) copyLogTo(beside string, w io.Writer) (head sqlite.Head, err error) {
	if c.cfg.LogAt == "" {
		return sqlite.CopyLog(c.ctx, filepath.Join(c.cfg.Data, logFile), w)
	}
	folder, err := os.MkdirTemp(filepath.Dir(beside), ".log-")
	if err != nil {
		return head, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	file := filepath.Join(folder, logFile)
	if err := c.fetchLog(file); err != nil {
		return head, err
	}
	return sqlite.CopyLog(c.ctx, file, w)
}

// fetchLog copies a log from a server into a file.
func (c *console) fetchLog(file string) (err error) {
	from, err := openLogToRead(c.ctx, c.cfg.Data, c.cfg.LogAt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := sqlite.OpenLog(file, sqlite.LogOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	_, _, err = copyLog(c.ctx, from, to, nil)
	return err
}

func content(b []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}
}

// check reads a copy back, and fills the manifest with what it holds.
func (m *manifest) check(c *console, dir string, head sqlite.Head) error {
	v, origin, err := readBack(c, dir)
	if err != nil {
		return err
	}
	if v.OK && (v.Events != eventstore.Position(head.Cursor) || v.Head != head.Commitment) {
		v.OK, v.FirstBad, v.Problem = false, v.Events, "the copy does not end where the log did"
	}
	if !v.OK {
		return domain.NewError(domain.Invalid, "backup_unsound", "data", c.cfg.Data, "position", fmt.Sprint(v.FirstBad), "problem", v.Problem)
	}
	m.Events, m.Head, m.RecordedAt, m.Origin = v.Events, v.Head, v.recordedAt, origin.Origin
	return nil
}

// readBack looks at the log and the vault in a folder that nobody has open, and returns how its ledger began. It recomputes
// commitments and follows revisions; what events say is a matter of verify, and of a build that knows them.
func readBack(c *console, dir string) (verdict, people.LedgerCreated, error) {
	var v verdict
	var began people.LedgerCreated
	if err := sqlite.CheckVault(filepath.Join(dir, vaultFile)); err != nil {
		return v, began, err
	}
	if err := sqlite.CheckState(filepath.Join(dir, stateFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return v, began, err
	}
	log, err := sqlite.OpenReader(filepath.Join(dir, logFile))
	if err != nil {
		return v, began, err
	}
	r := &reader{log: log, codec: ledger.NewCodec()}
	v = r.verify(c.ctx, math.MaxUint64)
	v.OK = v.FirstBad == 0
	if err = c.ctx.Err(); v.OK && err == nil {
		v.recordedAt, err = r.recordedAt(c.ctx, v.Events)
	}
	if v.OK && err == nil {
		began, err = r.began(c.ctx)
	}
	return v, began, errors.Join(err, r.Close())
}

// recordedAt returns when the event at a position was recorded.
func (r *reader) recordedAt(ctx context.Context, at eventstore.Position) (domain.Instant, error) {
	// Cursors of a log in SQLite are its positions.
	for rec, err := range r.log.ReadAll(ctx, eventstore.Cursor(max(at, 1)-1)) {
		if err != nil {
			return 0, err
		}
		meta, err := rec.DecodeMetadata()
		return meta.RecordedAt, err
	}
	return 0, nil
}

// began returns the first event of the organisation.
func (r *reader) began(ctx context.Context) (people.LedgerCreated, error) {
	for rec, err := range r.log.ReadStream(ctx, people.OrgStream, 0) {
		if err != nil {
			return people.LedgerCreated{}, err
		}
		d, err := r.codec.DecodeRecord(rec)
		if err != nil {
			return people.LedgerCreated{}, err
		}
		if e, ok := d.Event.(people.LedgerCreated); ok {
			return e, nil
		}
	}
	return people.LedgerCreated{}, nil
}

// isBackup reports whether a folder is a backup, which is looked at and never written.
func isBackup(data string) bool {
	_, err := os.Stat(filepath.Join(data, manifestFile))
	return err == nil
}

// openBackup reads the list and the manifest of a backup.
func openBackup(dir string) (*backup.Set, manifest, error) {
	var m manifest
	s, err := backup.Open(dir)
	if err != nil {
		return nil, m, err
	}
	text, err := s.Read(manifestFile)
	if err != nil {
		return nil, m, err
	}
	damaged := func(problem string) error {
		return domain.NewError(domain.Invalid, "backup_damaged", "dir", dir, "file", manifestFile, "problem", problem)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, m, damaged(err.Error())
	}
	if m.Format > backupFormat {
		return nil, m, domain.NewError(domain.Invalid, "backup_newer", "dir", dir, "format", fmt.Sprint(m.Format), "known", fmt.Sprint(backupFormat),
			"build", m.Punchledger)
	}
	if got := strings.Join(s.Names, " "); got != strings.Join(append(m.Files, manifestFile), " ") {
		return nil, m, damaged("it names other files than " + backup.Sums + ": " + got)
	}
	for _, name := range []string{logFile, vaultFile, headFile} {
		if !s.Has(name) {
			return nil, m, damaged("it lacks " + name)
		}
	}
	return s, m, nil
}
