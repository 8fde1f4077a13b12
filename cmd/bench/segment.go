package main

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// segment is the anchor of appending: a bare file of length, checksum and bytes, with a group commit and nothing else. It keeps
// no index, checks no revision, knows no repeat and cannot be read by stream.
type segment struct {
	file *os.File

	mu      sync.Mutex
	arrived sync.Cond
	buf     []byte
	waiting []chan error
	closed  bool
	ended   chan struct{}
}

func openSegment(dir string) (*segment, error) {
	f, err := os.Create(filepath.Join(dir, "segment"))
	if err != nil {
		return nil, err
	}
	s := &segment{file: f, ended: make(chan struct{})}
	s.arrived.L = &s.mu
	go s.commit()
	return s, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// append returns when the flush that covers b has happened.
func (s *segment) append(b []byte) error {
	done := make(chan error, 1)
	s.mu.Lock()
	s.buf = binary.LittleEndian.AppendUint32(s.buf, uint32(len(b)))
	s.buf = binary.LittleEndian.AppendUint32(s.buf, crc32.Checksum(b, castagnoli))
	s.buf = append(s.buf, b...)
	s.waiting = append(s.waiting, done)
	s.arrived.Signal()
	s.mu.Unlock()
	return <-done
}

func (s *segment) commit() {
	defer close(s.ended)
	var buf []byte
	var waiting []chan error
	for {
		s.mu.Lock()
		for len(s.waiting) == 0 && !s.closed {
			s.arrived.Wait()
		}
		if len(s.waiting) == 0 {
			s.mu.Unlock()
			return
		}
		buf, s.buf = s.buf, buf[:0]
		waiting, s.waiting = s.waiting, waiting[:0]
		s.mu.Unlock()
		_, err := s.file.Write(buf)
		if err == nil {
			err = syscall.Fdatasync(int(s.file.Fd()))
		}
		for _, done := range waiting {
			done <- err
		}
	}
}

func (s *segment) close() error {
	s.mu.Lock()
	s.closed = true
	s.arrived.Signal()
	s.mu.Unlock()
	<-s.ended
	return s.file.Close()
}
