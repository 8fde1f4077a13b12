package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type usersCmd struct {
	List        usersListCmd        `cmd:"" default:"withargs" help:"List who can log in, and how."`
	Invite      usersInviteCmd      `cmd:"" help:"Make a code with which somebody sets their first passkey or password."`
	Confirm     usersConfirmCmd     `cmd:"" help:"Vouch for the first device of somebody, by the short code on their screen."`
	PIN         usersPINCmd         `cmd:"" name:"pin" help:"Give out a new PIN for kiosks; the one before, and its block, end."`
	Badge       usersBadgeCmd       `cmd:"" help:"Give out a new badge for kiosks; the one before is good no more."`
	Reset       usersResetCmd       `cmd:"" help:"Take away everything that somebody can log in with, such as after a lost phone."`
	EndSessions usersEndSessionsCmd `cmd:"" help:"Log somebody out everywhere."`
}

type usersListCmd struct{}

// userShown is somebody who can log in, for machines.
type userShown struct {
	Principal   string                        `json:"principal"`
	Active      bool                          `json:"active"`
	Credentials map[access.CredentialKind]int `json:"credentials"`
	Unconfirmed int                           `json:"unconfirmed"`
	Sessions    int                           `json:"sessions"`
	Tokens      int                           `json:"tokens"`
	InvitedTill domain.Instant                `json:"invited_until,omitzero"`
}

func (cmd *usersListCmd) Run(c *console) error {
	return c.registered(func(s *identity.Service, d *ledger.Directory) error {
		users, err := usersOf(c, s)
		if err != nil {
			return err
		}
		t, err := c.table("principal", "logs_in_with", ">sessions", ">tokens", "invited_until", "state")
		if err != nil {
			return err
		}
		for _, id := range slices.Sorted(maps.Keys(users)) {
			u := users[id]
			if err := u.add(c, s, personOf(d)); err != nil {
				return err
			}
			state := "active"
			switch {
			case !u.Active:
				state = "inactive"
			case u.Unconfirmed > 0:
				state = "unconfirmed"
			}
			var ways []string
			for _, k := range slices.Sorted(maps.Keys(u.Credentials)) {
				ways = append(ways, c.word("labels.credential.", string(k)))
			}
			until := ""
			if u.InvitedTill != 0 {
				until = u.InvitedTill.String()
			}
			err = t.add(u, id, strings.Join(ways, " "), fmt.Sprint(u.Sessions), fmt.Sprint(u.Tokens), until, c.word("labels.user.", state))
			if err != nil {
				return err
			}
		}
		return t.end()
	})
}

// usersOf returns everybody who can log in or is invited.
func usersOf(c *console, s *identity.Service) (map[string]*userShown, error) {
	users := map[string]*userShown{}
	user := func(id string) *userShown {
		if users[id] == nil {
			users[id] = &userShown{Principal: id, Credentials: map[access.CredentialKind]int{}}
		}
		return users[id]
	}
	credentials, err := s.Credentials(c.ctx, "")
	if err != nil {
		return nil, err
	}
	for _, k := range credentials {
		user(k.Principal).Credentials[k.Kind]++
	}
	invitations, err := s.Invitations(c.ctx, "")
	if err != nil {
		return nil, err
	}
	for _, i := range invitations {
		user(i.Principal).InvitedTill = i.ExpiresAt
	}
	tokens, err := s.Tokens(c.ctx, "")
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		user(t.Principal).Tokens++
	}
	return users, nil
}

// add fills in what is known of one person.
func (u *userShown) add(c *console, s *identity.Service, person personFunc) error {
	p, err := person(c.ctx, u.Principal)
	if err != nil {
		return err
	}
	u.Active = p.Active
	sessions, err := s.Sessions(c.ctx, u.Principal)
	if err != nil {
		return err
	}
	waiting, err := s.Unconfirmed(c.ctx, u.Principal)
	u.Sessions, u.Unconfirmed = len(sessions), len(waiting)
	return err
}

type usersInviteCmd struct {
	Principal string `arg:"" help:"Who: an employee's id, or an id for somebody who is none and has a right."`
	Role      string `help:"Give this right too, such as owner to the first person of a new ledger."`
	Purpose   string `help:"What the right is for; stored in clear." default:"set up at the machine of the ledger"`
	To        string `help:"First date without the right; only an owner's may be left open." placeholder:"DATE"`
	Name      string `help:"Name of somebody who is no employee; it is sealed before it is stored."`
	Hours     int    `help:"How long the code is good, at most 336." default:"72"`
	Confirm   bool   `help:"What is set with the code waits until somebody vouches for it with users confirm."`
	URL       string `name:"url" help:"Address of the pages, such as https://time.example.com: the code comes as a link." placeholder:"URL"`
	QR        string `name:"qr" help:"Write the code as a picture: .png, .svg, or - for this terminal." placeholder:"FILE"`
}

// invited is an invitation as it is shown, once.
type invited struct {
	Principal  string         `json:"principal"`
	Invitation string         `json:"invitation"`
	Code       string         `json:"code"`
	URL        string         `json:"url,omitempty"`
	ExpiresAt  domain.Instant `json:"expires_at"`
	Confirm    bool           `json:"confirm"`
}

