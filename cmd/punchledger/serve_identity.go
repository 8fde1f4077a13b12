package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain"
)

// proven tells the HTTP API who asks, by session or token.
type proven struct{ *identity.Service }

// Who implements httpapi.Identity.
func (p proven) Who(ctx context.Context, c httpapi.Credential) (httpapi.Who, error) {
	if c.Kiosk != "" {
		return p.kiosk(ctx, c.Kiosk)
	}
	var found identity.Identified
	var err error
	if c.Bearer != "" {
		found, err = p.AuthenticateToken(ctx, c.Bearer)
	} else {
		found, err = p.Authenticate(ctx, c.Session)
	}
	if err != nil {
		return httpapi.Who{}, nobody(err)
	}
	who := httpapi.Who{Principal: found.Principal, Permits: found.Permits, Fresh: found.Fresh}
	if found.Token != nil {
		who.Session, who.Token = found.Token.ID, true
	} else {
		who.Session, who.Methods, who.Unvouched = found.Session.ID, found.Session.Methods, !found.Session.Confirmed
	}
	return who, nil
}

// kiosk tells which kiosk speaks for itself.
func (p proven) kiosk(ctx context.Context, token string) (httpapi.Who, error) {
	s, err := p.AuthenticateKiosk(ctx, token)
	if err != nil {
		return httpapi.Who{}, nobody(err)
	}
	return httpapi.Who{Principal: s.Device, Device: s.Device, Session: s.ID}, nil
}

// nobody is the answer to who shows what proves nothing.
func nobody(err error) error {
	if e, ok := errors.AsType[*domain.Error](err); ok && e.Kind == domain.Forbidden {
		return httpapi.ErrNobody
	}
	return err
}

// providerPath is where the identity provider sends browsers back to.
const providerPath = "/v1/login/provider/callback"

// logins reads what people log in with: where the pages are, and the identity provider.
func (cmd *serveCmd) logins(c *console, f *front) error {
	var err error
	if f.origins, err = originsOf(cmd.Origin); err != nil {
		return err
	}
	if len(f.origins) > 0 {
		f.pages = f.origins[0]
	}
	if cmd.OIDCIssuer == "" {
		return nil
	}
	if f.pages == "" {
		return wrongValue("--origin", "", "missing")
	}
	f.provider = &identity.ProviderConfig{
		Issuer: cmd.OIDCIssuer, ClientID: cmd.OIDCClient, RedirectURL: f.pages + providerPath, ACR: cmd.OIDCACR, ReferenceClaim: cmd.OIDCClaim,
	}
	if cmd.OIDCSecret == "" {
		return nil
	}
	secret, err := os.ReadFile(c.path(cmd.OIDCSecret))
	if err != nil {
		return err
	}
	f.provider.ClientSecret = strings.TrimSpace(string(secret))
	return nil
}

// originsOf reads where the pages are.
func originsOf(values []string) ([]string, error) {
	var out []string
	for _, o := range values {
		u, err := url.Parse(o)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Hostname() != "localhost" || strings.Trim(u.Path, "/") != "" {
			return nil, wrongValue("--origin", o, "not_an_origin")
		}
		out = append(out, strings.TrimSuffix(o, "/"))
	}
	return out, nil
}

// trust tells the desk whose word counts. A provider that does not answer keeps nobody from starting the server: all else works.
func (f *front) trust(c *console, w *writer) {
	w.desk.Origins = f.origins
	if f.provider == nil {
		return
	}
	p, err := identity.Discover(c.ctx, *f.provider, c.Now)
	if err != nil {
		fmt.Fprintln(c.Err, "punchledger:", c.sentence(err))
		return
	}
	w.desk.Provider = p
}
