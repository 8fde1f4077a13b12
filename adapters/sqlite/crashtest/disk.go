package crashtest

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// Image is what a folder holds: the content of each file by its name.
type Image map[string][]byte

func (i Image) names() []string { return slices.Sorted(maps.Keys(i)) }

// Put writes an image into an empty folder.
func (i Image) Put(dir string) error {
	for name, content := range i {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// sector is what a disk writes as a whole.
const sector = 512

// Disk is a disk on which a recording is played. Writes are durable after a sync of their file, names after a sync of the folder.
type Disk struct {
	// Deaf makes syncs count for nothing, to prove that a check would notice if they were missing. Nil is none.
	Deaf func(Op) bool

	files   []*content
	names   map[string]int // durable
	pending []Op           // of names
	last    Op             // that changed anything
}

// content is a file: what is durable, and the writes and truncations after that.
type content struct {
	durable []byte
	pending []Op
}

// NewDisk returns a disk that holds an image and nothing that is not synced.
func NewDisk(start Image) *Disk {
	m := &Disk{names: map[string]int{}}
	for _, name := range start.names() {
		m.names[name] = len(m.files)
		m.files = append(m.files, &content{durable: slices.Clone(start[name])})
	}
	return m
}

// Apply makes the next operation of a recording.
func (m *Disk) Apply(op Op) {
	switch op.Kind {
	case Create, Remove, Rename:
		if op.Kind == Create {
			m.files = append(m.files, &content{})
		}
		m.pending = append(m.pending, op)
	case Write, Truncate:
		f := m.files[op.File]
		f.pending = append(f.pending, op)
	case FailedSync:
		// What the kernel could not write it forgets, and the next sync says nothing of it.
		m.files[op.File].pending = nil
	case Sync:
		if m.Deaf != nil && m.Deaf(op) {
			return
		}
		f := m.files[op.File]
		for _, p := range f.pending {
			f.durable = change(f.durable, p)
		}
		f.pending = nil
	case SyncDir:
		if m.Deaf != nil && m.Deaf(op) {
			return
		}
		for _, p := range m.pending {
			rename(m.names, p)
		}
		m.pending = nil
	case Open, Read, Mark:
		return
	}
	m.last = op
}

// change makes a write or truncation in b.
func change(b []byte, op Op) []byte {
	end := int(op.Offset) + len(op.Data)
	if op.Kind == Truncate && end < len(b) {
		return b[:end:end]
	}
	if end > len(b) {
		b = append(b, make([]byte, end-len(b))...)
	}
	copy(b[op.Offset:], op.Data)
	return b
}

func rename(names map[string]int, op Op) {
	switch op.Kind {
	case Create:
		names[op.Name] = op.File
	case Remove:
		delete(names, op.Name)
	default:
		delete(names, op.Name)
		names[op.To] = op.File
	}
}

// Loss is which part of what is not synced a crash takes.
type Loss int

// Of the kinds of loss, Scattered contains all others; it alone would seldom meet them.
const (
	Everything Loss = iota // that is not synced
	Nothing                // as when only the process ends
	Tail                   // each file has a beginning of its operations
	Torn                   // all is there but sectors of the last write
	Head                   // each file has an end of its operations: the newer ones overtook the older
	Scattered              // each sector and each name is there or not
	Losses
)

func (l Loss) String() string {
	return [...]string{"everything unsynced lost", "nothing lost", "tails lost", "last write torn", "older writes lost", "sectors lost"}[l]
}

// Unsynced reports whether a crash could take anything now.
func (m *Disk) Unsynced() bool {
	return len(m.pending) > 0 || slices.ContainsFunc(m.files, func(f *content) bool { return len(f.pending) > 0 })
}

// Crash returns what a loss leaves now, drawn from r, which may be nil for Everything and Nothing. It shares memory with the disk
// and is valid until the next Apply.
func (m *Disk) Crash(loss Loss, r *rand.Rand) Image {
	names := maps.Clone(m.names)
	for _, op := range survivors(m.pending, loss, r) {
		rename(names, op)
	}
	out := Image{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		out[name] = m.left(names[name], loss, r)
	}
	return out
}

// left returns what is left of a file.
func (m *Disk) left(file int, loss Loss, r *rand.Rand) []byte {
	f := m.files[file]
	if len(f.pending) == 0 || loss == Everything {
		return f.durable
	}
	b := slices.Clone(f.durable)
	size := len(b)
	keep := 1.0
	if loss == Torn || loss == Scattered {
		keep = []float64{0.1, 0.5, 0.9}[r.IntN(3)]
	}
	for i, op := range survivors(f.pending, loss, r) {
		torn := loss == Scattered || loss == Torn && file == m.last.File && i == len(f.pending)-1
		if end := int(op.Offset) + len(op.Data); op.Kind == Write {
			size = max(size, end)
		}
		switch {
		case torn && op.Kind == Write:
			for _, part := range sectors(op) {
				if r.Float64() < keep {
					b = change(b, part)
				}
			}
		case !torn || r.Float64() < keep:
			b = change(b, op)
		}
	}
	// The size may have reached the disk before the bytes did.
	if loss == Scattered && size > len(b) && r.IntN(4) == 0 {
		b = append(b, make([]byte, size-len(b))...)
	}
	return b
}

// survivors returns the operations that a loss leaves as far as whole ones are concerned.
func survivors(ops []Op, loss Loss, r *rand.Rand) []Op {
	switch loss {
	case Everything:
		return nil
	case Tail:
		return ops[:r.IntN(len(ops)+1)]
	case Head:
		return ops[r.IntN(len(ops)+1):]
	case Scattered:
		var out []Op
		for _, op := range ops {
			if op.Kind == Write || op.Kind == Truncate || r.IntN(2) == 0 {
				out = append(out, op)
			}
		}
		return out
	}
	return ops
}

// sectors cuts a write where sectors of the disk begin.
func sectors(op Op) []Op {
	var out []Op
	for data := op.Data; len(data) > 0; {
		n := min(len(data), sector-int(op.Offset)%sector)
		part := op
		part.Data = data[:n]
		out = append(out, part)
		data, op.Offset = data[n:], op.Offset+int64(n)
	}
	return out
}

// Clone returns a copy that shares no memory.
func (i Image) Clone() Image {
	out := Image{}
	for name, b := range i {
		out[name] = slices.Clone(b)
	}
	return out
}
