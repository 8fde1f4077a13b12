package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/rogpeppe/go-internal/testscript"
)

// receive starts a receiver of webhooks: it puts its address into the environment under a name, appends what it takes to a file, a line
// each, and answers 400 while a file of this name with .refuse behind it is there.
func receive(s *testscript.TestScript, _ bool, args []string) {
	want(s, args, 2)
	file := s.MkAbs(args[1])
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if _, err := os.Stat(file + ".refuse"); err == nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		defer f.Close()
		fmt.Fprintf(f, "%s %s\n", r.Header.Get("Webhook-Id"), body)
	}))
	s.Defer(server.Close)
	s.Setenv(args[0], server.URL)
}

// startBroker starts a NATS server with JetStream and puts its address into the environment under a name.
func startBroker(s *testscript.TestScript, _ bool, args []string) {
	want(s, args, 1)
	broker, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: s.MkAbs(".broker"), NoSigs: true, NoLog: true})
	s.Check(err)
	broker.Start()
	if !broker.ReadyForConnections(time.Minute) {
		s.Fatalf("the broker does not start")
	}
	s.Defer(func() {
		broker.Shutdown()
		broker.WaitForShutdown()
	})
	s.Setenv(args[0], broker.ClientURL())
}

// awaitMessages waits for so many messages on a subject, also those before it asked, and writes them to a file, a line each.
func awaitMessages(s *testscript.TestScript, _ bool, args []string) {
	want(s, args, 4)
	js := jetStreamOf(s, args[0])
	n, err := strconv.Atoi(args[2])
	s.Check(err)
	awaitStream(s, js, args[1])
	sub, err := js.SubscribeSync(args[1], nats.OrderedConsumer())
	s.Check(err)
	var out bytes.Buffer
	for range n {
		m, err := sub.NextMsg(30 * time.Second)
		s.Check(err)
		fmt.Fprintf(&out, "%s %v %s\n", m.Subject, m.Header["reason_poisoned"], bytes.TrimSpace(m.Data))
	}
	s.Check(os.WriteFile(s.MkAbs(args[3]), out.Bytes(), 0o600))
}

// publishFile publishes a file on a subject, as soon as a stream stores it.
func publishFile(s *testscript.TestScript, _ bool, args []string) {
	want(s, args, 3)
	js := jetStreamOf(s, args[0])
	awaitStream(s, js, args[1])
	_, err := js.Publish(args[1], []byte(s.ReadFile(args[2])))
	s.Check(err)
}

func jetStreamOf(s *testscript.TestScript, url string) nats.JetStreamContext {
	conn, err := nats.Connect(url)
	s.Check(err)
	s.Defer(conn.Close)
	js, err := conn.JetStream()
	s.Check(err)
	return js
}

func awaitStream(s *testscript.TestScript, js nats.JetStreamContext, subject string) {
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); <-poll.C {
		if _, err := js.StreamNameBySubject(subject); err == nil {
			return
		}
	}
	s.Fatalf("no stream stores %s", subject)
}
