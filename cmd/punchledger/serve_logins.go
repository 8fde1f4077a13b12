package main

import (
	"cmp"
	"context"
	"iter"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections/register"
)

// logins lets the HTTP API prove who people are. Pages is where they are, or empty.
type logins struct {
	s     *identity.Service
	pages string
	added func(ctx context.Context, principal string) // a passkey was
}

func fromOf(f httpapi.LoginFrom) identity.From {
	return identity.From{Network: f.Network, Client: f.Client, Replaces: f.Replaces}
}

func openedOf(o identity.Opened) httpapi.Opened {
	return httpapi.Opened{Token: o.Token.Reveal(), Session: o.Session}
}

// Redeem implements httpapi.Logins.
func (l logins) Redeem(ctx context.Context, from httpapi.LoginFrom, code string) (httpapi.Opened, error) {
	o, err := l.s.Redeem(ctx, fromOf(from), code)
	return openedOf(o), err
}

// Password implements httpapi.Logins.
func (l logins) Password(ctx context.Context, from httpapi.LoginFrom, login, password string) (httpapi.Opened, string, error) {
	r, err := l.s.LoginPassword(ctx, fromOf(from), login, password)
	if err != nil || r.Opened == nil {
		return httpapi.Opened{}, r.SecondFactor.Reveal(), err
	}
	return openedOf(*r.Opened), "", nil
}

// SecondFactor implements httpapi.Logins.
func (l logins) SecondFactor(ctx context.Context, from httpapi.LoginFrom, ceremony, code string) (httpapi.Opened, error) {
	o, err := l.s.SecondFactor(ctx, fromOf(from), ceremony, code)
	return openedOf(o), err
}

// BeginPasskeyLogin implements httpapi.Logins.
func (l logins) BeginPasskeyLogin(context.Context) (httpapi.Ceremony, error) {
	return ceremonyOf(l.s.BeginPasskeyLogin())
}

func ceremonyOf(c identity.Ceremony, err error) (httpapi.Ceremony, error) {
	return httpapi.Ceremony{ID: c.ID.Reveal(), Options: c.Options}, err
}

// Passkey implements httpapi.Logins.
func (l logins) Passkey(ctx context.Context, from httpapi.LoginFrom, ceremony string, answer []byte) (httpapi.Opened, error) {
	o, err := l.s.LoginPasskey(ctx, fromOf(from), ceremony, answer)
	return openedOf(o), err
}

// BeginProvider implements httpapi.Logins.
func (l logins) BeginProvider(ctx context.Context) (httpapi.Redirect, error) {
	r, err := l.s.BeginProvider(ctx, nil)
	return httpapi.Redirect{URL: r.URL, Ceremony: r.Ceremony.Reveal()}, err
}

// Provider implements httpapi.Logins.
func (l logins) Provider(ctx context.Context, from httpapi.LoginFrom, back httpapi.Returned) (httpapi.Opened, error) {
	o, err := l.s.LoginProvider(ctx, fromOf(from), identity.Returned(back))
	return openedOf(o), err
}

// Logout implements httpapi.Logins.
func (l logins) Logout(ctx context.Context, session string) error { return l.s.Logout(ctx, session) }

// who returns who shows a credential now. Tokens are nobody's way to change a login.
func (l logins) who(ctx context.Context, c httpapi.Credential) (identity.Identified, error) {
	return l.s.Authenticate(ctx, c.Session)
}

func addedOf(a identity.Added) httpapi.AddedCredential {
	out := httpapi.AddedCredential{Credential: a.Credential, Confirmation: a.Confirmation}
	if a.Opened != nil {
		out.Opened = openedOf(*a.Opened)
	}
	return out
}

// SetPassword implements httpapi.Logins.
func (l logins) SetPassword(ctx context.Context, c httpapi.Credential, password string) (httpapi.AddedCredential, bool, error) {
	who, err := l.who(ctx, c)
	if err != nil {
		return httpapi.AddedCredential{}, false, err
	}
	added, advised, err := l.s.SetPassword(ctx, who, password)
	return addedOf(added), advised, err
}

// BeginPasskey implements httpapi.Logins.
func (l logins) BeginPasskey(ctx context.Context, c httpapi.Credential) (httpapi.Ceremony, error) {
	who, err := l.who(ctx, c)
	if err != nil {
		return httpapi.Ceremony{}, err
	}
	return ceremonyOf(l.s.BeginPasskey(ctx, who))
}

// AddPasskey implements httpapi.Logins.
func (l logins) AddPasskey(ctx context.Context, c httpapi.Credential, ceremony, label string, answer []byte) (httpapi.AddedCredential, error) {
	who, err := l.who(ctx, c)
	if err != nil {
		return httpapi.AddedCredential{}, err
	}
	added, err := l.s.FinishPasskey(ctx, who, ceremony, label, answer)
	if err == nil {
		l.added(ctx, who.Principal)
	}
	return addedOf(added), err
}

// BeginOneTimeCodes implements httpapi.Logins.
func (l logins) BeginOneTimeCodes(ctx context.Context, c httpapi.Credential) (httpapi.OneTimeOffer, error) {
	who, err := l.who(ctx, c)
	if err != nil {
		return httpapi.OneTimeOffer{}, err
	}
	o, err := l.s.BeginTOTP(ctx, who)
	return httpapi.OneTimeOffer{Key: o.Key.Reveal(), URL: o.URL.Reveal(), Ceremony: o.Ceremony.Reveal()}, err
}

