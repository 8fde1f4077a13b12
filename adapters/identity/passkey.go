package identity

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// relyingParty is this ledger as browsers and authenticators know it.
type relyingParty struct{ *webauthn.WebAuthn }

const (
	challengeBytes = 32
	mostPasskeys   = 20 // of one principal
)

// newRelyingParty is for pages at some origins. The host of the first is the id that passkeys are made for, for ever.
func newRelyingParty(name string, origins []string) (*relyingParty, error) {
	u, err := url.Parse(origins[0])
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("identity: %q is no origin such as https://time.example.com", origins[0])
	}
	resident := true
	w, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: name, RPOrigins: origins,
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &resident, ResidentKey: protocol.ResidentKeyRequirementRequired,
			UserVerification: protocol.VerificationRequired,
		},
		// Password managers add results of extensions that nobody asked for. None of them is looked at.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("identity: set passkeys up: %w", err)
	}
	return &relyingParty{w}, nil
}

func (s *Service) relyingParty() (*relyingParty, error) {
	if s.passkeys == nil {
		return nil, domain.NewError(domain.Conflict, "no_origin")
	}
	return s.passkeys, nil
}

func passkeyRefused() error { return domain.NewError(domain.Forbidden, "passkey_refused") }

func passkeyKey(id []byte) string { return "passkey:" + base64.RawURLEncoding.EncodeToString(id) }

// account is a principal as the library sees one.
type account struct {
	handle      []byte
	login, name string
	credentials []webauthn.Credential
}

func (a account) WebAuthnID() []byte                         { return a.handle }
func (a account) WebAuthnName() string                       { return a.login }
func (a account) WebAuthnDisplayName() string                { return a.name }
func (a account) WebAuthnCredentials() []webauthn.Credential { return a.credentials }

// handle is what authenticators keep for a principal: it says nothing to who finds it.
func (s *Service) handle(principal string) []byte { return s.mac("user handle", principal) }

// registered returns a stored passkey as the library sees it.
func registered(k access.PasskeyKey) webauthn.Credential {
	return webauthn.Credential{
		ID: k.CredentialID, PublicKey: k.PublicKey,
		Flags:         webauthn.CredentialFlags{UserPresent: true, UserVerified: true, BackupEligible: k.BackupEligible, BackupState: k.BackedUp},
		Authenticator: webauthn.Authenticator{AAGUID: k.AAGUID, SignCount: k.SignCount},
	}
}

// Ceremony is the first half of one: Options go to the browser's credential API as they are, ID comes back with its answer.
type Ceremony struct {
	ID      Secret
	Options json.RawMessage
}

// registration is what the first half of one leaves.
type registration struct {
	principal string
	session   webauthn.SessionData
}

// BeginPasskey offers who is logged in to register a passkey. It must be discoverable and verify its user.
func (s *Service) BeginPasskey(ctx context.Context, who Identified) (Ceremony, error) {
	rp, err := s.relyingParty()
	if err == nil {
		err = s.mayAdd(ctx, who)
	}
	if err != nil {
		return Ceremony{}, err
	}
	mine, err := listed[access.Credential](ctx, s, access.CredentialEntry, who.Principal)
	if err != nil {
		return Ceremony{}, err
	}
	var exclude []protocol.CredentialDescriptor
	for _, k := range mine {
		if k.value.Passkey != nil {
			exclude = append(exclude, protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: k.value.Passkey.CredentialID})
		}
	}
	if len(exclude) >= mostPasskeys {
		return Ceremony{}, domain.NewError(domain.Conflict, "too_many_passkeys", "most", fmt.Sprint(mostPasskeys))
	}
	challenge, err := s.bytes(challengeBytes)
	if err != nil {
		return Ceremony{}, err
	}
	user := account{handle: s.handle(who.Principal), login: who.Principal, name: who.Person.Name}
	if user.name == "" {
		user.name = who.Principal
	}
	creation, session, err := rp.BeginRegistration(user,
		webauthn.WithExclusions(exclude), webauthn.WithCredentialParameters(webauthn.CredentialParametersRecommendedL3()),
		func(o *protocol.PublicKeyCredentialCreationOptions) error {
			o.Challenge = challenge
			return nil
		})
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin to register a passkey: %w", err)
	}
	return s.ceremony(registering, registration{who.Principal, *session}, creation)
}

