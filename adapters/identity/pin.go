package identity

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// A PIN is good at kiosks only. It is short, so it is hashed together with a key that lies elsewhere, and wrong ones are counted in the
// state, where a restart does not forget them.

const issuedDigits = 6

func pinKey(principal string) string { return "pin:" + principal }

// CheckPIN refuses a PIN that others try first: one digit or a pair over and over, runs, years, dates, and the digits of one's own id.
func CheckPIN(pin, principal string) error {
	problem := ""
	switch {
	case len(pin) < access.ShortestPIN || len(pin) > access.LongestPIN || strings.ContainsFunc(pin, func(r rune) bool { return r < '0' || r > '9' }):
		problem = "pin_form"
	case repeated(pin) || run(pin) || isYear(pin) || isDayOfYear(pin) || isDate(pin) || ofOwner(pin, principal) || keypad[pin]:
		problem = "pin_common"
	}
	if problem != "" {
		return domain.NewError(domain.Invalid, "weak_pin", "problem", problem)
	}
	return nil
}

// keypad are walks on the keys of a pad.
var keypad = map[string]bool{"2580": true, "0852": true, "1470": true, "3690": true, "1590": true, "147258": true, "147258369": true, "159753": true}

func isYear(pin string) bool {
	return len(pin) == 4 && (pin[:2] == "19" || pin[:2] == "20")
}

// isDayOfYear reports whether a PIN is a day and a month in either order, or those with a year of two digits.
func isDayOfYear(pin string) bool {
	forms := []string{}
	switch len(pin) {
	case 4:
		forms = []string{"2000" + pin, "2000" + pin[2:] + pin[:2]}
	case 6:
		forms = []string{"20" + pin, "20" + pin[4:] + pin[2:4] + pin[:2], "20" + pin[4:] + pin[:4]}
	}
	for _, f := range forms {
		if _, err := domain.ParseDate(f[:4] + "-" + f[4:6] + "-" + f[6:]); err == nil {
			return true
		}
	}
	return false
}

// ofOwner reports whether a PIN is the number in its owner's id.
func ofOwner(pin, principal string) bool {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, principal)
	return digits != "" && strings.TrimLeft(pin, "0") == strings.TrimLeft(digits, "0")
}

// IssuePIN draws a new PIN for somebody, which is shown once. It replaces the one before and ends its block.
func (s *Service) IssuePIN(ctx context.Context, principal, by string) (Secret, access.Credential, error) {
	if err := s.known(ctx, principal); err != nil {
		return Secret{}, access.Credential{}, err
	}
	pin, err := s.drawPIN(principal)
	if err != nil {
		return Secret{}, access.Credential{}, err
	}
	phc, err := s.hashPIN(ctx, principal, pin)
	if err != nil {
		return Secret{}, access.Credential{}, err
	}
	c, err := s.issue(ctx, pinKey(principal), access.Credential{Kind: access.PIN, Principal: principal, Password: phc, CreatedBy: by})
	if err == nil {
		s.attempts.forget(accountGuess("pin", principal).key)
	}
	return Secret{pin}, c, err
}

func (s *Service) drawPIN(principal string) (string, error) {
	for {
		b, err := s.bytes(16)
		if err != nil {
			return "", err
		}
		n := new(big.Int).Mod(new(big.Int).SetBytes(b), big.NewInt(1_000_000))
		pin := fmt.Sprintf("%0*d", issuedDigits, n)
		if CheckPIN(pin, principal) == nil {
			return pin, nil
		}
	}
}

// hashPIN hashes a PIN under the key of the ledger: without that a stolen file does not tell ten thousand possibilities apart.
func (s *Service) hashPIN(ctx context.Context, principal, pin string) (string, error) {
	return s.hash(ctx, string(s.mac("pin", principal, pin)))
}

// issue stores a credential that somebody else gives, in the place of the one with its key, which the register hears of too.
func (s *Service) issue(ctx context.Context, key string, c access.Credential) (access.Credential, error) {
	old, found, err := find[access.Credential](ctx, s, access.CredentialEntry, key)
	if err != nil {
		return c, err
	}
	if c.ID, err = s.publicID(); err != nil {
		return c, err
	}
	c.CreatedAt = s.instant()
	c.ConfirmedAt, c.ConfirmedBy = c.CreatedAt, c.CreatedBy
	if err := s.record(ctx, Change{ID: c.ID, Principal: c.Principal, By: c.CreatedBy, Kind: c.Kind, At: c.CreatedAt}); err != nil {
		return c, err
	}
	err = put(ctx, s, kept[access.Credential]{value: c, entry: access.Entry{
		Kind: access.CredentialEntry, Key: key, Principal: c.Principal, Version: old.entry.Version,
	}})
	if errors.Is(err, errMoved) {
		err = domain.NewError(domain.Conflict, "credential_taken")
	}
	if err != nil || !found {
		return shown(c), err
	}
	return shown(c), s.record(ctx, Change{
		ID: old.value.ID, Principal: c.Principal, By: c.CreatedBy, Kind: c.Kind, Removed: true, Reason: reasonReplaced, At: c.CreatedAt,
	})
}