// AddOneTimeCodes implements httpapi.Logins.
func (l logins) AddOneTimeCodes(ctx context.Context, c httpapi.Credential, ceremony, code string) (httpapi.AddedCredential, []string, error) {
	who, err := l.who(ctx, c)
	if err != nil {
		return httpapi.AddedCredential{}, nil, err
	}
	added, recovery, err := l.s.FinishTOTP(ctx, who, ceremony, code)
	return addedOf(added), revealed(recovery), err
}

func revealed(secrets []identity.Secret) []string {
	out := make([]string, len(secrets))
	for i, s := range secrets {
		out[i] = s.Reveal()
	}
	return out
}

// NewRecoveryCodes implements httpapi.Logins.
func (l logins) NewRecoveryCodes(ctx context.Context, c httpapi.Credential) ([]string, error) {
	who, err := l.who(ctx, c)
	if err != nil {
		return nil, err
	}
	codes, err := l.s.NewRecoveryCodes(ctx, who)
	return revealed(codes), err
}

// BeginLink implements httpapi.Logins.
func (l logins) BeginLink(ctx context.Context, c httpapi.Credential) (httpapi.Redirect, error) {
	who, err := l.who(ctx, c)
	if err != nil {
		return httpapi.Redirect{}, err
	}
	r, err := l.s.BeginProvider(ctx, &who)
	return httpapi.Redirect{URL: r.URL, Ceremony: r.Ceremony.Reveal()}, err
}

// Link implements httpapi.Logins.
func (l logins) Link(ctx context.Context, c httpapi.Credential, back httpapi.Returned) (httpapi.AddedCredential, error) {
	who, err := l.who(ctx, c)
	if err != nil {
		return httpapi.AddedCredential{}, err
	}
	added, err := l.s.LinkProvider(ctx, who, identity.Returned(back))
	return addedOf(added), err
}

// Credentials implements httpapi.Logins.
func (l logins) Credentials(ctx context.Context, principal string) ([]access.Credential, error) {
	return l.s.Credentials(ctx, principal)
}

// RemoveCredential implements httpapi.Logins.
func (l logins) RemoveCredential(ctx context.Context, principal, id, by string) error {
	return l.s.Remove(ctx, principal, id, by)
}

// Sessions implements httpapi.Logins.
func (l logins) Sessions(ctx context.Context, principal string) ([]access.Session, error) {
	return l.s.Sessions(ctx, principal)
}

// EndSession implements httpapi.Logins.
func (l logins) EndSession(ctx context.Context, principal, id string) error {
	return l.s.EndSession(ctx, principal, id)
}

// EndSessions implements httpapi.Logins.
func (l logins) EndSessions(ctx context.Context, principal, except string) (int, error) {
	return l.s.EndSessions(ctx, principal, except)
}

// Tokens implements httpapi.Logins.
func (l logins) Tokens(ctx context.Context, principal string) ([]access.Token, error) {
	return l.s.Tokens(ctx, principal)
}

// CreateToken implements httpapi.Logins.
func (l logins) CreateToken(ctx context.Context, principal string, wish httpapi.TokenWish, by string) (string, access.Token, error) {
	secret, made, err := l.s.CreateToken(ctx, identity.TokenRequest{
		Principal: principal, Name: wish.Name, Actions: wish.Actions, Lifetime: wish.Lifetime, By: by,
	})
	return secret.Reveal(), made, err
}

// RevokeToken implements httpapi.Logins.
func (l logins) RevokeToken(ctx context.Context, principal, id, by string) error {
	return l.s.RevokeToken(ctx, principal, id, by)
}

// Invitations implements httpapi.Logins.
func (l logins) Invitations(ctx context.Context, principal string) ([]access.Invitation, error) {
	return l.s.Invitations(ctx, principal)
}

// Invite implements httpapi.Logins.
func (l logins) Invite(ctx context.Context, principal string, wish httpapi.InvitationWish, by string) (httpapi.Invited, error) {
	code, made, err := l.s.Invite(ctx, identity.InvitationRequest{
		Principal: principal, By: by, Lifetime: wish.Lifetime, Confirm: wish.Confirm,
	})
	if err != nil {
		return httpapi.Invited{}, err
	}
	out := httpapi.Invited{Invitation: made, Code: code.Reveal()}
	if l.pages != "" {
		out.URL = l.pages + enrolPage + out.Code
	}
	q, err := identity.NewQR(cmp.Or(out.URL, out.Code))
	if err != nil {
		return httpapi.Invited{}, err
	}
	out.SVG, out.PNG = q.SVG(), q.PNG()
	return out, nil
}

// WithdrawInvitation implements httpapi.Logins.
func (l logins) WithdrawInvitation(ctx context.Context, principal string) error {
	return l.s.Withdraw(ctx, principal)
}

// Confirm implements httpapi.Logins.
func (l logins) Confirm(ctx context.Context, principal, code, by string) error {
	return l.s.Confirm(ctx, principal, code, by)
}

// Reset implements httpapi.Logins.
func (l logins) Reset(ctx context.Context, principal, by string) (httpapi.ClearedLogin, error) {
	c, err := l.s.Reset(ctx, principal, by)
	return httpapi.ClearedLogin(c), err
}

// Expect implements httpapi.Logins.
func (l logins) Expect(ctx context.Context, principal, reference, by string) error {
	return l.s.Expect(ctx, principal, reference, by)
}

// Acts implements httpapi.Acts.
func (a *apiViews) Acts(ctx context.Context) iter.Seq2[register.Act, error] {
	return register.Read(eventstore.Number(a.w.log.ReadAll(ctx, 0), 0, a.w.codec.Owns))
}

// Effects implements httpapi.Acts.
func (a *apiViews) Effects(ctx context.Context, acts []register.Act) error {
	return a.r.effects(ctx, acts)
}
