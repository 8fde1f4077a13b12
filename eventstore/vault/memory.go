package vault

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/punchledger/punchledger/domain"
)

// Memory keeps keys in memory only. The zero value is empty and ready.
type Memory struct {
	mu   sync.Mutex
	keys map[string]Key
	ids  map[owner]string
}

var _ Keys = (*Memory)(nil)

// Get implements Keys.
func (m *Memory) Get(ctx context.Context, id string) (Key, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.keys[id]
	return k, ok, ctx.Err()
}

// Find implements Keys.
func (m *Memory) Find(ctx context.Context, subject string, class domain.SecretClass, period string) (Key, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.keys[m.ids[owner{subject, class, period}]]
	return k, ok, ctx.Err()
}

// Put implements Keys.
func (m *Memory) Put(ctx context.Context, k Key) (Key, error) {
	if err := ctx.Err(); err != nil {
		return Key{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	of := owner{k.Subject, k.Class, k.Period}
	if id, ok := m.ids[of]; ok {
		return m.keys[id], nil
	}
	if m.keys == nil {
		m.keys, m.ids = map[string]Key{}, map[owner]string{}
	}
	m.keys[k.ID], m.ids[of] = k, k.ID
	return k, nil
}

// Erase implements Keys.
func (m *Memory) Erase(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.keys[id]
	if !ok {
		return &UnknownKeyError{id}
	}
	k.State, k.Wrapped = Erased, nil
	m.keys[id] = k
	return nil
}

// All implements Keys.
func (m *Memory) All(ctx context.Context, yield func(Key) error) error {
	m.mu.Lock()
	keys := slices.Collect(maps.Values(m.keys))
	m.mu.Unlock()
	for _, k := range keys {
		if err := errors.Join(ctx.Err(), yield(k)); err != nil {
			return err
		}
	}
	return nil
}
