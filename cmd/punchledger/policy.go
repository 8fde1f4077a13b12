package main

import (
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type policyCmd struct {
	List policyListCmd `cmd:"" default:"withargs" help:"List policies."`
	Set  policySetCmd  `cmd:"" help:"Set a policy from now on."`
}

type policyListCmd struct{}

func (cmd *policyListCmd) Run(c *console) error {
	return c.directory("", func(d *ledger.Directory) error {
		t, err := c.table("policy", "value")
		if err != nil {
			return err
		}
		values := map[string]string{people.DualControl: people.Off}
		maps.Copy(values, d.Org().Policies)
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if err := t.add(map[string]string{"policy": name, "value": values[name]}, name, values[name]); err != nil {
				return err
			}
		}
		return t.end()
	})
}

type policySetCmd struct {
	Policy   string   `arg:"" help:"Policy: dual_control, which wants a second person for rules, replays and clocks."`
	Value    string   `arg:"" help:"on or off."`
	Approver []string `help:"Who approves; turning dual_control off needs two."`
}

func (cmd *policySetCmd) Run(c *console) error {
	approvers := cmd.Approver
	if len(approvers) == 0 {
		approvers = []string{c.cfg.As}
	}
	return c.writing(func(w *writer) error {
		if err := w.act(c, people.SetPolicy{Policy: cmd.Policy, Value: cmd.Value, Approvers: approvers, ActorID: c.cfg.As}, ""); err != nil {
			return err
		}
		c.say("cli.policy_set", "policy", cmd.Policy, "value", cmd.Value)
		return nil
	})
}
