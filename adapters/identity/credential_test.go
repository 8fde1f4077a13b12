package identity_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain/access"
)

var lower = strings.ToLower

func tokenFor(principal string) identity.TokenRequest {
	return identity.TokenRequest{
		Principal: principal, Name: "payroll export", Actions: []access.Action{access.PayRead, access.DayRead, access.PayRead},
		Lifetime: 24 * time.Hour, By: "hr1",
	}
}

func TestATokenIsScopedAndEnds(t *testing.T) {
	w := newWorld(t)
	secret, made, err := w.CreateToken(t.Context(), tokenFor("e1"))
	require.NoError(t, err)
	require.Regexp(t, `^plt_[0-9A-Za-z]{49}$`, secret.Reveal())
	who, err := w.AuthenticateToken(t.Context(), secret.Reveal())
	require.NoError(t, err)
	require.Equal(t, "e1", who.Principal)
	require.True(t, who.Permits(access.PayRead))
	require.False(t, who.Permits(access.PunchRead))
	refused(t, who.Fresh(), "prove_again")
	_, err = w.Authenticate(t.Context(), secret.Reveal())
	refused(t, err, "session_ended")

	list, err := w.Tokens(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, []access.Action{access.DayRead, access.PayRead}, list[0].Actions)
	require.NotZero(t, list[0].LastUsedAt)
	text, err := json.Marshal(list)
	require.NoError(t, err)
	require.NotContains(t, string(text), secret.Reveal()[8:40])

	refused(t, w.RevokeToken(t.Context(), "e2", made.ID, "hr1"), "unknown_token")
	require.NoError(t, w.RevokeToken(t.Context(), "e1", made.ID, "hr1"))
	_, err = w.AuthenticateToken(t.Context(), secret.Reveal())
	refused(t, err, "token_refused")

	secret, _, err = w.CreateToken(t.Context(), tokenFor("e1"))
	require.NoError(t, err)
	w.pass(24 * time.Hour)
	_, err = w.AuthenticateToken(t.Context(), secret.Reveal())
	refused(t, err, "token_refused")
	list, err = w.Tokens(t.Context(), "e1")
	require.NoError(t, err)
	require.Empty(t, list)
}

func TestTokensThatAreNotMade(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		change func(*identity.TokenRequest)
		want   string
	}{
		"without an action":               {func(r *identity.TokenRequest) { r.Actions = nil }, "invalid_field"},
		"for an action that is none":      {func(r *identity.TokenRequest) { r.Actions = []access.Action{"day.eat"} }, "invalid_field"},
		"that could make more of itself":  {func(r *identity.TokenRequest) { r.Actions = []access.Action{access.IdentityUse} }, "invalid_field"},
		"that could give rights":          {func(r *identity.TokenRequest) { r.Actions = []access.Action{access.GrantEdit} }, "invalid_field"},
		"for longer than ninety days":     {func(r *identity.TokenRequest) { r.Lifetime = access.LongestToken + time.Second }, "invalid_field"},
		"that has ended when it is made":  {func(r *identity.TokenRequest) { r.Lifetime = 0 }, "invalid_field"},
		"without a name":                  {func(r *identity.TokenRequest) { r.Name = " " }, "invalid_field"},
		"for somebody who may not log in": {func(r *identity.TokenRequest) { r.Principal = "nobody" }, "unknown_principal"},
	} {
		t.Run(name, func(t *testing.T) {
			r := tokenFor("e1")
			c.change(&r)
			_, _, err := w.CreateToken(t.Context(), r)
			refused(t, err, c.want)
		})
	}
}

