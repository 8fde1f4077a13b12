package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"

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
