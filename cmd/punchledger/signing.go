package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/seal"
)

// signing is the ledger's signing key and what works with it, opened when it is first needed and shared by all commands of a server.
type signing struct {
	file string

	mu     sync.Mutex
	signer *seal.Signer
	intake *ledger.Intake
}

// notary returns who signs receipts and tickets. A ledger that has no signing key yet gets one: its file, and its public half in the
// log. The file of a ledger that has one must hold it.
func (w *writer) notary(c *console) (*seal.Signer, error) {
	w.signing.mu.Lock()
	defer w.signing.mu.Unlock()
	if w.signing.signer != nil {
		return w.signing.signer, nil
	}
	org := w.ledger.Directory().Org()
	key, err := seal.LoadKey(w.signing.file)
	if len(org.SealKeys) == 0 {
		if errors.Is(err, fs.ErrNotExist) {
			key, err = seal.CreateKey(w.signing.file)
		}
		if err == nil {
			err = w.nameKey(c, org.Origin, key)
		}
		org = w.ledger.Directory().Org()
	}
	if err != nil {
		return nil, err
	}
	if last := org.SealKeys[len(org.SealKeys)-1]; last.PublicKey != key.PublicKey() {
		return nil, domain.NewError(domain.Conflict, "sign_key_foreign", "file", w.signing.file, "key", last.KeyID)
	}
	w.signing.signer, err = seal.NewSigner(org.Origin, key, publicKeys(org)...)
	return w.signing.signer, err
}

// nameKey writes the public half of a key into the log.
func (w *writer) nameKey(c *console, origin string, key seal.Key) error {
	s, err := seal.NewSigner(origin, key)
	if err != nil {
		return err
	}
	_, err = w.do(c, people.RotateSealKey{KeyID: s.KeyID(), PublicKey: key.PublicKey()})
	return err
}

// rotateKey gives the ledger another signing key. Notes of the one before stay valid; where its file is still there, it is refused.
func (w *writer) rotateKey(c *console) error {
	key, err := seal.CreateKey(w.signing.file)
	if err != nil {
		return err
	}
	if err := w.nameKey(c, w.ledger.Directory().Org().Origin, key); err != nil {
		return err
	}
	w.signing.mu.Lock()
	defer w.signing.mu.Unlock()
	w.signing.signer, w.signing.intake = nil, nil
	return nil
}

func publicKeys(org people.OrgState) []string {
	var out []string
	for _, k := range org.SealKeys {
		out = append(out, k.PublicKey)
	}
	return out
}

// taking returns the intake of signed punches.
func (w *writer) taking(c *console) (*ledger.Intake, error) {
	signer, err := w.notary(c)
	if err != nil {
		return nil, err
	}
	w.signing.mu.Lock()
	defer w.signing.mu.Unlock()
	if w.signing.intake == nil {
		w.signing.intake = ledger.NewIntake(w.ledger, signer, w.checkPasskey)
		w.signing.intake.AtKiosks(func(ctx context.Context, who ledger.Presented) ([]timecard.Proof, error) {
			s, err := w.identity()
			if err != nil {
				return nil, err
			}
			return seenAtKiosks(s)(ctx, who)
		})
	}
	return w.signing.intake, nil
}

// saySigningKey says where the signing key of a ledger that has one is, or that it is missing.
func (c *console) saySigningKey(there, missing string) error {
	return c.directory("", func(d *ledger.Directory) error {
		if len(d.Org().SealKeys) == 0 {
			return nil
		}
		key := there
		if _, err := os.Stat(c.cfg.SignKey); err != nil {
			key = missing
		}
		if key != "" {
			c.say(key, "file", c.cfg.SignKey)
		}
		return nil
	})
}

// signKeyRefusal is of the file of the signing key.
func signKeyRefusal(err error) *domain.Error {
	e, ok := errors.AsType[*seal.KeyError](err)
	if !ok {
		return nil
	}
	switch e.Fault {
	case seal.KeyMissing:
		return domain.NewError(domain.NotFound, "sign_key_missing", "file", e.Path)
	case seal.KeyExists:
		return domain.NewError(domain.Conflict, "sign_key_exists", "file", e.Path)
	case seal.KeyOpenToOthers:
		return domain.NewError(domain.Conflict, "sign_key_open_to_others", "file", e.Path)
	case seal.KeyDamaged:
		return domain.NewError(domain.Invalid, "sign_key_damaged", "file", e.Path)
	case seal.KeyUnreadable:
	}
	return fileRefusal(e.Err)
}
