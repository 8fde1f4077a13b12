package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/seal"
)

type receiptCmd struct {
	Show   receiptShowCmd   `cmd:"" help:"Print the signed receipt of a punch again."`
	Verify receiptVerifyCmd `cmd:"" help:"Check a receipt with the public key alone."`
	Key    receiptKeyCmd    `cmd:"" help:"Print the public key by which receipts are verified, in the form that openssl reads."`
}

type receiptShowCmd struct {
	Employee string `arg:"" help:"Employee."`
	Punch    string `arg:"" help:"Id of the punch."`
}

func (cmd *receiptShowCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		card, err := w.ledger.CardOf(c.ctx, cmd.Employee, cmd.Punch)
		if err != nil {
			return err
		}
		in, err := w.taking(c)
		if err != nil {
			return err
		}
		a, err := in.ReceiptOn(c.ctx, card, cmd.Punch)
		if err != nil {
			return err
		}
		if c.cfg.Output == "json" {
			return printJSON(c.Out, answerOf(a))
		}
		_, err = fmt.Fprint(c.Out, a.Note)
		return err
	})
}

type receiptVerifyCmd struct {
	File   string `arg:"" help:"File of the receipt; - is standard input."`
	Key    string `help:"File of the public key, as “receipt key” prints it; without it the keys in the ledger." placeholder:"FILE"`
	Origin string `help:"Name of the ledger; without it that of the receipt." placeholder:"NAME"`
}

func (cmd *receiptVerifyCmd) Run(c *console) error {
	note, err := c.readFile(cmd.File)
	if err != nil {
		return err
	}
	lines := strings.SplitN(string(note), "\n", 3)
	origin := cmd.Origin
	if origin == "" && len(lines) > 1 {
		origin = lines[1]
	}
	keys, origin, err := cmd.keys(c, origin)
	if err != nil {
		return err
	}
	refused := domain.NewError(domain.Invalid, "receipt_not_genuine", "file", cmd.File, "origin", origin)
	v, err := seal.NewVerifier(origin, keys...)
	if err != nil {
		return refused
	}
	text, err := v.Open(string(note))
	if err != nil {
		return refused
	}
	r, err := timecard.ParseReceipt(text)
	if err != nil || r.Origin != origin {
		return refused
	}
	if c.cfg.Output == "json" {
		return printJSON(c.Out, r)
	}
	_, err = fmt.Fprintln(c.Out, c.t("cli.receipt.genuine", "punch", r.Punch, "emp", r.Emp, "outcome", c.t("labels.state."+r.Outcome),
		"at", r.EffectiveAt.String(), "stream", r.Stream, "revision", fmt.Sprint(r.Revision)))
	return err
}

// keys returns the public keys to verify with, and the name of their ledger: a key that was handed over stands for itself.
func (cmd *receiptVerifyCmd) keys(c *console, origin string) (keys []string, name string, err error) {
	if cmd.Key != "" {
		text, err := c.readFile(cmd.Key)
		if err != nil {
			return nil, "", err
		}
		key, err := seal.FromPEM(text)
		if err != nil {
			return nil, "", domain.NewError(domain.Invalid, "sign_key_damaged", "file", cmd.Key)
		}
		return []string{key}, origin, nil
	}
	err = c.directory("", func(d *ledger.Directory) error {
		keys, name = publicKeys(d.Org()), d.Org().Origin
		return nil
	})
	return keys, name, err
}

type receiptKeyCmd struct {
	New bool `help:"Give the ledger another key first; the file of the old one must be gone."`
}

func (cmd *receiptKeyCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		if cmd.New {
			if err := w.rotateKey(c); err != nil {
				return err
			}
		}
		s, err := w.notary(c)
		if err != nil {
			return err
		}
		text, err := seal.PEM(s.PublicKey())
		if err != nil {
			return err
		}
		if c.cfg.Output == "json" {
			return printJSON(c.Out, map[string]string{
				"origin": w.ledger.Directory().Org().Origin, "key_id": s.KeyID(), "public_key": s.PublicKey(), "pem": string(text),
			})
		}
		_, err = c.Out.Write(text)
		return err
	})
}

// readFile reads a small file, or standard input.
func (c *console) readFile(name string) ([]byte, error) {
	if name == "-" {
		return readAll(c.In)
	}
	return os.ReadFile(c.path(name))
}

// punchAnswer is what is printed of a punch that was handed in.
type punchAnswer struct {
	Punch    string            `json:"punch"`
	Outcome  string            `json:"outcome"` // accepted, held, rejected; refused: nothing was recorded
	Repeated bool              `json:"repeated,omitempty"`
	Reasons  []string          `json:"reasons,omitempty"`
	Receipt  *timecard.Receipt `json:"details,omitempty"`
	Note     string            `json:"receipt,omitempty"` // signed
	Error    *domain.Error     `json:"error,omitempty"`
}

func answerOf(a ledger.Answer) punchAnswer {
	out := punchAnswer{Punch: a.Punch, Repeated: a.Repeated, Note: a.Note}
	if a.Err != nil {
		out.Outcome, out.Error = "refused", refusal(a.Err)
		return out
	}
	out.Outcome, out.Reasons, out.Receipt = a.Receipt.Outcome, slices.Clone(a.Receipt.Reasons), &a.Receipt
	return out
}

// failed returns an answer's error where it is none that the sender can mend.
func failed(a ledger.Answer) error {
	if _, sense := errors.AsType[*domain.Error](a.Err); sense {
		return nil
	}
	return a.Err
}
