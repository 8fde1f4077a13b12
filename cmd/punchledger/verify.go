package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/vault"
	"github.com/punchledger/punchledger/projections"
)

type verifyCmd struct {
	From uint64 `help:"Recompute commitments from this position on; revisions are followed from the first event in any case."`
}

// verdict is what verification found. FirstBad is the first position at which the ledger is not what was written, and Problem what
// is wrong there or, where all records are as they were written, with the first damaged file.
type verdict struct {
	OK               bool                  `json:"ok"`
	Events           eventstore.Position   `json:"events"`
	Streams          int                   `json:"streams"`
	Head             eventstore.Commitment `json:"head"`
	FirstBad         eventstore.Position   `json:"first_bad,omitempty"`
	Problem          string                `json:"problem,omitempty"`
	Damaged          []damagedFile         `json:"damaged,omitempty"`
	Evidence         sealedValues          `json:"evidence"`
	Passkeys         passkeyWordsSeen      `json:"passkeys"`
	Blobs            *keptFiles            `json:"blobs,omitempty"` // where there are any
	ViewsFingerprint string                `json:"views_fingerprint,omitempty"`
	Views            projections.Counts    `json:"views"`
	Seconds          string                `json:"seconds"`
	Restored         []restoration         `json:"restored,omitempty"` // from backups, the last one last

	recordedAt domain.Instant               // of the last event
	newer      *eventstore.UnknownTypeError // at FirstBad: the ledger is not damaged, but this build is too old for it
}

// damagedFile is a file that is not as it was written, although the records before it are.
type damagedFile struct {
	File    string `json:"file"`
	Problem string `json:"problem"`
}

// sealedValues counts the sealed values of the records. Those of a key that was erased are as they should be; Unread says why none was
// tried: the key or the vault is kept elsewhere.
type sealedValues struct {
	Sealed int    `json:"sealed"`
	Open   int    `json:"open"`
	Erased int    `json:"erased"`
	Unread string `json:"unread,omitempty"`
}

func (cmd *verifyCmd) Run(c *console) error {
	started := time.Now()
	if err := cmp.Or(exists(c.cfg.Data, c.cfg.LogAt), c.parts().right(c.cfg.Data)); err != nil {
		return err
	}
	r, err := openLogReader(c)
	if err != nil { // a log that does not open is not sound: a broken file, or one that has lost what its guard has seen
		if !damage(err) { // of a ledger that this build may not open it cannot say that it is damaged
			return err
		}
		v := verdict{}
		v.file(c, fileOf(err), err)
		return errors.Join(v.print(c), errNo)
	}
	return errors.Join(cmd.verify(c, r, started), r.Close())
}

func (cmd *verifyCmd) verify(c *console, r *reader, started time.Time) error {
	v := r.verify(c.ctx, eventstore.Position(cmd.From))
	if v.FirstBad == 0 {
		if file, ok := r.log.(*sqlite.Log); ok {
			v.file(c, logFile, file.Check(c.ctx))
		}
		if err := r.verifyVault(c, &v); err != nil {
			return err
		}
		if err := r.verifyBlobs(c, &v); err != nil {
			return err
		}
		if err := r.verifyState(c, &v); err != nil {
			return err
		}
		v.file(c, r.viewsCalled(), r.verifyViews(c, &v))
	}
	if err := c.ctx.Err(); err != nil {
		return err
	}
	var err error
	v.Restored, err = restorations(c.cfg.Data)
	v.file(c, restoredFile, err)
	v.OK = v.FirstBad == 0 && len(v.Damaged) == 0
	v.Seconds = since(started)
	if err := v.print(c); err != nil {
		return err
	}
	if !v.OK {
		return errNo
	}
	return nil
}

// fileOf names the file because of which a log does not open.
func fileOf(err error) string {
	if _, ok := errors.AsType[*sqlite.DamagedGuardError](err); ok {
		return headFile
	}
	return logFile
}

// file notes what is wrong with a file.
func (v *verdict) file(c *console, name string, err error) {
	if err == nil {
		return
	}
	problem := c.sentence(err)
	if v.Problem == "" {
		v.Problem = problem
	}
	v.Damaged = append(v.Damaged, damagedFile{name, problem})
}

