package bus_test

import (
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/bus"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections/relay"
)

var (
	newKey = "whsec_" + base64.StdEncoding.EncodeToString([]byte("new key of thirty-two whole bytes"))
	oldKey = "whsec_" + base64.StdEncoding.EncodeToString([]byte("old key of thirty-two whole bytes"))
)

func openWith(e relay.Endpoint, keys []string) (relay.Publisher, error) {
	return bus.Open(e, signedBy(keys...))
}

func signedBy(keys ...string) (a bus.Access) {
	for _, k := range keys {
		a.Keys = append(a.Keys, bus.Key{Secret: k})
	}
	return a
}

func hook(url string) relay.Endpoint {
	return relay.Endpoint{Name: "hook", URL: url, Direction: relay.Out, Private: true, Attempts: 20}
}

// Both signatures are checked by the library that those who receive webhooks use.
func TestAReceiverThatFailsHalfOfTheTimeGetsEverythingSigned(t *testing.T) {
	s := newScroll(t)
	s.write(200)
	var calls atomic.Int64
	var got received
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Equal(t, relay.ContentType, r.Header.Get("Content-Type"))
		for _, key := range []string{newKey, oldKey} {
			hook, err := standardwebhooks.NewWebhook(key)
			require.NoError(t, err)
			require.NoError(t, hook.Verify(body, r.Header))
		}
		switch calls.Add(1) % 4 {
		case 1:
			w.WriteHeader(http.StatusInternalServerError)
		case 3:
			got.add(t, body) // it has it, and its answer is lost
			panic(http.ErrAbortHandler)
		default:
			got.add(t, body)
		}
	}))
	defer receiver.Close()
	e := s.add(hook(receiver.URL))
	r := s.relay(newKey, oldKey)
	r.Wait = noWait
	began := time.Now()
	n, err := r.CatchUp(t.Context(), e)
	require.NoError(t, err)
	t.Logf("%d events in %d posts, %d of them received twice, in %s", n, calls.Load(), got.again, time.Since(began))
	require.Equal(t, 200, n)
	require.Equal(t, s.streams(), got.streams, "everything, each stream in its order")
	queue, err := s.book.Poisoned(t.Context(), "hook")
	require.NoError(t, err)
	require.Empty(t, queue)
}

func TestWhatAReceiverAnswersDecidesWhatBecomesOfAMessage(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		after  string
		wait   time.Duration
		waited bool
		says   string
	}{
		{"taken", 204, "", 0, false, ""},
		{"refused", 400, "", 0, false, "400 Bad Request"},
		{"gone", 410, "", 0, false, "410 Gone"},
		{"broken", 500, "", 0, false, "500 Internal"},
		{"too many", 429, "7", 7 * time.Second, true, "429"},
		{"too many, for a year", 429, "31536000", time.Hour, true, "429"},
		{"away", 503, "", 0, true, "503"},
		{"a proxy without its server", 502, "", 0, true, "502"},
		{"elsewhere", 307, "", 0, false, "redirects are not followed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			followed := false
			receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				followed = followed || r.URL.Path == "/elsewhere"
				w.Header().Set("Location", "/elsewhere")
				w.Header().Set("Retry-After", c.after)
				w.WriteHeader(c.status)
				io.WriteString(w, strings.Repeat("x", 1<<20)) //nolint:errcheck // it may be cut off
			}))
			defer receiver.Close()
			p, err := bus.Open(hook(receiver.URL), signedBy(newKey))
			require.NoError(t, err)
			err = p.Publish(t.Context(), relay.Message{ID: "m", Body: []byte("{}")})
			require.NoError(t, p.Close())
			require.False(t, followed)
			if c.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.says)
			away, waited := errors.AsType[*relay.UnavailableError](err)
			require.Equal(t, c.waited, waited)
			if waited {
				require.Equal(t, c.wait, away.After)
			}
		})
	}
}

func TestNobodyIsBlamedForAReceiverThatIsNotThere(t *testing.T) {
	var listen net.ListenConfig
	l, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := "http://" + l.Addr().String() + "/secret-path"
	require.NoError(t, l.Close())
	p, err := bus.Open(hook(address), signedBy(newKey))
	require.NoError(t, err)
	err = p.Publish(t.Context(), relay.Message{ID: "m", Body: []byte("{}")})
	_, waited := errors.AsType[*relay.UnavailableError](err)
	require.True(t, waited, "%v", err)
	require.NotContains(t, err.Error(), "secret-path", "problems are listed; addresses may tell too much")
}

