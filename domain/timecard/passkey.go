package timecard

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
)

// PasskeyState says what a passkey's word over a punch is worth.
type PasskeyState string

// The states. What is unverified may be verified later; what is wrong proves nothing, ever.
const (
	PasskeyVerified   PasskeyState = "verified"
	PasskeyWrong      PasskeyState = "wrong"
	PasskeyUnverified PasskeyState = "unverified"
)

// Why an assertion is not verified. The last three may change.
const (
	PasskeyMalformed    = "malformed"
	PasskeyOtherPunch   = "other_punch"   // the challenge is not the hash of this punch
	PasskeyOtherOrigin  = "other_origin"  // made on a page of somebody else
	PasskeyOtherRPID    = "other_rp_id"   // made for another site
	PasskeyNoUser       = "user_unseen"   // the authenticator did not verify its user
	PasskeyOtherPerson  = "other_person"  // the passkey is somebody else's
	PasskeyBadSignature = "bad_signature" // or flags that cannot be
	PasskeyUnknown      = "unknown"       // no such passkey is registered, or it was removed
	PasskeyNoOrigin     = "no_origin"     // the ledger was not told where its pages are
	PasskeyUnavailable  = "unavailable"   // what is registered could not be read
)

var (
	passkeyStates   = []string{string(PasskeyVerified), string(PasskeyWrong), string(PasskeyUnverified)}
	passkeyProblems = []string{
		PasskeyMalformed, PasskeyOtherPunch, PasskeyOtherOrigin, PasskeyOtherRPID, PasskeyNoUser, PasskeyOtherPerson, PasskeyBadSignature,
		PasskeyUnknown, PasskeyNoOrigin, PasskeyUnavailable,
	}
)

// PasskeyCheck is what the verification of an assertion showed. With the public key and the assertion anybody can repeat it, also when
// the passkey was removed long ago.
type PasskeyCheck struct {
	State        PasskeyState `json:"state"`
	Problem      string       `json:"problem,omitempty"`       // why it is not verified
	Credential   string       `json:"credential,omitempty"`    // the employee's, as CredentialAdded names it
	PublicKey    string       `json:"public_key,omitempty"`    // of it: SubjectPublicKeyInfo as DER in base64
	RPID         string       `json:"rp_id,omitempty"`         // the host that it is for
	UserVerified bool         `json:"user_verified,omitempty"` // flag UV
	DeviceBound  bool         `json:"device_bound,omitempty"`  // flag BE is 0: it cannot leave its device
	BackedUp     bool         `json:"backed_up,omitempty"`     // flag BS: it has copies
	SignCount    int64        `json:"sign_count,omitempty"`
	CloneWarning bool         `json:"clone_warning,omitempty"` // its counter went back: there may be a copy
	Confirmed    bool         `json:"confirmed,omitempty"`     // somebody had vouched for it
}

// Unproven returns a check that may be made again later.
func Unproven(problem string) PasskeyCheck {
	return PasskeyCheck{State: PasskeyUnverified, Problem: problem}
}

// Reason is the one that the check gives a punch, or nothing. Intake policies know it as a signal of the device.
func (c *PasskeyCheck) Reason() string {
	switch {
	case c.State == PasskeyWrong:
		return ReasonPasskeyWrong
	case c.State == PasskeyUnverified:
		return ReasonPasskeyUnverified
	case c.CloneWarning:
		return ReasonPasskeyClone
	}
	return ""
}

// assurance says how well the person is proven, beside the key of the device. A broken chain, or a passkey that may have been copied,
// does not prove which device it was.
func (c *PasskeyCheck) assurance(reasons []string) string {
	switch {
	case c.State != PasskeyVerified:
		return L1
	case !c.DeviceBound, c.CloneWarning, slices.Contains(reasons, ReasonChainBroken):
		return L2
	}
	return L3
}

// AuthData is what an authenticator says beside its signature (WebAuthn Level 3, 6.1).
type AuthData struct {
	UserVerified, BackupEligible, BackedUp bool
	SignCount                              int64
}

// Flags of authenticator data, and its length without what may follow.
const (
	flagPresent  = 0x01
	flagVerified = 0x04
	flagEligible = 0x08
	flagBackedUp = 0x10
	authDataLen  = 37
)

