// Package vault keeps personal evidence unreadable without its keys, and the keys unreadable without the epoch key.
//
// Every subject, class and period has one random data key. Secrets are sealed under it before they reach the log, the key
// itself is stored wrapped under the epoch key, which lives outside the database. Destroying the key makes the evidence
// unreadable everywhere, while the log and all its proofs stay as they are.
package vault

import (
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/punchledger/punchledger/domain"
)

// State says whether a key can still be used. A key that never was has no state: there is no Key.
type State string

// The states of a key.
const (
	Active State = "active"
	Erased State = "erased"
)

// Key is one key as it is stored. Wrapped is empty once it is erased.
type Key struct {
	ID        string
	Subject   string
	Class     domain.SecretClass
	Period    string
	Epoch     int
	Wrapped   []byte
	State     State
	CreatedAt domain.Instant
}

// Keys stores keys. There is at most one for a subject, class and period, also after it was erased.
//
//   - Get and Find report false for a key that never was.
//   - Put stores k, durably when it returns, unless its subject, class and period have a key; it returns the key they have then.
//   - Erase overwrites the wrapped key, durably when it returns, and keeps the rest with the state Erased.
//   - All yields every key, and ends with the first error of yield.
//
// Keys is safe for concurrent use.
type Keys interface {
	Get(ctx context.Context, id string) (Key, bool, error)
	Find(ctx context.Context, subject string, class domain.SecretClass, period string) (Key, bool, error)
	Put(ctx context.Context, k Key) (Key, error)
	Erase(ctx context.Context, id string) error
	All(ctx context.Context, yield func(Key) error) error
}

// ErasedError says that a key was erased: what it sealed cannot be read again, and nothing more is sealed in its place.
type ErasedError struct {
	Key, Subject string
	Class        domain.SecretClass
	Period       string
}

func (e *ErasedError) Error() string {
	return fmt.Sprintf("key %s of %s (%s %s) was erased", e.Key, e.Subject, e.Class, e.Period)
}

// UnknownKeyError says that the vault never had a key. It belongs to another vault, or to an older copy of this one.
type UnknownKeyError struct{ Key string }

func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("key %s is not in this vault", e.Key)
}

// NoLedgerKeyError says that a vault has no ledger key although its ledger has begun: it is empty, or was put there in place of
// the one that belongs to the ledger.
type NoLedgerKeyError struct{}

func (*NoLedgerKeyError) Error() string {
	return "the vault holds no ledger key: it is a new one, and not the one of this ledger"
}

// OpenError says that a sealed secret is not what was sealed for this place.
type OpenError struct {
	Key, Stream, EventType, Problem string
}

func (e *OpenError) Error() string {
	return fmt.Sprintf("open a secret of %s in %s under key %s: %s", e.EventType, e.Stream, e.Key, e.Problem)
}

// Options are what a vault takes from the world.
type Options struct {
	Rand io.Reader        // of keys, their ids and nonces; nil is crypto/rand
	Now  func() time.Time // of CreatedAt; nil is the system's clock
	// Create makes the ledger key where there is none. Only whoever begins a ledger says so: a new key in place of a lost one
	// would answer every badge with another code.
	Create bool
}

// Vault seals and opens secrets. It is safe for concurrent use.
type Vault struct {
	keys   Keys
	epoch  EpochKey
	wrap   cipher.AEAD
	now    func() time.Time
	ledger dataKey

	random  sync.Mutex
	rand    io.Reader
	erasing sync.RWMutex // a key read before it was erased must not come into the cache after it
	cache   cache
}

// The ledger's own key stands among the others, under a class that no secret has.
const (
	ledgerSubject = "ledger"
	ledgerClass   = domain.SecretClass("mac")
)

