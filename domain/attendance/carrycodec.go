package attendance

import (
	"encoding/binary"
	"errors"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// carryFormat is the first byte of a stored carry.
const carryFormat = 1

// ErrCarry is returned for bytes that are no carry of a known format.
var ErrCarry = errors.New("attendance: not a carry of a known format")

// MarshalBinary returns the canonical bytes of c: equal carries have equal bytes.
func (c *Carry) MarshalBinary() ([]byte, error) { return c.append(nil), nil }

// AppendBinary appends the bytes of MarshalBinary to b.
func (c *Carry) AppendBinary(b []byte) ([]byte, error) { return c.append(b), nil }

func (c *Carry) append(b []byte) []byte {
	b = append(b, carryFormat)
	for _, v := range [...]int64{
		int64(c.Through), int64(c.cut), int64(c.lastOut), int64(c.outDate), int64(c.backAt), int64(c.row),
		int64(c.week), int64(c.worked), int64(c.lastDay), int64(c.month), int64(c.pardons),
	} {
		b = binary.AppendVarint(b, v)
	}
	b = appendText(b, c.backID)
	n := 0
	for i := range c.sums {
		if !c.sums[i].dead(c.Through) {
			n++
		}
	}
	b = binary.AppendUvarint(b, uint64(n))
	for i := range c.sums {
		s := &c.sums[i]
		if s.dead(c.Through) {
			continue
		}
		b = appendText(b, s.key)
		b = append(b, byte(s.per))
		b = binary.AppendVarint(b, int64(s.from))
		b = binary.AppendVarint(b, int64(s.acc))
		b = binary.AppendUvarint(b, uint64(len(s.past)))
		for _, v := range s.past {
			b = binary.AppendVarint(b, int64(v))
		}
	}
	return b
}

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// UnmarshalBinary reads what MarshalBinary wrote; anything else is ErrCarry. Empty bytes are a fresh start.
func (c *Carry) UnmarshalBinary(b []byte) error {
	*c = Carry{}
	if len(b) == 0 {
		return nil
	}
	r := carryReader{b: b[1:], bad: b[0] != carryFormat}
	c.Through, c.cut = domain.Date(r.int()), domain.Seconds(r.int())
	c.lastOut = domain.Seconds(r.int())
	c.outDate, c.backAt = domain.Date(r.int()), domain.Seconds(r.int())
	c.row = int(r.int())
	c.week, c.worked, c.lastDay = domain.Date(r.int()), int(r.int()), domain.Date(r.int())
	c.month, c.pardons = domain.Date(r.int()), int(r.int())
	c.backID = r.text()
	n := r.length()
	for range n {
		s := sum{key: r.text(), per: ruleset.Per(r.byte()), from: domain.Date(r.int()), acc: domain.Seconds(r.int())}
		for range r.length() {
			s.past = append(s.past, domain.Seconds(r.int()))
		}
		c.sums = append(c.sums, s)
	}
	if r.bad || len(r.b) > 0 {
		*c = Carry{}
		return ErrCarry
	}
	return nil
}

// carryReader reads varints until something is wrong, and zeros from then on.
type carryReader struct {
	b   []byte
	bad bool
}

func (r *carryReader) int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 || r.bad {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

// length reads a count, which can never be more than the bytes that are left.
func (r *carryReader) length() int {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || r.bad || v > uint64(len(r.b)) {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return int(v)
}

func (r *carryReader) byte() byte {
	if len(r.b) == 0 || r.bad {
		r.bad = true
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *carryReader) text() string {
	n := r.length()
	if r.bad || n > len(r.b) {
		r.bad = true
		return ""
	}
	v := string(r.b[:n])
	r.b = r.b[n:]
	return v
}
