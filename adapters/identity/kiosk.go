package identity

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/place"
)

// Kiosk is what is known of a device that many use. Open is false for one that may not speak for itself: not confirmed, blocked,
// retired, or no kiosk.
type Kiosk struct {
	Open   bool
	Origin string
	KeyID  string
	Verify func(message, signature []byte) bool
}

const (
	kioskProof   ceremonyKind = "prove to be a kiosk"
	kioskPairing ceremonyKind = "pair a browser with a kiosk"
	identified   ceremonyKind = "show a kiosk who one is"
)

// KioskOpened is a session of a kiosk that has begun. Token is shown once.
type KioskOpened struct {
	Token   Secret
	Session access.KioskSession
}

// ChallengeKiosk returns what a kiosk signs to prove itself, once. Whether there is such a kiosk is not told.
func (s *Service) ChallengeKiosk(device string) (Secret, error) { return s.begin(kioskProof, device) }

func kioskRefused() error { return domain.NewError(domain.Forbidden, "kiosk_refused") }

// kioskNow returns a kiosk that may speak for itself now.
func (s *Service) kioskNow(ctx context.Context, device string) (Kiosk, error) {
	if s.kiosk == nil {
		return Kiosk{}, kioskRefused()
	}
	k, err := s.kiosk(ctx, device)
	if err == nil && !k.Open {
		err = kioskRefused()
	}
	return k, err
}

