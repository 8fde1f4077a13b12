package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/punchledger/punchledger/adapters/bus"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections/relay"
)

type relayCmd struct {
	List   relayListCmd   `cmd:"" default:"withargs" help:"List endpoints, how far each has come and what it waits for."`
	Show   relayShowCmd   `cmd:"" help:"One endpoint with its filter, without its secrets."`
	Add    relayAddCmd    `cmd:"" help:"Add an endpoint: a webhook or a topic of a broker."`
	Test   relayTestCmd   `cmd:"" help:"Send a message about nothing to an endpoint."`
	Pause  relayPauseCmd  `cmd:"" help:"Deliver nothing to an endpoint until it is resumed."`
	Resume relayResumeCmd `cmd:"" help:"Go on where an endpoint was paused."`
	Rewind relayRewindCmd `cmd:"" help:"Deliver again from a position on, or leave out what lies before one."`
	Rotate relayRotateCmd `cmd:"" help:"Make a new signing key; for some days messages are signed by both."`
	Remove relayRemoveCmd `cmd:"" help:"Forget an endpoint and its poison queue."`
	Run    relayRunCmd    `cmd:"" help:"Deliver what is due now, where no server runs."`
	Poison relayPoisonCmd `cmd:"" help:"Events that an endpoint did not take: list, replay, drop."`
}

// shownEndpoint is an endpoint without its secrets.
type shownEndpoint struct {
	Name      string          `json:"name"`
	URL       string          `json:"url"`
	Direction relay.Direction `json:"direction"`
	State     string          `json:"state"` // delivers, waits or paused
	System    string          `json:"system,omitempty"`
	Filter    relay.Filter    `json:"filter,omitzero"`
	Private   bool            `json:"allow_private,omitempty"`
	Attempts  int             `json:"attempts"`
	Keys      int             `json:"keys"`
	Position  uint64          `json:"position"`
	Poisoned  int             `json:"poisoned"`
	Problem   string          `json:"problem,omitempty"`
	Since     domain.Instant  `json:"since,omitzero"`
	AddedAt   domain.Instant  `json:"added_at"`
	AddedBy   string          `json:"added_by"`
}

func (c *console) shownEndpoint(book *relay.Book, e relay.Endpoint) (shownEndpoint, error) {
	s, err := book.Standing(c.ctx, e.Name)
	if err != nil {
		return shownEndpoint{}, err
	}
	queue, err := book.Poisoned(c.ctx, e.Name)
	state := "delivers"
	switch {
	case e.Paused:
		state = "paused"
	case s.Problem != "":
		state = "waits"
	}
	return shownEndpoint{
		Name: e.Name, URL: e.URL, Direction: e.Direction, State: state, System: e.System, Filter: e.Filter, Private: e.Private,
		Attempts: e.Attempts, Keys: len(e.Keys), Position: uint64(s.Position), Poisoned: len(queue), Problem: s.Problem, Since: s.ProblemSince,
		AddedAt: e.AddedAt, AddedBy: e.AddedBy,
	}, err
}

type relayListCmd struct{}

func (cmd *relayListCmd) Run(c *console) error {
	return c.endpoints(func(book *relay.Book) error {
		all, err := book.Endpoints(c.ctx)
		if err != nil {
			return err
		}
		t, err := c.table("endpoint", "direction", "address", "state", ">position", ">poisoned", "problem")
		if err != nil {
			return err
		}
		for _, e := range all {
			s, err := c.shownEndpoint(book, e)
			if err != nil {
				return err
			}
			position := strconv.FormatUint(s.Position, 10)
			if e.Direction == relay.In { // the broker knows how far it has come
				position = ""
			}
			if err := t.add(s, s.Name, c.word("labels.relay.", string(s.Direction)), s.URL, c.word("labels.relay.", s.State), position,
				strconv.Itoa(s.Poisoned), s.Problem); err != nil {
				return err
			}
		}
		return t.end()
	})
}

type relayShowCmd struct {
	Endpoint string `arg:"" help:"Name of the endpoint."`
}

func (cmd *relayShowCmd) Run(c *console) error {
	return c.endpoints(func(book *relay.Book) error {
		e, err := book.Endpoint(c.ctx, cmd.Endpoint)
		if err != nil {
			return err
		}
		s, err := c.shownEndpoint(book, e)
		if err != nil {
			return err
		}
		return printJSON(c.Out, s)
	})
}

