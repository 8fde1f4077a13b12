package lite_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/lite"
)

// slow is an API at which the check of one PIN takes until it is let go.
type slow struct {
	began, let chan struct{}
	punches    atomic.Int64
}

// ServeHTTP implements http.Handler.
func (a *slow) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body map[string]string
	_ = json.NewDecoder(r.Body).Decode(&body)
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/v1/kiosk/identifications":
		if body["number"] == "slow" {
			a.began <- struct{}{}
			<-a.let
		}
		fmt.Fprintf(w, `{"identification":"i","name":"name of %s"}`, body["number"])
	case "/v1/kiosk/punches":
		fmt.Fprintf(w, `{"punch":"k%d","outcome":"accepted","effective_at":"2026-10-14T01:00:00Z"}`, a.punches.Add(1))
	default:
		fmt.Fprint(w, `{"zone":"Asia/Shanghai"}`)
	}
}

func TestOneSlowCheckHoldsUpNoOtherKiosk(t *testing.T) {
	api := &slow{began: make(chan struct{}), let: make(chan struct{})}
	site, err := lite.New(api, lite.Options{Random: rand.Reader, Now: time.Now})
	require.NoError(t, err)
	kiosk := func() (form string, send func(form, number string) string) {
		v := &visitor{t: t, site: site, cookies: map[string]string{"__Host-kiosk": "k", "__Host-lite": "b"}}
		form = formField.FindStringSubmatch(v.send(http.MethodGet, "/lite/kiosk", "").Body.String())[1]
		return form, func(form, number string) string {
			body := strings.NewReader("form=" + form + "&dir=in&pin=830652&number=" + number)
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/lite/kiosk/punch", body)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for name, value := range v.cookies {
				r.AddCookie(&http.Cookie{Name: name, Value: value})
			}
			w := httptest.NewRecorder()
			site.ServeHTTP(w, r)
			return w.Body.String()
		}
	}
	form, send := kiosk()
	said := make([]string, 2)
	var twice sync.WaitGroup
	twice.Go(func() { said[0] = send(form, "slow") })
	<-api.began
	twice.Go(func() { said[1] = send(form, "slow") }) // the button pressed again: nothing begins a second time, or this would hang

	otherForm, other := kiosk()
	require.Contains(t, other(otherForm, "e2"), "name of e2", "while the first one still waits")
	close(api.let)
	twice.Wait()
	require.Contains(t, said[0], "name of slow")
	require.Contains(t, said[1], "name of slow")
	require.EqualValues(t, 2, api.punches.Load(), "one for each form")
	require.Contains(t, send(form, "slow"), "name of slow", "later too")
	require.EqualValues(t, 2, api.punches.Load())
}

const heldHere = `{"punch":"w2","state":"counted","recorded_as":"PunchHeld","effective_at":"2026-10-14T01:00:00Z","reasons":[` +
	`{"code":"unsigned","text":"No device has signed it."},` +
	`{"code":"proof_missing","rule":"/intake/otherwise/1/need","text":"/intake/otherwise/1/need asks for proofs that are missing: location."},` +
	`{"code":"low_accuracy","rule":"/intake/office/max_accuracy","text":"Too rough; /intake/office/max_accuracy asks for 50m."}]}`

