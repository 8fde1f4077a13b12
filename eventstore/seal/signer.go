package seal

import (
	"crypto/ed25519"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
)

// Signer signs texts as the ledger of one origin and verifies its notes, also those of keys that it had before. It is safe for
// concurrent use.
type Signer struct {
	Verifier
	signer    note.Signer
	publicKey string
}

// Verifier knows the public keys of a ledger.
type Verifier struct {
	origin string
	keys   note.Verifiers
}

// NewVerifier returns a verifier of what the ledger of an origin signed with any of the keys.
func NewVerifier(origin string, publicKeys ...string) (Verifier, error) {
	var known []note.Verifier
	for i, text := range publicKeys {
		if slices.Contains(publicKeys[:i], text) {
			continue
		}
		key, err := publicOf(text)
		if err != nil {
			return Verifier{}, err
		}
		v, err := verifierOf(origin, key)
		if err != nil {
			return Verifier{}, err
		}
		known = append(known, v)
	}
	return Verifier{origin: origin, keys: note.VerifierList(known...)}, nil
}

func verifierOf(origin string, key ed25519.PublicKey) (note.Verifier, error) {
	v, err := note.NewEd25519VerifierKey(origin, key)
	if err != nil {
		return nil, fmt.Errorf("key of %q: %w", origin, err)
	}
	return note.NewVerifier(v)
}

// NewSigner returns the signer of the ledger of an origin. Previous are the public keys that it had before.
func NewSigner(origin string, k Key, previous ...string) (*Signer, error) {
	private := ed25519.NewKeyFromSeed(k.seed[:])
	v, err := verifierOf(origin, private.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	s := &Signer{publicKey: k.PublicKey(), signer: signer{v, private}}
	s.Verifier, err = NewVerifier(origin, append([]string{s.publicKey}, previous...)...)
	return s, err
}

// signer is a note.Signer of a key that is not in the text form of that package.
type signer struct {
	note.Verifier
	key ed25519.PrivateKey
}

func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

// KeyID returns what names the key in every note: eight hexadecimal digits.
func (s *Signer) KeyID() string { return fmt.Sprintf("%08x", s.signer.KeyHash()) }

// PublicKey returns the key's public half, as Key.PublicKey.
func (s *Signer) PublicKey() string { return s.publicKey }

// Sign returns a text, which ends with a newline, as a signed note. The same text gives the same note.
func (s *Signer) Sign(text string) (string, error) {
	msg, err := note.Sign(&note.Note{Text: text}, s.signer)
	if err != nil {
		return "", fmt.Errorf("sign as %s: %w", s.signer.Name(), err)
	}
	return string(msg), nil
}

// Open returns the text of a note that the ledger signed. Any other note is an error.
func (v Verifier) Open(signed string) (string, error) {
	if v.keys == nil {
		return "", fmt.Errorf("no key of %q is known", v.origin)
	}
	n, err := note.Open([]byte(signed), v.keys)
	if err != nil {
		return "", err
	}
	return n.Text, nil
}
