package identity

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 as authenticator apps speak it; HMAC-SHA-1 is not broken by collisions
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// One-time codes are those of RFC 6238: SHA-1, six digits, steps of thirty seconds.
const (
	totpStep    = 30
	totpDigits  = 6
	totpModulus = 1_000_000
	totpSkew    = 1 // steps that a phone's clock may be off, either way
	totpBytes   = 20
)

// OneTimeCode returns the code of a key at a step, the number of steps since 1970.
func OneTimeCode(key []byte, step int64) string {
	h := hmac.New(sha1.New, key)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := h.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, n%totpModulus)
}

// stepOf returns the step in which a code is good, of those after last.
func stepOf(key []byte, now, last int64, code string) (int64, bool) {
	found := int64(0)
	for step := now - totpSkew; step <= now+totpSkew; step++ {
		same := subtle.ConstantTimeCompare([]byte(OneTimeCode(key, step)), []byte(code)) == 1
		if same && step > last && found == 0 {
			found = step
		}
	}
	return found, found != 0
}

func (s *Service) step() int64 { return s.now().Unix() / totpStep }

func totpKey(principal string) string { return "totp:" + principal }

func recoveryKey(principal string) string { return "recovery:" + principal }

// TOTPOffer is what an authenticator app needs. It is shown once.
type TOTPOffer struct {
	Key      Secret // in base32, to be typed
	URL      Secret // to be shown as QR
	Ceremony Secret
}

type totpOffered struct {
	principal string
	key       []byte
}

// BeginTOTP offers a key for one-time codes to who is logged in, who must have proven it lately.
func (s *Service) BeginTOTP(ctx context.Context, who Identified) (TOTPOffer, error) {
	if err := s.mayAdd(ctx, who); err != nil {
		return TOTPOffer{}, err
	}
	if who.Session.Enrolling { // codes alone log nobody in
		return TOTPOffer{}, domain.NewError(domain.Conflict, "enrolment_unfinished")
	}
	key, err := s.bytes(totpBytes)
	if err != nil {
		return TOTPOffer{}, err
	}
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(key)
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + s.name + ":" + who.Principal, RawQuery: url.Values{
		"secret": {text}, "issuer": {s.name}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"},
	}.Encode()}
	c, err := s.begin(totpSetup, totpOffered{who.Principal, key})
	return TOTPOffer{Key: Secret{text}, URL: Secret{strings.ReplaceAll(u.String(), "+", "%20")}, Ceremony: c}, err
}

// FinishTOTP sets one-time codes up when the app shows the right one, and returns recovery codes, which are shown once. A password
// alone does not log in any more.
func (s *Service) FinishTOTP(ctx context.Context, who Identified, ceremony, code string) (Added, []Secret, error) {
	if err := s.mayAdd(ctx, who); err != nil {
		return Added{}, nil, err
	}
	offered, err := resume[totpOffered](s, totpSetup, ceremony)
	if err == nil && offered.principal != who.Principal {
		err = domain.NewError(domain.Conflict, "ceremony_gone")
	}
	if err != nil {
		return Added{}, nil, err
	}
	step, ok := stepOf(offered.key, s.step(), 0, asTyped(code))
	if !ok {
		return Added{}, nil, domain.NewError(domain.Forbidden, "login_refused")
	}
	sealed, err := s.seal(who.Principal, offered.key)
	if err != nil {
		return Added{}, nil, err
	}
	added, err := s.add(ctx, who, totpKey(who.Principal), access.Credential{
		Kind: access.TOTP, TOTP: &access.TOTPKey{Sealed: sealed, LastStep: step},
	})
	if err != nil {
		return Added{}, nil, err
	}
	// Whoever has shown a code besides the password has shown two factors.
	next := *who.Session
	next.Strong, next.AuthenticatedAt = true, s.instant()
	next.Methods, next.Credentials = append(slices.Clone(next.Methods), access.TOTP), append(slices.Clone(next.Credentials), added.Credential.ID)
	if added.Opened, err = s.renew(ctx, next); err != nil {
		return Added{}, nil, err
	}
	who.Session = &added.Opened.Session
	codes, err := s.NewRecoveryCodes(ctx, who)
	return added, codes, err
}

const recoveryBytes = 10 // 80 bits

