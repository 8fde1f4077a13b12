package httpapi

import (
	"container/list"
	"sync"

	"github.com/google/uuid"
)

// keys remember which path a request id was used for lately. The ledger knows for ever which command an id was for, within one
// stream; this notices the same key on another path.
type keys struct {
	bound int

	mu     sync.Mutex
	byID   map[uuid.UUID]*list.Element
	recent *list.List // of use
}

type use struct {
	id   uuid.UUID
	path string
}

func newKeys(bound int) *keys {
	return &keys{bound: bound, byID: map[uuid.UUID]*list.Element{}, recent: list.New()}
}

// same reports whether an id was used for no other path.
func (k *keys) same(id uuid.UUID, path string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e, ok := k.byID[id]; ok {
		k.recent.MoveToFront(e)
		return e.Value.(use).path == path
	}
	k.byID[id] = k.recent.PushFront(use{id, path})
	if k.recent.Len() > k.bound {
		delete(k.byID, k.recent.Remove(k.recent.Back()).(use).id)
	}
	return true
}
