package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/adapters/files"
	"github.com/punchledger/punchledger/domain/evidence"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// keptFiles counts the sealed files beside the log. Unnamed ones are no damage: a crash before the event leaves them, and so does an event
// whose key was erased, as the names were sealed under it.
type keptFiles struct {
	Events  int      `json:"events"`            // that name files
	Files   int      `json:"files"`             // on disk
	Checked int      `json:"checked"`           // whole, opened and as their events say
	Erased  int      `json:"erased"`            // whose key was erased
	Unnamed []string `json:"unnamed,omitempty"` // that no event names
}

// verifyBlobs opens every file that an event names, and lists those that none does. Without the key file only hashes can be compared.
func (r *reader) verifyBlobs(c *console, v *verdict) error {
	blobs := blobsOf(r.data)
	names, err := blobs.Names()
	if err != nil {
		return err
	}
	strange, err := blobs.Strange()
	if err != nil {
		return err
	}
	n := &keptFiles{Files: len(names)}
	named := map[string]bool{}
	r.openVault(c.ctx)
	err = r.evidence(c, func(d eventstore.Decoded, e evidence.EvidenceStored) error {
		if n.Events++; r.sealed != nil {
			return nil
		}
		kept, err := r.opened(blobs).Check(c.ctx, e)
		for _, name := range kept {
			named[name] = true
		}
		if err == nil {
			n.Checked += len(kept)
			return nil
		}
		v.damagedBlob(fmt.Sprintf("the evidence of the event at position %d is not as it was stored: %v", d.Position, err), err)
		return c.ctx.Err()
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		if !named[name] {
			r.unnamed(c, v, n, blobs, name)
		}
	}
	for _, name := range strange {
		n.Unnamed = append(n.Unnamed, path.Join(files.Folder, name))
	}
	if n.Files > 0 || n.Events > 0 || len(strange) > 0 {
		v.Blobs = n
	}
	return nil
}

func (r *reader) opened(blobs files.Blobs) files.Opened {
	return files.Opened{Store: r.log, Codec: r.codec, Open: r.vault.Open, Blobs: blobs}
}

// unnamed says what a blob is that no readable event names: one whose key was erased, one that is altered, or one that a crash has left.
func (r *reader) unnamed(c *console, v *verdict, n *keptFiles, blobs files.Blobs, name string) {
	content, err := blobs.Get(name)
	if err != nil {
		v.damagedBlob(err.Error(), err)
		return
	}
	if r.sealed != nil {
		return
	}
	key, err := files.KeyOf(content)
	if err == nil {
		if k, known, err := r.keys.Get(c.ctx, key); err == nil && known && k.State == vault.Erased {
			n.Erased++
			return
		}
	}
	n.Unnamed = append(n.Unnamed, path.Join(files.Folder, name))
}

// damagedBlob notes each file that is not as it was stored.
func (v *verdict) damagedBlob(problem string, err error) {
	file := files.Folder
	if name := files.NameIn(err); name != "" {
		file = path.Join(files.Folder, name)
	}
	if slices.ContainsFunc(v.Damaged, func(d damagedFile) bool { return d.File == file && file != files.Folder }) {
		return
	}
	if v.Problem == "" {
		v.Problem = problem
	}
	v.Damaged = append(v.Damaged, damagedFile{file, problem})
}

func (n *keptFiles) print(c *console) error {
	if n == nil {
		return nil
	}
	_, err := fmt.Fprintln(c.Out, c.t("cli.verify.blobs", "files", fmt.Sprint(n.Files), "checked", fmt.Sprint(n.Checked), "erased", fmt.Sprint(n.Erased)))
	if len(n.Unnamed) > 0 {
		c.say("cli.verify.unnamed", "count", fmt.Sprint(len(n.Unnamed)), "files", strings.Join(n.Unnamed, " "))
	}
	return err
}

// blobsLack returns what is wrong with the files that the events of a restored ledger name; empty where nothing is.
func (c *console) blobsLack(data string) (string, error) {
	there := *c
	config := *c.cfg
	config.Data, config.LogAt = data, ""
	there.cfg = &config
	r, err := openLogReader(&there)
	if err != nil {
		return "", err
	}
	var v verdict
	err = r.verifyBlobs(&there, &v)
	if closed := r.Close(); err == nil {
		err = closed
	}
	return v.Problem, err
}
