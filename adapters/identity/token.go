package identity

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// TokenRequest asks for an API token.
type TokenRequest struct {
	Principal string
	Name      string
	Actions   []access.Action
	Lifetime  time.Duration
	By        string
}

// CreateToken makes an API token. The secret is shown once and kept by nobody here.
func (s *Service) CreateToken(ctx context.Context, r TokenRequest) (Secret, access.Token, error) {
	if err := s.known(ctx, r.Principal); err != nil {
		return Secret{}, access.Token{}, err
	}
	if err := r.check(); err != nil {
		return Secret{}, access.Token{}, err
	}
	secret, err := s.tokenSecret()
	if err != nil {
		return Secret{}, access.Token{}, err
	}
	id, err := s.publicID()
	if err != nil {
		return Secret{}, access.Token{}, err
	}
	actions := slices.Compact(slices.Sorted(slices.Values(r.Actions)))
	now := s.instant()
	if err := s.record(ctx, Change{ID: id, Principal: r.Principal, By: r.By, Kind: access.APIToken, At: now}); err != nil {
		return Secret{}, access.Token{}, err
	}
	t := access.Token{
		ID: id, Principal: r.Principal, Name: r.Name, Actions: actions, CreatedAt: now, CreatedBy: r.By, ExpiresAt: after(now, r.Lifetime),
	}
	err = put(ctx, s, kept[access.Token]{value: t, entry: access.Entry{
		Kind: access.TokenEntry, Key: digest("token", secret.clear), Principal: t.Principal, ExpiresAt: t.ExpiresAt,
	}})
	return secret, t, err
}

func (r TokenRequest) check() error {
	var f domain.Fields
	f.Text("name", r.Name, longestLabel)
	f.That(len(r.Actions) > 0, "actions", "missing")
	known := access.Actions()
	for _, a := range r.Actions {
		f.OneOf("actions", string(a), stringsOf(known)...)
		f.That(!slices.Contains(access.NotByToken(), a), "actions", "not_by_token")
	}
	f.That(r.Lifetime >= time.Minute && r.Lifetime <= access.LongestToken, "expires", "token_lifetime")
	return f.First
}

func stringsOf(actions []access.Action) []string {
	out := make([]string, len(actions))
	for i, a := range actions {
		out[i] = string(a)
	}
	return out
}

// usedEvery is how exactly it is kept when a token was used last.
const usedEvery = time.Hour

// AuthenticateToken returns who holds an API token.
func (s *Service) AuthenticateToken(ctx context.Context, text string) (Identified, error) {
	refused := domain.NewError(domain.Forbidden, "token_refused")
	if !IsToken(text) {
		return Identified{}, refused
	}
	k, ok, err := find[access.Token](ctx, s, access.TokenEntry, digest("token", text))
	if err != nil {
		return Identified{}, err
	}
	now := s.instant()
	if !ok || now >= k.value.ExpiresAt {
		return Identified{}, refused
	}
	person, err := s.person(ctx, k.value.Principal)
	if err != nil {
		return Identified{}, err
	}
	if !person.Active {
		return Identified{}, refused
	}
	if now >= after(k.value.LastUsedAt, usedEvery) {
		k.value.LastUsedAt = now
		if err := put(ctx, s, k); errors.Is(err, errMoved) {
			if _, ok, err := s.store.Get(ctx, k.entry.Kind, k.entry.Key); err != nil || !ok {
				return Identified{}, errors.Join(err, refused)
			}
		} else if err != nil {
			return Identified{}, err
		}
	}
	return Identified{Principal: k.value.Principal, Person: person, Token: &k.value, now: now}, nil
}

// Tokens returns the tokens of a principal, or of all where it is empty, that have not expired, the newest first.
func (s *Service) Tokens(ctx context.Context, principal string) ([]access.Token, error) {
	list, err := listed[access.Token](ctx, s, access.TokenEntry, principal)
	if err != nil {
		return nil, err
	}
	var out []access.Token
	for _, k := range list {
		if s.instant() < k.value.ExpiresAt {
			out = append(out, k.value)
		}
	}
	slices.SortStableFunc(out, func(a, b access.Token) int { return int(b.CreatedAt - a.CreatedAt) })
	return out, nil
}

// RevokeToken ends a token at once. An empty principal stands for whoever has it.
func (s *Service) RevokeToken(ctx context.Context, principal, id, by string) error {
	list, err := listed[access.Token](ctx, s, access.TokenEntry, principal)
	if err != nil {
		return err
	}
	for _, k := range list {
		if k.value.ID == id {
			return s.endToken(ctx, k, by, reasonRevoked)
		}
	}
	return domain.NewError(domain.NotFound, "unknown_token", "token", id)
}

// endToken ends a token before the register is told: what is revoked must not be good a moment longer.
func (s *Service) endToken(ctx context.Context, k kept[access.Token], by, reason string) error {
	if _, err := s.store.Delete(ctx, access.TokenEntry, k.entry.Key); err != nil {
		return err
	}
	return s.record(ctx, Change{
		ID: k.value.ID, Principal: k.value.Principal, By: by, Kind: access.APIToken, Removed: true, Reason: reason, At: s.instant(),
	})
}