// SetPIN sets or replaces one's own PIN. It takes a login, with a proof of the last minutes: a PIN does not change itself.
func (s *Service) SetPIN(ctx context.Context, who Identified, pin string) (access.Credential, error) {
	if who.Session == nil || who.Session.Enrolling || !who.Session.Confirmed {
		return access.Credential{}, proveAgain()
	}
	if err := s.mayAdd(ctx, who); err != nil {
		return access.Credential{}, err
	}
	if err := CheckPIN(pin, who.Principal); err != nil {
		return access.Credential{}, err
	}
	phc, err := s.hashPIN(ctx, who.Principal, pin)
	if err != nil {
		return access.Credential{}, err
	}
	added, err := s.add(ctx, who, pinKey(who.Principal), access.Credential{Kind: access.PIN, Password: phc})
	if err == nil {
		s.attempts.forget(accountGuess("pin", who.Principal).key)
	}
	return shown(added.Credential), err
}

// kioskGuess is what all who use a kiosk guess together: a shift mistypes more than a person.
func kioskGuess(device string) guess { return guess{"kiosk:" + device, freeNetworkAttempts} }

// checkPIN compares a PIN. It is counted in the state before it is looked at; after MostWrongPINs in a row no PIN is right until another
// is set. Somebody unknown costs the same work and gets the same answer as a wrong PIN.
func (s *Service) checkPIN(ctx context.Context, principal, device, pin string) error {
	account, kiosk := accountGuess("pin", principal), kioskGuess(device)
	if err := s.attempts.try(s.now(), account, kiosk); err != nil {
		return err
	}
	if len(pin) > access.LongestPIN {
		pin = ""
	}
	phc, err := s.nobodys(ctx)
	if err != nil {
		return err
	}
	blocked, counted := false, int64(0)
	k, found, err := alter(ctx, s, access.CredentialEntry, pinKey(principal), func(c *access.Credential) bool {
		if blocked = c.Wrong >= access.MostWrongPINs; blocked || !c.Usable() {
			return false
		}
		c.Wrong++
		counted = int64(c.Wrong)
		return true
	})
	if err != nil {
		return err
	}
	if found && k.value.Usable() && counted > 0 {
		phc = k.value.Password
	}
	right, err := s.matches(ctx, string(s.mac("pin", principal, pin)), phc)
	if err != nil {
		return err
	}
	person, err := s.person(ctx, principal)
	if err != nil {
		return err
	}
	switch {
	case blocked:
		return domain.NewError(domain.Forbidden, "pin_blocked")
	case !right || counted == 0 || !person.Active:
		return domain.NewError(domain.Forbidden, "pin_refused")
	}
	s.attempts.succeeded(account, kiosk)
	_, _, err = alter(ctx, s, access.CredentialEntry, pinKey(principal), func(c *access.Credential) bool {
		c.Wrong, c.LastUsedAt = 0, s.instant()
		return c.ID == k.value.ID
	})
	return err
}

const (
	badgeBytes = 15 // 120 bits, 24 letters
	// BadgePrefix begins what is printed on a badge.
	BadgePrefix = "plb1:"
)

func badgeKey(code string) string { return "badge:" + digest("badge", asTyped(code)) }

// IssueBadge draws the code of a badge for somebody, to be printed. It is shown once; the badge before is good no more.
func (s *Service) IssueBadge(ctx context.Context, principal, by string) (Secret, access.Credential, error) {
	if err := s.known(ctx, principal); err != nil {
		return Secret{}, access.Credential{}, err
	}
	before, err := listed[access.Credential](ctx, s, access.CredentialEntry, principal)
	if err != nil {
		return Secret{}, access.Credential{}, err
	}
	for _, k := range before {
		if k.value.Kind == access.Badge {
			if err := s.remove(ctx, k, by, reasonReplaced); err != nil {
				return Secret{}, access.Credential{}, err
			}
		}
	}
	code, err := s.code(badgeBytes)
	if err != nil {
		return Secret{}, access.Credential{}, err
	}
	c, err := s.issue(ctx, badgeKey(code.clear), access.Credential{Kind: access.Badge, Principal: principal, CreatedBy: by})
	return Secret{BadgePrefix + code.clear}, c, err
}

// whoseBadge finds who carries a badge; empty for one that is none.
func (s *Service) whoseBadge(ctx context.Context, shown string) (string, error) {
	c, found, err := s.usable(ctx, badgeKey(strings.TrimPrefix(strings.TrimSpace(shown), BadgePrefix)))
	if err != nil || !found {
		return "", err
	}
	person, err := s.person(ctx, c.value.Principal)
	if err != nil || !person.Active {
		return "", err
	}
	return c.value.Principal, nil
}
