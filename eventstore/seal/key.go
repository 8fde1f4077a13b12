// Package seal signs what the ledger says of itself: receipts of punches and tickets for devices, as signed notes.
//
// It knows no word of attendance and never decides what is signed. Whoever has the public key verifies without this program.
package seal

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Key signs. It is kept in a file of its own, apart from the data and its backups: whoever has it can write receipts that look
// genuine.
type Key struct{ seed [ed25519.SeedSize]byte }

// String hides the key from logs and test output.
func (Key) String() string { return "signing key" }

// GoString hides the key from %#v.
func (Key) GoString() string { return "signing key" }

// KeyFault says of what kind the fault of a key file is.
type KeyFault int

// The kinds of faults. One that the system reports is KeyUnreadable, with its error.
const (
	KeyUnreadable KeyFault = iota
	KeyMissing
	KeyExists
	KeyOpenToOthers
	KeyDamaged
)

// KeyError says what is wrong with the file of a signing key.
type KeyError struct {
	Path  string
	Fault KeyFault
	Err   error
}

func (e *KeyError) Error() string {
	problem := map[KeyFault]string{
		KeyMissing: "is missing", KeyExists: "exists already", KeyOpenToOthers: "may be read by others than its owner", KeyDamaged: "is damaged",
	}[e.Fault]
	if problem == "" {
		problem = fmt.Sprintf("cannot be read or written: %v", e.Err)
	}
	return fmt.Sprintf("signing key file %s %s", e.Path, problem)
}

func (e *KeyError) Unwrap() error { return e.Err }

// keyVersion is the first line of a key file; the seed in base64url follows.
const keyVersion = "punchledger-sign-key-v1"

// NewKey draws a key that is in no file.
func NewKey(random io.Reader) (Key, error) {
	var k Key
	if _, err := io.ReadFull(random, k.seed[:]); err != nil {
		return Key{}, fmt.Errorf("read random bytes: %w", err)
	}
	return k, nil
}

// CreateKey writes a new key to a file that must not exist, readable by its owner only, and returns it when it is durable.
func CreateKey(path string) (Key, error) {
	k, err := NewKey(rand.Reader)
	if err != nil {
		return Key{}, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return Key{}, &KeyError{path, KeyExists, err}
	}
	if err != nil {
		return Key{}, &KeyError{path, KeyUnreadable, err}
	}
	_, err = fmt.Fprintf(f, "%s\n%s\n", keyVersion, base64.RawURLEncoding.EncodeToString(k.seed[:]))
	if err = errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(path))); err != nil {
		return Key{}, &KeyError{path, KeyUnreadable, err}
	}
	return k, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// LoadKey reads the key in a file. Whatever is wrong with the file is a *KeyError.
func LoadKey(path string) (Key, error) {
	info, err := os.Stat(path) // before it is opened: a pipe would wait for ever
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Key{}, &KeyError{path, KeyMissing, err}
	case err != nil:
		return Key{}, &KeyError{path, KeyUnreadable, err}
	case !info.Mode().IsRegular():
		return Key{}, &KeyError{path, KeyDamaged, nil}
	case openToOthers(info):
		return Key{}, &KeyError{path, KeyOpenToOthers, nil}
	}
	f, err := os.Open(path)
	if err != nil {
		return Key{}, &KeyError{path, KeyUnreadable, err}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1024))
	if err != nil {
		return Key{}, &KeyError{path, KeyUnreadable, err}
	}
	k, ok := parseKey(text)
	if !ok {
		return Key{}, &KeyError{path, KeyDamaged, nil}
	}
	return k, nil
}

func parseKey(text []byte) (k Key, ok bool) {
	lines := strings.Split(string(bytes.TrimSuffix(text, []byte("\n"))), "\n")
	if len(lines) != 2 || lines[0] != keyVersion {
		return k, false
	}
	seed, err := base64.RawURLEncoding.Strict().DecodeString(lines[1])
	if err != nil || len(seed) != len(k.seed) {
		return k, false
	}
	copy(k.seed[:], seed)
	return k, true
}

// spki is how an Ed25519 public key begins as SubjectPublicKeyInfo (RFC 8410).
const spki = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"

// PublicKey returns the public key as SubjectPublicKeyInfo: DER in base64.
func (k Key) PublicKey() string {
	public := ed25519.NewKeyFromSeed(k.seed[:]).Public().(ed25519.PublicKey)
	return base64.StdEncoding.EncodeToString(append([]byte(spki), public...))
}

// PEM returns a public key in the form that openssl reads.
func PEM(publicKey string) ([]byte, error) {
	if _, err := publicOf(publicKey); err != nil {
		return nil, err
	}
	der, err := base64.StdEncoding.DecodeString(publicKey)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), err
}

// FromPEM returns a public key that PEM wrote.
func FromPEM(text []byte) (string, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" {
		return "", errNotPublicKey
	}
	key := base64.StdEncoding.EncodeToString(block.Bytes)
	_, err := publicOf(key)
	return key, err
}

var errNotPublicKey = errors.New("not an Ed25519 public key")

func publicOf(publicKey string) (ed25519.PublicKey, error) {
	der, err := base64.StdEncoding.Strict().DecodeString(publicKey)
	raw, ok := strings.CutPrefix(string(der), spki)
	if err != nil || !ok || len(raw) != ed25519.PublicKeySize {
		return nil, errNotPublicKey
	}
	return ed25519.PublicKey(raw), nil
}

// openToOthers reports whether more than one account may read a file. A file of root and its group that nobody may write is what systemd
// hands a service (LoadCredential): it is the service's by an access list, and the mode of the group shows the widest right of that list.
func openToOthers(info fs.FileInfo) bool {
	mode := info.Mode().Perm()
	st, ok := info.Sys().(*syscall.Stat_t)
	return mode&0o077 != 0 && (mode != 0o440 || !ok || st.Uid != 0 || st.Gid != 0)
}
