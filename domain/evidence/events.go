package evidence

import "github.com/punchledger/punchledger/domain"

// Event is an event of a stream evidence-{emp}-{yyyymm}.
//
//sumtype:decl
type Event interface {
	domain.Event
	evidenceEvent()
}

// EvidenceStored says that a photo or file was taken in, and that its content was durable before. Written by whoever hands it in.
type EvidenceStored struct {
	Evidence   string         `json:"evidence"` // id within the stream
	Emp        string         `json:"emp"`      // whom it is about
	SHA256     string         `json:"sha256"`   // of the file as it was handed in
	MIME       string         `json:"mime"`     // what its content is, whatever its name said
	Bytes      int64          `json:"bytes"`
	Width      int            `json:"width,omitempty"` // pixels of a picture
	Height     int            `json:"height,omitempty"`
	ReceivedAt domain.Instant `json:"received_at"`
	Ref        domain.Secret  `json:"ref,omitzero"` // names of the sealed files
}

// EventType returns the stored name.
func (EvidenceStored) EventType() string { return "EvidenceStored" }

func (EvidenceStored) evidenceEvent() {}
