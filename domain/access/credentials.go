package access

import (
	"slices"
	"time"

	"github.com/punchledger/punchledger/domain"
)

// What proves who somebody is lives beside the log and never in it. These are its plain types. Nothing here holds a secret in clear:
// what somebody presents is kept as a hash, and what must be computed with (TOTP) is sealed.

// EntryKind says what an entry of the state is.
type EntryKind string

// The kinds of entries.
const (
	SessionEntry    EntryKind = "session"
	CredentialEntry EntryKind = "credential"
	TokenEntry      EntryKind = "token"
	InvitationEntry EntryKind = "invitation"
	ExternalEntry   EntryKind = "external"
	KioskEntry      EntryKind = "kiosk"
)

// Ephemeral are the kinds that a restored backup must not bring back: what was ended, used or revoked after the backup would be
// valid again.
func Ephemeral() []EntryKind {
	return []EntryKind{SessionEntry, TokenEntry, InvitationEntry, KioskEntry}
}

// Entry is one row of the state: a document with what is needed to find it. Key is unique in its kind; where knowing something is
// what lets somebody act, Key is the hash of that.
type Entry struct {
	Kind      EntryKind
	Key       string
	Principal string
	ExpiresAt domain.Instant // 0 is never
	Version   int64          // of the row that was read; 0 is a new one
	Body      []byte
}

// CredentialKind is how a credential proves who somebody is.
type CredentialKind string

// The kinds of credentials.
const (
	Passkey  CredentialKind = "passkey"
	Password CredentialKind = "password"
	TOTP     CredentialKind = "totp"
	Recovery CredentialKind = "recovery"
	OIDC     CredentialKind = "oidc"
	APIToken CredentialKind = "token"

	PIN   CredentialKind = "pin"   // at kiosks only
	Badge CredentialKind = "badge" // at kiosks only: a printed code
)

// LogsIn reports whether the kind has a part in logging in. A PIN and a badge count at kiosks only.
func (k CredentialKind) LogsIn() bool { return k != PIN && k != Badge }

// Credential is one way in which a principal proves who they are. Of the last five fields, the one of its kind is set.
type Credential struct {
	ID          string         `json:"id"` // public
	Kind        CredentialKind `json:"kind"`
	Principal   string         `json:"principal"`
	Label       string         `json:"label,omitempty"` // by the person, such as "my phone"
	CreatedAt   domain.Instant `json:"created_at"`
	CreatedBy   string         `json:"created_by"`
	LastUsedAt  domain.Instant `json:"last_used_at,omitzero"`
	ConfirmedAt domain.Instant `json:"confirmed_at,omitzero"`
	ConfirmedBy string         `json:"confirmed_by,omitempty"`
	RemovedAt   domain.Instant `json:"removed_at,omitzero"` // from then on it proves nothing
	RemovedBy   string         `json:"removed_by,omitempty"`

	Passkey  *PasskeyKey     `json:"passkey,omitempty"`
	Password string          `json:"password,omitempty"` // argon2id in PHC form; of a PIN, over its MAC
	Wrong    int             `json:"wrong,omitempty"`    // PIN: attempts since it was last right
	TOTP     *TOTPKey        `json:"totp,omitempty"`
	Recovery []string        `json:"recovery,omitempty"` // MACs of the codes that are left
	Subject  *ExternalPerson `json:"subject,omitempty"`
}

// Usable reports whether the credential proves anything.
func (c Credential) Usable() bool { return c.RemovedAt == 0 }

// String shows nothing that could be used to log in.
func (c Credential) String() string { return string(c.Kind) + " " + c.ID + " of " + c.Principal }

// GoString hides hashes from %#v.
func (c Credential) GoString() string { return c.String() }

// PasskeyKey is the public half of a passkey.
type PasskeyKey struct {
	CredentialID   []byte `json:"credential_id"`
	UserHandle     []byte `json:"user_handle"`
	PublicKey      []byte `json:"public_key"` // COSE
	AAGUID         []byte `json:"aaguid,omitempty"`
	SignCount      uint32 `json:"sign_count"`
	BackupEligible bool   `json:"be"` // BE: it may be copied to other devices
	BackedUp       bool   `json:"bs"` // BS: it is copied
	CloneWarning   bool   `json:"clone_warning,omitempty"`
}

// DeviceBound reports whether the passkey cannot leave its device. Only then does using it prove which device was used.
func (p PasskeyKey) DeviceBound() bool { return !p.BackupEligible }

