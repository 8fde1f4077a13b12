package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// pocket is a device in a file, for tests and scripts: its key, and how far its chain has come.
type pocket struct {
	Origin string `json:"origin"`
	Device string `json:"device"`
	Emp    string `json:"emp"`
	Seed   []byte `json:"seed"` // of its Ed25519 key
	Zone   string `json:"zone"`
	Boot   string `json:"boot"`
	N      int64  `json:"n"`
	Prev   string `json:"prev"`

	Ticket string `json:"ticket,omitempty"`
}

// publicKey returns the key as the ledger takes it.
func (p *pocket) publicKey() string {
	public := ed25519.NewKeyFromSeed(p.Seed).Public().(ed25519.PublicKey)
	return base64.StdEncoding.EncodeToString(append([]byte("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"), public...))
}

func (c *console) loadPocket(name string) (*pocket, error) {
	text, err := os.ReadFile(c.path(name))
	if err != nil {
		return nil, err
	}
	var p pocket
	if err := json.Unmarshal(text, &p); err != nil || len(p.Seed) != ed25519.SeedSize {
		return nil, domain.NewError(domain.Invalid, "sign_key_damaged", "file", name)
	}
	return &p, nil
}

func (c *console) savePocket(name string, p *pocket) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(c.path(name), append(text, '\n'), 0o600)
}

type punchKeyCmd struct {
	File     string `arg:"" help:"File that is the device: its key, and how far it has counted."`
	Device   string `required:"" help:"Device id."`
	Employee string `required:"" help:"Employee."`
	Zone     string `help:"Zone of its clock." default:"UTC"`
}

// Run makes a device in a file and prints its public key.
func (cmd *punchKeyCmd) Run(c *console) error {
	if _, err := os.Stat(c.path(cmd.File)); err == nil {
		return domain.NewError(domain.Conflict, "sign_key_exists", "file", cmd.File)
	}
	return c.directory("", func(d *ledger.Directory) error {
		p := pocket{
			Origin: d.Org().Origin, Device: cmd.Device, Emp: cmd.Employee, Seed: make([]byte, ed25519.SeedSize), Zone: cmd.Zone,
			Boot: strings.ToLower(rand.Text()),
		}
		if _, err := rand.Read(p.Seed); err != nil {
			return err
		}
		if err := c.savePocket(cmd.File, &p); err != nil {
			return err
		}
		_, err := fmt.Fprintln(c.Out, p.publicKey())
		return err
	})
}

type punchMakeCmd struct {
	File   string `arg:"" help:"File of the device, as “punch key” makes it; it counts on."`
	Dir    string `arg:"" help:"in, out, auto, break_out or break_in." enum:"in,out,auto,break_out,break_in"`
	At     string `help:"When, with an offset; without it now." placeholder:"TIME"`
	SentAt string `name:"sent-at" help:"When it is sent; without it now." placeholder:"TIME"`
	Place  string `help:"File of a place object; its exact bytes are hashed and sent beside." placeholder:"FILE"`
	Note   string `help:"Note; the ledger seals it before it is stored."`
}

// Run builds and signs an envelope and prints it.
func (cmd *punchMakeCmd) Run(c *console) error {
	p, err := c.loadPocket(cmd.File)
	if err != nil {
		return err
	}
	at, err := instantOr(cmd.At, "--at", c.Now())
	if err != nil {
		return err
	}
	sentAt, err := instantOr(cmd.SentAt, "--sent-at", c.Now())
	if err != nil {
		return err
	}
	var place []byte
	if cmd.Place != "" {
		if place, err = os.ReadFile(c.path(cmd.Place)); err != nil {
			return err
		}
	}
	e, err := p.punch(timecard.Direction(cmd.Dir), at, sentAt, place)
	if err != nil {
		return err
	}
	e.Note = cmd.Note
	if err := c.savePocket(cmd.File, p); err != nil {
		return err
	}
	return printJSONLine(c.Out, e)
}

func instantOr(s, flag string, now time.Time) (domain.Instant, error) {
	if s == "" {
		return domain.InstantOf(now), nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, wrongValue(flag, s, "not_a_local_time")
	}
	return domain.InstantOf(t), nil
}

