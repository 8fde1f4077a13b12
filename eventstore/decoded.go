package eventstore

import (
	"iter"

	"github.com/punchledger/punchledger/domain"
)

// Decoded is a record with its metadata and its event in today's shape.
type Decoded struct {
	Record
	Meta  Metadata
	Event domain.Event
}

// DecodeAll decodes the records of seq; it ends with the first error.
func (c *Codec) DecodeAll(seq iter.Seq2[Record, error]) iter.Seq2[Decoded, error] {
	return func(yield func(Decoded, error) bool) {
		for rec, err := range seq {
			if err != nil {
				yield(Decoded{Record: rec}, err)
				return
			}
			d, err := c.DecodeRecord(rec)
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

// DecodeRecord decodes the metadata and the event of rec.
func (c *Codec) DecodeRecord(rec Record) (Decoded, error) {
	d := Decoded{Record: rec}
	var err error
	if d.Meta, err = rec.DecodeMetadata(); err != nil {
		return d, err
	}
	d.Event, err = c.Decode(rec, d.Meta.Schema)
	return d, err
}
