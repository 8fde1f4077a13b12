package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/punchledger/punchledger/domain"
)

// StandBy answers on l until ctx ends, in the place of a server that cannot answer because another one writes the ledger: that the
// process lives, and to all else 503 with the problem that why returns, so that whoever shares requests out sends them to the writer.
func StandBy(ctx context.Context, l net.Listener, why func() *domain.Error) error {
	mux := http.NewServeMux()
	alive := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		_, _ = w.Write([]byte("{\"status\":\"ok\"}\n")) // the one who asked has gone away
	}
	mux.HandleFunc("/livez", alive)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		new(Server).writeProblem(w, problemOf(textOf(r), why()))
	})
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: headWithin, ReadTimeout: readWithin, WriteTimeout: writeWithin, MaxHeaderBytes: maxHead,
	}
	server.SetKeepAlivesEnabled(false) // who is sent elsewhere does not keep a line here
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP on %s: %w", l.Addr(), err)
	}
	return nil
}