// New returns a vault over keys. It unwraps the ledger key, which also proves that the epoch key is the right one: another one
// is a *WrongEpochKeyError. A ledger key that is not there is a *NoLedgerKeyError, unless the options say to create it.
func New(ctx context.Context, keys Keys, epoch EpochKey, opts Options) (*Vault, error) {
	if opts.Rand == nil {
		opts.Rand = rand.Reader
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	wrap, err := gcm(epoch.key)
	if err != nil {
		return nil, err
	}
	v := &Vault{keys: keys, epoch: epoch, wrap: wrap, now: opts.Now, rand: opts.Rand}
	if v.ledger, err = v.ledgerKey(ctx, opts.Create); err != nil {
		return nil, fmt.Errorf("open the vault: %w", err)
	}
	return v, nil
}

func (v *Vault) ledgerKey(ctx context.Context, create bool) (dataKey, error) {
	if create {
		return v.forSubject(ctx, ledgerSubject, ledgerClass, "")
	}
	stored, ok, err := v.keys.Find(ctx, ledgerSubject, ledgerClass, "")
	if err != nil {
		return dataKey{}, err
	}
	if !ok {
		return dataKey{}, &NoLedgerKeyError{}
	}
	return v.unwrap(stored)
}

// MAC returns the HMAC-SHA-256 of parts under the ledger key. Parts are bound with their lengths. Nobody without the vault
// can tell from it what the parts are, and the same parts always give the same code.
func (v *Vault) MAC(parts ...[]byte) []byte {
	h := hmac.New(sha256.New, v.ledger.key[:])
	h.Write(lengthPrefixed(parts...))
	return h.Sum(nil)
}

// Seal returns s sealed for an event of a stream, under the key of subject, s.Class and period, which is created when it is
// first needed. A key that was erased is an *ErasedError.
func (v *Vault) Seal(
	ctx context.Context, subject, period string, stream, eventType string, s domain.Secret,
) (domain.Secret, error) {
	switch {
	case s.IsZero():
		return s, nil
	case s.Sealed():
		return s, fmt.Errorf("seal a secret of %s in %s: it is sealed already", eventType, stream)
	}
	k, err := v.forSubject(ctx, subject, s.Class, period)
	if err != nil {
		return domain.Secret{}, fmt.Errorf("seal a secret of %s in %s: %w", eventType, stream, err)
	}
	box := make([]byte, nonceBytes, nonceBytes+len(s.Clear)+k.aead.Overhead())
	if err := v.read(box); err != nil {
		return domain.Secret{}, err
	}
	return domain.Secret{
		Class: s.Class, Key: k.id, Commitment: k.commitment(),
		Box: k.aead.Seal(box, box, s.Clear, secretContext(stream, eventType, s.Class, k.id)),
	}, nil
}

// Open returns the clear form of a secret of an event. It is an *ErasedError, an *UnknownKeyError, or an *OpenError where the
// secret was sealed for another place or has been changed.
func (v *Vault) Open(ctx context.Context, stream, eventType string, s domain.Secret) ([]byte, error) {
	refused := func(problem string) error { return &OpenError{s.Key, stream, eventType, problem} }
	if !s.Sealed() {
		return nil, refused("it is not sealed")
	}
	k, err := v.byID(ctx, s.Key)
	if err != nil {
		return nil, fmt.Errorf("open a secret of %s in %s: %w", eventType, stream, err)
	}
	if !hmac.Equal(s.Commitment, k.commitment()) {
		return nil, refused("it commits to another key")
	}
	if len(s.Box) < nonceBytes {
		return nil, refused("its box is too short")
	}
	clear, err := k.aead.Open([]byte{}, s.Box[:nonceBytes], s.Box[nonceBytes:], secretContext(stream, eventType, s.Class, k.id))
	if err != nil {
		return nil, refused("it was sealed for another place or has been changed")
	}
	return clear, nil
}

// Erase destroys a key. Copies in backups and in free pages of the file stay wrapped, and die with the epoch key.
func (v *Vault) Erase(ctx context.Context, key string) error {
	if key == v.ledger.id {
		return fmt.Errorf("erase key %s: it is the ledger's own", key)
	}
	v.erasing.Lock()
	defer v.erasing.Unlock()
	v.cache.drop(key)
	if err := v.keys.Erase(ctx, key); err != nil {
		return fmt.Errorf("erase key %s: %w", key, err)
	}
	return nil
}

// Check unwraps every key of the vault, those that were erased excepted, and returns what is wrong with the first one that is not
// what was stored for its subject, class and period.
func (v *Vault) Check(ctx context.Context) error {
	return v.keys.All(ctx, func(k Key) error {
		_, err := v.unwrap(k)
		if _, ok := errors.AsType[*ErasedError](err); ok {
			return nil
		}
		return err
	})
}

// forSubject returns the key of a subject, class and period, and creates it where it never was.
func (v *Vault) forSubject(ctx context.Context, subject string, class domain.SecretClass, period string) (dataKey, error) {
	of := owner{subject, class, period}
	if k, ok := v.cache.ofOwner(of); ok {
		return k, nil
	}
	v.erasing.RLock()
	defer v.erasing.RUnlock()
	stored, ok, err := v.keys.Find(ctx, subject, class, period)
	if err != nil {
		return dataKey{}, err
	}
	if !ok {
		if stored, err = v.create(ctx, of); err != nil {
			return dataKey{}, err
		}
	}
	return v.unwrap(stored)
}

// create stores a new key, or finds the one that somebody else has stored at the same time.
func (v *Vault) create(ctx context.Context, of owner) (Key, error) {
	var id uuid.UUID
	random := make([]byte, len(id)+nonceBytes+keyBytes)
	if err := v.read(random); err != nil {
		return Key{}, err
	}
	nonce, key := random[len(id):][:nonceBytes:nonceBytes], random[len(id)+nonceBytes:]
	copy(id[:], random)
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // the marks of a random UUID
	k := Key{
		ID: id.String(), Subject: of.subject, Class: of.class, Period: of.period, Epoch: v.epoch.Epoch,
		State: Active, CreatedAt: domain.InstantOf(v.now()),
	}
	k.Wrapped = v.wrap.Seal(nonce, nonce, key, wrapContext(k))
	return v.keys.Put(ctx, k)
}

func (v *Vault) byID(ctx context.Context, id string) (dataKey, error) {
	if k, ok := v.cache.byID(id); ok {
		return k, nil
	}
	v.erasing.RLock()
	defer v.erasing.RUnlock()
	stored, ok, err := v.keys.Get(ctx, id)
	if err != nil {
		return dataKey{}, err
	}
	if !ok {
		return dataKey{}, &UnknownKeyError{id}
	}
	return v.unwrap(stored)
}

// unwrap returns the key that k holds and keeps it in memory.
func (v *Vault) unwrap(k Key) (dataKey, error) {
	switch k.State {
	case Active:
	case Erased:
		return dataKey{}, &ErasedError{k.ID, k.Subject, k.Class, k.Period}
	default:
		return dataKey{}, fmt.Errorf("key %s of %s (%s %s) is damaged: its state is %q", k.ID, k.Subject, k.Class, k.Period, k.State)
	}
	if k.Epoch != v.epoch.Epoch {
		return dataKey{}, &WrongEpochKeyError{Vault: k.Epoch, Given: v.epoch.Epoch}
	}
	d := dataKey{id: k.ID}
	if len(k.Wrapped) < nonceBytes {
		return d, fmt.Errorf("key %s is damaged: it is too short", k.ID)
	}
	clear, err := v.wrap.Open(d.key[:0], k.Wrapped[:nonceBytes], k.Wrapped[nonceBytes:], wrapContext(k))
	switch {
	case err != nil && k.Class == ledgerClass:
		return d, &WrongEpochKeyError{Vault: k.Epoch, Given: v.epoch.Epoch}
	case err != nil || len(clear) != keyBytes:
		return d, fmt.Errorf("key %s of %s (%s %s) is damaged: it does not open under the epoch key", k.ID, k.Subject, k.Class, k.Period)
	}
	if d.aead, err = gcm(d.key); err != nil {
		return d, err
	}
	v.cache.put(owner{k.Subject, k.Class, k.Period}, d)
	return d, nil
}

// read fills b with random bytes, in one piece, so that a seeded source gives the same keys again.
func (v *Vault) read(b []byte) error {
	v.random.Lock()
	defer v.random.Unlock()
	if _, err := io.ReadFull(v.rand, b); err != nil {
		return fmt.Errorf("read random bytes: %w", err)
	}
	return nil
}

// secretContext is what a box is bound to.
func secretContext(stream, eventType string, class domain.SecretClass, keyID string) []byte {
	return lengthPrefixed(
		[]byte("punchledger/secret/v1"), []byte(stream), []byte(eventType), []byte(class), []byte(keyID),
	)
}

// wrapContext is what a wrapped key is bound to.
func wrapContext(k Key) []byte {
	return lengthPrefixed(
		[]byte("punchledger/key/v1"), []byte(k.ID), []byte(k.Subject), []byte(k.Class), []byte(k.Period),
		binary.BigEndian.AppendUint64(nil, uint64(k.Epoch)),
	)
}

// lengthPrefixed joins parts, each after its length in 32 bits, big endian.
func lengthPrefixed(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = binary.BigEndian.AppendUint32(out, uint32(len(p)))
		out = append(out, p...)
	}
	return out
}
