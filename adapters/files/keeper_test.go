package files_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/files"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/audit"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/evidence"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// desk is a ledger with the employees e1 and e2, and a folder for evidence.
type desk struct {
	*files.Keeper
	t    *testing.T
	keys *vault.Memory
	log  eventstore.Store
}

var hr = domain.Actor{Kind: domain.ActorHR, ID: "hr"}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, keys: &vault.Memory{}, log: memory.New()}
	codec := ledger.NewCodec()
	random := bytes.NewReader(bytes.Repeat([]byte("not random"), 10))
	epoch, err := vault.NewEpochKey(random, 1)
	require.NoError(t, err)
	v, err := vault.New(t.Context(), d.keys, epoch, vault.Options{Create: true})
	require.NoError(t, err)
	now := func() time.Time { return time.Date(2026, 10, 9, 1, 0, 0, 0, time.UTC) }
	l, err := ledger.Open(t.Context(), ledger.Options{Store: d.log, Codec: codec, Sealer: v, Now: now})
	require.NoError(t, err)
	d.Keeper = &files.Keeper{
		Ledger: l, Store: d.log, Codec: codec, Vault: v, Blobs: files.Blobs{Dir: filepath.Join(t.TempDir(), files.Folder)}, Now: now, NewID: uuid.NewString,
	}
	_, err = l.Do(t.Context(), ledger.Request{ID: uuid.NewString(), Actor: hr, Command: people.CreateGroup{Group: "office", Title: "Office"}})
	require.NoError(t, err)
	for _, emp := range []string{"e1", "e2"} {
		_, err := l.Do(t.Context(), ledger.Request{ID: uuid.NewString(), Actor: hr, Command: people.RegisterEmployee{
			Emp: emp, Name: emp, HiredOn: domain.NewDate(2020, 1, 1), Terms: people.Terms{Group: "office", WorkTZ: "Asia/Shanghai"},
		}})
		require.NoError(t, err)
	}
	return d
}

func (d *desk) add(id string, content []byte) (files.Stored, error) {
	d.t.Helper()
	return d.Add(d.t.Context(), files.Upload{ID: id, Emp: "e1", Actor: hr, Content: content})
}

func (d *desk) names() []string {
	d.t.Helper()
	names, err := d.Blobs.Names()
	require.NoError(d.t, err)
	return names
}

// event returns the event of evidence.
func (d *desk) event(reference string) evidence.EvidenceStored {
	d.t.Helper()
	r, err := evidence.ParseReference(reference)
	require.NoError(d.t, err)
	for rec, err := range d.log.ReadStream(d.t.Context(), r.Stream(), 0) {
		require.NoError(d.t, err)
		decoded, err := d.Codec.DecodeRecord(rec)
		require.NoError(d.t, err)
		if e := decoded.Event.(evidence.EvidenceStored); e.Evidence == r.ID {
			return e
		}
	}
	d.t.Fatal("no such event")
	return evidence.EvidenceStored{}
}

func (d *desk) check(e evidence.EvidenceStored) ([]string, error) {
	return files.Opened{Store: d.log, Codec: d.Codec, Open: d.Vault.Open, Blobs: d.Blobs}.Check(d.t.Context(), e)
}

func TestEvidenceComesBackAsItWasHandedIn(t *testing.T) {
	d := newDesk(t)
	photo := held(t, corners(64, 48), 6)
	s, err := d.add("one", photo)
	require.NoError(t, err)
	require.Equal(t, []any{"e1", evidence.JPEG, int64(len(photo)), 48, 64}, []any{s.Emp, s.MIME, s.Bytes, s.Width, s.Height})
	require.Equal(t, files.NameOf(photo), s.SHA256)

	original, err := d.Get(t.Context(), s.Reference, files.FormOriginal)
	require.NoError(t, err)
	require.Equal(t, photo, original.Bytes)
	require.True(t, original.Attachment)
	shown, err := d.Get(t.Context(), s.Reference, files.FormShown)
	require.NoError(t, err)
	require.NotContains(t, string(shown.Bytes), "Ann Li")
	require.False(t, shown.Attachment)

	pdf, err := d.add("two", []byte(document))
	require.NoError(t, err)
	got, err := d.Get(t.Context(), pdf.Reference, files.FormShown)
	require.NoError(t, err)
	require.Equal(t, []byte(document), got.Bytes)
	require.True(t, got.Attachment, "a document is never shown inside a page")

	names, err := d.check(d.event(s.Reference))
	require.NoError(t, err)
	require.Len(t, names, 2)
	require.Len(t, d.names(), 3)
	_, err = d.Get(t.Context(), "e1.202610.nothing", files.FormShown)
	require.Equal(t, "unknown_evidence", decidertest.Code(err))
}