// verify walks the log from the first event: cursors grow, revisions have no gap, every commitment is recomputed by the store,
// every record decodes, recorded_at is there, and every sealed value opens where the vault does.
func (r *reader) verify(ctx context.Context, from eventstore.Position) verdict {
	v := verdict{Passkeys: passkeyWordsSeen{partial: from > 1}}
	revisions := map[string]eventstore.Revision{}
	var recorded domain.Instant
	bad := func(problem string) verdict {
		v.FirstBad, v.Problem = v.Events+1, problem
		return v
	}
	for rec, err := range eventstore.Number(r.log.ReadAll(ctx, 0), 0, r.codec.Owns) {
		if err != nil {
			return bad(err.Error())
		}
		if want := revisions[rec.Stream] + 1; rec.Revision != want {
			return bad(fmt.Sprintf("%s has revision %d where %d follows", rec.Stream, rec.Revision, want))
		}
		if rec.Position >= from {
			d, err := r.codec.DecodeRecord(rec)
			if err != nil {
				v.newer, _ = errors.AsType[*eventstore.UnknownTypeError](err)
				return bad(err.Error())
			}
			if d.Meta.RecordedAt == 0 || d.Meta.Salt == "" || d.Meta.CommandID == "" {
				return bad("its metadata lacks recorded_at, salt or command_id")
			}
			if d.Meta.RecordedAt < recorded {
				return bad(fmt.Sprintf("it was recorded at %s, before the event that it follows (%s)", d.Meta.RecordedAt, recorded))
			}
			recorded = d.Meta.RecordedAt
			if problem := v.Passkeys.see(d.Stream, d.Event); problem != "" {
				return bad(problem)
			}
			if err := r.openAll(ctx, d, &v.Evidence); err != nil {
				v.unreadable(d.Position, r.parts.vault, err)
			}
		}
		revisions[rec.Stream] = rec.Revision
		v.Events, v.Head = rec.Position, rec.Commitment
	}
	v.Streams = len(revisions)
	return v
}

// openAll opens every sealed value of an event. The first one that does not open is an error, as the vault has lost its key.
func (r *reader) openAll(ctx context.Context, d eventstore.Decoded, n *sealedValues) error {
	var first error
	_, err := domain.MapSecrets(d.Event, func(s domain.Secret) (domain.Secret, error) {
		n.Sealed++
		if r.openVault(ctx); r.sealed != nil {
			return s, nil
		}
		_, err := r.vault.Open(ctx, d.Stream, d.Type, s)
		if _, ok := errors.AsType[*vault.ErasedError](err); ok {
			n.Erased++
		} else if err == nil {
			n.Open++
		} else if first == nil {
			first = err
		}
		return s, nil
	})
	return errors.Join(err, first)
}

// unreadable notes the first sealed value that does not open; the others are in the counts.
func (v *verdict) unreadable(position eventstore.Position, at string, err error) {
	if len(v.Damaged) == 0 {
		v.Problem = fmt.Sprintf("the evidence of the event at position %d does not open: %v", position, err)
		v.Damaged = append(v.Damaged, damagedFile{vaultPart.called(at), v.Problem})
	}
}

// verifyState checks credentials and sessions, where there are any. A database that does not answer is an error.
func (r *reader) verifyState(c *console, v *verdict) error {
	state, err := openStateToRead(c.ctx, r.data, r.parts.state, r.log)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = errors.Join(state.Check(c.ctx), state.Close())
	}
	if err == nil || newerFormat(err) {
		return nil
	}
	if r.parts.state != "" && !damage(err) {
		return err
	}
	v.file(c, statePart.called(r.parts.state), err)
	return nil
}

