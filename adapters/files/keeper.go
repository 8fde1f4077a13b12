package files

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/evidence"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// Keeper takes evidence in and gives it out. It is safe for concurrent use.
type Keeper struct {
	Ledger *ledger.Ledger
	Store  eventstore.Store
	Codec  *eventstore.Codec
	Vault  *vault.Vault
	Blobs  Blobs
	Now    func() time.Time
	NewID  func() string
}

// Upload is a file that somebody hands in. The same request id gives the first answer again.
type Upload struct {
	ID      string // of the request
	Emp     string // whom it is about
	Actor   domain.Actor
	Content []byte
}

// Stored is evidence that was taken in. Reference is what a request or punch names to attach it.
type Stored struct {
	Reference string         `json:"evidence"`
	Emp       string         `json:"emp"`
	SHA256    string         `json:"sha256"`
	MIME      string         `json:"mime"`
	Bytes     int64          `json:"bytes"`
	Width     int            `json:"width,omitempty"`
	Height    int            `json:"height,omitempty"`
	At        domain.Instant `json:"received_at"`
	Repeated  bool           `json:"repeated,omitempty"`
	Receipt   ledger.Receipt `json:"-"`
}

// Add looks at a file, seals it and the copy for viewing, makes both durable, and then records that they are there. A refusal is a
// *domain.Error and leaves nothing behind; a crash before the event leaves blobs that no event names, which verify lists.
func (k *Keeper) Add(ctx context.Context, u Upload) (Stored, error) {
	looked, err := look(u.Content)
	if err != nil {
		return Stored{}, err
	}
	now := domain.InstantOf(k.Now())
	c := evidence.StoreEvidence{
		Evidence: strings.ReplaceAll(k.NewID(), "-", "")[:16], Emp: u.Emp, SHA256: NameOf(u.Content), MIME: looked.MIME,
		Bytes: int64(len(u.Content)), Width: looked.Width, Height: looked.Height, ReceivedAt: now,
		Ref: evidence.Place{Original: strings.Repeat("0", 64)}.Seal(),
	}
	// Asked first without writing: a refusal, or an answer that was given before, must leave no blob behind.
	r, err := k.Ledger.Do(ctx, ledger.Request{ID: u.ID, Actor: u.Actor, Command: c, DryRun: true})
	if err != nil || r.Repeated {
		return storedOf(r), err
	}
	place := evidence.Place{Evidence: c.Reference().String()}
	if place.Original, err = k.put(ctx, c, u.Content); err != nil {
		return Stored{}, err
	}
	if looked.Shown != nil {
		place.ShownMIME = looked.ShownMIME
		if place.Shown, err = k.put(ctx, c, looked.Shown); err != nil {
			return Stored{}, err
		}
	}
	c.Ref = place.Seal()
	r, err = k.Ledger.Do(ctx, ledger.Request{ID: u.ID, Actor: u.Actor, Command: c})
	if _, refused := errors.AsType[*domain.Error](err); refused || r.Repeated {
		return storedOf(r), errors.Join(err, k.discard(place)) // somebody came first: these blobs are nobody's
	}
	return storedOf(r), err
}

// looking lets this process look at one picture at a time, whoever hands it in: what it needs at most, it needs once.
var looking sync.Mutex

func look(content []byte) (Looked, error) {
	looking.Lock()
	defer looking.Unlock()
	return Look(content)
}

func (k *Keeper) discard(p evidence.Place) error {
	err := k.Blobs.Remove(p.Original)
	if p.Shown != "" {
		err = errors.Join(err, k.Blobs.Remove(p.Shown))
	}
	return err
}

func storedOf(r ledger.Receipt) Stored {
	for _, w := range r.Events {
		if e, ok := w.Event.(evidence.EvidenceStored); ok {
			s := StoredOf(e)
			s.Repeated, s.Receipt = r.Repeated, r
			return s
		}
	}
	return Stored{}
}

