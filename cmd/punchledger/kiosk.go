package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

type kioskCmd struct {
	Pair kioskPairCmd `cmd:"" help:"Make a code with which one browser without a key stands for a kiosk (/lite/kiosk), within minutes."`
	Code kioskCodeCmd `cmd:"" help:"Print what the screen of a kiosk shows now."`
	End  kioskEndCmd  `cmd:"" help:"End all sessions of a kiosk."`
}

type kioskPairCmd struct {
	Device string `arg:"" help:"Kiosk, enrolled with “devices enrol --kind kiosk” and confirmed."`
}

func (cmd *kioskPairCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		s, err := w.identity()
		if err != nil {
			return err
		}
		code, until, err := s.PairKiosk(c.ctx, cmd.Device, c.cfg.As)
		if err != nil {
			return err
		}
		if c.cfg.Output == "json" {
			return printJSON(c.Out, map[string]any{"device": cmd.Device, "code": code.Reveal(), "expires_at": until})
		}
		fmt.Fprintln(c.Out, code.Reveal())
		c.say("cli.kiosk_pairing", "page", "/lite/kiosk", "device", cmd.Device, "until", until.String())
		return nil
	})
}

type kioskCodeCmd struct {
	Device string `arg:"" help:"Kiosk."`
	QR     string `name:"qr" help:"Draw it into a file (.png or .svg), or - for the terminal." placeholder:"FILE"`
}

func (cmd *kioskCodeCmd) Run(c *console) error {
	if err := isPicture("--qr", cmd.QR); err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		shown, left, err := w.ledger.KioskCode(cmd.Device, domain.InstantOf(w.now()))
		if err != nil {
			return err
		}
		if err := c.draw(shown, cmd.QR); err != nil {
			return err
		}
		if c.cfg.Output == "json" {
			return printJSON(c.Out, map[string]any{"device": cmd.Device, "text": shown, "seconds_left": left})
		}
		_, err = fmt.Fprintf(c.Out, "%s %d\n", shown, left)
		return err
	})
}

// isPicture refuses a file that no picture can be drawn into.
func isPicture(flag, file string) error {
	if ext := filepath.Ext(file); file != "" && file != "-" && ext != ".png" && ext != ".svg" {
		return wrongValue(flag, file, "not_a_picture")
	}
	return nil
}

// draw draws a text for cameras into a file, or on the terminal for -; for no file it draws nothing.
func (c *console) draw(text, file string) error {
	if file == "" {
		return nil
	}
	q, err := identity.NewQR(text)
	if err != nil {
		return err
	}
	switch filepath.Ext(file) {
	case ".png":
		return os.WriteFile(c.path(file), q.PNG(), 0o600)
	case ".svg":
		return os.WriteFile(c.path(file), q.SVG(), 0o600)
	}
	if c.cfg.Output != "json" {
		fmt.Fprint(c.Out, q.Text())
	}
	return nil
}

type kioskEndCmd struct {
	Device string `arg:"" help:"Kiosk."`
}

func (cmd *kioskEndCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		if !w.ledger.Directory().Device(cmd.Device).Exists() {
			return domain.NewError(domain.NotFound, "unknown_device", "stream", "device-"+cmd.Device)
		}
		s, err := w.identity()
		if err != nil {
			return err
		}
		n, err := s.EndKiosk(c.ctx, cmd.Device)
		if err != nil {
			return err
		}
		if c.cfg.Output == "json" {
			return printJSON(c.Out, map[string]int{"sessions": n})
		}
		c.say("cli.sessions_ended", "principal", cmd.Device, "sessions", fmt.Sprint(n))
		return nil
	})
}

type usersPINCmd struct {
	Principal string `arg:"" help:"Who."`
}

func (cmd *usersPINCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		s, err := w.identity()
		if err != nil {
			return err
		}
		pin, made, err := s.IssuePIN(c.ctx, cmd.Principal, c.cfg.As)
		if err != nil {
			return err
		}
		return c.handOut(made, pin.Reveal(), "cli.pin_issued")
	})
}

type usersBadgeCmd struct {
	Principal string `arg:"" help:"Who."`
	QR        string `name:"qr" help:"Draw the badge into a file (.png or .svg), or - for the terminal." placeholder:"FILE"`
}

func (cmd *usersBadgeCmd) Run(c *console) error {
	if err := isPicture("--qr", cmd.QR); err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		s, err := w.identity()
		if err != nil {
			return err
		}
		badge, made, err := s.IssueBadge(c.ctx, cmd.Principal, c.cfg.As)
		if err != nil {
			return err
		}
		if err := c.draw(badge.Reveal(), cmd.QR); err != nil {
			return err
		}
		return c.handOut(made, badge.Reveal(), "cli.badge_issued")
	})
}

// handOut prints a secret, once.
func (c *console) handOut(made access.Credential, secret, said string) error {
	if c.cfg.Output == "json" {
		return printJSON(c.Out, map[string]any{"principal": made.Principal, "credential": made.ID, "kind": made.Kind, "secret": secret})
	}
	fmt.Fprintln(c.Out, secret)
	c.say(said, "principal", made.Principal)
	return nil
}
