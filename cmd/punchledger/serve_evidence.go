package main

import (
	"context"
	"slices"

	"github.com/punchledger/punchledger/adapters/files"
	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/evidence"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// apiEvidence is evidence as the HTTP API takes it in and gives it out.
type apiEvidence struct{ keeper *files.Keeper }

// Add implements httpapi.Evidence.
func (a apiEvidence) Add(ctx context.Context, id, emp string, actor domain.Actor, content []byte) (httpapi.StoredEvidence, ledger.Receipt, error) {
	s, err := a.keeper.Add(ctx, files.Upload{ID: id, Emp: emp, Actor: actor, Content: content})
	return storedEvidence(s), s.Receipt, err
}

// Find implements httpapi.Evidence.
func (a apiEvidence) Find(ctx context.Context, reference string) (httpapi.StoredEvidence, error) {
	s, err := a.keeper.Find(ctx, reference)
	return storedEvidence(s), err
}

// Month implements httpapi.Evidence.
func (a apiEvidence) Month(ctx context.Context, emp, month string, yield func(httpapi.StoredEvidence) error) error {
	stream := evidence.Reference{Emp: emp, Month: month}.Stream()
	for rec, err := range a.keeper.Store.ReadStream(ctx, stream, 0) {
		if err != nil {
			return err
		}
		d, err := a.keeper.Codec.DecodeRecord(rec)
		if err != nil {
			return err
		}
		if e, ok := d.Event.(evidence.EvidenceStored); ok {
			if err := yield(storedEvidence(files.StoredOf(e))); err != nil {
				return err
			}
		}
	}
	return nil
}

// Get implements httpapi.Evidence.
func (a apiEvidence) Get(ctx context.Context, reference string, original bool) (httpapi.OpenedEvidence, error) {
	form := files.FormShown
	if original {
		form = files.FormOriginal
	}
	content, err := a.keeper.Get(ctx, reference, form)
	return httpapi.OpenedEvidence{Bytes: content.Bytes, MIME: content.MIME}, err
}

// Attach implements httpapi.Evidence.
func (a apiEvidence) Attach(ctx context.Context, reference string) (evidence.Attachment, error) {
	return a.keeper.Attach(ctx, reference)
}

func storedEvidence(s files.Stored) httpapi.StoredEvidence {
	return httpapi.StoredEvidence{
		Reference: s.Reference, Emp: s.Emp, SHA256: s.SHA256, MIME: s.MIME, Bytes: s.Bytes, Width: s.Width, Height: s.Height, At: s.At,
	}
}

// apiRequests reads requests for the HTTP API.
type apiRequests struct {
	r *reader
	w *writer
}

// Story implements httpapi.Requests.
func (a apiRequests) Story(ctx context.Context, at string, ref request.Ref) (ledger.ShownRequest, error) {
	until, err := moment(at)
	if err != nil {
		return ledger.ShownRequest{}, wrongValue("as_of", at, "not_a_moment")
	}
	records := a.r.log.ReadStream(ctx, ref.Stream(), 0)
	if until != nil {
		records = past{a.r.log, a.r.codec, until}.ReadAll(ctx, 0)
	}
	open := &reader{vault: a.w.vault, warn: func(error) {}}
	return ledger.StoryOf(records, a.r.codec, ref, func(d eventstore.Decoded, s domain.Secret) (string, error) {
		return open.open(ctx, d.Stream, d.Type, s)
	})
}

// Has implements httpapi.Requests.
func (a apiRequests) Has(ctx context.Context, ref request.Ref, sha256 string) (bool, error) {
	shown, err := ledger.StoryOf(a.r.log.ReadStream(ctx, ref.Stream(), 0), a.r.codec, ref, nil)
	return slices.Contains(shown.Evidence, sha256), err
}
