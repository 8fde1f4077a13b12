package httpapi_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
)

func TestADeviceIsItsOwners(t *testing.T) {
	c := newCounter(t)
	p := c.phone("d1", "e1")
	other := signedtest.New("punchledger/test", "d2", "e4")
	enrol := func(who, emp, device, key string) reply {
		return c.as(who, "POST", "/v1/employees/"+emp+"/devices/"+device, fmt.Sprintf(`{"kind":"phone","public_key":%q}`, key))
	}
	require.Equal(t, 403, enrol("hr", "e1", "d3", other.PublicKey).StatusCode, "a key is made by whoever holds the device")
	require.Equal(t, "key_reused", enrol("e4", "e4", "d2", p.PublicKey).problem(t).Code)
	require.Equal(t, "device_exists", enrol("e4", "e4", "d1", other.PublicKey).problem(t).Code)
	require.Equal(t, "invalid_field", enrol("e4", "e4", "d2", "no key").problem(t).Code)
	require.Equal(t, http.StatusCreated, enrol("e4", "e4", "d2", other.PublicKey).StatusCode)
	require.Equal(t, 422, c.as("e4", "POST", "/v1/employees/e4/devices/k1", `{"kind":"kiosk","public_key":"x"}`).StatusCode)

	var list httpapi.List[struct {
		Device    string
		Confirmed bool
		Retired   bool
		Trust     place.TrustLevel
	}]
	c.get("e4", "/v1/employees/e4/devices").into(t, &list)
	require.Len(t, list.Items, 1)
	require.False(t, list.Items[0].Confirmed)
	require.Equal(t, 403, c.get("e4", "/v1/employees/e1/devices").StatusCode)

	// Through somebody whom one leads, no device of another is reached.
	for _, verb := range []string{"confirm", "trust", "handover"} {
		body := map[string]string{
			"confirm": `{"how":"mail"}`, "trust": `{"level":"blocked","reason":"x"}`, "handover": `{"to":"d1"}`,
		}[verb]
		r := c.as("e3", "POST", "/v1/employees/e1/devices/d2/"+verb, body)
		require.Equal(t, 404, r.StatusCode, "%s: %s", verb, r.body)
		require.Equal(t, 403, c.as("e1", "POST", "/v1/employees/e1/devices/d1/"+verb, body).StatusCode, "%s: not by oneself", verb)
	}
	require.Equal(t, 404, c.as("e1", "POST", "/v1/employees/e1/devices/d2/retire", "").StatusCode)
	require.Equal(t, 404, c.as("e3", "POST", "/v1/employees/e1/devices/d1/handover", `{"to":"d2"}`).StatusCode, "to a device of another")
	require.Equal(t, 200, c.as("e4", "POST", "/v1/employees/e4/devices/d2/retire", "").StatusCode)
	c.get("personnel", "/v1/employees/e4/devices").into(t, &list)
	require.True(t, list.Items[0].Retired)
}

func TestWhatALostPhoneMadeBeforeIsBelieved(t *testing.T) {
	c := newCounter(t)
	p := c.phone("d1", "e1")
	before := p.Seal(p.Body(c.now, timecard.In), []byte(inside))
	sent := p.Sent(before, c.now+1000)
	c.now += 1000
	require.Equal(t, "accepted", c.send("e1", sent).Punches[0].Outcome)
	r := c.as("e1", "POST", "/v1/employees/e1/devices/d1/lost", fmt.Sprintf(`{"since":%q}`, (c.now+1000).Time().Format("2006-01-02T15:04:05Z07:00")))
	require.Equal(t, 200, r.StatusCode, "%s", r.body)
	c.now += 60_000
	after := c.send("e1", placed(p, c.now, timecard.Out, inside)).Punches[0]
	require.Equal(t, "rejected", after.Outcome, "stored, and shown to its owner")
	require.Equal(t, "device_blocked", after.Reasons[0].Code)
	require.Equal(t, 200, c.as("hr", "POST", "/v1/employees/e1/devices/d1/trust", `{"level":"trusted","reason":"found"}`).StatusCode)
	c.now += 60_000
	require.Equal(t, "accepted", c.send("e1", placed(p, c.now, timecard.Out, inside)).Punches[0].Outcome)
}

func TestWhatASiteIsMadeOf(t *testing.T) {
	c := newCounter(t)
	post := func(what, body string) {
		t.Helper()
		for range 2 { // whoever has no answer sends it again
			r := c.as("personnel", "POST", "/v1/sites/hq/"+what, body, "Idempotency-Key", what)
			require.Equal(t, 200, r.StatusCode, "%s", r.body)
		}
		require.Equal(t, 403, c.as("hr", "POST", "/v1/sites/hq/"+what, body).StatusCode)
	}
	post("rename", `{"name":"Headquarters"}`)
	post("networks", `{"from":"2026-10-01T00:00","ip":["127.0.0.0/8"],"wifi":[{"bssid":"AA:BB:CC:00:11:22","ssid":"office"}]}`)
	post("code", `{"step_s":15}`)
	var made struct {
		Fences   []struct{ Version int }
		Networks []struct {
			IP, Wifi []string
		}
		Code int `json:"code_step_s"`
	}
	r := c.get("personnel", "/v1/sites/hq/fences")
	r.into(t, &made)
	require.Len(t, made.Fences, 1)
	require.Equal(t, []string{"127.0.0.0/8"}, made.Networks[0].IP)
	require.Equal(t, []string{"office"}, made.Networks[0].Wifi)
	require.NotContains(t, string(r.body), "AA:BB", "only a keyed hash of it is kept")
	require.Equal(t, 15, made.Code)
	require.Equal(t, 404, c.get("personnel", "/v1/sites/nowhere/code").StatusCode)
	require.Equal(t, 403, c.get("e1", "/v1/sites/hq/code").StatusCode)
	var shown struct{ Code string }
	c.get("personnel", "/v1/sites/hq/code").into(t, &shown)
	require.Len(t, shown.Code, 8)

	p := c.phone("d1", "e1")
	seen := placed(p, c.now, timecard.In, `{`+salt+`,"site":"hq","code":"`+shown.Code+`"}`)
	got := c.send("e1", seen).Punches[0]
	require.Equal(t, "accepted", got.Outcome, "who reads the code off the screen is there: %v", got.Reasons)
	c.now += 600_000
	stale := c.send("e1", placed(p, c.now, timecard.Out, `{`+salt+`,"site":"hq","code":"`+shown.Code+`"}`)).Punches[0]
	require.Equal(t, "held", stale.Outcome, "a picture of it is not")
}