func TestThePunchPageSaysWhatToExpect(t *testing.T) {
	const (
		counted = `{"punch":"w3","recorded_as":"PunchAccepted","effective_at":"2026-10-14T02:00:00Z","reasons":[{"code":"unsigned","text":"x"}]}`
		kiosk   = `{"punch":"k1","device":"lobby","recorded_as":"PunchHeld","effective_at":"2026-10-14T03:00:00Z","reasons":[{"code":"unsigned","text":"x"}]}`
	)
	for name, c := range map[string]struct {
		list, sessions answer
		want           []string
		not            string
	}{
		"the last one from a page was held, and released later": {
			list: answer{200, `{"items":[` + counted + `,` + heldHere + `]}`, ""}, not: "/intake",
			want: []string{"Expect the same of the next one", "<li>The rule asks for proofs that are missing: location.</li>", "<li>Too rough; the rule asks for 50m.</li>"},
		},
		"the last one from a page counted": {
			list: answer{200, `{"items":[` + heldHere + `,` + counted + `]}`, ""}, want: []string{"counted at once"}, not: "Expect",
		},
		"only a kiosk was used": {list: answer{200, `{"items":[` + kiosk + `]}`, ""}, want: []string{"takes no photo"}, not: "Expect"},
		"nothing yet":           {list: answer{200, `{"items":[]}`, ""}, want: []string{"takes no photo"}, not: "Expect"},
		"nobody has vouched": {
			list: answer{403, `{"title":"x"}`, ""}, sessions: answer{200, `{"items":[{"current":true}]}`, ""},
			want: []string{"Nobody has vouched", "not see a list"}, not: "takes no photo",
		},
		"a list that is not theirs to see": {
			list: answer{403, `{"title":"x"}`, ""}, sessions: answer{200, `{"items":[{},{"current":true,"confirmed":true}]}`, ""},
			want: []string{"takes no photo", "not see a list"}, not: "Nobody has vouched",
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVisitor(t)
			v.cookies["__Host-session"] = "s"
			v.api.answers["GET /v1/employees/e1/punches"], v.api.answers["GET /v1/me/sessions"] = c.list, c.sessions
			page := v.send(http.MethodGet, "/lite", "").Body.String()
			for _, want := range c.want {
				require.Contains(t, page, want)
			}
			require.NotContains(t, page, c.not)
		})
	}
}

func TestDigitsAreForWhoWasGivenThem(t *testing.T) {
	for cookie, shown := range map[string]bool{"123456.e1": true, "123456.e2": false, "12345.e1": false, "<b>.e1": false, "": false} {
		t.Run(cookie, func(t *testing.T) {
			v := newVisitor(t)
			v.cookies["__Host-session"], v.cookies["__Host-lite-digits"] = "s", cookie
			v.api.answers["GET /v1/me/sessions"] = answer{200, `{"items":[{"current":true}]}`, ""}
			page := v.send(http.MethodGet, "/lite/account", "").Body.String()
			require.Equal(t, shown, strings.Contains(page, `class="digits"`))
		})
	}
}

func TestWhatAFormLedToIsToldOnceAndInOurWordsOnly(t *testing.T) {
	v := newVisitor(t)
	v.cookies["__Host-session"] = "s"
	v.api.answers["GET /v1/me/sessions"] = answer{200, `{"items":[{"current":true,"confirmed":true}]}`, ""}
	v.api.answers["POST /v1/me/password"] = answer{200, `{"weak":true}`, ""}
	page := v.send(http.MethodGet, "/lite/account", "")
	require.Equal(t, http.StatusSeeOther, v.press(page, "/lite/password", "password", " blanks stay ", "again", " blanks stay ").Code)
	require.Equal(t, " blanks stay ", v.api.bodies[len(v.api.bodies)-1]["password"])
	require.Contains(t, v.send(http.MethodGet, "/lite/account", "").Body.String(), "It is short")
	require.NotContains(t, v.send(http.MethodGet, "/lite/account", "").Body.String(), "It is short")
	v.cookies["__Host-lite-said"] = "broken"
	require.NotContains(t, v.send(http.MethodGet, "/lite/account", "").Body.String(), "The ledger gave no answer")
}

func TestWhatIsGivenBackOfAFormIsShort(t *testing.T) {
	v := newVisitor(t)
	v.api.answers["POST /v1/login/password"] = answer{403, `{"title":"No."}`, ""}
	page := v.press(v.send(http.MethodGet, "/lite", ""), "/lite/login", "login", strings.Repeat("'", 2000), "password", "x")
	require.Less(t, page.Body.Len(), lite.MaxPage)
	v.cookies["__Host-session"] = "s"
	long := strings.Repeat("<", 4000)
	v.api.answers["GET /v1/employees/e1/punches"] = answer{200, `{"items":[{"recorded_as":"PunchHeld","reasons":[{"code":"unsigned"},{"text":"` + long + `"}]}]}`, ""}
	require.Less(t, v.send(http.MethodGet, "/lite", "").Body.Len(), lite.MaxPage)
}
