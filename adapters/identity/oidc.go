package identity

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// ProviderConfig says which OpenID Connect provider people log in at.
type ProviderConfig struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	RedirectURL  string
	// ACR are the classes of authentication that are good enough; empty takes any. The provider is asked for them and checked.
	ACR []string
	// MaxAge is how long ago somebody may have authenticated at the provider; 0 does not ask.
	MaxAge time.Duration
	// ReferenceClaim is the claim by which somebody is known whom HR has announced with Expect, such as employee_number. Empty is
	// the subject. It must be one that only the provider's administrators set.
	ReferenceClaim string
	// Client speaks to the provider; nil is a client that waits ten seconds.
	Client *http.Client
}

// Provider is an OpenID Connect provider.
type Provider struct {
	config   ProviderConfig
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
	iss      bool // the provider names itself in its answers (RFC 9207)
}

const providerWithin = 10 * time.Second

// signing are the algorithms that an ID token may be signed with: none is not among them, nor is a shared secret.
func signing() []string {
	return []string{oidc.RS256, oidc.ES256, oidc.PS256, oidc.EdDSA, oidc.RS384, oidc.ES384, oidc.PS384, oidc.RS512, oidc.ES512, oidc.PS512}
}

// Discover reads what a provider says of itself. Now is the clock that its tokens are compared with.
func Discover(ctx context.Context, config ProviderConfig, now func() time.Time) (*Provider, error) {
	if config.Client == nil {
		config.Client = &http.Client{Timeout: providerWithin}
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, config.Client), config.Issuer)
	if err != nil {
		return nil, fmt.Errorf("read what the identity provider %s says of itself: %w", config.Issuer, err)
	}
	var more struct {
		ISS bool `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, fmt.Errorf("read what the identity provider %s says of itself: %w", config.Issuer, err)
	}
	return &Provider{
		config: config, iss: more.ISS,
		oauth: oauth2.Config{
			ClientID: config.ClientID, ClientSecret: config.ClientSecret, Endpoint: found.Endpoint(), RedirectURL: config.RedirectURL,
			Scopes: []string{oidc.ScopeOpenID},
		},
		verifier: found.Verifier(&oidc.Config{ClientID: config.ClientID, SupportedSigningAlgs: signing(), Now: now}),
	}, nil
}

// strong reports whether a login at the provider was checked to be of a class that is good enough for the privileged.
func (p *Provider) strong() bool { return len(p.config.ACR) > 0 }

// Redirect is the first half of a login at the provider: the browser goes to URL, and must hold Ceremony, in a cookie of its own,
// when it comes back.
type Redirect struct {
	URL      string
	Ceremony Secret
}

type redirected struct {
	state, nonce, verifier string
	link                   string // the principal whose session asked to be linked; empty for a login
}

// BeginProvider sends a browser to the provider. With who, the identity there is linked to who is logged in, who must have proven
// it lately; without, it is a login.
func (s *Service) BeginProvider(ctx context.Context, who *Identified) (Redirect, error) {
	p := s.provider
	if p == nil {
		return Redirect{}, domain.NewError(domain.Conflict, "no_provider")
	}
	var r redirected
	if who != nil {
		if err := s.mayAdd(ctx, *who); err != nil {
			return Redirect{}, err
		}
		r.link = who.Principal
	}
	for _, to := range []*string{&r.state, &r.nonce, &r.verifier} {
		secret, err := s.opaque()
		if err != nil {
			return Redirect{}, err
		}
		*to = secret.clear
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(r.nonce), oauth2.S256ChallengeOption(r.verifier)}
	if len(p.config.ACR) > 0 {
		options = append(options, oauth2.SetAuthURLParam("acr_values", strings.Join(p.config.ACR, " ")))
	}
	if p.config.MaxAge > 0 {
		options = append(options, oauth2.SetAuthURLParam("max_age", fmt.Sprint(int(p.config.MaxAge.Seconds()))))
	}
	id, err := s.begin(oidcLogin, r)
	return Redirect{p.oauth.AuthCodeURL(r.state, options...), id}, err
}

// Returned is what the browser brings back from the provider.
type Returned struct {
	Ceremony string // from the cookie
	State    string
	Code     string
	Issuer   string // the parameter iss, where the provider sends it
}

// claims are what is looked at of an ID token besides what the library checks.
type claims struct {
	Nonce      string   `json:"nonce"`
	ACR        string   `json:"acr"`
	AuthTime   int64    `json:"auth_time"`
	AZP        string   `json:"azp"`
	AMR        []string `json:"amr"`
	references map[string]any
}

func providerRefused(problem string) error {
	return domain.NewError(domain.Forbidden, "provider_refused", "problem", problem)
}

// LoginProvider logs in who comes back from the provider: by an identity that is linked, or one that HR has announced.
func (s *Service) LoginProvider(ctx context.Context, from From, back Returned) (Opened, error) {
	r, person, reference, err := s.exchange(ctx, back)
	if err == nil && r.link != "" {
		err = domain.NewError(domain.Conflict, "ceremony_gone")
	}
	if err != nil {
		return Opened{}, err
	}
	c, ok, err := s.usable(ctx, subjectKey(person))
	if err == nil && !ok {
		c, ok, err = s.expected(ctx, person, reference)
	}
	if err == nil && !ok {
		err = domain.NewError(domain.Forbidden, "unknown_subject")
	}
	if err != nil {
		return Opened{}, err
	}
	opened, err := s.open(ctx, from, proof{
		principal: c.value.Principal, used: []kept[access.Credential]{c}, strong: s.provider.strong(),
	})
	if err != nil {
		return Opened{}, err
	}
	return *opened, nil
}

// LinkProvider links the identity that the browser brings back to who is logged in.
func (s *Service) LinkProvider(ctx context.Context, who Identified, back Returned) (Added, error) {
	if err := s.mayAdd(ctx, who); err != nil {
		return Added{}, err
	}
	r, person, _, err := s.exchange(ctx, back)
	if err == nil && r.link != who.Principal {
		err = domain.NewError(domain.Conflict, "ceremony_gone")
	}
	if err != nil {
		return Added{}, err
	}
	return s.add(ctx, who, subjectKey(person), access.Credential{Kind: access.OIDC, Subject: &person})
}

// exchange turns what the browser has brought into the person that the provider vouches for.
func (s *Service) exchange(ctx context.Context, back Returned) (r redirected, who access.ExternalPerson, reference string, err error) {
	p := s.provider
	if p == nil {
		return r, who, "", domain.NewError(domain.Conflict, "no_provider")
	}
	if r, err = resume[redirected](s, oidcLogin, back.Ceremony); err != nil {
		return r, who, "", err
	}
	// The ceremony is bound to the browser by its cookie, the answer to the ceremony by the state.
	if subtle.ConstantTimeCompare([]byte(back.State), []byte(r.state)) != 1 {
		return r, who, "", domain.NewError(domain.Conflict, "ceremony_gone")
	}
	if (back.Issuer != "" || p.iss) && back.Issuer != p.config.Issuer {
		return r, who, "", providerRefused("issuer")
	}
	ctx = oidc.ClientContext(ctx, p.config.Client)
	tokens, err := p.oauth.Exchange(ctx, back.Code, oauth2.VerifierOption(r.verifier))
	if err != nil { // which may quote the provider's answer
		return r, who, "", providerRefused("code")
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return r, who, "", providerRefused("token")
	}
	c := claims{}
	if err := errors.Join(id.Claims(&c), id.Claims(&c.references)); err != nil {
		return r, who, "", providerRefused("token")
	}
	if problem := p.judge(id, c, r.nonce, s.now()); problem != "" {
		return r, who, "", providerRefused(problem)
	}
	who = access.ExternalPerson{Issuer: id.Issuer, Subject: id.Subject}
	return r, who, p.reference(id, c), nil
}

// clockSkew is how far the provider's clock may be ahead or behind.
const clockSkew = time.Minute

// judge returns what is wrong with a token whose signature, issuer, audience and times are right.
func (p *Provider) judge(id *oidc.IDToken, c claims, nonce string, now time.Time) string {
	authenticated := time.Unix(c.AuthTime, 0)
	switch {
	case id.Subject == "":
		return "subject"
	case subtle.ConstantTimeCompare([]byte(c.Nonce), []byte(nonce)) != 1:
		return "nonce"
	case len(id.Audience) > 1 && c.AZP == "", c.AZP != "" && c.AZP != p.config.ClientID:
		return "audience"
	case len(p.config.ACR) > 0 && !slices.Contains(p.config.ACR, c.ACR):
		return "acr"
	case p.config.MaxAge > 0 && (c.AuthTime == 0 || now.Sub(authenticated) > p.config.MaxAge+clockSkew || authenticated.Sub(now) > clockSkew):
		return "auth_time"
	case id.IssuedAt.Sub(now) > clockSkew:
		return "token"
	}
	return ""
}

func (p *Provider) reference(id *oidc.IDToken, c claims) string {
	if p.config.ReferenceClaim == "" {
		return id.Subject
	}
	text, _ := c.references[p.config.ReferenceClaim].(string)
	return text
}

// subjectKey is where an identity of a provider is found. Issuer and subject are told apart by their lengths.
func subjectKey(p access.ExternalPerson) string {
	return "oidc:" + digest("subject", fmt.Sprintf("%d:%s:%s", len(p.Issuer), p.Issuer, p.Subject))
}

// Expect announces that whoever the provider calls by a reference is a principal. It holds for the first login of that reference,
// which links issuer and subject; an empty reference takes an announcement back.
func (s *Service) Expect(ctx context.Context, principal, reference, by string) error {
	if s.provider == nil {
		return domain.NewError(domain.Conflict, "no_provider")
	}
	if err := s.known(ctx, principal); err != nil {
		return err
	}
	if _, err := s.drop(ctx, access.ExternalEntry, principal); err != nil || reference == "" {
		return err
	}
	err := put(ctx, s, kept[announced]{value: announced{by}, entry: access.Entry{
		Kind: access.ExternalEntry, Key: s.announcement(s.provider.config.Issuer, reference), Principal: principal,
	}})
	if errors.Is(err, errMoved) {
		err = domain.NewError(domain.Conflict, "credential_taken")
	}
	return err
}

// announced is an identity that HR has said will come.
type announced struct {
	By string `json:"by"`
}

func (s *Service) announcement(issuer, reference string) string {
	return digest("announcement", fmt.Sprintf("%d:%s:%s", len(issuer), issuer, reference))
}

// expected links an identity that was announced, and returns it as a credential.
func (s *Service) expected(ctx context.Context, person access.ExternalPerson, reference string) (kept[access.Credential], bool, error) {
	var none kept[access.Credential]
	if reference == "" {
		return none, false, nil
	}
	key := s.announcement(person.Issuer, reference)
	a, ok, err := find[announced](ctx, s, access.ExternalEntry, key)
	if err != nil || !ok {
		return none, false, err
	}
	if err := s.known(ctx, a.entry.Principal); err != nil {
		return none, false, err
	}
	// Of two logins at once one links.
	if first, err := s.store.Delete(ctx, access.ExternalEntry, key); err != nil || !first {
		return none, false, err
	}
	id, err := s.publicID()
	if err != nil {
		return none, false, err
	}
	now := s.instant()
	c := access.Credential{
		ID: id, Kind: access.OIDC, Principal: a.entry.Principal, CreatedAt: now, CreatedBy: a.value.By, ConfirmedAt: now, ConfirmedBy: a.value.By,
		Subject: &person,
	}
	if err := s.record(ctx, Change{ID: id, Principal: c.Principal, By: c.CreatedBy, Kind: c.Kind, At: now}); err != nil {
		return none, false, err
	}
	k := kept[access.Credential]{value: c, entry: access.Entry{Kind: access.CredentialEntry, Key: subjectKey(person), Principal: c.Principal}}
	return k, true, put(ctx, s, k)
}