// verifyVault checks the vault itself, also where no record needs it. A key file that is kept elsewhere is no damage, nor is a vault that
// a newer build has written. A database that does not answer is an error.
func (r *reader) verifyVault(c *console, v *verdict) error {
	r.openVault(c.ctx)
	if r.sealed == nil {
		v.file(c, vaultPart.called(r.parts.vault), errors.Join(r.keys.Check(c.ctx), r.vault.Check(c.ctx)))
		return nil
	}
	v.Evidence.Unread = c.sentence(r.sealed)
	key, ok := errors.AsType[*vault.EpochKeyError](r.sealed)
	switch {
	case newerFormat(r.sealed):
	case !ok && r.parts.vault != "" && !damage(r.sealed):
		return r.sealed
	case !ok:
		v.file(c, vaultPart.called(r.parts.vault), r.sealed)
	case !errors.Is(key, os.ErrNotExist):
		v.file(c, filepath.Base(r.kek), r.sealed)
	}
	return nil
}

// verifyViews catches the views up, checks the whole file and sums up the rows of the events that were verified: a server may have
// appended others meanwhile.
func (r *reader) verifyViews(c *console, v *verdict) error {
	if r.views == nil {
		if err := r.openViews(c.ctx); err != nil {
			return err
		}
	}
	var err error
	v.ViewsFingerprint, v.Views, err = r.fingerprintAt(c.ctx, ":memory:", v.Events, newProgress(c, c.t("cli.catching_up")))
	return errors.Join(err, r.views.Check(c.ctx))
}

func (v verdict) print(c *console) error {
	if c.cfg.Output == "json" {
		return printJSON(c.Out, v)
	}
	if v.newer != nil {
		fmt.Fprintln(c.Out, c.t("cli.verify.newer", "position", fmt.Sprint(v.FirstBad), "type", v.newer.Type, "schema", fmt.Sprint(v.newer.Schema),
			"events", fmt.Sprint(v.Events)))
		return nil
	}
	if v.FirstBad != 0 {
		fmt.Fprintln(c.Out, c.t("cli.verify.bad", "position", fmt.Sprint(v.FirstBad), "problem", v.Problem, "events", fmt.Sprint(v.Events)))
		return nil
	}
	for _, f := range v.Damaged {
		fmt.Fprintln(c.Out, c.t("cli.verify.bad_file", "file", f.File, "problem", f.Problem))
	}
	if !v.OK && v.Events == 0 {
		return nil // nothing could be read
	}
	if !v.OK {
		fmt.Fprintln(c.Out, c.t("cli.verify.events_sound", "events", fmt.Sprint(v.Events), "streams", fmt.Sprint(v.Streams), "head", v.Head.String()))
	} else {
		fmt.Fprintln(c.Out, c.t("cli.verify.ok", "events", fmt.Sprint(v.Events), "streams", fmt.Sprint(v.Streams), "head", v.Head.String(),
			"fingerprint", v.ViewsFingerprint, "days", fmt.Sprint(v.Views.Days), "anomalies", fmt.Sprint(v.Views.Anomalies),
			"rows", fmt.Sprint(v.Views.Rows), "seconds", v.Seconds))
	}
	if n := len(v.Restored); n > 0 {
		last := v.Restored[n-1]
		c.say("cli.verify.restored", "times", fmt.Sprint(n), "at", last.RestoredAt.String(), "events", fmt.Sprint(last.Events))
		if last.MissingTo != 0 {
			c.say("cli.restore.missing", "from", fmt.Sprint(last.MissingFrom), "to", fmt.Sprint(last.MissingTo))
		}
	}
	v.Passkeys.print(c)
	if err := v.Blobs.print(c); err != nil {
		return err
	}
	return v.Evidence.print(c)
}

func (e sealedValues) print(c *console) error {
	if e.Unread != "" {
		_, err := fmt.Fprintln(c.Out, c.t("cli.verify.evidence_unread", "sealed", fmt.Sprint(e.Sealed), "problem", e.Unread))
		return err
	}
	_, err := fmt.Fprintln(c.Out, c.t("cli.verify.evidence", "sealed", fmt.Sprint(e.Sealed), "open", fmt.Sprint(e.Open), "erased", fmt.Sprint(e.Erased),
		"unreadable", fmt.Sprint(e.Sealed-e.Open-e.Erased)))
	return err
}
