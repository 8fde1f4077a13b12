package identity

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// From is where a login comes from.
type From struct {
	Network  string // the address, or the prefix that one customer of a provider has; it is kept in memory only
	Client   string // browser and system, as the person will recognise them
	Replaces string // the session that the browser shows already; the login ends it
}

// Opened is a session that has begun. Token is shown once, to the browser.
type Opened struct {
	Token   Secret
	Session access.Session
}

// Login is the outcome of a password: a session, or a ceremony that SecondFactor goes on with.
type Login struct {
	Opened       *Opened
	SecondFactor Secret
}

// proof is what somebody has shown.
type proof struct {
	principal   string
	used        []kept[access.Credential]
	strong      bool
	deviceBound bool
	invitation  *access.Invitation // instead of credentials
}

// Identified is somebody whose session or token is good at the moment of the request.
type Identified struct {
	Principal string
	Person    Person
	Session   *access.Session // nil for a token
	Token     *access.Token   // nil for a session
	now       domain.Instant
}

// Permits reports whether what somebody shows may be used for an action; that its principal may carry it out is another question.
// A session that sets up its first credential is good for that alone, and so is one whose device nobody has vouched for, besides
// recording punches, which are then held.
func (i Identified) Permits(a access.Action) bool {
	switch {
	case i.Token != nil:
		return i.Token.Permits(a)
	case i.Session == nil:
		return false
	case i.Session.Enrolling:
		return a == access.IdentityUse
	case !i.Session.Confirmed:
		return a == access.IdentityUse || a == access.PunchRecord
	}
	return true
}

// Fresh refuses what is sensitive to who has not proven who they are in the last minutes, and to the privileged without a strong
// proof. Logging in again, which replaces the session, mends it. Tokens are never fresh.
func (i Identified) Fresh() error {
	if !i.recent() || i.Person.Privileged && !i.Session.Strong && !i.Session.Enrolling {
		return proveAgain()
	}
	return nil
}

func (i Identified) recent() bool {
	return i.Session != nil && i.now-i.Session.AuthenticatedAt <= domain.Instant(access.FreshFor.Milliseconds())
}

func proveAgain() error { return domain.NewError(domain.Forbidden, "prove_again") }

const longestClient = 100

func clientName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s)
	if runes := []rune(s); len(runes) > longestClient {
		s = string(runes[:longestClient])
	}
	return s
}

func sessionKey(token string) string { return digest("session", token) }

// open begins a session. What was shown is looked at once more while nothing can be ended, so that a login which was under way
// when its credential was removed comes to nothing.
func (s *Service) open(ctx context.Context, from From, p proof) (*Opened, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.instant()
	session := access.Session{
		Principal: p.principal, CreatedAt: now, AuthenticatedAt: now, SeenAt: now, Client: clientName(from.Client),
		Strong: p.strong, DeviceBound: p.deviceBound,
	}
	person, err := s.person(ctx, p.principal)
	if err == nil && !person.Active {
		err = domain.NewError(domain.Forbidden, "login_refused")
	}
	if err != nil {
		return nil, err
	}
	if p.invitation != nil {
		session.Enrolling, session.Confirmed = true, !p.invitation.Confirm
	}
	for i, used := range p.used {
		c, ok, err := s.usable(ctx, used.entry.Key)
		if err != nil {
			return nil, err
		}
		if !ok || c.value.ID != used.value.ID {
			return nil, domain.NewError(domain.Forbidden, "login_refused")
		}
		session.Methods, session.Credentials = append(session.Methods, c.value.Kind), append(session.Credentials, c.value.ID)
		// The first one says who it is; a second factor adds to it.
		if i == 0 {
			session.Confirmed = c.value.ConfirmedAt != 0
		}
	}
	return s.begun(ctx, from.Replaces, session)
}

// begun stores a session under a new token, and ends the one that it replaces. No token that somebody brings is ever taken on.
func (s *Service) begun(ctx context.Context, replaces string, session access.Session) (*Opened, error) {
	token, err := s.opaque()
	if err != nil {
		return nil, err
	}
	if session.ID, err = s.publicID(); err != nil {
		return nil, err
	}
	if replaces != "" {
		if _, err := s.store.Delete(ctx, access.SessionEntry, sessionKey(replaces)); err != nil {
			return nil, err
		}
	}
	if err := s.store.Purge(ctx, s.instant()); err != nil {
		return nil, err
	}
	absolute := access.EmployeeAbsolute
	if session.Enrolling {
		absolute = access.EnrolmentAbsolute
	}
	k := kept[access.Session]{value: session, entry: access.Entry{
		Kind: access.SessionEntry, Key: sessionKey(token.clear), Principal: session.Principal, ExpiresAt: after(session.CreatedAt, absolute),
	}}
	return &Opened{token, session}, put(ctx, s, k)
}

