package vault_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore/vault"
	"github.com/punchledger/punchledger/eventstore/vault/vaulttest"
)

const (
	stream = "timecard-e1-202610"
	event  = "PunchAccepted"
)

func TestMemory(t *testing.T) {
	vaulttest.Run(t, func(*testing.T) vault.Keys { return &vault.Memory{} })
}

func epochKey(t *testing.T) vault.EpochKey {
	t.Helper()
	k, err := vault.NewEpochKey(rand.Reader, 1)
	require.NoError(t, err)
	return k
}

func open(t *testing.T, keys vault.Keys, epoch vault.EpochKey) *vault.Vault {
	t.Helper()
	v, err := vault.New(t.Context(), keys, epoch, vault.Options{Create: true})
	require.NoError(t, err)
	return v
}

func location() domain.Secret { return domain.NewSecret(domain.ClassLocation, "31.2304,121.4737") }

func seal(t *testing.T, v *vault.Vault, subject, period string) domain.Secret {
	t.Helper()
	s, err := v.Seal(t.Context(), subject, period, stream, event, location())
	require.NoError(t, err)
	return s
}

func TestSealedSecretsOpenAlsoAfterTheWayThroughTheLog(t *testing.T) {
	keys, epoch := &vault.Memory{}, epochKey(t)
	s := seal(t, open(t, keys, epoch), "e1", "202610")
	require.Nil(t, s.Clear)
	require.Len(t, s.Commitment, 32)
	require.NotContains(t, string(s.Box), "31.2304")
	text, err := json.Marshal(s)
	require.NoError(t, err)
	var back domain.Secret
	require.NoError(t, json.Unmarshal(text, &back))
	clear, err := open(t, keys, epoch).Open(t.Context(), stream, event, back)
	require.NoError(t, err)
	require.Equal(t, "31.2304,121.4737", string(clear))
}

func TestEverySubjectClassAndPeriodHasItsOwnKey(t *testing.T) {
	v := open(t, &vault.Memory{}, epochKey(t))
	first := seal(t, v, "e1", "202610")
	again := seal(t, v, "e1", "202610")
	require.Equal(t, first.Key, again.Key)
	require.NotEqual(t, first.Box, again.Box, "the same text gives another box every time")
	used := map[string]bool{first.Key: true}
	for _, s := range []domain.Secret{
		seal(t, v, "e2", "202610"),
		seal(t, v, "e1", "202611"),
		must(v.Seal(t.Context(), "e1", "202610", stream, event, domain.NewSecret(domain.ClassNetwork, "10.0.0.1"))),
	} {
		require.False(t, used[s.Key])
		used[s.Key] = true
	}
}

func must(s domain.Secret, err error) domain.Secret {
	if err != nil {
		panic(err)
	}
	return s
}

func TestNothingStaysNothing(t *testing.T) {
	v := open(t, &vault.Memory{}, epochKey(t))
	s, err := v.Seal(t.Context(), "e1", "202610", stream, event, domain.Secret{})
	require.NoError(t, err)
	require.Equal(t, domain.Secret{}, s)
	_, err = v.Seal(t.Context(), "e1", "202610", stream, event, seal(t, v, "e1", "202610"))
	require.ErrorContains(t, err, "sealed already")
}

func TestASecretOpensOnlyWhereItWasSealed(t *testing.T) {
	v := open(t, &vault.Memory{}, epochKey(t))
	other := seal(t, v, "e2", "202610")
	for _, c := range []struct {
		name          string
		stream, event string
		change        func(*domain.Secret)
	}{
		{"in another stream", "timecard-e2-202610", event, func(*domain.Secret) {}},
		{"in another event", stream, "PunchHeld", func(*domain.Secret) {}},
		{"as another class", stream, event, func(s *domain.Secret) { s.Class = domain.ClassText }},
		{"with a changed box", stream, event, func(s *domain.Secret) { s.Box[20] ^= 1 }},
		{"with a changed nonce", stream, event, func(s *domain.Secret) { s.Box[0] ^= 1 }},
		{"with a box cut short", stream, event, func(s *domain.Secret) { s.Box = s.Box[:5] }},
		{"with another box", stream, event, func(s *domain.Secret) { s.Box = other.Box }},
		{"with a changed commitment", stream, event, func(s *domain.Secret) { s.Commitment[0] ^= 1 }},
		{"without a commitment", stream, event, func(s *domain.Secret) { s.Commitment = nil }},
		{"with another key", stream, event, func(s *domain.Secret) { s.Key = other.Key }},
		{"with another key and its commitment", stream, event, func(s *domain.Secret) { s.Key, s.Commitment = other.Key, other.Commitment }},
		{"in clear", stream, event, func(s *domain.Secret) { *s = location() }},
	} {
		t.Run(c.name+" it is refused", func(t *testing.T) {
			s := seal(t, v, "e1", "202610")
			c.change(&s)
			_, err := v.Open(t.Context(), c.stream, c.event, s)
			refused, ok := errors.AsType[*vault.OpenError](err)
			require.True(t, ok, "got %v", err)
			require.Equal(t, s.Key, refused.Key)
			require.NotContains(t, err.Error(), "31.2304")
		})
	}
	t.Run("with a key of another vault it is unknown", func(t *testing.T) {
		_, err := open(t, &vault.Memory{}, epochKey(t)).Open(t.Context(), stream, event, other)
		unknown, ok := errors.AsType[*vault.UnknownKeyError](err)
		require.True(t, ok, "got %v", err)
		require.Equal(t, other.Key, unknown.Key)
	})
}

