package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/punchledger/punchledger/adapters/files"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/audit"
	"github.com/punchledger/punchledger/domain/evidence"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type evidenceCmd struct {
	Add  evidenceAddCmd  `cmd:"" help:"Take a photo or file in: JPEG, PNG, WebP or PDF, at most 5 MiB. Prints the reference to attach."`
	Get  evidenceGetCmd  `cmd:"" help:"Write evidence to a file. That it was read is recorded first, for the person to see."`
	List evidenceListCmd `cmd:"" help:"List evidence: hashes, kinds and sizes; nothing of the content."`
}

// keeper takes evidence in and gives it out.
func (w *writer) keeper() *files.Keeper {
	return &files.Keeper{
		Ledger: w.ledger, Store: w.log, Codec: w.codec, Vault: w.vault, Blobs: blobsOf(w.data), Now: w.now, NewID: w.newID,
	}
}

// reads writes down who is shown what.
func (w *writer) reads() ledger.Reads { return ledger.Reads{Ledger: w.ledger, NewID: w.newID} }

func blobsOf(data string) files.Blobs { return files.Blobs{Dir: filepath.Join(data, files.Folder)} }

type evidenceAddCmd struct {
	Employee string `short:"e" required:"" help:"Whom it is about." placeholder:"ID"`
	File     string `arg:"" help:"The photo or file."`
}

func (cmd *evidenceAddCmd) Run(c *console) error {
	content, err := c.read(cmd.File, evidence.MaxBytes)
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		id := w.commandID(evidence.Reference{Emp: cmd.Employee, Month: evidence.MonthOf(domain.InstantOf(w.now()))}.Stream())
		stored, err := w.keeper().Add(c.ctx, files.Upload{ID: id, Emp: cmd.Employee, Actor: c.actor(), Content: content})
		if err != nil {
			return err
		}
		if err := c.acknowledge(stored.Receipt); err != nil {
			return err
		}
		return w.done(c, stored.Receipt, stored.Reference)
	})
}

type evidenceGetCmd struct {
	Reference string `arg:"" help:"The reference, as add printed it."`
	Out       string `required:"" help:"File to make; it must not be there yet." placeholder:"FILE"`
	Original  bool   `help:"The file as it was handed in, with whatever its camera wrote into it, instead of the copy for viewing."`
	Purpose   string `help:"Why, as a code; the person sees it." default:"review" placeholder:"CODE"`
	Case      string `help:"The request or dispute that it is read for." placeholder:"ID"`
}

func (cmd *evidenceGetCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		form := files.FormShown
		if cmd.Original {
			form = files.FormOriginal
		}
		content, err := w.keeper().Get(c.ctx, cmd.Reference, form)
		if err != nil {
			return err
		}
		err = w.reads().Record(c.ctx, c.actor(), ledger.Shown{
			Query: "evidence get " + cmd.Reference + " " + form, Purpose: cmd.Purpose, Case: cmd.Case, Class: audit.Evidence,
			Subjects: []string{content.Emp}, Rows: 1, Content: content.Bytes,
		})
		if err != nil {
			return err
		}
		if err := writeNew(c.path(cmd.Out), content.Bytes); err != nil {
			return err
		}
		if c.cfg.Output == "json" {
			return printJSON(c.Out, content.Stored)
		}
		c.say("cli.evidence.written", "file", cmd.Out, "mime", content.MIME, "bytes", fmt.Sprint(len(content.Bytes)))
		return nil
	})
}

// writeNew makes a file that only its owner may read.
func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

type evidenceListCmd struct {
	Employee string `short:"e" help:"Only this employee." placeholder:"ID"`
}

func (cmd *evidenceListCmd) Run(c *console) error {
	return c.logReading(func(r *reader) error {
		t, err := c.table("evidence", "employee", "time", "type", ">bytes", "pixels", "sha256")
		if err != nil {
			return err
		}
		err = r.evidence(c, func(_ eventstore.Decoded, e evidence.EvidenceStored) error {
			if cmd.Employee != "" && e.Emp != cmd.Employee {
				return nil
			}
			pixels := ""
			if e.Width > 0 {
				pixels = fmt.Sprintf("%d x %d", e.Width, e.Height)
			}
			s := files.StoredOf(e)
			return t.add(s, s.Reference, s.Emp, s.At.String(), s.MIME, fmt.Sprint(s.Bytes), pixels, s.SHA256)
		})
		if err != nil {
			return err
		}
		return t.end()
	})
}

// evidence reads every event of evidence.
func (r *reader) evidence(c *console, yield func(eventstore.Decoded, evidence.EvidenceStored) error) error {
	for rec, err := range eventstore.Number(r.log.ReadAll(c.ctx, 0), 0, r.codec.Owns) {
		if err != nil {
			return err
		}
		if domain.Category(rec.Stream) != evidence.Category {
			continue
		}
		d, err := r.codec.DecodeRecord(rec)
		if err != nil {
			return err
		}
		if e, ok := d.Event.(evidence.EvidenceStored); ok {
			if err := yield(d, e); err != nil {
				return err
			}
		}
	}
	return nil
}

type readsCmd struct {
	Employee string `arg:"" help:"Whose data."`
}

func (cmd *readsCmd) Run(c *console) error {
	return c.directory("", func(d *ledger.Directory) error {
		if !d.Employee(cmd.Employee).Exists() {
			return domain.NewError(domain.NotFound, "unknown_employee", "emp", cmd.Employee)
		}
		t, err := c.table("time", "reader", "actor", "class", "purpose", "case", "query", ">people", "event")
		if err != nil {
			return err
		}
		for _, r := range d.ReadsOf(cmd.Employee) {
			query := r.Query
			if !r.Date.IsZero() {
				query = r.Date.String()
			}
			err := t.add(r, r.At.String(), r.Reader, string(r.Role), c.word("labels.read.", string(r.Class)), r.Purpose, r.Case, query,
				fmt.Sprint(r.People), r.Event)
			if err != nil {
				return err
			}
		}
		return t.end()
	})
}
