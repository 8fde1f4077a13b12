package identity

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"slices"

	"github.com/go-webauthn/webauthn/protocol/webauthncose"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
)

// CheckPunch says what a passkey's word over the punch with a hash is worth: it must be by a passkey of the principal, over this punch,
// with user verification, on a page of this ledger. An error says that it cannot be told now.
func (s *Service) CheckPunch(ctx context.Context, principal string, a timecard.Assertion, hash string) (timecard.PasskeyCheck, error) {
	if s.passkeys == nil {
		return timecard.Unproven(timecard.PasskeyNoOrigin), nil
	}
	check := timecard.PasskeyCheck{State: timecard.PasskeyWrong, RPID: s.passkeys.Config.RPID}
	wrong := func(problem string) (timecard.PasskeyCheck, error) {
		check.Problem = problem
		return check, nil
	}
	id, err1 := base64.RawURLEncoding.DecodeString(a.Credential)
	challenge, err2 := base64.RawURLEncoding.DecodeString(hash)
	if err1 != nil || err2 != nil || len(challenge) != sha256Bytes {
		return wrong(timecard.PasskeyMalformed)
	}
	c, ok, err := s.usable(ctx, passkeyKey(id))
	if err != nil {
		return timecard.PasskeyCheck{}, err
	}
	if !ok || c.value.Passkey == nil {
		return timecard.Unproven(timecard.PasskeyUnknown), nil
	}
	if c.value.Principal != principal {
		return wrong(timecard.PasskeyOtherPerson)
	}
	check.Credential, check.PublicKey = c.value.ID, publicKeyInfo(c.value.Passkey.PublicKey)
	said, problem := a.Verify(hash, check.PublicKey, check.RPID)
	check.UserVerified, check.BackedUp, check.SignCount = said.UserVerified, said.BackedUp, said.SignCount
	check.DeviceBound = !said.BackupEligible
	if problem != "" {
		return wrong(problem)
	}
	proven, err := s.VerifyAssertion(ctx, principal, check.Credential, [sha256Bytes]byte(challenge), answerOf(a))
	if errors.Is(err, &domain.Error{Code: "passkey_refused"}) {
		return wrong(timecard.PasskeyBadSignature)
	}
	if err != nil {
		return timecard.PasskeyCheck{}, err
	}
	check.State, check.DeviceBound, check.BackedUp = timecard.PasskeyVerified, proven.DeviceBound, proven.BackedUp
	check.CloneWarning, check.Confirmed = proven.CloneWarning, proven.Confirmed
	return check, nil
}

// answerOf is an assertion as browsers give it. A punch need not say whose it is: that is known.
func answerOf(a timecard.Assertion) []byte {
	text, err := json.Marshal(map[string]any{
		"id": a.Credential, "rawId": a.Credential, "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]string{"clientDataJSON": a.ClientData, "authenticatorData": a.AuthData, "signature": a.Signature},
	})
	if err != nil {
		panic(err) // of texts
	}
	return text
}

// publicKeyInfo writes the key of a passkey as everybody reads keys: SubjectPublicKeyInfo as DER in base64.
func publicKeyInfo(cose []byte) string {
	key, err := webauthncose.ParsePublicKey(cose)
	if err != nil {
		return ""
	}
	var public any
	switch k := key.(type) {
	case webauthncose.EC2PublicKeyData:
		public, err = ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, k.XCoord, k.YCoord))
	case webauthncose.OKPPublicKeyData:
		public = ed25519.PublicKey(k.XCoord)
	case webauthncose.RSAPublicKeyData:
		public = &rsa.PublicKey{N: new(big.Int).SetBytes(k.Modulus), E: int(new(big.Int).SetBytes(k.Exponent).Int64())}
	}
	if err != nil {
		return ""
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(der)
}