func TestAnUploadThatComesAgainIsStoredOnce(t *testing.T) {
	d := newDesk(t)
	first, err := d.add("one", []byte(document))
	require.NoError(t, err)
	again, err := d.add("one", []byte(document))
	require.NoError(t, err)
	require.Equal(t, first.Reference, again.Reference)
	require.True(t, again.Repeated)
	require.Len(t, d.names(), 1)
	_, err = d.add("one", append([]byte(document), '\n'))
	require.Equal(t, "idempotency_conflict", decidertest.Code(err))
	require.Len(t, d.names(), 1)
}

func TestARefusalLeavesNothingBehind(t *testing.T) {
	d := newDesk(t)
	_, err := d.Add(t.Context(), files.Upload{ID: "one", Emp: "nobody", Actor: hr, Content: []byte(document)})
	require.Equal(t, "unknown_employee", decidertest.Code(err))
	_, err = d.add("two", []byte("no picture"))
	require.Equal(t, "evidence_type", decidertest.Code(err))
	for i := range evidence.MaxDayFiles {
		_, err = d.add("n"+strings.Repeat("x", i), []byte(document))
		require.NoError(t, err)
	}
	_, err = d.add("full", []byte(document))
	require.Equal(t, "evidence_quota", decidertest.Code(err))
	require.Len(t, d.names(), evidence.MaxDayFiles)
}

// broken is a log that takes no event of evidence any more, as if the process had ended between the file and its event.
type broken struct{ eventstore.Store }

var errEnded = errors.New("the process has ended")

func (b broken) Append(ctx context.Context, stream string, expected eventstore.Revision, e ...eventstore.Event) (eventstore.Place, error) {
	if domain.Category(stream) == evidence.Category {
		return eventstore.Place{}, errEnded
	}
	return b.Store.Append(ctx, stream, expected, e...)
}

func TestACrashBeforeTheEventLeavesFilesThatNoEventNames(t *testing.T) {
	d := newDesk(t)
	l, err := ledger.Open(t.Context(), ledger.Options{Store: broken{d.log}, Codec: d.Codec, Sealer: d.Vault, Now: d.Now})
	require.NoError(t, err)
	sound := d.Ledger
	d.Ledger = l
	_, err = d.add("one", asJPEG(t, corners(64, 48)))
	require.ErrorIs(t, err, errEnded)
	left := d.names()
	require.Len(t, left, 2, "both are there, and nothing says that they belong to anything")

	d.Ledger = sound
	s, err := d.add("one", asJPEG(t, corners(64, 48)))
	require.NoError(t, err)
	named, err := d.check(d.event(s.Reference))
	require.NoError(t, err)
	for _, name := range left {
		require.NotContains(t, named, name)
		require.NoError(t, d.Blobs.Remove(name))
	}
	_, err = d.Get(t.Context(), s.Reference, files.FormOriginal)
	require.NoError(t, err)
}

func TestAFileThatIsMissingOrAlteredIsNamed(t *testing.T) {
	d := newDesk(t)
	s, err := d.add("one", []byte(document))
	require.NoError(t, err)
	e := d.event(s.Reference)
	path := filepath.Join(d.Blobs.Dir, d.names()[0])
	sealed, err := os.ReadFile(path)
	require.NoError(t, err)
	for i := range sealed {
		altered := slices.Clone(sealed)
		altered[i] ^= 1
		require.NoError(t, os.WriteFile(path, altered, 0o600))
		_, err := d.check(e)
		require.Equal(t, filepath.Base(path), files.NameIn(err), "byte %d", i)
		_, err = d.Get(t.Context(), s.Reference, files.FormOriginal)
		require.Equal(t, "evidence_damaged", decidertest.Code(err))
	}
	require.NoError(t, os.Remove(path))
	_, err = d.check(e)
	require.ErrorContains(t, err, "missing")
}

func TestAFileInThePlaceOfAnotherIsNotGivenOut(t *testing.T) {
	d := newDesk(t)
	a, err := d.add("a", []byte(document))
	require.NoError(t, err)
	first := d.names()[0]
	_, err = d.add("b", []byte(strings.Replace(document, "1.7", "1.4", 1)))
	require.NoError(t, err)
	for _, name := range d.names() {
		if name != first {
			require.NoError(t, os.Rename(filepath.Join(d.Blobs.Dir, name), filepath.Join(d.Blobs.Dir, first)))
		}
	}
	_, err = d.Get(t.Context(), a.Reference, files.FormOriginal)
	require.Equal(t, "evidence_damaged", decidertest.Code(err))
}

