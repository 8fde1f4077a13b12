package files

import (
	"context"
	"errors"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/evidence"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// Opened reads evidence of a ledger that this process may only read.
type Opened struct {
	Store eventstore.Store
	Codec *eventstore.Codec
	Open  func(ctx context.Context, stream, eventType string, s domain.Secret) ([]byte, error) // of the vault
	Blobs Blobs
}

// find returns the event of a reference; unknown_evidence where there is none.
func (o Opened) find(ctx context.Context, reference string) (evidence.EvidenceStored, error) {
	r, err := evidence.ParseReference(reference)
	if err != nil {
		return evidence.EvidenceStored{}, err
	}
	for rec, err := range o.Store.ReadStream(ctx, r.Stream(), 0) {
		if err != nil {
			return evidence.EvidenceStored{}, err
		}
		d, err := o.Codec.DecodeRecord(rec)
		if err != nil {
			return evidence.EvidenceStored{}, err
		}
		if e, ok := d.Event.(evidence.EvidenceStored); ok && e.Evidence == r.ID {
			return e, nil
		}
	}
	return evidence.EvidenceStored{}, domain.NewError(domain.NotFound, "unknown_evidence", "evidence", reference)
}

// Find returns what is recorded of evidence.
func (o Opened) Find(ctx context.Context, reference string) (Stored, error) {
	e, err := o.find(ctx, reference)
	if err != nil {
		return Stored{}, err
	}
	return StoredOf(e), nil
}

// place opens the sealed names of the files of evidence.
func (o Opened) place(ctx context.Context, e evidence.EvidenceStored) (evidence.Place, error) {
	c := evidence.StoreEvidence(e)
	clear, err := o.Open(ctx, c.Stream(), e.EventType(), e.Ref)
	if err != nil {
		return evidence.Place{}, refused(c, err)
	}
	place, err := evidence.ParsePlace(clear)
	if err != nil {
		return evidence.Place{}, refused(c, err)
	}
	return place, nil
}

// Get returns evidence in one form; see Keeper.Get.
func (o Opened) Get(ctx context.Context, reference, form string) (Content, error) {
	e, err := o.find(ctx, reference)
	if err != nil {
		return Content{}, err
	}
	place, err := o.place(ctx, e)
	if err != nil {
		return Content{}, err
	}
	out := Content{Stored: StoredOf(e), MIME: e.MIME}
	name := place.Original
	if form != FormOriginal && place.Shown != "" {
		name, out.MIME = place.Shown, place.ShownMIME
	}
	// Only a copy that was made here may be shown inside a page; everything else is a stranger's file.
	out.Attachment = name == place.Original
	if out.Bytes, err = o.open(ctx, e, name); err != nil {
		return Content{}, refused(evidence.StoreEvidence(e), err)
	}
	if name == place.Original {
		err = sameFile(e, name, out.Bytes)
	}
	if err != nil {
		return Content{}, refused(evidence.StoreEvidence(e), err)
	}
	return out, nil
}

// sameFile compares a file with what its event says.
func sameFile(e evidence.EvidenceStored, name string, content []byte) error {
	if NameOf(content) != e.SHA256 || int64(len(content)) != e.Bytes {
		return &DamagedError{name, "it holds another file than its event says"}
	}
	return nil
}

// open reads a blob and opens its seal.
func (o Opened) open(ctx context.Context, e evidence.EvidenceStored, name string) ([]byte, error) {
	blob, err := o.Blobs.Get(name)
	if err != nil {
		return nil, err
	}
	sealed, err := decodeBlob(blob)
	if err != nil {
		return nil, &DamagedError{name, err.Error()}
	}
	return o.Open(ctx, evidence.StoreEvidence(e).Stream(), blobEvent, sealed)
}

// refused says why evidence cannot be given out.
func refused(c evidence.StoreEvidence, err error) error {
	name := c.Reference().String()
	if _, ok := errors.AsType[*vault.ErasedError](err); ok {
		return domain.NewError(domain.NotFound, "evidence_erased", "evidence", name)
	}
	damaged, ok := errors.AsType[*DamagedError](err)
	sealed, altered := errors.AsType[*vault.OpenError](err)
	switch {
	case ok:
		return domain.NewError(domain.Conflict, "evidence_damaged", "evidence", name, "problem", damaged.Error())
	case altered:
		return domain.NewError(domain.Conflict, "evidence_damaged", "evidence", name, "problem", sealed.Problem)
	}
	return err
}

// Check opens every file of an event and compares it with what the event says. It returns the names of its blobs, also of those that
// are not as they were. Evidence whose key was erased has no names any more, and is as it should be.
func (o Opened) Check(ctx context.Context, e evidence.EvidenceStored) (names []string, err error) {
	c := evidence.StoreEvidence(e)
	clear, err := o.Open(ctx, c.Stream(), e.EventType(), e.Ref)
	if _, erased := errors.AsType[*vault.ErasedError](err); erased {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	place, err := evidence.ParsePlace(clear)
	if err != nil {
		return nil, err
	}
	names = append(names, place.Original)
	content, err := o.open(ctx, e, place.Original)
	if err == nil {
		err = sameFile(e, place.Original, content)
	}
	if place.Shown != "" {
		names = append(names, place.Shown)
		_, opened := o.open(ctx, e, place.Shown)
		err = errors.Join(err, opened)
	}
	return names, err
}