func TestAnErasedKeyIsNeverUsedOrMadeAgain(t *testing.T) {
	keys, epoch := &vault.Memory{}, epochKey(t)
	v := open(t, keys, epoch)
	s := seal(t, v, "e1", "202610")
	require.NoError(t, v.Erase(t.Context(), s.Key))
	for name, v := range map[string]*vault.Vault{"the same vault": v, "a new vault": open(t, keys, epoch)} {
		t.Run(name, func(t *testing.T) {
			want := vault.ErasedError{Key: s.Key, Subject: "e1", Class: domain.ClassLocation, Period: "202610"}
			_, err := v.Open(t.Context(), stream, event, s)
			erased, ok := errors.AsType[*vault.ErasedError](err)
			require.True(t, ok, "got %v", err)
			require.Equal(t, want, *erased)
			_, err = v.Seal(t.Context(), "e1", "202610", stream, event, location())
			erased, ok = errors.AsType[*vault.ErasedError](err)
			require.True(t, ok, "got %v", err)
			require.Equal(t, want, *erased)
			seal(t, v, "e1", "202611")
		})
	}
	require.Error(t, v.Erase(t.Context(), "no-such-key"))
}

func TestEveryKeyIsTheOneThatWasStored(t *testing.T) {
	for name, change := range map[string]func(*vault.Key){
		"of another subject": func(k *vault.Key) { k.Subject = "e2" },
		"of another class":   func(k *vault.Key) { k.Class = domain.ClassPhoto },
		"of another period":  func(k *vault.Key) { k.Period = "202611" },
		"of another epoch":   func(k *vault.Key) { k.Epoch = 2 },
		"with another byte":  func(k *vault.Key) { k.Wrapped = append(bytes.Clone(k.Wrapped[:20]), k.Wrapped[19:]...) },
		"cut off":            func(k *vault.Key) { k.Wrapped = k.Wrapped[:5] },
		"in no state":        func(k *vault.Key) { k.State = "actjve" },
	} {
		t.Run("a key "+name, func(t *testing.T) {
			whole, epoch := &vault.Memory{}, epochKey(t)
			v := open(t, whole, epoch)
			s := seal(t, v, "e1", "202610")
			require.NoError(t, v.Erase(t.Context(), seal(t, v, "e9", "202610").Key))
			require.NoError(t, v.Check(t.Context()))
			damaged := &vault.Memory{}
			require.NoError(t, whole.All(t.Context(), func(k vault.Key) error {
				if k.ID == s.Key {
					change(&k)
				}
				_, err := damaged.Put(t.Context(), k)
				return err
			}))
			v = open(t, damaged, epoch)
			require.Error(t, v.Check(t.Context()))
			_, err := v.Open(t.Context(), stream, event, s)
			require.Error(t, err)
		})
	}
}

func TestMAC(t *testing.T) {
	keys, epoch := &vault.Memory{}, epochKey(t)
	v := open(t, keys, epoch)
	code := v.MAC([]byte("ab"), []byte("c"))
	require.Len(t, code, 32)
	require.Equal(t, code, open(t, keys, epoch).MAC([]byte("ab"), []byte("c")))
	require.NotEqual(t, code, v.MAC([]byte("a"), []byte("bc")))
	require.NotEqual(t, code, v.MAC([]byte("abc")))
	require.NotEqual(t, code, open(t, &vault.Memory{}, epoch).MAC([]byte("ab"), []byte("c")))
}

func TestAWrongEpochKeyIsRefused(t *testing.T) {
	keys := &vault.Memory{}
	open(t, keys, epochKey(t))
	second, err := vault.NewEpochKey(rand.Reader, 2)
	require.NoError(t, err)
	for name, given := range map[string]vault.EpochKey{"another key": epochKey(t), "another epoch": second} {
		t.Run(name, func(t *testing.T) {
			_, err := vault.New(t.Context(), keys, given, vault.Options{Create: true})
			wrong, ok := errors.AsType[*vault.WrongEpochKeyError](err)
			require.True(t, ok, "got %v", err)
			require.Equal(t, given.Epoch, wrong.Given)
			require.Equal(t, 1, wrong.Vault)
		})
	}
}

