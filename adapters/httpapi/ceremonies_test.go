package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func cookieOf(r reply, name string) *http.Cookie {
	for _, c := range r.Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func TestABrowserComesBackFromTheProvider(t *testing.T) {
	o := newOffice(t)
	begun := o.as("", http.MethodPost, "/v1/login/provider/begin", "")
	require.Equal(t, http.StatusOK, begun.StatusCode, "%s", begun.body)
	ceremony := cookieOf(begun, "__Host-provider")
	require.True(t, ceremony.Secure && ceremony.HttpOnly && ceremony.SameSite == http.SameSiteLaxMode && ceremony.Path == "/")
	link := cookieOf(o.as("e1", http.MethodPost, "/v1/me/provider/begin", ""), "__Host-provider")
	for _, c := range []struct {
		name, query, cookie string
		want                int
		session             bool
	}{
		{"with what it was given", "?state=s&code=good", "__Host-provider=" + ceremony.Value, http.StatusSeeOther, true},
		{"another browser", "?state=s&code=good", "", http.StatusConflict, false},
		{"with a code of somebody else", "?state=s&code=bad", "__Host-provider=" + ceremony.Value, http.StatusForbidden, false},
		{"refused there", "?state=s&error=access_denied", "__Host-provider=" + ceremony.Value, http.StatusForbidden, false},
		{"to link, signed in", "?state=s&code=good", "__Host-session=e1; __Host-provider=" + link.Value, http.StatusSeeOther, false},
		{"to link, as nobody", "?state=s&code=good", "__Host-provider=" + link.Value, http.StatusConflict, false},
		{"to link, as somebody else", "?state=s&code=good", "__Host-session=e2; __Host-provider=" + link.Value, http.StatusForbidden, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := o.get("", "/v1/login/provider/callback"+c.query, "Cookie", c.cookie)
			require.Equal(t, c.want, r.StatusCode, "%s", r.body)
			require.Equal(t, c.session, cookieOf(r, "__Host-session") != nil)
			if c.want == http.StatusSeeOther {
				require.Equal(t, "/", r.Header.Get("Location"))
				require.Negative(t, cookieOf(r, "__Host-provider").MaxAge)
			}
			require.NotContains(t, o.log.String(), "good", "what the provider gave is in no log")
		})
	}
}
