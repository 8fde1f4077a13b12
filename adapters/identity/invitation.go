package identity

import (
	"context"
	"slices"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// InvitationRequest asks for an invitation.
type InvitationRequest struct {
	Principal string
	By        string
	Lifetime  time.Duration // 0 is the usual one
	// Confirm makes what is set with the invitation wait until somebody vouches for it, so that a stolen code is of little use.
	Confirm bool
}

const invitationBytes = 15 // 120 bits, 24 letters

// Invite makes a code with which one person sets their first credential, once. Earlier open ones of the same person end.
func (s *Service) Invite(ctx context.Context, r InvitationRequest) (Secret, access.Invitation, error) {
	var none access.Invitation
	if err := s.known(ctx, r.Principal); err != nil {
		return Secret{}, none, err
	}
	if r.Lifetime == 0 {
		r.Lifetime = access.InvitationFor
	}
	var f domain.Fields
	f.That(r.Lifetime >= time.Minute && r.Lifetime <= access.LongestInvitation, "expires", "invitation_lifetime")
	if f.First != nil {
		return Secret{}, none, f.First
	}
	if _, err := s.drop(ctx, access.InvitationEntry, r.Principal); err != nil {
		return Secret{}, none, err
	}
	code, err := s.code(invitationBytes)
	if err != nil {
		return Secret{}, none, err
	}
	id, err := s.publicID()
	if err != nil {
		return Secret{}, none, err
	}
	now := s.instant()
	i := access.Invitation{
		ID: id, Principal: r.Principal, CreatedAt: now, CreatedBy: r.By, ExpiresAt: after(now, r.Lifetime), Confirm: r.Confirm,
	}
	err = put(ctx, s, kept[access.Invitation]{value: i, entry: access.Entry{
		Kind: access.InvitationEntry, Key: digest("invitation", asTyped(code.clear)), Principal: i.Principal, ExpiresAt: i.ExpiresAt,
	}})
	return code, i, err
}

// Redeem begins the session in which an invited person sets their first credential. The code is used up: who does not finish needs
// another one.
func (s *Service) Redeem(ctx context.Context, from From, code string) (Opened, error) {
	network := networkGuess(from.Network)
	if err := s.attempts.try(s.now(), network); err != nil {
		return Opened{}, err
	}
	refused := domain.NewError(domain.Forbidden, "invitation_refused")
	now, redeemed := s.instant(), false
	// Who may not log in yet keeps the code for the day when they may.
	found, ok, err := s.store.Get(ctx, access.InvitationEntry, digest("invitation", asTyped(code)))
	if err == nil && ok {
		var person Person
		if person, err = s.person(ctx, found.Principal); err == nil && !person.Active {
			return Opened{}, domain.NewError(domain.Forbidden, "not_active", "principal", found.Principal)
		}
	}
	if err != nil {
		return Opened{}, err
	}
	k, _, err := alter(ctx, s, access.InvitationEntry, digest("invitation", asTyped(code)), func(i *access.Invitation) bool {
		redeemed = i.RedeemedAt == 0 && now < i.ExpiresAt
		i.RedeemedAt = now
		return redeemed
	})
	if err != nil {
		return Opened{}, err
	}
	if !redeemed {
		return Opened{}, refused
	}
	s.attempts.succeeded(guess{}, network)
	opened, err := s.open(ctx, from, proof{principal: k.value.Principal, invitation: &k.value})
	if err != nil {
		return Opened{}, err
	}
	return *opened, nil
}

// Invitations returns the invitations of a principal, or of all where it is empty, that can still be redeemed, the newest first.
func (s *Service) Invitations(ctx context.Context, principal string) ([]access.Invitation, error) {
	list, err := listed[access.Invitation](ctx, s, access.InvitationEntry, principal)
	if err != nil {
		return nil, err
	}
	var out []access.Invitation
	for _, k := range list {
		if k.value.RedeemedAt == 0 && s.instant() < k.value.ExpiresAt {
			out = append(out, k.value)
		}
	}
	slices.SortStableFunc(out, func(a, b access.Invitation) int { return int(b.CreatedAt - a.CreatedAt) })
	return out, nil
}

// Withdraw takes an open invitation of a principal back.
func (s *Service) Withdraw(ctx context.Context, principal string) error {
	n, err := s.drop(ctx, access.InvitationEntry, principal)
	if err == nil && n == 0 {
		err = domain.NewError(domain.NotFound, "unknown_invitation", "principal", principal)
	}
	return err
}
