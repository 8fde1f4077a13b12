// Package crashtest finds out what a crash leaves of SQLite's files. It is for tests.
//
// A Recorder stands between SQLite and the files of one folder and keeps every write, truncation, sync, creation, rename and
// removal in order; it can also let them fail. A Disk plays a recording and gives, at any point of it, folders that a power cut
// could leave there: what is not synced may be on the disk or not, sector by sector and in any order.
package crashtest

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// Kind is what an operation does.
type Kind int

// Open and Read change nothing and are not recorded; they are there to fail.
const (
	Open Kind = iota
	Read
	Write
	Truncate
	Sync
	FailedSync // a sync that failed: what it should have made durable is lost
	Create
	Remove
	Rename
	SyncDir
	Mark // says something about the moment: Op.Note
)

func (k Kind) String() string {
	return [...]string{"open", "read", "write", "truncate", "sync", "failed sync of", "create", "remove", "rename", "sync of the folder", "mark"}[k]
}

// Op is one operation that succeeded. File numbers files from 0, first those of the image in the order of their names, so that a
// file keeps its number when it is renamed and its successor has another one.
type Op struct {
	Kind   Kind
	File   int
	Name   string // when the operation was made
	To     string // of Rename
	Offset int64  // of Write; the new size of Truncate
	Data   []byte // of Write
	Note   any    // of Mark
}

func (o Op) String() string {
	switch o.Kind {
	case Write:
		return fmt.Sprintf("write %s at %d, %d bytes", o.Name, o.Offset, len(o.Data))
	case Truncate:
		return fmt.Sprintf("truncate %s to %d", o.Name, o.Offset)
	case Rename:
		return fmt.Sprintf("rename %s to %s", o.Name, o.To)
	case Mark:
		return fmt.Sprintf("mark of a %T", o.Note)
	}
	return o.Kind.String() + " " + o.Name
}

// Recorder records one folder. It is safe for concurrent use.
type Recorder struct {
	dir string

	mu     sync.Mutex
	files  map[string]int // as the process sees them
	next   int
	ops    []Op
	fault  Fault
	calls  int // of the kinds of the fault
	struck int
	before func(Kind, string)
}

// Record puts an image into an empty folder and records what happens there until Stop. Files must be opened after it.
func Record(dir string, start Image) (*Recorder, error) {
	dir, err := filepath.EvalSymlinks(dir)
	if err == nil {
		err = start.Put(dir)
	}
	if err == nil {
		err = install()
	}
	if err != nil {
		return nil, err
	}
	r := &Recorder{dir: dir, files: map[string]int{}}
	for _, name := range start.names() {
		r.files[name] = r.next
		r.next++
	}
	watch(dir, r)
	return r, nil
}

// Die goes on in another, empty folder as if the process had been killed now: what its files hold for other processes is copied
// there, and the new recorder goes on with this recording. The old folder is written on in vain.
func (r *Recorder) Die(dir string) (*Recorder, error) {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for name := range r.files {
		b, err := os.ReadFile(filepath.Join(r.dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), b, 0o600)
		}
		if err != nil {
			return nil, err
		}
	}
	heir := &Recorder{dir: dir, files: maps.Clone(r.files), next: r.next, ops: slices.Clone(r.ops)}
	watch(dir, heir)
	return heir, nil
}

// Stop ends the recording. All files of the folder must be closed.
func (r *Recorder) Stop() { watch(r.dir, nil) }

// Ops returns what has been recorded.
func (r *Recorder) Ops() []Op {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clip(r.ops)
}

// Len is the number of operations so far.
func (r *Recorder) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.ops)
}

// Mark records that something is so from now on, such as an append that was acknowledged.
func (r *Recorder) Mark(note any) { r.add(Op{Kind: Mark, Note: note}) }

// Before calls f in front of every operation that the recorder sees, in the goroutine that makes it. Nil ends that.
func (r *Recorder) Before(f func(k Kind, name string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.before = f
}

func (r *Recorder) add(op Op) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ops = append(r.ops, op)
}

// opened returns the number of a file and records its creation where the name is new.
func (r *Recorder) opened(name string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if file, ok := r.files[name]; ok {
		return file
	}
	file := r.next
	r.next++
	r.files[name] = file
	r.ops = append(r.ops, Op{Kind: Create, File: file, Name: name})
	return file
}

// removed records the removal of a name.
func (r *Recorder) removed(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if file, ok := r.files[name]; ok {
		delete(r.files, name)
		r.ops = append(r.ops, Op{Kind: Remove, File: file, Name: name})
	}
}

// Create is the log's disk: it makes an empty file.
func (r *Recorder) Create(path string) (interface {
	io.WriteCloser
	Sync() error
}, error,
) {
	f, err := r.plain(path, os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return nil, err
	}
	r.add(Op{Kind: Truncate, File: f.file, Name: f.name})
	return f, nil
}

// Reopen is the log's disk: the file is written over from its beginning.
func (r *Recorder) Reopen(path string) (interface {
	io.WriteCloser
	Sync() error
}, error,
) {
	return r.plain(path, 0)
}

func (r *Recorder) plain(path string, flags int) (*plainFile, error) {
	name := filepath.Base(path)
	if err := r.ask(Open, name); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|flags, 0o600)
	if err != nil {
		return nil, err
	}
	return &plainFile{f: f, r: r, file: r.opened(name), name: name}, nil
}

// Rename is the log's disk.
func (r *Recorder) Rename(from, to string) error {
	name := filepath.Base(from)
	if err := r.ask(Rename, name); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	file := r.files[name]
	delete(r.files, name)
	r.files[filepath.Base(to)] = file
	r.ops = append(r.ops, Op{Kind: Rename, File: file, Name: name, To: filepath.Base(to)})
	return nil
}

// SyncDir is the log's disk.
func (r *Recorder) SyncDir(string) error {
	if err := r.ask(SyncDir, "."); err != nil {
		return err
	}
	r.add(Op{Kind: SyncDir, Name: "."})
	return nil
}

// plainFile is a file that is written from its beginning.
type plainFile struct {
	f    *os.File
	r    *Recorder
	file int
	name string
	at   int64
}

func (p *plainFile) Write(b []byte) (int, error) {
	refused := p.r.ask(Write, p.name)
	if refused != nil {
		b = b[:len(b)/2] // a write that fails may have been made in part
	}
	n, err := p.f.Write(b)
	p.r.add(Op{Kind: Write, File: p.file, Name: p.name, Offset: p.at, Data: slices.Clone(b[:n])})
	p.at += int64(n)
	if refused != nil {
		err = refused
	}
	return n, err
}

func (p *plainFile) Sync() error {
	if err := p.r.ask(Sync, p.name); err != nil {
		p.r.add(Op{Kind: FailedSync, File: p.file, Name: p.name})
		return err
	}
	p.r.add(Op{Kind: Sync, File: p.file, Name: p.name})
	return nil
}

func (p *plainFile) Close() error { return p.f.Close() }
