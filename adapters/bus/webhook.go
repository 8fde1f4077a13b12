package bus

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wmhttp "github.com/ThreeDotsLabs/watermill-http/v2/pkg/http"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/punchledger/punchledger/projections/relay"
)

// KeyPrefix begins a key of Standard Webhooks; base64 follows.
const KeyPrefix = "whsec_"

// Bounds of what a receiver may answer.
const (
	answerBytes  = 4 << 10
	headerBytes  = 16 << 10
	longestAfter = time.Hour
)

// signingKey is a key as it signs.
type signingKey struct {
	bytes []byte
	until time.Time
}

// webhook posts messages to one address, signed as Standard Webhooks 1.0 says.
type webhook struct {
	publisher *wmhttp.Publisher
	transport *http.Transport
	url       string
}

func openWebhook(t Target, private bool, a Access) (*webhook, error) {
	if err := t.Check(private); err != nil {
		return nil, err
	}
	keys := make([]signingKey, len(a.Keys))
	for i, k := range a.Keys {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(k.Secret, KeyPrefix))
		if err != nil || len(key) < 24 {
			return nil, errors.New("a signing key is not whsec_ and the base64 of at least 24 bytes")
		}
		keys[i] = signingKey{key, k.Until}
	}
	if len(keys) == 0 {
		return nil, errors.New("a webhook needs a signing key")
	}
	dialer := &net.Dialer{Timeout: dialWithin}
	if !private {
		dialer.Control = guard
	}
	w := &webhook{url: t.URL, transport: &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: dialWithin, ResponseHeaderTimeout: answerWithin,
		MaxResponseHeaderBytes: headerBytes, MaxConnsPerHost: 16, MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute,
		ForceAttemptHTTP2: true, DisableCompression: true,
	}}
	client := &http.Client{
		Transport: answers{w.transport}, Timeout: answerWithin + dialWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	var err error
	w.publisher, err = wmhttp.NewPublisher(wmhttp.PublisherConfig{
		Client: client, DoNotLogResponseBodyOnServerError: true,
		MarshalMessageFunc: func(url string, m *message.Message) (*http.Request, error) { return signed(url, m, keys, time.Now()) },
	}, watermill.NopLogger{})
	return w, err
}

// Publish implements relay.Publisher.
func (w *webhook) Publish(ctx context.Context, m relay.Message) error {
	out := messageOf(m)
	out.SetContext(ctx)
	err := w.publisher.Publish(w.url, out)
	if at, ok := errors.AsType[*url.Error](err); ok {
		err = at.Err // without the address: whoever may see problems may not see what is in it
	}
	if said, ok := errors.AsType[*answer](err); ok {
		return answered(said.status, said.after)
	}
	if err != nil {
		return unavailable(err)
	}
	return nil
}

// Close implements relay.Publisher.
func (w *webhook) Close() error {
	w.transport.CloseIdleConnections()
	return w.publisher.Close()
}

// signed is the request that carries a message. With several keys it has a signature by each, so that a receiver may change its key
// before or after the ledger does.
func signed(url string, m *message.Message, keys []signingKey, now time.Time) (*http.Request, error) {
	r, err := http.NewRequestWithContext(m.Context(), http.MethodPost, url, bytes.NewReader(m.Payload))
	if err != nil {
		return nil, err
	}
	stamp := strconv.FormatInt(now.Unix(), 10)
	var signatures []string
	for _, k := range keys {
		if k.until.IsZero() || now.Before(k.until) {
			signatures = append(signatures, "v1,"+Signature(k.bytes, m.UUID, stamp, m.Payload))
		}
	}
	r.Header.Set("Content-Type", relay.ContentType)
	r.Header.Set("User-Agent", "punchledger")
	r.Header.Set("Webhook-Id", m.UUID)
	r.Header.Set("Webhook-Timestamp", stamp)
	r.Header.Set("Webhook-Signature", strings.Join(signatures, " "))
	return r, nil
}

// Signature is the signature of Standard Webhooks: the base64 of the HMAC-SHA256 over id, time and body, with dots between.
func Signature(key []byte, id, stamp string, body []byte) string {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "%s.%s.", id, stamp)
	h.Write(body)
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// answer is an answer that is not yes.
type answer struct {
	status int
	after  time.Duration
}

func (a *answer) Error() string { return http.StatusText(a.status) }

// answers turns each answer that is not yes into an error with its status. Of what a receiver writes it reads a little, so that the
// connection can be used again, and keeps nothing.
type answers struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	got, err := a.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	_, err = io.CopyN(io.Discard, got.Body, answerBytes)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err := errors.Join(err, got.Body.Close()); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	got.Body = http.NoBody
	if got.StatusCode >= 200 && got.StatusCode < 300 {
		return got, nil
	}
	said := &answer{status: got.StatusCode}
	if seconds, err := strconv.ParseUint(got.Header.Get("Retry-After"), 10, 31); err == nil {
		said.after = min(time.Duration(seconds)*time.Second, longestAfter)
	}
	return nil, said
}