// NewRecoveryCodes replaces the recovery codes of who is logged in. Each stands in for one one-time code.
func (s *Service) NewRecoveryCodes(ctx context.Context, who Identified) ([]Secret, error) {
	if err := s.mayAdd(ctx, who); err != nil {
		return nil, err
	}
	codes := make([]Secret, access.RecoveryCodes)
	macs := make([]string, len(codes))
	for i := range codes {
		var err error
		if codes[i], err = s.code(recoveryBytes); err != nil {
			return nil, err
		}
		macs[i] = s.recoveryMAC(who.Principal, codes[i].clear)
	}
	slices.Sort(macs) // their order says nothing
	_, err := s.add(ctx, who, recoveryKey(who.Principal), access.Credential{Kind: access.Recovery, Recovery: macs})
	return codes, err
}

func (s *Service) recoveryMAC(principal, code string) string {
	return hex.EncodeToString(s.mac("recovery code", principal, asTyped(code)))
}

// SecondFactor ends a login that LoginPassword has begun, with a one-time code or a recovery code. A wrong one ends the ceremony.
func (s *Service) SecondFactor(ctx context.Context, from From, ceremony, code string) (Opened, error) {
	p, err := resume[proof](s, secondFactor, ceremony)
	if err != nil {
		return Opened{}, err
	}
	account, network := accountGuess("factor", p.principal), networkGuess(from.Network)
	if err := s.attempts.try(s.now(), account, network); err != nil {
		return Opened{}, err
	}
	c, ok, err := s.spend(ctx, p.principal, asTyped(code))
	if err == nil && !ok {
		err = domain.NewError(domain.Forbidden, "login_refused")
	}
	if err != nil {
		return Opened{}, err
	}
	s.attempts.succeeded(account, network)
	p.used, p.strong = append(p.used, c), true
	opened, err := s.open(ctx, from, p)
	if err != nil {
		return Opened{}, err
	}
	return *opened, nil
}

// spend takes a one-time code or a recovery code, which is good once, also when it is shown twice at the same time.
func (s *Service) spend(ctx context.Context, principal, code string) (c kept[access.Credential], right bool, err error) {
	if len(code) == totpDigits {
		c, _, err = alter(ctx, s, access.CredentialEntry, totpKey(principal), func(c *access.Credential) bool {
			right = false
			if c.TOTP == nil || !c.Usable() {
				return false
			}
			key, openErr := s.unseal(principal, c.TOTP.Sealed)
			if openErr != nil {
				return false
			}
			var step int64
			if step, right = stepOf(key, s.step(), c.TOTP.LastStep, code); right {
				c.TOTP.LastStep = step
				c.LastUsedAt = s.instant()
			}
			return right
		})
		return c, right && err == nil, err
	}
	mac := s.recoveryMAC(principal, code)
	c, _, err = alter(ctx, s, access.CredentialEntry, recoveryKey(principal), func(c *access.Credential) bool {
		before := len(c.Recovery)
		c.Recovery = slices.DeleteFunc(slices.Clone(c.Recovery), func(m string) bool {
			return subtle.ConstantTimeCompare([]byte(m), []byte(mac)) == 1
		})
		right = c.Usable() && len(c.Recovery) < before
		if right {
			c.LastUsedAt = s.instant()
		}
		return right
	})
	return c, right && err == nil, err
}

func (s *Service) sealer() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.mac("totp key"))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// seal binds a key to its owner, so that nobody's can be put in the place of another one's.
func (s *Service) seal(principal string, key []byte) ([]byte, error) {
	aead, err := s.sealer()
	if err != nil {
		return nil, err
	}
	nonce, err := s.bytes(aead.NonceSize())
	if err != nil {
		return nil, err
	}
	return aead.Seal(nonce, nonce, key, []byte(principal)), nil
}

func (s *Service) unseal(principal string, sealed []byte) ([]byte, error) {
	aead, err := s.sealer()
	if err != nil {
		return nil, err
	}
	if len(sealed) < aead.NonceSize() {
		return nil, fmt.Errorf("the key of %s for one-time codes is cut", principal)
	}
	key, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(principal))
	if err != nil {
		return nil, fmt.Errorf("the key of %s for one-time codes was sealed under another key of the ledger: %w", principal, err)
	}
	return key, nil
}
