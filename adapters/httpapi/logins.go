package httpapi

import (
	"context"
	"encoding/json"
	"time"

	"github.com/punchledger/punchledger/domain/access"
)

// Logins prove who somebody is, and keep what they prove it with. What takes somebody who is signed in takes the credential of the
// request, and looks at it once more: it may have ended since the request began.
type Logins interface {
	Entrances
	CeremonyEntrances
	OwnPasswords
	OwnCeremonies
	HeldLogins
}

// HeldLogins keep what principals log in with.
type HeldLogins interface {
	HeldCredentials
	HeldSessions
	HeldTokens
	Invitations
}

// LoginFrom is where a login comes from. Replaces is the session that the client shows already; a login ends it.
type LoginFrom struct{ Network, Client, Replaces string }

// Opened is a session that has begun. Token is its secret, shown once.
type Opened struct {
	Token   string
	Session access.Session
}

// Ceremony is the first half of one: Options go to the browser as they are, ID comes back with its answer.
type Ceremony struct {
	ID      string          `json:"ceremony" doc:"Comes back with the answer; good for five minutes and one try."`
	Options json.RawMessage `json:"options" doc:"For navigator.credentials, as they are."`
}

// Redirect sends a browser to the identity provider. Ceremony goes into a cookie of its own.
type Redirect struct{ URL, Ceremony string }

// Returned is what a browser brings back from the identity provider.
type Returned struct{ Ceremony, State, Code, Issuer string }

// Entrances let in whoever proves who they are. An error says the same of somebody unknown as of a wrong proof, and takes as long.
type Entrances interface {
	Redeem(ctx context.Context, from LoginFrom, code string) (Opened, error)
	// Password opens a session, or returns the ceremony that SecondFactor goes on with.
	Password(ctx context.Context, from LoginFrom, login, password string) (opened Opened, ceremony string, err error)
	SecondFactor(ctx context.Context, from LoginFrom, ceremony, code string) (Opened, error)
	Logout(ctx context.Context, session string) error
}

// CeremonyEntrances let in with passkeys and through the identity provider.
type CeremonyEntrances interface {
	BeginPasskeyLogin(ctx context.Context) (Ceremony, error)
	Passkey(ctx context.Context, from LoginFrom, ceremony string, answer []byte) (Opened, error)
	BeginProvider(ctx context.Context) (Redirect, error)
	Provider(ctx context.Context, from LoginFrom, back Returned) (Opened, error)
}

// AddedCredential is a credential that was set. Opened, where its token is not empty, takes the place of the session, which has ended.
// Confirmation is what the person tells somebody who vouches for them.
type AddedCredential struct {
	Credential   access.Credential
	Opened       Opened
	Confirmation string
}

// OneTimeOffer is what an authenticator app needs.
type OneTimeOffer struct {
	Key      string `json:"key" doc:"Base32, to be typed."`
	URL      string `json:"url" doc:"To be shown as a picture."`
	Ceremony string `json:"ceremony"`
}

// OwnPasswords change what who shows a credential knows: password, one-time codes, recovery codes.
type OwnPasswords interface {
	SetPassword(ctx context.Context, c Credential, password string) (added AddedCredential, advised bool, err error)
	BeginOneTimeCodes(ctx context.Context, c Credential) (OneTimeOffer, error)
	AddOneTimeCodes(ctx context.Context, c Credential, ceremony, code string) (added AddedCredential, recovery []string, err error)
	NewRecoveryCodes(ctx context.Context, c Credential) ([]string, error)
}

// OwnCeremonies add passkeys and the identity provider to the login of who shows a credential.
type OwnCeremonies interface {
	BeginPasskey(ctx context.Context, c Credential) (Ceremony, error)
	AddPasskey(ctx context.Context, c Credential, ceremony, label string, answer []byte) (AddedCredential, error)
	BeginLink(ctx context.Context, c Credential) (Redirect, error)
	Link(ctx context.Context, c Credential, back Returned) (AddedCredential, error)
}

// TokenWish asks for an API token.
type TokenWish struct {
	Name     string
	Actions  []access.Action
	Lifetime time.Duration
}

// InvitationWish asks for an invitation.
type InvitationWish struct {
	Lifetime time.Duration
	Confirm  bool
}

// Invited is an invitation with its code, and with the address and pictures that lead there. URL is empty where the ledger does not
// know where its pages are; the pictures hold the code then.
type Invited struct {
	Invitation access.Invitation
	Code       string
	URL        string
	SVG, PNG   []byte
}

// ClearedLogin is what a reset has taken away.
type ClearedLogin struct {
	Credentials int `json:"credentials"`
	Sessions    int `json:"sessions"`
	Tokens      int `json:"tokens"`
	Invitations int `json:"invitations"`
}

// HeldCredentials are those of a principal, kept by the principal or by somebody else who may.
type HeldCredentials interface {
	Credentials(ctx context.Context, principal string) ([]access.Credential, error)
	RemoveCredential(ctx context.Context, principal, id, by string) error
	Confirm(ctx context.Context, principal, code, by string) error
	Reset(ctx context.Context, principal, by string) (ClearedLogin, error)
	Expect(ctx context.Context, principal, reference, by string) error
}

// HeldSessions are those of a principal.
type HeldSessions interface {
	Sessions(ctx context.Context, principal string) ([]access.Session, error)
	EndSession(ctx context.Context, principal, id string) error
	EndSessions(ctx context.Context, principal, except string) (int, error)
}

// HeldTokens are the API tokens of a principal.
type HeldTokens interface {
	Tokens(ctx context.Context, principal string) ([]access.Token, error)
	CreateToken(ctx context.Context, principal string, wish TokenWish, by string) (secret string, made access.Token, err error)
	RevokeToken(ctx context.Context, principal, id, by string) error
}

// Invitations are given to a principal.
type Invitations interface {
	Invitations(ctx context.Context, principal string) ([]access.Invitation, error)
	Invite(ctx context.Context, principal string, wish InvitationWish, by string) (Invited, error)
	WithdrawInvitation(ctx context.Context, principal string) error
}
