package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type tokensCmd struct {
	List   tokensListCmd   `cmd:"" default:"withargs" help:"List API tokens, without their secrets."`
	Create tokensCreateCmd `cmd:"" help:"Make an API token; it is printed once."`
	Revoke tokensRevokeCmd `cmd:"" help:"End an API token at once."`
}

type tokensListCmd struct {
	Principal string `arg:"" optional:"" help:"Only this one's."`
}

func (cmd *tokensListCmd) Run(c *console) error {
	return c.registered(func(s *identity.Service, _ *ledger.Directory) error {
		tokens, err := s.Tokens(c.ctx, cmd.Principal)
		if err != nil {
			return err
		}
		t, err := c.table("token", "principal", "title", "actions", "until", "last_used")
		if err != nil {
			return err
		}
		for _, k := range tokens {
			used := ""
			if k.LastUsedAt != 0 {
				used = k.LastUsedAt.String()
			}
			if err := t.add(k, k.ID, k.Principal, k.Name, actionNames(k.Actions), k.ExpiresAt.String(), used); err != nil {
				return err
			}
		}
		return t.end()
	})
}

func actionNames(actions []access.Action) string {
	names := make([]string, len(actions))
	for i, a := range actions {
		names[i] = string(a)
	}
	return strings.Join(names, " ")
}

type tokensCreateCmd struct {
	Principal string   `arg:"" help:"In whose name the program acts; it can never do more than they may."`
	Name      string   `required:"" help:"What it is for."`
	Action    []string `required:"" help:"What it may be used for, such as pay.read; several with commas." placeholder:"ACTION"`
	Days      int      `help:"How long it is good, at most 90." default:"90"`
}

// madeToken is a token as it is shown, once.
type madeToken struct {
	Token     string          `json:"token"`
	ID        string          `json:"id"`
	Principal string          `json:"principal"`
	Name      string          `json:"name"`
	Actions   []access.Action `json:"actions"`
	ExpiresAt domain.Instant  `json:"expires_at"`
}

func (cmd *tokensCreateCmd) Run(c *console) error {
	r := identity.TokenRequest{Principal: cmd.Principal, Name: cmd.Name, Lifetime: time.Duration(cmd.Days) * 24 * time.Hour, By: c.cfg.As}
	for _, a := range cmd.Action {
		r.Actions = append(r.Actions, access.Action(a))
	}
	return c.writing(func(w *writer) error {
		s, err := w.identity()
		if err != nil {
			return err
		}
		secret, t, err := s.CreateToken(c.ctx, r)
		if err != nil {
			return err
		}
		out := madeToken{secret.Reveal(), t.ID, t.Principal, t.Name, t.Actions, t.ExpiresAt}
		if c.cfg.Output == "json" {
			return printJSON(c.Out, out)
		}
		fmt.Fprintln(c.Out, out.Token)
		c.say("cli.token_made", "token", out.ID, "principal", out.Principal, "until", out.ExpiresAt.String())
		return nil
	})
}

type tokensRevokeCmd struct {
	Token string `arg:"" help:"Id of the token, as tokens lists it."`
}

func (cmd *tokensRevokeCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		s, err := w.identity()
		if err == nil {
			err = s.RevokeToken(c.ctx, "", cmd.Token, c.cfg.As)
		}
		if err == nil {
			c.say("cli.token_revoked", "token", cmd.Token)
		}
		return err
	})
}
