package main

import (
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// groupShadow is a candidate that runs beside the rules of a group.
type groupShadow struct {
	Ruleset string      `json:"ruleset"`
	Hash    string      `json:"hash"`
	From    domain.Date `json:"from"`
	To      domain.Date `json:"to,omitzero"`
}

func shadowsOf(g people.GroupState) (out []groupShadow) {
	for _, x := range g.Shadows {
		out = append(out, groupShadow(x))
	}
	return out
}

type groupsShadowCmd struct {
	Group string `arg:"" help:"Group."`
	Rules string `required:"" help:"Candidate: a file, a pack, ID@VERSION or ID@DRAFT." placeholder:"FILE|ID@V"`
	From  string `required:"" help:"From this date on." placeholder:"DATE"`
	Until string `help:"First date without it; open when left out." placeholder:"DATE"`
}

func (cmd *groupsShadowCmd) Run(c *console) error {
	from, until, err := span("from", cmd.From, "until", cmd.Until)
	if err != nil {
		return err
	}
	id, which, kept := strings.Cut(cmd.Rules, "@")
	var r ledger.Release
	if !kept {
		r.Author = c.cfg.As
		if r.Doc, r.Source, err = c.documentText(cmd.Rules); err != nil {
			return err
		}
		id = r.Doc.ID
	}
	return c.writing(func(w *writer) error {
		bind := people.BindShadow{Group: cmd.Group, Ruleset: id, From: from, To: until}
		if kept {
			bind.Hash, err = w.ledger.Directory().DocumentHash(id, which)
		} else {
			err = w.keep(c, r, &bind)
		}
		if err != nil {
			return err
		}
		if err := w.act(c, bind, ""); err != nil {
			return err
		}
		c.say("cli.shadow", "group", cmd.Group, "ruleset", id, "hash", short(bind.Hash), "dates", dates(from, until))
		return nil
	})
}

// keep drafts a document, so that the ledger holds what is tried, and puts its hash into the command that binds it. Nothing is drafted
// for a command that the group refuses.
func (w *writer) keep(c *console, r ledger.Release, bind *people.BindShadow) error {
	draft, publish, err := w.ledger.Directory().Releasing(r)
	if err != nil {
		return err
	}
	bind.Hash = publish.Hash
	if _, err := people.DecideGroup(w.ledger.Directory().Group(bind.Group), *bind, people.GroupFacts{DocumentKnown: true}); err != nil {
		return err
	}
	if draft != nil {
		_, err = w.do(c, *draft)
	}
	return err
}

type groupsUnshadowCmd struct {
	Group string `arg:"" help:"Group."`
	From  string `required:"" help:"First date without it." placeholder:"DATE"`
}

func (cmd *groupsUnshadowCmd) Run(c *console) error {
	from, err := optionalDate("from", cmd.From)
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		return w.act(c, people.UnbindShadow{Group: cmd.Group, From: from}, "")
	})
}