// StoredOf returns what an event says of evidence.
func StoredOf(e evidence.EvidenceStored) Stored {
	return Stored{
		Reference: evidence.StoreEvidence(e).Reference().String(), Emp: e.Emp, SHA256: e.SHA256, MIME: e.MIME, Bytes: e.Bytes,
		Width: e.Width, Height: e.Height, At: e.ReceivedAt,
	}
}

// blobEvent stands in a seal for the type of event that a blob belongs to.
const blobEvent = "EvidenceStored.content"

// put seals content under the key of the person and month and stores it.
func (k *Keeper) put(ctx context.Context, c evidence.StoreEvidence, content []byte) (string, error) {
	sealed, err := k.Vault.Seal(ctx, c.Emp, c.Reference().Month, c.Stream(), blobEvent, domain.Secret{Class: domain.ClassPhoto, Clear: content})
	if err != nil {
		return "", fmt.Errorf("seal evidence: %w", err)
	}
	return k.Blobs.Put(encodeBlob(sealed))
}

// A blob is the line "punchledger/blob/v1", a line of JSON that names the key, and what was sealed under it.
const blobMagic = "punchledger/blob/v1\n"

type blobHeader struct {
	Key        string `json:"key"`
	Commitment []byte `json:"key_commitment"`
}

func encodeBlob(s domain.Secret) []byte {
	line, err := json.Marshal(blobHeader{s.Key, s.Commitment})
	if err != nil { // a text and bytes
		panic("files: " + err.Error())
	}
	out := make([]byte, 0, len(blobMagic)+len(line)+1+len(s.Box))
	out = append(append(append(out, blobMagic...), line...), '\n')
	return append(out, s.Box...)
}

func decodeBlob(blob []byte) (domain.Secret, error) {
	rest, ok := strings.CutPrefix(string(blob[:min(len(blob), 1024)]), blobMagic)
	line, _, ended := strings.Cut(rest, "\n")
	var h blobHeader
	if !ok || !ended || json.Unmarshal([]byte(line), &h) != nil {
		return domain.Secret{}, errors.New("it is no sealed file of this format")
	}
	return domain.Secret{
		Class: domain.ClassPhoto, Key: h.Key, Commitment: h.Commitment, Box: blob[len(blobMagic)+len(line)+1:],
	}, nil
}

// KeyOf returns the id of the key that a blob is sealed under.
func KeyOf(blob []byte) (string, error) {
	s, err := decodeBlob(blob)
	return s.Key, err
}

// FormShown and FormOriginal are the two forms in which evidence can be asked for.
const (
	FormShown    = "shown"    // the copy for viewing; the file itself where there is none
	FormOriginal = "original" // as it was handed in
)

// Content is evidence in clear, for one who may see it. Attachment says that it must not be shown inside a page.
type Content struct {
	Stored
	Bytes      []byte
	MIME       string // of Bytes
	Attachment bool
}

// Get returns evidence in one form, after proving that it is what was stored. Who calls it has written down that it is read
// (ledger.Reads). What was erased is evidence_erased, what is missing or altered evidence_damaged.
func (k *Keeper) Get(ctx context.Context, reference, form string) (Content, error) {
	return Opened{Store: k.Store, Codec: k.Codec, Open: k.Vault.Open, Blobs: k.Blobs}.Get(ctx, reference, form)
}

// Find returns what is recorded of evidence.
func (k *Keeper) Find(ctx context.Context, reference string) (Stored, error) {
	e, err := Opened{Store: k.Store, Codec: k.Codec}.find(ctx, reference)
	return StoredOf(e), err
}

// Attach returns evidence as an event of another stream names it, its ref yet to be sealed there.
func (k *Keeper) Attach(ctx context.Context, reference string) (evidence.Attachment, error) {
	o := Opened{Store: k.Store, Codec: k.Codec, Open: k.Vault.Open, Blobs: k.Blobs}
	e, err := o.find(ctx, reference)
	if err != nil {
		return evidence.Attachment{}, err
	}
	place, err := o.place(ctx, e)
	if err != nil {
		return evidence.Attachment{}, err
	}
	return evidence.Attachment{SHA256: e.SHA256, MIME: e.MIME, Bytes: e.Bytes, Ref: place.Seal()}, nil
}
