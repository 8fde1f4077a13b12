package main

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"os"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/eventstore/seal"
)

type devicesEnrolCmd struct {
	ID       string `arg:"" help:"Id: a-z, 0-9, _ and ."`
	Key      string `required:"" help:"Its public key: in base64 (SubjectPublicKeyInfo), or a PEM file."`
	Kind     string `help:"phone, web or kiosk." enum:"phone,web,kiosk" default:"phone"`
	Employee string `help:"Whose it is; a kiosk is nobody's." placeholder:"EMP"`
	Model    string `help:"Model."`
	Site     string `help:"Site where a kiosk stands."`
}

func (cmd *devicesEnrolCmd) Run(c *console) error {
	key := cmd.Key
	if text, err := os.ReadFile(c.path(key)); err == nil {
		if pem, err := pemKey(text); err == nil {
			key = pem
		}
	}
	return c.writing(func(w *writer) error {
		enrol := place.EnrolDevice{Device: cmd.ID, Kind: place.DeviceKind(cmd.Kind), PublicKey: key, Model: cmd.Model, Site: cmd.Site}
		if cmd.Employee == "" {
			return w.act(c, enrol, "")
		}
		if _, err := w.do(c, enrol); err != nil {
			return err
		}
		return w.act(c, place.BindDevice{Device: cmd.ID, Emp: cmd.Employee, Now: domain.InstantOf(w.now())}, "")
	})
}

// pemKey returns the key of a PEM file as base64, of whichever kind it is.
func pemKey(text []byte) (string, error) {
	if key, err := seal.FromPEM(text); err == nil {
		return key, nil
	}
	var body strings.Builder
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "-----") {
			body.WriteString(strings.TrimSpace(line))
		}
	}
	_, err := base64.StdEncoding.DecodeString(body.String())
	return body.String(), err
}

type devicesBindCmd struct {
	ID       string `arg:"" help:"Device."`
	Employee string `arg:"" help:"Whose it is from now on."`
}

func (cmd *devicesBindCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		return w.act(c, place.BindDevice{Device: cmd.ID, Emp: cmd.Employee, Now: domain.InstantOf(w.now())}, "")
	})
}

type devicesReleaseCmd struct {
	ID     string `arg:"" help:"Device."`
	Reason string `help:"Reason code." default:"new_phone"`
}

func (cmd *devicesReleaseCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		return w.act(c, place.UnbindDevice{Device: cmd.ID, Reason: cmd.Reason, Now: domain.InstantOf(w.now())}, "")
	})
}

type devicesConfirmCmd struct {
	ID  string `arg:"" help:"Device."`
	How string `help:"The channel by which it was confirmed, as a code." default:"in_person"`
}

func (cmd *devicesConfirmCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		return w.act(c, place.ConfirmDevice{Device: cmd.ID, By: c.cfg.As, How: cmd.How, Now: domain.InstantOf(w.now())}, "")
	})
}

type devicesBlockCmd struct {
	ID     string `arg:"" help:"Device."`
	Reason string `help:"Reason." default:"lost"`
	Since  string `help:"When it was lost; what it recorded before is believed when it comes. Without it now." placeholder:"TIME"`
	Trust  bool   `help:"Trust it again instead."`
}

func (cmd *devicesBlockCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		set := place.SetTrust{Device: cmd.ID, Level: place.Trusted, Reason: cmd.Reason}
		if !cmd.Trust {
			since, err := instantOr(cmd.Since, "--since", w.now())
			if err != nil {
				return err
			}
			set.Level, set.Since = place.Blocked, since
		}
		return w.act(c, set, "")
	})
}

type devicesRetireCmd struct {
	ID string `arg:"" help:"Device."`
}

func (cmd *devicesRetireCmd) Run(c *console) error {
	return c.writing(func(w *writer) error { return w.act(c, place.RetireDevice{Device: cmd.ID}, "") })
}

type devicesReplaceCmd struct {
	ID        string `arg:"" help:"Device that punches no more."`
	To        string `arg:"" help:"Device that takes its place."`
	LastN     int64  `name:"last-n" help:"Order number of its last punch, with --signature."`
	LastHash  string `name:"last-hash" help:"Hash of its last punch, with --signature."`
	Signature string `help:"By the device, over the text of its hand-over; without it the device is lost and the chain ends broken."`
}

func (cmd *devicesReplaceCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		return w.act(c, place.HandOver{
			Device: cmd.ID, To: cmd.To, LastN: cmd.LastN, LastHash: cmd.LastHash, Signature: cmd.Signature, Now: domain.InstantOf(w.now()),
		}, "")
	})
}

type devicesTicketCmd struct {
	ID   string `arg:"" help:"Device."`
	File string `help:"File of a device made by “punch key”, which keeps the ticket for its next punches." placeholder:"FILE"`
}

func (cmd *devicesTicketCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		in, err := w.taking(c)
		if err != nil {
			return err
		}
		_, note, err := in.Ticket(c.ctx, w.ledger.Directory().Device(cmd.ID).BoundTo(), cmd.ID, "", 0)
		if err != nil {
			return err
		}
		if cmd.File != "" {
			p, err := c.loadPocket(cmd.File)
			if err != nil {
				return err
			}
			p.Ticket = note
			if err := c.savePocket(cmd.File, p); err != nil {
				return err
			}
		}
		_, err = fmt.Fprint(c.Out, note)
		return err
	})
}

// stateOfDevice is the word for how far a device is believed.
func stateOfDevice(s place.DeviceState) string {
	switch {
	case s.Retired:
		return "retired"
	case s.End != nil:
		return "replaced"
	case s.Trust == place.Trusted && s.Kind.Signs() && len(s.Keys) > 0 && !s.Confirmed:
		return "unconfirmed"
	}
	return cmp.Or(string(s.Trust), string(place.Trusted))
}
