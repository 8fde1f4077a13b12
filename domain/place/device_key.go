package place

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// Key is a public key by which a device signs: Ed25519 or ECDSA over P-256. Which of the two it is stands in the key, never in what
// it signed, so that nobody can choose another algorithm for it.
type Key struct {
	ID   string // first 16 hexadecimal digits of the SHA-256 of the key as DER
	ed   ed25519.PublicKey
	p256 *ecdsa.PublicKey
}

// How SubjectPublicKeyInfo (RFC 5280) begins for the two kinds; the key itself follows.
var (
	spkiEd25519 = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"
	spkiP256    = "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00"
)

// SignatureBytes is the length of a signature of either kind: Ed25519, or r and s of P-256 one after the other.
const SignatureBytes = 64

// ParseKey reads a public key: SubjectPublicKeyInfo as DER in base64, as WebCrypto exports it (spki) and openssl prints it.
func ParseKey(text string) (Key, error) {
	wrong := func() (Key, error) {
		return Key{}, domain.NewError(domain.Invalid, "invalid_field", "field", "public_key", "problem", "not_a_public_key")
	}
	der, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return wrong()
	}
	sum := sha256.Sum256(der)
	k := Key{ID: hex.EncodeToString(sum[:8])}
	if raw, ok := strings.CutPrefix(string(der), spkiEd25519); ok && len(raw) == ed25519.PublicKeySize && !anybodys([]byte(raw)) {
		k.ed = ed25519.PublicKey(raw)
		return k, nil
	}
	if raw, ok := strings.CutPrefix(string(der), spkiP256); ok {
		if k.p256, err = ecdsa.ParseUncompressedPublicKey(elliptic.P256(), []byte(raw)); err == nil {
			return k, nil
		}
	}
	return wrong()
}

// smallOrder are the points of edwards25519 whose order is at most 8, in every encoding that a verifier takes, without their sign
// (RFC 8032, 5.1.3; their y is 0, 1, -1 or that of a point of order 8, also written with p added).
var smallOrder = []string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}

// anybodys reports whether signatures under an Ed25519 key can be made by anybody.
func anybodys(key []byte) bool {
	y := slices.Clone(key)
	y[len(y)-1] &= 0x7f
	return slices.Contains(smallOrder, hex.EncodeToString(y))
}

// halfOrder is the greatest s that a signature of P-256 may have: of s and n-s only the lower is taken, so that nobody can make a
// second valid signature out of one.
var halfOrder = new(big.Int).Rsh(elliptic.P256().Params().N, 1)

// Verify reports whether signature is the key's over message: Ed25519 over the bytes, or P-256 over their SHA-256 with r and s as
// 32 bytes each and s in the lower half.
func (k Key) Verify(message, signature []byte) bool {
	if len(signature) != SignatureBytes {
		return false
	}
	if k.ed != nil {
		return ed25519.Verify(k.ed, message, signature)
	}
	if k.p256 == nil {
		return false
	}
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	sum := sha256.Sum256(message)
	return s.Cmp(halfOrder) <= 0 && ecdsa.Verify(k.p256, sum[:], r, s)
}
