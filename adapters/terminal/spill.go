package terminal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
)

// spill keeps records that do not fit into memory, in buckets, in one file that nobody else sees: where the system lets it, the file has
// no name any more and is gone with the process.
type spill struct {
	file    *os.File
	named   string // to be removed, where an open file cannot be
	end     int64
	buckets []bucket
	failed  error
}

type bucket struct {
	buffer []byte
	blocks []block
	count  int
}

type block struct {
	at   int64
	size int
}

// spillBlock is how many bytes of a bucket are written at once.
const spillBlock = 8 << 10

// newSpill makes a file in dir; an empty one is the system's folder for such files.
func newSpill(dir string, buckets int) (*spill, error) {
	f, err := os.CreateTemp(dir, "import-*.tmp")
	if err != nil {
		return nil, fmt.Errorf("make room for a large file: %w", err)
	}
	s := &spill{file: f, buckets: make([]bucket, buckets)}
	if os.Remove(f.Name()) != nil {
		s.named = f.Name()
	}
	return s, nil
}

// bucketOf spreads ids over buckets; another depth spreads those of one bucket again.
func bucketOf(id string, depth, buckets int) int {
	h := fnv.New64a()
	_, _ = h.Write([]byte{byte(depth)}) // a hash cannot fail
	_, _ = h.Write([]byte(id))
	return int(h.Sum64() >> 16 % uint64(buckets))
}

// add appends a record to a bucket. A write that failed is told by close and read.
func (s *spill) add(n int, record []byte) {
	b := &s.buckets[n]
	b.buffer = binary.AppendUvarint(b.buffer, uint64(len(record)))
	b.buffer = append(b.buffer, record...)
	b.count++
	if len(b.buffer) >= spillBlock {
		s.flush(b)
	}
}

func (s *spill) flush(b *bucket) {
	if s.failed != nil || len(b.buffer) == 0 {
		return
	}
	if _, err := s.file.WriteAt(b.buffer, s.end); err != nil {
		s.failed = fmt.Errorf("put lines of a large file aside: %w", err)
		return
	}
	b.blocks = append(b.blocks, block{s.end, len(b.buffer)})
	s.end += int64(len(b.buffer))
	b.buffer = b.buffer[:0]
}

// read yields the records of a bucket in the order in which they were added; they are valid until the next one.
func (s *spill) read(n int, yield func([]byte)) error {
	b := &s.buckets[n]
	each := func(data []byte) {
		for len(data) > 0 {
			size, k := binary.Uvarint(data)
			yield(data[k : k+int(size)])
			data = data[k+int(size):]
		}
	}
	if s.failed != nil {
		return s.failed
	}
	var data []byte
	for _, x := range b.blocks {
		data = slices.Grow(data[:0], x.size)[:x.size]
		if _, err := s.file.ReadAt(data, x.at); err != nil {
			return fmt.Errorf("read lines that were put aside: %w", err)
		}
		each(data)
	}
	each(b.buffer)
	return nil
}

// drop forgets a bucket that was worked off.
func (s *spill) drop(n int) { s.buckets[n] = bucket{} }

func (s *spill) close() error {
	err := errors.Join(s.failed, s.file.Close())
	if s.named != "" {
		err = errors.Join(err, os.Remove(s.named))
	}
	return err
}

// packer writes values one after the other; unpacker reads them back in the same order.
type packer struct{ b []byte }

func (p *packer) text(s string) {
	p.b = binary.AppendUvarint(p.b, uint64(len(s)))
	p.b = append(p.b, s...)
}

func (p *packer) int(n int64) { p.b = binary.AppendVarint(p.b, n) }

func (p *packer) optional(n *int) {
	if n == nil {
		p.int(0)
		return
	}
	p.int(1)
	p.int(int64(*n))
}

type unpacker struct{ b []byte }

func (u *unpacker) text() string {
	size, k := binary.Uvarint(u.b)
	s := string(u.b[k : k+int(size)])
	u.b = u.b[k+int(size):]
	return s
}

func (u *unpacker) int() int64 {
	n, k := binary.Varint(u.b)
	u.b = u.b[k:]
	return n
}

func (u *unpacker) optional() *int {
	if u.int() == 0 {
		return nil
	}
	n := int(u.int())
	return &n
}
