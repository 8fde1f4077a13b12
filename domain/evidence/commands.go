package evidence

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
)

// Command is a wish about evidence of a person and month.
//
//sumtype:decl
type Command interface {
	Stream() string
	evidenceCommand()
}

// StoreEvidence asks for EvidenceStored.
type StoreEvidence struct {
	Evidence   string
	Emp        string
	SHA256     string
	MIME       string
	Bytes      int64
	Width      int
	Height     int
	ReceivedAt domain.Instant
	Ref        domain.Secret
}

// Stream returns the target stream.
func (c StoreEvidence) Stream() string { return c.Reference().Stream() }

// Reference returns the name of what is stored.
func (c StoreEvidence) Reference() Reference {
	return Reference{Emp: c.Emp, Month: MonthOf(c.ReceivedAt), ID: c.Evidence}
}

// Identity is what the same upload has in common when it comes again: the person and the content. Ids and times are made anew.
func (c StoreEvidence) Identity() []byte {
	return fmt.Appendf(nil, "StoreEvidence %s %s %s %d", c.Emp, c.SHA256, c.MIME, c.Bytes)
}

func (StoreEvidence) evidenceCommand() {}
