package lite_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/lite"
)

// api answers as the HTTP API would, and remembers what it was asked.
type api struct {
	asked   []*http.Request
	bodies  []map[string]string
	answers map[string]answer
}

type answer struct {
	status int
	body   string
	cookie string
}

// ServeHTTP implements http.Handler.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body map[string]string
	_ = json.NewDecoder(r.Body).Decode(&body)
	a.asked, a.bodies = append(a.asked, r), append(a.bodies, body)
	said, ok := a.answers[r.Method+" "+r.URL.Path]
	if !ok {
		said = answer{status: http.StatusInternalServerError, body: "not JSON"}
	}
	kind := "application/json"
	if said.status >= http.StatusBadRequest {
		kind = "application/problem+json"
	}
	w.Header().Set("Content-Type", kind)
	if said.cookie != "" {
		w.Header().Set("Set-Cookie", said.cookie)
	}
	w.WriteHeader(said.status)
	fmt.Fprint(w, said.body)
}

type visitor struct {
	t       *testing.T
	site    *lite.Site
	api     *api
	now     time.Time
	cookies map[string]string
}

const aMe = `{"principal":"e1","today":"2026-10-14","zone":"Asia/Shanghai","person":{"name":"王伟"}}`

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	v := &visitor{t: t, now: time.Date(2026, 10, 14, 1, 0, 0, 0, time.UTC), cookies: map[string]string{}}
	v.api = &api{answers: map[string]answer{
		"GET /v1/me":                   {200, aMe, ""},
		"GET /v1/employees/e1/punches": {200, `{"items":[]}`, ""},
	}}
	var err error
	v.site, err = lite.New(v.api, lite.Options{Random: rand.Reader, Now: func() time.Time { return v.now }})
	require.NoError(t, err)
	return v
}

func (v *visitor) send(method, path, body string) *httptest.ResponseRecorder {
	v.t.Helper()
	r := httptest.NewRequestWithContext(v.t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("X-Forwarded-For", "203.0.113.9")
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	v.site.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		v.cookies[c.Name] = c.Value
	}
	return w
}

var formField = regexp.MustCompile(`name="form" value="([^"]*)"`)

func (v *visitor) press(page *httptest.ResponseRecorder, path string, fields ...string) *httptest.ResponseRecorder {
	v.t.Helper()
	form := formField.FindStringSubmatch(page.Body.String())
	require.NotNil(v.t, form, "%s", page.Body)
	values := url.Values{"form": {form[1]}}
	for i := 0; i+1 < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return v.send(http.MethodPost, path, values.Encode())
}

func TestPagesStaySmallHoweverMuchThereIsToSay(t *testing.T) {
	for _, lang := range []string{"en", "zh-CN"} {
		t.Run(lang, func(t *testing.T) {
			v := newVisitor(t)
			v.cookies["lite-lang"], v.cookies["__Host-session"] = lang, "s"
			var items []string
			for i := range 200 {
				reasons := strings.TrimSuffix(strings.Repeat(fmt.Sprintf(`{"text":%q},`, strings.Repeat("很长的原因说明", 12)), 9), ",")
				items = append(items, fmt.Sprintf(`{"punch":"p%03d","state":"held","dir":"in","effective_at":"2026-10-13T01:00:00Z","reasons":[%s]}`, i, reasons))
			}
			v.api.answers["GET /v1/employees/e1/punches"] = answer{200, `{"items":[` + strings.Join(items, ",") + `]}`, ""}
			v.api.answers["GET /v1/me"] = answer{200, strings.Replace(aMe, "王伟", strings.Repeat("王", 200), 1), ""}
			page := v.send(http.MethodGet, "/lite", "")
			require.Equal(t, http.StatusOK, page.Code)
			require.Less(t, page.Body.Len(), lite.MaxPage)
			require.Contains(t, page.Body.String(), "p199", "the newest stays")
			require.NotContains(t, page.Body.String(), "<script")
			t.Logf("%d bytes", page.Body.Len())
		})
	}
}

func TestWhatPeopleWriteIsText(t *testing.T) {
	v := newVisitor(t)
	v.cookies["__Host-session"] = "s"
	v.api.answers["GET /v1/me"] = answer{200, strings.Replace(aMe, "王伟", `<script>alert(1)</script>\"'`, 1), ""}
	page := v.send(http.MethodGet, "/lite", "").Body.String()
	require.Contains(t, page, "&lt;script&gt;")
	require.NotContains(t, page, "<script>")
}

