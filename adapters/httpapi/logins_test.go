package httpapi_test

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections/register"
)

// namedLogins let everybody in by name, with the password "vier Woerter ohne Sinn" or the invitation "code-of-" and the name. The
// secret of a session is the name, as nameTokens believe it. What real ones do is tested where they are wired.
type namedLogins struct{ at domain.Instant }

func (l namedLogins) opened(principal string) httpapi.Opened {
	return httpapi.Opened{Token: principal, Session: access.Session{
		ID: "s-" + principal, Principal: principal, Methods: []access.CredentialKind{access.Password}, CreatedAt: l.at, AuthenticatedAt: l.at,
		SeenAt: l.at, Confirmed: true,
	}}
}

func refusedLogin() error { return domain.NewError(domain.Forbidden, "login_refused") }

func (l namedLogins) Redeem(_ context.Context, _ httpapi.LoginFrom, code string) (httpapi.Opened, error) {
	if len(code) < 9 || code[:8] != "code-of-" {
		return httpapi.Opened{}, domain.NewError(domain.Forbidden, "invitation_refused")
	}
	o := l.opened(code[8:])
	o.Session.Enrolling, o.Session.Methods = true, nil
	return o, nil
}

func (l namedLogins) Password(_ context.Context, _ httpapi.LoginFrom, login, password string) (httpapi.Opened, string, error) {
	if password != "vier Woerter ohne Sinn" {
		return httpapi.Opened{}, "", refusedLogin()
	}
	return l.opened(login), "", nil
}

func (l namedLogins) SecondFactor(context.Context, httpapi.LoginFrom, string, string) (httpapi.Opened, error) {
	return httpapi.Opened{}, refusedLogin()
}

func (l namedLogins) BeginPasskeyLogin(context.Context) (httpapi.Ceremony, error) {
	return httpapi.Ceremony{ID: "c", Options: json.RawMessage("{}")}, nil
}

func (l namedLogins) Passkey(context.Context, httpapi.LoginFrom, string, []byte) (httpapi.Opened, error) {
	return httpapi.Opened{}, refusedLogin()
}

func (l namedLogins) BeginProvider(context.Context) (httpapi.Redirect, error) {
	return httpapi.Redirect{URL: "https://provider.example", Ceremony: "c"}, nil
}

func (l namedLogins) Provider(_ context.Context, _ httpapi.LoginFrom, back httpapi.Returned) (httpapi.Opened, error) {
	if back != (httpapi.Returned{Ceremony: "c", State: "s", Code: "good"}) {
		return httpapi.Opened{}, refusedLogin()
	}
	return l.opened("e1"), nil
}
func (l namedLogins) Logout(context.Context, string) error { return nil }

func (l namedLogins) SetPassword(_ context.Context, c httpapi.Credential, _ string) (httpapi.AddedCredential, bool, error) {
	return httpapi.AddedCredential{Credential: access.Credential{ID: "k1", Kind: access.Password, CreatedAt: l.at}, Opened: l.opened(c.Session)}, true, nil
}

func (l namedLogins) BeginPasskey(ctx context.Context, _ httpapi.Credential) (httpapi.Ceremony, error) {
	return l.BeginPasskeyLogin(ctx)
}

func (l namedLogins) AddPasskey(context.Context, httpapi.Credential, string, string, []byte) (httpapi.AddedCredential, error) {
	return httpapi.AddedCredential{}, nil
}

func (l namedLogins) BeginOneTimeCodes(context.Context, httpapi.Credential) (httpapi.OneTimeOffer, error) {
	return httpapi.OneTimeOffer{}, nil
}

func (l namedLogins) AddOneTimeCodes(context.Context, httpapi.Credential, string, string) (httpapi.AddedCredential, []string, error) {
	return httpapi.AddedCredential{}, nil, nil
}

func (l namedLogins) NewRecoveryCodes(context.Context, httpapi.Credential) ([]string, error) {
	return nil, nil
}

func (l namedLogins) BeginLink(ctx context.Context, _ httpapi.Credential) (httpapi.Redirect, error) {
	return l.BeginProvider(ctx)
}

func (l namedLogins) Link(_ context.Context, c httpapi.Credential, back httpapi.Returned) (httpapi.AddedCredential, error) {
	if c.Session != "e1" || back.Ceremony != "c" {
		return httpapi.AddedCredential{}, refusedLogin()
	}
	return httpapi.AddedCredential{}, nil
}

func (l namedLogins) Credentials(context.Context, string) ([]access.Credential, error) {
	return nil, nil
}
func (l namedLogins) RemoveCredential(context.Context, string, string, string) error { return nil }
func (l namedLogins) Sessions(_ context.Context, principal string) ([]access.Session, error) {
	return []access.Session{l.opened(principal).Session}, nil
}
func (l namedLogins) EndSession(context.Context, string, string) error { return nil }
func (l namedLogins) EndSessions(context.Context, string, string) (int, error) {
	return 1, nil
}
func (l namedLogins) Tokens(context.Context, string) ([]access.Token, error) { return nil, nil }
func (l namedLogins) CreateToken(_ context.Context, principal string, wish httpapi.TokenWish, by string) (string, access.Token, error) {
	return "plt_secret", access.Token{
		ID: "t1", Principal: principal, Name: wish.Name, Actions: wish.Actions, CreatedAt: l.at, CreatedBy: by,
		ExpiresAt: domain.InstantOf(l.at.Time().Add(wish.Lifetime)),
	}, nil
}
func (l namedLogins) RevokeToken(context.Context, string, string, string) error { return nil }
func (l namedLogins) Invitations(context.Context, string) ([]access.Invitation, error) {
	return nil, nil
}

func (l namedLogins) Invite(_ context.Context, principal string, wish httpapi.InvitationWish, by string) (httpapi.Invited, error) {
	return httpapi.Invited{Code: "code-of-" + principal, SVG: []byte("<svg/>"), PNG: []byte("png"), Invitation: access.Invitation{
		ID: "i1", Principal: principal, CreatedAt: l.at, CreatedBy: by, ExpiresAt: domain.InstantOf(l.at.Time().Add(72 * time.Hour)), Confirm: wish.Confirm,
	}}, nil
}
func (l namedLogins) WithdrawInvitation(context.Context, string) error      { return nil }
func (l namedLogins) Confirm(context.Context, string, string, string) error { return nil }
func (l namedLogins) Reset(context.Context, string, string) (httpapi.ClearedLogin, error) {
	return httpapi.ClearedLogin{}, nil
}
func (l namedLogins) Expect(context.Context, string, string, string) error { return nil }

// heldActs is the register of the log of an office.
type heldActs struct{ o *office }

func (a heldActs) Acts(ctx context.Context) iter.Seq2[register.Act, error] {
	return register.Read(eventstore.Number(a.o.store.ReadAll(ctx, 0), 0, a.o.views.codec.Owns))
}

// Effects says that every act takes a minute.
func (heldActs) Effects(_ context.Context, acts []register.Act) error {
	for i := range acts {
		acts[i].Effect = &register.Effect{Lost: 60}
	}
	return nil
}