func (s *Service) ceremony(kind ceremonyKind, data, options any) (Ceremony, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return Ceremony{}, err
	}
	id, err := s.begin(kind, data)
	return Ceremony{id, text}, err
}

// FinishPasskey registers the passkey that the browser has made, under a label such as "my phone".
func (s *Service) FinishPasskey(ctx context.Context, who Identified, ceremony, label string, answer []byte) (Added, error) {
	rp, err := s.relyingParty()
	if err == nil {
		err = s.mayAdd(ctx, who)
	}
	if err != nil {
		return Added{}, err
	}
	r, err := resume[registration](s, registering, ceremony)
	if err == nil && r.principal != who.Principal {
		err = domain.NewError(domain.Conflict, "ceremony_gone")
	}
	if err != nil {
		return Added{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Added{}, passkeyRefused()
	}
	user := account{handle: s.handle(who.Principal), login: who.Principal}
	made, err := rp.CreateCredential(user, r.session, parsed)
	if err != nil || !consistent(made.PublicKey) {
		return Added{}, passkeyRefused()
	}
	return s.add(ctx, who, passkeyKey(made.ID), access.Credential{Kind: access.Passkey, Label: label, Passkey: &access.PasskeyKey{
		CredentialID: made.ID, UserHandle: user.handle, PublicKey: made.PublicKey, AAGUID: made.Authenticator.AAGUID,
		SignCount: made.Authenticator.SignCount, BackupEligible: made.Flags.BackupEligible, BackedUp: made.Flags.BackupState,
	}})
}

// consistent reports whether a key is of the kind that its algorithm is for. The library does not compare them, and would take the
// one for registering and the other for verifying.
func consistent(public []byte) bool {
	key, err := webauthncose.ParsePublicKey(public)
	if err != nil {
		return false
	}
	switch k := key.(type) {
	case webauthncose.EC2PublicKeyData:
		return k.Algorithm == int64(webauthncose.AlgES256) && k.Curve == int64(webauthncose.P256)
	case webauthncose.OKPPublicKeyData:
		return k.Algorithm == int64(webauthncose.AlgEdDSA) && k.Curve == int64(webauthncose.Ed25519)
	case webauthncose.RSAPublicKeyData:
		return k.Algorithm == int64(webauthncose.AlgRS256) && len(k.Modulus) >= rsaBytes
	}
	return false
}

const rsaBytes = 2048 / 8

// BeginPasskeyLogin offers anybody to log in with a passkey; which one it is, and whose, the browser says.
func (s *Service) BeginPasskeyLogin() (Ceremony, error) {
	rp, err := s.relyingParty()
	if err != nil {
		return Ceremony{}, err
	}
	challenge, err := s.bytes(challengeBytes)
	if err != nil {
		return Ceremony{}, err
	}
	assertion, session, err := rp.BeginDiscoverableLogin(
		webauthn.WithChallenge(challenge), webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin to log in with a passkey: %w", err)
	}
	return s.ceremony(passkeyLogin, *session, assertion)
}

// LoginPasskey logs in with what the browser's passkey has signed.
func (s *Service) LoginPasskey(ctx context.Context, from From, ceremony string, answer []byte) (Opened, error) {
	rp, err := s.relyingParty()
	if err != nil {
		return Opened{}, err
	}
	session, err := resume[webauthn.SessionData](s, passkeyLogin, ceremony)
	if err != nil {
		return Opened{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil || len(parsed.Response.UserHandle) == 0 {
		return Opened{}, passkeyRefused()
	}
	c, ok, err := s.usable(ctx, passkeyKey(parsed.RawID))
	if err != nil {
		return Opened{}, err
	}
	if !ok || c.value.Passkey == nil || !bytes.Equal(c.value.Passkey.UserHandle, parsed.Response.UserHandle) {
		return Opened{}, passkeyRefused()
	}
	session.UserID = c.value.Passkey.UserHandle
	proven, err := s.verify(ctx, rp, c, session, parsed)
	if err != nil {
		return Opened{}, err
	}
	opened, err := s.open(ctx, from, proof{
		principal: c.value.Principal, used: []kept[access.Credential]{c}, strong: true, deviceBound: proven.DeviceBound,
	})
	if err != nil {
		return Opened{}, err
	}
	return *opened, nil
}

// Proven is what a signature of a passkey proves: that somebody unlocked the device that holds it, while it signed this challenge.
// Which device that was it proves only where DeviceBound.
type Proven struct {
	Credential   string // public id
	DeviceBound  bool   // BE is 0: the key cannot leave its device
	BackedUp     bool   // BS: the key is copied
	SignCount    uint32
	CloneWarning bool // a counter went back: the key may have been copied in another way
	Confirmed    bool // somebody has vouched for the passkey
}

// VerifyAssertion checks that a passkey of a principal has signed a challenge, with user verification, on a page of this ledger.
// The challenge is what the caller expects, such as the hash of a punch; it is not bound to a ceremony, so the caller must see
// to it that the same signature counts once. Credential is the id in the assertion, or empty for any of the principal's.
func (s *Service) VerifyAssertion(ctx context.Context, principal, credential string, challenge [sha256Bytes]byte, answer []byte) (Proven, error) {
	rp, err := s.relyingParty()
	if err != nil {
		return Proven{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Proven{}, passkeyRefused()
	}
	c, ok, err := s.usable(ctx, passkeyKey(parsed.RawID))
	if err != nil {
		return Proven{}, err
	}
	if !ok || c.value.Passkey == nil || c.value.Principal != principal || credential != "" && credential != c.value.ID {
		return Proven{}, passkeyRefused()
	}
	return s.verify(ctx, rp, c, webauthn.SessionData{
		Challenge: base64.RawURLEncoding.EncodeToString(challenge[:]), RelyingPartyID: rp.Config.RPID, UserID: c.value.Passkey.UserHandle,
		AllowedCredentialIDs: [][]byte{c.value.Passkey.CredentialID}, UserVerification: protocol.VerificationRequired,
	}, parsed)
}

const sha256Bytes = 32

// verify checks a signature and keeps what it says of the passkey.
func (s *Service) verify(
	ctx context.Context, rp *relyingParty, c kept[access.Credential], session webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData,
) (Proven, error) {
	stored := c.value.Passkey
	user := account{handle: stored.UserHandle, credentials: []webauthn.Credential{registered(*stored)}}
	signed, err := rp.ValidateLogin(user, session, parsed)
	if err != nil {
		return Proven{}, passkeyRefused()
	}
	now := s.instant()
	warning := signed.Authenticator.CloneWarning
	if signed.Authenticator.SignCount != stored.SignCount || signed.Flags.BackupState != stored.BackedUp || warning && !stored.CloneWarning ||
		now >= after(c.value.LastUsedAt, usedEvery) {
		_, _, err = alter(ctx, s, access.CredentialEntry, c.entry.Key, func(k *access.Credential) bool {
			if k.ID != c.value.ID || !k.Usable() {
				return false
			}
			k.LastUsedAt = max(k.LastUsedAt, now)
			k.Passkey.SignCount = max(k.Passkey.SignCount, signed.Authenticator.SignCount)
			k.Passkey.BackedUp = signed.Flags.BackupState
			k.Passkey.CloneWarning = k.Passkey.CloneWarning || warning
			return true
		})
	}
	return Proven{
		Credential: c.value.ID, DeviceBound: stored.DeviceBound(), BackedUp: signed.Flags.BackupState,
		SignCount: parsed.Response.AuthenticatorData.Counter, CloneWarning: warning, Confirmed: c.value.ConfirmedAt != 0,
	}, err
}