// Verify repeats the verification of an assertion over the punch with a hash (WebAuthn Level 3, 7.2), with nothing but a public key and
// the host that it is for. The problem is empty where the assertion holds.
func (a *Assertion) Verify(hash, publicKey, rpID string) (d AuthData, problem string) {
	client, err1 := base64.RawURLEncoding.DecodeString(a.ClientData)
	auth, err2 := base64.RawURLEncoding.DecodeString(a.AuthData)
	signature, err3 := base64.RawURLEncoding.DecodeString(a.Signature)
	if err1 != nil || err2 != nil || err3 != nil || len(auth) < authDataLen {
		return d, PasskeyMalformed
	}
	flags := auth[32]
	d = AuthData{
		UserVerified: flags&flagVerified != 0, BackupEligible: flags&flagEligible != 0, BackedUp: flags&flagBackedUp != 0,
		SignCount: int64(binary.BigEndian.Uint32(auth[33:])),
	}
	if problem := clientProblem(client, hash, rpID); problem != "" {
		return d, problem
	}
	site, said := sha256.Sum256([]byte(rpID)), sha256.Sum256(client)
	switch {
	case subtle.ConstantTimeCompare(auth[:32], site[:]) != 1:
		return d, PasskeyOtherRPID
	case flags&flagPresent == 0 || !d.UserVerified:
		return d, PasskeyNoUser
	case d.BackedUp && !d.BackupEligible, !signedBy(publicKey, slices.Concat(auth, said[:]), signature):
		return d, PasskeyBadSignature
	}
	return d, ""
}

// clientProblem looks at what the browser said. Names are compared exactly, as nobody else reads them.
func clientProblem(client []byte, hash, rpID string) string {
	var members map[string]json.RawMessage
	if json.Unmarshal(client, &members) != nil {
		return PasskeyMalformed
	}
	text := func(name string) (s string) {
		if json.Unmarshal(members[name], &s) != nil {
			return ""
		}
		return s
	}
	host := hostOf(text("origin"))
	switch {
	case text("type") != "webauthn.get":
		return PasskeyMalformed
	case text("challenge") != hash:
		return PasskeyOtherPunch
	case host != rpID && !strings.HasSuffix(host, "."+rpID) || bytes.Equal(members["crossOrigin"], []byte("true")):
		return PasskeyOtherOrigin
	}
	return ""
}

// hostOf returns the host of an origin such as https://time.example.com:8443.
func hostOf(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	host, _, _ = strings.Cut(host, ":")
	return host
}

// signedBy verifies a signature of one of the kinds that passkeys may have: ES256, EdDSA or RS256.
func signedBy(publicKey string, message, signature []byte) bool {
	der, err := base64.StdEncoding.DecodeString(publicKey)
	if err != nil {
		return false
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return false
	}
	digest := sha256.Sum256(message)
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		return key.Curve == elliptic.P256() && ecdsa.VerifyASN1(key, digest[:], signature)
	case ed25519.PublicKey:
		return ed25519.Verify(key, message, signature)
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
	}
	return false
}

// Proven repeats the verification of a check that an event holds, and returns what is wrong with it. Only a verified one says anything
// that could be wrong.
func (c *PasskeyCheck) Proven(a *Assertion, hash string) (problem string) {
	if c.State != PasskeyVerified {
		return ""
	}
	if a == nil {
		return PasskeyMalformed
	}
	d, problem := a.Verify(hash, c.PublicKey, c.RPID)
	if problem == "" && (d.UserVerified != c.UserVerified || d.BackupEligible == c.DeviceBound || d.SignCount != c.SignCount) {
		problem = PasskeyMalformed
	}
	return problem
}

// identify records what a later verification of a punch's assertion showed; nothing where it says nothing new.
func identify(s State, c IdentifyPunch) ([]Event, error) {
	var v fields
	v.card(c.Card)
	v.check("check", &c.Check)
	if v.First != nil {
		return nil, v.First
	}
	p := s.Punch(c.Punch)
	switch {
	case p == nil:
		return nil, unknownPunch(c.Punch)
	case p.Passkey == nil || p.Passkey.State != PasskeyUnverified || c.Check.State == PasskeyUnverified:
		return nil, nil
	}
	return []Event{PunchIdentified{Emp: c.Emp, Punch: c.Punch, Assurance: c.Check.assurance(p.Reasons), Check: c.Check}}, nil
}

// check asks that a check names what it says.
func (f *fields) check(field string, c *PasskeyCheck) {
	f.OneOf(field+"/state", string(c.State), passkeyStates...)
	if c.State == PasskeyVerified {
		f.That(c.Problem == "" && c.Credential != "" && c.PublicKey != "" && c.RPID != "" && c.UserVerified, field+"/state", "missing")
	} else {
		f.OneOf(field+"/problem", c.Problem, passkeyProblems...)
	}
	f.OptionalText(field+"/credential", c.Credential, 64)
	f.OptionalText(field+"/public_key", c.PublicKey, 1024)
	f.OptionalText(field+"/rp_id", c.RPID, 255)
}