func after(at domain.Instant, d time.Duration) domain.Instant {
	return at + domain.Instant(d.Milliseconds())
}

// seenEvery is how exactly it is kept when a session was used last. Each note is a write to the disk.
const seenEvery = time.Minute

func ended() error { return domain.NewError(domain.Forbidden, "session_ended") }

// Authenticate returns who holds a session. The principal is looked at each time: who has left is out at once, and who has got a
// privileged role has its short session from then on.
func (s *Service) Authenticate(ctx context.Context, token string) (Identified, error) {
	key := sessionKey(token)
	k, ok, err := find[access.Session](ctx, s, access.SessionEntry, key)
	if err != nil {
		return Identified{}, err
	}
	if !ok {
		return Identified{}, ended()
	}
	person, err := s.person(ctx, k.value.Principal)
	if err != nil {
		return Identified{}, err
	}
	now := s.instant()
	if !person.Active || expired(k.value, person.Privileged, now) {
		_, err := s.store.Delete(ctx, access.SessionEntry, key)
		return Identified{}, errors.Join(ended(), err)
	}
	if now >= after(k.value.SeenAt, seenEvery) {
		k.value.SeenAt = now
		// Another request may have noted it; and a session that was ended meanwhile is not there to be noted.
		if err := put(ctx, s, k); errors.Is(err, errMoved) {
			return s.stillThere(ctx, k, person, now)
		} else if err != nil {
			return Identified{}, err
		}
	}
	return Identified{Principal: k.value.Principal, Person: person, Session: &k.value, now: now}, nil
}

func (s *Service) stillThere(ctx context.Context, k kept[access.Session], person Person, now domain.Instant) (Identified, error) {
	_, ok, err := s.store.Get(ctx, k.entry.Kind, k.entry.Key)
	if err == nil && !ok {
		err = ended()
	}
	if err != nil {
		return Identified{}, err
	}
	return Identified{Principal: k.value.Principal, Person: person, Session: &k.value, now: now}, nil
}

// expired reports whether a session has been idle or old for longer than its principal's role allows.
func expired(session access.Session, privileged bool, now domain.Instant) bool {
	idle, absolute := access.EmployeeIdle, access.EmployeeAbsolute
	switch {
	case session.Enrolling:
		idle, absolute = access.EnrolmentAbsolute, access.EnrolmentAbsolute
	case privileged:
		idle, absolute = access.PrivilegedIdle, access.PrivilegedAbsolute
	}
	return now >= after(session.SeenAt, idle) || now >= after(session.CreatedAt, absolute)
}

// Logout ends the session of a token. It is no error when that has ended already.
func (s *Service) Logout(ctx context.Context, token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.store.Delete(ctx, access.SessionEntry, sessionKey(token))
	return err
}

// Sessions returns the sessions of a principal that are still good, the newest first.
func (s *Service) Sessions(ctx context.Context, principal string) ([]access.Session, error) {
	list, err := listed[access.Session](ctx, s, access.SessionEntry, principal)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	person, err := s.person(ctx, principal)
	if err != nil {
		return nil, err
	}
	var out []access.Session
	for _, k := range list {
		if person.Active && !expired(k.value, person.Privileged, s.instant()) {
			out = append(out, k.value)
		}
	}
	slices.SortFunc(out, func(a, b access.Session) int { return int(b.CreatedAt - a.CreatedAt) })
	return out, nil
}

// EndSession ends one session of a principal by its public id.
func (s *Service) EndSession(ctx context.Context, principal, id string) error {
	n, err := s.endSessions(ctx, principal, func(session access.Session) bool { return session.ID == id })
	if err == nil && n == 0 {
		err = domain.NewError(domain.NotFound, "unknown_session", "session", id)
	}
	return err
}

// EndSessions ends all sessions of a principal except one, which may be empty, and returns how many.
func (s *Service) EndSessions(ctx context.Context, principal, except string) (int, error) {
	return s.endSessions(ctx, principal, func(session access.Session) bool { return session.ID != except })
}

func (s *Service) endSessions(ctx context.Context, principal string, end func(access.Session) bool) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if principal == "" {
		return 0, nil
	}
	list, err := listed[access.Session](ctx, s, access.SessionEntry, principal)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, k := range list {
		if !end(k.value) {
			continue
		}
		if _, err := s.store.Delete(ctx, access.SessionEntry, k.entry.Key); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
