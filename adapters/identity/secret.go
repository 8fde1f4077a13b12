package identity

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"math/big"
	"strings"
)

// Secret is something that lets whoever knows it act. Printing, logging and encoding it does not show it; Reveal does.
type Secret struct{ clear string }

// Reveal returns the secret, to be handed to the one person it is for.
func (s Secret) Reveal() string { return s.clear }

const hidden = "(secret)"

// String hides the secret.
func (s Secret) String() string { return hidden }

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return hidden }

// MarshalText hides the secret from encoders and log handlers.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

const secretBytes = 32

func (s *Service) bytes(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.random, b); err != nil {
		return nil, fmt.Errorf("take random bytes: %w", err)
	}
	return b, nil
}

// opaque returns a secret of 256 bits that says nothing.
func (s *Service) opaque() (Secret, error) {
	b, err := s.bytes(secretBytes)
	return Secret{base64.RawURLEncoding.EncodeToString(b)}, err
}

// publicID returns an id that may be shown.
func (s *Service) publicID() (string, error) {
	b, err := s.bytes(8)
	return hex.EncodeToString(b), err
}

// digest is what is kept of a secret that cannot be guessed.
func digest(purpose, secret string) string {
	h := sha256.Sum256([]byte(purpose + ":" + secret))
	return hex.EncodeToString(h[:])
}

// codeAlphabet is Crockford's: no letter looks like a digit or another letter.
var codeAlphabet = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

const codeGroup = 4

// code returns n random bytes as groups of letters and digits that people can type.
func (s *Service) code(n int) (Secret, error) {
	b, err := s.bytes(n)
	if err != nil {
		return Secret{}, err
	}
	text := codeAlphabet.EncodeToString(b)
	var groups []string
	for ; len(text) > codeGroup; text = text[codeGroup:] {
		groups = append(groups, text[:codeGroup])
	}
	return Secret{strings.Join(append(groups, text), "-")}, nil
}

var typed = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1")

// asTyped brings a code to one form, however it was typed.
func asTyped(code string) string { return typed.Replace(strings.ToUpper(strings.TrimSpace(code))) }

// API tokens are TokenPrefix, 43 digits to the base of 62 that are 256 random bits, and 6 that are their CRC-32. The prefix and the
// checksum let scanners of source code find leaked ones, and let a mistyped one be told without a look at the store.
const (
	TokenPrefix = "plt_"
	tokenDigits = 43
	checkDigits = 6
)

const digits62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func base62(b []byte, width int) string {
	n, base, digit := new(big.Int).SetBytes(b), big.NewInt(int64(len(digits62))), new(big.Int)
	out := make([]byte, width)
	for i := width - 1; i >= 0; i-- {
		n.DivMod(n, base, digit)
		out[i] = digits62[digit.Int64()]
	}
	return string(out)
}

func checksum62(body string) string {
	sum := crc32.ChecksumIEEE([]byte(TokenPrefix + body))
	return base62([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}, checkDigits)
}

func (s *Service) tokenSecret() (Secret, error) {
	b, err := s.bytes(secretBytes)
	if err != nil {
		return Secret{}, err
	}
	body := base62(b, tokenDigits)
	return Secret{TokenPrefix + body + checksum62(body)}, nil
}

// IsToken reports whether a text has the form and the checksum of an API token.
func IsToken(text string) bool {
	body, ok := strings.CutPrefix(text, TokenPrefix)
	if !ok || len(body) != tokenDigits+checkDigits {
		return false
	}
	return checksum62(body[:tokenDigits]) == body[tokenDigits:]
}
