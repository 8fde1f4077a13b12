package identity_test

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
)

// authenticator is a virtual one, with a page around it. Its fields say what it does wrong.
type authenticator struct {
	t      testing.TB
	key    crypto.Signer
	alg    int64 // of COSE: -7 is ES256, -8 is EdDSA
	id     []byte
	handle []byte
	origin string
	rpID   string
	flags  byte
	count  uint32
}

// Flags of authenticator data.
const (
	present  = 0x01
	verified = 0x04
	eligible = 0x08 // BE
	backedUp = 0x10 // BS
	attested = 0x40
)

func newAuthenticator(t testing.TB, alg int64) *authenticator {
	t.Helper()
	a := &authenticator{t: t, alg: alg, origin: origin, rpID: "time.example.com", flags: present | verified, id: make([]byte, 32)}
	_, err := rand.Read(a.id)
	require.NoError(t, err)
	if alg == -8 {
		_, a.key, err = ed25519.GenerateKey(rand.Reader)
	} else {
		a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
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
func (a *authenticator) cose() []byte {
	switch k := a.key.Public().(type) {
	case ed25519.PublicKey:
		return object(integer(1), integer(1), integer(3), integer(a.alg), integer(-1), integer(6), integer(-2), octets(k))
	case *ecdsa.PublicKey:
		point, err := k.Bytes()
		require.NoError(a.t, err)
		return object(integer(1), integer(2), integer(3), integer(a.alg), integer(-1), integer(1), integer(-2), octets(point[1:33]), integer(-3), octets(point[33:]))
	}
	a.t.Fatal("no such key")
	return nil
}

func (a *authenticator) data(flags byte) []byte {
	rp := sha256.Sum256([]byte(a.rpID))
	out := append(rp[:], flags)
	return binary.BigEndian.AppendUint32(out, a.count)
}

var b64 = base64.RawURLEncoding

func (a *authenticator) client(kind, challenge string) []byte {
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	require.NoError(a.t, err)
	return text
}

// asked is what is read of the options.
type asked struct {
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

func (a *authenticator) read(options json.RawMessage) asked {
	var o asked
	require.NoError(a.t, json.Unmarshal(options, &o))
	return o
}

// create answers a registration.
func (a *authenticator) create(options json.RawMessage) []byte {
	o := a.read(options)
	var err error
	a.handle, err = b64.DecodeString(o.PublicKey.User.ID)
	require.NoError(a.t, err)
	auth := a.data(a.flags | attested)
	auth = append(auth, make([]byte, 16)...) // AAGUID
	auth = binary.BigEndian.AppendUint16(auth, uint16(len(a.id)))
	auth = append(append(auth, a.id...), a.cose()...)
	attestation := object(word("fmt"), word("none"), word("attStmt"), object(), word("authData"), octets(auth))
	return a.answer(map[string]any{
		"clientDataJSON":    b64.EncodeToString(a.client("webauthn.create", o.PublicKey.Challenge)),
		"attestationObject": b64.EncodeToString(attestation),
	})
}

// get answers a login.
func (a *authenticator) get(options json.RawMessage) []byte {
	return a.sign(a.read(options).PublicKey.Challenge)
}

// over signs 32 bytes.
func (a *authenticator) over(challenge [32]byte) []byte {
	return a.sign(b64.EncodeToString(challenge[:]))
}

func (a *authenticator) sign(challenge string) []byte {
	client := a.client("webauthn.get", challenge)
	auth, hash := a.data(a.flags), sha256.Sum256(client)
	signed := append(append([]byte{}, auth...), hash[:]...)
	var signature []byte
	var err error
	if _, ok := a.key.(ed25519.PrivateKey); ok {
		signature, err = a.key.Sign(rand.Reader, signed, crypto.Hash(0))
	} else {
		digest := sha256.Sum256(signed)
		signature, err = a.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	}
	require.NoError(a.t, err)
	return a.answer(map[string]any{
		"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(auth),
		"signature": b64.EncodeToString(signature), "userHandle": b64.EncodeToString(a.handle),
	})
}

func (a *authenticator) answer(response map[string]any) []byte {
	id := b64.EncodeToString(a.id)
	text, err := json.Marshal(map[string]any{
		"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
	require.NoError(a.t, err)
	return text
}
