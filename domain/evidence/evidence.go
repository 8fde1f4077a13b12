// Package evidence holds what is known of photos and files that people hand in: their hashes, kinds and sizes, and how much a person may
// hand in on a day. One stream per person and month.
//
// The content is never here. It lies sealed beside the log, under the names that the sealed Ref of an event holds.
package evidence

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// Category is the first part of the names of this package's streams.
const Category = "evidence"

// Categories returns the categories of the streams that this package writes.
func Categories() []string { return []string{Category} }

// Events returns the zero value of every event type of this package.
func Events() []domain.Event { return []domain.Event{EvidenceStored{}} }

// Upcasters returns the functions that lift events of older schemas; no schema has changed yet.
func Upcasters() []domain.Upcaster { return nil }

// What one person may hand in.
const (
	MaxBytes    = 5 << 20  // of one file
	MaxDayFiles = 20       // on one UTC day
	MaxDayBytes = 50 << 20 // on one UTC day
)

// The kinds of files that are taken.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	WebP = "image/webp"
	PDF  = "application/pdf"
)

// Types returns the kinds of files that are taken.
func Types() []string { return []string{JPEG, PNG, WebP, PDF} }

// Attachment is how an event names evidence: the hash, kind and length of the file as it was handed in, and, sealed, where it lies.
type Attachment struct {
	SHA256 string        `json:"sha256"`
	MIME   string        `json:"mime"`
	Bytes  int64         `json:"bytes"`
	Ref    domain.Secret `json:"ref,omitzero"`
}

// Place is what the sealed ref of an attachment holds: the SHA-256 of what lies on disk, which is its name there. Shown is the copy for
// viewing, without what a camera writes into a picture; a file that has none is kept as it came.
type Place struct {
	Evidence  string `json:"evidence"` // the reference, by which it can be asked for again
	Original  string `json:"original"`
	Shown     string `json:"shown,omitempty"`
	ShownMIME string `json:"shown_mime,omitempty"`
}

// Seal returns p as the secret that an event holds.
func (p Place) Seal() domain.Secret {
	b, err := json.Marshal(p)
	if err != nil { // four texts
		panic("evidence: " + err.Error())
	}
	return domain.Secret{Class: domain.ClassPhoto, Clear: b}
}

// ParsePlace reads what a ref held once it was opened.
func ParsePlace(clear []byte) (Place, error) {
	var p Place
	if err := json.Unmarshal(clear, &p); err != nil || p.Original == "" {
		return Place{}, errors.New("the sealed ref does not name a file")
	}
	return p, nil
}

// Reference names evidence: whose it is, the UTC month in which it was handed in, and its id there. Its text is emp.yyyymm.id.
type Reference struct {
	Emp   string
	Month string // 202610
	ID    string
}

// String returns the text of r.
func (r Reference) String() string { return r.Emp + "." + r.Month + "." + r.ID }

// Stream returns the name of the stream that holds the evidence.
func (r Reference) Stream() string { return Category + "-" + r.Emp + "-" + r.Month }

// ParseReference reads the text of a reference; unknown_evidence where it is none.
func ParseReference(s string) (Reference, error) {
	rest, id, ok := cutLast(s)
	emp, month, ok2 := cutLast(rest)
	r := Reference{Emp: emp, Month: month, ID: id}
	digits := len(month) == 6 && strings.Trim(month, "0123456789") == ""
	if !ok || !ok2 || !digits || !domain.ValidID(emp, false) || !domain.ValidID(id, false) {
		return Reference{}, domain.NewError(domain.NotFound, "unknown_evidence", "evidence", s)
	}
	return r, nil
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// MonthOf returns the month of a reference to what is received at an instant.
func MonthOf(at domain.Instant) string { return at.Time().Format("200601") }
