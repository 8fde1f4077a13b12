package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// Added is a credential that was set.
type Added struct {
	Credential access.Credential
	// Opened replaces the session where that may do more from now on: after the first credential, which ends the enrolment, and after
	// one-time codes were set up. The session before has ended.
	Opened *Opened
	// Confirmation is what the person tells somebody who then vouches for them with Confirm; empty where nobody must.
	Confirmation string
}

// usable returns a credential that proves something.
func (s *Service) usable(ctx context.Context, key string) (kept[access.Credential], bool, error) {
	c, ok, err := find[access.Credential](ctx, s, access.CredentialEntry, key)
	return c, ok && c.value.Usable(), err
}

// mayAdd refuses changes of credentials to who is not logged in with a fresh proof. The privileged need a strong one as soon as they
// have anything that gives it: before, they could not set it up.
func (s *Service) mayAdd(ctx context.Context, who Identified) error {
	if !who.recent() {
		return proveAgain()
	}
	if who.Fresh() == nil {
		return nil
	}
	list, err := s.Credentials(ctx, who.Principal)
	if err == nil && slices.ContainsFunc(list, func(c access.Credential) bool { return c.Kind != access.Password && c.Kind.LogsIn() }) {
		err = proveAgain()
	}
	return err
}

const longestLabel = 60

// add stores a credential of who is logged in, and ends sessions that rest on what it replaces. The register is told first: a
// credential that it does not know cannot be.
func (s *Service) add(ctx context.Context, who Identified, key string, c access.Credential) (Added, error) {
	now := s.instant()
	id, err := s.publicID()
	if err != nil {
		return Added{}, err
	}
	old, found, err := find[access.Credential](ctx, s, access.CredentialEntry, key)
	if err != nil {
		return Added{}, err
	}
	if found && old.value.Principal != who.Principal || found && c.Kind == access.Passkey || found && c.Kind == access.OIDC {
		return Added{}, domain.NewError(domain.Conflict, "credential_taken")
	}
	c.ID, c.Principal, c.CreatedAt, c.CreatedBy = id, who.Principal, now, who.Principal
	if c.Label = strings.TrimSpace(clientName(c.Label)); utf8.RuneCountInString(c.Label) > longestLabel {
		c.Label = string([]rune(c.Label)[:longestLabel])
	}
	if who.Session.Confirmed {
		c.ConfirmedAt, c.ConfirmedBy = now, who.Principal
	}
	change := Change{ID: id, Principal: who.Principal, By: who.Principal, Kind: c.Kind, At: now}
	change.DeviceBound = c.Passkey != nil && c.Passkey.DeviceBound()
	if err := s.record(ctx, change); err != nil {
		return Added{}, err
	}
	err = s.addWhile(ctx, *who.Session, kept[access.Credential]{value: c, entry: access.Entry{
		Kind: access.CredentialEntry, Key: key, Principal: who.Principal, Version: old.entry.Version,
	}})
	if err != nil {
		return Added{}, err
	}
	if found {
		if err := s.replaced(ctx, who, old.value); err != nil {
			return Added{}, err
		}
	}
	return s.enrolled(ctx, who, c)
}

// addWhile stores a credential if the session that sets it has not ended meanwhile, so that a reset, which ends sessions first, is
// not followed by a credential that was under way.
func (s *Service) addWhile(ctx context.Context, session access.Session, c kept[access.Credential]) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, alive, err := s.sessionOf(ctx, session); err != nil || !alive {
		return errors.Join(ended(), err)
	}
	err := put(ctx, s, c)
	if errors.Is(err, errMoved) {
		err = domain.NewError(domain.Conflict, "credential_taken")
	}
	return err
}

// sessionOf returns the entry of a session, and false when it has ended.
func (s *Service) sessionOf(ctx context.Context, session access.Session) (kept[access.Session], bool, error) {
	list, err := listed[access.Session](ctx, s, access.SessionEntry, session.Principal)
	for _, k := range list {
		if k.value.ID == session.ID {
			return k, true, err
		}
	}
	return kept[access.Session]{}, false, err
}

// replaced tells the register of a credential that another has taken the place of, and ends other sessions that rest on it.
func (s *Service) replaced(ctx context.Context, who Identified, old access.Credential) error {
	_, err := s.endSessions(ctx, who.Principal, func(session access.Session) bool {
		return session.ID != who.Session.ID && slices.Contains(session.Credentials, old.ID)
	})
	if err != nil {
		return err
	}
	return s.record(ctx, Change{ID: old.ID, Principal: old.Principal, By: who.Principal, Kind: old.Kind, Removed: true, Reason: reasonReplaced, At: s.instant()})
}

