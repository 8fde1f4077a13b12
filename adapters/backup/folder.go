// Package backup keeps backups: a folder of plain files, some in a folder in it, with their hashes in SHA256SUMS, as sha256sum writes and checks them.
//
// A folder has its name only when it is whole and durable. The package knows nothing of what the files hold.
package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
)

// Sums is the name of the file that lists the others with their hashes. A folder without it is no backup.
const Sums = "SHA256SUMS"

// Partial is what stands behind the name of a folder that is not whole yet.
const Partial = ".partial"

// Folder is a backup that is being written.
type Folder struct {
	dest  string
	rate  int64
	sums  strings.Builder
	total int64

	folders []string // in the backup
}

// Create begins a backup that will be the folder dest, which must not exist. Rate is how many bytes a second it writes at most;
// 0 is without a limit.
func Create(dest string, rate int64) (*Folder, error) {
	if _, err := os.Lstat(dest); err == nil {
		return nil, domain.NewError(domain.Conflict, "backup_exists", "dir", dest)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f := &Folder{dest: dest, rate: rate}
	err := os.Mkdir(f.Path(), 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil, domain.NewError(domain.Conflict, "backup_unfinished", "dir", f.Path())
	}
	if err != nil {
		return nil, fmt.Errorf("begin the backup: %w", err)
	}
	return f, nil
}

// Path is the folder until Finish.
func (f *Folder) Path() string { return f.dest + Partial }

// Bytes is how much has been added.
func (f *Folder) Bytes() int64 { return f.total }

// Add makes a file of what write writes, readable by its owner only. It is durable when Add returns. The name may be that of a file in
// one folder in the backup, with a slash.
func (f *Folder) Add(ctx context.Context, name string, write func(io.Writer) error) error {
	if err := makeFolder(f.Path(), name); err != nil {
		return err
	}
	n, sum, err := writeFile(ctx, filepath.Join(f.Path(), name), f.rate, write)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	f.total += n
	if folder, _, inner := strings.Cut(name, "/"); inner && !slices.Contains(f.folders, folder) {
		f.folders = append(f.folders, folder)
	}
	fmt.Fprintf(&f.sums, "%s  %s\n", sum, name)
	return nil
}

// makeFolder makes the folder in dir that name lies in, durably.
func makeFolder(dir, name string) error {
	folder, _, inner := strings.Cut(name, "/")
	if !inner {
		return nil
	}
	err := os.Mkdir(filepath.Join(dir, folder), 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return errors.Join(err, SyncDir(dir))
}

// Finish lists the hashes, gives the folder its name and returns the hash of the list, which stands for the whole backup.
func (f *Folder) Finish(ctx context.Context) (string, error) {
	_, sum, err := writeFile(ctx, filepath.Join(f.Path(), Sums), 0, func(w io.Writer) error {
		_, err := io.WriteString(w, f.sums.String())
		return err
	})
	for _, folder := range f.folders {
		err = errors.Join(err, SyncDir(filepath.Join(f.Path(), folder)))
	}
	if err == nil {
		err = SyncDir(f.Path())
	}
	if err == nil {
		err = rename(f.Path(), f.dest)
	}
	if err == nil {
		err = SyncDir(filepath.Dir(f.dest))
	}
	if err != nil {
		return "", fmt.Errorf("finish the backup: %w", err)
	}
	return sum, nil
}

// rename refuses a place that somebody has taken meanwhile; os.Rename would replace an empty folder.
func rename(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return domain.NewError(domain.Conflict, "backup_exists", "dir", to)
	}
	return os.Rename(from, to)
}

// Discard removes a backup that was not finished.
func (f *Folder) Discard() error { return os.RemoveAll(f.Path()) }

// SyncDir makes the names in a folder durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// writeFile makes a durable file and returns its length and the SHA-256 of what was written.
func writeFile(ctx context.Context, path string, rate int64, write func(io.Writer) error) (int64, string, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, "", err
	}
	w := &writer{ctx: ctx, file: file, sum: sha256.New(), rate: rate, began: time.Now()}
	err = write(w)
	if err == nil {
		err = w.flush()
	}
	return w.written, hex.EncodeToString(w.sum.Sum(nil)), errors.Join(err, file.Sync(), file.Close())
}

// writer hashes what it writes. After each piece it waits until the disk has it, so that the fsync of an append never stands behind
// much more than one piece, and until the rate allows the next one.
type writer struct {
	ctx     context.Context // of the one call that writes the file
	file    *os.File
	sum     hash.Hash
	rate    int64
	began   time.Time
	piece   []byte
	written int64
}

const pieceBytes = 1 << 20

func (w *writer) Write(p []byte) (int, error) {
	w.piece = append(w.piece, p...)
	if len(w.piece) < pieceBytes {
		return len(p), nil
	}
	return len(p), w.flush()
}

func (w *writer) flush() error {
	w.sum.Write(w.piece)
	n, err := w.file.Write(w.piece)
	w.written += int64(n)
	w.piece = w.piece[:0]
	if err != nil || w.rate == 0 {
		return err
	}
	if err := w.file.Sync(); err != nil {
		return err
	}
	due := w.began.Add(time.Duration(float64(w.written) / float64(w.rate) * float64(time.Second)))
	wait := time.NewTimer(time.Until(due))
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-w.ctx.Done():
		return w.ctx.Err()
	}
}
