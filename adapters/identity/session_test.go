package identity_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain/access"
)

func TestAnInvitedPersonSetsAPasswordAndLogsIn(t *testing.T) {
	w := newWorld(t)
	first := w.enrolled("e1")
	who := w.who(first)
	require.Equal(t, "e1", who.Principal)
	require.True(t, who.Permits(access.PunchRecord))
	second := w.login("e1")
	require.NotEqual(t, first.Token.Reveal(), second.Token.Reveal())
	require.Equal(t, []access.CredentialKind{access.Password}, second.Session.Methods)
	require.False(t, second.Session.Strong)
	require.Equal(t, "Firefox on Linux", second.Session.Client)
	sessions, err := w.Sessions(t.Context(), "e1")
	require.NoError(t, err)
	require.Len(t, sessions, 2)
	require.Len(t, w.changes, 1)
	require.Equal(t, access.Password, w.changes[0].Kind)
}

// Fixation: what a browser shows before the login must not be the session after it.
func TestALoginNeverTakesOnATokenThatWasThere(t *testing.T) {
	w := newWorld(t)
	w.enrolled("e1")
	planted := w.login("e1")
	for _, replaces := range []string{"planted-by-somebody", planted.Token.Reveal()} {
		at := from
		at.Replaces = replaces
		l, err := w.LoginPassword(t.Context(), at, "e1", good)
		require.NoError(t, err)
		require.NotEqual(t, replaces, l.Opened.Token.Reveal())
		_, err = w.Authenticate(t.Context(), replaces)
		refused(t, err, "session_ended")
	}
}

func TestSessionsEndByThemselves(t *testing.T) {
	for _, c := range []struct {
		name, principal string
		step            time.Duration // between two uses
		want            time.Duration // from the login to the end
	}{
		{"an employee who is idle", "e1", access.EmployeeIdle, access.EmployeeIdle},
		{"an employee who is busy", "e1", 4 * time.Hour, access.EmployeeAbsolute},
		{"somebody privileged who is idle", "boss", access.PrivilegedIdle, access.PrivilegedIdle},
		{"somebody privileged who is busy", "boss", 15 * time.Minute, access.PrivilegedAbsolute},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.enrolled(c.principal)
			o := w.login(c.principal)
			for lasted := c.step; lasted < c.want; lasted += c.step {
				w.pass(c.step)
				w.who(o)
			}
			w.pass(c.step - time.Millisecond)
			w.who(o)
			w.pass(time.Millisecond)
			if c.step == c.want { // that use was one more
				w.pass(c.step)
			}
			w.gone(o)
		})
	}
}

func TestARoleShortensTheSessionsThatAreThere(t *testing.T) {
	w := newWorld(t)
	w.enrolled("e1")
	o := w.login("e1")
	w.pass(2 * time.Hour)
	w.person("e1", identity.Person{Known: true, Active: true, Privileged: true})
	w.gone(o)
}

func TestWhoLeavesIsOutAtOnce(t *testing.T) {
	w := newWorld(t)
	o := w.enrolled("e1")
	token, _, err := w.CreateToken(t.Context(), tokenFor("e1"))
	require.NoError(t, err)
	w.who(o)
	w.person("e1", identity.Person{})
	w.gone(o)
	_, err = w.AuthenticateToken(t.Context(), token.Reveal())
	refused(t, err, "token_refused")
	_, err = w.LoginPassword(t.Context(), from, "e1", good)
	refused(t, err, "login_refused")
	w.person("e1", identity.Person{Known: true, Active: true})
	w.gone(o) // it ended for good
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	w := newWorld(t)
	w.enrolled("e1")
	w.enrolled("e2")
	a, b, c, other := w.login("e1"), w.login("e1"), w.login("e1"), w.login("e2")
	refused(t, w.EndSession(t.Context(), "e2", a.Session.ID), "unknown_session")
	require.NoError(t, w.EndSession(t.Context(), "e1", a.Session.ID))
	w.gone(a)
	w.who(b)
	require.NoError(t, w.Logout(t.Context(), b.Token.Reveal()))
	require.NoError(t, w.Logout(t.Context(), b.Token.Reveal()))
	w.gone(b)
	n, err := w.EndSessions(t.Context(), "e1", c.Session.ID)
	require.NoError(t, err)
	require.Equal(t, 1, n) // that of the enrolment
	w.who(c)
	w.who(other)
	n, err = w.EndSessions(t.Context(), "", "")
	require.NoError(t, err)
	require.Zero(t, n)
}

// A request that is under way notes when the session was used; that must not bring an ended one back.
func TestUseAndLogoutAtOnceLeaveNoSession(t *testing.T) {
	w := newWorld(t)
	w.enrolled("e1")
	for range 50 {
		o := w.login("e1")
		w.pass(2 * time.Minute)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { _, _ = w.Authenticate(t.Context(), o.Token.Reveal()) })
			all.Go(func() { _ = w.Logout(t.Context(), o.Token.Reveal()) })
		}
		all.Wait()
		w.gone(o)
	}
}

func TestLoginsAndAResetAtOnceLeaveNoSession(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		w.enrolled("e1")
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() { _, _ = w.LoginPassword(t.Context(), from, "e1", good) })
		}
		all.Go(func() {
			if _, err := w.Reset(t.Context(), "e1", "hr1"); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		sessions, err := w.Sessions(t.Context(), "e1")
		require.NoError(t, err)
		require.Empty(t, sessions)
	}
}

