package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"sync"

	"github.com/punchledger/punchledger/domain"
)

const (
	keyBytes   = 32
	nonceBytes = 12
)

// dataKey is an unwrapped key. It never leaves memory.
type dataKey struct {
	id   string
	key  [keyBytes]byte
	aead cipher.AEAD
}

// commitment binds a box to this one key: AES-GCM alone would let one box open under two.
func (k dataKey) commitment() []byte {
	sum := sha256.Sum256(append([]byte(k.id), k.key[:]...))
	return sum[:]
}

func gcm(key [keyBytes]byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// owner is what has one key.
type owner struct {
	subject string
	class   domain.SecretClass
	period  string
}

// maxCached bounds the unwrapped keys in memory, some tens of megabytes.
const maxCached = 1 << 15

// cache holds unwrapped keys; when it is full, any one of them makes room.
type cache struct {
	mu     sync.RWMutex
	keys   map[string]dataKey
	ids    map[owner]string
	owners map[string]owner
}

func (c *cache) byID(id string) (dataKey, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	k, ok := c.keys[id]
	return k, ok
}

func (c *cache) ofOwner(of owner) (dataKey, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	k, ok := c.keys[c.ids[of]]
	return k, ok
}

func (c *cache) put(of owner, k dataKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil {
		c.keys, c.ids, c.owners = map[string]dataKey{}, map[owner]string{}, map[string]owner{}
	}
	if len(c.keys) >= maxCached {
		for id := range c.keys {
			c.remove(id)
			break
		}
	}
	c.keys[k.id], c.ids[of], c.owners[k.id] = k, k.id, of
}

func (c *cache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(id)
}

func (c *cache) remove(id string) {
	if of, ok := c.owners[id]; ok {
		delete(c.ids, of)
		delete(c.owners, id)
		delete(c.keys, id)
	}
}
