package domain

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// SecretClass says what kind of personal evidence a Secret holds, and so how long its key lives.
type SecretClass string

// The classes of secrets. Identity, text and wage have one key per person and year, the others one per person and month.
const (
	ClassIdentity SecretClass = "identity"
	ClassText     SecretClass = "text"
	ClassWage     SecretClass = "wage"
	ClassLocation SecretClass = "location"
	ClassNetwork  SecretClass = "network"
	ClassPhoto    SecretClass = "photo"
)

// Yearly reports whether keys of this class are kept per year instead of per month.
func (c SecretClass) Yearly() bool {
	return c == ClassIdentity || c == ClassText || c == ClassWage
}

// Secret is personal evidence inside an event. A decider fills Class and Clear; the ledger seals it before the event is
// appended, and only the sealed form can be encoded: Key names the key, Commitment binds the box to that one key, and Box is
// nonce and ciphertext (AES-256-GCM). The clear form never leaves memory.
type Secret struct {
	Class      SecretClass
	Clear      []byte
	Key        string
	Commitment []byte
	Box        []byte
}

// NewSecret returns an unsealed secret, or the zero value for an empty text.
func NewSecret(class SecretClass, clear string) Secret {
	if clear == "" {
		return Secret{}
	}
	return Secret{Class: class, Clear: []byte(clear)}
}

// IsZero reports whether s holds nothing, sealed or clear.
func (s Secret) IsZero() bool { return s.Class == "" }

// Sealed reports whether s can be stored.
func (s Secret) Sealed() bool { return s.Box != nil }

// String hides the clear text from logs and test output.
func (s Secret) String() string { return fmt.Sprintf("secret(%s)", s.Class) }

// GoString hides the clear text from %#v.
func (s Secret) GoString() string { return s.String() }

type sealedSecret struct {
	Class      SecretClass `json:"class"`
	Key        string      `json:"key"`
	Commitment []byte      `json:"key_commitment"`
	Box        []byte      `json:"box"`
}

var errUnsealed = errors.New("a secret must be sealed before it is encoded")

// MarshalJSON encodes a sealed secret; an unsealed one is an error, so that clear text cannot reach a file by accident.
func (s Secret) MarshalJSON() ([]byte, error) {
	if !s.IsZero() && !s.Sealed() {
		return nil, errUnsealed
	}
	return json.Marshal(sealedSecret{s.Class, s.Key, s.Commitment, s.Box})
}

// UnmarshalJSON reads the sealed form.
func (s *Secret) UnmarshalJSON(b []byte) error {
	var v sealedSecret
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	*s = Secret{Class: v.Class, Key: v.Key, Commitment: v.Commitment, Box: v.Box}
	return nil
}

var secretType = reflect.TypeFor[Secret]()

// MapSecrets returns a copy of e in which f has replaced every secret that holds something, at any depth of structs and slices.
func MapSecrets(e Event, f func(Secret) (Secret, error)) (Event, error) {
	v := reflect.New(reflect.TypeOf(e)).Elem()
	v.Set(reflect.ValueOf(e))
	if err := mapSecrets(v, f); err != nil {
		return nil, err
	}
	return v.Interface().(Event), nil
}

func mapSecrets(v reflect.Value, f func(Secret) (Secret, error)) error {
	switch {
	case v.Type() == secretType:
		s := v.Interface().(Secret)
		if s.IsZero() {
			return nil
		}
		s, err := f(s)
		if err != nil {
			return err
		}
		v.Set(reflect.ValueOf(s))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				continue
			}
			if err := mapSecrets(v.Field(i), f); err != nil {
				return err
			}
		}
	case v.Kind() == reflect.Slice && holdsSecret(v.Type().Elem()) && v.Len() > 0:
		c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(c, v)
		for i := range c.Len() {
			if err := mapSecrets(c.Index(i), f); err != nil {
				return err
			}
		}
		v.Set(c)
	}
	return nil
}

func holdsSecret(t reflect.Type) bool {
	if t == secretType {
		return true
	}
	if t.Kind() == reflect.Slice {
		return holdsSecret(t.Elem())
	}
	if t.Kind() == reflect.Struct {
		for f := range t.Fields() {
			if f.IsExported() && holdsSecret(f.Type) {
				return true
			}
		}
	}
	return false
}
