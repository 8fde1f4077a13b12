package identity

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// Passwords are hashed with argon2id in one pass over 46 MiB, which OWASP names as its first choice, and at most two at once, so that
// many logins cannot take the memory of the ledger.
const (
	hashMemoryKiB = 46 * 1024
	hashPasses    = 1
	hashLanes     = 1
	hashBytes     = 32
	saltBytes     = 16
	hashesAtOnce  = 2
	hashesWaiting = 200 // some three seconds
)

// lane runs f when fewer than two others hash.
func (s *Service) lane(ctx context.Context, f func()) error {
	select {
	case s.queue <- struct{}{}:
		defer func() { <-s.queue }()
	default:
		return domain.NewError(domain.Conflict, "identity_busy")
	}
	select {
	case s.lanes <- struct{}{}:
		defer func() { <-s.lanes }()
	case <-ctx.Done():
		return ctx.Err()
	}
	f()
	return nil
}

// hash returns a password in the PHC form of argon2id.
func (s *Service) hash(ctx context.Context, password string) (string, error) {
	salt, err := s.bytes(saltBytes)
	if err != nil {
		return "", err
	}
	var key []byte
	err = s.lane(ctx, func() {
		key = argon2.IDKey([]byte(password), salt, hashPasses, s.memoryKiB, hashLanes, hashBytes)
	})
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, s.memoryKiB, hashPasses, hashLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key)), err
}

var errHash = errors.New("a stored password is not in the form of argon2id")

// matches compares a password with a hash, with the parameters that the hash was made with.
func (s *Service) matches(ctx context.Context, password, phc string) (bool, error) {
	var version, memory, passes, lanes int
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errHash
	}
	_, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &lanes)
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	want, wantErr := base64.RawStdEncoding.DecodeString(parts[5])
	if errors.Join(err, saltErr, wantErr) != nil || version != argon2.Version || memory < 8 || memory > 1<<20 || passes < 1 || lanes < 1 ||
		lanes > 255 || len(want) < 16 {
		return false, errHash
	}
	var got []byte
	err = s.lane(ctx, func() {
		got = argon2.IDKey([]byte(password), salt, uint32(passes), uint32(memory), uint8(lanes), uint32(len(want)))
	})
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

// normal is the form in which a password is checked and hashed, so that it is the same from every keyboard.
func normal(password string) string { return norm.NFC.String(password) }

func passwordKey(principal string) string { return "password:" + principal }

// SetPassword sets or replaces the password of who is logged in, who must have proven it lately. Other sessions of theirs end.
// Advised is false for a password that is allowed and shorter than what is advised.
func (s *Service) SetPassword(ctx context.Context, who Identified, password string) (added Added, advised bool, err error) {
	if err := s.mayAdd(ctx, who); err != nil {
		return Added{}, false, err
	}
	password = normal(password)
	advised, err = CheckPassword(password, who.Principal)
	if err != nil {
		return Added{}, false, err
	}
	phc, err := s.hash(ctx, password)
	if err != nil {
		return Added{}, false, err
	}
	added, err = s.add(ctx, who, passwordKey(who.Principal), access.Credential{Kind: access.Password, Password: phc})
	return added, advised, err
}

// LoginPassword checks a password. Somebody unknown costs the same work and gets the same answer as a wrong password. Where one-time
// codes are set up, the login goes on with SecondFactor.
func (s *Service) LoginPassword(ctx context.Context, from From, login, password string) (Login, error) {
	login = strings.ToLower(strings.TrimSpace(login))
	account, network := accountGuess("password", digest("login", login)), networkGuess(from.Network)
	if err := s.attempts.try(s.now(), account, network); err != nil {
		return Login{}, err
	}
	c, found, err := s.passwordOf(ctx, login)
	if err != nil {
		return Login{}, err
	}
	phc, err := s.nobodys(ctx)
	if err != nil {
		return Login{}, err
	}
	if found {
		phc = c.value.Password
	}
	if len(password) > access.LongestPassword*4 { // bytes of that many characters
		password = ""
	}
	right, err := s.matches(ctx, normal(password), phc)
	if err != nil {
		return Login{}, err
	}
	person, err := s.person(ctx, login)
	if err != nil {
		return Login{}, err
	}
	if !right || !found || !person.Active {
		return Login{}, domain.NewError(domain.Forbidden, "login_refused")
	}
	s.attempts.succeeded(account, network)
	p := proof{principal: login, used: []kept[access.Credential]{c}}
	if _, ok, err := s.usable(ctx, totpKey(login)); err != nil {
		return Login{}, err
	} else if ok {
		pending, err := s.begin(secondFactor, p)
		return Login{SecondFactor: pending}, err
	}
	opened, err := s.open(ctx, from, p)
	return Login{Opened: opened}, err
}

// nobodys is a hash that the password of somebody unknown is compared with, so that it takes as long as for somebody known.
func (s *Service) nobodys(ctx context.Context) (phc string, err error) {
	s.decoying.Lock()
	defer s.decoying.Unlock()
	if s.decoy == "" {
		s.decoy, err = s.hash(ctx, "the password of nobody")
	}
	return s.decoy, err
}

func (s *Service) passwordOf(ctx context.Context, login string) (kept[access.Credential], bool, error) {
	if !domain.ValidID(login, false) {
		login = "-" // which nobody is called: the store is asked all the same
	}
	return s.usable(ctx, passwordKey(login))
}
