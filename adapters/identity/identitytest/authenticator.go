package identitytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/timecard"
)

// Authenticator is a virtual one, with a page around it. Its fields say what it does wrong. It is for tests only.
type Authenticator struct {
	T testing.TB

	Key    crypto.Signer
	Alg    int64 // of COSE: -7 is ES256, -8 is EdDSA
	ID     []byte
	Handle []byte
	Origin string
	RPID   string
	Flags  byte
	Count  uint32
}

// The flags of authenticator data.
const (
	Present  = 0x01
	Verified = 0x04
	Eligible = 0x08 // BE
	BackedUp = 0x10 // BS
	attested = 0x40
)

// NewAuthenticator returns one that verifies its user and holds a key for a page: of ES256 (-7) or EdDSA (-8).
func NewAuthenticator(t testing.TB, origin, rpID string, alg int64) *Authenticator {
	t.Helper()
	a := &Authenticator{T: t, Alg: alg, Origin: origin, RPID: rpID, Flags: Present | Verified, ID: make([]byte, 32)}
	_, err := rand.Read(a.ID)
	require.NoError(t, err)
	if alg == -8 {
		_, a.Key, err = ed25519.GenerateKey(rand.Reader)
	} else {
		a.Key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	require.NoError(t, err)
	return a
}

// CBOR of the few forms that are needed.
func head(major byte, n uint64) []byte {
	switch {
	case n < 24:
		return []byte{major<<5 | byte(n)}
	case n < 1<<8:
		return []byte{major<<5 | 24, byte(n)}
	}
	return binary.BigEndian.AppendUint16([]byte{major<<5 | 25}, uint16(n))
}

func integer(n int64) []byte {
	if n < 0 {
		return head(1, uint64(-1-n))
	}
	return head(0, uint64(n))
}

func octets(b []byte) []byte { return append(head(2, uint64(len(b))), b...) }
func word(s string) []byte   { return append(head(3, uint64(len(s))), s...) }

func object(parts ...[]byte) []byte {
	out := head(5, uint64(len(parts)/2))
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// cose returns the public key.
func (a *Authenticator) cose() []byte {
	switch k := a.Key.Public().(type) {
	case ed25519.PublicKey:
		return object(integer(1), integer(1), integer(3), integer(a.Alg), integer(-1), integer(6), integer(-2), octets(k))
	case *ecdsa.PublicKey:
		point, err := k.Bytes()
		require.NoError(a.T, err)
		return object(integer(1), integer(2), integer(3), integer(a.Alg), integer(-1), integer(1), integer(-2), octets(point[1:33]), integer(-3), octets(point[33:]))
	}
	a.T.Fatal("no such key")
	return nil
}

func (a *Authenticator) data(flags byte) []byte {
	rp := sha256.Sum256([]byte(a.RPID))
	out := append(rp[:], flags)
	return binary.BigEndian.AppendUint32(out, a.Count)
}

func (a *Authenticator) client(kind, challenge string) []byte {
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false})
	require.NoError(a.T, err)
	return text
}

// Asked is what is read of the options.
type Asked struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		RPID      string `json:"rpId"`
		RP        struct {
			ID string `json:"id"`
		} `json:"rp"`
		User struct {
			ID string `json:"id"`
		} `json:"user"`
		UserVerification string `json:"userVerification"`
		Selection        struct {
			ResidentKey      string `json:"residentKey"`
			UserVerification string `json:"userVerification"`
		} `json:"authenticatorSelection"`
		Exclude []struct {
			ID string `json:"id"`
		} `json:"excludeCredentials"`
	} `json:"publicKey"`
}

// Read returns what a page is asked.
func (a *Authenticator) Read(options json.RawMessage) Asked {
	var o Asked
	require.NoError(a.T, json.Unmarshal(options, &o))
	return o
}

// Create answers a registration.
func (a *Authenticator) Create(options json.RawMessage) []byte {
	o := a.Read(options)
	var err error
	a.Handle, err = base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID)
	require.NoError(a.T, err)
	auth := a.data(a.Flags | attested)
	auth = append(auth, make([]byte, 16)...) // AAGUID
	auth = binary.BigEndian.AppendUint16(auth, uint16(len(a.ID)))
	auth = append(append(auth, a.ID...), a.cose()...)
	attestation := object(word("fmt"), word("none"), word("attStmt"), object(), word("authData"), octets(auth))
	return a.answer(map[string]any{
		"clientDataJSON":    base64.RawURLEncoding.EncodeToString(a.client("webauthn.create", o.PublicKey.Challenge)),
		"attestationObject": base64.RawURLEncoding.EncodeToString(attestation),
	})
}

// Get answers a login.
func (a *Authenticator) Get(options json.RawMessage) []byte {
	return a.sign(a.Read(options).PublicKey.Challenge)
}

// Over signs 32 bytes.
func (a *Authenticator) Over(challenge [32]byte) []byte {
	return a.sign(base64.RawURLEncoding.EncodeToString(challenge[:]))
}

func (a *Authenticator) sign(challenge string) []byte {
	client := a.client("webauthn.get", challenge)
	auth, hash := a.data(a.Flags), sha256.Sum256(client)
	signed := append(append([]byte{}, auth...), hash[:]...)
	var signature []byte
	var err error
	if _, ok := a.Key.(ed25519.PrivateKey); ok {
		signature, err = a.Key.Sign(rand.Reader, signed, crypto.Hash(0))
	} else {
		digest := sha256.Sum256(signed)
		signature, err = a.Key.Sign(rand.Reader, digest[:], crypto.SHA256)
	}
	require.NoError(a.T, err)
	return a.answer(map[string]any{
		"clientDataJSON": base64.RawURLEncoding.EncodeToString(client), "authenticatorData": base64.RawURLEncoding.EncodeToString(auth),
		"signature": base64.RawURLEncoding.EncodeToString(signature), "userHandle": base64.RawURLEncoding.EncodeToString(a.Handle),
	})
}

func (a *Authenticator) answer(response map[string]any) []byte {
	id := base64.RawURLEncoding.EncodeToString(a.ID)
	text, err := json.Marshal(map[string]any{
		"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
	require.NoError(a.T, err)
	return text
}

// Assertion signs the punch with a hash, as it stands in an envelope.
func (a *Authenticator) Assertion(hash string) *timecard.Assertion {
	var answer struct {
		ID       string
		Response struct{ ClientDataJSON, AuthenticatorData, Signature string }
	}
	require.NoError(a.T, json.Unmarshal(a.sign(hash), &answer))
	r := answer.Response
	return &timecard.Assertion{Credential: answer.ID, AuthData: r.AuthenticatorData, ClientData: r.ClientDataJSON, Signature: r.Signature}
}
