package main

import (
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections/relay"
)

type relayPoisonCmd struct {
	List   relayPoisonListCmd   `cmd:"" default:"withargs" help:"Events that an endpoint did not take, with the reason."`
	Replay relayPoisonReplayCmd `cmd:"" help:"Send one of them, or all, once more."`
	Drop   relayPoisonDropCmd   `cmd:"" help:"Give one of them up, or all."`
}

type relayPoisonListCmd struct {
	Endpoint string `arg:"" help:"Name of the endpoint."`
}

func (cmd *relayPoisonListCmd) Run(c *console) error {
	return c.endpoints(func(book *relay.Book) error {
		if _, err := book.Endpoint(c.ctx, cmd.Endpoint); err != nil {
			return err
		}
		queue, err := book.Poisoned(c.ctx, cmd.Endpoint)
		if err != nil {
			return err
		}
		t, err := c.table(">position", "type", "stream", ">attempts", "first_at", "last_at", "problem")
		if err != nil {
			return err
		}
		for _, p := range queue {
			err := t.add(p, positionText(p), p.Type, p.Stream, strconv.Itoa(p.Attempts), p.FirstAt.String(), p.LastAt.String(), p.Problem)
			if err != nil {
				return err
			}
		}
		return t.end()
	})
}

func positionText(p relay.Poisoned) string { return strconv.FormatUint(uint64(p.Position), 10) }

// poisonChoice names events of a poison queue.
type poisonChoice struct {
	Endpoint string `arg:"" help:"Name of the endpoint."`
	Position string `arg:"" optional:"" help:"Position of the event, as the list shows it."`
	All      bool   `help:"All of them."`
}

// of returns what is chosen.
func (p poisonChoice) of(c *console, book *relay.Book) ([]relay.Poisoned, error) {
	if p.All == (p.Position != "") {
		return nil, domain.NewError(domain.Invalid, "poison_choice")
	}
	if p.All {
		return book.Poisoned(c.ctx, p.Endpoint)
	}
	at, err := positionOf(p.Position)
	if err != nil {
		return nil, err
	}
	one, err := book.PoisonedAt(c.ctx, p.Endpoint, at)
	return []relay.Poisoned{one}, err
}

type relayPoisonReplayCmd struct{ poisonChoice }

func (cmd *relayPoisonReplayCmd) Run(c *console) error {
	return c.relayed(cmd.Endpoint, func(_ *writer, r *relay.Relay, e relay.Endpoint) error {
		queue, err := cmd.of(c, r.Book)
		if err != nil {
			return err
		}
		taken := 0
		for _, p := range queue {
			problem := r.Replay(c.ctx, e, p)
			if c.ctx.Err() != nil {
				return c.ctx.Err()
			}
			if problem != nil {
				c.say("cli.poison_stays", "position", positionText(p), "problem", problem.Error())
				continue
			}
			taken++
		}
		c.say("cli.poison_replayed", "endpoint", e.Name, "events", strconv.Itoa(taken))
		if taken < len(queue) {
			return errNo
		}
		return nil
	})
}

type relayPoisonDropCmd struct{ poisonChoice }

func (cmd *relayPoisonDropCmd) Run(c *console) error {
	return c.relayed(cmd.Endpoint, func(_ *writer, r *relay.Relay, e relay.Endpoint) error {
		queue, err := cmd.of(c, r.Book)
		if err != nil {
			return err
		}
		for _, p := range queue {
			if err := r.Book.Drop(c.ctx, e.Name, p.Position); err != nil {
				return err
			}
		}
		c.say("cli.poison_dropped", "endpoint", e.Name, "events", strconv.Itoa(len(queue)))
		return nil
	})
}