// enrolled ends the session of an invitation, which has served its purpose, and begins a usual one.
func (s *Service) enrolled(ctx context.Context, who Identified, c access.Credential) (Added, error) {
	added := Added{Credential: c}
	if c.ConfirmedAt == 0 {
		added.Confirmation = s.confirmation(c)
	}
	if !who.Session.Enrolling {
		return added, nil
	}
	now := s.instant()
	next := *who.Session
	next.Enrolling, next.Methods, next.Credentials = false, []access.CredentialKind{c.Kind}, []string{c.ID}
	next.CreatedAt, next.AuthenticatedAt, next.SeenAt = now, now, now
	next.Strong = c.Kind == access.Passkey || c.Kind == access.OIDC && s.provider.strong()
	next.DeviceBound = c.Passkey != nil && c.Passkey.DeviceBound()
	var err error
	added.Opened, err = s.renew(ctx, next)
	return added, err
}

// renew puts a session in the place of the one with its id, under a new token, as it may do more from now on.
func (s *Service) renew(ctx context.Context, next access.Session) (*Opened, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, alive, err := s.sessionOf(ctx, next)
	if err == nil && alive {
		alive, err = s.store.Delete(ctx, access.SessionEntry, k.entry.Key)
	}
	if err != nil || !alive {
		return nil, errors.Join(ended(), err)
	}
	return s.begun(ctx, "", next)
}

// Credentials returns what a principal can log in with, the oldest first. Hashes and keys are not in it.
func (s *Service) Credentials(ctx context.Context, principal string) ([]access.Credential, error) {
	list, err := listed[access.Credential](ctx, s, access.CredentialEntry, principal)
	if err != nil {
		return nil, err
	}
	var out []access.Credential
	for _, k := range list {
		if k.value.Usable() {
			out = append(out, shown(k.value))
		}
	}
	slices.SortFunc(out, func(a, b access.Credential) int { return int(a.CreatedAt - b.CreatedAt) })
	return out, nil
}

// shown returns a credential without what it is compared with.
func shown(c access.Credential) access.Credential {
	c.Password, c.TOTP = "", nil
	c.Recovery = make([]string, len(c.Recovery)) // how many are left
	return c
}

// Remove takes a credential away and ends the sessions that rest on it. Nobody removes their own last one.
func (s *Service) Remove(ctx context.Context, principal, id, by string) error {
	list, err := listed[access.Credential](ctx, s, access.CredentialEntry, principal)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(k kept[access.Credential]) bool { return k.value.ID == id })
	if at < 0 {
		return domain.NewError(domain.NotFound, "unknown_credential", "credential", id)
	}
	if by == principal && firstFactor(list[at].value) && !slices.ContainsFunc(list, func(k kept[access.Credential]) bool {
		return k.value.ID != id && firstFactor(k.value)
	}) {
		return domain.NewError(domain.Conflict, "last_credential")
	}
	return s.remove(ctx, list[at], by, reasonRemoved)
}

// firstFactor reports whether a credential logs somebody in without another.
func firstFactor(c access.Credential) bool {
	return c.Usable() && (c.Kind == access.Passkey || c.Kind == access.Password || c.Kind == access.OIDC)
}

// remove makes a credential useless, ends its sessions, tells the register, and then forgets it. When it is stopped in between, the
// credential is useless already and removing it again ends the rest.
func (s *Service) remove(ctx context.Context, k kept[access.Credential], by, reason string) error {
	same := false
	_, there, err := alter(ctx, s, access.CredentialEntry, k.entry.Key, func(c *access.Credential) bool {
		if same = c.ID == k.value.ID; !same || !c.Usable() {
			return false
		}
		c.RemovedAt, c.RemovedBy = s.instant(), by
		return true
	})
	if err != nil || !there || !same {
		return err
	}
	if _, err := s.endSessions(ctx, k.value.Principal, func(session access.Session) bool {
		return slices.Contains(session.Credentials, k.value.ID)
	}); err != nil {
		return err
	}
	change := Change{ID: k.value.ID, Principal: k.value.Principal, By: by, Kind: k.value.Kind, Removed: true, Reason: reason, At: s.instant()}
	if err := s.record(ctx, change); err != nil {
		return err
	}
	_, err = s.store.Delete(ctx, access.CredentialEntry, k.entry.Key)
	return err
}

// Cleared is what a reset has taken away.
type Cleared struct {
	Credentials int `json:"credentials"`
	Sessions    int `json:"sessions"`
	Tokens      int `json:"tokens"`
	Invitations int `json:"invitations"`
}

