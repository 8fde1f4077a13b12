package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/punchledger/punchledger/domain"
)

// shot is one punch of the plan: when it is sent, counted from the beginning, by whom, and what became of it. How long it took is
// counted from when it should have been sent, so that waiting behind a slow answer is part of it.
type shot struct {
	at    time.Duration
	phone int
	body  []byte

	took     time.Duration
	answered time.Time
	position uint64
	fault    string // empty where the punch is accepted
}

// sign makes the bodies of all shots in the order of the plan. The clocks of the phones show what they will show when the load begins.
func sign(phones []*phone, plan []shot, begin time.Time) {
	var all sync.WaitGroup
	lanes := make(chan struct{}, 2)
	byPhone := make([][]int, len(phones))
	for i := range plan {
		byPhone[plan[i].phone] = append(byPhone[plan[i].phone], i)
	}
	for n, own := range byPhone {
		lanes <- struct{}{}
		all.Go(func() {
			defer func() { <-lanes }()
			p := phones[n]
			for _, i := range own {
				at := domain.InstantOf(begin.Add(plan[i].at))
				salt := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%016d", i))
				place := fmt.Appendf(nil, `{"salt":"%s","lat_e7":%d,"lon_e7":%d,"accuracy_m":20,"crs":"wgs84"}`, salt, gateLat+n%997, gateLon+n%991)
				e, err := p.punch(at, place)
				if err == nil {
					plan[i].body, err = json.Marshal(e)
				}
				if err != nil {
					plan[i].fault = err.Error()
				}
			}
		})
	}
	all.Wait()
}

// line is the connection of one phone.
type line struct {
	address string
	conn    net.Conn
	in      *bufio.Reader
	body    bytes.Buffer
}

func (l *line) hangUp() {
	if l.conn != nil {
		_ = l.conn.Close() // everything was read
		l.conn = nil
	}
}

// within is how long a phone waits for an answer.
const within = 30 * time.Second

// heard is an answer. Its body is good until the next one.
type heard struct {
	status   int
	position string // that it knows, where it says so
	body     []byte
}

// ask sends a request and reads the answer.
func (l *line) ask(ctx context.Context, request []byte) (heard, error) {
	if l.conn == nil {
		d := net.Dialer{Timeout: within}
		var err error
		if l.conn, err = d.DialContext(ctx, "tcp", l.address); err != nil {
			return heard{}, err
		}
		l.in = bufio.NewReaderSize(l.conn, 2048)
	}
	h, err := l.exchange(request)
	if err != nil {
		l.hangUp()
	}
	return h, err
}

func (l *line) exchange(request []byte) (heard, error) {
	if err := l.conn.SetDeadline(time.Now().Add(within)); err != nil {
		return heard{}, err
	}
	if _, err := l.conn.Write(request); err != nil {
		return heard{}, err
	}
	resp, err := http.ReadResponse(l.in, nil)
	if err != nil {
		return heard{}, err
	}
	defer resp.Body.Close()
	l.body.Reset()
	_, err = io.Copy(&l.body, resp.Body)
	return heard{resp.StatusCode, resp.Header.Get("Ledger-Position"), l.body.Bytes()}, err
}

// request returns the bytes of a request of somebody who is logged in.
func request(method, path, address, who string, body []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer pls_%s\r\nAccept-Language: zh-CN\r\nUser-Agent: bench\r\n", method, path, address, sessionOf(who))
	if body != nil {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

// fire sends every shot of the plan when it is due, each phone over its own connection, and returns when the last one is answered.
// Then, where there is one, is called after each answer.
func fire(ctx context.Context, address string, phones []*phone, plan []shot, begin time.Time, then func(l *line, phone int)) {
	byPhone := make([][]*shot, len(phones))
	for i := range plan {
		byPhone[plan[i].phone] = append(byPhone[plan[i].phone], &plan[i])
	}
	var all sync.WaitGroup
	for n, own := range byPhone {
		if len(own) == 0 {
			continue
		}
		all.Go(func() {
			l := &line{address: address}
			defer l.hangUp()
			for _, s := range own {
				if !until(ctx, begin.Add(s.at)) {
					s.fault = "interrupted"
					continue
				}
				h, err := l.ask(ctx, request(http.MethodPost, "/v1/punches", address, phones[n].Emp, s.body))
				s.answered = time.Now()
				s.took = s.answered.Sub(begin.Add(s.at))
				s.position, s.fault = outcomeOf(h, err)
				if then != nil {
					then(l, n)
				}
			}
		})
	}
	all.Wait()
}

// until waits for a moment and reports whether the run goes on.
func until(ctx context.Context, at time.Time) bool {
	t := time.NewTimer(time.Until(at))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// outcomeOf reads the answer to a punch.
func outcomeOf(h heard, err error) (position uint64, fault string) {
	if err != nil {
		if n, ok := errors.AsType[net.Error](err); ok && n.Timeout() {
			return 0, "no answer in time"
		}
		return 0, "connection broken"
	}
	var said struct {
		Code    string
		Punches []struct {
			Outcome  string
			Position uint64
		}
	}
	if err := json.Unmarshal(h.body, &said); err != nil {
		return 0, "unreadable answer"
	}
	switch {
	case h.status != http.StatusOK:
		return 0, strings.TrimSpace(fmt.Sprint(h.status, " ", said.Code))
	case len(said.Punches) != 1 || said.Punches[0].Outcome != "accepted":
		return 0, "not accepted"
	}
	return said.Punches[0].Position, ""
}
