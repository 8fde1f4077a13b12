package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/adapters/bus"
	"github.com/punchledger/punchledger/adapters/metrics"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/relay"
)

// book returns the endpoints of the ledger, which are in its state.
func (w *writer) book() (*relay.Book, error) {
	w.desk.mu.Lock()
	defer w.desk.mu.Unlock()
	if w.desk.book != nil {
		return w.desk.book, nil
	}
	state, err := w.state()
	if err != nil {
		return nil, err
	}
	key := w.vault.MAC([]byte("relay key"), []byte(w.ledger.Directory().Org().Origin))
	w.desk.book, err = relay.NewBook(state, key)
	return w.desk.book, err
}

// relaying returns what delivers from the ledger.
func (w *writer) relaying(c *console) (*relay.Relay, error) {
	book, err := w.book()
	if err != nil {
		return nil, err
	}
	return &relay.Relay{
		Setting: relay.Setting{
			Store: w.log, Owns: w.codec.Owns, Book: book, Source: w.ledger.Directory().Org().Origin, Now: w.now,
		},
		Open: func(_ context.Context, e relay.Endpoint) (relay.Publisher, error) {
			a, err := w.accessTo(book, e)
			if err != nil {
				return nil, err
			}
			return bus.Open(e, a)
		},
		TakeIn: func(ctx context.Context, e relay.Endpoint) error { return w.takeIn(ctx, book, e) },
		Logger: slog.New(slog.NewTextHandler(c.Err, nil)),
	}, nil
}

// accessTo opens the secrets of an endpoint.
func (w *writer) accessTo(book *relay.Book, e relay.Endpoint) (a bus.Access, err error) {
	for _, k := range e.Keys {
		clear, err := book.Open(e.Name, k.Box)
		if err != nil {
			return a, err
		}
		key := bus.Key{Secret: clear}
		if k.Until != 0 {
			key.Until = k.Until.Time()
		}
		a.Keys = append(a.Keys, key)
	}
	if e.Login == nil {
		return a, nil
	}
	login, err := book.Open(e.Name, e.Login)
	a.User, a.Password, _ = strings.Cut(login, ":")
	return a, err
}

// takeIn carries out the decisions that come from a topic until ctx ends, and notes why one waits.
func (w *writer) takeIn(ctx context.Context, book *relay.Book, e relay.Endpoint) error {
	a, err := w.accessTo(book, e)
	if err != nil {
		return err
	}
	in := relay.Intake{Door: w.ledger, Endpoint: e.Name, System: e.System}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	err = bus.Take(ctx, e, a, "punchledger-"+e.Name, in.Take, func(trouble error) {
		problem := ""
		if trouble != nil {
			problem = trouble.Error()
		}
		if err := book.Note(ctx, e.Name, problem, domain.InstantOf(w.now())); err != nil {
			stop(err)
		}
	})
	if cause := context.Cause(ctx); cause != nil && ctx.Err() != nil {
		return errors.Join(err, cause)
	}
	return err
}

// busName is the endpoint that --bus stands for.
const busName = "bus"

// relay returns what serves the endpoints, with that of --bus among them: it is added where there is none and moved where the address is
// another one.
func (cmd *serveCmd) relay(c *console, w *writer, counts *metrics.Metrics) (*relay.Relay, error) {
	r, err := w.relaying(c)
	if err != nil {
		return nil, err
	}
	open := r.Open
	r.Open = func(ctx context.Context, e relay.Endpoint) (relay.Publisher, error) {
		p, err := open(ctx, e)
		if err != nil {
			return nil, err
		}
		return counts.Publisher(kindOf(e.URL), p), nil
	}
	if cmd.Bus == "" {
		return r, nil
	}
	t, err := bus.ParseTarget(cmd.Bus)
	if err == nil && !t.Broker() {
		err = domain.NewError(domain.Invalid, "unknown_bus_scheme", "value", cmd.Bus)
	}
	if err != nil {
		return nil, err
	}
	login, err := c.login(r.Book, busName, cmd.BusLogin)
	if err != nil {
		return nil, err
	}
	e, err := r.Book.Endpoint(c.ctx, busName)
	switch {
	case errors.Is(err, &domain.Error{Code: "unknown_endpoint"}):
		e = relay.Endpoint{
			Name: busName, URL: cmd.Bus, Direction: relay.Out, Attempts: relay.DefaultAttempts, Login: login,
			AddedAt: domain.InstantOf(w.now()), AddedBy: c.cfg.As,
		}
		err = r.Book.Add(c.ctx, e, projections.Checkpoint{})
	case err == nil && (e.URL != cmd.Bus || login != nil):
		_, err = r.Book.Change(c.ctx, busName, func(e *relay.Endpoint) { e.URL, e.Login = cmd.Bus, login })
	}
	return r, err
}

// login reads user:password of an endpoint from a file and seals it; nil where no file is named.
func (c *console) login(book *relay.Book, endpoint, file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	content, err := os.ReadFile(c.path(file))
	if err != nil {
		return nil, err
	}
	login := strings.TrimSpace(string(content))
	if user, password, ok := strings.Cut(login, ":"); !ok || user == "" || password == "" || strings.Contains(login, "\n") {
		return nil, domain.NewError(domain.Invalid, "login_file", "file", file)
	}
	return book.Seal(endpoint, login)
}

// endpoints runs f on the endpoints as they are stored, beside a server or where none runs, and changes nothing.
func (c *console) endpoints(f func(*relay.Book) error) (err error) {
	if err := exists(c.cfg.Data, c.cfg.LogAt); err != nil {
		return err
	}
	var store relay.State = nothing{}
	state, err := c.openState()
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return err
	default:
		defer func() { err = errors.Join(err, state.Close()) }()
		store = state
	}
	book, err := relay.NewBook(store, nil)
	if err != nil {
		return err
	}
	return f(book)
}

// head is the place of the last event.
func (w *writer) head(ctx context.Context) (projections.Checkpoint, error) {
	return relay.Tail(ctx, w.log, w.codec.Owns)
}

// placeOf reads from where an endpoint goes on: a position, or now.
func (w *writer) placeOf(ctx context.Context, s string) (projections.Checkpoint, error) {
	if s == "now" {
		return w.head(ctx)
	}
	p, err := positionOf(s)
	if err != nil {
		return projections.Checkpoint{}, err
	}
	return relay.Locate(ctx, w.log, w.codec.Owns, p)
}

func positionOf(s string) (eventstore.Position, error) {
	p, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return 0, wrongValue("POSITION", s, "not_a_number")
	}
	return eventstore.Position(p), nil
}