func TestWhatIsSensitiveAsksForAFreshProof(t *testing.T) {
	w := newWorld(t)
	o := w.enrolled("e1")
	w.pass(access.FreshFor)
	require.NoError(t, w.who(o).Fresh())
	w.pass(time.Second)
	who := w.who(o)
	refused(t, who.Fresh(), "prove_again")
	_, _, err := w.SetPassword(t.Context(), who, good+"!")
	refused(t, err, "prove_again")
	_, err = w.BeginPasskey(t.Context(), who)
	refused(t, err, "prove_again")

	again := from
	again.Replaces = o.Token.Reveal()
	l, err := w.LoginPassword(t.Context(), again, "e1", good)
	require.NoError(t, err)
	require.NoError(t, w.who(*l.Opened).Fresh())
	w.gone(o)

	w.enrolled("boss")
	refused(t, w.who(w.login("boss")).Fresh(), "prove_again") // a password alone is not enough for the privileged
}

func TestAnInvitationIsGoodOnceAndForAWhile(t *testing.T) {
	w := newWorld(t)
	code, i, err := w.Invite(t.Context(), identity.InvitationRequest{Principal: "e1", By: "hr1"})
	require.NoError(t, err)
	require.Regexp(t, `^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$`, code.Reveal())
	open, err := w.Invitations(t.Context(), "e1")
	require.NoError(t, err)
	require.Equal(t, []access.Invitation{i}, open)
	var all sync.WaitGroup
	won := make(chan identity.Opened, 8)
	for range 8 {
		all.Go(func() {
			if o, err := w.Redeem(t.Context(), from, " "+lower(code.Reveal())+"\n"); err == nil {
				won <- o
			}
		})
	}
	all.Wait()
	require.Len(t, won, 1)
	o := <-won
	who := w.who(o)
	require.True(t, who.Permits(access.IdentityUse))
	require.False(t, who.Permits(access.PunchRecord))
	_, err = w.BeginTOTP(t.Context(), who)
	refused(t, err, "enrolment_unfinished")
	w.pass(access.EnrolmentAbsolute)
	w.gone(o)

	first, _, err := w.Invite(t.Context(), identity.InvitationRequest{Principal: "e1", By: "hr1"})
	require.NoError(t, err)
	second, _, err := w.Invite(t.Context(), identity.InvitationRequest{Principal: "e1", By: "hr1"})
	require.NoError(t, err)
	_, err = w.Redeem(t.Context(), from, first.Reveal())
	refused(t, err, "invitation_refused")
	w.pass(access.InvitationFor)
	_, err = w.Redeem(t.Context(), from, second.Reveal())
	refused(t, err, "invitation_refused")

	_, _, err = w.Invite(t.Context(), identity.InvitationRequest{Principal: "nobody", By: "hr1"})
	refused(t, err, "unknown_principal")
	_, _, err = w.Invite(t.Context(), identity.InvitationRequest{Principal: "e1", By: "hr1", Lifetime: 15 * 24 * time.Hour})
	refused(t, err, "invalid_field")
	refused(t, w.Withdraw(t.Context(), "e2"), "unknown_invitation")
	third, _, err := w.Invite(t.Context(), identity.InvitationRequest{Principal: "e1", By: "hr1"})
	require.NoError(t, err)
	require.NoError(t, w.Withdraw(t.Context(), "e1"))
	_, err = w.Redeem(t.Context(), from, third.Reveal())
	refused(t, err, "invitation_refused")
}

// Whoever was faster with a stolen invitation has another code on the screen than the person who is asked for it.
func TestSomebodyVouchesForTheFirstDevice(t *testing.T) {
	w := newWorld(t)
	who, _ := w.invited("e1", true)
	added, _, err := w.SetPassword(t.Context(), who, good)
	require.NoError(t, err)
	require.Regexp(t, `^\d{6}$`, added.Confirmation)
	o := *added.Opened
	require.True(t, w.who(o).Permits(access.PunchRecord)) // which holds it
	require.False(t, w.who(o).Permits(access.DayRead))
	require.False(t, w.who(w.login("e1")).Permits(access.DayRead))

	waiting, err := w.Unconfirmed(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, waiting, 1)
	require.Equal(t, added.Confirmation, waiting[0].Confirmation)
	refused(t, w.Confirm(t.Context(), "e1", added.Confirmation, "e1"), "confirm_self")
	wrong := "000000"
	if wrong == added.Confirmation {
		wrong = "000001"
	}
	refused(t, w.Confirm(t.Context(), "e1", wrong, "hr1"), "confirmation_refused")
	refused(t, w.Confirm(t.Context(), "e2", added.Confirmation, "hr1"), "confirmation_refused")
	require.NoError(t, w.Confirm(t.Context(), "e1", added.Confirmation, "hr1"))
	require.True(t, w.who(o).Permits(access.DayRead))
	require.True(t, w.who(w.login("e1")).Permits(access.DayRead))
	waiting, err = w.Unconfirmed(t.Context(), "")
	require.NoError(t, err)
	require.Empty(t, waiting)
}