// enrolPage is where the pages take a code. It stands behind #, which browsers do not send: it is in no log of a server.
const enrolPage = "/lite/invitation#"

func (cmd *usersInviteCmd) Run(c *console) error {
	to, err := optionalDate("to", cmd.To)
	if err != nil {
		return err
	}
	if err := isPicture("--qr", cmd.QR); err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		if err := cmd.giveRole(c, w, to); err != nil {
			return err
		}
		s, err := w.identity()
		if err != nil {
			return err
		}
		code, i, err := s.Invite(c.ctx, identity.InvitationRequest{
			Principal: cmd.Principal, By: c.cfg.As, Lifetime: time.Duration(cmd.Hours) * time.Hour, Confirm: cmd.Confirm,
		})
		if err != nil {
			return err
		}
		out := invited{Principal: i.Principal, Invitation: i.ID, Code: code.Reveal(), ExpiresAt: i.ExpiresAt, Confirm: i.Confirm}
		if cmd.URL != "" {
			out.URL = strings.TrimSuffix(cmd.URL, "/") + enrolPage + out.Code
		}
		return cmd.print(c, out)
	})
}

// giveRole gives the right that comes with the invitation, and the name of somebody who is no employee.
func (cmd *usersInviteCmd) giveRole(c *console, w *writer, to domain.Date) error {
	if cmd.Role != "" {
		r, err := w.do(c, access.GrantAccess{
			Principal: cmd.Principal, Grant: "g" + strings.ReplaceAll(w.newID(), "-", "")[:12], Role: access.Role(cmd.Role), Purpose: cmd.Purpose,
			To: to, ActorID: c.cfg.As, AtMachine: true,
		})
		if err != nil {
			return err
		}
		w.sayGranted(c, r)
	}
	if cmd.Name == "" {
		return nil
	}
	_, err := w.do(c, access.NamePrincipal{Principal: cmd.Principal, Name: cmd.Name})
	return err
}

func (cmd *usersInviteCmd) print(c *console, out invited) error {
	q, err := identity.NewQR(cmp.Or(out.URL, out.Code))
	if err != nil {
		return err
	}
	switch filepath.Ext(cmd.QR) {
	case ".png":
		err = os.WriteFile(c.path(cmd.QR), q.PNG(), 0o600)
	case ".svg":
		err = os.WriteFile(c.path(cmd.QR), q.SVG(), 0o600)
	}
	if err != nil {
		return err
	}
	if c.cfg.Output == "json" {
		return printJSON(c.Out, out)
	}
	if cmd.QR == "-" {
		fmt.Fprint(c.Out, q.Text())
	}
	if out.URL != "" {
		fmt.Fprintln(c.Out, out.URL)
	}
	fmt.Fprintln(c.Out, out.Code) // beside the link: a page without scripts cannot read it there
	c.say("cli.invited", "principal", out.Principal, "until", out.ExpiresAt.String())
	if out.Confirm {
		c.say("cli.invited_confirm", "principal", out.Principal)
	}
	return nil
}

type usersConfirmCmd struct {
	Principal string `arg:"" help:"Who."`
	Code      string `arg:"" help:"The six digits that they read to you from their screen."`
}

func (cmd *usersConfirmCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		s, err := w.identity()
		if err == nil {
			err = s.Confirm(c.ctx, cmd.Principal, cmd.Code, c.cfg.As)
		}
		if err == nil {
			c.say("cli.device_confirmed", "principal", cmd.Principal)
		}
		return err
	})
}

type usersResetCmd struct {
	Principal string `arg:"" help:"Who."`
}

func (cmd *usersResetCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		if err := w.knows(c, cmd.Principal); err != nil {
			return err
		}
		s, err := w.identity()
		if err != nil {
			return err
		}
		n, err := s.Reset(c.ctx, cmd.Principal, c.cfg.As)
		if err != nil {
			return err
		}
		if c.cfg.Output == "json" {
			return printJSON(c.Out, n)
		}
		c.say("cli.reset", "principal", cmd.Principal, "credentials", fmt.Sprint(n.Credentials), "sessions", fmt.Sprint(n.Sessions),
			"tokens", fmt.Sprint(n.Tokens), "invitations", fmt.Sprint(n.Invitations))
		return nil
	})
}

// knows refuses an id that was mistyped: nothing would be taken away, and it would look as if it had been.
func (w *writer) knows(c *console, principal string) error {
	p, err := personOf(w.ledger.Directory())(c.ctx, principal)
	if err == nil && !p.Known {
		err = domain.NewError(domain.NotFound, "unknown_principal", "principal", principal)
	}
	return err
}

type usersEndSessionsCmd struct {
	Principal string `arg:"" help:"Who."`
}

func (cmd *usersEndSessionsCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		if err := w.knows(c, cmd.Principal); err != nil {
			return err
		}
		s, err := w.identity()
		if err != nil {
			return err
		}
		n, err := s.EndSessions(c.ctx, cmd.Principal, "")
		if err != nil {
			return err
		}
		if c.cfg.Output == "json" {
			return printJSON(c.Out, map[string]int{"sessions": n})
		}
		c.say("cli.sessions_ended", "principal", cmd.Principal, "sessions", fmt.Sprint(n))
		return nil
	})
}