func TestAMistypedTokenIsTold(t *testing.T) {
	w := newWorld(t)
	secret, _, err := w.CreateToken(t.Context(), tokenFor("e1"))
	require.NoError(t, err)
	text := secret.Reveal()
	require.True(t, identity.IsToken(text))
	for i := range len(text) {
		wrong := []byte(text)
		wrong[i] = "01"[b2i(wrong[i] == '0')]
		require.False(t, identity.IsToken(string(wrong)), "position %d", i)
		require.False(t, identity.IsToken(text[:i]))
	}
	require.False(t, identity.IsToken(text+"0"))
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestSecretsDoNotShowThemselves(t *testing.T) {
	w := newWorld(t)
	opened := w.enrolled("e1")
	secret, token, err := w.CreateToken(t.Context(), tokenFor("e1"))
	require.NoError(t, err)
	code, invitation, err := w.Invite(t.Context(), identity.InvitationRequest{Principal: "e2", By: "hr1"})
	require.NoError(t, err)
	credentials, err := w.Credentials(t.Context(), "e1")
	require.NoError(t, err)
	var out strings.Builder
	log := slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range []any{opened, opened.Token, &opened, secret, token, code, invitation, credentials, w.who(opened)} {
		fmt.Fprintf(&out, "%v %+v %#v %s\n", v, v, v, v)
		log.Info("seen", "value", v)
		text, err := json.Marshal(v)
		require.NoError(t, err)
		out.Write(text)
	}
	for _, hidden := range []string{opened.Token.Reveal(), secret.Reveal(), code.Reveal(), good, "argon2id"} {
		require.NotContains(t, out.String(), hidden)
	}
}

func TestNobodyRemovesTheirOwnLastCredential(t *testing.T) {
	w := newWorld(t)
	o := w.enrolled("e1")
	list, err := w.Credentials(t.Context(), "e1")
	require.NoError(t, err)
	require.Len(t, list, 1)
	refused(t, w.Remove(t.Context(), "e1", list[0].ID, "e1"), "last_credential")
	refused(t, w.Remove(t.Context(), "e2", list[0].ID, "hr1"), "unknown_credential")
	require.NoError(t, w.Remove(t.Context(), "e1", list[0].ID, "hr1"))
	w.gone(o)
	_, err = w.LoginPassword(t.Context(), from, "e1", good)
	refused(t, err, "login_refused")
	last := w.changes[len(w.changes)-1]
	require.True(t, last.Removed)
	require.Equal(t, list[0].ID, last.ID)
	require.Equal(t, "hr1", last.By)
}

// The register is told before a credential is there, and a removed one is useless before the register is told.
func TestARegisterThatRefuses(t *testing.T) {
	w := newWorld(t)
	who, _ := w.invited("e1", false)
	w.refuse = errors.New("the disk is full")
	_, _, err := w.SetPassword(t.Context(), who, good)
	require.ErrorIs(t, err, w.refuse)
	_, err = w.LoginPassword(t.Context(), from, "e1", good)
	refused(t, err, "login_refused")

	w.refuse = nil
	_, _, err = w.SetPassword(t.Context(), who, good)
	require.NoError(t, err)
	o := w.login("e1")
	list, err := w.Credentials(t.Context(), "e1")
	require.NoError(t, err)
	w.refuse = errors.New("the disk is full")
	require.ErrorIs(t, w.Remove(t.Context(), "e1", list[0].ID, "hr1"), w.refuse)
	w.gone(o)
	_, err = w.LoginPassword(t.Context(), from, "e1", good)
	refused(t, err, "login_refused")
	w.refuse = nil
	require.NoError(t, w.Remove(t.Context(), "e1", list[0].ID, "hr1"))
	require.Len(t, w.changes, 2)
	left, err := w.store.List(t.Context(), access.CredentialEntry, "e1")
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestANewPasswordEndsOtherSessions(t *testing.T) {
	w := newWorld(t)
	w.enrolled("e1")
	mine, other := w.login("e1"), w.login("e1")
	added, advised, err := w.SetPassword(t.Context(), w.who(mine), "shorter1x")
	require.NoError(t, err)
	require.False(t, advised)
	require.Nil(t, added.Opened)
	w.who(mine)
	w.gone(other)
	_, err = w.LoginPassword(t.Context(), from, "e1", good)
	refused(t, err, "login_refused")
}

func TestAResetTakesEverythingAway(t *testing.T) {
	w := newWorld(t)
	o := w.enrolled("e1")
	other := w.enrolled("e2")
	secret, _, err := w.CreateToken(t.Context(), tokenFor("e1"))
	require.NoError(t, err)
	code, _, err := w.Invite(t.Context(), identity.InvitationRequest{Principal: "e1", By: "hr1"})
	require.NoError(t, err)
	cleared, err := w.Reset(t.Context(), "e1", "hr1")
	require.NoError(t, err)
	require.Equal(t, identity.Cleared{Credentials: 1, Sessions: 1, Tokens: 1, Invitations: 1}, cleared)
	w.gone(o)
	_, err = w.AuthenticateToken(t.Context(), secret.Reveal())
	refused(t, err, "token_refused")
	_, err = w.Redeem(t.Context(), from, code.Reveal())
	refused(t, err, "invitation_refused")
	w.who(other)
	_, err = w.Reset(t.Context(), "", "hr1")
	refused(t, err, "unknown_principal")
}
