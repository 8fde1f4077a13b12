package main

import (
	"strconv"

	"github.com/google/uuid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections/relay"
)

// relayed runs f on one endpoint and what delivers to it.
func (c *console) relayed(name string, f func(*writer, *relay.Relay, relay.Endpoint) error) error {
	return c.writing(func(w *writer) error {
		r, err := w.relaying(c)
		if err != nil {
			return err
		}
		e, err := r.Book.Endpoint(c.ctx, name)
		if err != nil {
			return err
		}
		return f(w, r, e)
	})
}

// outgoing refuses an endpoint whose messages come in.
func outgoing(e relay.Endpoint) error {
	if e.Direction == relay.In {
		return domain.NewError(domain.Conflict, "endpoint_comes_in", "endpoint", e.Name)
	}
	return nil
}

type relayTestCmd struct {
	Endpoint string `arg:"" help:"Name of the endpoint."`
}

func (cmd *relayTestCmd) Run(c *console) error {
	return c.relayed(cmd.Endpoint, func(_ *writer, r *relay.Relay, e relay.Endpoint) error {
		if err := outgoing(e); err != nil {
			return err
		}
		if problem := r.Try(c.ctx, e, uuid.NewString()); problem != nil {
			c.say("cli.relay_not_taken", "endpoint", e.Name, "problem", problem.Error())
			return errNo
		}
		c.say("cli.relay_taken", "endpoint", e.Name)
		return nil
	})
}

type relayPauseCmd struct {
	Endpoint string `arg:"" help:"Name of the endpoint."`
}

func (cmd *relayPauseCmd) Run(c *console) error { return c.pauseEndpoint(cmd.Endpoint, true) }

type relayResumeCmd struct {
	Endpoint string `arg:"" help:"Name of the endpoint."`
}

func (cmd *relayResumeCmd) Run(c *console) error { return c.pauseEndpoint(cmd.Endpoint, false) }

func (c *console) pauseEndpoint(name string, paused bool) error {
	return c.relayed(name, func(_ *writer, r *relay.Relay, e relay.Endpoint) error {
		if _, err := r.Book.Change(c.ctx, e.Name, func(e *relay.Endpoint) { e.Paused = paused }); err != nil {
			return err
		}
		if paused {
			c.say("cli.relay_paused", "endpoint", e.Name)
		} else {
			c.say("cli.relay_resumed", "endpoint", e.Name)
		}
		return nil
	})
}

type relayRewindCmd struct {
	Endpoint string `arg:"" help:"Name of the endpoint."`
	Position string `arg:"" help:"The position after which it goes on: 0 is everything, now only what comes."`
}

func (cmd *relayRewindCmd) Run(c *console) error {
	return c.relayed(cmd.Endpoint, func(w *writer, r *relay.Relay, e relay.Endpoint) error {
		if err := outgoing(e); err != nil {
			return err
		}
		to, err := w.placeOf(c.ctx, cmd.Position)
		if err != nil {
			return err
		}
		if err := r.Book.Rewind(c.ctx, e.Name, to); err != nil {
			return err
		}
		c.say("cli.relay_rewound", "endpoint", e.Name, "position", strconv.FormatUint(uint64(to.Position), 10))
		return nil
	})
}

type relayRotateCmd struct {
	Endpoint string `arg:"" help:"Name of the endpoint."`
	Days     int    `help:"How long the key before it signs too; 0 ends it now." default:"7"`
}

func (cmd *relayRotateCmd) Run(c *console) error {
	if cmd.Days < 0 || cmd.Days > 90 {
		return wrongValue("--days", strconv.Itoa(cmd.Days), "out_of_range")
	}
	return c.relayed(cmd.Endpoint, func(w *writer, r *relay.Relay, e relay.Endpoint) error {
		if len(e.Keys) == 0 {
			return domain.NewError(domain.Conflict, "endpoint_signs_nothing", "endpoint", e.Name)
		}
		clear, k, err := newSigningKey(r.Book, e.Name)
		if err != nil {
			return err
		}
		until := domain.InstantOf(w.now()) + (domain.Seconds(cmd.Days) * 24 * domain.Hour).Instant()
		_, err = r.Book.Change(c.ctx, e.Name, func(e *relay.Endpoint) {
			before := e.Keys[0]
			before.Until = until
			e.Keys = []relay.SigningKey{k, before}
			if cmd.Days == 0 {
				e.Keys = e.Keys[:1]
			}
		})
		if err != nil {
			return err
		}
		s, err := r.Book.Standing(c.ctx, e.Name)
		if err != nil {
			return err
		}
		return c.showMade(madeEndpoint{Endpoint: e.Name, Position: uint64(s.Position), Key: clear})
	})
}

type relayRemoveCmd struct {
	Endpoint string `arg:"" help:"Name of the endpoint."`
}

func (cmd *relayRemoveCmd) Run(c *console) error {
	return c.relayed(cmd.Endpoint, func(_ *writer, r *relay.Relay, e relay.Endpoint) error {
		if err := r.Book.Remove(c.ctx, e.Name); err != nil {
			return err
		}
		c.say("cli.relay_removed", "endpoint", e.Name)
		return nil
	})
}

type relayRunCmd struct {
	Endpoint string `arg:"" optional:"" help:"Only this one."`
}

// Run delivers in this process. Where a server runs, that delivers already.
func (cmd *relayRunCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		if c.server != nil {
			c.say("cli.relay_served")
			return nil
		}
		r, err := w.relaying(c)
		if err != nil {
			return err
		}
		r.Impatient = true
		all, err := r.Book.Endpoints(c.ctx)
		if err == nil && cmd.Endpoint != "" {
			all = make([]relay.Endpoint, 1)
			all[0], err = r.Book.Endpoint(c.ctx, cmd.Endpoint)
		}
		if err != nil {
			return err
		}
		answer := error(nil)
		for _, e := range all {
			if e.Paused || e.Direction == relay.In {
				continue
			}
			n, problem := r.CatchUp(c.ctx, e)
			if c.ctx.Err() != nil {
				return c.ctx.Err()
			}
			c.say("cli.relay_delivered", "endpoint", e.Name, "events", strconv.Itoa(n))
			if problem != nil {
				c.say("cli.relay_not_taken", "endpoint", e.Name, "problem", problem.Error())
				answer = errNo
			}
		}
		return answer
	})
}