func TestALostLedgerKeyIsNotReplaced(t *testing.T) {
	keys, epoch := &vault.Memory{}, epochKey(t)
	_, err := vault.New(t.Context(), keys, epoch, vault.Options{})
	var none *vault.NoLedgerKeyError
	require.ErrorAs(t, err, &none)
	code := open(t, keys, epoch).MAC([]byte("ab"))
	v, err := vault.New(t.Context(), keys, epoch, vault.Options{})
	require.NoError(t, err)
	require.Equal(t, code, v.MAC([]byte("ab")))
}

func TestASeededVaultGivesTheSameBoxesAgain(t *testing.T) {
	epoch := epochKey(t)
	box := func(seed byte) domain.Secret {
		v, err := vault.New(t.Context(), &vault.Memory{}, epoch, vault.Options{Create: true, Rand: mathrand.NewChaCha8([32]byte{seed})})
		require.NoError(t, err)
		return seal(t, v, "e1", "202610")
	}
	require.Equal(t, box(1), box(1))
	require.NotEqual(t, box(1).Key, box(2).Key)
}

func TestNothingIsSealedWithoutRandomBytes(t *testing.T) {
	_, err := vault.New(t.Context(), &vault.Memory{}, epochKey(t), vault.Options{Create: true, Rand: iotest.ErrReader(errors.New("no entropy"))})
	require.ErrorContains(t, err, "no entropy")
	_, err = vault.NewEpochKey(bytes.NewReader(make([]byte, 31)), 1)
	require.Error(t, err)
}

func TestMoreKeysThanStayInMemory(t *testing.T) {
	v := open(t, &vault.Memory{}, epochKey(t))
	first := seal(t, v, "e0", "202610")
	for i := range 40_000 {
		seal(t, v, fmt.Sprintf("e%d", i), "202610")
	}
	require.Equal(t, first.Key, seal(t, v, "e0", "202610").Key)
	_, err := v.Open(t.Context(), stream, event, first)
	require.NoError(t, err)
}

func TestKeysAreNamedByRandomUUIDs(t *testing.T) {
	v, err := vault.New(t.Context(), &vault.Memory{}, epochKey(t), vault.Options{Create: true, Rand: mathrand.NewChaCha8([32]byte{3})})
	require.NoError(t, err)
	var some, all [16]byte
	for i := range all {
		all[i] = 0xff
	}
	apart := false
	for i := range 64 {
		id, err := uuid.Parse(seal(t, v, fmt.Sprintf("e%d", i), "202610").Key)
		require.NoError(t, err)
		require.EqualValues(t, 4, id.Version())
		require.Equal(t, uuid.RFC4122, id.Variant())
		apart = apart || id[6]&0x0f != id[7]&0x0f
		for k := range id {
			some[k], all[k] = some[k]|id[k], all[k]&id[k]
		}
	}
	require.True(t, apart, "a byte is no copy of its neighbour")
	random := [16]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xff, 0x3f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	for k := range random {
		require.Equal(t, random[k], some[k]&^all[k], "the bits of byte %d that are not its mark", k)
	}
}

// damaged are keys whose wrapped form was changed behind the vault's back.
type damaged struct {
	vault.Memory
	change func([]byte) []byte
}

func (d *damaged) Find(ctx context.Context, subject string, class domain.SecretClass, period string) (vault.Key, bool, error) {
	k, ok, err := d.Memory.Find(ctx, subject, class, period)
	if d.change != nil && subject != "ledger" {
		k.Wrapped = d.change(bytes.Clone(k.Wrapped))
	}
	return k, ok, err
}

func TestADamagedKeyIsNamed(t *testing.T) {
	for name, change := range map[string]func([]byte) []byte{
		"one that is nothing":      func([]byte) []byte { return nil },
		"one that is cut short":    func(b []byte) []byte { return b[:11] },
		"one that is only a nonce": func(b []byte) []byte { return b[:12] },
		"one with a changed bit":   func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
	} {
		t.Run(name, func(t *testing.T) {
			keys, epoch := &damaged{}, epochKey(t)
			s := seal(t, open(t, keys, epoch), "e1", "202610")
			keys.change = change
			_, err := open(t, keys, epoch).Seal(t.Context(), "e1", "202610", stream, event, location())
			require.ErrorContains(t, err, "key "+s.Key)
			require.ErrorContains(t, err, "is damaged")
		})
	}
}

func TestKeysInMemoryHeedACancelledRequest(t *testing.T) {
	keys := &vault.Memory{}
	_, err := keys.Put(t.Context(), vault.Key{ID: "k1", Subject: "e1", State: vault.Active})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = keys.Put(ctx, vault.Key{ID: "k2", Subject: "e2", State: vault.Active})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, keys.Erase(ctx, "k1"), context.Canceled)
	_, _, err = keys.Get(ctx, "k1")
	require.ErrorIs(t, err, context.Canceled)
	_, _, err = keys.Find(ctx, "e1", "", "")
	require.ErrorIs(t, err, context.Canceled)
	k, ok, err := keys.Get(t.Context(), "k1")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, vault.Active, k.State)
	_, ok, err = keys.Get(t.Context(), "k2")
	require.NoError(t, err)
	require.False(t, ok)
}