// OpenKiosk begins the session of a kiosk that has signed a challenge with its key.
func (s *Service) OpenKiosk(ctx context.Context, device, challenge, signature string) (KioskOpened, error) {
	asked, err := resume[string](s, kioskProof, challenge)
	if err != nil {
		return KioskOpened{}, err
	}
	k, err := s.kioskNow(ctx, device)
	if err != nil {
		return KioskOpened{}, err
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(signature)
	if err != nil || asked != device || !k.Verify(place.KioskText(k.Origin, device, challenge), raw) {
		return KioskOpened{}, kioskRefused()
	}
	return s.kioskBegun(ctx, access.KioskSession{Device: device, KeyID: k.KeyID}, access.KioskFor)
}

const pairingBytes = 10 // 80 bits, 16 letters, for five minutes

// PairKiosk returns a code that lets one browser stand for a kiosk, once and within minutes: for a browser that cannot sign.
func (s *Service) PairKiosk(ctx context.Context, device, by string) (Secret, domain.Instant, error) {
	if _, err := s.kioskNow(ctx, device); err != nil {
		return Secret{}, 0, err
	}
	code, err := s.code(pairingBytes)
	if err != nil {
		return Secret{}, 0, err
	}
	s.pending.add(s.now(), digest("ceremony", asTyped(code.clear)), kioskPairing, access.KioskSession{Device: device, PairedBy: by})
	return code, after(s.instant(), ceremonyFor), nil
}

// OpenPaired begins the session of a browser that was given a pairing code.
func (s *Service) OpenPaired(ctx context.Context, from From, code string) (KioskOpened, error) {
	network := networkGuess(from.Network)
	if err := s.attempts.try(s.now(), network); err != nil {
		return KioskOpened{}, err
	}
	session, err := resume[access.KioskSession](s, kioskPairing, asTyped(code))
	if err != nil {
		return KioskOpened{}, kioskRefused()
	}
	s.attempts.succeeded(guess{}, network)
	k, err := s.kioskNow(ctx, session.Device)
	if err != nil {
		return KioskOpened{}, err
	}
	session.KeyID = k.KeyID
	return s.kioskBegun(ctx, session, access.PairedKioskFor)
}

func (s *Service) kioskBegun(ctx context.Context, session access.KioskSession, lasts time.Duration) (KioskOpened, error) {
	token, err := s.opaque()
	if err != nil {
		return KioskOpened{}, err
	}
	if session.ID, err = s.publicID(); err != nil {
		return KioskOpened{}, err
	}
	session.CreatedAt = s.instant()
	session.ExpiresAt = after(session.CreatedAt, lasts)
	if err := s.store.Purge(ctx, s.instant()); err != nil {
		return KioskOpened{}, err
	}
	return KioskOpened{token, session}, put(ctx, s, kept[access.KioskSession]{value: session, entry: access.Entry{
		Kind: access.KioskEntry, Key: digest("kiosk", token.clear), Principal: session.Device, ExpiresAt: session.ExpiresAt,
	}})
}

// AuthenticateKiosk returns the session of a kiosk. The device is looked at each time: one that was blocked, retired or given another
// key is out at once.
func (s *Service) AuthenticateKiosk(ctx context.Context, token string) (access.KioskSession, error) {
	key := digest("kiosk", token)
	k, ok, err := find[access.KioskSession](ctx, s, access.KioskEntry, key)
	if err != nil {
		return access.KioskSession{}, err
	}
	if !ok {
		return access.KioskSession{}, ended()
	}
	now, err := s.kioskNow(ctx, k.value.Device)
	if err != nil && !errors.Is(err, &domain.Error{Code: "kiosk_refused"}) {
		return access.KioskSession{}, err
	}
	if err != nil || now.KeyID != k.value.KeyID || s.instant() >= k.value.ExpiresAt {
		_, err := s.store.Delete(ctx, access.KioskEntry, key)
		return access.KioskSession{}, errors.Join(ended(), err)
	}
	return k.value, nil
}

// EndKiosk ends all sessions of a kiosk, and returns how many there were.
func (s *Service) EndKiosk(ctx context.Context, device string) (int, error) {
	if device == "" {
		return 0, nil
	}
	return s.drop(ctx, access.KioskEntry, device)
}

// ShownAtKiosk is what somebody shows a kiosk: a number (their id) with a PIN, or a badge with or without one.
type ShownAtKiosk struct{ Number, Badge, PIN string }

// Presence is somebody who has shown a kiosk who they are. Nonce is for the kiosk, which hands it in with one punch.
type Presence struct {
	Nonce     Secret
	Principal string
	Proofs    []access.CredentialKind
	Until     domain.Instant
}

// presence is what is kept of it. For is the punch that it was used for.
type presence struct {
	Presence
	device, usedFor string
}

// Identify checks what somebody shows a kiosk. A number alone says nothing.
func (s *Service) Identify(ctx context.Context, device string, shown ShownAtKiosk) (Presence, error) {
	p := &presence{device: device}
	p.Principal = strings.ToLower(strings.TrimSpace(shown.Number))
	if shown.Badge != "" {
		kiosk := kioskGuess(device)
		if err := s.attempts.try(s.now(), kiosk); err != nil {
			return Presence{}, err
		}
		var err error
		if p.Principal, err = s.whoseBadge(ctx, shown.Badge); err != nil {
			return Presence{}, err
		}
		if p.Principal == "" {
			return Presence{}, domain.NewError(domain.Forbidden, "badge_refused")
		}
		s.attempts.succeeded(guess{}, kiosk)
		p.Proofs = append(p.Proofs, access.Badge)
	}
	if shown.Badge == "" || shown.PIN != "" {
		if !domain.ValidID(p.Principal, false) {
			p.Principal = "-" // which nobody is called
		}
		if err := s.checkPIN(ctx, p.Principal, device, shown.PIN); err != nil {
			return Presence{}, err
		}
		p.Proofs = append(p.Proofs, access.PIN)
	}
	p.Until = after(s.instant(), access.IdentifiedFor)
	var err error
	p.Nonce, err = s.begin(identified, p)
	return p.Presence, err
}

// Present returns by what a person has shown a kiosk who they are, in the last minutes; nothing where that is not so, or served another
// punch. A punch that is sent again is the same one.
func (s *Service) Present(nonce, principal, device, punch string) []access.CredentialKind {
	found, ok := s.pending.look(s.now(), digest("ceremony", nonce), identified)
	p, is := found.(*presence)
	if !ok || !is {
		return nil
	}
	s.pending.mu.Lock()
	defer s.pending.mu.Unlock()
	if p.Principal != principal || p.device != device || s.instant() > p.Until || p.usedFor != "" && p.usedFor != punch {
		return nil
	}
	p.usedFor = punch
	return p.Proofs
}

// PresentAt returns whom an identification of a kiosk is about, without using it up.
func (s *Service) PresentAt(nonce, device string) (principal string, ok bool) {
	found, ok := s.pending.look(s.now(), digest("ceremony", nonce), identified)
	p, is := found.(*presence)
	if !ok || !is || p.device != device || s.instant() > p.Until {
		return "", false
	}
	return p.Principal, true
}
