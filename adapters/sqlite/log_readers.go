package sqlite

import (
	"context"
	"errors"
	"sync"
)

// maxReaders is how many pages are read at once. SQLite readers do not wait for one another or for the writer.
const maxReaders = 4

// readers is a pool of reading connections, opened when they are needed.
type readers struct {
	path  string
	names names
	slots chan *reader // nil stands for one that is not open
	over  chan struct{}
}

func newReaders(path string) *readers {
	p := &readers{path: path, slots: make(chan *reader, maxReaders), over: make(chan struct{})}
	for range maxReaders {
		p.slots <- nil
	}
	return p
}

// use calls f with a connection that nobody else uses meanwhile.
func (p *readers) use(ctx context.Context, f func(*reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-p.over:
		return ErrClosed
	default:
	}
	select {
	case <-p.over:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	case r := <-p.slots:
		defer func() { p.slots <- r }()
		if r == nil {
			var err error
			if r, err = p.open(); err != nil {
				return err
			}
		}
		return f(r)
	}
}

func (p *readers) open() (*reader, error) {
	c, err := openScanner(p.path, 8)
	if err != nil {
		return nil, err
	}
	r := &reader{scan: c, names: &p.names}
	var errs [7]error
	r.all, errs[0] = c.prepare(eventColumns + "WHERE cursor > ? ORDER BY cursor LIMIT ?")
	r.stream, errs[1] = c.prepare(eventColumns + "WHERE stream_id = ? AND revision > ? ORDER BY revision LIMIT ?")
	r.id, errs[2] = c.prepare("SELECT id FROM streams WHERE name = ?")
	r.name, errs[3] = c.prepare("SELECT name FROM streams WHERE id = ?")
	r.head, errs[4] = c.prepare("SELECT coalesce(max(cursor), 0) FROM events")
	r.allBack, errs[5] = c.prepare(eventColumns + "WHERE cursor < ? ORDER BY cursor DESC LIMIT ?")
	r.streamBack, errs[6] = c.prepare(eventColumns + "WHERE stream_id = ? AND revision < ? ORDER BY revision DESC LIMIT ?")
	if err := errors.Join(errs[:]...); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return r, nil
}

// close waits for the pages that are being read.
func (p *readers) close() error {
	close(p.over)
	var errs []error
	for range maxReaders {
		if r := <-p.slots; r != nil {
			errs = append(errs, r.scan.close())
		}
	}
	return errors.Join(errs...)
}

// maxNames bounds the stream names that are kept in memory, some tens of megabytes.
const maxNames = 1 << 18

// names keeps the names of streams by id. A stream never changes its name.
type names struct {
	mu   sync.RWMutex
	byID map[int64]string
}

func (n *names) get(id int64) (string, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	name, ok := n.byID[id]
	return name, ok
}

func (n *names) put(id int64, name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.byID == nil || len(n.byID) >= maxNames {
		n.byID = map[int64]string{}
	}
	n.byID[id] = name
}