// Reset takes away everything that a principal could log in with: tokens, open invitations and announcements, sessions, credentials.
// It is for a lost
// phone, and for somebody else who may know too much. An invitation lets the person begin anew.
func (s *Service) Reset(ctx context.Context, principal, by string) (Cleared, error) {
	var c Cleared
	if principal == "" {
		return c, domain.NewError(domain.NotFound, "unknown_principal", "principal", principal)
	}
	var err error
	for _, drop := range []struct {
		kind  access.EntryKind
		count *int
	}{{access.InvitationEntry, &c.Invitations}, {access.ExternalEntry, new(int)}} {
		if *drop.count, err = s.drop(ctx, drop.kind, principal); err != nil {
			return c, err
		}
	}
	tokens, err := listed[access.Token](ctx, s, access.TokenEntry, principal)
	if err != nil {
		return c, err
	}
	for _, k := range tokens {
		if err := s.endToken(ctx, k, by, reasonReset); err != nil {
			return c, err
		}
		c.Tokens++
	}
	if c.Sessions, err = s.EndSessions(ctx, principal, ""); err != nil {
		return c, err
	}
	credentials, err := listed[access.Credential](ctx, s, access.CredentialEntry, principal)
	if err != nil {
		return c, err
	}
	for _, k := range credentials {
		if err := s.remove(ctx, k, by, reasonReset); err != nil {
			return c, err
		}
		c.Credentials++
	}
	s.attempts.forget(accountGuess("password", digest("login", principal)).key)
	s.attempts.forget(accountGuess("factor", principal).key)
	s.attempts.forget(accountGuess("confirm", principal).key)
	s.attempts.forget(accountGuess("pin", principal).key)
	return c, nil
}

func (s *Service) drop(ctx context.Context, kind access.EntryKind, principal string) (int, error) {
	entries, err := s.store.List(ctx, kind, principal)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		if _, err := s.store.Delete(ctx, kind, e.Key); err != nil {
			return 0, err
		}
	}
	return len(entries), nil
}

const confirmationModulus = 1_000_000

// confirmation is a short code that stands for one credential: who sees it on their own screen has set that one, and nobody who
// was faster with a stolen invitation.
func (s *Service) confirmation(c access.Credential) string {
	m := s.mac("confirmation", c.Principal, c.ID)
	n := uint32(m[0])<<24 | uint32(m[1])<<16 | uint32(m[2])<<8 | uint32(m[3])
	return fmt.Sprintf("%06d", n%confirmationModulus)
}

// Unconfirmed is a credential that somebody must vouch for.
type Unconfirmed struct {
	Credential   access.Credential
	Confirmation string
}

// Unconfirmed returns the credentials that wait for somebody to vouch for them, of a principal or of all where it is empty.
func (s *Service) Unconfirmed(ctx context.Context, principal string) ([]Unconfirmed, error) {
	list, err := listed[access.Credential](ctx, s, access.CredentialEntry, principal)
	if err != nil {
		return nil, err
	}
	var out []Unconfirmed
	for _, k := range list {
		if firstFactor(k.value) && k.value.ConfirmedAt == 0 {
			out = append(out, Unconfirmed{shown(k.value), s.confirmation(k.value)})
		}
	}
	return out, nil
}

// Confirm vouches for the credential whose short code a person has told by voice or face to face. Nobody vouches for themselves.
func (s *Service) Confirm(ctx context.Context, principal, code, by string) error {
	if by == principal {
		return domain.NewError(domain.Forbidden, "confirm_self")
	}
	account := accountGuess("confirm", principal)
	if err := s.attempts.try(s.now(), account); err != nil {
		return err
	}
	waiting, err := listed[access.Credential](ctx, s, access.CredentialEntry, principal)
	if err != nil {
		return err
	}
	for _, k := range waiting {
		if !k.value.Usable() || k.value.ConfirmedAt != 0 || s.confirmation(k.value) != asTyped(code) {
			continue
		}
		if _, _, err := alter(ctx, s, access.CredentialEntry, k.entry.Key, func(c *access.Credential) bool {
			c.ConfirmedAt, c.ConfirmedBy = s.instant(), by
			return true
		}); err != nil {
			return err
		}
		s.attempts.succeeded(account)
		return s.confirmSessions(ctx, principal, k.value.ID)
	}
	return domain.NewError(domain.Forbidden, "confirmation_refused")
}

// confirmSessions lets sessions that rest on a credential do what they may from now on.
func (s *Service) confirmSessions(ctx context.Context, principal, credential string) error {
	list, err := s.store.List(ctx, access.SessionEntry, principal)
	if err != nil {
		return err
	}
	for _, e := range list {
		_, _, err := alter(ctx, s, access.SessionEntry, e.Key, func(session *access.Session) bool {
			if session.Confirmed || !slices.Contains(session.Credentials, credential) {
				return false
			}
			session.Confirmed = true
			return true
		})
		if err != nil {
			return err
		}
	}
	return nil
}