func TestSignaturesAreThoseOfStandardWebhooks(t *testing.T) {
	// The example of the specification.
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	require.NoError(t, err)
	require.Equal(t, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		bus.Signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`)))
}

func TestAKeySignsUntilItEnds(t *testing.T) {
	var signatures []string
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		signatures = strings.Fields(r.Header.Get("Webhook-Signature"))
	}))
	defer receiver.Close()
	for name, c := range map[string]struct {
		until time.Time
		want  int
	}{"it has not ended": {time.Now().Add(time.Hour), 2}, "it has ended": {time.Now().Add(-time.Hour), 1}, "it never ends": {time.Time{}, 2}} {
		p, err := bus.Open(hook(receiver.URL), bus.Access{Keys: []bus.Key{{Secret: newKey}, {Secret: oldKey, Until: c.until}}})
		require.NoError(t, err)
		require.NoError(t, p.Publish(t.Context(), relay.Message{ID: "m", Body: []byte("{}")}))
		require.NoError(t, p.Close())
		require.Len(t, signatures, c.want, name)
	}
	_, err := bus.Open(hook(receiver.URL), bus.Access{})
	require.Error(t, err, "nothing goes out without a signature")
	_, err = bus.Open(hook(receiver.URL), signedBy("whsec_c2hvcnQ="))
	require.Error(t, err, "a key that can be guessed")
}

// Nothing listens anywhere here: the guard speaks before a connection is made.
func TestNoWebhookReachesIntoAPrivateNetwork(t *testing.T) {
	for _, address := range []string{
		"127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::]", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "[fe80::1]",
		"[fd00::1]", "[fc00::1]", "224.0.0.1", "[ff02::1]", "100.64.0.1", "198.18.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1",
		"[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]", "[2001:db8::1]",
		"2130706433", "0x7f.1", "127.1",
	} {
		t.Run(address, func(t *testing.T) {
			p, err := bus.Open(relay.Endpoint{URL: "https://" + address + "/x"}, signedBy(newKey))
			require.NoError(t, err)
			defer p.Close()
			err = p.Publish(t.Context(), relay.Message{ID: "m", Body: []byte("{}")})
			require.Error(t, err)
			_, closed := errors.AsType[*bus.ClosedAddressError](err)
			_, unknown := errors.AsType[*net.DNSError](err) // a way to write an address that the resolver does not take
			require.True(t, closed || unknown, "%v", err)
		})
	}
}

func TestAnAddressIsTakenApart(t *testing.T) {
	for _, c := range []struct {
		address, code string
		want          bus.Target
	}{
		{"nats://a:4222", "", bus.Target{Scheme: bus.NATS, Hosts: []string{"a:4222"}, Topic: "punchledger"}},
		{"nats+tls://a,b:5/acme.time", "", bus.Target{Scheme: bus.NATSTLS, Hosts: []string{"a:4222", "b:5"}, Topic: "acme.time"}},
		{"kafka://a,[::1]:9093/t", "", bus.Target{Scheme: bus.Kafka, Hosts: []string{"a:9092", "[::1]:9093"}, Topic: "t"}},
		{"https://a/b?c=d", "", bus.Target{Scheme: bus.HTTPS}},
		{"ftp://a/b", "unknown_bus_scheme", bus.Target{}},
		{"a:4222", "unknown_bus_scheme", bus.Target{}},
		{"nats://u:p@a", "address_with_password", bus.Target{}},
		{"https://u:p@a/b", "address_with_password", bus.Target{}},
		{"nats://", "bad_address", bus.Target{}},
		{"https:///x", "bad_address", bus.Target{}},
		{"nats://a/t.>", "bad_topic", bus.Target{}},
		{"nats://a/t..u", "bad_topic", bus.Target{}},
		{"kafka://a/t u", "bad_topic", bus.Target{}},
	} {
		t.Run(c.address, func(t *testing.T) {
			got, err := bus.ParseTarget(c.address)
			if c.code != "" {
				require.ErrorIs(t, err, &domain.Error{Code: c.code})
				return
			}
			require.NoError(t, err)
			c.want.URL = c.address
			require.Equal(t, c.want, got)
		})
	}
	for address, allowed := range map[string]bool{
		"https://a/b": true, "https://a:443/b": true, "https://a:8443/b": false, "http://a/b": false, "nats://a": true,
	} {
		target, err := bus.ParseTarget(address)
		require.NoError(t, err)
		require.Equal(t, allowed, target.Check(false) == nil, address)
		require.NoError(t, target.Check(true))
	}
}
