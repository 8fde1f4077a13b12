package backup

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// Set is a finished backup.
type Set struct {
	Dir   string
	Sum   string   // SHA-256 of the list of hashes
	Names []string // of the files, in the order in which they were added
	sums  map[string]string
}

// Open reads the list of a backup. What is not listed is not part of it.
func Open(dir string) (*Set, error) {
	text, err := os.ReadFile(filepath.Join(dir, Sums))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, domain.NewError(domain.NotFound, "no_backup", "dir", dir)
	}
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	s := &Set{Dir: dir, Sum: hex.EncodeToString(sum[:]), sums: map[string]string{}}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if b, err := hex.DecodeString(sum); err != nil || len(b) != sha256.Size || !ok || !isName(name) || s.sums[name] != "" {
			return nil, s.damaged(Sums, fmt.Sprintf("%q is not a hash and the name of a file", lines.Text()))
		}
		s.sums[name] = sum
		s.Names = append(s.Names, name)
	}
	return s, nil
}

// isName reports whether a name is that of a file in the folder itself, or in one folder in it.
func isName(name string) bool {
	folder, file, inner := strings.Cut(name, "/")
	if !inner {
		file = folder
	}
	return file != "" && folder != Sums && filepath.IsLocal(folder) && filepath.IsLocal(file) && filepath.Base(file) == file && file != "."
}

// Has reports whether a file is part of the backup.
func (s *Set) Has(name string) bool { return s.sums[name] != "" }

// Read returns a small file whose hash is right.
func (s *Set) Read(name string) ([]byte, error) {
	var b bytes.Buffer
	err := s.read(name, func(r io.Reader) error {
		_, err := b.ReadFrom(r)
		return err
	})
	return b.Bytes(), err
}

// Copy copies a file into a folder, under its name and so perhaps into a folder in it, and compares its hash. The copy is durable, and
// readable by its owner only.
func (s *Set) Copy(ctx context.Context, name, dir string) error {
	if err := makeFolder(dir, name); err != nil {
		return err
	}
	return s.read(name, func(r io.Reader) error {
		_, _, err := writeFile(ctx, filepath.Join(dir, name), 0, func(w io.Writer) error {
			_, err := io.Copy(w, stopping{ctx, r})
			return err
		})
		return err
	})
}

// read gives the content of a file to take, and then compares its hash.
func (s *Set) read(name string, take func(io.Reader) error) error {
	if !s.Has(name) {
		return s.damaged(name, "it is not listed in "+Sums)
	}
	f, err := os.Open(filepath.Join(s.Dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return s.damaged(name, "it is missing")
	}
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	if err := take(io.TeeReader(f, sum)); err != nil {
		return fmt.Errorf("copy %s: %w", name, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != strings.ToLower(s.sums[name]) {
		return s.damaged(name, "its SHA-256 is "+got+" and not "+s.sums[name])
	}
	return nil
}

func (s *Set) damaged(file, problem string) error {
	return domain.NewError(domain.Invalid, "backup_damaged", "dir", s.Dir, "file", file, "problem", problem)
}

// stopping is a reader that ends with a context.
type stopping struct {
	ctx context.Context // of the one copy
	r   io.Reader
}

func (s stopping) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}
