package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// answer sends a case.
func (b *badAPI) answer(c *badRequest, lang string) apiAnswer {
	b.t.Helper()
	b.steps.Add(1)
	if c.wire != "" {
		return b.overTheWire(strings.ReplaceAll(c.wire, "LANG", lang), c.as)
	}
	body := c.body
	if c.make != nil {
		body = c.make(b)
	}
	method := c.method
	if method == "" {
		method = http.MethodGet
		if body != "" {
			method = http.MethodPost
		}
	}
	var content io.Reader = http.NoBody
	if body != "" {
		content = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url, content)
	require.NoError(b.t, err)
	r.URL, err = url.Parse(b.url + c.path)
	require.NoError(b.t, err)
	r.Header.Set("Accept-Language", lang)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		if c.kind != "" {
			r.Header.Set("Content-Type", c.kind)
		}
	}
	if c.as != "" {
		r.Header.Set("Authorization", "Bearer "+b.tokens[c.as])
	}
	for i := 0; i+1 < len(c.header); i += 2 {
		value := c.header[i+1]
		if before, kept, ok := strings.Cut(value, "KEPT:"); ok {
			value = before + b.kept[kept]
		}
		r.Header.Add(c.header[i], value)
		if c.header[i] == "Host" {
			r.Host = c.header[i+1]
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(b.t, err)
	return readAnswer(b.t, resp)
}

func readAnswer(t *testing.T, resp *http.Response) apiAnswer {
	t.Helper()
	defer resp.Body.Close()
	a := apiAnswer{status: resp.StatusCode, header: resp.Header}
	var err error
	a.body, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json") && len(a.body) > 0 {
		require.NoError(t, json.Unmarshal(a.body, &a.problem), "%s", a.body)
	}
	return a
}

// overTheWire sends bytes as they are. TOKEN is the token of whoever asks.
func (b *badAPI) overTheWire(request, as string) apiAnswer {
	b.t.Helper()
	conn := b.dial()
	defer conn.Close()
	_, _ = io.WriteString(conn, strings.ReplaceAll(request, "TOKEN", b.tokens[as])) // the server may have answered and gone before the end
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite() // nothing more comes
	}
	return b.readWire(conn)
}

func (b *badAPI) dial() net.Conn {
	b.t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(b.t.Context(), "tcp", strings.TrimPrefix(b.url, "http://"))
	require.NoError(b.t, err)
	return conn
}

func (b *badAPI) readWire(conn net.Conn) apiAnswer {
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return apiAnswer{}
	}
	defer resp.Body.Close()
	a := apiAnswer{status: resp.StatusCode, header: resp.Header}
	a.body, _ = io.ReadAll(resp.Body)                       // the line may be cut behind the head
	_ = json.Unmarshal(bytes.TrimSpace(a.body), &a.problem) // words of the standard library are no problem
	return a
}

// whenever sends a case and does not hang up: the answer comes when the server has waited long enough.
func (b *badAPI) whenever(c *badRequest) <-chan apiAnswer {
	b.t.Helper()
	conn := b.dial()
	_, err := io.WriteString(conn, strings.NewReplacer("TOKEN", b.tokens[c.as], "LANG", "en").Replace(c.wire))
	require.NoError(b.t, err)
	require.NoError(b.t, conn.SetReadDeadline(time.Now().Add(2*time.Minute))) // a server that never answers fails the case
	out := make(chan apiAnswer, 1)
	go func() {
		defer conn.Close()
		out <- b.readWire(conn)
	}()
	return out
}
