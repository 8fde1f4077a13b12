package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/punchledger/punchledger/eventstore/vault"
)

// checkpointEvery is how many new keys the write-ahead log holds, or a few more.
const checkpointEvery = 512

// putting is a key on its way into the file, and what came of it.
type putting struct {
	key vault.Key
	won vault.Key
	err error
}

// Put implements vault.Keys. Keys that are asked for at the same time share one fsync: at the first shift of a month everybody needs
// new ones.
func (v *Vault) Put(ctx context.Context, k vault.Key) (vault.Key, error) {
	if err := ctx.Err(); err != nil {
		return vault.Key{}, err
	}
	p := &putting{key: k}
	v.putting.join(p, v.store)
	return p.won, p.err
}

// store makes keys durable together, and finds for each the one that was first.
func (v *Vault) store(all []*putting) {
	v.mu.Lock()
	defer v.mu.Unlock()
	err := v.writable(context.Background())
	if err == nil {
		before := v.puts / checkpointEvery
		err = v.insert(all)
		if err == nil && v.puts/checkpointEvery > before { // outside of the transaction
			err = v.conn.checkpoint("PASSIVE")
		}
		if err != nil {
			err = v.fail.raise(err)
		}
	}
	for _, p := range all {
		if p.err = err; err != nil {
			continue
		}
		found := false
		p.won, found, p.err = readKey(v.find, p.key.Subject, string(p.key.Class), p.key.Period)
		if p.err == nil && !found {
			p.err = fmt.Errorf("key %s is not there after it was stored", p.key.ID)
		}
	}
}

func (v *Vault) insert(all []*putting) (err error) {
	if len(all) > 1 {
		if err := v.conn.exec("BEGIN IMMEDIATE"); err != nil {
			return fmt.Errorf("store %d keys: %w", len(all), err)
		}
		defer func() {
			if err == nil {
				err = v.conn.exec("COMMIT")
			} else {
				err = errors.Join(err, v.conn.exec("ROLLBACK"))
			}
		}()
	}
	for _, p := range all {
		k := p.key
		created, err := k.CreatedAt.MarshalText()
		if err != nil {
			return err
		}
		_, err = v.put.exec(k.ID, k.Subject, string(k.Class), k.Period, int64(k.Epoch), stored(k.Wrapped), string(k.State), string(created))
		if err != nil {
			return fmt.Errorf("store key %s: %w", k.ID, err)
		}
		v.puts++
	}
	return nil
}

// Import adds keys as they are, for a vault that has none yet. One whose subject, class and period have another key is an error.
func (v *Vault) Import(ctx context.Context, keys []vault.Key) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.writable(ctx); err != nil {
		return err
	}
	all := make([]*putting, len(keys))
	for i, k := range keys {
		all[i] = &putting{key: k}
	}
	if err := v.insert(all); err != nil {
		return v.fail.raise(err)
	}
	for _, k := range keys {
		got, _, err := readKey(v.find, k.Subject, string(k.Class), k.Period)
		if err == nil && got.ID != k.ID {
			err = fmt.Errorf("key %s was not added: %s (%s %s) has key %q", k.ID, k.Subject, k.Class, k.Period, got.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
