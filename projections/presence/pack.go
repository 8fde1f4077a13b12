package presence

import (
	"encoding/binary"
	"errors"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/schedule"
)

// Rows are stored packed, since a board reads that of everybody.

// Pack returns the bytes of a row without its employee.
func Pack(r *Row) []byte {
	w := &packer{b: make([]byte, 0, 64+96*len(r.Days)+48*len(r.Marks))}
	w.ints(r.From, r.To)
	w.count(len(r.Days))
	for i := range r.Days {
		w.day(&r.Days[i])
	}
	w.count(len(r.Marks))
	for i := range r.Marks {
		m := &r.Marks[i]
		w.ints(m.At)
		w.flags(m.Held)
		w.texts(string(m.Dir), m.Where, m.Punch)
	}
	w.count(len(r.Away))
	for i := range r.Away {
		a := &r.Away[i]
		w.ints(a.From, a.To)
		w.texts(a.Kind, a.Request)
	}
	return w.b
}

type packer struct{ b []byte }

func (w *packer) ints(list ...domain.Seconds) {
	for _, n := range list {
		w.b = binary.AppendVarint(w.b, int64(n))
	}
}

func (w *packer) count(n int) { w.b = binary.AppendUvarint(w.b, uint64(n)) }

func (w *packer) texts(list ...string) {
	for _, s := range list {
		w.count(len(s))
		w.b = append(w.b, s...)
	}
}

func (w *packer) flags(list ...bool) {
	bits := byte(0)
	for i, set := range list {
		if set {
			bits |= 1 << i
		}
	}
	w.b = append(w.b, bits)
}

func (w *packer) day(d *attendance.Outlook) {
	w.flags(d.Employed, d.Governed, d.Untimed, d.NoPunch)
	w.ints(domain.Seconds(d.Date), domain.Seconds(d.Kind), d.Window.From, d.Window.To, d.Grace, d.MaxOpen, d.Dedupe)
	w.texts(d.Shift, d.Zone, d.Group, d.Site)
	w.count(len(d.Plan))
	for _, p := range d.Plan {
		w.ints(p.From, p.To)
	}
	w.count(len(d.Later))
	for _, l := range d.Later {
		w.ints(l.After, l.By)
	}
}

var errPacked = errors.New("the row of presence is not what was packed")

// Unpack reads what Pack has written. Texts that words knows are not made again.
func Unpack(b []byte, employee string, words map[string]string) (Row, error) {
	p := &unpacker{b: b, words: words}
	r := Row{Employee: employee, From: p.int(), To: p.int()}
	r.Days = list(p, (*unpacker).day)
	r.Marks = list(p, func(p *unpacker) Mark {
		m := Mark{At: p.int()}
		p.flags(&m.Held)
		m.Dir, m.Where, m.Punch = attendance.Direction(p.word()), p.word(), string(p.bytes())
		return m
	})
	r.Away = list(p, func(p *unpacker) Away {
		return Away{From: p.int(), To: p.int(), Kind: p.word(), Request: string(p.bytes())}
	})
	if p.bad || len(p.b) > 0 {
		return Row{}, errPacked
	}
	return r, nil
}

// unpacker reads on after a fault, and gives zeros then.
type unpacker struct {
	b     []byte
	words map[string]string
	bad   bool
}

func (p *unpacker) int() domain.Seconds {
	v, n := binary.Varint(p.b)
	if n <= 0 {
		p.b, p.bad = nil, true
		return 0
	}
	p.b = p.b[n:]
	return domain.Seconds(v)
}

func (p *unpacker) count() int {
	v, n := binary.Uvarint(p.b)
	if n <= 0 || v > uint64(len(p.b)) {
		p.b, p.bad = nil, true
		return 0
	}
	p.b = p.b[n:]
	return int(v)
}

func (p *unpacker) bytes() []byte {
	n := p.count()
	if n > len(p.b) {
		p.b, p.bad = nil, true
		return nil
	}
	out := p.b[:n]
	p.b = p.b[n:]
	return out
}

func (p *unpacker) word() string {
	b := p.bytes()
	if s, ok := p.words[string(b)]; ok {
		return s
	}
	s := string(b)
	if p.words != nil {
		p.words[s] = s
	}
	return s
}

func (p *unpacker) flags(list ...*bool) {
	if len(p.b) == 0 {
		p.bad = true
		return
	}
	for i, set := range list {
		*set = p.b[0]&(1<<i) != 0
	}
	p.b = p.b[1:]
}

func (p *unpacker) day() (d attendance.Outlook) {
	p.flags(&d.Employed, &d.Governed, &d.Untimed, &d.NoPunch)
	d.Date, d.Kind = domain.Date(p.int()), schedule.Kind(p.int())
	d.Window.From, d.Window.To, d.Grace, d.MaxOpen, d.Dedupe = p.int(), p.int(), p.int(), p.int(), p.int()
	d.Shift, d.Zone, d.Group, d.Site = p.word(), p.word(), p.word(), p.word()
	d.Plan = list(p, func(p *unpacker) attendance.Interval { return attendance.Interval{From: p.int(), To: p.int()} })
	d.Later = list(p, func(p *unpacker) attendance.LaterStart { return attendance.LaterStart{After: p.int(), By: p.int()} })
	return d
}

// list reads a list; an empty one is nil.
func list[T any](p *unpacker, each func(*unpacker) T) []T {
	n := p.count()
	if n == 0 {
		return nil
	}
	out := make([]T, 0, min(n, 64))
	for range n {
		if p.bad {
			return nil
		}
		out = append(out, each(p))
	}
	return out
}