func TestErasingTheKeyMakesTheFileUnreadable(t *testing.T) {
	d := newDesk(t)
	s, err := d.add("one", asJPEG(t, corners(64, 48)))
	require.NoError(t, err)
	e := d.event(s.Reference)
	require.NoError(t, d.Vault.Erase(t.Context(), e.Ref.Key))
	_, err = d.Get(t.Context(), s.Reference, files.FormOriginal)
	require.Equal(t, "evidence_erased", decidertest.Code(err))
	names, err := d.check(e)
	require.NoError(t, err, "what was erased is as it should be")
	require.Empty(t, names)
	for _, name := range d.names() {
		blob, err := d.Blobs.Get(name)
		require.NoError(t, err)
		key, err := files.KeyOf(blob)
		require.NoError(t, err)
		require.Equal(t, e.Ref.Key, key, "so that it can be told from one that a crash has left")
	}
	_, err = d.add("two", []byte(document))
	require.Error(t, err, "nothing more is sealed for the person and month")
}

func TestNothingOfTheContentLiesInTheClear(t *testing.T) {
	d := newDesk(t)
	photo := held(t, corners(64, 48), 1)
	_, err := d.add("one", photo)
	require.NoError(t, err)
	_, err = d.add("two", []byte(strings.Replace(document, "endobj", "canary-of-ann-li endobj", 1)))
	require.NoError(t, err)
	looked, err := files.Look(photo)
	require.NoError(t, err)
	files := 0
	err = filepath.WalkDir(d.Blobs.Dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), path)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, planted := range []string{"Ann Li", "canary-of-ann-li", "%PDF", "Exif", "\xff\xd8\xff", string(photo[200:232]), string(looked.Shown[200:232])} {
			require.NotContains(t, string(content), planted)
		}
		files++
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, 3, files)
	for rec, err := range d.log.ReadAll(t.Context(), 0) {
		require.NoError(t, err)
		require.NotContains(t, string(rec.Data), "canary-of-ann-li")
		require.NotContains(t, string(rec.Data), d.names()[0], "where it lies is sealed")
	}
}

func TestAttachNamesTheEvidenceForAnotherEvent(t *testing.T) {
	d := newDesk(t)
	s, err := d.add("one", []byte(document))
	require.NoError(t, err)
	a, err := d.Attach(t.Context(), s.Reference)
	require.NoError(t, err)
	require.Equal(t, []any{s.SHA256, s.MIME, s.Bytes, domain.ClassPhoto, false}, []any{a.SHA256, a.MIME, a.Bytes, a.Ref.Class, a.Ref.Sealed()})
	place, err := evidence.ParsePlace(a.Ref.Clear)
	require.NoError(t, err)
	require.Equal(t, evidence.Place{Evidence: s.Reference, Original: d.names()[0]}, place)
}

func TestReadsOfOthersAreWrittenDown(t *testing.T) {
	d := newDesk(t)
	reads := ledger.Reads{Ledger: d.Ledger, NewID: uuid.NewString}
	shown := ledger.Shown{Query: "evidence get x", Purpose: "review", Class: audit.Evidence, Subjects: []string{"e1", "e2"}, Rows: 2, Content: []byte("x")}
	require.NoError(t, reads.Record(t.Context(), hr, shown))
	own := domain.Actor{Kind: domain.ActorEmployee, ID: "e1"}
	shown.Subjects = []string{"e1"}
	require.NoError(t, reads.Record(t.Context(), own, shown))
	require.NoError(t, reads.Trace(t.Context(), hr, audit.RecordTrace{
		Emp: "e1", Date: domain.NewDate(2026, 10, 8), Purpose: "audit", ResultHash: strings.Repeat("a", 64),
	}))
	dir := d.Ledger.Directory()
	of1, of2 := dir.ReadsOf("e1"), dir.ReadsOf("e2")
	require.Len(t, of1, 2, "what a person reads about themselves leaves no event")
	require.Equal(t, []audit.Class{audit.Trace, audit.Evidence}, []audit.Class{of1[0].Class, of1[1].Class})
	require.Len(t, of2, 1)
	require.Equal(t, "hr", of2[0].Reader)
	require.Equal(t, 2, of2[0].People)
	shown.Purpose = "not a code"
	require.Error(t, reads.Record(t.Context(), hr, shown), "what cannot be written down is not shown")
}