type relayAddCmd struct {
	Endpoint     string   `arg:"" help:"Name of the endpoint, such as payroll."`
	URL          string   `arg:"" name:"url" help:"https://host/path, nats://host:4222/topic, nats+tls://…, kafka://host:9092/topic or kafka+tls://…"`
	In           bool     `help:"Take decisions of another system in from a topic."`
	System       string   `help:"With --in: what the ledger calls the system that decided." placeholder:"ID"`
	Type         []string `help:"Only events of these types, such as PunchAccepted; several with commas." placeholder:"TYPE"`
	Category     []string `help:"Only events of these categories of streams, such as timecard." placeholder:"CATEGORY"`
	Stream       []string `help:"Only events of these streams; timecard-e1-* is all that begin so." placeholder:"STREAM"`
	From         string   `help:"The position after which it begins: 0 is everything, now only what comes." default:"now" placeholder:"POSITION"`
	Attempts     int      `help:"How often an event is tried before it goes to the poison queue." default:"8"`
	Login        string   `help:"File with user:password of a broker; it is sealed." placeholder:"FILE"`
	AllowPrivate bool     `help:"The webhook may be in a private network, and need not be HTTPS."`
}

// check refuses what cannot be an endpoint.
func (cmd *relayAddCmd) check() error {
	t, err := bus.ParseTarget(cmd.URL)
	if err == nil {
		err = t.Check(cmd.AllowPrivate)
	}
	switch {
	case err != nil:
		return err
	case !domain.ValidID(cmd.Endpoint, false):
		return wrongValue("ENDPOINT", cmd.Endpoint, "not_an_id")
	case cmd.Attempts < 1 || cmd.Attempts > 100:
		return wrongValue("--attempts", strconv.Itoa(cmd.Attempts), "out_of_range")
	case cmd.In && !t.Broker():
		return domain.NewError(domain.Invalid, "intake_needs_topic", "value", cmd.URL)
	case cmd.In && !domain.ValidID(cmd.System, false):
		return wrongValue("--system", cmd.System, "not_an_id")
	}
	return nil
}

// madeEndpoint is an endpoint as it is shown when it is made: with its signing key, once.
type madeEndpoint struct {
	Endpoint string `json:"endpoint"`
	Position uint64 `json:"position"`
	Key      string `json:"key,omitempty"`
}

func (cmd *relayAddCmd) Run(c *console) error {
	if err := cmd.check(); err != nil {
		return err
	}
	e := relay.Endpoint{
		Name: cmd.Endpoint, URL: cmd.URL, Direction: relay.Out, Attempts: cmd.Attempts, Private: cmd.AllowPrivate, AddedBy: c.cfg.As,
		Filter: relay.Filter{Types: cmd.Type, Categories: cmd.Category, Streams: cmd.Stream},
	}
	if cmd.In {
		e.Direction, e.System = relay.In, cmd.System
	}
	return c.writing(func(w *writer) error {
		if err := e.Filter.Check(w.codec.Types(), w.codec.Owns); err != nil {
			return err
		}
		book, err := w.book()
		if err != nil {
			return err
		}
		from, err := w.placeOf(c.ctx, cmd.From)
		if err != nil {
			return err
		}
		made := madeEndpoint{Endpoint: e.Name, Position: uint64(from.Position)}
		if t, _ := bus.ParseTarget(e.URL); !t.Broker() {
			var k relay.SigningKey
			if made.Key, k, err = newSigningKey(book, e.Name); err != nil {
				return err
			}
			e.Keys = []relay.SigningKey{k}
		}
		if e.Login, err = c.login(book, e.Name, cmd.Login); err != nil {
			return err
		}
		e.AddedAt = domain.InstantOf(w.now())
		if err := book.Add(c.ctx, e, from); err != nil {
			return err
		}
		return c.showMade(made)
	})
}

// showMade prints what is shown once.
func (c *console) showMade(made madeEndpoint) error {
	if c.cfg.Output == "json" {
		return printJSON(c.Out, made)
	}
	if made.Key != "" {
		fmt.Fprintln(c.Out, made.Key)
		c.say("cli.relay_key", "endpoint", made.Endpoint)
	}
	c.say("cli.relay_added", "endpoint", made.Endpoint, "position", strconv.FormatUint(made.Position, 10))
	return nil
}

// newSigningKey makes a key of Standard Webhooks, in clear and sealed.
func newSigningKey(book *relay.Book, endpoint string) (string, relay.SigningKey, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return "", relay.SigningKey{}, err
	}
	clear := bus.KeyPrefix + base64.StdEncoding.EncodeToString(key)
	box, err := book.Seal(endpoint, clear)
	return clear, relay.SigningKey{Box: box}, err
}
