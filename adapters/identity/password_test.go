package identity_test

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/adapters/identity/identitytest"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

func TestPasswordsThatAreRefused(t *testing.T) {
	for password, problem := range map[string]string{
		"seven77":                      "password_short",
		"七个汉字的密码":                      "password_short",
		strings.Repeat("长", 129):       "too_long",
		"tab\tin the middle":           "control_character",
		"Password1!":                   "password_common",
		"P@ssw0rd2024":                 "password_common",
		"pa55word":                     "password_common",
		"12345678":                     "password_common",
		"87654321":                     "password_common",
		"1234567890":                   "password_common",
		"abcd1234":                     "password_common",
		"aaaaaaaaaaaa":                 "password_common",
		"abcabcabcabc":                 "password_common",
		"12341234":                     "password_common",
		"19900101":                     "password_common",
		"31121985":                     "password_common",
		"woaini520":                    "password_common",
		"Woaini1314":                   "password_common",
		"qwertyuiop":                   "password_common",
		"1qaz2wsx3edc4rfv":             "",
		"wang.fang2":                   "password_common", // the principal
		"Wang.Fang2!!":                 "password_common",
		"八个汉字的密码吧":                     "",
		"three plain words":            "",
		"correct horse battery staple": "",
	} {
		t.Run(password, func(t *testing.T) {
			_, err := identity.CheckPassword(password, "wang.fang2")
			if problem == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, &domain.Error{Code: "weak_password"})
			require.ErrorContains(t, err, problem)
			require.NotContains(t, err.Error(), password)
		})
	}
}

func TestAPasswordIsTheSameFromEveryKeyboard(t *testing.T) {
	w := newWorld(t)
	who, _ := w.invited("e1", false)
	_, _, err := w.SetPassword(t.Context(), who, "Muss i denn zum Sta\u0308dtele")
	require.NoError(t, err)
	l, err := w.LoginPassword(t.Context(), from, " E1 ", "Muss i denn zum St\u00e4dtele")
	require.NoError(t, err)
	require.NotNil(t, l.Opened)
}

func TestAPasswordIsHashedWithArgon2id(t *testing.T) {
	store := &identitytest.Memory{}
	s, err := identity.New(identity.Options{
		Store: store, Now: time.Now, Random: rand.Reader, Key: make([]byte, 32),
		Person: func(context.Context, string) (identity.Person, error) {
			return identity.Person{Known: true, Active: true}, nil
		},
		Record: func(context.Context, identity.Change) error { return nil },
	})
	require.NoError(t, err)
	code, _, err := s.Invite(t.Context(), identity.InvitationRequest{Principal: "e1", By: "hr1"})
	require.NoError(t, err)
	o, err := s.Redeem(t.Context(), from, code.Reveal())
	require.NoError(t, err)
	who, err := s.Authenticate(t.Context(), o.Token.Reveal())
	require.NoError(t, err)
	_, _, err = s.SetPassword(t.Context(), who, good)
	require.NoError(t, err)
	_, err = s.LoginPassword(t.Context(), from, "e1", good)
	require.NoError(t, err)
	entries, err := store.List(t.Context(), access.CredentialEntry, "e1")
	require.NoError(t, err)
	require.Contains(t, string(entries[0].Body), "$argon2id$v=19$m=47104,t=1,p=1$")
	require.NotContains(t, string(entries[0].Body), good)
}

func TestSomebodyUnknownGetsTheAnswerOfAWrongPassword(t *testing.T) {
	w := newWorld(t)
	w.enrolled("e1")
	var answers []string
	for i, login := range []string{"e1", "e2", "nobody", "no such-id!", ""} {
		_, err := w.LoginPassword(t.Context(), identity.From{Network: strconv.Itoa(i)}, login, "a wrong password")
		require.Error(t, err)
		answers = append(answers, err.Error())
	}
	for _, a := range answers {
		require.Equal(t, "login_refused", a)
	}
	_, err := w.LoginPassword(t.Context(), from, "e1", strings.Repeat("x", 1<<20))
	refused(t, err, "login_refused")
}

func wait(t *testing.T, err error) time.Duration {
	t.Helper()
	e, ok := err.(*domain.Error) //nolint:errorlint // it is that very type
	require.True(t, ok, "%v", err)
	if e.Code == "login_refused" {
		return 0
	}
	require.Equal(t, "too_many_attempts", e.Code)
	n, err := strconv.Atoi(e.Args["seconds"])
	require.NoError(t, err)
	return time.Duration(n) * time.Second
}

func TestGuessingWaitsLongerEachTimeAndNeverForEver(t *testing.T) {
	w := newWorld(t)
	w.enrolled("e1")
	wrong := func() time.Duration {
		_, err := w.LoginPassword(t.Context(), from, "e1", "a wrong password")
		return wait(t, err)
	}
	for range 5 {
		require.Zero(t, wrong())
	}
	for _, minutes := range []int{1, 2, 4, 8, 16, 32, 60, 60, 60} {
		want := time.Duration(minutes) * time.Minute
		require.Equal(t, want, wrong())
		require.Equal(t, want, wrong(), "a refused attempt makes nobody wait longer")
		_, err := w.LoginPassword(t.Context(), from, "e1", good)
		refused(t, err, "too_many_attempts") // not even the right one
		w.pass(want)
		if minutes < 60 {
			require.Zero(t, wrong())
			continue
		}
		break
	}
	w.login("e1") // in the end the owner comes in, and begins with a clean slate
	for range 5 {
		require.Zero(t, wrong())
	}
	w.pass(3 * time.Hour)
	require.Zero(t, wrong(), "what was long ago is forgotten")
}

func TestGuessingManyAccountsFromOneNetworkWaits(t *testing.T) {
	w := newWorld(t)
	w.enrolled("e1")
	var waits time.Duration
	tried := 0
	for ; waits == 0; tried++ {
		_, err := w.LoginPassword(t.Context(), from, "u"+strconv.Itoa(tried), "a wrong password")
		waits = wait(t, err)
	}
	require.Equal(t, 26, tried)
	require.Equal(t, time.Minute, waits)
	elsewhere := from
	elsewhere.Network = "203.0.113.9"
	_, err := w.LoginPassword(t.Context(), elsewhere, "e1", good)
	require.NoError(t, err)
	_, err = w.Redeem(t.Context(), from, "ABCD")
	refused(t, err, "too_many_attempts")
}

// Guesses are counted before they are looked at, so a hundred at once are no more than five.
func TestGuessesAtOnceAreNotFree(t *testing.T) {
	w := newWorld(t)
	w.enrolled("e1")
	var all sync.WaitGroup
	var looked atomic.Int32
	for i := range 40 {
		all.Go(func() {
			_, err := w.LoginPassword(t.Context(), identity.From{Network: strconv.Itoa(i)}, "e1", "a wrong password")
			if strings.HasPrefix(err.Error(), "login_refused") {
				looked.Add(1)
			}
		})
	}
	all.Wait()
	require.Equal(t, int32(5), looked.Load())
}

func TestAResetLetsTheOwnerTryAtOnce(t *testing.T) {
	w := newWorld(t)
	w.enrolled("e1")
	for range 6 {
		_, err := w.LoginPassword(t.Context(), from, "e1", "a wrong password")
		require.Error(t, err)
	}
	_, err := w.Reset(t.Context(), "e1", "hr1")
	require.NoError(t, err)
	w.enrolled("e1")
	w.login("e1")
}