func TestOnlyWhatIsNeededGoesOn(t *testing.T) {
	v := newVisitor(t)
	v.cookies["__Host-session"], v.cookies["other"] = "s", "secret"
	page := v.send(http.MethodGet, "/lite", "")
	asked := v.api.asked[0]
	require.Equal(t, "203.0.113.9", asked.Header.Get("X-Forwarded-For"), "so that networks are slowed down as they are elsewhere")
	require.Len(t, asked.Cookies(), 1)
	v.api.answers["POST /v1/me/punches"] = answer{200, `{"punch":"w1","outcome":"held","receipt":"r","effective_at":"2026-10-14T01:00:00Z"}`, ""}
	said := v.press(page, "/lite/punch", "dir", "in", "code", "12345678", "emp", "e2", "at", "08:00")
	require.Equal(t, http.StatusOK, said.Code)
	last := len(v.api.asked) - 1
	require.Equal(t, map[string]string{"dir": "in", "code": "12345678"}, v.api.bodies[last], "nobody says for whom or when")
	key := v.api.asked[last].Header.Get("Idempotency-Key")
	v.press(page, "/lite/punch", "dir", "in", "code", "12345678")
	require.Equal(t, key, v.api.asked[len(v.api.asked)-1].Header.Get("Idempotency-Key"), "pressed twice is one act")
	v.press(v.send(http.MethodGet, "/lite", ""), "/lite/punch", "dir", "in")
	require.NotEqual(t, key, v.api.asked[len(v.api.asked)-1].Header.Get("Idempotency-Key"))
	require.Contains(t, html.UnescapeString(said.Body.String()), "2026-10-14 09:00 (+08:00)", "at the place of work")
}

func TestAPageThatWasLeftOpenDoesNotPunch(t *testing.T) {
	v := newVisitor(t)
	v.cookies["__Host-session"] = "s"
	page := v.send(http.MethodGet, "/lite", "")
	v.now = v.now.Add(16 * time.Minute)
	n := len(v.api.asked)
	said := v.press(page, "/lite/punch", "dir", "in")
	require.Equal(t, http.StatusForbidden, said.Code)
	require.Contains(t, said.Body.String(), "Nothing was recorded.")
	require.Len(t, v.api.asked, n)
}

func TestALoginGoesOnWithACode(t *testing.T) {
	v := newVisitor(t)
	v.api.answers["POST /v1/login/password"] = answer{202, `{"second_factor":"c1"}`, ""}
	v.api.answers["POST /v1/login/second-factor"] = answer{200, `{}`, "__Host-session=s2; Path=/; Secure; HttpOnly"}
	page := v.press(v.send(http.MethodGet, "/lite", ""), "/lite/login", "login", "e1", "password", " with blanks ")
	require.Equal(t, " with blanks ", v.api.bodies[0]["password"])
	require.Contains(t, page.Body.String(), `value="c1"`)
	done := v.press(page, "/lite/code", "ceremony", "c1", "code", "123456")
	require.Equal(t, http.StatusSeeOther, done.Code)
	require.Equal(t, "s2", v.cookies["__Host-session"])
	v.api.answers["POST /v1/login/second-factor"] = answer{429, `{"title":"Too many.","detail":"Wait."}`, ""}
	delete(v.cookies, "__Host-session")
	page = v.press(v.send(http.MethodGet, "/lite", ""), "/lite/login", "login", "e1", "password", "x")
	refused := v.press(page, "/lite/code", "ceremony", "c1", "code", "0")
	require.Equal(t, http.StatusTooManyRequests, refused.Code)
	require.Contains(t, refused.Body.String(), "Too many.")
}

func TestAnAnswerThatCannotBeReadClaimsNothing(t *testing.T) {
	v := newVisitor(t)
	v.cookies["__Host-session"] = "s"
	page := v.press(v.send(http.MethodGet, "/lite", ""), "/lite/punch", "dir", "in")
	require.Equal(t, http.StatusInternalServerError, page.Code)
	require.Contains(t, page.Body.String(), "look at the list before you press again")
	require.NotContains(t, page.Body.String(), "It counts")
}

func TestTheScreenOfAKioskShowsTheNextCodeByItself(t *testing.T) {
	v := newVisitor(t)
	v.cookies["__Host-kiosk"] = "secret"
	v.api.answers["GET /v1/kiosk/code"] = answer{200, `{"text":"plk1:k1:12345678","svg":"<svg></svg>","seconds_left":7}`, ""}
	page := v.send(http.MethodGet, "/lite/kiosk/screen", "").Body.String()
	require.Contains(t, page, `http-equiv="refresh" content="8"`)
	require.Contains(t, page, "<svg></svg>")
	require.Contains(t, page, "plk1:k1:12345678")
	require.Equal(t, "Bearer plk_secret", v.api.asked[0].Header.Get("Authorization"))
	require.NotContains(t, page, "secret")
	v.api.answers["GET /v1/kiosk/code"] = answer{401, `{"title":"x"}`, ""}
	require.Equal(t, http.StatusSeeOther, v.send(http.MethodGet, "/lite/kiosk/screen", "").Code)
}

func TestUnknownPagesAndMethods(t *testing.T) {
	v := newVisitor(t)
	require.Equal(t, http.StatusNotFound, v.send(http.MethodGet, "/lite/none", "").Code)
	require.Equal(t, http.StatusMethodNotAllowed, v.send(http.MethodGet, "/lite/punch", "").Code)
	require.Equal(t, "/lite", v.send(http.MethodGet, "/lite/lang?to=zh-CN&back=//evil.example", "").Header().Get("Location"))
	require.Contains(t, v.send(http.MethodGet, "/lite", "").Body.String(), `lang="zh-CN"`)
}