// TOTPKey is the shared key of one-time codes, sealed under a key that is kept elsewhere.
type TOTPKey struct {
	Sealed   []byte `json:"sealed"`
	LastStep int64  `json:"last_step"` // of the last code that was taken; no code counts twice
}

// ExternalPerson is somebody as an identity provider names them. Only issuer and subject together are an identity.
type ExternalPerson struct {
	Issuer  string `json:"issuer"`
	Subject string `json:"subject"`
}

// Session is a login that is still good. Its key in the state is the hash of the token that the browser holds.
type Session struct {
	ID              string           `json:"id"` // public, to list and end it
	Principal       string           `json:"principal"`
	Methods         []CredentialKind `json:"methods"`
	Credentials     []string         `json:"credentials"` // ids of what was used
	CreatedAt       domain.Instant   `json:"created_at"`  // of the login; rotation keeps it
	AuthenticatedAt domain.Instant   `json:"authenticated_at"`
	SeenAt          domain.Instant   `json:"seen_at"`
	Client          string           `json:"client,omitempty"` // browser and system, for the person's own list
	Strong          bool             `json:"strong"`           // two factors, or a passkey with user verification
	DeviceBound     bool             `json:"device_bound"`     // the passkey used cannot leave its device
	Confirmed       bool             `json:"confirmed"`        // somebody has vouched for the first device
	Enrolling       bool             `json:"enrolling,omitempty"`
}

// KioskSession lets a kiosk speak for itself. Its key in the state is the hash of the token that the kiosk holds.
type KioskSession struct {
	ID        string         `json:"id"` // public
	Device    string         `json:"device"`
	KeyID     string         `json:"key_id"` // of the device when it began; another key ends it
	CreatedAt domain.Instant `json:"created_at"`
	ExpiresAt domain.Instant `json:"expires_at"`
	PairedBy  string         `json:"paired_by,omitempty"` // who let a browser stand for the kiosk; else the kiosk's key did
}

// Token is what a program shows instead of a login. Its key in the state is the hash of what the program holds.
type Token struct {
	ID         string         `json:"id"` // public
	Principal  string         `json:"principal"`
	Name       string         `json:"name"`
	Actions    []Action       `json:"actions"`
	CreatedAt  domain.Instant `json:"created_at"`
	CreatedBy  string         `json:"created_by"`
	ExpiresAt  domain.Instant `json:"expires_at"`
	LastUsedAt domain.Instant `json:"last_used_at,omitzero"`
}

// Permits reports whether the token may be used for an action, which its principal must be allowed besides.
func (t Token) Permits(a Action) bool { return slices.Contains(t.Actions, a) }

// Invitation lets one person set their first credential, once. Its key in the state is the hash of the code.
type Invitation struct {
	ID         string         `json:"id"` // public
	Principal  string         `json:"principal"`
	CreatedAt  domain.Instant `json:"created_at"`
	CreatedBy  string         `json:"created_by"`
	ExpiresAt  domain.Instant `json:"expires_at"`
	RedeemedAt domain.Instant `json:"redeemed_at,omitzero"`
	Confirm    bool           `json:"confirm"` // somebody must vouch for what is set with it
}

// Limits of sessions, tokens and invitations.
const (
	EmployeeIdle       = 8 * time.Hour
	EmployeeAbsolute   = 7 * 24 * time.Hour
	PrivilegedIdle     = 30 * time.Minute
	PrivilegedAbsolute = 12 * time.Hour
	EnrolmentAbsolute  = 30 * time.Minute
	FreshFor           = 10 * time.Minute // how long after proving who they are somebody may do what is sensitive
	LongestToken       = 90 * 24 * time.Hour
	InvitationFor      = 72 * time.Hour
	LongestInvitation  = 14 * 24 * time.Hour
	RecoveryCodes      = 10
	ShortestPIN        = 4
	LongestPIN         = 8
	MostWrongPINs      = 10        // until somebody issues another
	KioskFor           = time.Hour // then a kiosk signs again
	PairedKioskFor     = 30 * 24 * time.Hour
	IdentifiedFor      = 2 * time.Minute // from a PIN or badge at a kiosk to the punch
	ShortestPassword   = 8
	AdvisedPassword    = 15
	LongestPassword    = 128
)

// Privileged reports whether who acts in the role has the short sessions of those who can see or change much.
func (r Role) Privileged() bool { return r.Granted() }

// NotByToken are actions that no token may be made for: who has a token must not be able to make more of it.
func NotByToken() []Action {
	return []Action{IdentityUse, IdentityEdit, HolderEdit, GrantEdit, PolicyEdit}
}
