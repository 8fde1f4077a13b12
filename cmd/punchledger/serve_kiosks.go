package main

import (
	"context"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// kiosks lets the HTTP API prove what a kiosk is and who stands before it.
type kiosks struct{ s *identity.Service }

func openedKiosk(o identity.KioskOpened, err error) (httpapi.OpenedKiosk, error) {
	return httpapi.OpenedKiosk{Token: o.Token.Reveal(), Session: o.Session}, err
}

// Challenge implements httpapi.Kiosks.
func (k kiosks) Challenge(device string) (string, error) {
	challenge, err := k.s.ChallengeKiosk(device)
	return challenge.Reveal(), err
}

// Open implements httpapi.Kiosks.
func (k kiosks) Open(ctx context.Context, device, challenge, signature string) (httpapi.OpenedKiosk, error) {
	return openedKiosk(k.s.OpenKiosk(ctx, device, challenge, signature))
}

// Pair implements httpapi.Kiosks.
func (k kiosks) Pair(ctx context.Context, device, by string) (string, domain.Instant, error) {
	code, until, err := k.s.PairKiosk(ctx, device, by)
	return code.Reveal(), until, err
}

// OpenPaired implements httpapi.Kiosks.
func (k kiosks) OpenPaired(ctx context.Context, from httpapi.LoginFrom, code string) (httpapi.OpenedKiosk, error) {
	return openedKiosk(k.s.OpenPaired(ctx, fromOf(from), code))
}

// EndKiosk implements httpapi.Kiosks.
func (k kiosks) EndKiosk(ctx context.Context, device string) (int, error) {
	return k.s.EndKiosk(ctx, device)
}

// Identify implements httpapi.Kiosks.
func (k kiosks) Identify(ctx context.Context, device string, shown httpapi.ShownAtKiosk) (httpapi.AtKiosk, error) {
	p, err := k.s.Identify(ctx, device, identity.ShownAtKiosk{Number: shown.Number, Badge: shown.Badge, PIN: shown.PIN})
	return httpapi.AtKiosk{Identification: p.Nonce.Reveal(), Emp: p.Principal, Proofs: p.Proofs, Until: p.Until}, err
}

// At implements httpapi.Kiosks.
func (k kiosks) At(identification, device string) (string, bool) {
	return k.s.PresentAt(identification, device)
}

// Present implements httpapi.Kiosks.
func (k kiosks) Present(identification, emp, device, punch string) []access.CredentialKind {
	return k.s.Present(identification, emp, device, punch)
}

// IssuePIN implements httpapi.Kiosks.
func (k kiosks) IssuePIN(ctx context.Context, principal, by string) (string, access.Credential, error) {
	pin, made, err := k.s.IssuePIN(ctx, principal, by)
	return pin.Reveal(), made, err
}

// IssueBadge implements httpapi.Kiosks.
func (k kiosks) IssueBadge(ctx context.Context, principal, by string) (string, access.Credential, error) {
	text, made, err := k.s.IssueBadge(ctx, principal, by)
	return text.Reveal(), made, err
}

// SetPIN implements httpapi.Kiosks.
func (k kiosks) SetPIN(ctx context.Context, c httpapi.Credential, pin string) (access.Credential, error) {
	who, err := k.s.Authenticate(ctx, c.Session)
	if err != nil {
		return access.Credential{}, err
	}
	return k.s.SetPIN(ctx, who, pin)
}

// Picture implements httpapi.Kiosks.
func (kiosks) Picture(text string) (svg, png []byte, err error) {
	q, err := identity.NewQR(text)
	if err != nil {
		return nil, nil, err
	}
	return q.SVG(), q.PNG(), nil
}

// seenAtKiosks tells the intake who has shown a kiosk who they are.
func seenAtKiosks(s *identity.Service) ledger.Persons {
	return func(_ context.Context, who ledger.Presented) ([]timecard.Proof, error) {
		var out []timecard.Proof
		for _, kind := range s.Present(who.Nonce, who.Emp, who.Device, who.For) {
			out = append(out, timecard.Proof{Proof: string(kind)})
		}
		return out, nil
	}
}