// pocketBegan is when the monotonic clock of a device in a file began: with the year 2020.
const pocketBegan = 1_577_836_800_000

// punch signs the next punch of the device.
func (p *pocket) punch(dir timecard.Direction, at, sentAt domain.Instant, place []byte) (timecard.Envelope, error) {
	z, err := zone.Embedded().Zone(p.Zone)
	if err != nil {
		return timecard.Envelope{}, err
	}
	p.N++
	wall := func(at domain.Instant) string { return timecard.WallOf(at, z.Offset(at.Seconds())) }
	nonce := ""
	if p.Ticket != "" {
		text, _, _ := strings.Cut(p.Ticket, "\n\n")
		if t, err := timecard.ParseTicket(text + "\n"); err == nil {
			nonce = t.Nonce
		}
	}
	mono := int64(sentAt) - pocketBegan
	e, err := timecard.Seal(timecard.Body{
		Origin: p.Origin, ID: fmt.Sprintf("%s.%d", p.Device, p.N), Emp: p.Emp, Device: p.Device, N: p.N, Prev: p.Prev, Dir: dir,
		Wall: wall(at), Zone: p.Zone, Boot: p.Boot, MonoMS: int64(at) - pocketBegan, Ticket: nonce,
	}, place, timecard.Sent{SentBoot: p.Boot, SentMonoMS: &mono, SentWall: wall(sentAt)}, func(b []byte) []byte {
		p.Prev = timecard.Hash(b)
		return ed25519.Sign(ed25519.NewKeyFromSeed(p.Seed), b)
	})
	e.Ticket = p.Ticket
	return e, err
}

type punchSendCmd struct {
	File    []string `arg:"" help:"Files: an envelope each, or an upload with a batch; - is standard input."`
	Session string   `help:"The employee who is logged in; without it the signature alone says who sends." placeholder:"EMP"`
}

// Run hands signed punches in and prints an answer for each. It ends with 1 when one was refused.
func (cmd *punchSendCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		in, err := w.taking(c)
		if err != nil {
			return err
		}
		h := ledger.Handed{Actor: c.actor(), Sender: timecard.Sender{Emp: cmd.Session, Live: true}}
		if cmd.Session != "" {
			h.Actor = domain.Actor{Kind: domain.ActorEmployee, ID: cmd.Session}
		}
		refused := false
		for _, name := range cmd.File {
			text, err := c.readFile(name)
			if err != nil {
				return err
			}
			answers, err := c.handIn(in, h, text)
			if err != nil {
				return err
			}
			for _, a := range answers {
				if err := failed(a); err != nil {
					return err
				}
				refused = refused || a.Err != nil
				if err := c.printAnswer(a); err != nil {
					return err
				}
			}
		}
		if err := w.turnDue(c.ctx); err != nil {
			return err
		}
		if refused {
			return errNo
		}
		return nil
	})
}

// handIn takes one envelope, or an upload.
func (c *console) handIn(in *ledger.Intake, h ledger.Handed, text []byte) ([]ledger.Answer, error) {
	if !bytes.Contains(text, []byte(`"punches"`)) {
		s, err := timecard.DecodeEnvelope(bytes.TrimSpace(text))
		if err != nil {
			return []ledger.Answer{{Err: err}}, nil
		}
		return []ledger.Answer{in.Punch(c.ctx, h, s)}, nil
	}
	b, err := timecard.DecodeBatch(text)
	if err != nil {
		return nil, err
	}
	h.Sender.Live = false
	return in.Batch(c.ctx, h, b)
}

func (c *console) printAnswer(a ledger.Answer) error {
	out := answerOf(a)
	if c.cfg.Output == "json" {
		return printJSONLine(c.Out, out)
	}
	var said []string
	for _, r := range out.Reasons {
		said = append(said, c.t("reasons."+r))
	}
	if out.Error != nil {
		said = append(said, c.sentence(out.Error))
	}
	state := c.t("labels.state." + out.Outcome)
	if out.Repeated {
		state = c.t("cli.punch_repeated", "state", state)
	}
	_, err := fmt.Fprintln(c.Out, strings.TrimRight(strings.Join([]string{out.Punch, state, strings.Join(said, "; ")}, "  "), " "))
	return err
}

func readAll(r io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(r, 64<<20)) }
