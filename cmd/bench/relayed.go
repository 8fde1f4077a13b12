package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/adapters/bus"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/relay"
)

// relayed is how many events go out in a round.
const relayed = 5_000

// relaying measures what goes out to a webhook: signed, with its order, its checkpoint and its poison queue, beside posting the same data and
// keeping nothing. Both have as many connections.
func (b *bench) relaying(ctx context.Context) error {
	return b.hold(ctx, contest{
		name: "relay to a webhook", unit: "event", anchor: "net/http posts of the same data, unsigned, nothing kept",
		us: sending(true), them: sending(false),
	})
}

// receiver takes everything.
type receiver struct {
	server *http.Server
	url    string
}

func startReceiver(ctx context.Context) (*receiver, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{url: "http://" + l.Addr().String() + "/hooks", server: &http.Server{
		ReadHeaderTimeout: within,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
			}
		}),
	}}
	go func() { _ = r.server.Serve(l) }() // ends with Close, and says no more than that
	return r, nil
}

// sending sends the events of a log in a file to a receiver, through the relay or by posts alone.
func sending(byRelay bool) side {
	return func(ctx context.Context, dir string) (attempt, error) {
		log, err := sqlite.OpenLog(filepath.Join(dir, "ledger.db"), sqlite.LogOptions{})
		if err != nil {
			return attempt{}, err
		}
		if _, err := share(1, relayed/batched, func(_, i int) error { return fill(ctx, log, i) }); err != nil {
			return attempt{}, errors.Join(err, log.Close())
		}
		to, err := startReceiver(ctx)
		if err != nil {
			return attempt{}, errors.Join(err, log.Close())
		}
		done := func() error { return errors.Join(to.server.Close(), log.Close()) }
		if !byRelay {
			return attempt{run: func() (float64, error) { return posting(ctx, log, to.url) }, done: done}, nil
		}
		state, err := sqlite.OpenState(filepath.Join(dir, "state.db"), sqlite.StateOptions{Create: true})
		if err != nil {
			return attempt{}, errors.Join(err, done())
		}
		return attempt{
			run:  func() (float64, error) { return throughRelay(ctx, log, state, to.url) },
			done: func() error { return errors.Join(state.Close(), done()) },
		}, nil
	}
}

func throughRelay(ctx context.Context, log *sqlite.Log, state *sqlite.State, url string) (float64, error) {
	book, err := relay.NewBook(state, make([]byte, 32))
	if err != nil {
		return 0, err
	}
	e := relay.Endpoint{Name: "bench", URL: url, Direction: relay.Out, Private: true, Attempts: relay.DefaultAttempts}
	if err := book.Add(ctx, e, projections.Checkpoint{}); err != nil {
		return 0, err
	}
	key := bus.Key{Secret: "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32))}
	r := relay.Relay{
		Setting: relay.Setting{Store: log, Owns: ledger.Owns, Book: book, Source: "bench"}, Logger: slog.New(slog.DiscardHandler),
		Open: func(_ context.Context, e relay.Endpoint) (relay.Publisher, error) {
			return bus.Open(e, bus.Access{Keys: []bus.Key{key}})
		},
	}
	n, err := r.CatchUp(ctx, e)
	if err == nil && n != relayed {
		err = fmt.Errorf("%d of %d events were delivered", n, relayed)
	}
	return float64(n), err
}

// connections is how many the relay has to one endpoint.
const connections = 8

func posting(ctx context.Context, log *sqlite.Log, url string) (float64, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(connections)
	n := 0.0
	for rec, err := range log.ReadAll(ctx, 0) {
		if err != nil {
			return 0, errors.Join(err, g.Wait())
		}
		n++
		g.Go(func() error { return post(ctx, client, url, rec) })
	}
	return n, g.Wait()
}

func post(ctx context.Context, client *http.Client, url string, rec eventstore.Record) error {
	body, err := json.Marshal(map[string]any{"id": rec.ID, "type": rec.Type, "subject": rec.Stream, "data": json.RawMessage(rec.Data)})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return errors.Join(err, resp.Body.Close())
}
